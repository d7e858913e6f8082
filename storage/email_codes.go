package storage

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type emailCodeRow struct {
	ID         string `gorm:"primaryKey"`
	AccountID  string
	FlowID     string
	Purpose    idp.CodePurpose
	EmailID    string
	CodeMAC    []byte `gorm:"column:code_mac"`
	Attempts   int
	CreatedAt  time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt  time.Time `gorm:"serializer:micros"`
	ConsumedAt time.Time `gorm:"serializer:micros"`
}

func (emailCodeRow) TableName() string { return "email_codes" }

var emailCodeColumns = columns[emailCodeRow]("", "")

// IssueEmailCode opens a code and voids the open ones of the same account and purpose and
// of the same interaction and purpose, in one transaction with the mail that carries it.
// A retry after success is idp.ErrExists; idp.ErrNotFound without account.
func (s *Store) IssueEmailCode(ctx context.Context, code idp.EmailCode, effects idp.Effects) error {
	row := emailCodeRow(code)
	if row.CreatedAt.IsZero() {
		row.CreatedAt = s.now()
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, row.AccountID); err != nil {
			return err
		}
		if _, err := exec(tx, `UPDATE email_codes SET consumed_at = ? WHERE consumed_at = 0 AND purpose = ?
			AND (account_id = ? OR flow_id = ?)`,
			micros(row.CreatedAt), string(row.Purpose), row.AccountID, row.FlowID); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// AttemptEmailCode counts an attempt at the interaction's open code and returns the code,
// so that the caller may compare: one conditional statement, so at most most callers ever
// see it. Nothing is counted and idp.ErrTooMany, idp.ErrExpired, idp.ErrConsumed (used or
// voided) or idp.ErrNotFound returned when no attempt is left. A retry costs another.
func (s *Store) AttemptEmailCode(ctx context.Context, flowID string, purpose idp.CodePurpose, most int, now time.Time) (*idp.EmailCode, error) {
	var row *emailCodeRow
	err := s.once(ctx, func(db *gorm.DB) (err error) {
		row, err = one[emailCodeRow](db, `UPDATE email_codes SET attempts = attempts + 1
			WHERE flow_id = ? AND purpose = ? AND consumed_at = 0 AND expires_at > ? AND attempts < ?
			RETURNING `+emailCodeColumns, flowID, string(purpose), micros(now), most)
		if errors.Is(err, idp.ErrNotFound) {
			return whyNoEmailCode(db, flowID, purpose, now)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	code := idp.EmailCode(*row)
	return &code, nil
}

// whyNoEmailCode names the condition a refused statement stumbled on. It only explains.
func whyNoEmailCode(db *gorm.DB, flowID string, purpose idp.CodePurpose, now time.Time) error {
	var row emailCodeRow
	if err := db.Where("flow_id = ? AND purpose = ?", flowID, string(purpose)).
		Order("created_at DESC, consumed_at").Limit(1).Take(&row).Error; err != nil {
		return err
	}
	switch {
	case !row.ConsumedAt.IsZero():
		return idp.ErrConsumed
	case !now.Before(row.ExpiresAt):
		return idp.ErrExpired
	}
	return idp.ErrTooMany
}

// ConsumeEmailCode uses the code up: one conditional statement. idp.ErrConsumed when it
// was used or voided meanwhile, and on a retry.
func (s *Store) ConsumeEmailCode(ctx context.Context, id string, at time.Time) error {
	return s.once(ctx, func(db *gorm.DB) error {
		n, err := exec(db, "UPDATE email_codes SET consumed_at = ? WHERE id = ? AND consumed_at = 0", micros(at), id)
		if err == nil && n == 0 {
			err = idp.ErrConsumed
		}
		return err
	})
}

// OpenEmailCode returns the interaction's open code, expired or not, to show when it was
// sent and until when it lasts. It counts nothing; idp.ErrNotFound.
func (s *Store) OpenEmailCode(ctx context.Context, flowID string, purpose idp.CodePurpose) (*idp.EmailCode, error) {
	var row emailCodeRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("flow_id = ? AND purpose = ? AND consumed_at = 0", flowID, string(purpose)).Take(&row).Error
	})
	if err != nil {
		return nil, err
	}
	code := idp.EmailCode(row)
	return &code, nil
}
