package provider_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/oidc"
)

const wellKnown = "/.well-known/openid-configuration"

// DJ-01 DJ-07: one document, about one issuer, whatever the request claims.
func TestDiscoveryDocument(t *testing.T) {
	r := newRig(t)
	plain := r.Call("GET", wellKnown, "")
	if plain.Status != http.StatusOK || plain.String("issuer") != r.URL || !strings.HasPrefix(plain.Header.Get("Content-Type"), "application/json") {
		t.Fatalf("DJ-01: %d %s", plain.Status, plain.Body)
	}
	if strings.ContainsAny(plain.String("issuer"), "?#") || strings.HasSuffix(plain.String("issuer"), "/") {
		t.Errorf("DJ-01: issuer %s", plain.String("issuer"))
	}
	if c := plain.Header.Get("Cache-Control"); !strings.Contains(c, "max-age=") || strings.Contains(c, "immutable") {
		t.Errorf("DJ-07: Cache-Control %q", c)
	}
	same := map[string]idptest.Answer{
		"the OAuth document":    r.Call("GET", "/.well-known/oauth-authorization-server", ""),
		"X-Forwarded-Host":      r.Call("GET", wellKnown, "", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example"),
		"X-Forwarded-Prefix":    r.Call("GET", wellKnown, "", "X-Forwarded-Prefix", "/evil", "X-Original-URL", "/evil"),
		"a query":               r.Call("GET", wellKnown+"?issuer=https://evil.example", ""),
		"another origin's page": r.Call("GET", wellKnown, "", "Origin", "https://evil.example"),
	}
	for name, a := range same {
		if a.Status != http.StatusOK || a.Body != plain.Body {
			t.Errorf("DJ-01 %s: %d, another document", name, a.Status)
		}
	}
	for _, host := range []string{"evil.example", "localhost", "localhost:1", "localhost.", "LOCALHOST.evil.example"} {
		if a := r.Call("GET", wellKnown, "", "Host", host); a.Status == http.StatusOK && a.Body != plain.Body || strings.Contains(a.Body, "evil") {
			t.Errorf("DJ-01 Host %s: %d %s", host, a.Status, a.Body)
		}
	}
	for _, path := range []string{
		"/tenant" + wellKnown, wellKnown + "/tenant", wellKnown + "/", "/.well-known/openid-configuration.json", "/.WELL-KNOWN/openid-configuration",
		"/.well-known/oauth-authorization-server/tenant", "/.well-known/webfinger", "/jwks/", "/jwks.json", "/authorize/", "/token/", "/.well-known/%6fpenid-configuration",
	} {
		if a := r.Call("GET", path, ""); a.Status != http.StatusNotFound {
			t.Errorf("DJ-07 %s answers %d", path, a.Status)
		}
	}
	tokens := r.rp.Grant(r.b)
	for _, token := range []string{tokens.String("id_token"), tokens.String("access_token")} {
		if iss := idptest.Claims(t, token)["iss"]; iss != r.URL {
			t.Errorf("DJ-01: iss %v", iss)
		}
	}
}

// DJ-02: what the document lists is exactly what works. Each list is compared as a whole,
// so that a feature added here has to be exercised here too.
func TestDiscoveryIsHonest(t *testing.T) {
	r := newRig(t)
	d := r.Call("GET", wellKnown, "")
	for name, want := range map[string][]string{
		"response_types_supported":                         {"code"},
		"response_modes_supported":                         {"form_post", "form_post.jwt", "jwt", "query", "query.jwt"},                         // the signed ones are used in ja_test.go
		"grant_types_supported":                            {"authorization_code", "client_credentials", "refresh_token", oidc.GrantDeviceCode}, // the last is used in device_test.go
		"code_challenge_methods_supported":                 {"S256"},
		"subject_types_supported":                          {"pairwise", "public"}, // TestPairwise
		"prompt_values_supported":                          {"consent", "login", "none", "select_account"},
		"scopes_supported":                                 {"address", "email", "notify:withdrawal", "offline_access", "openid", "phone", "profile"},
		"token_endpoint_auth_methods_supported":            {"client_secret_basic", "client_secret_post", "none", "private_key_jwt"},
		"revocation_endpoint_auth_methods_supported":       {"client_secret_basic", "client_secret_post", "none", "private_key_jwt"},
		"introspection_endpoint_auth_methods_supported":    {"client_secret_basic", "client_secret_post", "private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": {"ES256", "EdDSA", "PS256", "RS256"},
		"id_token_signing_alg_values_supported":            {"ES256", "EdDSA", "PS256", "RS256"}, // ID-02
		"userinfo_signing_alg_values_supported":            {"ES256", "EdDSA", "PS256", "RS256"},
		"display_values_supported":                         {"page", "popup"},
		"dpop_signing_alg_values_supported":                {"ES256", "EdDSA", "PS256"},          // each is used in dp_test.go
		"request_object_signing_alg_values_supported":      {"ES256", "EdDSA", "PS256", "RS256"}, // each of these three is used in ja_test.go
		"authorization_signing_alg_values_supported":       {"ES256", "EdDSA", "PS256", "RS256"},
		"introspection_signing_alg_values_supported":       {"ES256", "EdDSA", "PS256", "RS256"},
	} {
		if got := d.Strings(name); !slices.Equal(got, want) {
			t.Errorf("DJ-02: %s is %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string]any{
		"authorization_response_iss_parameter_supported": true, "claims_parameter_supported": true,
		"request_parameter_supported": true, "request_uri_parameter_supported": false, // AZ-25: for clients registered for it; never an address
	} {
		if d.JSON[name] != want {
			t.Errorf("DJ-02: %s is %v, want %v", name, d.JSON[name], want)
		}
	}
	for _, name := range []string{
		"require_pushed_authorization_requests", "registration_endpoint", "backchannel_authentication_endpoint", "check_session_iframe",
		"tls_client_certificate_bound_access_tokens", "require_signed_request_object",
	} {
		if v, there := d.JSON[name]; there && v != false {
			t.Errorf("DJ-02: %s is published as %v", name, v)
		}
	}
	for _, name := range []string{ // what they promise is done in lo_back_test.go and lo_front_test.go
		"backchannel_logout_supported", "backchannel_logout_session_supported", "frontchannel_logout_supported", "frontchannel_logout_session_supported",
	} {
		if d.JSON[name] != true {
			t.Errorf("DJ-02: %s is not published", name)
		}
	}
	r.exerciseEndpoints(t, d)
	r.exerciseLists(t, d)
}

// exerciseEndpoints calls every URL of the document in the way its specification says.
func (r *rig) exerciseEndpoints(t *testing.T, d idptest.Answer) {
	t.Helper()
	tokens := r.rp.Grant(r.b)
	called := map[string]idptest.Answer{}
	path := func(name string) string {
		u, err := url.Parse(d.String(name))
		if err != nil || u.Scheme+"://"+u.Host != r.URL || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("DJ-02: %s is %q", name, d.String(name))
			return "/"
		}
		return u.Path
	}
	called["jwks_uri"] = r.Call("GET", path("jwks_uri"), "")
	called["userinfo_endpoint"] = r.Call("GET", path("userinfo_endpoint"), "", "Authorization", "Bearer "+tokens.String("access_token"))
	called["introspection_endpoint"] = r.rp.Post(path("introspection_endpoint"), "token", tokens.String("access_token"))
	called["revocation_endpoint"] = r.rp.Post(path("revocation_endpoint"), "token", tokens.String("access_token"))
	called["token_endpoint"] = r.rp.Post(path("token_endpoint"), "grant_type", "client_credentials")
	called["sekisho_redemption_endpoint"] = r.rp.Post(path("sekisho_redemption_endpoint"), "token", tokens.String("access_token")) // inactive: it is for no transaction
	called["device_authorization_endpoint"] = r.terminal("lobby", nil).Post(path("device_authorization_endpoint"), "scope", "openid")
	r.exercisePushing(t, path("pushed_authorization_request_endpoint"))
	called["pushed_authorization_request_endpoint"] = called["token_endpoint"]
	for name, a := range called {
		if a.Status != http.StatusOK {
			t.Errorf("DJ-02: %s answers %d %s", name, a.Status, a.Body)
		}
	}
	if page := r.b.Get(path("authorization_endpoint") + "?" + idptest.AuthorizeQuery("app", idptest.Redirect).Encode()); page.Response(t, idptest.Redirect).Get("code") == "" {
		t.Error("DJ-02: the authorization endpoint gives no code")
	}
	if page := r.b.Get(path("end_session_endpoint")); !page.Has("/logout/confirm") {
		t.Error("DJ-02: the end-session endpoint does not ask")
	}
	for name, v := range d.JSON {
		if s, ok := v.(string); ok && strings.HasPrefix(s, "http") && called[name].Status == 0 && !slices.Contains([]string{"issuer", "authorization_endpoint", "end_session_endpoint"}, name) {
			t.Errorf("DJ-02: %s is published and nothing here calls it", name)
		}
	}
}

// exerciseLists uses each listed algorithm, method and scope once.
func (r *rig) exerciseLists(t *testing.T, d idptest.Answer) {
	t.Helper()
	for _, alg := range d.Strings("userinfo_signing_alg_values_supported") {
		r.EditClient("app", func(c *idp.Client) { c.Metadata.UserinfoAlg, c.Metadata.IDTokenAlg = alg, alg })
		tokens := r.rp.Grant(r.b)
		signed, _ := r.Verified(r.Userinfo(tokens.String("access_token")).Body)
		if id, _ := r.Verified(tokens.String("id_token")); id.Algorithm != alg || signed.Algorithm != alg {
			t.Errorf("DJ-02: %s is listed, signed with %s and %s", alg, id.Algorithm, signed.Algorithm)
		}
	}
	r.EditClient("app", func(c *idp.Client) { c.Metadata.UserinfoAlg = "" })
	k := newKeyed(t, r, "keyed", nil)
	keyOf := map[string]any{"ES256": k.ec, "PS256": k.rsa, "RS256": k.rsa, "EdDSA": k.ed}
	kidOf := map[string]string{"ES256": "1", "PS256": "2", "RS256": "2", "EdDSA": "4"}
	for _, alg := range d.Strings("token_endpoint_auth_signing_alg_values_supported") {
		assertion := idptest.SignJWT(t, jose.SignatureAlgorithm(alg), keyOf[alg], k.claims(nil), "kid", kidOf[alg])
		if a := k.ask(assertion); a.Status != http.StatusOK {
			t.Errorf("DJ-02: client assertions with %s: %d %s", alg, a.Status, a.Body)
		}
	}
	for _, method := range d.Strings("token_endpoint_auth_methods_supported") {
		if method == idp.AuthPrivateKeyJWT {
			continue // just done
		}
		rp := r.NewRelyingParty("by-"+method, func(m *idp.ClientMetadata) {
			m.TokenEndpointAuthMethod, m.GrantTypes = method, []string{"authorization_code", "refresh_token"}
		})
		var extra []string
		if method == idp.AuthClientSecretPost {
			extra = []string{"client_id", rp.ID, "client_secret", rp.Secret}
			rp.Secret = ""
		}
		if a := rp.Exchange(rp.Code(r.b), extra...); a.Status != http.StatusOK {
			t.Errorf("DJ-02: %s: %d %s", method, a.Status, a.Body)
		}
	}
	for _, acr := range d.Strings("acr_values_supported") {
		page := r.b.Authorize("app", idptest.Redirect, "acr_values", acr, "prompt", "none")
		if code := page.Response(t, idptest.Redirect).Get("error"); !slices.Contains([]string{"", "interaction_required", "login_required", "unmet_authentication_requirements"}, code) {
			t.Errorf("DJ-02: acr %s answers %s", acr, page.Left)
		}
	}
	own := slices.DeleteFunc(d.Strings("scopes_supported"), func(s string) bool { return s == "notify:withdrawal" }) // exercised with its API
	all := strings.Join(own, " ")
	if got := strings.Fields(r.rp.Grant(r.b, "scope", all).String("scope")); len(got) != len(strings.Fields(all)) {
		t.Errorf("DJ-02: of %q only %q was granted", all, got)
	}
}

// DJ-03: the key set is public, unambiguous and strong.
func TestJWKS(t *testing.T) {
	r := newRig(t)
	a := r.Call("GET", "/jwks", "")
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal([]byte(a.Body), &set); err != nil || len(set.Keys) < 4 {
		t.Fatalf("DJ-03: %v %s", err, a.Body)
	}
	kids := map[any]bool{}
	for _, k := range set.Keys {
		for _, secret := range []string{"d", "p", "q", "dp", "dq", "qi", "k", "oth", "x5u", "jku"} {
			if _, there := k[secret]; there {
				t.Errorf("DJ-03: %v has %s", k["kid"], secret)
			}
		}
		if k["kid"] == nil || kids[k["kid"]] || k["use"] != "sig" || k["alg"] == nil {
			t.Errorf("DJ-03: kid %v, use %v, alg %v", k["kid"], k["use"], k["alg"])
		}
		kids[k["kid"]] = true
		if n, _ := k["n"].(string); k["kty"] == "RSA" && len(n) < 3072/6 {
			t.Errorf("DJ-03: an RSA key of about %d bits", len(n)*6)
		}
		if k["kty"] == "oct" || k["kty"] == "EC" && k["crv"] != "P-256" {
			t.Errorf("DJ-03: key type %v %v", k["kty"], k["crv"])
		}
	}
}

// DJ-04: a rotation breaks nothing: the new key is published before it signs, what the
// old one signed verifies until it has expired, and as a hint for ever.
func TestKeyRotation(t *testing.T) {
	r := newRig(t)
	old := r.rp.Grant(r.b)
	before, _ := r.Verified(old.String("id_token"))
	next, err := r.Ring.Rotate(t.Context(), before.Algorithm)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.Call("GET", "/jwks", "").Body, next.ID) {
		t.Fatal("DJ-04: the new key is not published")
	}
	if h, _ := r.Verified(r.rp.Grant(r.b).String("id_token")); h.KeyID != before.KeyID {
		t.Error("DJ-04: the new key signs before relying parties can know it")
	}
	r.Clock.Advance(r.Config.Tokens.KeyOverlap - 2*time.Minute)
	r.b = r.signedIn(r.taro)
	last := r.rp.Grant(r.b)
	r.Clock.Advance(2 * time.Minute)
	refresh(t, r)
	if h, _ := r.Verified(r.rp.Grant(r.b).String("id_token")); h.KeyID != next.ID {
		t.Errorf("DJ-04: signed with %s, want %s", h.KeyID, next.ID)
	}
	r.Verified(last.String("id_token"))
	if r.Userinfo(last.String("access_token")).Status != http.StatusOK {
		t.Error("DJ-04: what the old key signed is refused while it lives")
	}
	r.Clock.Advance(r.Config.Tokens.KeyKeepAfter + time.Second)
	refresh(t, r)
	if strings.Contains(r.Call("GET", "/jwks", "").Body, before.KeyID) {
		t.Error("DJ-04: the old key is still published")
	}
	r.b = r.signedIn(r.taro)
	r.rp.Grant(r.b, "id_token_hint", old.String("id_token"), "prompt", "none")
	page := r.b.Get("/logout?" + url.Values{"id_token_hint": {last.String("id_token")}, "post_logout_redirect_uri": {"https://rp.example/bye"}}.Encode())
	r.waits(t, page, "/logout/confirm") // of an earlier session: genuine, but it asks
	if left := r.b.Submit("/logout/confirm").Left; left != "https://rp.example/bye" {
		t.Errorf("DJ-04: the hint of a retired key leads to %q", left)
	}
}

func refresh(t *testing.T, r *rig) {
	t.Helper()
	if err := r.Ring.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// DJ-05: registered origins may read the protocol answers, without credentials; nobody
// else may, and nothing is reflected.
func TestCORSOfProtocolEndpoints(t *testing.T) {
	r := newRig(t)
	r.EditClient("app", func(c *idp.Client) { c.Metadata.AllowedOrigins = []string{"https://spa.example"} })
	r.Clock.Advance(3 * time.Second)
	for _, path := range []string{wellKnown, "/jwks", "/token", "/userinfo", "/revoke", "/introspect", "/notifications/withdrawal-requested"} {
		server := path == "/introspect" || path == "/notifications/withdrawal-requested" // no browser has business there
		for origin, allowed := range map[string]bool{
			"https://spa.example": true, "https://evil.example": false, "null": false, "https://spa.example.evil.example": false, "http://spa.example": false, "https://spa.example:8443": false, "HTTPS://SPA.EXAMPLE": false, "*": false,
		} {
			for _, method := range []string{"GET", "POST", "OPTIONS"} {
				a := r.Call(method, path, "", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization", "Cookie", "sekisho-session="+r.b.Cookie("sekisho-session"))
				want := map[bool]string{true: origin}[allowed && !server]
				if got := a.Header.Get("Access-Control-Allow-Origin"); got != want || a.Header.Get("Access-Control-Allow-Credentials") != "" || !server && !slices.Contains(a.Header.Values("Vary"), "Origin") {
					t.Errorf("DJ-05 %s %s from %s: allows %q, credentials %q, Vary %q", method, path, origin, got, a.Header.Get("Access-Control-Allow-Credentials"), a.Header.Values("Vary"))
				}
			}
		}
	}
}
