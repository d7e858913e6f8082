package dpop_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/dpop"
	"sekisho/idp/idptest"
	"sekisho/idp/oidc"
)

const (
	issuer   = "https://op.example"
	endpoint = issuer + "/token"
)

var epoch = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)

func at(d time.Duration) func() time.Time { return func() time.Time { return epoch.Add(d) } }

// seen remembers identifiers like the database does.
type seen struct {
	rows map[string]time.Time
	err  error
}

func (s *seen) UseJTI(_ context.Context, namespace string, hash []byte, exp time.Time) error {
	if s.err != nil {
		return s.err
	}
	if _, again := s.rows[namespace+string(hash)]; again {
		return idp.ErrConsumed
	}
	s.rows[namespace+string(hash)] = exp
	return nil
}

func verifier() (*dpop.Verifier, *seen) {
	s := &seen{rows: map[string]time.Time{}}
	return &dpop.Verifier{Origins: []string{issuer, "https://mtls.op.example"}, Replay: s, Now: at(0)}, s
}

func post(proofs ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/token", nil)
	r.Host = "proxy.internal"
	for _, p := range proofs {
		r.Header.Add("DPoP", p)
	}
	return r
}

func keyOf(t testing.TB, alg jose.SignatureAlgorithm) *idptest.DPoPKey {
	t.Helper()
	var key crypto.Signer
	var err error
	switch alg {
	case jose.ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.ES384:
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case jose.EdDSA:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return idptest.DPoPKeyOf(t, at(0), alg, key)
}

// DP-01, DP-02, DP-04: proofs that are as they should be, and what is tolerated in them.
func TestGoodProofs(t *testing.T) {
	v, _ := verifier()
	k := keyOf(t, jose.ES256)
	for name, changes := range map[string]map[string]any{
		"plain":                               nil,
		"DP-02 upper case in scheme and host": {"htu": "HTTPS://OP.Example/token"},
		"DP-02 the implied port":              {"htu": "https://op.example:443/token"},
		"DP-02 percent-encoding of a letter":  {"htu": "https://op.example/%74oken"},
		"DP-02 query and fragment":            {"htu": "https://op.example/token?a=b#c"},
		"DP-02 the address of the alias":      {"htu": "https://mtls.op.example/token"},
		"DP-04 10 s behind":                   {"iat": epoch.Add(-10 * time.Second).Unix()},
		"DP-04 10 s ahead":                    {"iat": epoch.Add(10 * time.Second).Unix()},
		"DP-04 half a second":                 {"iat": float64(epoch.Unix()) + 0.5},
		"DP-04 exp and nbf that hold":         {"nbf": epoch.Unix(), "exp": epoch.Add(time.Minute).Unix()},
		"DP-04 claims nobody knows":           {"custom": map[string]any{"a": 1}, "iss": "app"},
		"a nonce nobody asked for":            {"nonce": "x"},
		"an ath that means nothing here":      {"ath": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			jkt, e := v.Key(post(k.Proof(http.MethodPost, endpoint, changes)))
			if e != nil || jkt != k.JKT {
				t.Errorf("%q, %v", jkt, e)
			}
		})
	}
	for _, alg := range []jose.SignatureAlgorithm{jose.ES256, jose.PS256, jose.EdDSA} {
		k := keyOf(t, alg)
		if jkt, e := v.Key(post(k.Proof(http.MethodPost, endpoint, nil))); e != nil || jkt != k.JKT {
			t.Errorf("%s: %q, %v", alg, jkt, e)
		}
	}
	if jkt, e := v.Key(post()); jkt != "" || e != nil {
		t.Errorf("a request without a proof: %q, %v", jkt, e)
	}
}

// DP-01: every way in which a proof is none.
func TestBadProofs(t *testing.T) {
	v, s := verifier()
	k := keyOf(t, jose.ES256)
	private, err := json.Marshal(jose.JSONWebKey{Key: k.Key})
	if err != nil {
		t.Fatal(err)
	}
	var leaked map[string]any
	_ = json.Unmarshal(private, &leaked)
	public := func(k *idptest.DPoPKey) any { return jose.JSONWebKey{Key: k.Key.Public()} }
	good := func() map[string]any { return k.Claims(http.MethodPost, endpoint, nil) }
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	altered := strings.Split(k.Proof(http.MethodPost, endpoint, nil), ".")
	for name, proofs := range map[string][]string{
		"DP-01 two headers":            {k.Proof("POST", endpoint, nil), k.Proof("POST", endpoint, nil)},
		"DP-01 nothing":                {""},
		"DP-01 not a JWT":              {"a.b"},
		"DP-01 not even base64":        {"?.?.?"},
		"DP-09 a mebibyte":             {k.Proof("POST", endpoint, map[string]any{"jti": strings.Repeat("x", 1<<20)})},
		"DP-09 a long jti":             {k.Proof("POST", endpoint, map[string]any{"jti": strings.Repeat("x", 257)})},
		"DP-01 no jti":                 {k.Proof("POST", endpoint, map[string]any{"jti": nil})},
		"DP-01 no htm":                 {k.Proof("POST", endpoint, map[string]any{"htm": nil})},
		"DP-01 no htu":                 {k.Proof("POST", endpoint, map[string]any{"htu": nil})},
		"DP-01 no iat":                 {k.Proof("POST", endpoint, map[string]any{"iat": nil})},
		"DP-01 iat as text":            {k.Proof("POST", endpoint, map[string]any{"iat": "now"})},
		"DP-01 jti as a number":        {k.Proof("POST", endpoint, map[string]any{"jti": 7})},
		"DP-01 no typ":                 {k.Sign(good(), map[string]any{"jwk": public(k)})},
		"DP-01 typ JWT":                {k.Sign(good(), map[string]any{"typ": "JWT", "jwk": public(k)})},
		"DP-01 typ in capitals":        {k.Sign(good(), map[string]any{"typ": "DPoP+JWT", "jwk": public(k)})},
		"DP-01 no jwk":                 {k.Sign(good(), map[string]any{"typ": "dpop+jwt"})},
		"DP-01 a private key":          {k.Sign(good(), map[string]any{"typ": "dpop+jwt", "jwk": leaked})},
		"DP-01 another key":            {k.Sign(good(), map[string]any{"typ": "dpop+jwt", "jwk": public(keyOf(t, jose.ES256))})},
		"DP-01 a key of another kind":  {k.Sign(good(), map[string]any{"typ": "dpop+jwt", "jwk": public(keyOf(t, jose.EdDSA))})},
		"DP-01 crit":                   {k.Sign(good(), map[string]any{"typ": "dpop+jwt", "jwk": public(k), "crit": []string{"x"}, "x": 1})},
		"DP-01 alg none":               {idptest.Unsigned(t, map[string]any{"typ": "dpop+jwt", "alg": "none", "jwk": public(k)}, good(), "")},
		"DP-01 alg HS256":              {idptest.Unsigned(t, map[string]any{"typ": "dpop+jwt", "alg": "HS256", "jwk": map[string]any{"kty": "oct", "k": "AAAA"}}, good(), "AAAA")},
		"DP-01 alg RS256":              {keyOf(t, jose.RS256).Proof("POST", endpoint, nil)},
		"DP-01 alg ES384":              {keyOf(t, jose.ES384).Proof("POST", endpoint, nil)},
		"DP-01 a weak RSA key":         {idptest.DPoPKeyOf(t, at(0), jose.PS256, weak).Proof("POST", endpoint, nil)},
		"DP-01 another payload":        {altered[0] + "." + strings.Split(k.Proof("POST", endpoint, nil), ".")[1] + "." + altered[2]},
		"DP-01 another method":         {k.Proof("GET", endpoint, nil)},
		"DP-01 a method in lower case": {k.Proof("post", endpoint, nil)},
		"DP-01 another host":           {k.Proof("POST", "https://evil.example/token", nil)},
		"DP-02 the Host header":        {k.Proof("POST", "https://proxy.internal/token", nil)},
		"DP-01 another path":           {k.Proof("POST", issuer+"/userinfo", nil)},
		"DP-01 a slash more":           {k.Proof("POST", endpoint+"/", nil)},
		"DP-01 dot segments":           {k.Proof("POST", issuer+"/x/../token", nil)},
		"DP-01 an encoded slash":       {k.Proof("POST", issuer+"%2Ftoken", nil)},
		"DP-01 http":                   {k.Proof("POST", "http://op.example/token", nil)},
		"DP-01 another port":           {k.Proof("POST", "https://op.example:8443/token", nil)},
		"DP-01 a user in front":        {k.Proof("POST", "https://a@op.example/token", nil)},
		"DP-01 a path alone":           {k.Proof("POST", "/token", nil)},
		"DP-04 an hour old":            {k.Proof("POST", endpoint, map[string]any{"iat": epoch.Add(-time.Hour).Unix()})},
		"DP-04 an hour ahead":          {k.Proof("POST", endpoint, map[string]any{"iat": epoch.Add(time.Hour).Unix()})},
		"DP-04 61 s ahead":             {k.Proof("POST", endpoint, map[string]any{"iat": epoch.Add(61 * time.Second).Unix()})},
		"DP-04 expired":                {k.Proof("POST", endpoint, map[string]any{"exp": epoch.Add(-5 * time.Minute).Unix()})},
		"DP-04 not yet":                {k.Proof("POST", endpoint, map[string]any{"nbf": epoch.Add(2 * time.Minute).Unix()})},
	} {
		t.Run(name, func(t *testing.T) {
			if jkt, e := v.Key(post(proofs...)); e == nil || e.Code != oidc.InvalidDPoPProof || e.HTTPStatus() != 400 || jkt != "" {
				t.Errorf("%q, %v", jkt, e)
			}
		})
	}
	if len(s.rows) > 0 {
		t.Error("DP-09: a refused proof left a row")
	}
}

// DP-03, DP-09: once at each address, remembered no longer than it could be used.
func TestProofServesOnce(t *testing.T) {
	v, s := verifier()
	told := 0
	v.Replayed = func(context.Context) { told++ }
	k, other := keyOf(t, jose.ES256), keyOf(t, jose.ES256)
	proof := k.Proof("POST", endpoint, map[string]any{"jti": "same"})
	if _, e := v.Key(post(proof)); e != nil {
		t.Fatal(e)
	}
	for name, again := range map[string]string{"the proof": proof, "another with its jti": k.Proof("POST", endpoint, map[string]any{"jti": "same", "custom": 1})} {
		if _, e := v.Key(post(again)); e == nil || e.Code != oidc.InvalidDPoPProof {
			t.Errorf("DP-03 %s: %v", name, e)
		}
	}
	if told != 2 {
		t.Errorf("LG-02: told %d times", told)
	}
	if _, e := v.Key(post(other.Proof("POST", endpoint, map[string]any{"jti": "same"}))); e != nil {
		t.Errorf("somebody else's jti is in the way: %v", e)
	}
	for _, exp := range s.rows {
		if life := exp.Sub(epoch); life < 90*time.Second || life > 3*time.Minute {
			t.Errorf("DP-09: remembered for %v", life)
		}
	}
	v.Now = at(91 * time.Second)
	if _, e := v.Key(post(k.Proof("POST", endpoint, nil))); e == nil {
		t.Error("a proof is good for longer than it is remembered")
	}
	s.err, v.Now = idp.ErrUnavailable, at(0)
	if _, e := v.Key(post(k.Proof("POST", endpoint, nil))); e == nil || e.Code != oidc.TemporarilyUnavailable {
		t.Errorf("without a memory: %v", e)
	}
}

// DP-06: at a resource the proof is for this very token.
func TestProofForAToken(t *testing.T) {
	v, _ := verifier()
	k := keyOf(t, jose.ES256)
	for name, c := range map[string]struct {
		ath  any
		fine bool
	}{
		"the token's": {idptest.TokenHash("token"), true}, "DP-06 missing": {nil, false}, "DP-06 another token's": {idptest.TokenHash("other"), false},
		"DP-06 the token itself": {"token", false},
	} {
		if _, e := v.Holder(post(k.Proof("POST", endpoint, map[string]any{"ath": c.ath})), "token"); (e == nil) != c.fine {
			t.Errorf("%s: %v", name, e)
		}
	}
	if _, e := v.Holder(post(), "token"); e == nil || e.Code != oidc.InvalidDPoPProof {
		t.Errorf("DP-06 no proof: %v", e)
	}
}

// PR-10: two ways of naming the key name one key.
func TestCodeKey(t *testing.T) {
	for _, c := range [][3]string{{"", "", ""}, {"a", "", "a"}, {"", "b", "b"}, {"a", "a", "a"}} {
		if got, e := dpop.CodeKey(c[0], c[1]); e != nil || got != c[2] {
			t.Errorf("%v: %q, %v", c, got, e)
		}
	}
	if _, e := dpop.CodeKey("a", "b"); e == nil || e.Code != oidc.InvalidDPoPProof {
		t.Errorf("a mismatch: %v", e)
	}
}
