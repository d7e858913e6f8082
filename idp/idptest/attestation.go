package idptest

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"
	"time"
)

// NewMaker is the certificate with which a maker vouches for its authenticators (WebAuthn
// 8.2.1), issued by root.
func NewMaker(t testing.TB, root *Certificate, now time.Time) *Certificate {
	t.Helper()
	return NewCertificate(t, root, now, func(c *x509.Certificate) {
		c.Subject = pkix.Name{Country: []string{"JP"}, Organization: []string{"Aoba Keys"}, OrganizationalUnit: []string{"Authenticator Attestation"}, CommonName: "Aoba Key"}
		c.ExtKeyUsage = nil
	})
}

// Attested has a maker vouch for the new passkey as one of its model (WebAuthn 8.2).
func Attested(t testing.TB, maker *Certificate, model []byte) Bend {
	return func(m *Message) {
		t.Helper()
		m.AAGUID = model
		client := sha256.Sum256(m.client(t))
		digest := sha256.Sum256(append(m.authenticatorData(), client[:]...))
		sig, err := maker.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		m.Format, m.Statement = "packed", map[string]any{"alg": -7, "sig": sig, "x5c": [][]byte{maker.Leaf.Raw}}
	}
}
