package storage

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type invitationRow struct {
	ID         string `gorm:"primaryKey"`
	AccountID  string
	CodeMAC    []byte `gorm:"column:code_mac"`
	Attempts   int
	CreatedAt  time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt  time.Time `gorm:"serializer:micros"`
	ConsumedAt time.Time `gorm:"serializer:micros"`
}

func (invitationRow) TableName() string { return "invitations" }

var invitationColumns = columns[invitationRow]("", "")

// Invitation returns the account's open invitation, expired or not; idp.ErrNotFound.
func (s *Store) Invitation(ctx context.Context, accountID string) (*idp.Invitation, error) {
	var row invitationRow
	err := s.look(ctx, func(db *gorm.DB) error {
		return db.Where("account_id = ? AND consumed_at = 0", accountID).Take(&row).Error
	})
	if err != nil {
		return nil, err
	}
	invitation := idp.Invitation(row)
	return &invitation, nil
}

// AttemptInvitation counts an attempt and returns the invitation, so that the caller may
// compare the code: one conditional statement, however many ask at once. Nothing is
// counted and idp.ErrTooMany, idp.ErrExpired, idp.ErrConsumed or idp.ErrNotFound
// returned when no attempt is left to make. A retry costs another attempt.
func (s *Store) AttemptInvitation(ctx context.Context, id string, most int, now time.Time) (*idp.Invitation, error) {
	var row *invitationRow
	err := s.once(ctx, func(db *gorm.DB) (err error) {
		row, err = one[invitationRow](db, `UPDATE invitations SET attempts = attempts + 1
			WHERE id = ? AND consumed_at = 0 AND expires_at > ? AND attempts < ? RETURNING `+invitationColumns,
			id, micros(now), most)
		if errors.Is(err, idp.ErrNotFound) {
			return whyNoInvitation(db, id, now)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	invitation := idp.Invitation(*row)
	return &invitation, nil
}

// whyNoInvitation names the condition a refused statement stumbled on. It only explains.
func whyNoInvitation(db *gorm.DB, id string, now time.Time) error {
	var row invitationRow
	if err := db.Where("id = ?", id).Take(&row).Error; err != nil {
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

// ReplaceInvitation voids the account's earlier invitations and opens this one, in one
// transaction. A retry after success is idp.ErrExists; idp.ErrConflict when the account is
// not waiting to be opened, for else an invitation would open a second time what has an
// owner; idp.ErrNotFound without account.
func (s *Store) ReplaceInvitation(ctx context.Context, invitation idp.Invitation, effects idp.Effects) error {
	row := invitationRow(invitation)
	if row.CreatedAt.IsZero() {
		row.CreatedAt = s.now()
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		status, err := s.lockAccount(tx, row.AccountID)
		if err != nil {
			return err
		}
		if status != idp.AccountInvited {
			return idp.ErrConflict
		}
		if _, err := exec(tx, "UPDATE invitations SET consumed_at = ? WHERE account_id = ? AND consumed_at = 0",
			micros(s.now()), row.AccountID); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// AcceptInvitation is what accepting an invitation changes.
type AcceptInvitation = idp.AcceptInvitation

// AcceptInvitation consumes the invitation, stores the first password and makes the
// account active, in one transaction. It succeeds once; afterwards and on a retry it is
// idp.ErrConsumed. idp.ErrExpired, idp.ErrNotFound; idp.ErrLocked when the account is no
// longer waiting to be opened.
func (s *Store) AcceptInvitation(ctx context.Context, a AcceptInvitation) error {
	password := passwordRow(a.Password)
	password.AccountID = a.AccountID
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, `UPDATE invitations SET consumed_at = ?
			WHERE id = ? AND account_id = ? AND consumed_at = 0 AND expires_at > ?`,
			micros(a.At), a.InvitationID, a.AccountID, micros(a.At))
		if err != nil {
			return err
		}
		if n == 0 {
			return whyNotAccepted(tx, a)
		}
		n, err = exec(tx, "UPDATE accounts SET status = ?, updated_at = ? WHERE id = ? AND status = ?",
			string(idp.AccountActive), micros(a.At), a.AccountID, string(idp.AccountInvited))
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrLocked
		}
		if err := putPassword(tx, password); err != nil {
			return err
		}
		if a.VerifiedEmailID != "" {
			if _, err := exec(tx, "UPDATE emails SET verified_at = ? WHERE id = ? AND account_id = ? AND verified_at = 0",
				micros(a.At), a.VerifiedEmailID, a.AccountID); err != nil {
				return err
			}
		}
		return s.commitWith(tx, a.Effects)
	})
}

func whyNotAccepted(tx *gorm.DB, a AcceptInvitation) error {
	err := whyNoInvitation(tx.Where("account_id = ?", a.AccountID), a.InvitationID, a.At)
	if errors.Is(err, idp.ErrTooMany) { // neither consumed nor expired: it was, a moment ago
		return idp.ErrConsumed
	}
	return err
}
