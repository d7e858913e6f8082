package token

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// forProvider reports whether the scopes mean something at the provider's own API only.
func forProvider(scopes []string) bool {
	return len(scopes) == 1 && scopes[0] == oidc.ScopeNotifyWithdrawal
}

// ClientToken verifies the bearer token of a request to an API of the provider's own: a
// confidential client's own token (client_credentials), with the scope, which the client
// still has, and for this provider alone. A customer's token is none, whatever its scopes.
// Without a token refused has no code; err means that a dependency did not answer.
func (v *Verifier) ClientToken(ctx context.Context, r *http.Request, scope string) (client *idp.Client, refused *oidc.Error, err error) {
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return nil, oidc.NewError(oidc.InvalidRequest, "the access token was sent more than once"), nil
	}
	scheme, presented, _ := strings.Cut(strings.Join(headers, ""), " ")
	if presented = strings.TrimSpace(presented); !strings.EqualFold(scheme, "Bearer") || presented == "" {
		return nil, &oidc.Error{}, nil
	}
	claims, err := v.parse(presented)
	if err != nil || claims.GrantID != "" || len(claims.Audience) != 1 || claims.Audience[0] != v.Issuer {
		return nil, errBearer(), nil
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
