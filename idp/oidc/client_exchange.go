package oidc

import (
	"slices"

	"sekisho/idp"
)

// checkExchangeGrant keeps token exchange (RFC 8693) to resource servers that authenticate:
// what they exchange was sent to them as the server of a resource.
func checkExchangeGrant(m idp.ClientMetadata, rules MetadataRules) *Error {
	if !slices.Contains(m.GrantTypes, GrantTokenExchange) {
		return nil
	}
	switch {
	case !rules.TokenExchange:
		return badMetadata("grant_types token-exchange needs a provider with rules in tokens.exchange")
	case m.TokenEndpointAuthMethod == idp.AuthNone:
		return badMetadata("grant_types token-exchange needs a client that authenticates")
	case len(m.ResourceServer) == 0:
		return badMetadata("grant_types token-exchange needs sekisho_resource_server: what it exchanges was sent to it there")
	}
	return nil
}
