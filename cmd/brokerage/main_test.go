package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func secret(name string) string {
	if name == "BROKERAGE_CLIENT_SECRET" {
		return "a secret of the test"
	}
	return ""
}

func TestRunRefusesWhatCannotWork(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"unknown flag": {"-nothing"}, "no issuer": {"-issuer", ""}, "key file without a key": {"-key", empty},
		"secret and key at once": {"-key", keyFile(t)}, "address nobody can use": {"-listen", "256.0.0.1:0"},
	} {
		if err := run(t.Context(), args, secret, &bytes.Buffer{}); err == nil {
			t.Errorf("%s: ran", name)
		}
	}
}

func keyFile(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// It serves before there is a provider, with a secret or with a key, and stops when asked.
func TestRunServesUntilItIsStopped(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		env  func(string) string
	}{
		"secret": {nil, secret},
		"key":    {[]string{"-key", keyFile(t), "-key-id", "k1"}, func(string) string { return "" }},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			address := l.Addr().String()
			l.Close()
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- run(ctx, append(c.args, "-listen", address), c.env, &bytes.Buffer{}) }()
			var status int
			for status == 0 {
				resp, err := http.Get("http://" + address + "/")
				if err == nil {
					resp.Body.Close()
					status = resp.StatusCode
				} else if time.Sleep(5 * time.Millisecond); len(done) > 0 {
					t.Fatal(<-done)
				}
			}
			if status != http.StatusOK {
				t.Errorf("front page: %d", status)
			}
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}
