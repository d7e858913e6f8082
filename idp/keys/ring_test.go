package keys

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
)

// rows is a RingStore in memory with the uniqueness and compare-and-set of the real one.
type rows struct {
	mu    sync.Mutex
	keys  []idp.SigningKey
	audit []idp.AuditRecord
	fail  error
}

func (s *rows) SigningKeys(context.Context) ([]idp.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.keys), s.fail
}

func (s *rows) AddSigningKey(_ context.Context, key idp.SigningKey, e idp.Effects) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.keys {
		if k.Algorithm == key.Algorithm && k.Generation == key.Generation {
			return idp.ErrExists
		}
	}
	s.keys, s.audit = append(s.keys, key), append(s.audit, e.Audit...)
	return nil
}

func (s *rows) SetSigningKeyState(_ context.Context, id string, from, to idp.SigningKeyState, at time.Time, e idp.Effects) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.keys {
		if s.keys[i].ID == id && s.keys[i].State == from {
			s.keys[i].State, s.keys[i].RetiresAt = to, at
			s.audit = append(s.audit, e.Audit...)
			return nil
		}
	}
	return idp.ErrConflict
}

type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

func newClock() *clock { return &clock{time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)} }

func openRing(t testing.TB, s RingStore, v *Vault, c *clock, algs ...string) *Ring {
	t.Helper()
	r, err := OpenRing(t.Context(), RingOptions{Store: s, Vault: v, Algorithms: algs, Now: c.now, RSABits: 2048})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func kids(t testing.TB, r *Ring) []string {
	t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(r.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, k := range set.Keys {
		out = append(out, k.KeyID)
	}
	return out
}

func signedBy(t testing.TB, r *Ring, alg string) (token, kid string) {
	t.Helper()
	token, err := r.Sign(alg, KindIDToken, map[string]any{"sub": "s"})
	if err != nil {
		t.Fatal(err)
	}
	jws, err := ParseJWS(token, ownAlgorithms)
	if err != nil {
		t.Fatal(err)
	}
	return token, jws.Signatures[0].Protected.KeyID
}

func TestJWKSHoldsPublicMembersOnly(t *testing.T) {
	r := openRing(t, &rows{}, newVault(t), newClock())
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(r.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	allowed := map[string][]string{
		"EC": {"kty", "use", "alg", "kid", "crv", "x", "y"}, "RSA": {"kty", "use", "alg", "kid", "n", "e"},
		"OKP": {"kty", "use", "alg", "kid", "crv", "x"},
	}
	seen := map[string]bool{}
	for _, k := range set.Keys {
		t.Run("DJ-03 "+k["alg"].(string), func(t *testing.T) {
			want := allowed[k["kty"].(string)]
			for name := range k {
				if !slices.Contains(want, name) {
					t.Errorf("member %q", name)
				}
			}
			if len(k) != len(want) || k["use"] != "sig" || seen[k["kid"].(string)] {
				t.Errorf("key %v", k)
			}
			seen[k["kid"].(string)] = true
		})
	}
	if len(seen) != len(Algorithms()) {
		t.Fatalf("%d keys", len(seen))
	}
}

func TestDefaultKeySizes(t *testing.T) {
	s := &rows{}
	v := newVault(t)
	if _, err := OpenRing(t.Context(), RingOptions{Store: s, Vault: v, Algorithms: []string{PS256}}); err != nil {
		t.Fatal(err)
	}
	k, err := openKey(v, s.keys[0])
	if err != nil {
		t.Fatal(err)
	}
	var jwk jose.JSONWebKey
	if err := jwk.UnmarshalJSON(s.keys[0].Public); err != nil || !jwk.IsPublic() {
		t.Fatalf("stored public JWK: %v", err)
	}
	t.Run("DJ-03 generated RSA keys have 3072 bits", func(t *testing.T) {
		if n := k.public.Key.(interface{ Size() int }).Size(); n != 3072/8 {
			t.Fatalf("%d bytes", n)
		}
	})
	if _, err := OpenRing(t.Context(), RingOptions{Store: s, Vault: v, RSABits: 1024}); !errors.Is(err, ErrAlgorithm) {
		t.Fatalf("1024 bits: %v", err)
	}
}

// DJ-06: what the database holds of a private key is sealed under the KEK.
func TestPrivateKeysAreSealedAtRest(t *testing.T) {
	s, v, c := &rows{}, newVault(t), newClock()
	openRing(t, s, v, c, ES256)
	row := s.keys[0]
	der, err := v.Open(PurposeSigning, SealContext(row.ID), row.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x509.ParsePKCS8PrivateKey(row.Sealed); err == nil || bytes.Contains(row.Sealed, der[len(der)-32:]) {
		t.Fatal("the private key is readable in the row")
	}
	t.Run("another KEK refuses to start and makes no key", func(t *testing.T) {
		_, err := OpenRing(t.Context(), RingOptions{Store: s, Vault: newVault(t), Algorithms: []string{ES256}, Now: c.now})
		if !errors.Is(err, ErrSealed) || len(s.keys) != 1 {
			t.Fatalf("err = %v, %d keys", err, len(s.keys))
		}
	})
	t.Run("a row written without the KEK never becomes a key", func(t *testing.T) {
		other := &rows{}
		openRing(t, other, newVault(t), c, ES256)
		planted := other.keys[0]
		planted.Generation, planted.State, planted.RetiresAt = 99, idp.KeyRetiring, c.at.Add(time.Hour)
		r := openRing(t, s, v, c, ES256)
		s.keys = append(s.keys, planted)
		if err := r.Refresh(t.Context()); !errors.Is(err, ErrSealed) || slices.Contains(kids(t, r), planted.ID) {
			t.Fatalf("err = %v", err)
		}
	})
}

func TestRotation(t *testing.T) {
	s, c := &rows{}, newClock()
	v := newVault(t)
	r := openRing(t, s, v, c, ES256)
	token, first := signedBy(t, r, ES256)
	next, err := r.Rotate(t.Context(), ES256)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.Rotate(t.Context(), ES256); err != nil || again.ID != next.ID {
		t.Fatalf("a second rotation started: %v %v", again.ID, err)
	}
	stale := openRing(t, s, v, c, ES256) // another node, which will not refresh any more

	t.Run("DJ-04 the new key is published for the overlap before it signs", func(t *testing.T) {
		c.advance(time.Hour - time.Microsecond)
		mustRefresh(t, r)
		if !slices.Equal(kids(t, r), []string{next.ID, first}) {
			t.Fatalf("published %v", kids(t, r))
		}
		if _, kid := signedBy(t, r, ES256); kid != first {
			t.Fatal("signed too early")
		}
		c.advance(time.Microsecond)
		if _, kid := signedBy(t, r, ES256); kid != next.ID {
			t.Fatal("did not switch at its time")
		}
		if _, kid := signedBy(t, stale, ES256); kid != next.ID {
			t.Fatal("another node did not switch at the same time")
		}
	})
	t.Run("DJ-04 the old key stays until what it signed has expired", func(t *testing.T) {
		mustRefresh(t, r)
		c.advance(2*time.Hour - time.Microsecond)
		mustRefresh(t, r)
		if !slices.Equal(kids(t, r), []string{next.ID, first}) {
			t.Fatalf("published %v", kids(t, r))
		}
		c.advance(time.Microsecond)
		mustRefresh(t, r)
		if !slices.Equal(kids(t, r), []string{next.ID}) {
			t.Fatalf("published %v", kids(t, r))
		}
	})
	t.Run("DJ-04 a retired key verifies an ID token hint and nothing else", func(t *testing.T) {
		if _, err := r.Verify(KindIDToken, token); err != nil {
			t.Fatal(err)
		}
		at := resign(t, s, v, first, KindAccessToken)
		if _, err := r.Verify(KindAccessToken, at); !errors.Is(err, idp.ErrRejected) {
			t.Fatalf("err = %v", err)
		}
	})
	var events []string
	for _, a := range s.audit {
		events = append(events, a.Event)
	}
	if !slices.Equal(events, []string{"key.added", "key.added", "key.signing", "key.retired"}) {
		t.Fatalf("audit %v", events)
	}
}

func TestRotateEvery(t *testing.T) {
	s, c := &rows{}, newClock()
	r, err := OpenRing(t.Context(), RingOptions{Store: s, Vault: newVault(t), Algorithms: []string{EdDSA}, Now: c.now, RotateEvery: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	c.advance(23*time.Hour - time.Second)
	mustRefresh(t, r)
	if len(s.keys) != 1 {
		t.Fatal("rotated early")
	}
	c.advance(time.Second)
	mustRefresh(t, r)
	mustRefresh(t, r)
	if len(s.keys) != 2 || !s.keys[1].SignsFrom.Equal(c.at.Add(time.Hour)) {
		t.Fatalf("keys %+v", s.keys)
	}
}

func TestRetire(t *testing.T) {
	s, c := &rows{}, newClock()
	r := openRing(t, s, newVault(t), c, ES256)
	at, err := r.Sign(ES256, KindAccessToken, map[string]any{"sub": "s"})
	if err != nil {
		t.Fatal(err)
	}
	_, first := signedBy(t, r, ES256)
	if err := r.Retire(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if _, kid := signedBy(t, r, ES256); kid == first || !slices.Equal(kids(t, r), []string{kid}) {
		t.Fatalf("published %v", kids(t, r))
	}
	if _, err := r.Verify(KindAccessToken, at); !errors.Is(err, idp.ErrRejected) {
		t.Fatalf("err = %v", err)
	}
	if err := r.Retire(t.Context(), "nobody"); !errors.Is(err, idp.ErrNotFound) {
		t.Fatalf("err = %v", err)
	}
}

func TestNodesThatStartAtOnceAgree(t *testing.T) {
	s, v, c := &rows{}, newVault(t), newClock()
	rings := make([]*Ring, 8)
	var wg sync.WaitGroup
	for i := range rings {
		wg.Go(func() {
			r, err := OpenRing(context.Background(), RingOptions{Store: s, Vault: v, Algorithms: []string{ES256, EdDSA}, Now: c.now})
			if err != nil {
				t.Error(err)
			}
			rings[i] = r
		})
	}
	wg.Wait()
	if len(s.keys) != 2 {
		t.Fatalf("%d keys", len(s.keys))
	}
	for _, r := range rings {
		if !slices.Equal(kids(t, r), kids(t, rings[0])) {
			t.Fatal("nodes publish different keys")
		}
	}
}

func TestRefreshFailureKeepsWhatIsHeld(t *testing.T) {
	s, c := &rows{}, newClock()
	r := openRing(t, s, newVault(t), c, ES256)
	s.fail = idp.ErrUnavailable
	if err := r.Refresh(t.Context()); !errors.Is(err, idp.ErrUnavailable) {
		t.Fatalf("err = %v", err)
	}
	signedBy(t, r, ES256)
}

func mustRefresh(t *testing.T, r *Ring) {
	t.Helper()
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// resign signs with a stored key whatever its state.
func resign(t *testing.T, s *rows, v *Vault, kid string, kind Kind) string {
	t.Helper()
	for _, row := range s.keys {
		if row.ID == kid {
			k, err := openKey(v, row)
			if err != nil {
				t.Fatal(err)
			}
			token, err := k.sign(kind, map[string]any{"sub": "s"})
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
	}
	t.Fatal("no such key")
	return ""
}
