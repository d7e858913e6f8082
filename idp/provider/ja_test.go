package provider_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/clientauth"
	"sekisho/idp/idptest"
)

const objectType = "oauth-authz-req+jwt"

// newSigner is a client of the fapi2 profile that must sign its requests.
func newSigner(t *testing.T, r *rig, id string) *fapi {
	t.Helper()
	return &fapi{newKeyed(t, r, id, func(m *idp.ClientMetadata) {
		m.ClientProfile, m.DPoPBound, m.RequireSignedRequest, m.AuthorizationAlg = idp.ProfileFAPI2, true, true, "PS256"
	}), r.newKey()}
}

// objectClaims are those of a good request object; changes replace members, nil takes one out.
func (k *keyed) objectClaims(changes map[string]any) map[string]any {
	now := k.Clock.Now()
	c := map[string]any{"iss": k.id, "aud": k.URL, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "jti": idp.NewID()}
	for name, values := range idptest.AuthorizeQuery(k.id, idptest.Redirect) {
		c[name] = values[0]
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

// object signs them with the client's EC key.
func (k *keyed) object(changes map[string]any, header ...string) string {
	k.t.Helper()
	if header == nil {
		header = []string{"kid", "1", "typ", objectType}
	}
	return idptest.SignJWT(k.t, jose.ES256, k.ec, k.objectClaims(changes), header...)
}

// pushObject pushes a request object and nothing else but pairs.
func (k *keyed) pushObject(object string, pairs ...string) idptest.Answer {
	k.t.Helper()
	form := url.Values{"client_assertion": {k.assertion(k.t, nil)}, "client_assertion_type": {clientauth.AssertionType}, "request": {object}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return k.PostForm("/par", form)
}

// opened is the answer to a request object that must be good.
func (k *keyed) opened(t *testing.T, object string, pairs ...string) url.Values {
	t.Helper()
	a := k.pushObject(object, pairs...)
	if a.Status != http.StatusCreated {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	return k.open(k.b, a.String("request_uri")).Response(t, idptest.Redirect)
}

// JA-01: a client that promised to sign gets nothing for what it did not sign, or what
// somebody else did.
func TestRequestObjectSignatures(t *testing.T) {
	r := newRig(t)
	s, other := newSigner(t, r, "signer"), newSigner(t, r, "other")
	if s.opened(t, s.object(nil)).Get("code") == "" { // the happy flow of the plan
		t.Fatal("no code for a good request object")
	}
	claims := s.objectClaims(nil)
	public, err := x509.MarshalPKIXPublicKey(s.ec.Public())
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(s.object(nil), ".")
	tampered := strings.Split(s.object(map[string]any{"scope": "openid email"}), ".")
	secret := []byte(strings.Repeat("s", 32))
	for name, object := range map[string]string{
		"JA-01 fapi2-security-profile-final-ensure-request-object-signature-algorithm-is-not-none": idptest.Unsigned(t, map[string]any{"alg": "none", "typ": objectType}, claims, ""),
		"JA-01 alg None": idptest.Unsigned(t, map[string]any{"alg": "None"}, claims, ""),
		"JA-01 fapi2-security-profile-final-ensure-signed-request-object-with-RS256-fails": idptest.SignJWT(t, jose.RS256, s.rsa, claims, "kid", "2", "typ", objectType),
		"JA-01 HS256 with a secret":                 idptest.SignJWT(t, jose.HS256, secret, claims, "kid", "1"),
		"JA-01 HS256 with the public key as secret": idptest.SignJWT(t, jose.HS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), claims, "kid", "1"),
		"JA-01 fapi2-security-profile-final-ensure-request-object-with-invalid-signature-fails": parts[0] + "." + parts[1] + "." + strings.Split(other.object(nil), ".")[2],
		"JA-01 fapi2-security-profile-final-ensure-matching-key-in-authorization-request":       idptest.SignJWT(t, jose.ES256, other.ec, claims, "kid", "1", "typ", objectType),
		"JA-01 another client's whole object":                                                   other.object(nil),
		"JA-01 a changed payload":                                                               parts[0] + "." + tampered[1] + "." + parts[2],
		"JA-01 no signature":                                                                    parts[0] + "." + parts[1] + ".",
		"JA-01 nonsense":                                                                        "request",
		"JA-01 a kid that is not registered":                                                    idptest.SignJWT(t, jose.ES256, s.ec, claims, "kid", "9", "typ", objectType),
	} {
		t.Run(name, func(t *testing.T) { refusedAs(t, s.pushObject(object), "invalid_request_object") })
	}
	t.Run("JA-01 fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails", func(t *testing.T) {
		refusedAs(t, s.push(), "invalid_request_object")
	})
	t.Run("JA-01 narrowed to one algorithm", func(t *testing.T) {
		s.EditClient("signer", func(c *idp.Client) { c.Metadata.RequestObjectAlg = "PS256" })
		defer s.EditClient("signer", func(c *idp.Client) { c.Metadata.RequestObjectAlg = "" })
		refusedAs(t, s.pushObject(s.object(nil)), "invalid_request_object")
		if s.opened(t, idptest.SignJWT(t, jose.PS256, s.rsa, s.objectClaims(nil), "kid", "2")).Get("code") == "" {
			t.Error("the registered one was refused")
		}
	})
	t.Run("PR-01 a signed request through the browser", func(t *testing.T) {
		page := r.b.Authorize("signer", idptest.Redirect, "request", s.object(nil))
		if q := page.Response(t, idptest.Redirect); q.Get("code") != "" || q.Get("error") != "invalid_request" {
			t.Errorf("response %v", q)
		}
	})
	t.Run("PR-03 fapi2-security-profile-final-par-authorization-request-containing-request_uri", func(t *testing.T) {
		for _, name := range []string{"request_uri", "request"} {
			refusedAs(t, s.pushObject(s.object(map[string]any{name: "urn:ietf:params:oauth:request_uri:x"})), "invalid_request")
		}
		refusedAs(t, s.pushObject(s.object(nil), "request_uri", "urn:ietf:params:oauth:request_uri:x"), "invalid_request")
	})
}

// JA-02, JA-03, JA-04, JA-05: what a request object says of itself.
func TestRequestObjectClaims(t *testing.T) {
	r := newRig(t)
	s := newSigner(t, r, "signer")
	at := func(d time.Duration) int64 { return r.Clock.Now().Add(d).Unix() }
	for name, changes := range map[string]map[string]any{
		"JA-02 the issuer in a list": {"aud": []string{r.URL}},
		"JA-02 fapi2-security-profile-final-ensure-request-object-with-multiple-aud-succeeds":                   {"aud": []string{"https://other.example", r.URL}},
		"JA-03 fapi2-security-profile-final-ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted": {"nbf": at(8 * time.Second)},
		"JA-03 10 s ahead":                   {"nbf": at(10 * time.Second), "iat": at(10 * time.Second)},
		"JA-03 an hour, exactly":             {"exp": at(time.Hour)},
		"JA-03 59 minutes old":               {"nbf": at(-59 * time.Minute), "exp": at(30 * time.Second)},
		"JA-03 without iat":                  {"iat": nil},
		"max_age is a number":                {"max_age": 3600},
		"max_age is a string":                {"max_age": "3600"},
		"claims is an object":                {"claims": map[string]any{"id_token": map[string]any{"acr": nil}}},
		"resource is a list":                 {"resource": []string{idptest.API}},
		"a member that is null is not there": {"prompt": json.RawMessage("null")},
		"unknown members are ignored":        {"x": true},
	} {
		t.Run(name, func(t *testing.T) {
			if q := s.opened(t, s.object(changes)); q.Get("code") == "" {
				t.Errorf("response %v", q)
			}
		})
	}
	for name, changes := range map[string]map[string]any{
		"JA-02 fapi2-security-profile-final-ensure-request-object-with-bad-aud-fails": {"aud": "https://other.example"},
		"JA-02 the endpoint":  {"aud": r.URL + "/par"},
		"JA-02 no aud":        {"aud": nil},
		"JA-02 an empty list": {"aud": []string{}},
		"JA-03 fapi2-security-profile-final-ensure-request-object-without-exp-fails":      {"exp": nil},
		"JA-03 fapi2-security-profile-final-ensure-request-object-without-nbf-fails":      {"nbf": nil},
		"JA-03 fapi2-security-profile-final-ensure-expired-request-object-fails":          {"exp": at(-5 * time.Minute), "nbf": at(-10 * time.Minute), "iat": at(-10 * time.Minute)},
		"JA-03 fapi2-security-profile-final-ensure-request-object-with-exp-over-60-fails": {"exp": at(70 * time.Minute)},
		"JA-03 fapi2-security-profile-final-ensure-request-object-with-nbf-over-60-fails": {"nbf": at(-70 * time.Minute), "iat": at(-70 * time.Minute)},
		"JA-03 more than a minute ahead":                                                  {"nbf": at(90 * time.Second), "exp": at(5 * time.Minute)},
		"JA-03 made tomorrow":                                                             {"iat": at(24 * time.Hour)},
		"JA-03 exp is text":                                                               {"exp": "soon"},
		"JA-04 another iss":                                                               {"iss": "other"},
		"JA-04 no iss":                                                                    {"iss": nil},
		"JA-04 another client_id":                                                         {"client_id": "other"},
		"JA-04 no client_id":                                                              {"client_id": nil},
		"JA-05 a subject":                                                                 {"sub": "signer"},
		"a parameter of the wrong type":                                                   {"state": map[string]any{"a": 1}},
		"a list where there is one value":                                                 {"scope": []string{"openid", "email"}},
	} {
		t.Run(name, func(t *testing.T) { refusedAs(t, s.pushObject(s.object(changes)), "invalid_request_object") })
	}
	t.Run("JA-04 fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails", func(t *testing.T) {
		refusedAs(t, s.pushObject(s.object(map[string]any{"redirect_uri": nil}), "redirect_uri", idptest.Redirect), "invalid_request")
	})
	t.Run("JA-04 rules hold inside too", func(t *testing.T) {
		refusedAs(t, s.pushObject(s.object(map[string]any{"code_challenge_method": "plain"}), "code_challenge_method", "S256"), "invalid_request")
		refusedAs(t, s.pushObject(s.object(map[string]any{"response_type": nil}), "response_type", "code"), "invalid_request")
		grantRefused(t, s.pushObject(s.object(nil), "client_id", "other"), "invalid_client")
	})
	t.Run("JA-04 fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object", func(t *testing.T) {
		if q := s.opened(t, s.object(nil), "state", "outside"); q.Get("state") != "state-1" || q.Get("code") == "" {
			t.Errorf("response %v", q)
		}
	})
	t.Run("JA-04 fapi2-security-profile-final-state-only-outside-request-object-not-used", func(t *testing.T) {
		if q := s.opened(t, s.object(map[string]any{"state": nil}), "state", "outside"); q.Has("state") || q.Get("code") == "" {
			t.Errorf("response %v", q)
		}
	})
	t.Run("JA-04 fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object", func(t *testing.T) {
		q := s.opened(t, s.object(nil), "nonce", "outside", "scope", "openid email", "redirect_uri", "https://evil.example/cb", "acr_values", "phr")
		if id := idptest.Claims(t, s.redeem(q.Get("code")).String("id_token")); id["nonce"] != "nonce-1" {
			t.Errorf("nonce %v", id["nonce"])
		}
	})
	t.Run("JA-05 types", func(t *testing.T) {
		for _, typ := range []string{objectType, "JWT", ""} {
			header := []string{"kid", "1", "typ", typ}
			if typ == "" {
				header = header[:2]
			}
			if s.opened(t, s.object(nil, header...)).Get("code") == "" {
				t.Errorf("typ %q was refused", typ)
			}
		}
		for _, typ := range []string{"client-authentication+jwt", "at+jwt", "dpop+jwt", "logout+jwt"} {
			refusedAs(t, s.pushObject(s.object(nil, "kid", "1", "typ", typ)), "invalid_request_object")
		}
	})
	t.Run("JA-05 JWTs made for something else", func(t *testing.T) {
		refusedAs(t, s.pushObject(s.assertion(t, nil)), "invalid_request_object")
		general := idptest.SignJWT(t, jose.ES256, s.ec, s.claims(func(c map[string]any) { maps.Copy(c, s.objectClaims(map[string]any{"sub": "signer"})) }), "kid", "1", "typ", "JWT")
		refusedAs(t, s.pushObject(general), "invalid_request_object")
		refusedAs(t, s.pushObject(r.rp.Grant(r.b).String("id_token")), "invalid_request_object")
		refusedAs(t, s.pushObject(s.key.Proof("POST", r.URL+"/par", nil)), "invalid_request_object")
	})
	t.Run("JA-05 a request object is no client assertion", func(t *testing.T) {
		r.Clock.Advance(11 * time.Second)
		form := s.pushForm()
		form.Set("client_assertion", s.object(map[string]any{"sub": "signer"}))
		grantRefused(t, s.PostForm("/par", form), "invalid_client")
	})
}

// JA-06: the header of a request object chooses among the registered keys and brings none.
func TestRequestObjectHeaders(t *testing.T) {
	r := newRig(t)
	s, thief := newSigner(t, r, "signer"), newSigner(t, r, "thief")
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write(idptest.PublicJWKS(t, thief.ec))
	}))
	defer server.Close()
	sign := func(k *fapi, header map[jose.HeaderKey]any) string {
		options := &jose.SignerOptions{ExtraHeaders: header}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: k.ec}, options)
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(s.objectClaims(nil))
		if err != nil {
			t.Fatal(err)
		}
		jws, err := signer.Sign(body)
		if err != nil {
			t.Fatal(err)
		}
		compact, err := jws.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return compact
	}
	for _, header := range []map[jose.HeaderKey]any{
		{"jku": server.URL, "kid": "1"}, {"x5u": server.URL, "kid": "1"}, {"jwk": jose.JSONWebKey{Key: thief.ec.Public()}, "kid": "1"}, {"x5c": []string{"MIIB"}, "kid": "1"},
	} {
		for name := range header {
			if name == "kid" {
				continue
			}
			t.Run("JA-06 "+string(name), func(t *testing.T) { refusedAs(t, s.pushObject(sign(thief, header)), "invalid_request_object") })
		}
	}
	for _, name := range []jose.HeaderKey{"crit", "b64"} {
		t.Run("JA-06 "+string(name), func(t *testing.T) {
			header := map[jose.HeaderKey]any{"crit": []string{"x-unknown"}, "x-unknown": true, "kid": "1"}
			if name == "b64" {
				header = map[jose.HeaderKey]any{"b64": true, "kid": "1"}
			}
			refusedAs(t, s.pushObject(sign(s, header)), "invalid_request_object")
		})
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("JA-06: %d requests to an address in a header", n)
	}
	if s.opened(t, sign(s, map[jose.HeaderKey]any{"jku": server.URL, "kid": "1"})).Get("code") == "" || asked.Load() != 0 {
		t.Error("JA-06: a header that is not looked at made a difference")
	}
}

// JA-07, oidcc-request-uri-unsigned, oidcc-request-uri-signed-rs256: an address is never
// fetched, whoever names it and wherever; discovery says so.
func TestRequestURIIsNeverFetched(t *testing.T) {
	r := newRig(t)
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	k := newKeyed(t, r, "keyed", func(m *idp.ClientMetadata) { m.RequestObjectAlg = "ES256" })
	for _, address := range []string{server.URL, server.URL + "/object.jwt#hash", "https://169.254.169.254/", "file:///etc/passwd"} {
		for _, id := range []string{"app", "keyed"} {
			t.Run("JA-07 "+id+" "+address, func(t *testing.T) {
				// oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported
				r.refused(t, r.b.Authorize(id, idptest.Redirect, "request_uri", address), "request_uri_not_supported")
				page := r.b.Get("/authorize?" + url.Values{"client_id": {id}, "request_uri": {address}}.Encode())
				r.onPage(t, page)
				if !strings.Contains(page.Body, "request_uri_not_supported") {
					t.Error("the page does not say why")
				}
			})
		}
	}
	refusedAs(t, k.push("request_uri", server.URL), "invalid_request")
	if n := asked.Load(); n != 0 {
		t.Errorf("JA-07: the address was asked %d times", n)
	}
}

// Request objects through the browser, for clients that are registered for them.
func TestRequestObjectInTheBrowser(t *testing.T) {
	r := newRig(t)
	k := newKeyed(t, r, "keyed", func(m *idp.ClientMetadata) { m.ClientProfile, m.RequestObjectAlg = idp.ProfileOIDC, "RS256" })
	object := func(changes map[string]any) string {
		return idptest.SignJWT(t, jose.RS256, k.rsa, k.objectClaims(changes), "kid", "2")
	}
	get := func(pairs ...string) *idptest.Page {
		q := url.Values{"client_id": {"keyed"}, "response_type": {"code"}, "scope": {"openid"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			q.Set(pairs[i], pairs[i+1])
		}
		return r.b.Get("/authorize?" + q.Encode())
	}
	// oidcc-ensure-request-object-with-redirect-uri with a signed object: the redirect URI is in it alone.
	t.Run("JA-04 everything is inside", func(t *testing.T) {
		q := get("request", object(nil), "state", "outside", "nonce", "outside").Response(t, idptest.Redirect)
		if q.Get("code") == "" || q.Get("state") != "state-1" {
			t.Fatalf("response %v", q)
		}
		if id := idptest.Claims(t, k.redeemAs(nil, q.Get("code")).String("id_token")); id["nonce"] != "nonce-1" {
			t.Errorf("nonce %v", id["nonce"])
		}
	})
	t.Run("JA-04 SU-10 nothing outside counts", func(t *testing.T) {
		page := get("request", object(map[string]any{"acr_values": "phr", "prompt": "none"}), "acr_values", "urn:sekisho:acr:email", "prompt", "login")
		if q := page.Response(t, idptest.Redirect); q.Has("code") || q.Get("error") == "" {
			t.Errorf("response %v", q)
		}
		r.onPage(t, get("request", object(map[string]any{"redirect_uri": nil}), "redirect_uri", idptest.Redirect))
	})
	t.Run("a bad object goes back to a good redirect URI", func(t *testing.T) {
		r.refused(t, get("request", object(map[string]any{"aud": "x"}), "redirect_uri", idptest.Redirect, "state", "state-1"), "invalid_request_object")
	})
	t.Run("a bad object goes nowhere else", func(t *testing.T) {
		r.onPage(t, get("request", object(map[string]any{"aud": "x"})))
		r.onPage(t, get("request", object(map[string]any{"aud": "x"}), "redirect_uri", "https://evil.example/cb"))
		r.onPage(t, get("request", object(map[string]any{"redirect_uri": "https://evil.example/cb"}), "redirect_uri", idptest.Redirect))
	})
	t.Run("JA-01 oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", func(t *testing.T) {
		unsigned := idptest.Unsigned(t, map[string]any{"alg": "none"}, k.objectClaims(nil), "")
		r.refused(t, get("request", unsigned, "redirect_uri", idptest.Redirect, "state", "state-1"), "invalid_request_object")
		r.refused(t, r.b.Authorize("app", idptest.Redirect, "request", unsigned), "request_not_supported")
	})
	t.Run("DJ-02 each algorithm that is listed", func(t *testing.T) {
		keyOf, kidOf := map[string]any{"ES256": k.ec, "PS256": k.rsa, "RS256": k.rsa, "EdDSA": k.ed}, map[string]string{"ES256": "1", "PS256": "2", "RS256": "2", "EdDSA": "4"}
		for _, alg := range r.Call("GET", wellKnown, "").Strings("request_object_signing_alg_values_supported") {
			k.EditClient("keyed", func(c *idp.Client) { c.Metadata.RequestObjectAlg = alg })
			jwt := idptest.SignJWT(t, jose.SignatureAlgorithm(alg), keyOf[alg], k.objectClaims(nil), "kid", kidOf[alg])
			if q := get("request", jwt).Response(t, idptest.Redirect); q.Get("code") == "" {
				t.Errorf("%s: %v", alg, q)
			}
		}
	})
}
