package dpop

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"

	"sekisho/idp/oidc"
)

// checkTokenHash ties a proof at a resource to the access token beside it (RFC 9449 4.3,
// check 12). Where no token is presented, ath means nothing.
func checkTokenHash(c *checking) *oidc.Error {
	if c.at.token == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(c.at.token))
	if subtle.ConstantTimeCompare([]byte(c.proof.claims.TokenHash), []byte(base64.RawURLEncoding.EncodeToString(sum[:]))) != 1 {
		return refusal("ath of the DPoP proof is not the hash of the access token")
	}
	return nil
}
