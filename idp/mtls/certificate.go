package mtls

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
)

// Certificate is what a client proved to hold the key of.
type Certificate struct {
	Leaf  *x509.Certificate
	Chain []*x509.Certificate // intermediates the client sent
}

// Thumbprint is x5t#S256: the SHA-256 of the certificate in base64url (RFC 8705 3.1).
func (c *Certificate) Thumbprint() string {
	sum := sha256.Sum256(c.Leaf.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

type presentedKey struct{}

// Presented is the request's client certificate, nil when there is none.
func Presented(ctx context.Context) *Certificate {
	c, _ := ctx.Value(presentedKey{}).(*Certificate)
	return c
}

// WithCertificate returns a context in which the client presented c.
func WithCertificate(ctx context.Context, c *Certificate) context.Context {
	return context.WithValue(ctx, presentedKey{}, c)
}
