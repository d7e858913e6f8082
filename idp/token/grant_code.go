package token

import (
	"context"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// CodeStore redeems codes. *storage.Store is one.
type CodeStore interface {
	// RedeemCode consumes the client's code, reads its grant and stores the refresh token
	// that mint returns, in one transaction. The code is consumed whatever mint says, and
	// mint's error is returned as it is. mint may run more than once and must not use the
	// database. idp.ErrNotFound: no such code of this client; idp.ErrConsumed: it came
	// again and its grant is now revoked; idp.ErrExpired; idp.ErrRevoked: the grant, its
	// session or its account has ended.
	RedeemCode(ctx context.Context, hash []byte, clientID string, now time.Time,
		mint func(idp.AuthorizationCode, idp.GrantState) (*idp.RefreshToken, error)) error
}

// codeGrant is the authorization code grant (RFC 6749 4.1.3).
type codeGrant struct{}

func (codeGrant) check(r *request) *oidc.Error {
	if !r.form.Has("code") {
		return oidc.NewError(oidc.InvalidRequest, "code is missing")
	}
	return nil
}

func (codeGrant) redeem(e *Endpoint, r *request) (issuance, *oidc.Error) {
	now := e.Now()
	refresh := idp.NewSecret() // outside mint, which may run again
	var out issuance
	err := e.Store.RedeemCode(r.ctx(), idp.HashSecret(r.form.Get("code")), r.client.ID, now,
		func(code idp.AuthorizationCode, state idp.GrantState) (*idp.RefreshToken, error) {
			aud, err := checkCode(r, code, state, e.Minter.Issuer)
			if err != nil {
				return nil, err
			}
			grant := state.Grant
			if e := checkDetails(r, &grant); e != nil {
				return nil, e
			}
			out = issuance{
				subject: state.Subject, scopes: grant.Scopes, audience: aud, grant: &grant, nonce: code.Nonce, at: now, held: state.HeldUntil,
			}
			if !r.client.HasGrant(oidc.GrantRefreshToken) || grant.SingleUse { // one act, one token
				return nil, nil
			}
			out.refresh = refresh
			token := newRefreshToken(refresh, &grant, now, e.Minter.Lifetimes)
			token.BoundTo = boundTo(r)
			return token, nil
		})
	if err != nil {
		return issuance{}, e.redeemFailed(r, err, audit.CodeRejected, audit.CodeReplayed)
	}
	return out, nil
}

// checkCode holds a redemption against what the code is bound to. It returns an error
// value, not *oidc.Error, because a nil one must be nil for storage.
func checkCode(r *request, code idp.AuthorizationCode, state idp.GrantState, issuer string) ([]string, error) {
	if e := checkRedirectURI(r.client, code.RedirectURI, r.form.Get("redirect_uri")); e != nil {
		return nil, e
	}
	if e := checkVerifier(r.client, code.CodeChallenge, r.form.Get("code_verifier")); e != nil {
		return nil, e
	}
	if e := checkCodeKey(code.DPoPKey, r.bound); e != nil {
		return nil, e
	}
	aud, e := audience(r.form.List("resource"), state.Resources, state.Scopes, issuer)
	if e != nil {
		return nil, e
	}
	return aud, nil
}

// newRefreshToken is the stored form of a refresh token under a grant: idle expiry slides
// with use and never passes the grant's own end (RT-08).
func newRefreshToken(secret string, grant *idp.Grant, now time.Time, l Lifetimes) *idp.RefreshToken {
	return &idp.RefreshToken{
		Hash: idp.HashSecret(secret), GrantID: grant.ID, ClientID: grant.ClientID,
		IssuedAt: now, IdleExpiresAt: idleEnd(grant, now, l),
	}
}

func idleEnd(grant *idp.Grant, now time.Time, l Lifetimes) time.Time {
	idle := now.Add(l.Defaults().RefreshIdle)
	if grant.ExpiresAt.Before(idle) {
		return grant.ExpiresAt
	}
	return idle
}
