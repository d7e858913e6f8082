package storage

import (
	"bytes"
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

// NotificationOptOuts lists the kinds of optional mails the account does not want.
func (s *Store) NotificationOptOuts(ctx context.Context, accountID string) ([]string, error) {
	var kinds []string
	err := s.look(ctx, func(db *gorm.DB) (err error) {
		kinds, err = all[string](db, "SELECT kind FROM notification_opt_outs WHERE account_id = ? ORDER BY kind", accountID)
		return err
	})
	return kinds, err
}

// SetNotification says whether the account wants the optional mails of a kind, in one
// transaction with its effects. Saying what holds already changes nothing and writes no
// effects; idp.ErrNotFound without account.
func (s *Store) SetNotification(ctx context.Context, accountID, kind string, wanted bool, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, accountID); err != nil {
			return err
		}
		change, args := "DELETE FROM notification_opt_outs WHERE account_id = ? AND kind = ?", []any{accountID, kind}
		if !wanted {
			change = "INSERT INTO notification_opt_outs (account_id, kind, since) VALUES (?, ?, ?) ON CONFLICT (account_id, kind) DO NOTHING"
			args = append(args, micros(at))
		}
		n, err := exec(tx, change, args...)
		if err != nil || n == 0 {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// AcceptNotice remembers a relying party's request and writes its effects, once per ID,
// in one transaction. The same request again is a replay and writes nothing; another body
// under the same ID is idp.ErrConflict.
func (s *Store) AcceptNotice(ctx context.Context, n idp.NoticeRequest, effects idp.Effects) (replayed bool, err error) {
	err = s.inTx(ctx, func(tx *gorm.DB) error {
		replayed = false
		added, err := exec(tx, "INSERT INTO notice_requests (client_id, id, body_hash, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
			n.ClientID, n.ID, n.BodyHash, micros(n.ExpiresAt))
		if err != nil {
			return err
		}
		if added == 1 {
			return s.commitWith(tx, effects)
		}
		first, err := one[struct{ BodyHash []byte }](tx, "SELECT body_hash FROM notice_requests WHERE id = ?", n.ID)
		if err != nil {
			return err
		}
		if !bytes.Equal(first.BodyHash, n.BodyHash) {
			return idp.ErrConflict
		}
		replayed = true
		return nil
	})
	return replayed, err
}
