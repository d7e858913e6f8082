package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

// RenewSession moves LastSeenAt forward because its customer said to stay (C5). One
// conditional statement: a session that has ended, has expired or was unused for longer
// than idle is idp.ErrNotFound and stays ended, and nothing moves its absolute end.
// Repeating it is harmless.
func (s *Store) RenewSession(ctx context.Context, id string, at time.Time, idle time.Duration) error {
	return s.once(ctx, func(db *gorm.DB) error {
		n, err := exec(db, `UPDATE sessions SET last_seen_at = CASE WHEN last_seen_at < ? THEN ? ELSE last_seen_at END
			WHERE id = ? AND ended_at = 0 AND expires_at > ? AND last_seen_at > ?`,
			micros(at), micros(at), id, micros(at), micros(at.Add(-idle)))
		if err == nil && n == 0 {
			err = idp.ErrNotFound
		}
		return err
	})
}

// ProlongInteraction gives an interaction that is still live until later, with the progress
// that is kept, when nothing changed it since its Version (C5). One conditional statement:
// idp.ErrConflict when another request was faster, idp.ErrConsumed when it is finished,
// idp.ErrExpired when it ended meanwhile or was created at or before oldest, which bounds
// how often it can be prolonged.
func (s *Store) ProlongInteraction(ctx context.Context, ix *idp.Interaction, at, until, oldest time.Time) error {
	err := s.once(ctx, func(db *gorm.DB) error {
		n, err := exec(db, `UPDATE interactions SET expires_at = ?, progress = ?, version = version + 1
			WHERE id = ? AND version = ? AND finished_at = 0 AND expires_at > ? AND created_at > ?`,
			micros(until), ix.Progress, ix.ID, ix.Version, micros(at), micros(oldest))
		if err != nil || n > 0 {
			return err
		}
		row, err := one[struct {
			Version    int
			FinishedAt int64
		}](db, "SELECT version, finished_at FROM interactions WHERE id = ?", ix.ID)
		switch {
		case err != nil:
			return err
		case row.FinishedAt != 0:
			return idp.ErrConsumed
		case row.Version != ix.Version:
			return idp.ErrConflict
		default:
			return idp.ErrExpired
		}
	})
	if err == nil {
		ix.Version++
		ix.ExpiresAt = until
	}
	return err
}

// PutReminderOff notes that the customer was told of the age of the password as it was set
// at changedAt, and chose to keep it for now (A13). One conditional statement, harmless to
// repeat; when the password was changed meanwhile it does nothing.
func (s *Store) PutReminderOff(ctx context.Context, accountID string, kind idp.PasswordKind, changedAt, at time.Time) error {
	return s.once(ctx, func(db *gorm.DB) error {
		_, err := exec(db, "UPDATE passwords SET reminded_at = ? WHERE account_id = ? AND kind = ? AND changed_at = ?",
			micros(at), accountID, string(kind), micros(changedAt))
		return err
	})
}
