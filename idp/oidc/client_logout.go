package oidc

import (
	"net/url"
	"slices"

	"sekisho/idp"
)

// checkLogoutURIs admits where a client is told of a logout: by the provider itself
// (OIDC Back-Channel Logout 2.2) and by the customer's browser (Front-Channel Logout 2).
func checkLogoutURIs(m idp.ClientMetadata, rules MetadataRules) *Error {
	switch {
	case m.BackChannelLogoutURI != "" && !secureAddress(m.BackChannelLogoutURI, rules.Development):
		return badMetadata("backchannel_logout_uri must be https, without fragment and user information")
	case m.FrontChannelLogoutURI != "" && !secureAddress(m.FrontChannelLogoutURI, rules.Development):
		return badMetadata("frontchannel_logout_uri must be https, without fragment and user information")
	case m.FrontChannelLogoutURI != "" && !originOfRedirect(m, m.FrontChannelLogoutURI):
		return badMetadata("frontchannel_logout_uri must have scheme, host and port of one of the redirect_uris")
	case m.BackChannelLogoutSID && m.BackChannelLogoutURI == "":
		return badMetadata("backchannel_logout_session_required needs backchannel_logout_uri")
	case m.FrontChannelLogoutSID && m.FrontChannelLogoutURI == "":
		return badMetadata("frontchannel_logout_session_required needs frontchannel_logout_uri")
	}
	return nil
}

// checkInitiateLogin admits where a sign-in may be begun by somebody else: https only
// (OIDC Core 4).
func checkInitiateLogin(m idp.ClientMetadata, rules MetadataRules) *Error {
	if m.InitiateLoginURI != "" && !secureAddress(m.InitiateLoginURI, rules.Development) {
		return badMetadata("initiate_login_uri must be https, without fragment and user information")
	}
	return nil
}

func secureAddress(address string, development bool) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && u.Fragment == "" && printable(address) &&
		len(address) <= maxURILength && secureOrLocal(u, development)
}

// originOfRedirect is the rule of Front-Channel Logout 2: the page of the provider is to
// frame the client's own site and nobody else's.
func originOfRedirect(m idp.ClientMetadata, address string) bool {
	return slices.ContainsFunc(m.RedirectURIs, func(redirect string) bool {
		return RedirectOrigin(redirect) == RedirectOrigin(address)
	})
}

// FrontChannelLogout is the address that the browser frames to tell the client that the
// session sid at issuer is over (Front-Channel Logout 3): always with iss and sid.
func FrontChannelLogout(client *idp.Client, issuer, sid string) string {
	return withQuery(client.Metadata.FrontChannelLogoutURI, [][2]string{{"iss", issuer}, {"sid", sid}})
}

// InitiateLogin is where the client begins a sign-in at issuer that somebody else asks for
// (OIDC Core 4); "" when it has no such address.
func InitiateLogin(client *idp.Client, issuer string) string {
	if client.Metadata.InitiateLoginURI == "" {
		return ""
	}
	return withQuery(client.Metadata.InitiateLoginURI, [][2]string{{"iss", issuer}})
}
