package clientauth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

func TestAssertionAccepted(t *testing.T) {
	g := newRig(t)
	for _, alg := range []string{"ES256", "PS256", "EdDSA"} {
		for _, typ := range []string{"", "JWT", "client-authentication+jwt"} {
			t.Run("CA-07 "+alg+" typ "+typ, func(t *testing.T) {
				header := map[string]any{"kid": kidOf[alg]}
				if typ != "" {
					header["typ"] = typ
				}
				assertion := sign(t, alg, g.keys[alg], header, g.claims("fapi"))
				if c, e := g.try(assertionForm(assertion, "client_id", "fapi"), nil, "192.0.2.1"); e != nil || c.ID != "fapi" {
					t.Fatalf("error %v, %+v", e, g.trail.last())
				}
			})
		}
	}
	t.Run("CA-08 a duplicate kid is told apart by type", func(t *testing.T) {
		c := g.register("dup", idp.AuthPrivateKeyJWT, idp.ProfileFAPI2)
		c.Metadata.JWKS = []byte(strings.NewReplacer(`"rsa"`, `"same"`, `"ec"`, `"same"`, `"ed"`, `"same"`).Replace(string(jwksOf(g.keys))))
		for _, alg := range []string{"ES256", "PS256", "EdDSA"} {
			if _, e := g.try(assertionForm(sign(t, alg, g.keys[alg], map[string]any{"kid": "same"}, g.claims("dup"))), nil, "192.0.2.1"); e != nil {
				t.Fatalf("%s: %v, %+v", alg, e, g.trail.last())
			}
		}
	})
	t.Run("RS256 outside fapi2", func(t *testing.T) {
		if _, e := g.try(assertionForm(g.assertion(t, "RS256", g.claims(idp.AuthPrivateKeyJWT))), nil, "192.0.2.1"); e != nil {
			t.Fatalf("error %v", e)
		}
	})
	t.Run("no kid and one key that fits", func(t *testing.T) {
		if _, e := g.try(assertionForm(sign(t, "ES256", g.keys["ES256"], nil, g.claims("fapi"))), nil, "192.0.2.1"); e != nil {
			t.Fatalf("error %v", e)
		}
	})
}

// refused asserts invalid_client and nothing more.
func refused(t *testing.T, g *rig, assertion, clientID string) {
	t.Helper()
	var more []string
	if clientID != "" {
		more = []string{"client_id", clientID}
	}
	if c, e := g.try(assertionForm(assertion, more...), nil, "192.0.2.1"); e == nil || e.Code != oidc.InvalidClient {
		t.Fatalf("client %v, error %v", c, e)
	}
}

func TestAssertionClaims(t *testing.T) {
	g := newRig(t)
	at := func(d time.Duration) int64 { return g.clock.at.Add(d).Unix() }
	for name, change := range map[string]func(map[string]any){
		"CA-02 aud array with the issuer":     func(c map[string]any) { c["aud"] = []string{issuer} },
		"CA-02 aud token endpoint":            func(c map[string]any) { c["aud"] = issuer + "/token" },
		"CA-02 aud PAR endpoint":              func(c map[string]any) { c["aud"] = issuer + "/par" },
		"CA-02 aud another issuer":            func(c map[string]any) { c["aud"] = "https://other.example" },
		"CA-02 aud issuer and slash":          func(c map[string]any) { c["aud"] = issuer + "/" },
		"CA-02 aud missing":                   func(c map[string]any) { delete(c, "aud") },
		"CA-04 iss of another client":         func(c map[string]any) { c["iss"] = idp.AuthPrivateKeyJWT },
		"CA-04 iss missing":                   func(c map[string]any) { delete(c, "iss") },
		"CA-04 sub of another client":         func(c map[string]any) { c["sub"] = idp.AuthPrivateKeyJWT },
		"CA-04 both of another client":        func(c map[string]any) { c["iss"], c["sub"] = "nobody", "nobody" },
		"CA-04 sub missing":                   func(c map[string]any) { delete(c, "sub") },
		"CA-04 exp missing":                   func(c map[string]any) { delete(c, "exp") },
		"CA-04 jti missing":                   func(c map[string]any) { delete(c, "jti") },
		"CA-04 jti empty":                     func(c map[string]any) { c["jti"] = "" },
		"CA-06 exp 5 min past":                func(c map[string]any) { c["exp"] = at(-5 * time.Minute) },
		"CA-06 exp an hour ahead":             func(c map[string]any) { c["exp"] = at(time.Hour) },
		"CA-06 exp years ahead":               func(c map[string]any) { c["exp"] = 1e15 },
		"CA-06 exp as text":                   func(c map[string]any) { c["exp"] = fmt.Sprint(at(time.Minute)) },
		"CA-06 exp negative":                  func(c map[string]any) { c["exp"] = -1 },
		"CA-06 iat over 60 s ahead":           func(c map[string]any) { c["iat"] = at(61 * time.Second) },
		"CA-06 nbf over 60 s ahead":           func(c map[string]any) { c["nbf"] = at(61 * time.Second) },
		"CA-06 iat too old":                   func(c map[string]any) { c["iat"] = at(-time.Hour) },
		"iss null":                            func(c map[string]any) { c["iss"] = nil },
		"jti a number":                        func(c map[string]any) { c["jti"] = 7 },
		"an enormous jti":                     func(c map[string]any) { c["jti"] = strings.Repeat("x", maxJTI+1) },
		"CA-06 iat neither number nor absent": func(c map[string]any) { c["iat"] = "now" },
	} {
		t.Run(name, func(t *testing.T) {
			c := g.claims("fapi")
			change(c)
			assertion := g.assertion(t, "ES256", c)
			refused(t, g, assertion, "fapi")
			refused(t, g, assertion, "")
		})
	}
	for name, change := range map[string]func(map[string]any){
		"CA-06 iat 10 s ahead":  func(c map[string]any) { c["iat"] = at(10 * time.Second) },
		"CA-06 nbf 10 s ahead":  func(c map[string]any) { c["nbf"] = at(10 * time.Second) },
		"CA-06 exp 5 min ahead": func(c map[string]any) { c["exp"] = at(5 * time.Minute) },
		"no iat":                func(c map[string]any) { delete(c, "iat") },
		"fractional seconds":    func(c map[string]any) { c["iat"] = float64(at(0)) + 0.25 },
	} {
		t.Run(name, func(t *testing.T) {
			c := g.claims("fapi")
			change(c)
			if _, e := g.try(assertionForm(g.assertion(t, "ES256", c)), nil, "192.0.2.1"); e != nil {
				t.Fatalf("error %v, %+v", e, g.trail.last())
			}
		})
	}
	t.Run("CA-04 client_id of another client", func(t *testing.T) {
		refused(t, g, g.assertion(t, "ES256", g.claims("fapi")), idp.AuthPrivateKeyJWT)
	})
	t.Run("IN-06 duplicate claim", func(t *testing.T) {
		raw := fmt.Sprintf(`{"iss":"fapi","sub":"fapi","aud":"https://other.example","aud":%q,"jti":"dup","exp":%d}`, issuer, at(time.Minute))
		refused(t, g, g.assertion(t, "ES256", raw), "fapi")
	})
	t.Run("CA-12 another assertion type", func(t *testing.T) {
		form := assertionForm(g.assertion(t, "ES256", g.claims("fapi")))
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")
		if _, e := g.try(form, nil, "192.0.2.1"); e == nil || e.Code != oidc.InvalidClient {
			t.Fatalf("error %v", e)
		}
	})
}

func TestAssertionAlgorithmsAndKeys(t *testing.T) {
	g := newRig(t)
	ec := g.keys["ES256"]
	b64 := base64.RawURLEncoding.EncodeToString
	valid := strings.Split(g.assertion(t, "ES256", g.claims("fapi")), ".")
	unsigned := func(alg string) string {
		return b64([]byte(`{"alg":"`+alg+`","kid":"ec"}`)) + "." + valid[1] + "."
	}
	der, _ := x509.MarshalPKIXPublicKey(ec.Public())
	jwk, _ := jose.JSONWebKey{Key: ec.Public(), KeyID: "ec"}.MarshalJSON()
	other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	embedded := jose.JSONWebKey{Key: other.Public(), KeyID: "ec"}
	hs := func(key []byte) string {
		return sign(t, "HS256", key, map[string]any{"kid": "ec"}, g.claims("fapi"))
	}
	for name, assertion := range map[string]string{
		"CA-03 none":                          unsigned("none"),
		"CA-03 None":                          unsigned("None"),
		"CA-03 NONE":                          unsigned("NONE"),
		"CA-03 nOnE":                          unsigned("nOnE"),
		"CA-03 HS256 keyed with PEM":          hs(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"CA-03 HS256 keyed with DER":          hs(der),
		"CA-03 HS256 keyed with the JWK":      hs(jwk),
		"CA-03 RS256 for fapi2":               g.assertion(t, "RS256", g.claims("fapi")),
		"CA-03 ES256K":                        b64([]byte(`{"alg":"ES256K","kid":"ec"}`)) + "." + valid[1] + "." + valid[2],
		"CA-03 alg and kty differ":            sign(t, "PS256", g.keys["PS256"], map[string]any{"kid": "ec"}, g.claims("fapi")),
		"CA-08 jwk header":                    sign(t, "ES256", other, map[string]any{"kid": "ec", "jwk": embedded}, g.claims("fapi")),
		"CA-08 jku header":                    sign(t, "ES256", other, map[string]any{"kid": "ec", "jku": "https://rp.example/jwks"}, g.claims("fapi")),
		"CA-08 x5u header":                    sign(t, "ES256", other, map[string]any{"kid": "ec", "x5u": "https://rp.example/cert"}, g.claims("fapi")),
		"CA-08 unknown kid":                   sign(t, "ES256", ec, map[string]any{"kid": "nobody"}, g.claims("fapi")),
		"CA-07 ID token":                      sign(t, "ES256", other, map[string]any{"kid": "ec", "typ": "JWT"}, g.claims("fapi")),
		"CA-07 request object":                sign(t, "ES256", ec, map[string]any{"kid": "ec", "typ": "oauth-authz-req+jwt"}, g.claims("fapi")),
		"CA-07 DPoP proof":                    sign(t, "ES256", ec, map[string]any{"kid": "ec", "typ": "dpop+jwt"}, g.claims("fapi")),
		"CA-07 logout token":                  sign(t, "ES256", ec, map[string]any{"kid": "ec", "typ": "logout+jwt"}, g.claims("fapi")),
		"CA-07 access token":                  sign(t, "ES256", ec, map[string]any{"kid": "ec", "typ": "at+jwt"}, g.claims("fapi")),
		"typ not a string":                    sign(t, "ES256", ec, map[string]any{"kid": "ec", "typ": 1}, g.claims("fapi")),
		"a critical header nobody here knows": b64([]byte(`{"alg":"ES256","kid":"ec","crit":["x"],"x":1}`)) + "." + valid[1] + "." + valid[2],
		"altered claims":                      valid[0] + "." + b64([]byte(`{"iss":"fapi"}`)) + "." + valid[2],
		"no signature":                        valid[0] + "." + valid[1] + ".",
		"not a JWT":                           "x",
	} {
		t.Run(name, func(t *testing.T) { refused(t, g, assertion, "fapi") })
	}
	t.Run("CA-03 the registered algorithm is the only one", func(t *testing.T) {
		c := g.register("pinned", idp.AuthPrivateKeyJWT, idp.ProfileOAuth21)
		c.Metadata.TokenEndpointAuthAlg = "PS256"
		refused(t, g, g.assertion(t, "ES256", g.claims("pinned")), "pinned")
		if _, e := g.try(assertionForm(g.assertion(t, "PS256", g.claims("pinned"))), nil, "192.0.2.1"); e != nil {
			t.Fatalf("error %v", e)
		}
	})
	t.Run("a registered algorithm outside the profile allows none", func(t *testing.T) {
		c := g.register("misregistered", idp.AuthPrivateKeyJWT, idp.ProfileFAPI2)
		c.Metadata.TokenEndpointAuthAlg = "RS256"
		refused(t, g, g.assertion(t, "RS256", g.claims("misregistered")), "misregistered")
	})
}

// CA-05
func TestAssertionIsUsedOnce(t *testing.T) {
	g := newRig(t)
	node2 := *g.Authenticator // another node on the same database
	assertion := g.assertion(t, "ES256", g.claims("fapi"))
	if _, e := g.try(assertionForm(assertion), nil, "192.0.2.1"); e != nil {
		t.Fatalf("error %v", e)
	}
	t.Run("CA-05 replay on another node", func(t *testing.T) {
		g.Authenticator = &node2
		refused(t, g, assertion, "fapi")
		if got := g.trail.last(); got.Event != audit.AssertionReplayed || got.ClientID != "fapi" {
			t.Fatalf("audit %+v", got)
		}
	})
	t.Run("CA-05 the same jti in another assertion", func(t *testing.T) {
		c := g.claims("fapi")
		first := g.assertion(t, "ES256", c)
		c["exp"] = g.clock.at.Add(2 * time.Minute).Unix()
		if _, e := g.try(assertionForm(first), nil, "192.0.2.1"); e != nil {
			t.Fatalf("error %v", e)
		}
		refused(t, g, g.assertion(t, "PS256", c), "fapi")
	})
	t.Run("CA-05 another client may use the same jti", func(t *testing.T) {
		c, d := g.claims("fapi"), g.claims(idp.AuthPrivateKeyJWT)
		d["jti"] = c["jti"]
		for _, assertion := range []string{g.assertion(t, "ES256", c), g.assertion(t, "ES256", d)} {
			if _, e := g.try(assertionForm(assertion), nil, "192.0.2.1"); e != nil {
				t.Fatalf("error %v", e)
			}
		}
	})
	t.Run("CA-05 twenty at once", func(t *testing.T) {
		assertion := g.assertion(t, "ES256", g.claims("fapi"))
		var ok atomic.Int32
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, e := g.try(assertionForm(assertion), nil, "192.0.2.1"); e == nil {
					ok.Add(1)
				}
			})
		}
		wg.Wait()
		if ok.Load() != 1 {
			t.Fatalf("%d succeeded", ok.Load())
		}
	})
	t.Run("nobody without the key burns an identifier", func(t *testing.T) {
		c := g.claims("fapi")
		other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		refused(t, g, sign(t, "ES256", other, map[string]any{"kid": "ec"}, c), "fapi")
		if _, e := g.try(assertionForm(g.assertion(t, "ES256", c)), nil, "192.0.2.1"); e != nil {
			t.Fatalf("error %v", e)
		}
	})
}

// FuzzJWT (IN-07): an assertion nobody signed authenticates nobody, and nothing panics.
func FuzzJWT(f *testing.F) {
	g := newRig(f)
	valid := g.assertion(f, "ES256", g.claims("fapi"))
	parts := strings.Split(valid, ".")
	f.Add(parts[0] + "." + parts[1] + ".")
	f.Add(parts[1] + "." + parts[0] + "." + parts[2])
	f.Add("eyJhbGciOiJub25lIn0.eyJzdWIiOiJmYXBpIn0.")
	f.Add("e30.e30.e30")
	f.Fuzz(func(t *testing.T, assertion string) {
		if assertion == valid {
			return
		}
		_ = unverifiedSubject(assertion)
		form := oidc.FormOf(map[string]string{"client_assertion": assertion, "client_assertion_type": AssertionType, "client_id": "fapi"})
		if c, e := g.prove(t.Context(), credentials{method: idp.AuthPrivateKeyJWT, assertion: form.Get("client_assertion")}, "fapi"); e == nil {
			t.Fatalf("%q authenticated %s", assertion, c.ID)
		}
		if keys, err := parseJWKS([]byte(assertion)); err == nil {
			for _, k := range keys {
				if !k.IsPublic() {
					t.Fatalf("%q holds a key that is not public", assertion)
				}
			}
		}
	})
}
