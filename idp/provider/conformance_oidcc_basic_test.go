package provider_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// plan is a provider with a relying party that registered itself for the profile oidc and
// uses neither PKCE nor anything else of ours, in one response mode.
type plan struct {
	*rig
	mode string
	c    *idptest.Registered
}

func newPlan(t *testing.T, mode string) *plan {
	r, _ := registering(t, nil)
	p := &plan{rig: r, mode: mode}
	p.taro = r.AddAccount(idptest.Customer{Login: "10000011", TOTP: true, Profile: idp.Profile{
		Name: "佐藤 太郎", GivenName: "太郎", FamilyName: "佐藤", Birthdate: "1960-04-01", Gender: "male", Zoneinfo: "Asia/Tokyo",
		PhoneNumber: "+81312345678", Address: &idp.Address{PostalCode: "103-0026", Country: "JP", Formatted: "東京都中央区日本橋兜町"},
	}})
	p.b = r.signedIn(p.taro)
	p.c = r.Registers("grant_types", []string{"authorization_code", "refresh_token"})
	return p
}

// ask opens an authorization request, agrees where asked, and returns the response as the
// relying party receives it; nil when the browser stayed at the provider.
func (p *plan) ask(c *idptest.Registered, pairs ...string) url.Values {
	p.t.Helper()
	page := p.b.Authorize(c.ID, idptest.Redirect, p.without(pairs)...)
	return p.response(page)
}

func (p *plan) without(pairs []string) []string {
	return append([]string{"code_challenge", "", "code_challenge_method", "", "response_mode", p.mode}, pairs...)
}

func (p *plan) response(page *idptest.Page) url.Values {
	p.t.Helper()
	if page.Has("/consent") {
		page = p.b.Submit("/consent", "decision", "allow")
	}
	switch {
	case page.Left != "":
		if p.mode == "form_post" {
			p.t.Errorf("a response by redirect in form_post: %s", page.Left)
		}
		return page.Response(p.t, idptest.Redirect)
	case page.Has(idptest.Redirect):
		return page.Form(p.t, idptest.Redirect).Values
	}
	return nil
}

func (p *plan) redeem(c *idptest.Registered, code string) idptest.Answer {
	p.t.Helper()
	return c.Post("/token", "grant_type", "authorization_code", "code", code, "redirect_uri", idptest.Redirect)
}

// run is a whole authorization that must succeed; it returns the tokens and the ID token's claims.
func (p *plan) run(c *idptest.Registered, pairs ...string) (idptest.Answer, map[string]any) {
	p.t.Helper()
	q := p.ask(c, pairs...)
	if q.Get("code") == "" || q.Get("iss") != p.URL || q.Get("state") != "state-1" {
		p.t.Fatalf("response %v", q)
	}
	tokens := p.redeem(c, q.Get("code"))
	if tokens.Status != http.StatusOK || tokens.String("token_type") != "Bearer" {
		p.t.Fatalf("token endpoint: %d %s", tokens.Status, tokens.Body)
	}
	_, id := p.Verified(tokens.String("id_token"))
	return tokens, id
}

func (p *plan) failed(t *testing.T, q url.Values, codes ...string) {
	t.Helper()
	if !slices.Contains(codes, q.Get("error")) || q.Has("code") || q.Get("state") != "state-1" || q.Get("iss") != p.URL {
		t.Errorf("response %v, want one of %v", q, codes)
	}
}

// again proves password and authenticator app on the page that was asked for.
func (p *plan) again(pairs ...string) url.Values {
	p.t.Helper()
	p.b.Authorize(p.c.ID, idptest.Redirect, p.without(pairs)...)
	return p.response(p.reauthenticate(p.b, p.taro))
}

// basicModules are the modules of oidcc-basic-certification-test-plan and of
// oidcc-formpost-basic-certification-test-plan.
var basicModules = map[string]func(t *testing.T, p *plan){
	"oidcc-server": func(t *testing.T, p *plan) {
		tokens, id := p.run(p.c)
		if id["iss"] != p.URL || id["nonce"] != "nonce-1" || id["sub"] != p.taro.Subject || !slices.Equal(idptest.Answer{JSON: id}.Strings("aud"), []string{p.c.ID}) && id["aud"] != p.c.ID {
			t.Errorf("%v", id)
		}
		if tokens.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v", tokens.Header)
		}
	},
	"oidcc-response-type-missing": func(t *testing.T, p *plan) {
		p.failed(t, p.ask(p.c, "response_type", ""), "invalid_request", "unsupported_response_type")
	},
	"oidcc-idtoken-signature": func(t *testing.T, p *plan) {
		tokens, _ := p.run(p.c)
		if h, _ := p.Verified(tokens.String("id_token")); h.Algorithm != "RS256" || h.KeyID == "" {
			t.Errorf("%+v", h)
		}
	},
	"oidcc-idtoken-unsigned": func(t *testing.T, p *plan) {
		m := minimal()
		m["id_token_signed_response_alg"] = "none"
		if a := p.Register(m); a.String("error") != "invalid_client_metadata" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	},
	"oidcc-userinfo-get": func(t *testing.T, p *plan) {
		tokens, id := p.run(p.c)
		if a := p.Userinfo(tokens.String("access_token")); a.Status != http.StatusOK || a.JSON["sub"] != id["sub"] {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	},
	"oidcc-userinfo-post-header": func(t *testing.T, p *plan) {
		tokens, id := p.run(p.c)
		if a := p.Call("POST", "/userinfo", "", "Authorization", "Bearer "+tokens.String("access_token")); a.Status != http.StatusOK || a.JSON["sub"] != id["sub"] {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	},
	"oidcc-userinfo-post-body": func(t *testing.T, p *plan) {
		tokens, id := p.run(p.c)
		if a := p.PostForm("/userinfo", url.Values{"access_token": {tokens.String("access_token")}}); a.Status != http.StatusOK || a.JSON["sub"] != id["sub"] {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	},
	"oidcc-ensure-request-without-nonce-succeeds-for-code-flow": func(t *testing.T, p *plan) {
		if _, id := p.run(p.c, "nonce", ""); id["nonce"] != nil {
			t.Errorf("%v", id)
		}
	},
	"oidcc-scope-profile": scoped("openid profile", "name", "given_name", "family_name", "birthdate", "gender", "zoneinfo", "updated_at"),
	"oidcc-scope-email":   scoped("openid email", "email", "email_verified"),
	"oidcc-scope-address": scoped("openid address", "address"),
	"oidcc-scope-phone":   scoped("openid phone", "phone_number", "phone_number_verified"),
	"oidcc-scope-all": scoped("openid profile email address phone", "name", "given_name", "family_name", "birthdate", "gender", "zoneinfo", "updated_at",
		"email", "email_verified", "address", "phone_number", "phone_number_verified"),
	"oidcc-alternate-happy-flow": func(t *testing.T, p *plan) {
		second := p.Registers()
		if _, id := p.run(second); id["sub"] != p.taro.Subject {
			t.Errorf("%v", id)
		}
	},
	"oidcc-display-page":  accepted("display", "page"),
	"oidcc-display-popup": accepted("display", "popup"),
	"oidcc-prompt-login": func(t *testing.T, p *plan) {
		_, before := p.run(p.c)
		_, after := p.redeemed(t, p.again("prompt", "login"))
		if !(after["auth_time"].(float64) > before["auth_time"].(float64)) || after["sub"] != before["sub"] {
			t.Errorf("%v then %v", before["auth_time"], after["auth_time"])
		}
	},
	"oidcc-prompt-none-not-logged-in": func(t *testing.T, p *plan) {
		p.b = p.NewBrowser()
		p.failed(t, p.ask(p.c, "prompt", "none"), "login_required")
	},
	"oidcc-prompt-none-logged-in": func(t *testing.T, p *plan) {
		_, before := p.run(p.c)
		if _, after := p.run(p.c, "prompt", "none"); after["sub"] != before["sub"] || after["auth_time"] != before["auth_time"] {
			t.Errorf("%v then %v", before, after)
		}
	},
	"oidcc-max-age-1": func(t *testing.T, p *plan) {
		_, before := p.run(p.c)
		p.Clock.Advance(2 * time.Second)
		_, after := p.redeemed(t, p.again("max_age", "1"))
		if !(after["auth_time"].(float64) > before["auth_time"].(float64)) {
			t.Errorf("%v then %v", before["auth_time"], after["auth_time"])
		}
	},
	"oidcc-max-age-10000": func(t *testing.T, p *plan) {
		_, before := p.run(p.c)
		if _, after := p.run(p.c, "max_age", "10000"); after["auth_time"] == nil || after["auth_time"] != before["auth_time"] {
			t.Errorf("%v then %v", before["auth_time"], after["auth_time"])
		}
	},
	"oidcc-ensure-request-with-unknown-parameter-succeeds": accepted("extra", "foobar"),
	"oidcc-id-token-hint": func(t *testing.T, p *plan) {
		tokens, before := p.run(p.c)
		if _, after := p.run(p.c, "prompt", "none", "id_token_hint", tokens.String("id_token")); after["sub"] != before["sub"] {
			t.Errorf("%v then %v", before, after)
		}
	},
	"oidcc-login-hint":     accepted("login_hint", "buffy@rp.example"),
	"oidcc-ui-locales":     accepted("ui_locales", "se ja"),
	"oidcc-claims-locales": accepted("claims_locales", "se"),
	"oidcc-ensure-request-with-acr-values-succeeds": func(t *testing.T, p *plan) {
		if _, id := p.run(p.c, "acr_values", "urn:sekisho:acr:email urn:other"); id["acr"] == nil {
			t.Errorf("%v", id)
		}
	},
	"oidcc-codereuse":           reused(0),
	"oidcc-codereuse-30seconds": reused(30 * time.Second),
	"oidcc-ensure-registered-redirect-uri": func(t *testing.T, p *plan) {
		p.onPage(t, p.b.Authorize(p.c.ID, idptest.Redirect+"/other", p.without(nil)...))
	},
	"oidcc-ensure-post-request-succeeds": func(t *testing.T, p *plan) {
		page := p.b.Post("/authorize", idptest.AuthorizeQuery(p.c.ID, idptest.Redirect, p.without(nil)...))
		if _, id := p.redeemed(t, p.response(page)); id["sub"] != p.taro.Subject {
			t.Errorf("%v", id)
		}
	},
	"oidcc-server-client-secret-post": func(t *testing.T, p *plan) {
		c := p.Registers("token_endpoint_auth_method", "client_secret_post")
		form := url.Values{"grant_type": {"authorization_code"}, "code": {p.ask(c).Get("code")}, "redirect_uri": {idptest.Redirect}, "client_id": {c.ID}, "client_secret": {c.Secret}}
		if a := p.PostForm("/token", form); a.Status != http.StatusOK || a.String("id_token") == "" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	},
	"oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported": func(t *testing.T, p *plan) {
		p.failed(t, p.ask(p.c, "request_uri", "https://rp.example/request.jwt"), "request_uri_not_supported")
	},
	"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": func(t *testing.T, p *plan) {
		p.failed(t, p.ask(p.c, "request", unsignedRequest(t, p, idptest.Redirect)), "request_not_supported")
	},
	"oidcc-ensure-request-object-with-redirect-uri": func(t *testing.T, p *plan) {
		q := p.ask(p.c, "request", unsignedRequest(t, p, "https://rp.example/inside"))
		p.failed(t, q, "request_not_supported")
	},
	"oidcc-claims-essential": func(t *testing.T, p *plan) {
		tokens, id := p.run(p.c, "claims", `{"userinfo":{"name":{"essential":true}},"id_token":{"email":{"essential":true}}}`)
		if a := p.Userinfo(tokens.String("access_token")); a.String("name") != "佐藤 太郎" || id["email"] != p.taro.Email {
			t.Errorf("%s %v", a.Body, id)
		}
	},
	"oidcc-refresh-token": refreshes,
	"oidcc-ensure-request-with-valid-pkce-succeeds": func(t *testing.T, p *plan) {
		q := p.ask(p.c, "code_challenge", idptest.Challenge(idptest.Verifier), "code_challenge_method", "S256")
		if a := p.redeem(p.c, q.Get("code")); a.String("error") != "invalid_grant" {
			t.Errorf("AZ-08 without the verifier: %d %s", a.Status, a.Body)
		}
		q = p.ask(p.c, "code_challenge", idptest.Challenge(idptest.Verifier), "code_challenge_method", "S256")
		if a := p.c.Exchange(q.Get("code")); a.Status != http.StatusOK {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	},
}

func (p *plan) redeemed(t *testing.T, q url.Values) (idptest.Answer, map[string]any) {
	t.Helper()
	tokens := p.redeem(p.c, q.Get("code"))
	if tokens.Status != http.StatusOK {
		t.Fatalf("response %v: %d %s", q, tokens.Status, tokens.Body)
	}
	_, id := p.Verified(tokens.String("id_token"))
	return tokens, id
}

// accepted is a parameter that changes nothing and must do no harm.
func accepted(pairs ...string) func(*testing.T, *plan) {
	return func(t *testing.T, p *plan) {
		if _, id := p.run(p.c, pairs...); id["sub"] != p.taro.Subject {
			t.Errorf("%v", id)
		}
	}
}

// scoped is a scope whose claims are in userinfo, and no others.
func scoped(scope string, names ...string) func(*testing.T, *plan) {
	return func(t *testing.T, p *plan) {
		tokens, _ := p.run(p.c, "scope", scope)
		a := p.Userinfo(tokens.String("access_token"))
		for _, name := range names {
			if a.JSON[name] == nil {
				t.Errorf("%s is missing: %s", name, a.Body)
			}
		}
		for name := range a.JSON {
			if name != "sub" && name != "locale" && !slices.Contains(names, name) {
				t.Errorf("ID-06: %s is there: %s", name, a.Body)
			}
		}
		if a.JSON["phone_number_verified"] == true {
			t.Error("ID-06: a number nobody checked is verified")
		}
	}
}

func reused(after time.Duration) func(*testing.T, *plan) {
	return func(t *testing.T, p *plan) {
		code := p.ask(p.c).Get("code")
		tokens := p.redeem(p.c, code)
		p.Clock.Advance(after)
		grantRefused(t, p.redeem(p.c, code), "invalid_grant")
		if a := p.Userinfo(tokens.String("access_token")); a.Status != http.StatusUnauthorized {
			t.Errorf("TK-02: the tokens of the first use live on: %d", a.Status)
		}
	}
}

func refreshes(t *testing.T, p *plan) {
	tokens, id := p.run(p.c)
	p.Clock.Advance(time.Minute)
	again := p.c.Refresh(tokens.String("refresh_token"))
	if again.Status != http.StatusOK || again.String("access_token") == tokens.String("access_token") {
		t.Fatalf("%d %s", again.Status, again.Body)
	}
	if _, next := p.Verified(again.String("id_token")); next["sub"] != id["sub"] || next["iss"] != id["iss"] || next["auth_time"] != id["auth_time"] || next["iat"] == id["iat"] {
		t.Errorf("%v then %v", id, next)
	}
	second := p.Registers("grant_types", []string{"authorization_code", "refresh_token"})
	grantRefused(t, second.Refresh(tokens.String("refresh_token")), "invalid_grant")
}

func unsignedRequest(t *testing.T, p *plan, redirect string) string {
	t.Helper()
	claims := map[string]any{"client_id": p.c.ID, "redirect_uri": redirect, "response_type": "code", "scope": "openid", "state": "inside"}
	return idptest.Unsigned(t, map[string]any{"alg": "none"}, claims, "")
}

// The modules of oidcc-basic-certification-test-plan.
func TestConformanceBasic(t *testing.T) {
	for module, check := range basicModules {
		t.Run(module, func(t *testing.T) {
			t.Parallel()
			check(t, newPlan(t, "query"))
		})
	}
	if len(basicModules) != 38 {
		t.Errorf("%d modules", len(basicModules))
	}
}
