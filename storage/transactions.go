package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type transactionRow struct {
	ID         string `gorm:"primaryKey"`
	GrantID    string
	AccountID  string
	ClientID   string
	Type       string
	Details    []byte
	Receipt    string
	ApprovedAt time.Time `gorm:"serializer:micros"`
}

func (transactionRow) TableName() string { return "transactions" }

func putTransaction(tx *gorm.DB, t *idp.Transaction) error {
	if t == nil {
		return nil
	}
	row := transactionRow(*t)
	return tx.Create(&row).Error
}

// Transactions returns the account's newest approved transactions.
func (s *Store) Transactions(ctx context.Context, accountID string, limit int) ([]idp.Transaction, error) {
	var rows []transactionRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("account_id = ?", accountID).Order("approved_at DESC, id").Limit(limit).Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	out := make([]idp.Transaction, len(rows))
	for i, row := range rows {
		out[i] = idp.Transaction(row)
	}
	return out, nil
}

// RedeemTransaction uses up what the customer approved for one act: one conditional
// statement, in one transaction with its effects. idp.ErrConsumed for everybody but the
// first, which is also what a retry gets, and for a grant that is revoked or not for one act.
func (s *Store) RedeemTransaction(ctx context.Context, grantID string, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE grants SET redeemed_at = ? WHERE id = ? AND single_use AND redeemed_at = 0 AND revoked_at = 0", micros(at), grantID)
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrConsumed
		}
		return s.commitWith(tx, effects)
	})
}
