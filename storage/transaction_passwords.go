package storage

import (
	"context"

	"gorm.io/gorm"

	"sekisho/idp"
)

// AddPassword stores an account's first password of its kind with its effects, in one
// transaction. Sessions and grants stay: nothing rested on a password there was not. Of
// several at a time one is stored; the others, and a retry, are idp.ErrExists.
// idp.ErrNotFound without account.
func (s *Store) AddPassword(ctx context.Context, password idp.Password, effects idp.Effects) error {
	row := passwordRow(password)
	if row.ChangedAt.IsZero() {
		row.ChangedAt = s.now()
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, row.AccountID); err != nil {
			return err
		}
		n, err := exec(tx, `INSERT INTO passwords (account_id, kind, hash, must_change, changed_at, four_digits, trusted_from) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (account_id, kind) DO NOTHING`,
			row.AccountID, string(row.Kind), row.Hash, row.MustChange, micros(row.ChangedAt), row.FourDigits, micros(row.TrustedFrom))
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrExists
		}
		if err := endTemporary(tx, row.AccountID, row.Kind, "needless", row.ChangedAt); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// MarkFourDigits notes that the transaction password as it was set at password.ChangedAt
// has four digits only. One conditional statement, harmless to repeat; when the password
// was changed meanwhile it does nothing.
func (s *Store) MarkFourDigits(ctx context.Context, password idp.Password) error {
	yes := true
	return s.once(ctx, func(db *gorm.DB) error {
		_, err := exec(db, "UPDATE passwords SET four_digits = ? WHERE account_id = ? AND kind = ? AND changed_at = ?",
			yes, password.AccountID, string(idp.TransactionPassword), micros(password.ChangedAt))
		return err
	})
}

// RemoveTransactionPassword deletes the account's transaction password with its effects,
// in one transaction. idp.ErrNotFound when there is none, which is also what a retry gets.
// Sessions and grants stay.
func (s *Store) RemoveTransactionPassword(ctx context.Context, accountID string, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "DELETE FROM passwords WHERE account_id = ? AND kind = ?", accountID, string(idp.TransactionPassword))
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrNotFound
		}
		return s.commitWith(tx, effects)
	})
}
