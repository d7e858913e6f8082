package mtls

import (
	"crypto"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Registered reports whether a certificate, valid at now, is in a client's key set: equal
// to the certificate there or, where an entry holds a bare key, of that very key (RFC 8705
// 2.2.2). Who issued it does not matter; a registration is the trust.
func Registered(c *Certificate, set []jose.JSONWebKey, now time.Time) bool {
	if !usable(c.Leaf, now) {
		return false
	}
	public, ok := c.Leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok {
		return false
	}
	for _, key := range set {
		if len(key.Certificates) > 0 {
			if key.Certificates[0].Equal(c.Leaf) {
				return true
			}
			continue
		}
		if public.Equal(key.Key) {
			return true
		}
	}
	return false
}
