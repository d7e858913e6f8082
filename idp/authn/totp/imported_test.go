package totp_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/totp"
	"sekisho/idp/keys"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestParseSecret(t *testing.T) {
	for text, size := range map[string]int{
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ":        20,
		"gezd gnbv-gy3t qojq gezd gnbv gy3t qojq": 20,
		"GEZDGNBVGY3TQOJQGEZDGNBVGY======":        16,
		strings.Repeat("A", 102) + "=":            0, // no such length
		"GEZDGNBVGY3TQOJQ":                        0, // 80 bits
		strings.Repeat("A", 104):                  0, // 65 bytes
		"":                                        0,
		"0189":                                    0,
	} {
		secret, err := totp.ParseSecret(text)
		if len(secret) != size || size == 0 && !errors.Is(err, idp.ErrRejected) {
			t.Errorf("%q: %d bytes, %v; want %d", text, len(secret), err, size)
		}
	}
}

// OT-01: an authenticator brought along works as one enrolled here, for its account only,
// and each of its codes once.
func TestImported(t *testing.T) {
	kek, err := keys.NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	vault, err := keys.OpenVault(kek)
	if err != nil {
		t.Fatal(err)
	}
	store := storagetest.Memory(t)
	s := totp.Service{Store: store, Vault: vault, Now: func() time.Time { return time.Unix(59, 0) }}
	for name, secret := range map[string]string{"as long as ours": "12345678901234567890", "of 128 bits": "1234567890123456", "of 512 bits": strings.Repeat("12345678", 8)} {
		t.Run(name, func(t *testing.T) {
			account := idp.Account{ID: idp.NewID(), Subject: idp.NewID(), LoginName: idp.NewID(), UserHandle: []byte(idp.NewID()), Status: idp.AccountActive}
			row, err := totp.Imported(vault, account.ID, []byte(secret), time.Unix(1, 0))
			if err != nil {
				t.Fatal(err)
			}
			if err := store.CreateAccount(t.Context(), storage.NewAccount{Account: account, TOTP: &row}, idp.Effects{}); err != nil {
				t.Fatal(err)
			}
			if name == "as long as ours" { // RFC 6238 appendix B, T = 59 s
				if _, err := s.Verify(t.Context(), account.ID, "287082"); err != nil {
					t.Errorf("its code: %v", err)
				}
				if _, err := s.Verify(t.Context(), account.ID, "287082"); !errors.Is(err, totp.ErrReplayed) {
					t.Errorf("OT-01 the code again: %v", err)
				}
			}
			if _, err := s.Verify(t.Context(), account.ID, "000000"); !errors.Is(err, idp.ErrRejected) {
				t.Errorf("a wrong code: %v", err)
			}
		})
	}
	if _, err := totp.Imported(vault, "a", []byte("short"), time.Unix(1, 0)); !errors.Is(err, idp.ErrRejected) {
		t.Errorf("a short secret: %v", err)
	}
}
