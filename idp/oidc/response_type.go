package oidc

import "slices"

// ResponseTypeCode is the only response type: no token ever travels in a URL.
const ResponseTypeCode = "code"

// checkResponseType admits the code flow to clients registered for it (RFC 6749 section
// 3.1.1, FAPI 2.0 Security Profile 5.3.2.2).
func checkResponseType(c *checking) *Error {
	switch c.sent.get("response_type") {
	case "":
		return NewError(InvalidRequest, "response_type is required")
	case ResponseTypeCode:
	default:
		return NewError(UnsupportedResponseType, "the only response_type is code")
	}
	registered := c.client.Metadata.ResponseTypes
	if !c.client.HasGrant(GrantAuthorizationCode) || len(registered) > 0 && !slices.Contains(registered, ResponseTypeCode) {
		return NewError(UnauthorizedClient, "the client is not registered for the code flow")
	}
	return nil
}
