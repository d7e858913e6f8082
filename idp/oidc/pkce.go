package oidc

import "sekisho/idp"

// MethodS256 is the only code challenge method; plain protects against nothing that
// this provider worries about.
const MethodS256 = "S256"

// RequiresPKCE reports whether the client's policy demands a code challenge. Only a
// confidential client of the oidc profile may go without (RFC 9700 section 2.1.1).
func RequiresPKCE(client *idp.Client) bool {
	return client.Metadata.ClientProfile != idp.ProfileOIDC || client.Public()
}

// checkPKCE enforces RFC 7636 with S256. A challenge that is sent is checked and kept
// whether or not the client needs one, and is then enforced at the token endpoint.
func checkPKCE(c *checking) *Error {
	challenge, method := c.sent.get("code_challenge"), c.sent.get("code_challenge_method")
	switch {
	case challenge == "" && method == "" && !RequiresPKCE(c.client):
		return nil
	case challenge == "":
		return NewError(InvalidRequest, "code_challenge is required")
	case method != MethodS256:
		return NewError(InvalidRequest, "code_challenge_method must be S256")
	case !isS256(challenge):
		return NewError(InvalidRequest, "code_challenge is not an S256 challenge")
	}
	c.request.CodeChallenge = challenge
	return nil
}

// isS256 is the shape of a base64url-encoded SHA-256 value (RFC 7636 section 4.2).
func isS256(challenge string) bool {
	return len(challenge) == 43 && base64URL(challenge)
}
