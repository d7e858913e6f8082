package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// What is wrong with a request is told to the relying party, with state and iss, and no
// token ever travels in a URL. The customer is signed in, so nothing else stops a code.
func TestRefusedAuthorizationRequests(t *testing.T) {
	r := newRig(t)
	public := func(m *idp.ClientMetadata) {
		m.TokenEndpointAuthMethod, m.GrantTypes = idp.AuthNone, []string{"authorization_code", "refresh_token"}
	}
	r.NewRelyingParty("public", public)
	r.NewRelyingParty("legacy", func(m *idp.ClientMetadata) { m.ClientProfile, m.Scope = idp.ProfileOIDC, "openid email" })
	challenge := idptest.Challenge(idptest.Verifier)
	for _, c := range []struct {
		name, client, want string
		pairs              []string
	}{
		{"AZ-05 token", "app", "unsupported_response_type", []string{"response_type", "token"}},
		{"AZ-05 id_token", "app", "unsupported_response_type", []string{"response_type", "id_token"}},
		{"AZ-05 hybrid", "app", "unsupported_response_type", []string{"response_type", "code id_token"}},
		{"AZ-05 hybrid with token", "app", "unsupported_response_type", []string{"response_type", "code token"}},
		{"AZ-05 none", "app", "unsupported_response_type", []string{"response_type", "none"}},
		{"AZ-05 code in capitals", "app", "unsupported_response_type", []string{"response_type", "CODE"}},
		{"AZ-05 code twice", "app", "unsupported_response_type", []string{"response_type", "code code"}},
		{"AZ-06 missing", "app", "invalid_request", []string{"response_type", ""}},
		{"AZ-07 a public client without challenge", "public", "invalid_request", []string{"code_challenge", "", "code_challenge_method", ""}},
		{"AZ-07 a confidential client without challenge", "app", "invalid_request", []string{"code_challenge", "", "code_challenge_method", ""}},
		{"AZ-07 plain", "public", "invalid_request", []string{"code_challenge_method", "plain"}},
		{"AZ-07 method omitted", "public", "invalid_request", []string{"code_challenge_method", ""}},
		{"AZ-07 method in small letters", "public", "invalid_request", []string{"code_challenge_method", "s256"}},
		{"AZ-07 method without challenge", "legacy", "invalid_request", []string{"code_challenge", ""}},
		{"AZ-07 challenge too short", "public", "invalid_request", []string{"code_challenge", challenge[:42]}},
		{"AZ-07 challenge too long", "public", "invalid_request", []string{"code_challenge", challenge + "A"}},
		{"AZ-07 challenge padded", "public", "invalid_request", []string{"code_challenge", challenge[:42] + "="}},
		{"AZ-07 challenge not base64url", "public", "invalid_request", []string{"code_challenge", challenge[:42] + "+"}},
		{"AZ-07 plain of an optional client", "legacy", "invalid_request", []string{"code_challenge_method", "plain"}},
		{"AZ-18 none with login", "app", "invalid_request", []string{"prompt", "none login"}},
		{"AZ-18 none with consent", "app", "invalid_request", []string{"prompt", "consent none"}},
		{"AZ-18 none with select_account", "app", "invalid_request", []string{"prompt", "none select_account"}},
		{"AZ-20 negative", "app", "invalid_request", []string{"max_age", "-1"}},
		{"AZ-20 fraction", "app", "invalid_request", []string{"max_age", "1.5"}},
		{"AZ-20 word", "app", "invalid_request", []string{"max_age", "soon"}},
		{"AZ-20 signed", "app", "invalid_request", []string{"max_age", "+60"}},
		{"AZ-20 exponent", "app", "invalid_request", []string{"max_age", "1e3"}},
		{"AZ-20 space", "app", "invalid_request", []string{"max_age", " 60"}},
		{"AZ-20 64 bits and more", "app", "invalid_request", []string{"max_age", "18446744073709551616"}},
		{"AZ-20 more than a duration holds", "app", "invalid_request", []string{"max_age", "9223372036854775807"}},
		{"AZ-25 request object", "app", "request_not_supported", []string{"request", "eyJhbGciOiJub25lIn0.e30."}},
		{"AZ-25 request_uri", "app", "request_uri_not_supported", []string{"request_uri", "https://rp.example/object"}},
		{"AZ-25 request_uri of another kind", "app", "request_uri_not_supported", []string{"request_uri", "urn:example:request_uri:x"}},
		{"AZ-30 fragment", "app", "invalid_request", []string{"response_mode", "fragment"}},
		{"AZ-30 unknown mode", "app", "invalid_request", []string{"response_mode", "web_message"}},
		{"AZ-34 another resource", "app", "invalid_target", []string{"resource", "https://other.example"}},
		{"AZ-34 a resource below ours", "app", "invalid_target", []string{"resource", idptest.API + "/x"}},
		{"AZ-34 fragment", "app", "invalid_target", []string{"resource", idptest.API + "#x"}},
		{"AZ-34 relative", "app", "invalid_target", []string{"resource", "/api"}},
		{"AZ-35 a scope of others", "legacy", "invalid_scope", []string{"scope", "openid phone"}},
		{"AZ-35 offline_access of others", "legacy", "invalid_scope", []string{"scope", "openid offline_access"}},
		{"AZ-35 nothing left", "legacy", "invalid_scope", []string{"scope", "nonsense"}},
		{"ID-09 claims is no JSON", "app", "invalid_request", []string{"claims", "{"}},
		{"ID-09 claims is a list", "app", "invalid_request", []string{"claims", "[]"}},
		{"ID-09 a claim twice", "app", "invalid_request", []string{"claims", `{"id_token":{"acr":null,"acr":{"essential":true}}}`}},
		{"ID-09 essential is a word", "app", "invalid_request", []string{"claims", `{"id_token":{"acr":{"essential":"yes"}}}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := r.refused(t, r.b.Authorize(c.client, idptest.Redirect, c.pairs...), c.want)
			if strings.Contains(r.b.Page.Left, "#") || q.Has("access_token") || q.Has("id_token") {
				t.Errorf("the answer carries more than an error: %s", r.b.Page.Left)
			}
		})
	}
	t.Run("a public client of the oidc profile: AZ-07", func(t *testing.T) {
		r.NewRelyingParty("spa", func(m *idp.ClientMetadata) { public(m); m.ClientProfile = idp.ProfileOIDC })
		r.refused(t, r.b.Authorize("spa", idptest.Redirect, "code_challenge", "", "code_challenge_method", ""), "invalid_request")
	})
}

// AZ-14: a known parameter sent twice is refused whichever it is; only where the doubt
// is about the answer's own address does it stay on a page.
func TestDuplicatedParameters(t *testing.T) {
	r := newRig(t)
	q := idptest.AuthorizeQuery("app", idptest.Redirect).Encode()
	for _, name := range []string{
		"response_type", "scope", "nonce", "code_challenge", "code_challenge_method", "prompt", "max_age", "acr_values", "claims", "display",
		"id_token_hint", "login_hint", "response_mode", "ui_locales", "request", "request_uri",
	} {
		for _, value := range []string{"", "x"} {
			t.Run("AZ-14 "+name+"="+value, func(t *testing.T) {
				r.refused(t, r.b.Get("/authorize?"+q+"&"+name+"="+value+"&"+name+"="+value), "invalid_request")
			})
		}
	}
	page := r.b.Get("/authorize?" + q + "&state=other")
	if v := page.Response(t, idptest.Redirect); v.Get("error") != "invalid_request" || v.Has("state") || v.Has("code") {
		t.Errorf("AZ-14 state sent twice answered %s", page.Left)
	}
	page = r.b.Post("/authorize?scope=openid", idptest.AuthorizeQuery("app", idptest.Redirect))
	r.refused(t, page, "invalid_request") // IN-01: once in the query and once in the form
	page = r.b.Get("/authorize?" + q + "&Scope=openid")
	r.refused(t, page, "invalid_request")
}

// What is harmless changes nothing: a code comes at once.
func TestAcceptedAuthorizationRequests(t *testing.T) {
	r := newRig(t)
	r.NewRelyingParty("legacy", func(m *idp.ClientMetadata) { m.ClientProfile, m.Scope = idp.ProfileOIDC, "openid email profile" })
	for _, c := range []struct {
		name, client string
		pairs        []string
	}{
		{"AZ-12 without nonce", "app", []string{"nonce", ""}},
		{"AZ-14 unknown parameters", "app", []string{"foo", "bar", "utm_source", "x&y=z", "constructor", "x"}},
		{"AZ-20 max_age not reached", "app", []string{"max_age", "10000"}},
		{"AZ-24 display page", "app", []string{"display", "page"}},
		{"AZ-24 display popup", "app", []string{"display", "popup"}},
		{"AZ-24 display unknown", "app", []string{"display", "hologram"}},
		{"AZ-24 ui_locales", "app", []string{"ui_locales", "fr-CA fr en x-klingon ../../etc"}},
		{"AZ-24 claims_locales", "app", []string{"claims_locales", "ja-JP-x-y en"}},
		{"AZ-34 the client's own resource", "app", []string{"resource", idptest.API}},
		{"AZ-35 other order", "legacy", []string{"scope", "profile email openid"}},
		{"AZ-35 unknown scopes are dropped", "legacy", []string{"scope", "openid tomorrow yesterday"}},
		{"AZ-35 duplicates collapse", "legacy", []string{"scope", "openid openid  email openid"}},
		{"ID-09 unknown claims", "app", []string{"claims", `{"id_token":{"shoe_size":{"essential":true}},"userinfo":{"blood":null},"other":{}}`}},
		{"AZ-08 an optional client without PKCE", "legacy", []string{"code_challenge", "", "code_challenge_method", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := r.b.Authorize(c.client, idptest.Redirect, c.pairs...).Response(t, idptest.Redirect)
			if q.Get("code") == "" || q.Get("iss") != r.URL || q.Get("state") != "state-1" {
				t.Errorf("response %s", r.b.Page.Left)
			}
		})
	}
	t.Run("AZ-14 an empty parameter is absent", func(t *testing.T) {
		raw := idptest.AuthorizeQuery("app", idptest.Redirect).Encode()
		page := r.b.Get("/authorize?" + raw + "&prompt=&max_age=&claims=&acr_values=&id_token_hint=&request=&response_mode=&display=")
		if page.Response(t, idptest.Redirect).Get("code") == "" {
			t.Errorf("response %s", page.Left)
		}
	})
	t.Run("AZ-35 what was granted is said, once each", func(t *testing.T) {
		legacy := &idptest.RelyingParty{}
		*legacy = *r.NewRelyingParty("legacy-2", func(m *idp.ClientMetadata) { m.Scope = "openid email profile" })
		tokens := legacy.Grant(r.b, "scope", "profile openid profile tomorrow")
		if got := strings.Fields(tokens.String("scope")); len(got) != 2 || got[0] == got[1] {
			t.Errorf("scope %q, want profile and openid", tokens.String("scope"))
		}
	})
}

// AZ-11 AZ-12: the nonce comes back in the ID token unchanged, or the request fails.
func TestNonce(t *testing.T) {
	r := newRig(t)
	long := strings.Repeat("0123456789abcdef", 64)
	for name, nonce := range map[string]string{
		"one": "n", "64 characters": long[:64], "384 characters": long[:384], "more than enough": long, "text": `日本語 "quoted" <b>&amp; \u0041`, "spaces": " a b ",
	} {
		t.Run("AZ-11 "+name, func(t *testing.T) {
			tokens := r.rp.Grant(r.b, "nonce", nonce)
			if got := idptest.Claims(t, tokens.String("id_token"))["nonce"]; got != nonce {
				t.Errorf("nonce %q came back as %q", nonce, got)
			}
		})
	}
	r.refused(t, r.b.Authorize("app", idptest.Redirect, "nonce", long+"x"), "invalid_request")
	if claims := idptest.Claims(t, r.rp.Grant(r.b, "nonce", "").String("id_token")); claims["nonce"] != nil {
		t.Errorf("AZ-12: a nonce of its own: %v", claims["nonce"])
	}
}

// AZ-13: GET and POST mean the same, and a form that another site's page submits, which
// comes without SameSite cookies, finds the customer's session all the same.
func TestAuthorizeByPost(t *testing.T) {
	r := newRig(t)
	form := idptest.AuthorizeQuery("app", idptest.Redirect, "state", "a b+c%&=ü")
	q := r.b.Post("/authorize", form).Response(t, idptest.Redirect)
	if q.Get("code") == "" || q.Get("state") != form.Get("state") {
		t.Errorf("AZ-13 same-site POST: %s", r.b.Page.Left)
	}
	for name, cookie := range map[string]string{"no cookie at all": "", "a cookie of the whole domain": "analytics=1; other=2"} {
		t.Run("AZ-13 cross-site POST with "+name, func(t *testing.T) {
			a := r.PostForm("/authorize", form, "Origin", "https://rp.example", "Sec-Fetch-Site", "cross-site", "Cookie", cookie)
			if a.Status != http.StatusSeeOther || a.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Fatalf("answer %d", a.Status)
			}
			q := r.b.Get(a.Header.Get("Location")).Response(t, idptest.Redirect)
			if q.Get("code") == "" || q.Get("state") != form.Get("state") {
				t.Errorf("after the redirect: %s", r.b.Page.Left)
			}
		})
	}
	t.Run("AZ-13 nobody signed in", func(t *testing.T) {
		stranger := r.NewBrowser()
		page := stranger.Post("/authorize", form)
		r.waits(t, page, "/password")
		r.Clock.Advance(30 * time.Second)
		if page = stranger.PasswordSignIn(r.Provider, r.taro); page.Response(t, idptest.Redirect).Get("state") != form.Get("state") {
			t.Errorf("after the sign-in: %s", page.Left)
		}
	})
	t.Run("AZ-13 too long for a URL", func(t *testing.T) {
		long := url.Values{}
		for k, v := range form {
			long[k] = v
		}
		long.Set("login_hint", strings.Repeat("x", 12<<10))
		r.waits(t, r.NewBrowser().Post("/authorize", long), "/password")
	})
	for name, a := range map[string]idptest.Answer{
		"JSON":      r.Call(http.MethodPost, "/authorize", `{"client_id":"app"}`, "Content-Type", "application/json"),
		"multipart": r.Call(http.MethodPost, "/authorize", "--x--", "Content-Type", "multipart/form-data; boundary=x"),
		"PUT":       r.Call(http.MethodPut, "/authorize", form.Encode(), "Content-Type", "application/x-www-form-urlencoded"),
	} {
		if a.Status < 400 || a.Status > 499 || a.Header.Get("Location") != "" {
			t.Errorf("%s answered %d to %q", name, a.Status, a.Header.Get("Location"))
		}
	}
}
