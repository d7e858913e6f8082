package token

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// checkVerifier enforces RFC 7636 4.6 with S256. A code without a challenge may be
// redeemed without a verifier by the clients that need no PKCE, and never with one: that
// would be a code from a request somebody stripped of its challenge (TK-04, TK-05).
func checkVerifier(client *idp.Client, challenge, verifier string) *oidc.Error {
	switch {
	case challenge == "" && (verifier != "" || oidc.RequiresPKCE(client)):
		return oidc.NewError(oidc.InvalidGrant, "the authorization request had no code_challenge")
	case challenge == "":
		return nil
	case !isVerifier(verifier):
		return oidc.NewError(oidc.InvalidGrant, "code_verifier is missing or malformed")
	}
	sum := sha256.Sum256([]byte(verifier))
	if subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) != 1 {
		return oidc.NewError(oidc.InvalidGrant, "code_verifier does not match")
	}
	return nil
}

// isVerifier is code-verifier of RFC 7636 4.1: 43 to 128 unreserved characters.
func isVerifier(s string) bool {
	if len(s) < 43 || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~') {
			return false
		}
	}
	return true
}
