package storage

import (
	"bytes"
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type refreshFields struct {
	Hash          []byte `gorm:"primaryKey"`
	GrantID       string
	ClientID      string
	IssuedAt      time.Time `gorm:"serializer:micros"`
	IdleExpiresAt time.Time `gorm:"serializer:micros"`
	RotatedAt     time.Time `gorm:"serializer:micros"`
	Successor     []byte
	BoundTo       string
}

func (refreshFields) TableName() string { return "refresh_tokens" }

type refreshAndState struct {
	Token refreshFields `gorm:"embedded;embeddedPrefix:t_"`
	State stateFields   `gorm:"embedded"`
}

var refreshState = "SELECT " + columns[refreshFields]("t", "t_") + ", " + stateColumns + ` FROM refresh_tokens t JOIN` +
	" grants g ON g.id = t.grant_id JOIN accounts a ON a.id = g.account_id LEFT JOIN sessions s ON s.id = g.session_id"

// Rotation is what presenting a refresh token led to.
type Rotation = idp.Rotation

// RefreshTokenState returns a refresh token, head of its chain or not, with its grant: one
// statement that changes nothing. idp.ErrNotFound.
func (s *Store) RefreshTokenState(ctx context.Context, hash []byte) (*idp.RefreshToken, *idp.GrantState, error) {
	var row *refreshAndState
	err := s.look(ctx, func(db *gorm.DB) (err error) {
		row, err = one[refreshAndState](db, refreshState+" WHERE t.hash = ?", micros(s.now()), hash)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	token, state := idp.RefreshToken(row.Token), row.State.state()
	return &token, &state, nil
}

// RotateRefreshToken replaces the head of a chain by what decide returns, in one
// transaction of at most three statements. decide gets the token and its grant and
// returns the successor and, for the grace window, the successor sealed; its error rolls
// back and is returned as it is. It must not use the database and may run again.
//
// A successor with the presented token's own Hash keeps the token and only moves its
// IdleExpiresAt forward (RT-03); a nil successor changes nothing.
//
// A token rotated less than grace ago is answered with the same successor (Replayed), so
// a retry within grace is safe and there is never a second head (RT-04). After that it
// revokes the grant and is a *ConsumedError (RT-02). Another client's token is
// idp.ErrNotFound and untouched; idp.ErrExpired when it was idle too long (RT-08);
// idp.ErrRevoked when the grant no longer stands.
func (s *Store) RotateRefreshToken(ctx context.Context, hash []byte, clientID string, now time.Time, grace time.Duration,
	decide func(idp.RefreshToken, idp.GrantState) (*idp.RefreshToken, []byte, error)) (Rotation, error) {
	var rotation Rotation
	var outcome error
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		rotation, outcome = Rotation{}, nil
		query := refreshState + " WHERE t.hash = ? AND t.client_id = ?"
		if s.postgres {
			query += " FOR UPDATE OF t"
		}
		row, err := one[refreshAndState](tx, query, micros(now), hash, clientID)
		if err != nil {
			return err
		}
		found := Rotation{Token: idp.RefreshToken(row.Token), Grant: row.State.state()}
		switch {
		case !found.Token.RotatedAt.IsZero() && (grace <= 0 || !now.Before(found.Token.RotatedAt.Add(grace))):
			outcome, err = revokeReused(tx, found.Token.GrantID, now)
			return err
		case !found.Grant.Live(now):
			outcome = idp.ErrRevoked
			return nil
		case !found.Token.RotatedAt.IsZero():
			rotation, rotation.Replayed = found, true
			return nil
		case !now.Before(found.Token.IdleExpiresAt):
			outcome = idp.ErrExpired
			return nil
		}
		successor, sealed, err := decide(found.Token, found.Grant)
		if err != nil {
			return callerError{err}
		}
		rotation = found
		return rotate(tx, &rotation.Token, successor, sealed, now)
	})
	if err != nil {
		return Rotation{}, err
	}
	return rotation, outcome
}

// rotate writes the decision. The condition on rotated_at holds even where the row lock
// of the read does not exist.
func rotate(tx *gorm.DB, token, successor *idp.RefreshToken, sealed []byte, now time.Time) error {
	if successor == nil {
		return nil
	}
	if bytes.Equal(successor.Hash, token.Hash) {
		_, err := exec(tx, "UPDATE refresh_tokens SET idle_expires_at = ? WHERE hash = ? AND rotated_at = 0 AND idle_expires_at < ?",
			micros(successor.IdleExpiresAt), token.Hash, micros(successor.IdleExpiresAt))
		if err == nil && successor.IdleExpiresAt.After(token.IdleExpiresAt) {
			token.IdleExpiresAt = successor.IdleExpiresAt
		}
		return err
	}
	n, err := exec(tx, "UPDATE refresh_tokens SET rotated_at = ?, successor = ? WHERE hash = ? AND rotated_at = 0",
		micros(now), sealed, token.Hash)
	if err != nil {
		return err
	}
	if n == 0 {
		return errAgain
	}
	token.RotatedAt, token.Successor = now, sealed
	return insertRefreshToken(tx, *successor)
}

func insertRefreshToken(tx *gorm.DB, token idp.RefreshToken) error {
	// The hash is not first because gorm spreads a slice that follows a parenthesis.
	_, err := exec(tx, `INSERT INTO refresh_tokens (grant_id, hash, client_id, issued_at, idle_expires_at, rotated_at, successor, bound_to)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, token.GrantID, token.Hash, token.ClientID,
		micros(token.IssuedAt), micros(token.IdleExpiresAt), micros(token.RotatedAt), token.Successor, token.BoundTo)
	return err
}
