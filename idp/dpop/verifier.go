package dpop

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// ReplayStore remembers single-use identifiers for all nodes. *storage.Store is one.
type ReplayStore interface {
	// UseJTI records hash under namespace until exp, in one atomic statement.
	// idp.ErrConsumed: it was recorded before.
	UseJTI(ctx context.Context, namespace string, hash []byte, exp time.Time) error
}

const (
	replayNamespace = "dpop"
	// proofLife is how old a proof may be, besides the tolerance for clocks. Proofs are
	// made for one request; this is for slow networks.
	proofLife = time.Minute
)

// Verifier checks proofs. Origins, Replay and Now are required.
type Verifier struct {
	// Origins are the provider's own, where its endpoints are: the issuer's, and that of
	// the mutual-TLS aliases where there are some. No trailing slash.
	Origins []string
	Replay  ReplayStore
	Now     func() time.Time
	// ClockSkew is how far a client's clock may be off; default 30 s.
	ClockSkew time.Duration
	// Nonces, when set, makes every proof carry a nonce of this provider (RFC 9449 8).
	Nonces *Nonces
	Logger *slog.Logger
	// Replayed is told when a proof comes a second time, for the audit trail; may be nil.
	Replayed func(ctx context.Context)
}

// checking is one proof on its way through the rules.
type checking struct {
	v     *Verifier
	proof *proof
	at    expected
	now   time.Time
}

// expected is what the proof must have been made for.
type expected struct {
	method string
	path   string // of the endpoint, below one of the origins
	token  string // an access token, where one is presented; "" at the token endpoint
}

// rules run in this order on a proof whose form and signature are good. The first that
// fails is the answer.
var rules = []func(*checking) *oidc.Error{
	checkMethod,
	checkAddress,
	checkTime,
	checkTokenHash,
	checkNonce,
}

// Key returns the thumbprint of the key that the request proves, "" when it has no DPoP
// header. It is for the endpoints of an authorization server: the token endpoint, and
// pushed authorization requests, whose code CodeKey then binds. The error is invalid_dpop_proof or use_dpop_nonce; the proof is used up.
func (v *Verifier) Key(r *http.Request) (jkt string, e *oidc.Error) {
	if _, sent := r.Header["Dpop"]; !sent {
		return "", nil
	}
	return v.verify(r, "")
}

// Holder returns the thumbprint of the key that the request proves for this access token.
// It is for resources: without a proof the error is invalid_dpop_proof.
func (v *Verifier) Holder(r *http.Request, accessToken string) (jkt string, e *oidc.Error) {
	return v.verify(r, accessToken)
}

func (v *Verifier) verify(r *http.Request, token string) (string, *oidc.Error) {
	raw, e := header(r)
	if e != nil {
		return "", e
	}
	p, e := parse(raw)
	if e != nil {
		return "", e
	}
	c := &checking{v: v, proof: p, now: v.Now(), at: expected{r.Method, r.URL.EscapedPath(), token}}
	for _, rule := range rules {
		if e := rule(c); e != nil {
			return "", e
		}
	}
	if e := v.useUp(r.Context(), p); e != nil {
		return "", e
	}
	return p.thumbprint, nil
}

// useUp lets a proof serve once at its address, on any node (DP-03). What is stored has
// one size whatever was sent, and is forgotten when the proof is too old anyway (DP-09).
func (v *Verifier) useUp(ctx context.Context, p *proof) *oidc.Error {
	until := p.claims.IssuedAt.Add(proofLife + 2*v.skew())
	id := idp.HashSecret(p.thumbprint + "\x00" + p.claims.Address + "\x00" + p.claims.ID)
	err := v.Replay.UseJTI(ctx, replayNamespace, id, until)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, idp.ErrConsumed):
		if v.Replayed != nil {
			v.Replayed(ctx)
		}
		return refusal("the DPoP proof was used before")
	}
	if v.Logger != nil {
		v.Logger.ErrorContext(ctx, "DPoP proof", "error", err)
	}
	if errors.Is(err, idp.ErrUnavailable) {
		return oidc.NewError(oidc.TemporarilyUnavailable, "try again later")
	}
	return oidc.NewError(oidc.ServerError, "the request could not be processed")
}

func (v *Verifier) skew() time.Duration {
	if v.ClockSkew > 0 {
		return v.ClockSkew
	}
	return 30 * time.Second
}

// refusal is a proof that is not good.
func refusal(description string) *oidc.Error {
	return oidc.NewError(oidc.InvalidDPoPProof, description)
}
