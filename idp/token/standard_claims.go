package token

import (
	"maps"
	"slices"
)

// StandardClaims lists the claims about a customer that can be delivered, and the
// protocol's own, for discovery's claims_supported.
func StandardClaims() []string {
	protocol := []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid", "sekisho_level", "sekisho_hold_until"}
	return slices.Concat(protocol, slices.Sorted(maps.Keys(scopeOf)))
}
