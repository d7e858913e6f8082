package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type passwordRow struct {
	AccountID  string           `gorm:"primaryKey"`
	Kind       idp.PasswordKind `gorm:"primaryKey"`
	Hash       string
	MustChange bool
	ChangedAt  time.Time `gorm:"serializer:micros"`
	FourDigits bool

	TrustedFrom time.Time `gorm:"serializer:micros"`
	RemindedAt  time.Time `gorm:"serializer:micros"`
}

func (passwordRow) TableName() string { return "passwords" }

// Password returns the account's password of the kind; idp.ErrNotFound.
func (s *Store) Password(ctx context.Context, accountID string, kind idp.PasswordKind) (*idp.Password, error) {
	var row passwordRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("account_id = ? AND kind = ?", accountID, string(kind)).Take(&row).Error
	})
	if err != nil {
		return nil, err
	}
	password := idp.Password(row)
	return &password, nil
}

// SetPassword replaces the password, ends every session but keepSessionID and revokes
// every grant that does not belong to that session, offline ones too (RT-09), in one
// transaction. Repeating it is harmless but writes the effects again; idp.ErrNotFound
// without account.
func (s *Store) SetPassword(ctx context.Context, password idp.Password, keepSessionID string, effects idp.Effects) error {
	row := passwordRow(password)
	now := s.now()
	if row.ChangedAt.IsZero() {
		row.ChangedAt = now
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, row.AccountID); err != nil {
			return err
		}
		if err := putPassword(tx, row); err != nil {
			return err
		}
		if err := endAll(tx, now, "password_changed", row.AccountID, keepSessionID); err != nil {
			return err
		}
		if row.Kind == idp.LoginPassword {
			if err := forgetEnvironments(tx, row.AccountID); err != nil {
				return err
			}
		}
		return s.commitWith(tx, effects)
	})
}

// putPassword leaves trusted_from as it is where there is a password already.
func putPassword(tx *gorm.DB, row passwordRow) error {
	_, err := exec(tx, `INSERT INTO passwords (account_id, kind, hash, must_change, changed_at, four_digits, trusted_from) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (account_id, kind) DO UPDATE
		SET hash = excluded.hash, must_change = excluded.must_change, changed_at = excluded.changed_at, four_digits = excluded.four_digits`,
		row.AccountID, string(row.Kind), row.Hash, row.MustChange, micros(row.ChangedAt), row.FourDigits, micros(row.TrustedFrom))
	if err != nil {
		return err
	}
	return endTemporary(tx, row.AccountID, row.Kind, "needless", row.ChangedAt)
}

// UpgradePasswordHash replaces a hash by a stronger one of the same password, unless the
// password was changed meanwhile; then it does nothing and says so to nobody. One
// conditional statement, harmless to repeat.
func (s *Store) UpgradePasswordHash(ctx context.Context, accountID string, kind idp.PasswordKind, oldHash, newHash string) error {
	return s.once(ctx, func(db *gorm.DB) error {
		_, err := exec(db, "UPDATE passwords SET hash = ? WHERE account_id = ? AND kind = ? AND hash = ?",
			newHash, accountID, string(kind), oldHash)
		return err
	})
}
