package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

// sessionRow is idp.Session without the events, which are rows of their own.
type sessionRow struct {
	ID         string `gorm:"primaryKey"`
	Hash       []byte
	SID        string `gorm:"column:sid"`
	AccountID  string
	CreatedAt  time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	LastSeenAt time.Time `gorm:"serializer:micros"`
	ExpiresAt  time.Time `gorm:"serializer:micros"`
	EndedAt    time.Time `gorm:"serializer:micros"`
	EndReason  string
	IP         string
	UserAgent  string
}

func (sessionRow) TableName() string { return "sessions" }

func (r sessionRow) session(events []idp.AuthenticationEvent) idp.Session {
	return idp.Session{ID: r.ID, Hash: r.Hash, SID: r.SID, AccountID: r.AccountID, CreatedAt: r.CreatedAt,
		LastSeenAt: r.LastSeenAt, ExpiresAt: r.ExpiresAt, EndedAt: r.EndedAt, EndReason: r.EndReason,
		IP: r.IP, UserAgent: r.UserAgent, Events: events}
}

func rowOfSession(s idp.Session) sessionRow {
	return sessionRow{ID: s.ID, Hash: s.Hash, SID: s.SID, AccountID: s.AccountID, CreatedAt: s.CreatedAt,
		LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt, EndedAt: s.EndedAt, EndReason: s.EndReason,
		IP: s.IP, UserAgent: s.UserAgent}
}

type eventFields struct {
	ID                  string `gorm:"primaryKey"`
	AccountID           string
	CeremonyID          string
	Method              idp.Method
	CredentialID        string
	At                  time.Time `gorm:"serializer:micros"`
	UserVerified        bool
	BackupEligible      bool
	BackupState         bool
	HardwareAttested    bool
	TrustedFrom         time.Time `gorm:"serializer:micros"`
	AuthenticatorAAGUID string    `gorm:"column:authenticator_aaguid"`
}

// eventRow is an authentication event of one session.
type eventRow struct {
	Event     eventFields `gorm:"embedded"`
	SessionID string
}

func (eventRow) TableName() string { return "authentication_events" }

type sessionAndAccount struct {
	Session sessionRow `gorm:"embedded;embeddedPrefix:s_"`
	Account accountRow `gorm:"embedded;embeddedPrefix:a_"`
}

var sessionByHash = "SELECT " + columns[sessionRow]("s", "s_") + ", " + columns[accountRow]("a", "a_") + `
	FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.hash = ? AND s.ended_at = 0`

// SessionByHash returns the session a cookie names, with its events and its account, in
// two statements. A session that ended, and a hash that was replaced, is idp.ErrNotFound
// (SE-03, SE-04); whether it is idle, expired or the account unusable is for the caller.
func (s *Store) SessionByHash(ctx context.Context, hash []byte) (*idp.Session, *idp.Account, error) {
	var session idp.Session
	var account idp.Account
	err := s.look(ctx, func(db *gorm.DB) error {
		row, err := one[sessionAndAccount](db, sessionByHash, hash)
		if err != nil {
			return err
		}
		events, err := eventsOf(db, []string{row.Session.ID})
		session, account = row.Session.session(events[row.Session.ID]), idp.Account(row.Account)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return &session, &account, nil
}

var eventsBySession = "SELECT " + columns[eventRow]("", "") +
	" FROM authentication_events WHERE session_id IN ? ORDER BY at, id"

func eventsOf(db *gorm.DB, sessionIDs []string) (map[string][]idp.AuthenticationEvent, error) {
	if len(sessionIDs) == 0 {
		return nil, nil
	}
	rows, err := all[eventRow](db, eventsBySession, sessionIDs)
	events := make(map[string][]idp.AuthenticationEvent, len(sessionIDs))
	for _, row := range rows {
		events[row.SessionID] = append(events[row.SessionID], idp.AuthenticationEvent(row.Event))
	}
	return events, err
}

// TouchSession moves LastSeenAt forward, at most once a minute so that reading pages does
// not write. One conditional statement, harmless to repeat; a session that is gone or
// ended is no error.
func (s *Store) TouchSession(ctx context.Context, id string, at time.Time) error {
	return s.once(ctx, func(db *gorm.DB) error {
		_, err := exec(db, "UPDATE sessions SET last_seen_at = ? WHERE id = ? AND ended_at = 0 AND last_seen_at <= ?",
			micros(at), id, micros(at.Add(-time.Minute)))
		return err
	})
}

// Sessions returns the account's sessions that have neither ended nor expired by the
// store's clock, last seen first, with their events. Idle ones are among them.
func (s *Store) Sessions(ctx context.Context, accountID string) ([]idp.Session, error) {
	var sessions []idp.Session
	err := s.look(ctx, func(db *gorm.DB) error {
		var rows []sessionRow
		if err := db.Where("account_id = ? AND ended_at = 0 AND expires_at > ?", accountID, micros(s.now())).
			Order("last_seen_at DESC, id").Find(&rows).Error; err != nil {
			return err
		}
		ids := make([]string, 0, len(rows))
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		events, err := eventsOf(db, ids)
		sessions = make([]idp.Session, 0, len(rows))
		for _, row := range rows {
			sessions = append(sessions, row.session(events[row.ID]))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return sessions, nil
}

// EndSession ends one session of the account and revokes its grants that are not offline,
// in one transaction. A retry changes nothing and writes no effects; another account's
// session is idp.ErrNotFound and untouched (SE-06).
func (s *Store) EndSession(ctx context.Context, accountID, id, reason string, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		ended, err := endSessions(tx, at, reason, "id = ? AND account_id = ?", id, accountID)
		if err != nil {
			return err
		}
		if len(ended) == 0 {
			_, err := one[sessionRow](tx, "SELECT id FROM sessions WHERE id = ? AND account_id = ?", id, accountID)
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// EndSessions ends the account's sessions but exceptID ("" for none), revokes their
// grants that are not offline, and returns how many it ended, in one transaction.
// Repeating it ends nothing more; the effects are written each time.
func (s *Store) EndSessions(ctx context.Context, accountID, exceptID, reason string, at time.Time, effects idp.Effects) (int, error) {
	var ended int
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		over, err := endSessions(tx, at, reason, "account_id = ? AND id <> ?", accountID, exceptID)
		if err != nil {
			return err
		}
		ended = len(over)
		return s.commitWith(tx, effects)
	})
	if err != nil {
		return 0, err
	}
	return ended, nil
}

// endedSession is a session that has just ended.
type endedSession struct{ ID, AccountID string }

// endSessions ends the open sessions that the condition names, and their grants that are
// not offline, and queues what their clients are to be told. Sessions come before grants everywhere, so that an authorization finishing
// at the same time (IssueCode) is either refused or revoked.
func endSessions(tx *gorm.DB, at time.Time, reason, where string, args ...any) ([]endedSession, error) {
	args = append([]any{micros(at), reason}, args...)
	rows, err := all[endedSession](tx,
		"UPDATE sessions SET ended_at = ?, end_reason = ? WHERE ended_at = 0 AND "+where+" RETURNING id, account_id", args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	no := false
	if err := revokeGrants(tx, at, "offline = ? AND session_id IN ?", no, ids); err != nil {
		return nil, err
	}
	return rows, tellOfEnd(tx, at, reason, ids)
}

// endAll ends every session of the account but one and revokes every grant that is not
// that session's, offline ones too.
func endAll(tx *gorm.DB, at time.Time, reason, accountID, keepSessionID string) error {
	if _, err := endSessions(tx, at, reason, "account_id = ? AND id <> ?", accountID, keepSessionID); err != nil {
		return err
	}
	if keepSessionID == "" {
		return revokeGrants(tx, at, "account_id = ?", accountID)
	}
	return revokeGrants(tx, at, "account_id = ? AND session_id <> ?", accountID, keepSessionID)
}
