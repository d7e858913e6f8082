package token

import (
	"context"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// RefreshStore works with refresh tokens. *storage.Store is one.
type RefreshStore interface {
	// RotateRefreshToken asks decide for the successor of the client's live token and
	// stores it, in one transaction. A successor with the token's own hash keeps the token
	// and moves its idle expiry. decide's error changes nothing and is returned as it is;
	// decide may run more than once and must not use the database. A token rotated less
	// than grace ago changes nothing and is Replayed; after that its grant is revoked and
	// the error is idp.ErrConsumed. idp.ErrNotFound: no such token of this client;
	// idp.ErrExpired; idp.ErrRevoked.
	RotateRefreshToken(ctx context.Context, hash []byte, clientID string, now time.Time, grace time.Duration,
		decide func(idp.RefreshToken, idp.GrantState) (successor *idp.RefreshToken, sealed []byte, err error)) (idp.Rotation, error)
}

// refreshGrant is the refresh token grant (RFC 6749 section 6).
type refreshGrant struct{}

func (refreshGrant) check(r *request) *oidc.Error {
	if !r.form.Has("refresh_token") {
		return oidc.NewError(oidc.InvalidRequest, "refresh_token is missing")
	}
	return nil
}

func (refreshGrant) redeem(e *Endpoint, r *request) (issuance, *oidc.Error) {
	now, presented := e.Now(), r.form.Get("refresh_token")
	next := presented
	if rotates(r.client) {
		next = idp.NewSecret() // outside decide, which may run again
	}
	sealed, err := sealSuccessor(presented, next)
	if err != nil {
		return issuance{}, e.trouble(r, err)
	}
	var out issuance
	rotation, err := e.Store.RotateRefreshToken(r.ctx(), idp.HashSecret(presented), r.client.ID, now, e.Minter.Lifetimes.Defaults().Grace,
		func(held idp.RefreshToken, state idp.GrantState) (*idp.RefreshToken, []byte, error) {
			var err error
			if out, err = e.refreshed(r, &held, &state, now); err != nil {
				return nil, nil, err
			}
			token := newRefreshToken(next, &state.Grant, now, e.Minter.Lifetimes)
			token.BoundTo = held.BoundTo
			return token, sealed, nil
		})
	if err == nil && rotation.Replayed {
		next, err = openSuccessor(presented, rotation.Token.Successor)
		if err == nil {
			out, err = e.refreshed(r, &rotation.Token, &rotation.Grant, now)
		}
	}
	if err != nil {
		return issuance{}, e.redeemFailed(r, err, audit.TokenRejected, audit.RefreshReused)
	}
	out.refresh = next
	return out, nil
}

// refreshed is what a refresh under a grant issues: the grant's own assurance, at most
// its scopes and resources, and no nonce (OIDC Core 12.2; RT-06, RT-07).
func (e *Endpoint) refreshed(r *request, held *idp.RefreshToken, state *idp.GrantState, now time.Time) (issuance, error) {
	if !state.Live(now) {
		return issuance{}, idp.ErrRevoked
	}
	if other := checkRefreshKey(held.BoundTo, r.bound); other != nil {
		return issuance{}, other
	}
	scopes, narrowed := narrow(r.form.Get("scope"), state.Scopes)
	if narrowed != nil {
		return issuance{}, narrowed
	}
	aud, beyond := audience(r.form.List("resource"), state.Resources, scopes, e.Minter.Issuer)
	if beyond != nil {
		return issuance{}, beyond
	}
	grant := state.Grant
	if other := checkDetails(r, &grant); other != nil {
		return issuance{}, other
	}
	return issuance{subject: state.Subject, scopes: scopes, audience: aud, grant: &grant, at: now, held: state.HeldUntil}, nil
}

// rotates reports whether a client's refresh tokens are replaced at every use. Public
// clients and the oauth21 profile rotate (RFC 9700 4.14.2); a confidential client's token
// is bound to its authentication, and FAPI 2.0 SP 5.3.2.1 forbids rotating it (RT-03).
func rotates(client *idp.Client) bool {
	return client.Public() || client.Metadata.ClientProfile == idp.ProfileOAuth21
}
