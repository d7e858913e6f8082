package httpsafe

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestServerIsBounded(t *testing.T) {
	log, _ := testLog()
	s := NewServer(hello, log)
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes != 16<<10 {
		t.Errorf("IN-05: %+v", s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	defer s.Close()
	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"IN-02 header":             {"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", 32<<10) + "\r\n\r\n", 431},
		"IN-10 length twice":       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
		"IN-10 folded header":      {"GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n", 400},
		"IN-10 space before colon": {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
		"an ordinary request":      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200},
	} {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, c.request)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || answer.StatusCode != c.want {
			t.Errorf("%s: %v %v", name, answer, err)
		}
		conn.Close()
	}
}

// writePair writes a self-signed certificate for name.
func writePair(t *testing.T, certFile, keyFile, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"op.example"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if file == "" {
			continue
		}
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// later moves the files' time, which may otherwise be too coarse to have changed.
func later(t *testing.T, at time.Time, files ...string) {
	t.Helper()
	for _, f := range files {
		if err := os.Chtimes(f, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

func served(t *testing.T, c *Certificates) string {
	t.Helper()
	pair, err := c.get(nil)
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf.Subject.CommonName
}

func TestCertificatesAreReloaded(t *testing.T) {
	dir, at := t.TempDir(), newClock()
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	log, _ := testLog()
	if _, err := LoadCertificates(cert, key, at.Now, log); err == nil {
		t.Fatal("starts without a certificate")
	}
	writePair(t, cert, key, "first")
	c, err := LoadCertificates(cert, key, at.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	writePair(t, cert, key, "second")
	later(t, at.Now(), cert, key)
	if got := served(t, c); got != "first" {
		t.Errorf("files are looked at on every handshake: %s", got)
	}
	at.Advance(certificateCheck)
	if got := served(t, c); got != "second" {
		t.Errorf("not reloaded: %s", got)
	}
	writePair(t, cert, "", "half") // the new certificate with the old key
	later(t, at.Now().Add(time.Hour), cert)
	at.Advance(certificateCheck)
	if got := served(t, c); got != "second" {
		t.Errorf("a pair that does not fit is served: %s", got)
	}
	if err := os.Remove(cert); err != nil {
		t.Fatal(err)
	}
	at.Advance(certificateCheck)
	if got := served(t, c); got != "second" {
		t.Errorf("nothing is served: %s", got)
	}
	writePair(t, cert, key, "third")
	at.Advance(certificateCheck)
	if got := served(t, c); got != "third" {
		t.Errorf("not recovered: %s", got)
	}
}

// TL-01: old versions and suites without forward secrecy or AEAD get no handshake.
func TestTLS(t *testing.T) {
	dir, at := t.TempDir(), newClock()
	cert, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	writePair(t, cert, key, "op")
	log, _ := testLog()
	c, err := LoadCertificates(cert, key, at.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	leaf, err := c.get(nil)
	if err != nil {
		t.Fatal(err)
	}
	trust.AddCert(leaf.Leaf)
	for name, k := range map[string]struct {
		client *tls.Config
		ok     bool
	}{
		"TLS 1.3":      {&tls.Config{MinVersion: tls.VersionTLS13}, true},
		"TLS 1.2":      {&tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}, true},
		"TLS 1.1":      {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		"TLS 1.2, CBC": {&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}}, false},
		"TLS 1.2, RSA": {&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}}, false},
	} {
		k.client.RootCAs, k.client.ServerName = trust, "op.example"
		k.client.Time = at.Now
		ours, theirs := net.Pipe()
		go tls.Server(ours, NewTLSConfig(c)).Handshake()
		if err := tls.Client(theirs, k.client).Handshake(); (err == nil) != k.ok {
			t.Errorf("TL-01 %s: %v", name, err)
		}
		ours.Close()
		theirs.Close()
	}
}
