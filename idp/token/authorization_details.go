package token

import (
	"encoding/json"

	zoidc "github.com/zitadel/oidc/v3/pkg/oidc"

	"sekisho/idp"
	"sekisho/idp/details"
	"sekisho/idp/oidc"
)

// tokenResponse is the token response with what RFC 9396 7 and the receipt add to it.
type tokenResponse struct {
	zoidc.AccessTokenResponse
	IssuedTokenType zoidc.TokenType `json:"issued_token_type,omitempty"` // RFC 8693 2.2.1

	Details json.RawMessage `json:"authorization_details,omitempty"`
	Receipt string          `json:"sekisho_receipt,omitempty"`
}

// approved adds what the customer approved, exactly as it was shown (RA-02).
func (a *tokenResponse) approved(g *idp.Grant) {
	if g != nil && len(g.Details) > 0 {
		a.Details, a.Receipt = g.Details, g.Receipt
	}
}

// checkDetails: a token request may repeat what was granted and ask for nothing else (RFC
// 9396 6; RA-03). There is nothing narrower than one transaction.
func checkDetails(r *request, grant *idp.Grant) *oidc.Error {
	if raw := r.form.Get("authorization_details"); raw != "" && !details.Same([]byte(raw), grant.Details) {
		return oidc.NewError(oidc.InvalidAuthorizationDetails, "authorization_details differ from what the customer approved")
	}
	return nil
}

// checkNoDetails: nobody is there to approve anything.
func checkNoDetails(r *request) *oidc.Error {
	if r.form.Has("authorization_details") {
		return oidc.NewError(oidc.InvalidAuthorizationDetails, "a client's own token is for no transaction")
	}
	return nil
}

// detailClaims adds what was approved to an introspection answer.
func detailClaims(claims map[string]any, g *idp.Grant) map[string]any {
	if len(g.Details) == 0 {
		return claims
	}
	if claims == nil {
		claims = map[string]any{}
	}
	claims["authorization_details"], claims["sekisho_receipt"] = json.RawMessage(g.Details), g.Receipt
	return claims
}
