package mtls

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"sekisho/idp"
)

// Authorities are the issuers of the certificates of tls_client_auth clients.
type Authorities struct{ roots *x509.CertPool }

// LoadAuthorities reads a PEM bundle.
func LoadAuthorities(file string) (*Authorities, error) {
	bundle, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return ParseAuthorities(bundle)
}

// ParseAuthorities reads a PEM bundle with at least one certificate in it.
func ParseAuthorities(bundle []byte) (*Authorities, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bundle) {
		return nil, errors.New("no certificate in PEM in it")
	}
	return &Authorities{pool}, nil
}

// Issued checks that the authorities issued the certificate for client authentication and
// that it is valid at now (RFC 8705 2.1). Every failure wraps idp.ErrRejected.
func (a *Authorities) Issued(c *Certificate, now time.Time) error {
	if a == nil || !usable(c.Leaf, now) || c.Leaf.IsCA {
		return fmt.Errorf("client certificate: %w", idp.ErrRejected)
	}
	intermediates := x509.NewCertPool()
	for _, link := range c.Chain {
		intermediates.AddCert(link)
	}
	if _, err := c.Leaf.Verify(x509.VerifyOptions{
		Roots: a.roots, Intermediates: intermediates, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}); err != nil {
		return fmt.Errorf("client certificate: %w: %v", idp.ErrRejected, err)
	}
	return nil
}
