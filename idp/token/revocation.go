package token

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// RevocationStore revokes. *storage.Store is one.
type RevocationStore interface {
	// RefreshTokenState returns a refresh token, rotated or not, with its grant.
	RefreshTokenState(ctx context.Context, hash []byte) (*idp.RefreshToken, *idp.GrantState, error)
	// RevokeGrant ends everything under the client's grant; again is no error.
	RevokeGrant(ctx context.Context, id, clientID string, at time.Time, effects idp.Effects) error
	// RevokeAccessToken ends one access token until it would have expired.
	RevokeAccessToken(ctx context.Context, jti, grantID string, exp time.Time, effects idp.Effects) error
}

// Revocation is the revocation endpoint (RFC 7009). Revoking a refresh token, also one
// that was rotated away, ends its whole grant; revoking an access token ends that token.
// All fields but Logger and Fill are required.
type Revocation struct {
	Clients  Authenticator
	Verifier *Verifier
	Store    RevocationStore
	Now      func() time.Time
	Logger   *slog.Logger
	// Fill completes audit records that commit with the revocation; audit.Recorder.Fill.
	Fill func(ctx context.Context, record idp.AuditRecord) idp.AuditRecord
}

// ServeHTTP answers one revocation request. What is unknown, another client's, or revoked
// already is answered like a success, with no effect (RT-11; RFC 7009 2.2).
func (v *Revocation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	form, e := oidc.ParseForm(w, r)
	if e != nil {
		oidc.WriteError(w, r, e)
		return
	}
	client, e := v.Clients.Authenticate(r, form)
	if e != nil {
		oidc.WriteError(w, r, e)
		return
	}
	if !form.Has("token") {
		oidc.WriteError(w, r, oidc.NewError(oidc.InvalidRequest, "token is missing"))
		return
	}
	if e := v.revoke(r.Context(), client, form.Get("token")); e != nil {
		oidc.WriteError(w, r, e)
		return
	}
	oidc.WriteJSON(w, http.StatusOK, struct{}{})
}

// revoke tells the two kinds apart by their form; the client's hint is not needed.
func (v *Revocation) revoke(ctx context.Context, client *idp.Client, presented string) *oidc.Error {
	var err error
	if strings.Count(presented, ".") == 2 {
		claims, parseErr := v.Verifier.parse(presented)
		switch {
		case parseErr != nil || claims.ClientID != client.ID:
			return nil
		case claims.GrantID == "":
			return oidc.NewError(oidc.UnsupportedTokenType, "a client's own token rests on no grant and ends by itself")
		}
		err = v.Store.RevokeAccessToken(ctx, claims.JWTID, claims.GrantID, claims.Expiration.AsTime(), v.effects(ctx, client, "", claims.GrantID, "access_token"))
	} else {
		err = v.revokeRefresh(ctx, client, presented)
	}
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return trouble(ctx, v.Logger, err)
	}
	return nil
}

func (v *Revocation) revokeRefresh(ctx context.Context, client *idp.Client, presented string) error {
	token, state, err := v.Store.RefreshTokenState(ctx, idp.HashSecret(presented))
	if err != nil {
		return err
	}
	if token.ClientID != client.ID {
		return nil
	}
	return v.Store.RevokeGrant(ctx, token.GrantID, client.ID, v.Now(), v.effects(ctx, client, state.AccountID, token.GrantID, "refresh_token"))
}

func (v *Revocation) effects(ctx context.Context, client *idp.Client, accountID, grantID, kind string) idp.Effects {
	record := idp.AuditRecord{
		At: v.Now().UTC(), Event: audit.TokenRevoked, Result: audit.OK, Reason: "client_request", Actor: audit.ClientApp,
		AccountID: accountID, ClientID: client.ID, Detail: map[string]string{"grant": grantID, "type": kind},
	}
	if v.Fill != nil {
		record = v.Fill(ctx, record)
	}
	return idp.Effects{Audit: []idp.AuditRecord{record}}
}
