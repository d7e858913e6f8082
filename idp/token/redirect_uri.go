package token

import (
	"sekisho/idp"
	"sekisho/idp/oidc"
)

// checkRedirectURI binds the code to the redirect URI of its authorization request
// (RFC 6749 4.1.3; TK-06). A sent value must always be equal. Leaving it out is for
// clients whose codes PKCE binds (OAuth 2.1 4.1.3); the oidc profile keeps RFC 6749.
func checkRedirectURI(client *idp.Client, authorized, sent string) *oidc.Error {
	if sent == authorized {
		return nil
	}
	if sent == "" && client.Metadata.ClientProfile != idp.ProfileOIDC {
		return nil
	}
	return oidc.NewError(oidc.InvalidGrant, "redirect_uri is not the one of the authorization request")
}
