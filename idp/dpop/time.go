package dpop

import "sekisho/idp/oidc"

// checkTime accepts a proof made a moment ago by a clock that may be off by the skew
// (RFC 9449 4.3, check 11; FAPI 2.0 SP 5.3.2.1). exp and nbf need not be there; a proof
// that has them is held to them.
func checkTime(c *checking) *oidc.Error {
	claims, skew := c.proof.claims, c.v.skew()
	switch {
	case claims.IssuedAt.After(c.now.Add(skew)):
		return refusal("iat of the DPoP proof is in the future")
	case claims.IssuedAt.Before(c.now.Add(-proofLife - skew)):
		return refusal("iat of the DPoP proof is too long ago")
	case claims.NotBefore != nil && claims.NotBefore.After(c.now.Add(skew)):
		return refusal("nbf of the DPoP proof is in the future")
	case claims.Expiry != nil && !c.now.Before(claims.Expiry.Add(skew)):
		return refusal("the DPoP proof has expired")
	}
	return nil
}
