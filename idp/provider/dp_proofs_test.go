package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp/idptest"
)

// spoilt are proofs for a request, each wrong in one way.
func spoilt(t *testing.T, k *idptest.DPoPKey, method, address string, more map[string]any) map[string]string {
	t.Helper()
	header := func(changes map[string]any) map[string]any {
		h := map[string]any{"typ": "dpop+jwt", "jwk": jose.JSONWebKey{Key: k.Key.Public()}}
		for name, value := range changes {
			h[name] = value
			if value == nil {
				delete(h, name)
			}
		}
		return h
	}
	claims := func(changes map[string]any) map[string]any {
		all := map[string]any{}
		for _, set := range []map[string]any{more, changes} {
			for name, value := range set {
				all[name] = value
			}
		}
		return k.Claims(method, address, all)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := strings.Split(k.Sign(claims(nil), header(nil)), ".")
	shared := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("s", 32)))
	out := map[string]string{
		"typ JWT": k.Sign(claims(nil), header(map[string]any{"typ": "JWT"})), "no typ": k.Sign(claims(nil), header(map[string]any{"typ": nil})),
		"no jwk": k.Sign(claims(nil), header(map[string]any{"jwk": nil})), "a private key": k.Sign(claims(nil), header(map[string]any{"jwk": jose.JSONWebKey{Key: k.Key}})),
		"another key": k.Sign(claims(nil), header(map[string]any{"jwk": jose.JSONWebKey{Key: other.Public()}})), "crit": k.Sign(claims(nil), header(map[string]any{"crit": []string{"x"}, "x": 1})),
		"a key behind an address": k.Sign(claims(nil), header(map[string]any{"jwk": nil, "jku": "https://evil.example/jwks"})),
		"no signature":            good[0] + "." + good[1] + ".", "a changed payload": good[0] + "." + strings.Split(k.Sign(claims(nil), header(nil)), ".")[1] + "." + good[2],
		"alg none in capitals":  idptest.Unsigned(t, map[string]any{"typ": "dpop+jwt", "alg": "NONE", "jwk": jose.JSONWebKey{Key: k.Key.Public()}}, claims(nil), ""),
		"HS256 by a shared key": idptest.SignJWT(t, jose.HS256, []byte(strings.Repeat("s", 32)), claims(nil), "typ", "dpop+jwt"),
		"HS256 said to be its":  idptest.Unsigned(t, map[string]any{"typ": "dpop+jwt", "alg": "HS256", "jwk": map[string]string{"kty": "oct", "k": shared}}, claims(nil), shared),
		"another path":          k.Sign(k.Claims(method, address+"/x", more), header(nil)), "another method": k.Sign(k.Claims("PATCH", address, more), header(nil)),
		"a method in small letters": k.Sign(k.Claims(strings.ToLower(method), address, more), header(nil)),
	}
	for _, name := range []string{"jti", "htm", "htu", "iat"} {
		out["no "+name] = k.Sign(claims(map[string]any{name: nil}), header(nil))
	}
	for name, value := range map[string]any{"jti": 7, "htm": []string{method}, "htu": 1, "iat": "now"} {
		out[name+" of another type"] = k.Sign(claims(map[string]any{name: value}), header(nil))
	}
	return out
}

// DP-01, fapi2-security-profile-final-dpop-negative-tests: each flaw at each place that
// takes a proof, with the error and the status of that place.
func TestSpoiltProofsEverywhere(t *testing.T) {
	r := newRig(t)
	rp := r.proving("bound", nil)
	k := rp.DPoP
	access := rp.Grant(r.b).String("access_token")
	basic := []string{"Authorization", basicOf(rp)}
	for path, send := range map[string]func(proof string) idptest.Answer{
		"/token": func(proof string) idptest.Answer {
			return r.PostForm("/token", url.Values{"grant_type": {"client_credentials"}}, append(basic, "DPoP", proof)...)
		},
		"/par": func(proof string) idptest.Answer {
			return r.PostForm("/par", idptest.AuthorizeQuery("bound", idptest.Redirect), append(basic, "DPoP", proof)...)
		},
	} {
		if a := send(k.Proof("POST", r.URL+path, nil)); a.Status/100 != 2 {
			t.Fatalf("a good proof at %s: %d %s", path, a.Status, a.Body)
		}
		for name, proof := range spoilt(t, k, "POST", r.URL+path, nil) {
			t.Run("DP-01 "+name+" at "+path, func(t *testing.T) { refusedAs(t, send(proof), "invalid_dpop_proof") })
		}
	}
	for name, proof := range spoilt(t, k, "GET", r.URL+"/userinfo", map[string]any{"ath": idptest.TokenHash(access)}) {
		t.Run("DP-01 "+name+" at /userinfo", func(t *testing.T) {
			a := r.Call("GET", "/userinfo", "", "Authorization", "DPoP "+access, "DPoP", proof)
			if a.Status != http.StatusUnauthorized || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), `DPoP error="invalid_dpop_proof"`) {
				t.Errorf("%d %s %s", a.Status, a.Header.Get("WWW-Authenticate"), a.Body)
			}
		})
	}
}
