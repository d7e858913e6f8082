package mtls

import (
	"crypto/x509"
	"slices"
	"time"
)

// usable reports whether a certificate may prove a client at now: valid in time and not
// made for something else.
func usable(c *x509.Certificate, now time.Time) bool {
	if now.Before(c.NotBefore) || now.After(c.NotAfter) {
		return false
	}
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return false
	}
	named := len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0
	return !named || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}
