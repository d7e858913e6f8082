package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type emailRow struct {
	ID         string `gorm:"primaryKey"`
	AccountID  string
	Address    string
	Canonical  string
	Purpose    idp.EmailPurpose
	VerifiedAt time.Time `gorm:"serializer:micros"`
	CreatedAt  time.Time `gorm:"serializer:micros;autoCreateTime:false"`
}

func (emailRow) TableName() string { return "emails" }

// Emails returns the account's addresses, oldest first; none is no error.
func (s *Store) Emails(ctx context.Context, accountID string) ([]idp.Email, error) {
	var rows []emailRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("account_id = ?", accountID).Order("created_at, id").Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	emails := make([]idp.Email, 0, len(rows))
	for _, row := range rows {
		emails = append(emails, idp.Email(row))
	}
	return emails, nil
}

// VerifyEmail records that the address has answered. A retry changes nothing and writes
// no effects; idp.ErrNotFound for another account's address.
func (s *Store) VerifyEmail(ctx context.Context, accountID, emailID string, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE emails SET verified_at = ? WHERE id = ? AND account_id = ? AND verified_at = 0",
			micros(at), emailID, accountID)
		if err != nil {
			return err
		}
		if n == 0 {
			_, err := one[emailRow](tx, "SELECT id FROM emails WHERE id = ? AND account_id = ?", emailID, accountID)
			return err
		}
		return s.commitWith(tx, effects)
	})
}
