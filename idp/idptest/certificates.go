package idptest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/config"
	"sekisho/idp/mtls"
)

// Certificate is a certificate with its key.
type Certificate struct {
	Leaf *x509.Certificate
	Key  crypto.Signer
}

// NewCertificate makes a client's certificate, signed by issuer, or by itself when that is
// nil. edit may change the template.
func NewCertificate(t testing.TB, issuer *Certificate, now time.Time, edit func(*x509.Certificate)) *Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Country: []string{"JP"}, Organization: []string{"Aoba Securities, Ltd."}, CommonName: "trading"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true,
	}
	if edit != nil {
		edit(template)
	}
	parent, signer := template, crypto.Signer(key)
	if issuer != nil {
		parent, signer = issuer.Leaf, issuer.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &Certificate{leaf, key}
}

// NewAuthority makes the certificate of an authority.
func NewAuthority(t testing.TB, now time.Time, name string) *Certificate {
	t.Helper()
	return NewCertificate(t, nil, now, func(c *x509.Certificate) {
		c.Subject, c.IsCA, c.ExtKeyUsage, c.KeyUsage = pkix.Name{CommonName: name}, true, nil, x509.KeyUsageCertSign
	})
}

// X5T is the certificate's thumbprint.
func (c *Certificate) X5T() string { return (&mtls.Certificate{Leaf: c.Leaf}).Thumbprint() }

// PEM is the certificate alone.
func (c *Certificate) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Leaf.Raw})
}

// Header is the certificate as a proxy passes it on (RFC 9440).
func (c *Certificate) Header() string {
	return ":" + base64.StdEncoding.EncodeToString(c.Leaf.Raw) + ":"
}

// JWKS is the registered key set of a client with this certificate.
func (c *Certificate) JWKS(t testing.TB) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: c.Leaf.PublicKey, KeyID: "tls", Certificates: []*x509.Certificate{c.Leaf}}}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// File writes PEM into a file of the test.
func File(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// MutualTLS is a running provider with a listener that asks for client certificates.
type MutualTLS struct {
	*Provider
	Origin string
	server *httptest.Server
}

// NewMutualTLS starts one whose tls_client_auth clients have certificates of the authority.
func NewMutualTLS(t testing.TB, authority *Certificate, edit func(*config.Config)) *MutualTLS {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	m := &MutualTLS{Origin: "https://127.0.0.1:" + port, server: server}
	m.Provider = New(t, Options{Edit: func(c *config.Config) {
		c.Listen.MTLS = config.MTLS{Origin: m.Origin, Addr: "127.0.0.1:" + port, CAFile: File(t, "ca.pem", authority.PEM())}
		if edit != nil {
			edit(c)
		}
	}})
	server.Config.Handler = m.MutualTLSHandler()
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	return m
}

// With sends a request over a connection that presents the certificate, nil for none;
// headers go in pairs.
func (m *MutualTLS) With(c *Certificate, method, path string, form url.Values, headers ...string) Answer {
	m.T.Helper()
	transport := m.server.Client().Transport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	if c != nil {
		transport.TLSClientConfig.Certificates = []tls.Certificate{{Certificate: [][]byte{c.Leaf.Raw}, PrivateKey: c.Key}}
	}
	r, err := http.NewRequestWithContext(m.T.Context(), method, m.Origin+path, strings.NewReader(form.Encode()))
	if err != nil {
		m.T.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		m.T.Fatal(err)
	}
	return Read(m.T, resp)
}
