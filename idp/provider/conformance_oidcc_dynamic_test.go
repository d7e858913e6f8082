package provider_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/clientauth"
	"sekisho/idp/idptest"
)

// dynamic is a plan in which every module registers a client of its own.
type dynamic struct {
	*plan
	site *idptest.Site
}

func newDynamic(t *testing.T) *dynamic {
	r, site := registering(t, nil)
	return &dynamic{&plan{rig: r, mode: "query"}, site}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// publish puts a key set at the client's jwks_uri.
func (d *dynamic) publish(t *testing.T, kid string, key crypto.Signer) string {
	t.Helper()
	return d.site.Put(t, "/jwks", jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: kid, Use: "sig"}}})
}

// post authenticates by an assertion.
func (d *dynamic) post(t *testing.T, c *idptest.Registered, kid string, key any, pairs ...string) idptest.Answer {
	t.Helper()
	now := d.Clock.Now()
	assertion := idptest.SignJWT(t, jose.ES256, key, map[string]any{
		"iss": c.ID, "sub": c.ID, "aud": d.URL, "jti": idp.NewID(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}, "kid", kid)
	form := url.Values{"client_assertion": {assertion}, "client_assertion_type": {clientauth.AssertionType}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return d.PostForm("/token", form)
}

// byKey is a client of private_key_jwt with a jwks_uri, and its tokens.
func (d *dynamic) byKey(t *testing.T, key *ecdsa.PrivateKey) (*idptest.Registered, idptest.Answer) {
	t.Helper()
	c := d.Registers("token_endpoint_auth_method", "private_key_jwt", "jwks_uri", d.publish(t, "first", key), "grant_types", []string{"authorization_code", "refresh_token"})
	if c.Secret != "" {
		t.Error("a client that signs got a secret")
	}
	tokens := d.post(t, c, "first", key, "grant_type", "authorization_code", "code", d.ask(c).Get("code"), "redirect_uri", idptest.Redirect)
	if tokens.Status != http.StatusOK {
		t.Fatalf("%d %s", tokens.Status, tokens.Body)
	}
	return c, tokens
}

func (d *dynamic) refusedMetadata(t *testing.T, want string, pairs ...any) {
	t.Helper()
	m := minimal()
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	if a := d.Register(m); a.Status != http.StatusBadRequest || a.String("error") != want {
		t.Errorf("%d %s, want %s", a.Status, a.Body, want)
	}
}

// withQuery is a client whose redirect URI has a query.
func (d *dynamic) withQuery() *idptest.Registered {
	return d.Registers("redirect_uris", []string{idptest.Redirect + "?foo=bar"})
}

// dynamicModules are the modules of oidcc-dynamic-certification-test-plan.
var dynamicModules = map[string]func(t *testing.T, d *dynamic){
	"oidcc-idtoken-rs256": func(t *testing.T, d *dynamic) {
		tokens, _ := d.run(d.Registers("id_token_signed_response_alg", "RS256"))
		if h, _ := d.Verified(tokens.String("id_token")); h.Algorithm != "RS256" {
			t.Errorf("ID-02: %+v", h)
		}
	},
	"oidcc-idtoken-unsigned": func(t *testing.T, d *dynamic) {
		d.refusedMetadata(t, "invalid_client_metadata", "id_token_signed_response_alg", "none")
	},
	"oidcc-userinfo-rs256": func(t *testing.T, d *dynamic) {
		c := d.Registers("userinfo_signed_response_alg", "RS256")
		tokens, id := d.run(c)
		a := d.Userinfo(tokens.String("access_token"))
		header, claims := d.Verified(a.Body)
		if a.Header.Get("Content-Type") != "application/jwt" || header.Algorithm != "RS256" || claims["sub"] != id["sub"] || claims["iss"] != d.URL || claims["aud"] != c.ID {
			t.Errorf("ID-07: %v %v", a.Header, claims)
		}
	},
	"oidcc-ensure-redirect-uri-in-authorization-request": func(t *testing.T, d *dynamic) {
		c := d.Registers()
		d.onPage(t, d.b.Authorize(c.ID, "", "redirect_uri", ""))
	},
	"oidcc-redirect-uri-query-OK": func(t *testing.T, d *dynamic) {
		c := d.withQuery()
		page := d.b.Authorize(c.ID, idptest.Redirect+"?foo=bar", d.without(nil)...)
		if page.Has("/consent") {
			page = d.b.Submit("/consent", "decision", "allow")
		}
		q := page.Response(t, idptest.Redirect)
		if q.Get("foo") != "bar" || q.Get("code") == "" {
			t.Errorf("%s", page.Left)
		}
		if a := c.Post("/token", "grant_type", "authorization_code", "code", q.Get("code"), "redirect_uri", idptest.Redirect+"?foo=bar"); a.Status != http.StatusOK {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	},
	"oidcc-redirect-uri-query-mismatch": func(t *testing.T, d *dynamic) {
		d.onPage(t, d.b.Authorize(d.withQuery().ID, idptest.Redirect+"?bar=foo", d.without(nil)...))
	},
	"oidcc-redirect-uri-query-added": func(t *testing.T, d *dynamic) {
		d.onPage(t, d.b.Authorize(d.Registers().ID, idptest.Redirect+"?foo=bar", d.without(nil)...))
	},
	"oidcc-redirect-uri-regfrag": func(t *testing.T, d *dynamic) {
		d.refusedMetadata(t, "invalid_redirect_uri", "redirect_uris", []string{idptest.Redirect + "#foo"})
	},
	"oidcc-discovery-endpoint-verification": discovered,
	"oidcc-server": func(t *testing.T, d *dynamic) {
		if _, id := d.run(d.Registers()); id["sub"] != d.taro.Subject {
			t.Errorf("%v", id)
		}
	},
	"oidcc-registration-logo-uri": func(t *testing.T, d *dynamic) {
		at := d.site.PutFile("/logo.png", pictureFile(t, 300, 200))
		c := d.Registers("logo_uri", at, "client_name", "With a logo")
		d.Logos.Wait()
		page := d.b.Authorize(c.ID, idptest.Redirect)
		if c.Metadata["logo_uri"] != at || !page.Has("/consent") || !strings.Contains(page.Body, "With a logo") || strings.Contains(page.Body, "logo.png") || shownPicture(t, page).Bounds().Dx() != 128 {
			t.Errorf("AZ-31: %v %s", c.Metadata, page.Body)
		}
	},
	"oidcc-registration-policy-uri": linked("policy_uri", "https://rp.example/policy"),
	"oidcc-registration-tos-uri":    linked("tos_uri", "https://rp.example/terms"),
	"oidcc-registration-jwks-uri": func(t *testing.T, d *dynamic) {
		if _, tokens := d.byKey(t, newKey(t)); tokens.String("id_token") == "" {
			t.Errorf("%s", tokens.Body)
		}
	},
	"oidcc-registration-sector-uri": func(t *testing.T, d *dynamic) {
		sector := d.site.Put(t, "/sector", []string{"https://other.example/cb", idptest.Redirect})
		c := d.Registers("subject_type", "pairwise", "sector_identifier_uri", sector)
		tokens, id := d.run(c)
		if id["sub"] == d.taro.Subject || id["sub"] == "" || d.Userinfo(tokens.String("access_token")).JSON["sub"] != id["sub"] {
			t.Errorf("ID-08: %v", id)
		}
	},
	"oidcc-registration-sector-bad": func(t *testing.T, d *dynamic) {
		sector := d.site.Put(t, "/sector", []string{"https://other.example/cb"})
		d.refusedMetadata(t, "invalid_client_metadata", "subject_type", "pairwise", "sector_identifier_uri", sector)
	},
	"oidcc-server-rotate-keys": func(t *testing.T, d *dynamic) {
		c := d.Registers()
		first, _ := d.run(c)
		before, _ := d.Verified(first.String("id_token"))
		jwks := d.Call("GET", "/jwks", "").Body
		next, err := d.Ring.Rotate(t.Context(), "RS256")
		if err != nil {
			t.Fatal(err)
		}
		if now := d.Call("GET", "/jwks", "").Body; now == jwks || !strings.Contains(now, next.ID) || !strings.Contains(now, before.KeyID) {
			t.Errorf("DJ-04: %s", now)
		}
		d.Clock.Advance(25 * time.Hour)
		d.b = d.signedIn(d.taro)
		second, _ := d.run(c)
		if after, _ := d.Verified(second.String("id_token")); after.KeyID != next.ID {
			t.Errorf("DJ-04: still %s", after.KeyID)
		}
	},
	"oidcc-refresh-token-rp-key-rotation": func(t *testing.T, d *dynamic) {
		old, key := newKey(t), newKey(t)
		c, tokens := d.byKey(t, old)
		d.publish(t, "second", key)
		d.Clock.Advance(time.Minute)
		a := d.post(t, c, "second", key, "grant_type", "refresh_token", "refresh_token", tokens.String("refresh_token"))
		if a.Status != http.StatusOK || a.String("access_token") == "" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if a := d.post(t, c, "first", old, "grant_type", "refresh_token", "refresh_token", tokens.String("refresh_token")); a.String("error") != "invalid_client" {
			t.Errorf("the key that was taken away: %d %s", a.Status, a.Body)
		}
	},
	"oidcc-request-uri-unsigned": func(t *testing.T, d *dynamic) {
		c := d.Registers("request_uris", []string{d.site.URL + "/request"})
		d.site.Put(t, "/request", "x")
		d.failed(t, d.ask(c, "request_uri", d.site.URL+"/request"), "request_uri_not_supported")
		if d.site.Asked("/request") != 0 {
			t.Error("IN-04: the address was fetched")
		}
	},
	"oidcc-request-uri-signed-rs256": func(t *testing.T, d *dynamic) {
		c := d.Registers("request_uris", []string{d.site.URL + "/request"}, "request_object_signing_alg", "RS256", "jwks_uri", d.site.URL+"/keys")
		d.failed(t, d.ask(c, "request_uri", d.site.URL+"/request#fragment"), "request_uri_not_supported")
	},
	"oidcc-ensure-request-object-with-redirect-uri": func(t *testing.T, d *dynamic) {
		d.c = d.Registers()
		q := d.ask(d.c, "request", unsignedRequest(t, d.plan, "https://rp.example/inside"))
		d.failed(t, q, "request_not_supported")
	},
	"oidcc-refresh-token": func(t *testing.T, d *dynamic) {
		d.c = d.Registers("grant_types", []string{"authorization_code", "refresh_token"})
		refreshes(t, d.plan)
	},
	"oidcc-ensure-client-assertion-with-iss-aud-succeeds": func(t *testing.T, d *dynamic) {
		key := newKey(t)
		c, _ := d.byKey(t, key)
		a := d.post(t, c, "first", key, "grant_type", "authorization_code", "code", d.ask(c).Get("code"), "redirect_uri", idptest.Redirect)
		if a.Status != http.StatusOK {
			t.Errorf("CA-02: %d %s", a.Status, a.Body)
		}
	},
}

func linked(member, address string) func(*testing.T, *dynamic) {
	return func(t *testing.T, d *dynamic) {
		c := d.Registers(member, address)
		if page := d.b.Authorize(c.ID, idptest.Redirect); c.Metadata[member] != address || !strings.Contains(page.Body, `href="`+address+`"`) {
			t.Errorf("%v %s", c.Metadata, page.Body)
		}
	}
}

// The modules of oidcc-dynamic-certification-test-plan.
func TestConformanceDynamic(t *testing.T) {
	for module, check := range dynamicModules {
		t.Run(module, func(t *testing.T) {
			t.Parallel()
			check(t, newDynamic(t))
		})
	}
	if len(dynamicModules) != 23 {
		t.Errorf("%d modules", len(dynamicModules))
	}
}

// discovered is oidcc-discovery-endpoint-verification of oidcc-dynamic and, with the
// endpoint's absence, of oidcc-config-certification-test-plan.
func discovered(t *testing.T, d *dynamic) {
	a := d.Call("GET", wellKnown, "")
	if a.Status != http.StatusOK || a.String("issuer") != d.URL || a.String("registration_endpoint") != d.URL+"/register" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for name, want := range map[string]string{
		"response_types_supported": "code", "subject_types_supported": "pairwise", "id_token_signing_alg_values_supported": "RS256", "scopes_supported": "openid",
		"token_endpoint_auth_methods_supported": "client_secret_basic", "userinfo_signing_alg_values_supported": "RS256", "claims_supported": "sub", "grant_types_supported": "refresh_token",
	} {
		if !strings.Contains(" "+strings.Join(a.Strings(name), " ")+" ", " "+want+" ") {
			t.Errorf("DJ-02: %s lacks %s: %v", name, want, a.JSON[name])
		}
	}
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "registration_endpoint"} {
		if !strings.HasPrefix(a.String(name), d.URL+"/") {
			t.Errorf("DJ-02: %s is %q", name, a.String(name))
		}
	}
	if a.JSON["request_uri_parameter_supported"] != false {
		t.Errorf("AZ-25: %v", a.JSON["request_uri_parameter_supported"])
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(d.Call("GET", "/jwks", "").Body), &keys); err != nil || len(keys.Keys) == 0 {
		t.Errorf("DJ-03: %v", err)
	}
}

// oidcc-discovery-endpoint-verification of oidcc-config-certification-test-plan.
func TestConformanceConfig(t *testing.T) {
	discovered(t, newDynamic(t))
}

// ID-08, AD-04: pairwise subjects where a client meets them, and nowhere another's.
func TestPairwise(t *testing.T) {
	r, site := registering(t, func(c *config.Registration) { c.Resources = []string{idptest.API} })
	resource := r.NewRelyingParty("api", func(m *idp.ClientMetadata) {
		m.RedirectURIs, m.GrantTypes, m.ResourceServer, m.FirstParty, m.PostLogoutRedirectURIs, m.Resources = nil, nil, []string{idptest.API}, false, nil, nil
	})
	both := []string{"authorization_code", "refresh_token"}
	a := r.Registers("subject_type", "pairwise", "grant_types", both, "post_logout_redirect_uris", []string{"https://rp.example/bye"})
	same := r.Registers("subject_type", "pairwise")
	elsewhere := r.Registers("subject_type", "pairwise", "sector_identifier_uri", site.Put(t, "/sector", []string{idptest.Redirect}))
	public := r.Registers()
	tokens := r.granted(a)
	id := idptest.Claims(t, tokens.String("id_token"))
	sub, sid := id["sub"].(string), id["sid"].(string)
	other := func(c *idptest.Registered) map[string]any { return idptest.Claims(t, r.granted(c).String("id_token")) }
	if sub == "" || sub == r.taro.Subject || other(same)["sub"] != sub || other(same)["sid"] != sid {
		t.Errorf("ID-08: %v", id)
	}
	for name, c := range map[string]*idptest.Registered{"another sector": elsewhere, "a public client": public} {
		if claims := other(c); claims["sub"] == sub || claims["sid"] == sid {
			t.Errorf("ID-08: %s shares %v", name, claims)
		}
	}
	access := tokens.String("access_token")
	if claims := idptest.Claims(t, access); claims["sub"] != sub || claims["sid"] != sid {
		t.Errorf("ID-08 access token: %v", claims)
	}
	if got := r.Userinfo(access); got.Status != http.StatusOK || got.String("sub") != sub {
		t.Errorf("ID-05: %d %s", got.Status, got.Body)
	}
	if got := a.Post("/introspect", "token", access); got.String("sub") != sub {
		t.Errorf("ID-08: its client learns %s", got.Body)
	}
	if got := resource.Post("/introspect", "token", access); got.String("sub") != r.taro.Subject {
		t.Errorf("the firm's own API learns %s", got.Body)
	}
	if got := a.Refresh(tokens.String("refresh_token")); idptest.Claims(t, got.String("id_token"))["sub"] != sub {
		t.Errorf("after a refresh: %s", got.Body)
	}
	t.Run("AZ-21 AZ-22 a client names the customer by what it knows", func(t *testing.T) {
		r.granted(a, "prompt", "none", "id_token_hint", tokens.String("id_token"))
		r.granted(a, "claims", `{"id_token":{"sub":{"value":"`+sub+`"}}}`)
		r.refused(t, r.b.Authorize(a.ID, idptest.Redirect, "prompt", "none", "claims", `{"id_token":{"sub":{"value":"`+r.taro.Subject+`"}}}`), "login_required")
		r.refused(t, r.b.Authorize(public.ID, idptest.Redirect, "prompt", "none", "claims", `{"id_token":{"sub":{"value":"`+sub+`"}}}`), "login_required")
	})
	t.Run("ID-08 another registration is another subject, and ends the tokens of the first", func(t *testing.T) {
		before := r.granted(same).String("access_token")
		r.EditClient(same.ID, func(c *idp.Client) { c.Metadata.SubjectType = "public" })
		if got := r.Userinfo(before); got.Status != http.StatusUnauthorized {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	})
	t.Run("ID-08 a sector that cannot be told gives nothing", func(t *testing.T) {
		r.EditClient(elsewhere.ID, func(c *idp.Client) {
			c.Metadata.SectorIdentifierURI, c.Metadata.RedirectURIs = "", []string{idptest.Redirect, "https://other.example/cb"}
		})
		page := r.allow(elsewhere)
		if got := elsewhere.Exchange(page.Response(t, idptest.Redirect).Get("code")); got.Status != http.StatusInternalServerError || got.JSON["access_token"] != nil {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	})
	t.Run("AD-04 what makes a sector", func(t *testing.T) {
		two := []string{idptest.Redirect, "https://other.example/cb"}
		for name, m := range map[string]map[string]any{
			"two hosts":                {"redirect_uris": two, "subject_type": "pairwise"},
			"no host":                  {"redirect_uris": []string{"com.example.app:/cb"}, "application_type": "native", "subject_type": "pairwise"},
			"AZ-04 http":               {"redirect_uris": two, "sector_identifier_uri": "http://example.com/sector"},
			"one is missing":           {"redirect_uris": two, "subject_type": "pairwise", "sector_identifier_uri": site.URL + "/sector"},
			"nothing there":            {"redirect_uris": two, "sector_identifier_uri": site.URL + "/none"},
			"no list":                  {"redirect_uris": two, "sector_identifier_uri": site.Put(t, "/object", map[string]string{"a": "b"})},
			"IN-04 an address of ours": {"redirect_uris": two, "sector_identifier_uri": "https://[::1]/sector"},
		} {
			if got := r.Register(m); got.Status != http.StatusBadRequest || got.String("error") != "invalid_client_metadata" {
				t.Errorf("%s: %d %s", name, got.Status, got.Body)
			}
		}
	})
	t.Run("LO-03 its hint ends the session at once", func(t *testing.T) {
		page := r.b.Get("/logout?" + url.Values{"id_token_hint": {tokens.String("id_token")}, "post_logout_redirect_uri": {"https://rp.example/bye"}}.Encode())
		if page.Left != "https://rp.example/bye" {
			t.Errorf("%d %q %s", page.Status, page.Left, page.Body)
		}
	})
}
