package provider_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

// registering is a rig whose provider lets clients register themselves, with the web site
// of their owner.
func registering(t *testing.T, edit func(*config.Registration)) (*rig, *idptest.Site) {
	t.Helper()
	site := idptest.NewSite(t)
	r := &rig{t: t, Provider: idptest.New(t, idptest.Options{Fetch: site.Fetch(), Edit: func(c *config.Config) {
		c.Registration.Policy, c.Registration.Profile, c.Registration.Rate = config.RegistrationOpen, "oidc", config.Rate{}
		c.Registration.Scopes = []string{"openid", "profile", "email", "address", "phone", "offline_access"}
		if edit != nil {
			edit(&c.Registration)
		}
	}})}
	r.rp = r.NewRelyingParty("app", nil)
	r.taro = r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.b = r.signedIn(r.taro)
	r.Clock.Advance(time.Minute)
	return r, site
}

// allow opens an authorization request, agrees where it is asked for, and returns the page.
func (r *rig) allow(c *idptest.Registered, pairs ...string) *idptest.Page {
	r.t.Helper()
	page := r.b.Authorize(c.ID, idptest.Redirect, pairs...)
	if page.Left == "" && page.Has("/consent") {
		page = r.b.Submit("/consent", "decision", "allow")
	}
	return page
}

// granted is allow up to the tokens.
func (r *rig) granted(c *idptest.Registered, pairs ...string) idptest.Answer {
	r.t.Helper()
	code := r.allow(c, pairs...).Response(r.t, idptest.Redirect).Get("code")
	tokens := c.Exchange(code)
	if tokens.Status != http.StatusOK {
		r.t.Fatalf("token endpoint: %d %s", tokens.Status, tokens.Body)
	}
	return tokens
}

func (r *rig) initialToken(edit func(*idp.InitialToken)) string {
	r.t.Helper()
	secret, now := idp.NewSecret(), r.Clock.Now()
	token := idp.InitialToken{ID: idp.NewID(), Hash: idp.HashSecret(secret), MaxUses: 2, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	if edit != nil {
		edit(&token)
	}
	if err := r.Store.CreateInitialToken(context.Background(), token, idp.Effects{}); err != nil {
		r.t.Fatal(err)
	}
	return secret
}

func minimal() map[string]any { return map[string]any{"redirect_uris": []string{idptest.Redirect}} }

// RFC 7591: what a client registers, what it is told, and what it cannot say. AD-04, CA-10,
// TL-03.
func TestRegistration(t *testing.T) {
	r, _ := registering(t, nil)
	sent := map[string]any{
		"redirect_uris": []string{idptest.Redirect}, "client_name": "Portal", "client_name#ja": "書類ポータル", "contacts": []string{"ops@rp.example"},
		"grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"}, "software_id": "portal", "software_version": "1",
		"scope": "openid email martian notify:withdrawal", "unknown_member": map[string]any{"x": 1}, "tos_uri": nil, "client_id": "mine", "client_secret": "mine",
		"sekisho_first_party": true, "sekisho_profile": "fapi2", "sekisho_resources": []string{"https://api.aoba.example"}, "sekisho_resource_server": []string{"https://api.aoba.example"},
		"sekisho_claims": map[string]string{"p": "permissions"}, "sekisho_access_token_lifetime": 3600, "sekisho_allowed_origins": []string{"https://evil.example"},
	}
	a := r.Register(sent)
	if a.Status != http.StatusCreated || a.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		t.Fatalf("%d %v %s", a.Status, a.Header, a.Body)
	}
	id, secret := a.String("client_id"), a.String("client_secret")
	if id == "mine" || len(secret) != 43 || a.JSON["client_secret_expires_at"] != 0.0 || a.JSON["client_id_issued_at"] == nil ||
		a.String("registration_client_uri") != r.URL+"/register/"+id || len(a.String("registration_access_token")) != 43 {
		t.Errorf("%s", a.Body)
	}
	if a.String("scope") != "openid email" || a.String("client_name#ja") != "書類ポータル" || a.String("token_endpoint_auth_method") != "client_secret_basic" ||
		a.String("id_token_signed_response_alg") != "RS256" || a.String("subject_type") != "public" || a.String("software_id") != "portal" {
		t.Errorf("%s", a.Body)
	}
	t.Run("AD-04 what an operator decides a client cannot say", func(t *testing.T) {
		for name := range a.JSON {
			if strings.HasPrefix(name, "sekisho_") || name == "unknown_member" {
				t.Errorf("%s is in the answer", name)
			}
		}
		c, err := r.Store.Client(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		m := c.Metadata
		if !c.Dynamic || m.FirstParty || m.ClientProfile != idp.ProfileOIDC || m.Resources != nil || m.ResourceServer != nil || m.Claims != nil || m.AccessTokenSeconds != 0 || m.AllowedOrigins != nil {
			t.Errorf("%+v", c)
		}
	})
	t.Run("TL-03 the database holds no secret", func(t *testing.T) {
		c, err := r.Store.Client(t.Context(), id)
		if err != nil || string(c.SecretHash) != string(idp.HashSecret(secret)) {
			t.Errorf("%v", err)
		}
	})
	t.Run("AD-04 the rules are those of an operator's client", func(t *testing.T) {
		for name, c := range map[string]struct {
			member string
			value  any
			want   string
		}{
			"no redirect URI": {"redirect_uris", []string{}, "invalid_redirect_uri"}, "AZ-04 http": {"redirect_uris", []string{"http://rp.example/cb"}, "invalid_redirect_uri"},
			"AZ-04 javascript": {"redirect_uris", []string{"javascript:alert(1)"}, "invalid_redirect_uri"}, "AZ-04 wildcard": {"redirect_uris", []string{"https://*.example/cb"}, "invalid_redirect_uri"},
			"wrong type": {"redirect_uris", "https://rp.example/cb", "invalid_client_metadata"}, "implicit": {"grant_types", []string{"implicit"}, "invalid_client_metadata"},
			"TK-16 a client's own tokens": {"grant_types", []string{"authorization_code", "client_credentials"}, "invalid_client_metadata"},
			"the device grant":            {"grant_types", []string{"authorization_code", "urn:ietf:params:oauth:grant-type:device_code"}, "invalid_client_metadata"},
			"id_token":                    {"response_types", []string{"id_token"}, "invalid_client_metadata"}, "a key that signs": {"token_endpoint_auth_method", "private_key_jwt", "invalid_client_metadata"},
			"client_secret_jwt": {"token_endpoint_auth_method", "client_secret_jwt", "invalid_client_metadata"}, "jwks_uri http": {"jwks_uri", "http://rp.example/jwks", "invalid_client_metadata"},
			"no scope left": {"scope", "martian", "invalid_client_metadata"}, "ID-07 userinfo alg": {"userinfo_signed_response_alg", "none", "invalid_client_metadata"},
			"logo javascript": {"logo_uri", "javascript:alert(1)", "invalid_client_metadata"}, "policy http": {"policy_uri", "http://rp.example/p", "invalid_client_metadata"},
			"oidcc-3rd_party-init-login-nohttps": {"initiate_login_uri", "http://rp.example/login", "invalid_client_metadata"}, "name": {"client_name", "a\u202eb", "invalid_client_metadata"},
			"subject type": {"subject_type", "secret", "invalid_client_metadata"},
		} {
			m := minimal()
			m[c.member] = c.value
			if a := r.Register(m); a.Status != http.StatusBadRequest || a.String("error") != c.want || a.String("error_description") == "" || a.JSON["client_id"] != nil {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
	})
	t.Run("oidcc-3rd_party-init-login", func(t *testing.T) {
		m := minimal()
		m["initiate_login_uri"] = "https://rp.example/login"
		if a := r.Register(m); a.Status != http.StatusCreated || a.String("initiate_login_uri") != "https://rp.example/login" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	for name, c := range map[string]struct {
		body, media string
		status      int
	}{
		"no JSON": {"redirect_uris=x", "application/json", 400}, "IN-06 a member twice": {`{"scope":"openid","scope":"openid"}`, "application/json", 400}, "a list": {`[]`, "application/json", 400},
		"null": {`null`, "application/json", 400}, "a form": {"a=b", "application/x-www-form-urlencoded", 415}, "IN-02 too long": {`{"scope":"` + strings.Repeat("a", 70_000) + `"}`, "application/json", 413},
	} {
		if a := r.Call("POST", "/register", c.body, "Content-Type", c.media); a.Status != c.status || a.String("error") == "" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if a := r.Call("GET", "/register", ""); a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "POST" || a.String("error") == "" {
		t.Errorf("GET: %d %v", a.Status, a.Header)
	}
	if a := r.Call("POST", "/register/"+id, ""); a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "DELETE, GET, HEAD, PUT" || a.String("error") == "" {
		t.Errorf("POST: %d %v %s", a.Status, a.Header, a.Body)
	}
}

// The policy: off, with a token, or open; and how many and how often.
func TestRegistrationPolicy(t *testing.T) {
	t.Run("DJ-02 off: no endpoint, and discovery says nothing of one", func(t *testing.T) {
		r := newRig(t)
		if a := r.Register(minimal()); a.Status != http.StatusNotFound {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if d := r.Call("GET", wellKnown, ""); d.JSON["registration_endpoint"] != nil {
			t.Errorf("%s", d.Body)
		}
	})
	r, _ := registering(t, func(c *config.Registration) { c.Policy, c.MaxClients = config.RegistrationToken, 4 })
	if d := r.Call("GET", wellKnown, ""); d.String("registration_endpoint") != r.URL+"/register" {
		t.Errorf("DJ-02: %v", d.JSON["registration_endpoint"])
	}
	refused := func(t *testing.T, a idptest.Answer, challenge string) {
		t.Helper()
		if a.Status != http.StatusUnauthorized || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), challenge) || a.JSON["client_id"] != nil {
			t.Errorf("%d %q %s", a.Status, a.Header.Get("WWW-Authenticate"), a.Body)
		}
	}
	bearer := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
	if a := r.Register(minimal()); a.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("%d %v", a.Status, a.Header)
	}
	refused(t, r.Register(minimal()), "Bearer")
	refused(t, r.Register(minimal(), "Authorization", "Basic eDp5"), `Bearer error="invalid_token"`)
	refused(t, r.Register(minimal(), bearer(idp.NewSecret())...), `Bearer error="invalid_token"`)
	refused(t, r.Register(minimal(), bearer(r.rp.Grant(r.b).String("access_token"))...), `Bearer error="invalid_token"`)
	t.Run("expired and revoked", func(t *testing.T) {
		refused(t, r.Register(minimal(), bearer(r.initialToken(func(t *idp.InitialToken) { t.ExpiresAt = r.Clock.Now() }))...), `Bearer error="invalid_token"`)
		refused(t, r.Register(minimal(), bearer(r.initialToken(func(t *idp.InitialToken) { t.RevokedAt = r.Clock.Now() }))...), `Bearer error="invalid_token"`)
	})
	t.Run("as often as it says, within what it says", func(t *testing.T) {
		token := r.initialToken(func(t *idp.InitialToken) { t.Scope, t.Profile = "openid", idp.ProfileOAuth21 })
		bad := minimal()
		bad["grant_types"] = []string{"password"}
		if a := r.Register(bad, bearer(token)...); a.String("error") != "invalid_client_metadata" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		for range 2 {
			m := minimal()
			m["scope"] = "openid email"
			a := r.Register(m, bearer(token)...)
			c, err := r.Store.Client(t.Context(), a.String("client_id"))
			if a.Status != http.StatusCreated || a.String("scope") != "openid" || err != nil || c.Metadata.ClientProfile != idp.ProfileOAuth21 {
				t.Errorf("%d %s %v", a.Status, a.Body, err)
			}
		}
		refused(t, r.Register(minimal(), bearer(token)...), `Bearer error="invalid_token"`)
	})
	t.Run("no more than there may be", func(t *testing.T) {
		token := r.initialToken(func(t *idp.InitialToken) { t.MaxUses = 9 })
		for range 2 {
			if a := r.Register(minimal(), bearer(token)...); a.Status != http.StatusCreated {
				t.Errorf("%d %s", a.Status, a.Body)
			}
		}
		if a := r.Register(minimal(), bearer(token)...); a.Status != http.StatusForbidden || a.JSON["client_id"] != nil {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("and no more often", func(t *testing.T) {
		r, _ := registering(t, func(c *config.Registration) { c.Rate = config.Rate{Every: time.Minute, Burst: 3} })
		for range 3 {
			r.Register(minimal())
		}
		if a := r.Register(minimal()); a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" || a.String("error") == "" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
}

// RFC 7592: reading, changing and deleting a registration, by its own token alone.
func TestRegistrationManagement(t *testing.T) {
	r, _ := registering(t, nil)
	c := r.Registers("tos_uri", "https://rp.example/tos", "grant_types", []string{"authorization_code", "refresh_token"}, "scope", "openid email")
	other := r.Registers()
	unauthorized := func(t *testing.T, name string, a idptest.Answer) {
		t.Helper()
		if a.Status != http.StatusUnauthorized || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer") || a.JSON["client_id"] != nil {
			t.Errorf("%s: %d %q %s", name, a.Status, a.Header.Get("WWW-Authenticate"), a.Body)
		}
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		unauthorized(t, method+" without a token", r.Call(method, c.Location, ""))
		unauthorized(t, method+" with another client's", r.Call(method, c.Location, "", "Authorization", "Bearer "+other.Token))
		unauthorized(t, method+" of an operator's client", r.Call(method, "/register/app", "", "Authorization", "Bearer "+c.Token))
		unauthorized(t, method+" of nobody", r.Call(method, "/register/none", "", "Authorization", "Bearer "+c.Token))
		unauthorized(t, method+" with the token in the query", r.Call(method, c.Location+"?access_token="+c.Token, ""))
	}
	read := c.Manage("GET", nil)
	if read.Status != http.StatusOK || read.String("tos_uri") != "https://rp.example/tos" || read.JSON["client_secret"] != nil || read.String("registration_access_token") != c.Token || read.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", read.Status, read.Body)
	}
	change := func(edit func(m map[string]any)) map[string]any {
		m := map[string]any{"client_id": c.ID, "redirect_uris": []string{idptest.Redirect}, "client_name": "Renamed", "grant_types": []string{"authorization_code", "refresh_token"}}
		if edit != nil {
			edit(m)
		}
		return m
	}
	for name, edit := range map[string]func(map[string]any){
		"no client_id": func(m map[string]any) { delete(m, "client_id") }, "another client_id": func(m map[string]any) { m["client_id"] = other.ID },
		"another secret": func(m map[string]any) { m["client_secret"] = idp.NewSecret() }, "its own token": func(m map[string]any) { m["registration_access_token"] = c.Token },
		"its own address": func(m map[string]any) { m["registration_client_uri"] = "x" }, "a time": func(m map[string]any) { m["client_secret_expires_at"] = 1 },
		"a bad redirect URI": func(m map[string]any) { m["redirect_uris"] = []string{"http://rp.example/cb"} },
	} {
		if a := c.Manage("PUT", change(edit)); a.Status != http.StatusBadRequest || a.String("error") == "" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	tokens := r.granted(c)
	t.Run("a member left out is gone, the token is another, the secret stays", func(t *testing.T) {
		a := c.Manage("PUT", change(func(m map[string]any) { m["client_secret"] = c.Secret }))
		if a.Status != http.StatusOK || a.String("client_name") != "Renamed" || a.JSON["tos_uri"] != nil || a.JSON["client_secret"] != nil || a.String("scope") != "openid email" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		unauthorized(t, "the old token", c.Manage("GET", nil))
		c.Token = a.String("registration_access_token")
		if a := c.Manage("GET", nil); a.Status != http.StatusOK || a.String("client_name") != "Renamed" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if !c.Active(tokens.String("access_token")) {
			t.Error("a change of name ended what was granted")
		}
	})
	t.Run("CN-03 a new name asks the customer again", func(t *testing.T) {
		if page := r.b.Authorize(c.ID, idptest.Redirect); !page.Has("/consent") {
			t.Errorf("%d %s", page.Status, page.Left)
		}
	})
	t.Run("AD-04 what an operator decided stays", func(t *testing.T) {
		r.EditClient(c.ID, func(c *idp.Client) { c.Metadata.Claims = map[string]string{"p": "permissions"} })
		a := c.Manage("PUT", change(func(m map[string]any) { m["sekisho_claims"] = map[string]string{} }))
		c.Token = a.String("registration_access_token")
		held, err := r.Store.Client(t.Context(), c.ID)
		if a.Status != http.StatusOK || err != nil || held.Metadata.Claims["p"] != "permissions" || held.Metadata.ClientProfile != idp.ProfileOIDC {
			t.Errorf("%d %s %+v", a.Status, a.Body, held)
		}
	})
	t.Run("a client that goes from a key to a secret gets one", func(t *testing.T) {
		public := r.Registers("token_endpoint_auth_method", "none")
		if public.Secret != "" {
			t.Error("a public client got a secret")
		}
		a := public.Manage("PUT", map[string]any{"client_id": public.ID, "redirect_uris": []string{idptest.Redirect}})
		if a.Status != http.StatusOK || len(a.String("client_secret")) != 43 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("a disabled client manages nothing", func(t *testing.T) {
		r.EditClient(other.ID, func(c *idp.Client) { c.Disabled = true })
		unauthorized(t, "disabled", other.Manage("GET", nil))
	})
	t.Run("deleted with all that was granted", func(t *testing.T) {
		if a := c.Manage("DELETE", nil); a.Status != http.StatusNoContent || a.Body != "" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		unauthorized(t, "read", c.Manage("GET", nil))
		unauthorized(t, "deleted again", c.Manage("DELETE", nil))
		if a := r.Userinfo(tokens.String("access_token")); a.Status != http.StatusUnauthorized {
			t.Errorf("the token lives on: %d", a.Status)
		}
		r.onPage(t, r.b.Authorize(c.ID, idptest.Redirect))
	})
}

// RFC 7591 section 2.3: who is believed, what is signed, and that it goes before the request.
func TestSoftwareStatements(t *testing.T) {
	site := idptest.NewSite(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var published any
	if err := json.Unmarshal(idptest.PublicJWKS(t, key), &published); err != nil {
		t.Fatal(err)
	}
	address := site.Put(t, "/jwks", published)
	p := idptest.New(t, idptest.Options{Fetch: site.Fetch(), Edit: func(c *config.Config) {
		c.Registration.Policy, c.Registration.Rate, c.Registration.RequireStatement = config.RegistrationOpen, config.Rate{}, true
		c.Registration.Statements = map[string]config.StatementIssuer{"directory": {Issuer: "https://directory.example", JWKSURI: address}}
	}})
	claims := func(edit func(map[string]any)) map[string]any {
		c := map[string]any{"iss": "https://directory.example", "iat": p.Clock.Now().Unix(), "software_id": "portal", "client_name": "By the directory", "redirect_uris": []string{idptest.Redirect}}
		if edit != nil {
			edit(c)
		}
		return c
	}
	with := func(statement string) map[string]any {
		return map[string]any{"software_statement": statement, "client_name": "By itself", "redirect_uris": []string{"https://evil.example/cb"}}
	}
	statement := idptest.SignJWT(t, jose.ES256, key, claims(nil), "kid", "1")
	a := p.Register(with(statement))
	if a.Status != http.StatusCreated || a.String("client_name") != "By the directory" || strings.Contains(a.Body, "evil.example") || a.String("software_statement") != statement || a.String("software_id") != "portal" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	t.Run("an update stays within it", func(t *testing.T) {
		body, _ := json.Marshal(map[string]any{"client_id": a.String("client_id"), "redirect_uris": []string{"https://evil.example/cb"}})
		got := p.Call("PUT", "/register/"+a.String("client_id"), string(body), "Content-Type", "application/json", "Authorization", "Bearer "+a.String("registration_access_token"))
		if got.Status != http.StatusOK || strings.Contains(got.Body, "evil.example") || got.String("client_name") != "By the directory" {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	})
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ statement, want string }{
		"by another key":    {idptest.SignJWT(t, jose.ES256, stranger, claims(nil), "kid", "1"), "invalid_software_statement"},
		"an unknown kid":    {idptest.SignJWT(t, jose.ES256, key, claims(nil), "kid", "9"), "invalid_software_statement"},
		"unsigned":          {idptest.Unsigned(t, map[string]any{"alg": "none"}, claims(nil), ""), "invalid_software_statement"},
		"no JWT":            {"x", "invalid_software_statement"},
		"expired":           {idptest.SignJWT(t, jose.ES256, key, claims(func(c map[string]any) { c["exp"] = p.Clock.Now().Add(-2 * time.Minute).Unix() }), "kid", "1"), "invalid_software_statement"},
		"not yet":           {idptest.SignJWT(t, jose.ES256, key, claims(func(c map[string]any) { c["nbf"] = p.Clock.Now().Add(2 * time.Minute).Unix() }), "kid", "1"), "invalid_software_statement"},
		"another kind":      {idptest.SignJWT(t, jose.ES256, key, claims(nil), "kid", "1", "typ", "at+jwt"), "invalid_software_statement"},
		"another issuer":    {idptest.SignJWT(t, jose.ES256, key, claims(func(c map[string]any) { c["iss"] = "https://evil.example" }), "kid", "1"), "unapproved_software_statement"},
		"nobody's":          {idptest.SignJWT(t, jose.ES256, key, claims(func(c map[string]any) { delete(c, "iss") }), "kid", "1"), "unapproved_software_statement"},
		"AD-04 a privilege": {idptest.SignJWT(t, jose.ES256, key, claims(func(c map[string]any) { c["redirect_uris"] = []string{"http://rp.example/cb"} }), "kid", "1"), "invalid_redirect_uri"},
	} {
		if a := p.Register(with(c.statement)); a.Status != http.StatusBadRequest || a.String("error") != c.want {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	without := with("")
	delete(without, "software_statement")
	if a := p.Register(without); a.Status != http.StatusBadRequest || a.String("error") != "unapproved_software_statement" {
		t.Errorf("none: %d %s", a.Status, a.Body)
	}
	notText := maps.Clone(without)
	notText["software_statement"] = 1
	if a := p.Register(notText); a.String("error") != "invalid_software_statement" {
		t.Errorf("a number: %d %s", a.Status, a.Body)
	}
	if asked := site.Asked("/jwks"); asked > 3 {
		t.Errorf("CA-09: the keys were fetched %d times", asked)
	}
}

// AZ-28, AZ-32: a client that registered itself is a stranger: it is shown as one, and an
// error before sign-in leads nowhere by itself.
func TestRegisteredStranger(t *testing.T) {
	r, _ := registering(t, nil)
	c := r.Registers("client_name", "Aoba Trade", "policy_uri", "https://rp.example/policy", "tos_uri", "https://aoba.example/terms", "logo_uri", "https://rp.example/logo.png")
	page := r.b.Authorize(c.ID, idptest.Redirect)
	if !page.Has("/consent") || !strings.Contains(page.Body, "stranger") || !strings.Contains(page.Body, "https://rp.example/policy") {
		t.Errorf("AZ-32: %d %s", page.Status, page.Body)
	}
	if strings.Contains(page.Body, "aoba.example/terms") || strings.Contains(page.Body, "logo.png") {
		t.Error("AZ-32: a page of somebody else's host, or a foreign picture, speaks for the client")
	}
	before := r.NewBrowser().Authorize(c.ID, idptest.Redirect, "scope", "openid offline_access notify:withdrawal")
	r.onPage(t, before)
	if !strings.Contains(before.Body, "invalid_scope") || !strings.Contains(before.Body, "rp.example") {
		t.Errorf("AZ-28: %s", before.Body)
	}
}
