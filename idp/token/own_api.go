package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// forProvider reports whether the scopes mean something at the provider's own API only.
func forProvider(scopes []string) bool {
	return len(scopes) == 1 && scopes[0] == oidc.ScopeNotifyWithdrawal
}

// ClientToken verifies the access token of a request to an API of the provider's own: a
// confidential client's own token (client_credentials), with the scope, which the client
// still has, and for this provider alone. A customer's token is none, whatever its scopes.
// Without a token refused has no code; err means that a dependency did not answer.
func (v *Verifier) ClientToken(ctx context.Context, r *http.Request, scope string) (client *idp.Client, refused *oidc.Error, err error) {
	p, found, e := authorization(r)
	if e != nil || !found {
		if e == nil {
			e = &oidc.Error{}
		}
		return nil, e, nil
	}
	client, refused, err = v.clientToken(ctx, r, p, scope)
	if refused != nil && refused.HTTPStatus() >= http.StatusInternalServerError {
		return nil, nil, fmt.Errorf("checking a DPoP proof: %w", idp.ErrUnavailable)
	}
	return client, inScheme(p.dpop, refused), err
}

func (v *Verifier) clientToken(ctx context.Context, r *http.Request, p presented, scope string) (*idp.Client, *oidc.Error, error) {
	claims, err := v.parse(p.token)
	if err != nil || claims.GrantID != "" || len(claims.Audience) != 1 || claims.Audience[0] != v.Issuer {
		return nil, errBearer(), nil
	}
	if e := v.held(r, p, claims.Confirmation); e != nil {
		return nil, e, nil
	}
	t, err := v.standing(ctx, claims)
	switch {
	case err != nil && !errors.Is(err, idp.ErrRejected):
		return nil, nil, err
	case err != nil, t.client.Public():
		return nil, errBearer(), nil
	case !slices.Contains(claims.scopes(), scope), !slices.Contains(t.client.Scopes(), scope):
		e := oidc.NewError(oidc.InsufficientScope, "the token lacks the scope "+scope)
		e.Challenge = [][2]string{{"scope", scope}}
		return nil, e, nil
	}
	return t.client, nil, nil
}
