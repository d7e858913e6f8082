package oidc

// Grant types that exist here (RFC 6749). The password and implicit grants do not, and
// no configuration brings them back (RFC 9700 section 2.4).
const (
	GrantAuthorizationCode = "authorization_code"
	GrantRefreshToken      = "refresh_token"
	GrantClientCredentials = "client_credentials"
	// GrantTokenExchange is RFC 8693, where the firm has rules for it.
	GrantTokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
)
