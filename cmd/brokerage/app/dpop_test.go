package brokerage_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// proofBy signs a DPoP proof with any claims.
func proofBy(t *testing.T, key *ecdsa.PrivateKey, typ string, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{EmbedJWK: true}).WithType(jose.ContentType(typ)))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// SU-08: a bound token is good for who holds its key, and its challenges are in its scheme.
func TestSU08BoundTokens(t *testing.T) {
	f := newFirm(t, nil)
	now := f.clock.now().Unix()
	own, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	thumbprint, err := (&jose.JSONWebKey{Key: own.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	token := func(acr string, cnf map[string]any) string {
		return f.op.sign("at+jwt", map[string]any{
			"iss": f.op.URL, "sub": "s", "aud": resource, "jti": rand.Text(), "exp": now + 600, "iat": now, "acr": acr, "sekisho_level": "phr", "auth_time": now, "cnf": cnf,
		})
	}
	bound := token(tradeACR, map[string]any{"jkt": base64.RawURLEncoding.EncodeToString(thumbprint)})
	free := f.op.accessToken(tradeACR, now)
	claims := func(of, changed string, value any) map[string]any {
		hash := sha256.Sum256([]byte(of))
		c := map[string]any{"jti": rand.Text(), "htm": "POST", "htu": f.URL + "/api/orders", "iat": now, "ath": base64.RawURLEncoding.EncodeToString(hash[:])}
		if changed != "" {
			c[changed] = value
		}
		return c
	}
	good := func() string { return proofBy(t, own, "dpop+jwt", claims(bound, "", nil)) }
	used := good()
	for _, c := range []struct {
		name, authorization string
		proofs              []string
		want                int
		challenge           string
	}{
		{"its holder", "DPoP " + bound, []string{used}, 201, ""},
		{"in lower case", "dpop " + bound, []string{good()}, 201, ""},
		{"the same proof again", "DPoP " + bound, []string{used}, 401, `error="invalid_dpop_proof"`},
		{"as a bearer token", "Bearer " + bound, nil, 401, `error="invalid_token"`},
		{"a bearer token in the scheme", "DPoP " + free, []string{proofBy(t, own, "dpop+jwt", claims(free, "", nil))}, 401, `error="invalid_token"`},
		{"no proof", "DPoP " + bound, nil, 401, `error="invalid_dpop_proof"`},
		{"two proofs", "DPoP " + bound, []string{good(), good()}, 401, `error="invalid_dpop_proof"`},
		{"another key", "DPoP " + bound, []string{proofBy(t, other, "dpop+jwt", claims(bound, "", nil))}, 401, `error="invalid_dpop_proof"`},
		{"another type", "DPoP " + bound, []string{proofBy(t, own, "JWT", claims(bound, "", nil))}, 401, `error="invalid_dpop_proof"`},
		{"another method", "DPoP " + bound, []string{proofBy(t, own, "dpop+jwt", claims(bound, "htm", "GET"))}, 401, `error="invalid_dpop_proof"`},
		{"another address", "DPoP " + bound, []string{proofBy(t, own, "dpop+jwt", claims(bound, "htu", f.URL+"/api/withdrawals"))}, 401, `error="invalid_dpop_proof"`},
		{"another token", "DPoP " + bound, []string{proofBy(t, own, "dpop+jwt", claims(free, "", nil))}, 401, `error="invalid_dpop_proof"`},
		{"an old one", "DPoP " + bound, []string{proofBy(t, own, "dpop+jwt", claims(bound, "iat", now-3600))}, 401, `error="invalid_dpop_proof"`},
		{"bound to a certificate", "Bearer " + token(tradeACR, map[string]any{"x5t#S256": "x"}), nil, 401, `error="invalid_token"`},
	} {
		t.Run(c.name, func(t *testing.T) { f.asks(t, c.authorization, c.proofs, c.want, c.challenge) })
	}
	weak := token("phr", map[string]any{"jkt": base64.RawURLEncoding.EncodeToString(thumbprint)})
	f.asks(t, "DPoP "+weak, []string{proofBy(t, own, "dpop+jwt", claims(weak, "", nil))}, 401, `error="insufficient_user_authentication"`)
}

func (f *firm) asks(t *testing.T, authorization string, proofs []string, want int, challenge string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.URL+"/api/orders", strings.NewReader(buy))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", authorization)
	req.Header["Dpop"] = proofs
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	got := resp.Header.Get("WWW-Authenticate")
	bound := strings.HasPrefix(got, `DPoP algs="ES256 PS256 EdDSA", error=`)
	if resp.StatusCode != want || !strings.Contains(got, challenge) || want == 401 && !bound && !strings.Contains(got, `Bearer error="invalid_token"`) {
		t.Errorf("%d %s, want %d %s", resp.StatusCode, got, want, challenge)
	}
}
