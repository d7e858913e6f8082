package dpop

import "sekisho/idp/oidc"

// checkMethod compares htm with the method of the request, which is case-sensitive
// (RFC 9449 4.3, check 8).
func checkMethod(c *checking) *oidc.Error {
	if c.proof.claims.Method != c.at.method {
		return refusal("htm of the DPoP proof is not the method of the request")
	}
	return nil
}
