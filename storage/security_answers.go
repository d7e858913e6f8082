package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type securityAnswerRow struct {
	AccountID  string `gorm:"primaryKey"`
	QuestionID string
	Hash       string
	SetAt      time.Time `gorm:"serializer:micros"`
}

func (securityAnswerRow) TableName() string { return "security_answers" }

// SecurityAnswer returns the account's answer; idp.ErrNotFound.
func (s *Store) SecurityAnswer(ctx context.Context, accountID string) (*idp.SecurityAnswer, error) {
	var row securityAnswerRow
	err := s.look(ctx, func(db *gorm.DB) error { return db.Where("account_id = ?", accountID).Take(&row).Error })
	if err != nil {
		return nil, err
	}
	answer := idp.SecurityAnswer(row)
	return &answer, nil
}

// SetSecurityAnswer stores the account's answer with its effects, in one transaction; it
// takes the place of an earlier one. Repeating it is harmless but writes the effects
// again. idp.ErrLocked when the account is not active; idp.ErrNotFound without account.
func (s *Store) SetSecurityAnswer(ctx context.Context, a idp.SecurityAnswer, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		status, err := s.lockAccount(tx, a.AccountID)
		if err != nil {
			return err
		}
		if status != idp.AccountActive {
			return idp.ErrLocked
		}
		if _, err := exec(tx, `INSERT INTO security_answers (account_id, question_id, hash, set_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (account_id) DO UPDATE SET question_id = excluded.question_id, hash = excluded.hash, set_at = excluded.set_at`,
			a.AccountID, a.QuestionID, a.Hash, micros(a.SetAt)); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// UpgradeSecurityAnswer replaces a hash by a stronger one of the same answer, unless the
// answer was changed meanwhile; then it does nothing. One conditional statement, harmless
// to repeat.
func (s *Store) UpgradeSecurityAnswer(ctx context.Context, accountID, oldHash, newHash string) error {
	return s.once(ctx, func(db *gorm.DB) error {
		_, err := exec(db, "UPDATE security_answers SET hash = ? WHERE account_id = ? AND hash = ?", newHash, accountID, oldHash)
		return err
	})
}

// forgetAnswerSince deletes an answer given since a sign-in that was disowned.
func forgetAnswerSince(tx *gorm.DB, accountID string, since int64) error {
	_, err := exec(tx, "DELETE FROM security_answers WHERE account_id = ? AND set_at >= ?", accountID, since)
	return err
}
