package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type temporaryRow struct {
	ID        string `gorm:"primaryKey"`
	LetterID  string
	AccountID string
	Kind      idp.PasswordKind
	Hash      string
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt time.Time `gorm:"serializer:micros"`
}

func (temporaryRow) TableName() string { return "temporary_passwords" }

// TemporaryPassword returns the account's temporary password of the kind, expired or not;
// idp.ErrNotFound.
func (s *Store) TemporaryPassword(ctx context.Context, accountID string, kind idp.PasswordKind) (*idp.TemporaryPassword, error) {
	var row temporaryRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("account_id = ? AND kind = ?", accountID, string(kind)).Take(&row).Error
	})
	if err != nil {
		return nil, err
	}
	temporary := idp.TemporaryPassword(row)
	return &temporary, nil
}

// RedeemTemporary puts a lasting password in the place of a temporary one, ends every
// session but KeepSessionID and revokes every grant that does not belong to it, in one
// transaction. One conditional statement uses the temporary password up: of any number one
// succeeds, the others, a retry, and one that is expired or stopped are idp.ErrConsumed.
// idp.ErrLocked when the account is not active; idp.ErrNotFound without account.
func (s *Store) RedeemTemporary(ctx context.Context, r idp.RedeemTemporary) error {
	row := passwordRow(r.Password)
	if row.ChangedAt.IsZero() {
		row.ChangedAt = r.At
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		status, err := s.lockAccount(tx, row.AccountID)
		if err != nil {
			return err
		}
		if status != idp.AccountActive {
			return idp.ErrLocked
		}
		n, err := exec(tx, "DELETE FROM temporary_passwords WHERE id = ? AND account_id = ? AND kind = ? AND expires_at > ?",
			r.ID, row.AccountID, string(row.Kind), micros(r.At))
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrConsumed
		}
		if err := putPassword(tx, row); err != nil {
			return err
		}
		if err := endAll(tx, r.At, "password_changed", row.AccountID, r.KeepSessionID); err != nil {
			return err
		}
		return s.commitWith(tx, r.Effects)
	})
}

// endTemporary ends the account's temporary password of a kind, and the letter that waited
// to be printed for nothing else.
func endTemporary(tx *gorm.DB, accountID string, kind idp.PasswordKind, reason string, at time.Time) error {
	n, err := exec(tx, "DELETE FROM temporary_passwords WHERE account_id = ? AND kind = ?", accountID, string(kind))
	if err != nil || n == 0 {
		return err
	}
	_, err = exec(tx, `UPDATE letters SET state = ?, ended_at = ?, reason = ?, sealed = NULL WHERE account_id = ? AND state = ?
		AND NOT EXISTS (SELECT 1 FROM temporary_passwords t WHERE t.letter_id = letters.id)`,
		string(idp.LetterVoid), micros(at), reason, accountID, string(idp.LetterQueued))
	return err
}
