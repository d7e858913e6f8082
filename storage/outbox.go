package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type outboxRow struct {
	ID        string `gorm:"primaryKey"`
	Kind      string
	AccountID string
	Payload   []byte
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	NotBefore time.Time `gorm:"serializer:micros"`
	ExpiresAt time.Time `gorm:"serializer:micros"`
	Attempts  int
	LastError string
}

func (outboxRow) TableName() string { return "outbox" }

var outboxColumns = columns[outboxRow]("", "")

// AddOutbox queues messages that belong to no other change, in one statement. Retrying
// with the same ids is idp.ErrExists.
func (s *Store) AddOutbox(ctx context.Context, messages []idp.OutboxMessage) error {
	return s.once(ctx, func(db *gorm.DB) error { return addOutbox(db, messages) })
}

func addOutbox(tx *gorm.DB, messages []idp.OutboxMessage) error {
	if len(messages) == 0 {
		return nil
	}
	rows := make([]outboxRow, 0, len(messages))
	for _, message := range messages {
		row := outboxRow(message)
		if row.ID == "" {
			row.ID = idp.NewID()
		}
		if row.CreatedAt.IsZero() {
			row.CreatedAt = tx.NowFunc()
		}
		rows = append(rows, row)
	}
	return tx.Create(&rows).Error
}

// LeaseOutbox takes up to n messages that are due and hides them from other workers for
// the lease, in one statement; on PostgreSQL workers skip each other's rows instead of
// waiting. Attempts already counts this delivery, so that a message on which a worker
// dies is counted too. After the lease an unanswered message comes back: delivery is at
// least once. Messages past their ExpiresAt are left to DeleteExpired.
func (s *Store) LeaseOutbox(ctx context.Context, n int, now time.Time, lease time.Duration) ([]idp.OutboxMessage, error) {
	skip := ""
	if s.postgres {
		skip = " FOR UPDATE SKIP LOCKED"
	}
	var rows []outboxRow
	err := s.once(ctx, func(db *gorm.DB) (err error) {
		rows, err = all[outboxRow](db, `UPDATE outbox SET leased_until = ?, attempts = attempts + 1
			WHERE id IN (SELECT id FROM outbox WHERE not_before <= ? AND leased_until <= ?
				AND (expires_at = 0 OR expires_at > ?) ORDER BY not_before, created_at LIMIT ?`+skip+`)
			RETURNING `+outboxColumns, micros(now.Add(lease)), micros(now), micros(now), micros(now), n)
		return err
	})
	if err != nil {
		return nil, err
	}
	messages := make([]idp.OutboxMessage, 0, len(rows))
	for _, row := range rows {
		messages = append(messages, idp.OutboxMessage(row))
	}
	return messages, nil
}

// OutboxDelivered forgets a delivered message. One statement, harmless to repeat.
func (s *Store) OutboxDelivered(ctx context.Context, id string) error {
	return s.once(ctx, func(db *gorm.DB) error {
		_, err := exec(db, "DELETE FROM outbox WHERE id = ?", id)
		return err
	})
}

// OutboxFailed puts a message back until next and keeps why it failed; lastError must hold
// no secret. One statement, harmless to repeat; a message that is gone is no error.
func (s *Store) OutboxFailed(ctx context.Context, id string, next time.Time, lastError string) error {
	return s.once(ctx, func(db *gorm.DB) error {
		_, err := exec(db, "UPDATE outbox SET not_before = ?, leased_until = 0, last_error = ? WHERE id = ?",
			micros(next), lastError, id)
		return err
	})
}

// OutboxStats returns how many messages wait and since when the oldest does (zero: none).
func (s *Store) OutboxStats(ctx context.Context) (pending int, oldest time.Time, err error) {
	var row *struct {
		Pending int
		Oldest  int64
	}
	err = s.look(ctx, func(db *gorm.DB) (err error) {
		row, err = one[struct {
			Pending int
			Oldest  int64
		}](db, "SELECT COUNT(*) AS pending, COALESCE(MIN(created_at), 0) AS oldest FROM outbox WHERE expires_at = 0 OR expires_at > ?",
			micros(s.now()))
		return err
	})
	if err != nil {
		return 0, time.Time{}, err
	}
	return row.Pending, fromMicros(row.Oldest), nil
}
