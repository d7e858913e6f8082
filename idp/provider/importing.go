package provider

import (
	"time"

	"sekisho/config"
	"sekisho/idp/authn/password"
	"sekisho/idp/importer"
	"sekisho/idp/keys"
	"sekisho/storage"
)

// NewImporter imports accounts as a provider under the configuration will understand them.
func NewImporter(c *config.Config, store *storage.Store, vault *keys.Vault, now func() time.Time) (*importer.Importer, error) {
	hasher, err := password.NewHasher(hasherOptions(c.Password))
	if err != nil {
		return nil, err
	}
	return &importer.Importer{
		Store: store, Vault: vault, Hasher: hasher, Now: now, NewAccount: NewAccount, CoolingOff: c.Assurance.CoolingOff,
	}, nil
}
