package storage

import (
	"context"

	"gorm.io/gorm"

	"sekisho/idp"
)

// ReplaceMarked puts the customer's own password in the place of one that is good only for
// being changed, proved by what it was set at. Whether it still is that one is decided by the
// statement that replaces it: of any number of windows one succeeds, the others, and a retry,
// are idp.ErrConsumed and change nothing. Sessions and grants end as in SetPassword.
// idp.ErrLocked when the account is not active; idp.ErrNotFound without account.
func (s *Store) ReplaceMarked(ctx context.Context, marked, next idp.Password, keepSessionID string, effects idp.Effects) error {
	now := s.now()
	if next.ChangedAt.IsZero() {
		next.ChangedAt = now
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		status, err := s.lockAccount(tx, next.AccountID)
		if err != nil {
			return err
		}
		if status != idp.AccountActive {
			return idp.ErrLocked
		}
		n, err := exec(tx, `UPDATE passwords SET hash = ?, must_change = ?, changed_at = ?, four_digits = ?
			WHERE account_id = ? AND kind = ? AND changed_at = ? AND must_change = ?`,
			next.Hash, next.MustChange, micros(next.ChangedAt), next.FourDigits, next.AccountID, string(next.Kind), micros(marked.ChangedAt), true)
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrConsumed
		}
		if err := endTemporary(tx, next.AccountID, next.Kind, "needless", next.ChangedAt); err != nil {
			return err
		}
		if err := endAll(tx, now, "password_changed", next.AccountID, keepSessionID); err != nil {
			return err
		}
		if next.Kind == idp.LoginPassword {
			if err := forgetEnvironments(tx, next.AccountID); err != nil {
				return err
			}
		}
		return s.commitWith(tx, effects)
	})
}
