package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type environmentRow struct {
	ID           string `gorm:"primaryKey"`
	AccountID    string
	Hash         []byte
	PreviousHash []byte
	RotatedAt    time.Time `gorm:"serializer:micros"`
	Browser      string
	Platform     string
	Network      string
	Language     string
	CreatedAt    time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	LastSeenAt   time.Time `gorm:"serializer:micros"`
	ExpiresAt    time.Time `gorm:"serializer:micros"`
}

func (environmentRow) TableName() string { return "environments" }

// Environment finds one environment of the account, an expired one too; idp.ErrNotFound.
func (s *Store) Environment(ctx context.Context, accountID, id string) (*idp.Environment, error) {
	var row environmentRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("id = ? AND account_id = ?", id, accountID).Take(&row).Error
	})
	if err != nil {
		return nil, err
	}
	e := idp.Environment(row)
	return &e, nil
}

// Environments lists the account's environments that have not expired at at, the last seen first.
func (s *Store) Environments(ctx context.Context, accountID string, at time.Time) ([]idp.Environment, error) {
	var rows []environmentRow
	err := s.look(ctx, func(db *gorm.DB) error {
		rows = nil
		return db.Where("account_id = ? AND expires_at > ?", accountID, micros(at)).Order("last_seen_at DESC, id").Find(&rows).Error
	})
	list := make([]idp.Environment, 0, len(rows))
	for _, row := range rows {
		list = append(list, idp.Environment(row))
	}
	return list, err
}

// ForgetEnvironment deletes one environment with its effects, in one transaction.
// idp.ErrNotFound when the account has none of that id, which is also what a retry gets.
func (s *Store) ForgetEnvironment(ctx context.Context, accountID, id string, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "DELETE FROM environments WHERE id = ? AND account_id = ?", id, accountID)
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrNotFound
		}
		return s.commitWith(tx, effects)
	})
}

// useEnvironment adds an environment or gives a known one its new secret, in the
// transaction of the sign-in. The exchange is one conditional statement on the secret that
// was shown, so of any number of sign-ins with one secret exactly one replaces it; the
// others change nothing and go on, for they came from the same browser.
func useEnvironment(tx *gorm.DB, use *idp.EnvironmentUse) error {
	if use == nil {
		return nil
	}
	row := environmentRow(use.Environment)
	use.Kept = false
	if len(use.Presented) > 0 {
		n, err := exec(tx, `UPDATE environments SET previous_hash = hash, hash = ?, rotated_at = ?, browser = ?, platform = ?, network = ?,
			language = ?, last_seen_at = ?, expires_at = ? WHERE id = ? AND account_id = ? AND hash = ?`,
			row.Hash, micros(row.RotatedAt), row.Browser, row.Platform, row.Network, row.Language, micros(row.LastSeenAt),
			micros(row.ExpiresAt), row.ID, row.AccountID, use.Presented)
		use.Kept = n == 1
		return err
	}
	if row.PreviousHash == nil {
		row.PreviousHash = []byte{}
	}
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	_, err := exec(tx, `DELETE FROM environments WHERE account_id = ? AND (id = ? OR id NOT IN
		(SELECT id FROM environments WHERE account_id = ? ORDER BY last_seen_at DESC, id LIMIT ?))`,
		row.AccountID, use.ForgetID, row.AccountID, max(use.Max, 1))
	use.Kept = err == nil
	return err
}

// forgetEnvironments makes every browser of the account unknown again.
func forgetEnvironments(tx *gorm.DB, accountID string) error {
	_, err := exec(tx, "DELETE FROM environments WHERE account_id = ?", accountID)
	return err
}
