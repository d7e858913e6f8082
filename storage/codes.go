package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type codeFields struct {
	Hash          []byte `gorm:"primaryKey"`
	GrantID       string
	ClientID      string
	RedirectURI   string
	CodeChallenge string
	Nonce         string
	AuthTimeAsked bool
	CreatedAt     time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt     time.Time `gorm:"serializer:micros"`
	ConsumedAt    time.Time `gorm:"serializer:micros"`
	DPoPKey       string    `gorm:"column:dpop_jkt"`
}

type codeRow struct {
	Code        codeFields `gorm:"embedded"`
	Redemptions int
}

func (codeRow) TableName() string { return "authorization_codes" }

// IssueCode is what a finished authorization leaves behind.
type IssueCode = idp.IssueCode

// IssueCode finishes the interaction and writes grant, code and consent, in one
// transaction. An interaction is finished once: afterwards, and on a retry,
// idp.ErrConsumed; idp.ErrConflict when it changed since Version. A session that has ended
// is idp.ErrRevoked: whatever ends sessions either prevents the grant or revokes it. A pushed
// request that was answered before is idp.ErrConsumed too, and nothing is written (PR-06).
func (s *Store) IssueCode(ctx context.Context, i IssueCode) error {
	grant := grantRow(i.Grant)
	code := codeRow{Code: codeFields(i.Code)}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := finish(tx, i.InteractionID, i.Version, i.At); err != nil {
			return err
		}
		if err := holdSession(tx, grant.SessionID, grant.AccountID, i.At); err != nil {
			return err
		}
		if err := usePushed(tx, i.PushedHash, i.At); err != nil {
			return err
		}
		if err := tx.Create(&grant).Error; err != nil {
			return err
		}
		if err := tx.Create(&code).Error; err != nil {
			return err
		}
		if err := putTransaction(tx, i.Transaction); err != nil {
			return err
		}
		if i.Consent != nil {
			if err := putConsent(tx, *i.Consent); err != nil {
				return err
			}
		}
		return s.commitWith(tx, i.Effects)
	})
}

// holdSession lets a grant rest on a live session only: writing to the session's row makes
// ending it wait for this commit, or is idp.ErrRevoked.
func holdSession(tx *gorm.DB, sessionID, accountID string, at time.Time) error {
	n, err := exec(tx, `UPDATE sessions SET last_seen_at = CASE WHEN last_seen_at < ? THEN ? ELSE last_seen_at END
		WHERE id = ? AND account_id = ? AND ended_at = 0`, micros(at), micros(at), sessionID, accountID)
	if err == nil && n == 0 {
		err = idp.ErrRevoked
	}
	return err
}

var consumeCode = `UPDATE authorization_codes SET redemptions = redemptions + 1,
	consumed_at = CASE WHEN consumed_at = 0 THEN CAST(? AS BIGINT) ELSE consumed_at END
	WHERE hash = ? AND client_id = ? RETURNING ` + columns[codeRow]("", "")

// RedeemCode exchanges a code for what mint makes of it, in one transaction of at most
// three statements: the code is consumed by one conditional statement (TK-03), the grant
// read with its account and session, the refresh token written if mint returned one.
// mint must not use the database, and may run again when the transaction is repeated.
//
// Whatever mint says, the code is used up afterwards, and an error of mint's is returned
// as it is. A code presented again revokes its grant and is a *ConsumedError (TK-02);
// that is also what a retry gets. Another client's code is idp.ErrNotFound and stays
// usable (TK-01). idp.ErrExpired; idp.ErrRevoked when the grant no longer stands (TK-17).
func (s *Store) RedeemCode(ctx context.Context, hash []byte, clientID string, now time.Time,
	mint func(idp.AuthorizationCode, idp.GrantState) (*idp.RefreshToken, error)) error {
	var outcome error
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		outcome = nil
		code, err := one[codeRow](tx, consumeCode, micros(now), hash, clientID)
		if err != nil {
			return err
		}
		if code.Redemptions > 1 {
			outcome, err = revokeReused(tx, code.Code.GrantID, now)
			return err
		}
		if !now.Before(code.Code.ExpiresAt) {
			outcome = idp.ErrExpired
			return nil
		}
		fields, err := one[stateFields](tx, "SELECT "+stateColumns+" FROM"+stateTables+" WHERE g.id = ?",
			micros(now), code.Code.GrantID)
		if err != nil {
			return err
		}
		state := fields.state()
		if !state.Live(now) {
			outcome = idp.ErrRevoked
			return nil
		}
		var refresh *idp.RefreshToken
		if refresh, outcome = mint(idp.AuthorizationCode(code.Code), state); outcome != nil || refresh == nil {
			return nil
		}
		return insertRefreshToken(tx, *refresh)
	})
	if err != nil {
		return err
	}
	return outcome
}

// revokeReused revokes the grant behind a single-use value that came again, and returns
// the *ConsumedError that says so.
func revokeReused(tx *gorm.DB, grantID string, now time.Time) (error, error) {
	row, err := one[struct{ AccountID, ClientID string }](tx, `UPDATE grants
		SET revoked_at = CASE WHEN revoked_at = 0 THEN CAST(? AS BIGINT) ELSE revoked_at END
		WHERE id = ? RETURNING account_id, client_id`, micros(now), grantID)
	if err != nil {
		return nil, err
	}
	return &ConsumedError{GrantID: grantID, AccountID: row.AccountID, ClientID: row.ClientID}, nil
}
