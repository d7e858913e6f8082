package oidc

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func facts() DiscoveryFacts {
	return DiscoveryFacts{
		Issuer: issuer, Authorization: issuer + "/authorize", Token: issuer + "/token", JWKS: issuer + "/jwks",
		UserInfo: issuer + "/userinfo", EndSession: issuer + "/logout", Introspection: issuer + "/introspect", Revocation: issuer + "/revoke",
		Scopes: []string{"openid"}, Claims: []string{"sub"}, ACRValues: []string{"phr"}, GrantTypes: []string{GrantAuthorizationCode},
		AuthMethods: []string{"private_key_jwt", "none"}, IntrospectionAuthMethods: []string{"private_key_jwt"}, AssertionAlgs: []string{"ES256"},
		IDTokenAlgs: []string{"ES256", "RS256"}, UILocales: []string{"ja", "en"},
	}
}

func TestDiscovery(t *testing.T) {
	raw, err := Discovery(facts())
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"issuer":                                         issuer,
		"authorization_endpoint":                         issuer + "/authorize",
		"end_session_endpoint":                           issuer + "/logout",
		"response_types_supported":                       []any{"code"},
		"response_modes_supported":                       []any{"query", "form_post"},
		"grant_types_supported":                          []any{"authorization_code"},
		"code_challenge_methods_supported":               []any{"S256"},
		"token_endpoint_auth_methods_supported":          []any{"private_key_jwt", "none"},
		"introspection_endpoint_auth_methods_supported":  []any{"private_key_jwt"},
		"acr_values_supported":                           []any{"phr"},
		"authorization_response_iss_parameter_supported": true,
		"claims_parameter_supported":                     true,
		"subject_types_supported":                        []any{"public", "pairwise"},
		"prompt_values_supported":                        []any{"none", "login", "consent", "select_account"},
		"ui_locales_supported":                           []any{"ja", "en"},
	} {
		if !reflect.DeepEqual(m[name], want) {
			t.Errorf("DJ-02: %s is %v, want %v", name, m[name], want)
		}
	}
	for _, name := range []string{"request_parameter_supported", "request_uri_parameter_supported"} {
		if got, said := m[name]; !said || got != false {
			t.Errorf("AZ-25: %s is %v", name, got)
		}
	}
	for _, name := range []string{
		"registration_endpoint", "device_authorization_endpoint", "check_session_iframe", "backchannel_logout_supported",
		"request_object_signing_alg_values_supported", "pushed_authorization_request_endpoint",
	} {
		if _, said := m[name]; said {
			t.Errorf("DJ-02: %s is published and not implemented", name)
		}
	}
}

func TestDiscoveryRefusesWrongWiring(t *testing.T) {
	for name, change := range map[string]func(*DiscoveryFacts){
		"DJ-02 other origin":       func(f *DiscoveryFacts) { f.Token = "https://evil.example/token" },
		"DJ-02 other scheme":       func(f *DiscoveryFacts) { f.Token = "http://op.example/token" },
		"DJ-02 missing":            func(f *DiscoveryFacts) { f.JWKS = "" },
		"DJ-01 query":              func(f *DiscoveryFacts) { f.Issuer += "?a=b" },
		"DJ-01 fragment":           func(f *DiscoveryFacts) { f.Issuer += "#a" },
		"DJ-01 trailing slash":     func(f *DiscoveryFacts) { f.Issuer += "/" },
		"DJ-01 http":               func(f *DiscoveryFacts) { f.Issuer = "http://op.example" },
		"ID-01 unsigned tokens":    func(f *DiscoveryFacts) { f.IDTokenAlgs = []string{"none"} },
		"DJ-02 no algorithms":      func(f *DiscoveryFacts) { f.IDTokenAlgs = nil },
		"DJ-01 userinfo in issuer": func(f *DiscoveryFacts) { f.Issuer = "https://a@op.example" },
	} {
		t.Run(name, func(t *testing.T) {
			f := facts()
			change(&f)
			if _, err := Discovery(f); err == nil {
				t.Error("published")
			}
		})
	}
	if _, err := ParseIssuer("http://localhost:9000"); err != nil {
		t.Error("development issuer", err)
	}
}

func TestServeDocument(t *testing.T) {
	h := ServeDocument(func() []byte { return []byte(`{"issuer":"x"}`) }, DiscoveryMaxAge)
	r := get("")
	r.Host = "evil.example"
	r.Header.Set("X-Forwarded-Host", "evil.example")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Body.String() != `{"issuer":"x"}` || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		t.Errorf("DJ-01: %v %s", w.Header(), w.Body)
	}
	if got := w.Header().Get("Cache-Control"); got != "public, max-age=300" || DiscoveryMaxAge > time.Hour {
		t.Errorf("DJ-07: %q", got)
	}
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	w = httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("%d", w.Code)
	}
}

// DJ-01, DJ-07: one path by appending, one by insertion.
func TestWellKnownPaths(t *testing.T) {
	for raw, want := range map[string][]string{
		issuer:                  {"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"},
		issuer + "/firm/retail": {"/firm/retail/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/firm/retail"},
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := WellKnownPaths(u); !slices.Equal(got, want) {
			t.Errorf("DJ-01 %s: %v", raw, got)
		}
	}
}
