package storage

import (
	"context"

	"gorm.io/gorm"

	"sekisho/idp"
)

// SetFactorChoices replaces the account's choices if nobody did since version was read,
// with the effects, in one transaction. idp.ErrConflict when somebody did, which is also
// what a retry gets; idp.ErrNotFound.
func (s *Store) SetFactorChoices(ctx context.Context, accountID string, version int, choices idp.FactorChoices, effects idp.Effects) error {
	row := accountRow{Choices: choices, ChoicesVersion: version + 1, UpdatedAt: s.now()}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		result := tx.Model(&accountRow{}).Where("id = ? AND choices_version = ?", accountID, version).
			Select("Choices", "ChoicesVersion", "UpdatedAt").Updates(&row)
		if result.Error != nil {
			return result.Error
		}
		if result.RowsAffected == 0 {
			if _, err := one[struct{ ID string }](tx, "SELECT id FROM accounts WHERE id = ?", accountID); err != nil {
				return err
			}
			return idp.ErrConflict
		}
		return s.commitWith(tx, effects)
	})
}
