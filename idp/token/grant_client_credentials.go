package token

import (
	"slices"
	"strings"

	"sekisho/idp/oidc"
)

// ClientSubject is in front of the client id in the sub of a client's own token. No
// End-User's subject holds a colon, so neither can be taken for the other (TK-15).
const ClientSubject = "client:"

// clientCredentialsGrant is RFC 6749 4.4: a token for the client itself. It touches no
// database.
type clientCredentialsGrant struct{}

func (clientCredentialsGrant) check(r *request) *oidc.Error {
	if r.client.Public() {
		return oidc.NewError(oidc.UnauthorizedClient, "a public client cannot act for itself")
	}
	return checkNoDetails(r)
}

func (clientCredentialsGrant) redeem(e *Endpoint, r *request) (issuance, *oidc.Error) {
	scopes, err := narrow(r.form.Get("scope"), ownScopes(r.client.Scopes()))
	if err != nil {
		return issuance{}, e.reject(r, err)
	}
	registered := r.client.Metadata.Resources
	asked := r.form.List("resource")
	if len(asked) == 0 && len(registered) > 0 {
		asked = registered[:1] // the first is the default audience
	}
	if len(r.form.List("resource")) == 0 && forProvider(strings.Fields(r.form.Get("scope"))) {
		asked, registered = nil, nil // such a token is of no use elsewhere, and nobody else should hold one
	}
	aud, err := audience(asked, registered, scopes, e.Minter.Issuer)
	if err != nil {
		return issuance{}, e.reject(r, err)
	}
	return issuance{subject: ClientSubject + r.client.ID, scopes: scopes, audience: aud, at: e.Now()}, nil
}

// ownScopes are those of a client's scopes that can mean something without an End-User:
// openid would promise an ID token, offline_access a refresh token, the rest claims about
// nobody (TK-16).
func ownScopes(scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool {
		switch s {
		case scopeOpenID, scopeOfflineAccess, scopeProfile, scopeEmail, scopeAddress, scopePhone:
			return true
		}
		return false
	})
}
