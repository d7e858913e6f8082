package clientauth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
)

// documents serves key sets and counts requests.
type documents struct {
	mu    sync.Mutex
	body  []byte
	err   error
	asked int
}

func (d *documents) Get(context.Context, string, string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	return d.body, d.err
}

func remoteRig(t *testing.T) (*rig, *documents) {
	g := newRig(t)
	d := &documents{body: jwksOf(g.keys)}
	g.Keys = &ClientKeys{Now: g.clock.now, Fetch: d}
	c := g.register("remote", idp.AuthPrivateKeyJWT, idp.ProfileFAPI2)
	c.Metadata.JWKS, c.Metadata.JWKSURI = nil, "https://rp.example/jwks"
	return g, d
}

func (g *rig) accepts(t *testing.T, alg string, key crypto.Signer, kid string) bool {
	t.Helper()
	_, e := g.try(assertionForm(sign(t, alg, key, map[string]any{"kid": kid}, g.claims("remote"))), nil, "192.0.2.1")
	return e == nil
}

func TestRemoteKeys(t *testing.T) {
	g, d := remoteRig(t)
	ec := g.keys["ES256"]
	t.Run("CA-09 a fetched set is cached", func(t *testing.T) {
		for range 5 {
			if !g.accepts(t, "ES256", ec, "ec") {
				t.Fatalf("refused: %+v", g.trail.last())
			}
		}
		if d.asked != 1 {
			t.Fatalf("%d requests", d.asked)
		}
	})
	t.Run("CA-09 kid spray does not cause a request each", func(t *testing.T) {
		for i := range 50 {
			if g.accepts(t, "ES256", ec, fmt.Sprint("spray-", i)) {
				t.Fatal("accepted")
			}
		}
		if d.asked != 1 {
			t.Fatalf("%d requests", d.asked)
		}
		g.clock.at = g.clock.at.Add(31 * time.Second)
		for i := range 50 {
			g.accepts(t, "ES256", ec, fmt.Sprint("spray-", i))
		}
		if d.asked != 2 {
			t.Fatalf("%d requests", d.asked)
		}
	})
	t.Run("a rotated key is found by its kid", func(t *testing.T) {
		next, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		d.body, _ = json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: next.Public(), KeyID: "next"}}})
		g.clock.at = g.clock.at.Add(31 * time.Second)
		if !g.accepts(t, "ES256", next, "next") {
			t.Fatalf("refused: %+v", g.trail.last())
		}
		if g.accepts(t, "ES256", ec, "ec") {
			t.Fatal("a withdrawn key still works")
		}
	})
	t.Run("an expired set is asked for again", func(t *testing.T) {
		before := d.asked
		d.body = jwksOf(g.keys)
		g.clock.at = g.clock.at.Add(10 * time.Minute)
		if !g.accepts(t, "ES256", ec, "ec") || d.asked != before+1 {
			t.Fatalf("%d requests", d.asked-before)
		}
	})
	t.Run("when asking fails the held set serves for a while", func(t *testing.T) {
		d.err = errors.New("down")
		g.clock.at = g.clock.at.Add(20 * time.Minute)
		if !g.accepts(t, "ES256", ec, "ec") {
			t.Fatal("refused although the set is not old")
		}
		g.clock.at = g.clock.at.Add(time.Hour)
		if g.accepts(t, "ES256", ec, "ec") {
			t.Fatal("a set was used for ever")
		}
	})
}

func TestRemoteKeysNegativeCache(t *testing.T) {
	g, d := remoteRig(t)
	d.err = errors.New("down")
	t.Run("CA-09 a failure is remembered", func(t *testing.T) {
		for range 20 {
			if g.accepts(t, "ES256", g.keys["ES256"], "ec") {
				t.Fatal("accepted")
			}
		}
		if d.asked != 1 {
			t.Fatalf("%d requests", d.asked)
		}
	})
	d.err = nil
	g.clock.at = g.clock.at.Add(30 * time.Second)
	if !g.accepts(t, "ES256", g.keys["ES256"], "ec") {
		t.Fatalf("refused: %+v", g.trail.last())
	}
}

func TestParseJWKS(t *testing.T) {
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	private, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: ec, KeyID: "a"}}})
	if _, err := parseJWKS(private); !errors.Is(err, ErrKeys) {
		t.Fatalf("a private key was taken: %v", err)
	}
	public, _ := jose.JSONWebKey{Key: ec.Public(), KeyID: "a"}.MarshalJSON()
	got, err := parseJWKS([]byte(`{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"future"},` + string(public) + `]}`))
	if err != nil || len(got) != 1 || got[0].KeyID != "a" {
		t.Fatalf("%v, %v", got, err)
	}
	for _, bad := range []string{``, `[]`, `{"keys":{}}`, `{"keys":[],"keys":[]}`, "\ufeff{}", `{"keys":[` + string(public) + `]}}`} {
		if _, err := parseJWKS([]byte(bad)); !errors.Is(err, ErrKeys) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
