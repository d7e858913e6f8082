package oidc

import "strings"

const maxNonceLength = 1024

// checkNonce keeps nonce for the ID token, unchanged or not at all (OIDC Core 3.1.2.1).
// The code flow works without one.
func checkNonce(c *checking) *Error {
	nonce := c.sent.get("nonce")
	if len(nonce) > maxNonceLength || strings.ContainsRune(nonce, 0) {
		return NewError(InvalidRequest, "nonce is too long or holds a NUL character")
	}
	c.request.Nonce = nonce
	return nil
}
