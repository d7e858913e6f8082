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

	GoodUntil  time.Time `gorm:"serializer:micros"`
	RedeemedAt time.Time `gorm:"serializer:micros"`
	RevokedAt  time.Time `gorm:"->;serializer:micros"` // the grant's
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
		return withGrants(db).Where("transactions.account_id = ?", accountID).Order("transactions.approved_at DESC, transactions.id").Limit(limit).Find(&rows).Error
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

// Transaction returns one approved transaction of the account; idp.ErrNotFound where it has no
// such one, whoever else may.
func (s *Store) Transaction(ctx context.Context, accountID, id string) (*idp.Transaction, error) {
	var rows []transactionRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return withGrants(db).Where("transactions.id = ? AND transactions.account_id = ?", id, accountID).Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, idp.ErrNotFound
	}
	found := idp.Transaction(rows[0])
	return &found, nil
}

func withGrants(db *gorm.DB) *gorm.DB {
	return db.Select("transactions.*, COALESCE(grants.revoked_at, 0) AS revoked_at").Joins("LEFT JOIN grants ON grants.id = transactions.grant_id")
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
		if _, err := exec(tx, "UPDATE transactions SET redeemed_at = ? WHERE grant_id = ?", micros(at), grantID); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}
