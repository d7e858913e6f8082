package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type totpRow struct {
	ID          string `gorm:"primaryKey"`
	AccountID   string
	Secret      []byte
	ConfirmedAt time.Time `gorm:"serializer:micros"`
	LastStep    int64
	CreatedAt   time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	LastUsedAt  time.Time `gorm:"serializer:micros"`
}

func (totpRow) TableName() string { return "totps" }

// TOTP returns the account's confirmed authenticator; idp.ErrNotFound.
func (s *Store) TOTP(ctx context.Context, accountID string) (*idp.TOTP, error) {
	return s.totp(ctx, "account_id = ? AND confirmed_at > 0", accountID)
}

// PendingTOTP returns the account's unfinished enrolment; idp.ErrNotFound.
func (s *Store) PendingTOTP(ctx context.Context, accountID string) (*idp.TOTP, error) {
	return s.totp(ctx, "account_id = ? AND confirmed_at = 0", accountID)
}

func (s *Store) totp(ctx context.Context, where, accountID string) (*idp.TOTP, error) {
	var row totpRow
	if err := s.look(ctx, func(db *gorm.DB) error { return db.Where(where, accountID).Take(&row).Error }); err != nil {
		return nil, err
	}
	totp := idp.TOTP(row)
	return &totp, nil
}

// SavePendingTOTP begins an enrolment and drops an unfinished earlier one, in one
// transaction. The confirmed authenticator stays. A retry after success is
// idp.ErrExists only for the same id; idp.ErrNotFound without account.
func (s *Store) SavePendingTOTP(ctx context.Context, totp idp.TOTP) error {
	row := totpRow(totp)
	row.ConfirmedAt = time.Time{}
	if row.CreatedAt.IsZero() {
		row.CreatedAt = s.now()
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, row.AccountID); err != nil {
			return err
		}
		if _, err := exec(tx, "DELETE FROM totps WHERE account_id = ? AND confirmed_at = 0", row.AccountID); err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
}

// ConfirmTOTP finishes an enrolment with its first accepted step and removes the
// previous authenticator (the exchange of row E2), in one transaction. The step is
// thereby used. A retry, or an enrolment replaced meanwhile, is idp.ErrConsumed.
func (s *Store) ConfirmTOTP(ctx context.Context, accountID, id string, step int64, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, accountID); err != nil {
			return err
		}
		if _, err := exec(tx, "DELETE FROM totps WHERE account_id = ? AND confirmed_at > 0 AND id <> ?", accountID, id); err != nil {
			return err
		}
		n, err := exec(tx, `UPDATE totps SET confirmed_at = ?, last_step = ?, last_used_at = ?
			WHERE id = ? AND account_id = ? AND confirmed_at = 0 AND last_step < ?`,
			micros(at), step, micros(at), id, accountID, step)
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrConsumed
		}
		return s.commitWith(tx, effects)
	})
}

// RemoveTOTP deletes the authenticator, ends the sessions that were authenticated with it
// except keepSessionID, and revokes every grant of those sessions, in one transaction.
// A retry is idp.ErrNotFound, and so is another account's authenticator.
func (s *Store) RemoveTOTP(ctx context.Context, accountID, id, keepSessionID string, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		return s.removeAuthenticator(tx, "DELETE FROM totps WHERE id = ? AND account_id = ?",
			accountID, id, keepSessionID, effects)
	})
}

// AcceptTOTPStep uses up a time step: one conditional statement that succeeds only for a
// step greater than every one accepted before (OT-01). Otherwise, on a retry, and for an
// authenticator that is not confirmed or is suspended (RC-11), idp.ErrConsumed.
func (s *Store) AcceptTOTPStep(ctx context.Context, totpID string, step int64, at time.Time) error {
	return s.once(ctx, func(db *gorm.DB) error {
		n, err := exec(db, `UPDATE totps SET last_step = ?, last_used_at = ? WHERE id = ? AND confirmed_at > 0 AND last_step < ?
			AND NOT EXISTS (SELECT 1 FROM recoveries r WHERE r.account_id = totps.account_id
				AND r.totp_suspended_at > 0 AND r.totp_suspended_at >= totps.confirmed_at)`,
			step, micros(at), totpID, step)
		if err == nil && n == 0 {
			err = idp.ErrConsumed
		}
		return err
	})
}
