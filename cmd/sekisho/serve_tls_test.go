package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"sekisho/idp/idptest"
)

// certificate writes a new pair for localhost and returns it.
func (d *desk) certificate() *x509.Certificate {
	d.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		d.t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		d.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		d.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		d.t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.Rename(d.write("new.pem", string(pem.EncodeToMemory(block))), d.path(name)); err != nil {
			d.t.Fatal(err)
		}
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		d.t.Fatal(err)
	}
	return certificate
}

// trusting is a client's configuration that trusts these certificates only.
func trusting(certificates ...*x509.Certificate) *tls.Config {
	pool := x509.NewCertPool()
	for _, c := range certificates {
		pool.AddCert(c)
	}
	return &tls.Config{ServerName: "localhost", RootCAs: pool}
}

// handshake is what the public listener agrees to with such a client.
func (s *served) handshake(c *tls.Config) (tls.ConnectionState, error) {
	conn, err := tls.Dial("tcp", s.public, c)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	return conn.ConnectionState(), nil
}

// TL-01: TLS ends at the listener itself; and HD-03: everything it answers says so.
func TestServeTLS(t *testing.T) {
	d := newDesk(t)
	first := d.certificate()
	plain := address(t)
	s := d.serve("sekisho.yaml", "issuer: http://localhost:9000", "issuer: https://id.example",
		"listen: {", "listen: {tls: {cert_file: cert.pem, key_file: key.pem}, redirect_addr: '"+plain+"', ")

	for name, c := range map[string]struct {
		change func(*tls.Config)
		want   uint16 // 0: refused
	}{
		"TL-01 TLS 1.0": {func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 }, 0},
		"TL-01 TLS 1.1": {func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, 0},
		"TL-01 TLS 1.2 without forward secrecy": {func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384}
		}, 0},
		"TL-01 TLS 1.2 with CBC": {func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256}
		}, 0},
		"TL-01 TLS 1.2 with AEAD": {func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, tls.VersionTLS12},
		"TL-01 TLS 1.3 first":     {func(*tls.Config) {}, tls.VersionTLS13},
	} {
		config := trusting(first)
		c.change(config)
		state, err := s.handshake(config)
		if refused := err != nil; refused != (c.want == 0) || state.Version != c.want {
			t.Errorf("%s: version %x, %v", name, state.Version, err)
		}
	}

	t.Run("answers", func(t *testing.T) {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting(first), ForceAttemptHTTP2: true}}
		defer client.CloseIdleConnections()
		for path, want := range map[string]int{"/": 200, "/jwks": 200, "/none": 404, "/token": 405} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.public+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = "id.example"
			resp, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if hsts := resp.Header.Get("Strict-Transport-Security"); resp.StatusCode != want || !strings.Contains(hsts, "includeSubDomains") || resp.ProtoMajor != 2 {
				t.Errorf("HD-03 %s: %d %s, HSTS %q", path, resp.StatusCode, resp.Proto, hsts)
			}
		}
	})
	t.Run("HD-03 the plain listener", func(t *testing.T) { s.redirects(t, plain) })
	t.Run("a renewed certificate is shown without a restart", func(t *testing.T) {
		second := d.certificate()
		eventually(t, func() bool {
			state, err := s.handshake(trusting(first, second))
			if err != nil {
				t.Fatalf("no certificate in between: %v", err)
			}
			return state.PeerCertificates[0].Equal(second)
		})
		d.write("cert.pem", "half a file")
		eventually(t, func() bool {
			if state, err := s.handshake(trusting(second)); err != nil || !state.PeerCertificates[0].Equal(second) {
				t.Fatalf("a broken file took the certificate away: %v", err)
			}
			return strings.Contains(s.logs.String(), "the previous one stays")
		})
	})
}

func (s *served) redirects(t *testing.T, plain string) {
	for path, want := range map[string]string{
		"/": "https://id.example/", "/account": "https://id.example/account", "/help/signin?lang=en": "https://id.example/help/signin?lang=en",
		"/invite": "https://id.example/invite",
	} {
		status, header, body := s.get(plain, path, "evil.example")
		if status != http.StatusMovedPermanently || header.Get("Location") != want || strings.Contains(body, "evil") {
			t.Errorf("HD-03 %s: %d to %q", path, status, header.Get("Location"))
		}
	}
	for _, path := range []string{"/authorize?client_id=app", "/token", "/userinfo", "/jwks", "/.well-known/openid-configuration", "/assets/sekisho.css", "/none", "/metrics"} {
		if status, header, _ := s.get(plain, path, ""); status != http.StatusForbidden || header.Get("Location") != "" {
			t.Errorf("HD-03 %s: %d to %q", path, status, header.Get("Location"))
		}
	}
	for _, path := range []string{"/token", "/", "/account/logout"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+plain+path, strings.NewReader("client_secret=x"))
		if err != nil {
			t.Fatal(err)
		}
		if a := idptest.Send(t, r); a.Status != http.StatusForbidden || a.Header.Get("Location") != "" {
			t.Errorf("HD-03 POST %s: %d", path, a.Status)
		}
	}
}

// Behind a proxy that ends TLS: the issuer is https and so is everything that follows from
// it, and the customer's address is what the proxy says, not what the customer says.
func TestServeBehindProxy(t *testing.T) {
	d := newDesk(t)
	s := d.serve("sekisho.yaml", "issuer: http://localhost:9000", "issuer: https://id.example",
		"listen: {", "listen: {trusted_proxies: [127.0.0.1/32], ")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.public+"/account", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "id.example"
	r.Header.Set("X-Forwarded-For", "203.0.113.66, 198.51.100.7")
	resp, err := idptest.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Header.Get("Strict-Transport-Security") == "" || resp.StatusCode != http.StatusSeeOther {
		t.Errorf("HD-03: %d, HSTS %q", resp.StatusCode, resp.Header.Get("Strict-Transport-Security"))
	}
	cookies := resp.Cookies()
	if len(cookies) == 0 {
		t.Error("no cookie")
	}
	for _, c := range cookies {
		if !c.Secure || !c.HttpOnly || !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("cookie %s", c)
		}
	}
	eventually(t, func() bool { return strings.Contains(s.logs.String(), `"path":"/account"`) })
	if logs := s.logs.String(); !strings.Contains(logs, `"ip":"198.51.100.7"`) || strings.Contains(logs, "203.0.113.66") {
		t.Errorf("logged:\n%s", logs)
	}
	if status, _, _ := s.get(s.public, "/account", "evil.example"); status != http.StatusMisdirectedRequest {
		t.Errorf("another host is answered %d", status)
	}
	if _, _, body := s.get(s.public, "/.well-known/openid-configuration", "id.example"); !strings.Contains(body, `"token_endpoint":"https://id.example/token"`) || strings.Contains(body, "http://") {
		t.Errorf("discovery: %s", body)
	}
}
