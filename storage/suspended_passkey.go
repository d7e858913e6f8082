package storage

import (
	"context"
	"encoding/base64"

	"gorm.io/gorm"

	"sekisho/idp"
)

// SuspendedPasskey reports whether a passkey of this credential id is out of use until the
// desk decides. The few rows there are at a time are looked through.
func (s *Store) SuspendedPasskey(ctx context.Context, credentialID []byte) (bool, error) {
	var n int64
	mark := `%"CredentialID":"` + base64.StdEncoding.EncodeToString(credentialID) + `"%`
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Model(&suspendedRow{}).Where("kind = ? AND record LIKE ?", idp.SuspendedPasskey, mark).Count(&n).Error
	})
	return n > 0, err
}
