package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type logoutRow struct {
	ID        string `gorm:"primaryKey"`
	ClientID  string
	AccountID string
	SessionID string
	SID       string `gorm:"column:sid"`
	Reason    string
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	NotBefore time.Time `gorm:"serializer:micros"`
	Attempts  int
	LastError string
}

func (logoutRow) TableName() string { return "logout_deliveries" }

var logoutColumns = columns[logoutRow]("", "")

// toldGrant is a grant whose client has to be told.
type toldGrant struct {
	ClientID  string
	AccountID string
	SessionID string
	SID       string `gorm:"column:sid"`
}

const toldColumns = " RETURNING client_id, account_id, session_id, sid"

// tellOfEnd queues one delivery for every client that was given anything in the sessions,
// in the transaction that ends them: both happen or neither (LO-05). A grant's client that
// was told already, because the customer withdrew it, is not told again.
func tellOfEnd(tx *gorm.DB, at time.Time, reason string, sessionIDs []string) error {
	told, err := all[toldGrant](tx, "UPDATE grants SET logout_told_at = ? WHERE logout_told_at = 0 AND session_id IN ?"+toldColumns,
		micros(at), sessionIDs)
	if err != nil {
		return err
	}
	return queueLogouts(tx, at, reason, told)
}

// queueLogouts writes the deliveries for clients that take logout tokens, one per client
// and session however many grants there are.
func queueLogouts(tx *gorm.DB, at time.Time, reason string, told []toldGrant) error {
	if len(told) == 0 {
		return nil
	}
	receivers, err := logoutReceivers(tx, told)
	if err != nil {
		return err
	}
	var rows []logoutRow
	seen := map[toldGrant]bool{}
	for _, grant := range told {
		if !receivers[grant.ClientID] || seen[grant] {
			continue
		}
		seen[grant] = true
		rows = append(rows, logoutRow{
			ID: idp.NewID(), ClientID: grant.ClientID, AccountID: grant.AccountID, SessionID: grant.SessionID, SID: grant.SID,
			Reason: reason, CreatedAt: at, NotBefore: at,
		})
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.Create(&rows).Error
}

// logoutReceivers says which clients have an address for logout tokens.
func logoutReceivers(tx *gorm.DB, told []toldGrant) (map[string]bool, error) {
	ids := make([]string, 0, len(told))
	for _, grant := range told {
		ids = append(ids, grant.ClientID)
	}
	var clients []clientRow
	if err := tx.Select("id", "metadata", "disabled").Where("id IN ?", ids).Find(&clients).Error; err != nil {
		return nil, err
	}
	receivers := map[string]bool{}
	for _, client := range clients {
		receivers[client.ID] = client.Metadata.BackChannelLogoutURI != "" && !client.Disabled
	}
	return receivers, nil
}

// LeaseLogouts takes up to n deliveries that are due and hides them from other workers for
// the lease, in one statement. At most perClient of one client are under lease at once on
// all nodes together, so that one that does not answer cannot hold up the others (LO-06).
// Attempts already counts this one. After the lease an unsettled delivery comes back:
// telling is at least once.
func (s *Store) LeaseLogouts(ctx context.Context, n, perClient int, now time.Time, lease time.Duration) ([]idp.LogoutDelivery, error) {
	skip := ""
	if s.postgres {
		skip = " FOR UPDATE SKIP LOCKED"
	}
	var rows []logoutRow
	err := s.once(ctx, func(db *gorm.DB) (err error) {
		rows, err = all[logoutRow](db, `UPDATE logout_deliveries SET leased_until = ?, attempts = attempts + 1
			WHERE id IN (SELECT id FROM logout_deliveries WHERE leased_until <= ? AND id IN (
				SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY client_id
					ORDER BY CASE WHEN leased_until > ? THEN 0 ELSE 1 END, not_before, id) AS turn
					FROM logout_deliveries WHERE not_before <= ?) due WHERE turn <= ?)
				ORDER BY not_before, id LIMIT ?`+skip+`)
			RETURNING `+logoutColumns, micros(now.Add(lease)), micros(now), micros(now), micros(now), perClient, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	deliveries := make([]idp.LogoutDelivery, 0, len(rows))
	for _, row := range rows {
		deliveries = append(deliveries, idp.LogoutDelivery(row))
	}
	return deliveries, nil
}

// LogoutSettled forgets a delivery that was made or given up, and writes the record of it
// in the same transaction. A delivery that is gone already writes nothing.
func (s *Store) LogoutSettled(ctx context.Context, id string, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "DELETE FROM logout_deliveries WHERE id = ?", id)
		if err != nil || n == 0 {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// LogoutPutOff puts a delivery back until next and keeps the class of the failure. One
// statement, harmless to repeat; a delivery that is gone is no error.
func (s *Store) LogoutPutOff(ctx context.Context, id string, next time.Time, class string) error {
	return s.once(ctx, func(db *gorm.DB) error {
		_, err := exec(db, "UPDATE logout_deliveries SET not_before = ?, leased_until = 0, last_error = ? WHERE id = ?",
			micros(next), class, id)
		return err
	})
}

// LogoutsPending returns how many deliveries wait and since when the oldest does (zero: none).
func (s *Store) LogoutsPending(ctx context.Context) (pending int, oldest time.Time, err error) {
	type waiting struct {
		Pending int
		Oldest  int64
	}
	var row *waiting
	err = s.look(ctx, func(db *gorm.DB) (err error) {
		row, err = one[waiting](db, "SELECT COUNT(*) AS pending, COALESCE(MIN(created_at), 0) AS oldest FROM logout_deliveries")
		return err
	})
	if err != nil {
		return 0, time.Time{}, err
	}
	return row.Pending, fromMicros(row.Oldest), nil
}

// SessionClients lists the clients that were given anything in the session, each once.
func (s *Store) SessionClients(ctx context.Context, sessionID string) ([]string, error) {
	var clients []string
	err := s.look(ctx, func(db *gorm.DB) (err error) {
		clients, err = all[string](db, "SELECT DISTINCT client_id FROM grants WHERE session_id = ? ORDER BY client_id", sessionID)
		return err
	})
	return clients, err
}
