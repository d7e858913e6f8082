package provider_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/clientauth"
	"sekisho/idp/idptest"
	"sekisho/storage/storagetest"
)

// TK-12: everything that opens something is 128 bits or more of chance, never twice the
// same, no UUID, and the database holds none of it.
func TestWhatOpensSomethingIsNotKept(t *testing.T) {
	file := storagetest.SQLiteURL(t)
	store := storagetest.Open(t, file)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, Provider: idptest.New(t, idptest.Options{Store: store, Edit: func(c *config.Config) {
		c.Registration.Policy, c.Registration.Rate = config.RegistrationOpen, config.Rate{}
	}})}
	r.rp = r.NewRelyingParty("app", nil)
	r.taro = r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	secrets := map[string][]string{}
	note := func(kind, value string) { secrets[kind] = append(secrets[kind], value) }
	for range 3 {
		b := r.NewBrowser()
		var pairs []string
		for name, values := range idptest.AuthorizeQuery("app", idptest.Redirect) {
			pairs = append(pairs, name, values[0])
		}
		uri := r.rp.Post("/par", pairs...).String("request_uri")
		note("request_uri", strings.TrimPrefix(uri, "urn:ietf:params:oauth:request_uri:"))
		b.Get("/authorize?" + url.Values{"client_id": {"app"}, "request_uri": {uri}}.Encode())
		for _, c := range cookiesOf(t, b) {
			if c.Name != "sekisho-lang" {
				note("cookie "+c.Name, c.Value)
			}
		}
		r.Clock.Advance(31 * time.Second)
		code := b.PasswordSignIn(r.Provider, r.taro).Response(t, idptest.Redirect).Get("code")
		note("code", code)
		note("cookie sekisho-session", b.Cookie("sekisho-session"))
		tokens := r.rp.Exchange(code)
		note("refresh_token", tokens.String("refresh_token"))
		c := r.Registers()
		note("client_secret", c.Secret)
		note("registration_access_token", c.Token)
	}
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-`)
	cells := idptest.Cells(t, file)
	for _, kind := range []string{"request_uri", "code", "refresh_token", "client_secret", "registration_access_token", "cookie sekisho-session"} {
		if len(secrets[kind]) < 3 {
			t.Errorf("TK-12: only %d of %s", len(secrets[kind]), kind)
		}
	}
	for kind, values := range secrets {
		for i, value := range values {
			// a cookie may carry more than its secret; none of its parts may be too short
			raw, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer(".", "", "~", "").Replace(value))
			if err != nil || len(raw) < 16 || uuid.MatchString(value) {
				t.Errorf("TK-12: %s %q holds %d bytes: %v", kind, value, len(raw), err)
			}
			if slices.Contains(values[i+1:], value) {
				t.Errorf("TK-12: %s comes twice", kind)
			}
			for _, c := range cells {
				if bytes.Contains(c.Value, []byte(value)) || len(raw) >= 16 && bytes.Contains(c.Value, raw) {
					t.Errorf("TK-12: %s stands in %s.%s", kind, c.Table, c.Column)
				}
			}
		}
	}
}

func cookiesOf(t *testing.T, b *idptest.Browser) []*http.Cookie {
	t.Helper()
	u, err := url.Parse(b.Origin)
	if err != nil {
		t.Fatal(err)
	}
	return b.Client.Jar.Cookies(u)
}

// TK-08: no answer of a protocol endpoint, good or bad, is kept by anybody, and what has a
// body is JSON.
func TestAnswersAreNotKept(t *testing.T) {
	r := newRig(t)
	tokens := r.rp.Grant(r.b)
	form := idptest.AuthorizeQuery("app", idptest.Redirect)
	basic := []string{"Authorization", basicOf(r.rp)}
	access := tokens.String("access_token")
	for name, a := range map[string]idptest.Answer{
		"token": tokens, "token refused": r.rp.Post("/token", "grant_type", "x"), "token, another method": r.Call("GET", "/token", ""),
		"par": r.PostForm("/par", form, basic...), "par refused": r.PostForm("/par", form), "par, another method": r.Call("GET", "/par", ""),
		"introspection": r.rp.Post("/introspect", "token", access), "introspection of nothing": r.rp.Post("/introspect", "token", "x"), "introspection refused": r.PostForm("/introspect", url.Values{"token": {access}}),
		"userinfo": r.Userinfo(access), "userinfo refused": r.Userinfo("x"), "userinfo without a token": r.Call("GET", "/userinfo", ""),
		"revocation": r.rp.Post("/revoke", "token", "x"), "revocation refused": r.PostForm("/revoke", url.Values{"token": {access}}),
		"redemption": r.rp.Post("/transactions/redeem", "token", "x"), "redemption refused": r.PostForm("/transactions/redeem", url.Values{"token": {access}}),
	} {
		kind := a.Header.Get("Content-Type")
		if a.Header.Get("Cache-Control") != "no-store" || a.Body != "" && !strings.EqualFold(kind, "application/json;charset=utf-8") {
			t.Errorf("TK-08: %s: %q %q", name, a.Header.Get("Cache-Control"), kind)
		}
	}
}

// CA-05: used at one endpoint, an assertion is used up at all of them.
func TestAssertionServesOneEndpoint(t *testing.T) {
	r := newRig(t)
	k := newKeyed(t, r, "keyed", nil)
	at := map[string]url.Values{
		"/token": {"grant_type": {"client_credentials"}}, "/par": idptest.AuthorizeQuery("keyed", idptest.Redirect),
		"/introspect": {"token": {"x"}}, "/revoke": {"token": {"x"}}, "/transactions/redeem": {"token": {"x"}},
	}
	for first := range at {
		once := k.assertion(t, nil)
		ask := func(path string) idptest.Answer {
			return r.PostForm(path, plus(at[path], "client_assertion", once, "client_assertion_type", clientauth.AssertionType))
		}
		if a := ask(first); a.Status/100 != 2 {
			t.Errorf("CA-05: %s: %d %s", first, a.Status, a.Body)
		}
		for path := range at {
			r.Clock.Advance(2 * time.Second)
			if a := ask(path); a.Status != http.StatusUnauthorized || a.String("error") != "invalid_client" {
				t.Errorf("CA-05: used at %s, then at %s: %d %s", first, path, a.Status, a.Body)
			}
		}
		r.Clock.Advance(2 * time.Minute)
	}
}

// IN-01, IN-02, IN-03: what no form of a protocol endpoint may be.
func TestProtocolFormsAreStrict(t *testing.T) {
	r := newRig(t)
	form := idptest.AuthorizeQuery("app", idptest.Redirect)
	form.Set("grant_type", "client_credentials")
	form.Set("token", "x")
	for _, path := range []string{"/token", "/par", "/introspect", "/revoke", "/transactions/redeem"} {
		send := func(query, body string, headers ...string) idptest.Answer {
			return r.Call("POST", path+query, body, append([]string{"Content-Type", formMedia, "Authorization", basicOf(r.rp)}, headers...)...)
		}
		body := form.Encode()
		if path != "/par" {
			body = url.Values{"grant_type": {"client_credentials"}, "token": {"x"}}.Encode()
		}
		if a := send("", body); a.Status/100 != 2 {
			t.Fatalf("%s: %d %s", path, a.Status, a.Body)
		}
		for name, c := range map[string]struct {
			got  idptest.Answer
			want int
		}{
			"IN-01 once in the address, once in the body": {send("?token=x&grant_type=client_credentials", body), 400},
			"IN-01 twice":                      {send("", body+"&token=x&grant_type=client_credentials"), 400},
			"IN-01 an array":                   {send("", body+"&resource[]=https://api.example"), 400},
			"IN-01 a numbered array":           {send("", body+"&resource[0]=https://api.example"), 400},
			"IN-01 in other letters":           {send("", body+"&Token=x"), 400},
			"IN-01 with a space":               {send("", body+"&token%20=x"), 400},
			"IN-02 more than 64 KiB":           {send("", body+"&x="+strings.Repeat("x", 65<<10)), 413},
			"IN-02 ten thousand fields":        {send("", body+strings.Repeat("&token=x", 10000)), 413},
			"IN-02 an address beyond 8 KiB":    {send("?x="+strings.Repeat("x", 9<<10), body), 414},
			"IN-02 a header beyond 16 KiB":     {send("", body, "X-Long", strings.Repeat("x", 33<<10)), 431},
			"IN-03 compressed":                 {send("", body, "Content-Encoding", "gzip"), 415},
			"IN-03 compressed, in other words": {send("", body, "Content-Encoding", "br"), 415},
		} {
			if c.got.Status != c.want || c.want != 431 && c.got.String("error") != "invalid_request" {
				t.Errorf("%s at %s: %d %s, want %d", name, path, c.got.Status, c.got.Body, c.want)
			}
		}
	}
}

// encrypted are JWEs that cost the more the further they are looked into.
func encrypted() map[string]string {
	part := base64.RawURLEncoding.EncodeToString
	out := map[string]string{}
	for name, header := range map[string]string{
		"IN-03 compressed":                 `{"alg":"dir","enc":"A256GCM","zip":"DEF"}`,
		"IN-03 a million rounds of PBKDF2": `{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":100000000,"p2s":"c2FsdHNhbHRzYWx0"}`,
		"IN-03 RSA1_5":                     `{"alg":"RSA1_5","enc":"A128CBC-HS256","kid":"1"}`,
	} {
		out[name] = part([]byte(header)) + "." + strings.Repeat(part([]byte("0123456789abcdef"))+".", 3) + "AAAA"
	}
	return out
}

// IN-02, IN-03: a JWT that is too long or encrypted is refused wherever one is taken, with
// the error of a bad one.
func TestCostlyJWTsAreRefused(t *testing.T) {
	r := newRig(t)
	k := newKeyed(t, r, "keyed", func(m *idp.ClientMetadata) { m.RequestObjectAlg = "ES256" })
	jwts := encrypted()
	jwts["IN-02 17 KiB"] = idptest.SignJWT(t, jose.ES256, k.ec, k.claims(func(c map[string]any) { c["x"] = strings.Repeat("x", 17<<10) }), "kid", "1")
	for name, jwt := range jwts {
		t.Run(name, func(t *testing.T) {
			r.Clock.Advance(11 * time.Second)
			refused := "invalid_client"
			grantRefused(t, k.ask(jwt, "client_id", "keyed"), refused)
			refusedAs(t, k.pushObject(jwt), "invalid_request_object")
			refusedAs(t, k.push("id_token_hint", jwt), "invalid_request")
			refusedAs(t, r.PostForm("/token", url.Values{"grant_type": {"client_credentials"}}, "Authorization", basicOf(r.rp), "DPoP", jwt), "invalid_dpop_proof")
			if a := r.rp.Post("/introspect", "token", jwt); a.JSON["active"] != false {
				t.Errorf("introspection: %s", a.Body)
			}
			if a := r.Userinfo(jwt); a.Status/100 != 4 {
				t.Errorf("userinfo: %d %s", a.Status, a.Body)
			}
			if page := r.b.Post("/logout", url.Values{"id_token_hint": {jwt}, "post_logout_redirect_uri": {bye}}); page.Left != "" || !r.alive(t, r.b) {
				t.Errorf("logout: %d to %q", page.Status, page.Left)
			}
		})
	}
}

// JA-01: the client's own secret signs no request object.
func TestRequestObjectSignedWithTheSecret(t *testing.T) {
	r := newRig(t)
	k := newKeyed(t, r, "unused", nil)
	rp := r.NewRelyingParty("secretive", func(m *idp.ClientMetadata) {
		m.JWKS, m.RequireSignedRequest = idptest.PublicJWKS(t, k.ec), true
	})
	k.id = rp.ID
	object := idptest.SignJWT(t, jose.HS256, []byte(rp.Secret), k.objectClaims(nil))
	refusedAs(t, rp.Post("/par", "request", object), "invalid_request_object")
	r.refused(t, r.b.Authorize(rp.ID, idptest.Redirect, "request", object), "invalid_request_object")
	if a := rp.Post("/par", "request", k.object(nil)); a.Status != http.StatusCreated {
		t.Errorf("JA-01: its key: %d %s", a.Status, a.Body)
	}
}
