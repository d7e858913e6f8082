package contact_test

import (
	"testing"

	"sekisho/idp/keys"
)

func testVault(t *testing.T) *keys.Vault {
	t.Helper()
	kek, err := keys.NewKEK()
	must(t, err)
	vault, err := keys.OpenVault(kek)
	must(t, err)
	return vault
}
