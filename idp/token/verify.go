package token

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/idp/pairwise"
)

// GrantStore says whether what a token rests on still stands. *storage.Store is one.
type GrantStore interface {
	// GrantState returns a grant and whether one of the access tokens was revoked by itself,
	// in one statement. idp.ErrNotFound: no such grant.
	GrantState(ctx context.Context, grantID string, jtis ...string) (*idp.GrantState, bool, error)
}

// ClientLookup finds clients; *clientauth.Directory is one.
type ClientLookup interface {
	Client(ctx context.Context, id string) (*idp.Client, error)
}

// Verifier decides whether an access token of this provider is good at this moment.
type Verifier struct {
	Keys    Keys
	Issuer  string
	Store   GrantStore
	Clients ClientLookup
	Now     func() time.Time
	// Subjects is the Minter's.
	Subjects *pairwise.Subjects
	// Proofs checks DPoP proofs; without it no DPoP-bound token is good.
	Proofs Proofs
}

// accessToken is a verified access token with what it rests on.
type accessToken struct {
	AccessTokenClaims
	client  *idp.Client
	granted *idp.Client     // whose grant it rests on: client, unless the token was exchanged
	state   *idp.GrantState // nil for a client's own token
}

func (c *AccessTokenClaims) scopes() []string { return strings.Fields(c.Scope) }

// errToken: the token is not one that is good now. Which check failed is for tests and
// logs, never for the wire.
var errToken = fmt.Errorf("access token: %w", idp.ErrRejected)

// parse checks what the token itself shows: signature, kind, issuer and times. ID tokens,
// refresh tokens and everything else that is no access token fail here (ID-11).
func (v *Verifier) parse(token string) (*AccessTokenClaims, error) {
	payload, err := v.Keys.Verify(keys.KindAccessToken, token)
	if err != nil {
		return nil, err
	}
	var claims AccessTokenClaims
	if err := keys.UnmarshalObject(payload, &claims); err != nil {
		return nil, fmt.Errorf("%w: %w", errToken, err)
	}
	switch {
	case claims.Issuer != v.Issuer, claims.Subject == "", claims.ClientID == "", claims.JWTID == "":
		return nil, fmt.Errorf("%w: claims", errToken)
	case !v.Now().Before(claims.Expiration.AsTime()):
		return nil, fmt.Errorf("%w: %w", errToken, idp.ErrExpired)
	}
	return &claims, nil
}

// standing checks what the token rests on: the client, and for a customer's token the
// grant, its session, its account, and that the token was not revoked by itself. An error
// that is not idp.ErrRejected means that a dependency did not answer.
func (v *Verifier) standing(ctx context.Context, claims *AccessTokenClaims) (*accessToken, error) {
	client, err := v.Clients.Client(ctx, claims.ClientID)
	if errors.Is(err, idp.ErrNotFound) || err == nil && client.Disabled {
		return nil, fmt.Errorf("%w: client", errToken)
	}
	if err != nil {
		return nil, err
	}
	t := &accessToken{AccessTokenClaims: *claims, client: client}
	if claims.GrantID == "" {
		if claims.Subject != ClientSubject+client.ID {
			return nil, fmt.Errorf("%w: no grant", errToken)
		}
		return t, nil
	}
	state, revoked, err := v.Store.GrantState(ctx, claims.GrantID, append(slices.Clone(claims.From), claims.JWTID)...)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, fmt.Errorf("%w: grant", errToken)
	}
	if err != nil {
		return nil, err
	}
	if revoked || !state.Live(v.Now()) || v.Subjects.Subject(client, state.Subject) != claims.Subject {
		return nil, fmt.Errorf("%w: %w", errToken, idp.ErrRevoked)
	}
	if t.granted, err = v.granted(ctx, claims, client, state); err != nil {
		return nil, err
	}
	t.state = state
	return t, nil
}

// forResource reports whether the token's audience holds one of the resources.
func (c *AccessTokenClaims) forResource(resources []string) bool {
	return slices.ContainsFunc(resources, func(r string) bool { return slices.Contains(c.Audience, r) })
}
