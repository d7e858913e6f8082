package storage

import (
	"context"

	"gorm.io/gorm"

	"sekisho/idp"
)

// ChangePhone stores a new telephone number, not verified (ID-06), if the account still
// has the number from, in one transaction. idp.ErrConflict when it has another one, also
// on a retry; idp.ErrNotFound.
func (s *Store) ChangePhone(ctx context.Context, accountID, from, to string, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, accountID); err != nil {
			return err
		}
		var row accountRow
		if err := tx.Where("id = ?", accountID).Take(&row).Error; err != nil {
			return err
		}
		if row.Profile.PhoneNumber != from {
			return idp.ErrConflict
		}
		row.Profile.PhoneNumber, row.Profile.PhoneVerified, row.UpdatedAt = to, false, s.now()
		if err := tx.Model(&row).Select("profile", "updated_at").Updates(row).Error; err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}
