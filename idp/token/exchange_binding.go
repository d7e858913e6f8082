package token

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// checkBinding decides about keys. The new token is bound to the exchanging client's own
// key, which the request proved (see constrain). The subject token's key is its client's and
// cannot be proved by anybody else: what stands for it is that the token was meant for this
// resource server, which authenticated. What must not happen is that a token that nobody
// could steal becomes one that anybody can use.
func (x *Exchange) checkBinding(r *request, rule *ExchangeRule, subject *accessToken) *oidc.Error {
	wasBound := subject.Confirmation != nil
	switch {
	case r.client.Metadata.ClientProfile == idp.ProfileFAPI2 && !wasBound: // FAPI 2.0 SP 5.3.4: its resource servers take bound tokens only
		return oidc.NewError(oidc.InvalidRequest, "a client of the profile fapi2 exchanges bound tokens only")
	case wasBound && !r.bound.Bound() && (!rule.Unbound || subject.granted.Metadata.ClientProfile == idp.ProfileFAPI2):
		return oidc.NewError(oidc.InvalidRequest, "the subject token is bound to a key: prove a key of the client's own, for the new token to be bound to")
	}
	return nil
}

// granted finds the client whose grant a token rests on: its own, or for an exchanged token
// the one the customer signed in to. Whoever handed the request on must still be
// registered to, every one of them, and so must the client at its root be.
func (v *Verifier) granted(ctx context.Context, claims *AccessTokenClaims, client *idp.Client, state *idp.GrantState) (*idp.Client, error) {
	if claims.Actor == nil {
		if state.ClientID != client.ID {
			return nil, fmt.Errorf("%w: %w", errToken, idp.ErrRevoked)
		}
		return client, nil
	}
	if claims.Actor.Subject != ClientSubject+client.ID || actors(claims.Actor) > maxActors {
		return nil, fmt.Errorf("%w: actor", errToken)
	}
	for a := claims.Actor; a != nil; a = a.Actor {
		actor, err := v.enabled(ctx, a.Subject)
		if err != nil {
			return nil, err
		}
		if !actor.HasGrant(oidc.GrantTokenExchange) {
			return nil, fmt.Errorf("%w: %w", errToken, idp.ErrRevoked)
		}
	}
	return v.enabled(ctx, ClientSubject+state.ClientID)
}

// enabled is a client by the name that its own tokens have.
func (v *Verifier) enabled(ctx context.Context, subject string) (*idp.Client, error) {
	id, ok := strings.CutPrefix(subject, ClientSubject)
	if !ok {
		return nil, fmt.Errorf("%w: actor", errToken)
	}
	client, err := v.Clients.Client(ctx, id)
	if errors.Is(err, idp.ErrNotFound) || err == nil && client.Disabled {
		return nil, fmt.Errorf("%w: client", errToken)
	}
	return client, err
}
