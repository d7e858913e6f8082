package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type grantRow struct {
	ID        string `gorm:"primaryKey"`
	AccountID string
	ClientID  string
	SessionID string
	SID       string   `gorm:"column:sid"`
	Scopes    []string `gorm:"serializer:json"`
	Resources []string `gorm:"serializer:json"`
	Claims    []byte
	ACR       string `gorm:"column:acr"`
	Level     string
	AMR       []string  `gorm:"column:amr;serializer:json"`
	AuthTime  time.Time `gorm:"serializer:micros"`
	Offline   bool
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt time.Time `gorm:"serializer:micros"`
	RevokedAt time.Time `gorm:"serializer:micros"`

	Details    []byte
	Receipt    string
	SingleUse  bool
	RedeemedAt time.Time `gorm:"serializer:micros"`
}

func (grantRow) TableName() string { return "grants" }

// stateFields is a grant with what decides whether it stands.
type stateFields struct {
	Grant         grantRow `gorm:"embedded;embeddedPrefix:g_"`
	AccountStatus idp.AccountStatus
	Subject       string
	SessionEnded  bool
	HeldUntil     int64
}

func (f stateFields) state() idp.GrantState {
	return idp.GrantState{Grant: idp.Grant(f.Grant), AccountStatus: f.AccountStatus, Subject: f.Subject, SessionEnded: f.SessionEnded, HeldUntil: fromMicros(f.HeldUntil)}
}

// stateColumns and stateTables read a grant g with its account and session; the one
// placeholder in stateColumns is the time.
var stateColumns = columns[grantRow]("g", "g_") + `, a.status AS account_status, a.subject AS subject,
	(NOT g.offline AND (s.id IS NULL OR s.ended_at > 0 OR s.expires_at <= ?)) AS session_ended,
	COALESCE((SELECT h.held_until FROM recoveries h WHERE h.account_id = g.account_id), 0) AS held_until`

const stateTables = ` grants g JOIN accounts a ON a.id = g.account_id LEFT JOIN sessions s ON s.id = g.session_id`

// GrantState returns the grant of an access token with everything that decides whether it
// stands, and whether this very token, or one that it was exchanged for, was revoked: one
// statement. idp.ErrNotFound.
func (s *Store) GrantState(ctx context.Context, grantID string, jtis ...string) (*idp.GrantState, bool, error) {
	type stateAndToken struct {
		State   stateFields `gorm:"embedded"`
		Revoked bool
	}
	var row *stateAndToken
	err := s.look(ctx, func(db *gorm.DB) (err error) {
		row, err = one[stateAndToken](db, "SELECT "+stateColumns+`,
			EXISTS (SELECT 1 FROM revoked_tokens r WHERE r.jti IN ?) AS revoked FROM`+stateTables+" WHERE g.id = ?",
			micros(s.now()), jtis, grantID)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	state := row.State.state()
	return &state, row.Revoked, nil
}

// Grants returns the account's grants under which tokens may be issued now, newest first.
func (s *Store) Grants(ctx context.Context, accountID string) ([]idp.Grant, error) {
	now := s.now()
	var rows []stateFields
	err := s.look(ctx, func(db *gorm.DB) (err error) {
		rows, err = all[stateFields](db, "SELECT "+stateColumns+" FROM"+stateTables+`
			WHERE g.account_id = ? AND g.revoked_at = 0 AND g.expires_at > ? ORDER BY g.created_at DESC, g.id`,
			micros(now), accountID, micros(now))
		return err
	})
	if err != nil {
		return nil, err
	}
	grants := make([]idp.Grant, 0, len(rows))
	for _, row := range rows {
		if state := row.state(); state.Live(now) {
			grants = append(grants, state.Grant)
		}
	}
	return grants, nil
}

// RevokeGrant revokes everything under the client's grant, in one transaction with its
// effects. A retry changes nothing and writes no effects; another client's grant is
// idp.ErrNotFound and stays alive (RT-11).
func (s *Store) RevokeGrant(ctx context.Context, id, clientID string, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE grants SET revoked_at = ? WHERE id = ? AND client_id = ? AND revoked_at = 0",
			micros(at), id, clientID)
		if err != nil {
			return err
		}
		if n == 0 {
			_, err := one[struct{ ID string }](tx, "SELECT id FROM grants WHERE id = ? AND client_id = ?", id, clientID)
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// revokeGrants revokes the grants that the condition names and that still stand.
func revokeGrants(tx *gorm.DB, at time.Time, where string, args ...any) error {
	args = append([]any{micros(at)}, args...)
	_, err := exec(tx, "UPDATE grants SET revoked_at = ? WHERE revoked_at = 0 AND "+where, args...)
	return err
}

// RevokeAccessToken marks one access token as revoked until it expires by itself, in one
// transaction with its effects. A retry changes nothing and writes no effects.
func (s *Store) RevokeAccessToken(ctx context.Context, jti, grantID string, exp time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "INSERT INTO revoked_tokens (jti, grant_id, expires_at) VALUES (?, ?, ?) ON CONFLICT (jti) DO NOTHING",
			jti, grantID, micros(exp))
		if err != nil || n == 0 {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// UseJTI uses up a value that may be presented once, such as the jti of a client
// assertion: one conditional statement for all nodes. It is remembered until exp; when it
// was used before, and on a retry, idp.ErrConsumed.
func (s *Store) UseJTI(ctx context.Context, namespace string, hash []byte, exp time.Time) error {
	return s.once(ctx, func(db *gorm.DB) error {
		n, err := exec(db, "INSERT INTO used_jtis (namespace, hash, expires_at) VALUES (?, ?, ?) ON CONFLICT (namespace, hash) DO NOTHING",
			namespace, hash, micros(exp))
		if err == nil && n == 0 {
			err = idp.ErrConsumed
		}
		return err
	})
}
