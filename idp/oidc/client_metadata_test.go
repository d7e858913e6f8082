package oidc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
)

var metadataRulesInTest = MetadataRules{
	SigningAlgs: []string{"ES256", "PS256", "EdDSA", "RS256"}, Scopes: testRules.Scopes, ConfidentialScopes: []string{"withdraw"},
}

func jwks(t *testing.T, keys ...any) json.RawMessage {
	t.Helper()
	set := jose.JSONWebKeySet{}
	for _, k := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k, KeyID: "k", Use: "sig"})
	}
	raw, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestMetadataDefaults(t *testing.T) {
	m, e := CheckClientMetadata(idp.ClientMetadata{RedirectURIs: []string{callback}}, metadataRulesInTest)
	if e != nil {
		t.Fatal(e)
	}
	want := idp.ClientMetadata{
		RedirectURIs: []string{callback}, TokenEndpointAuthMethod: "client_secret_basic", GrantTypes: []string{"authorization_code"},
		ResponseTypes: []string{"code"}, ApplicationType: "web", Scope: "openid", SubjectType: "public", IDTokenAlg: "RS256",
		ClientProfile: idp.ProfileOAuth21, ResponseModes: []string{"query", "form_post"}, AccessTokenAlg: "RS256",
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("%+v", m)
	}
	again, e := CheckClientMetadata(m, metadataRulesInTest)
	if e != nil || !reflect.DeepEqual(again, m) {
		t.Errorf("checked twice: %+v %v", again, e)
	}
	fapi, e := CheckClientMetadata(idp.ClientMetadata{RedirectURIs: []string{callback}, ClientProfile: idp.ProfileFAPI2, JWKSURI: "https://rp.example/jwks"}, metadataRulesInTest)
	if e != nil || fapi.TokenEndpointAuthMethod != idp.AuthPrivateKeyJWT || fapi.IDTokenAlg != "ES256" {
		t.Errorf("%+v %v", fapi, e)
	}
	server, e := CheckClientMetadata(idp.ClientMetadata{ResourceServer: []string{"https://api.example"}}, metadataRulesInTest)
	if e != nil || len(server.GrantTypes) != 0 {
		t.Errorf("%+v %v", server, e)
	}
	if !slices.Equal(ResponseModes, []string{"query", "form_post"}) {
		t.Error("defaults share memory with the registry")
	}
}

func TestMetadataRefusals(t *testing.T) {
	age, weak := int64(-1), mustRSA(t, 1024)
	for name, change := range map[string]func(*idp.ClientMetadata){
		"AZ-04 http":                          func(m *idp.ClientMetadata) { m.RedirectURIs = []string{"http://rp.example/cb"} },
		"AZ-04 javascript":                    func(m *idp.ClientMetadata) { m.RedirectURIs = []string{callback, "javascript:alert(1)"} },
		"AZ-04 wildcard":                      func(m *idp.ClientMetadata) { m.RedirectURIs = []string{"https://*.rp.example/cb"} },
		"AZ-04 after logout":                  func(m *idp.ClientMetadata) { m.PostLogoutRedirectURIs = []string{"data:text/html,x"} },
		"AZ-04 localhost outside development": func(m *idp.ClientMetadata) { m.RedirectURIs = []string{"http://localhost/cb"} },
		"AD-04 no redirect URI":               func(m *idp.ClientMetadata) { m.RedirectURIs = nil },
		"AD-04 many redirect URIs":            func(m *idp.ClientMetadata) { m.RedirectURIs = slices.Repeat([]string{callback}, 33) },
		"AD-04 application type":              func(m *idp.ClientMetadata) { m.ApplicationType = "toaster" },
		"AD-04 unknown profile":               func(m *idp.ClientMetadata) { m.ClientProfile = "lax" },
		"AD-04 unknown method":                func(m *idp.ClientMetadata) { m.TokenEndpointAuthMethod = "client_secret_jwt" },
		"AD-04 fapi2 with a secret":           func(m *idp.ClientMetadata) { m.ClientProfile = idp.ProfileFAPI2 },
		"AD-04 key without a key":             func(m *idp.ClientMetadata) { m.TokenEndpointAuthMethod = idp.AuthPrivateKeyJWT },
		"AD-04 jwks and jwks_uri": func(m *idp.ClientMetadata) {
			m.TokenEndpointAuthMethod, m.JWKS, m.JWKSURI = idp.AuthPrivateKeyJWT, jwks(t, ecKey(t).Public()), "https://rp.example/jwks"
		},
		"AD-04 jwks_uri http":  func(m *idp.ClientMetadata) { m.JWKSURI = "http://rp.example/jwks" },
		"AD-04 private jwks":   func(m *idp.ClientMetadata) { m.JWKS = jwks(t, ecKey(t)) },
		"AD-04 symmetric jwks": func(m *idp.ClientMetadata) { m.JWKS = jwks(t, []byte("0123456789012345678901234567890123")) },
		"AD-04 weak jwks":      func(m *idp.ClientMetadata) { m.JWKS = jwks(t, weak) },
		"AD-04 empty jwks":     func(m *idp.ClientMetadata) { m.JWKS = json.RawMessage(`{"keys":[]}`) },
		"AD-04 broken jwks":    func(m *idp.ClientMetadata) { m.JWKS = json.RawMessage(`[]`) },
		"IN-03 huge exponent": func(m *idp.ClientMetadata) {
			m.JWKS = json.RawMessage(`{"keys":[{"kty":"RSA","e":"` + strings.Repeat("AQAB", 400) + `","n":"` + strings.Repeat("vvvv", 90) + `"}]}`)
		},
		"IN-03 huge modulus": func(m *idp.ClientMetadata) {
			m.JWKS = json.RawMessage(`{"keys":[{"kty":"RSA","e":"AQAB","n":"` + strings.Repeat("vvvv", 4000) + `"}]}`)
		},
		"AD-04 grant":         func(m *idp.ClientMetadata) { m.GrantTypes = []string{"authorization_code", "password"} },
		"AD-04 refresh alone": func(m *idp.ClientMetadata) { m.GrantTypes = []string{"refresh_token"} },
		"AD-04 no grant":      func(m *idp.ClientMetadata) { m.GrantTypes = []string{} },
		"AD-04 code without grant": func(m *idp.ClientMetadata) {
			m.GrantTypes, m.ResponseTypes = []string{"client_credentials"}, []string{"code"}
		},
		"AD-04 implicit": func(m *idp.ClientMetadata) { m.ResponseTypes = []string{"code", "id_token"} },
		"AZ-30 fragment": func(m *idp.ClientMetadata) { m.ResponseModes = []string{"fragment"} },
		"TK-16 public machine": func(m *idp.ClientMetadata) {
			m.TokenEndpointAuthMethod, m.GrantTypes = "none", []string{"authorization_code", "client_credentials"}
		},
		"ID-01 none":          func(m *idp.ClientMetadata) { m.IDTokenAlg = "none" },
		"ID-01 HS256":         func(m *idp.ClientMetadata) { m.IDTokenAlg = "HS256" },
		"AD-04 userinfo alg":  func(m *idp.ClientMetadata) { m.UserinfoAlg = "ES512" },
		"AD-04 assertion alg": func(m *idp.ClientMetadata) { m.TokenEndpointAuthAlg = "ES256" },
		"ID-02 fapi2 RS256": func(m *idp.ClientMetadata) {
			m.ClientProfile, m.TokenEndpointAuthMethod, m.JWKSURI, m.IDTokenAlg = idp.ProfileFAPI2, idp.AuthPrivateKeyJWT, "https://rp.example/jwks", "RS256"
		},
		"CA-03 fapi2 RS256 assertions": func(m *idp.ClientMetadata) {
			m.ClientProfile, m.TokenEndpointAuthMethod, m.JWKSURI, m.TokenEndpointAuthAlg = idp.ProfileFAPI2, idp.AuthPrivateKeyJWT, "https://rp.example/jwks", "RS256"
		},
		"TK-14 fapi2 lifetime": func(m *idp.ClientMetadata) {
			m.ClientProfile, m.TokenEndpointAuthMethod, m.JWKSURI, m.AccessTokenSeconds = idp.ProfileFAPI2, idp.AuthPrivateKeyJWT, "https://rp.example/jwks", 601
		},
		"AD-04 lifetime":           func(m *idp.ClientMetadata) { m.AccessTokenSeconds = -1 },
		"AD-04 default_max_age":    func(m *idp.ClientMetadata) { m.DefaultMaxAge = &age },
		"AD-04 subject type":       func(m *idp.ClientMetadata) { m.SubjectType = "secret" },
		"AD-04 acr values":         func(m *idp.ClientMetadata) { m.DefaultACRValues = []string{"a b"} },
		"AD-04 unknown scope":      func(m *idp.ClientMetadata) { m.Scope = "openid martian" },
		"CA-13 public, high scope": func(m *idp.ClientMetadata) { m.TokenEndpointAuthMethod, m.Scope = "none", "openid withdraw" },
		"AD-04 logo http":          func(m *idp.ClientMetadata) { m.LogoURI = "http://rp.example/logo" },
		"AD-04 policy javascript":  func(m *idp.ClientMetadata) { m.PolicyURI = "javascript:alert(1)" },
		"name with an override":    func(m *idp.ClientMetadata) { m.ClientName = "abc\u202egpj" },
		"name with zero width":     func(m *idp.ClientMetadata) { m.ClientNameJA = "青葉\u200b証券" },
		"name too long":            func(m *idp.ClientMetadata) { m.ClientName = strings.Repeat("n", 101) },
		"contact":                  func(m *idp.ClientMetadata) { m.Contacts = []string{"Ops <ops@rp.example>"} },
		"AZ-34 relative resource":  func(m *idp.ClientMetadata) { m.Resources = []string{"api"} },
		"AZ-34 fragment":           func(m *idp.ClientMetadata) { m.ResourceServer = []string{"https://api.example#x"} },
		"public resource server": func(m *idp.ClientMetadata) {
			m.TokenEndpointAuthMethod, m.ResourceServer = "none", []string{"https://api.example"}
		},
		"DJ-05 wildcard origin":    func(m *idp.ClientMetadata) { m.AllowedOrigins = []string{"https://*.example"} },
		"DJ-05 any origin":         func(m *idp.ClientMetadata) { m.AllowedOrigins = []string{"*"} },
		"DJ-05 null origin":        func(m *idp.ClientMetadata) { m.AllowedOrigins = []string{"null"} },
		"DJ-05 origin with a path": func(m *idp.ClientMetadata) { m.AllowedOrigins = []string{"https://rp.example/"} },
		"DJ-05 http origin":        func(m *idp.ClientMetadata) { m.AllowedOrigins = []string{"http://rp.example"} },
		"reserved claim":           func(m *idp.ClientMetadata) { m.Claims = map[string]string{"acr": "name"} },
	} {
		t.Run(name, func(t *testing.T) {
			m := idp.ClientMetadata{RedirectURIs: []string{callback}}
			change(&m)
			if got, e := CheckClientMetadata(m, metadataRulesInTest); e == nil {
				t.Errorf("accepted %+v", got)
			} else if e.Code != InvalidClientMetadata && e.Code != InvalidRedirectURI || e.Description == "" {
				t.Errorf("%v", e)
			}
		})
	}
}

func mustRSA(t *testing.T, bits int) *rsa.PublicKey {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return &k.PublicKey
}

func TestMetadataAccepted(t *testing.T) {
	for name, m := range map[string]idp.ClientMetadata{
		"fapi2 with a key": {RedirectURIs: []string{callback}, ClientProfile: idp.ProfileFAPI2, JWKS: jwks(t, ecKey(t).Public()), TokenEndpointAuthAlg: "ES256", AccessTokenSeconds: 600},
		"native":           {RedirectURIs: []string{"http://127.0.0.1/cb", "com.example.app:/cb"}, ApplicationType: "native", TokenEndpointAuthMethod: "none"},
		"machine":          {GrantTypes: []string{"client_credentials"}},
		"names":            {RedirectURIs: []string{callback}, ClientName: "Aoba Trade", ClientNameJA: "青葉　トレード", LogoURI: "https://rp.example/l", AllowedOrigins: []string{"https://rp.example:8443"}, Claims: map[string]string{"https://rp.example/limits": "permissions"}},
	} {
		if _, e := CheckClientMetadata(m, metadataRulesInTest); e != nil {
			t.Errorf("%s: %v", name, e)
		}
	}
	development := metadataRulesInTest
	development.Development = true
	if _, e := CheckClientMetadata(idp.ClientMetadata{RedirectURIs: []string{"http://localhost:9001/cb"}}, development); e != nil {
		t.Error(e)
	}
}

// AD-02: what is not known is an error, not a wish.
func TestParseClientMetadata(t *testing.T) {
	m, e := ParseClientMetadata([]byte(`{"redirect_uris":["https://rp.example/cb"],"client_name#ja":"青葉","sekisho_profile":"fapi2"}`))
	if e != nil || m.ClientNameJA != "青葉" || m.ClientProfile != idp.ProfileFAPI2 {
		t.Fatalf("%+v %v", m, e)
	}
	for _, raw := range []string{
		``, `[]`, `null`, `{"redirect_uri":["x"]}`, `{"Redirect_URIs":["x"]}`, `{"scope":1}`, `{"scope":"a","scope":"b"}`, `{} {}`,
		`{"client_id":"mine"}`, `{"client_secret":"mine"}`, "\ufeff{}", "{\"scope\":\"\xff\"}", `{"scope":"` + strings.Repeat("a", MaxClientMetadata) + `"}`,
	} {
		if got, e := ParseClientMetadata([]byte(raw)); e == nil || e.Code != InvalidClientMetadata {
			t.Errorf("%.40s: %+v %v", raw, got, e)
		}
	}
}
