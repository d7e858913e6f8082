package oidc

import (
	"slices"
	"strings"
)

// SchemeDPoP is the authentication scheme of DPoP-bound access tokens (RFC 9449 7.1).
const SchemeDPoP = "DPoP"

// DPoPAlgorithms are those a DPoP proof may be signed with.
func DPoPAlgorithms() []string { return slices.Clone(fapiAlgs) }

// DPoPAlgs is DPoPAlgorithms as a challenge lists them.
func DPoPAlgs() string { return strings.Join(fapiAlgs, " ") }

var dpopAlgs = `algs="` + DPoPAlgs() + `"`

// checkDPoPKey reads dpop_jkt, which binds the code to a key that the token request must
// prove (RFC 9449 10).
func checkDPoPKey(c *checking) *Error {
	key := c.sent.get("dpop_jkt")
	if key != "" && !isS256(key) {
		return NewError(InvalidRequest, "dpop_jkt is not a SHA-256 thumbprint in base64url")
	}
	c.request.DPoPKey = key
	return nil
}
