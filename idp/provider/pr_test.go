package provider_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

// fapi2-security-profile-final-happy-flow: push, sign in, redeem, call a resource.
func TestPushedRequest(t *testing.T) {
	r := newRig(t)
	f := newFAPI(t, r, "fapi")
	f.EditClient("fapi", func(c *idp.Client) { c.Metadata.Scope = "openid email" })
	a := f.push()
	uri := a.String("request_uri")
	secret, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(uri, "urn:ietf:params:oauth:request_uri:"))
	if err != nil || len(secret) != 32 || strings.Count(uri, ":") != 5 {
		t.Errorf("PR-04: request_uri %q", uri)
	}
	expires, _ := a.JSON["expires_in"].(float64)
	if a.Status != http.StatusCreated || expires < 60 || expires > 300 || len(a.JSON) != 2 {
		t.Errorf("PR-05: %d %s", a.Status, a.Body)
	}
	if a.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		t.Errorf("PR-08: %v", a.Header)
	}
	if other := f.pushed(); other == uri {
		t.Error("PR-04: the same request_uri twice")
	}
	t.Run("PR-09 fapi2-security-profile-final-par-without-duplicate-parameters", func(t *testing.T) {
		q := f.open(r.b, uri).Response(t, idptest.Redirect)
		if q.Get("code") == "" || q.Get("state") != "state-1" || q.Get("iss") != r.URL {
			t.Fatalf("response %s", r.b.Page.Left)
		}
		tokens := f.redeem(q.Get("code"))
		if tokens.Status != http.StatusOK || idptest.Claims(t, tokens.String("id_token"))["nonce"] != "nonce-1" {
			t.Fatalf("%d %s", tokens.Status, tokens.Body)
		}
		if a := r.Present(f.key, "GET", "/userinfo", tokens.String("access_token"), nil); a.Status != http.StatusOK {
			t.Errorf("userinfo: %d %s", a.Status, a.Body)
		}
	})
	for module, name := range map[string]string{
		"fapi2-security-profile-final-ensure-authorization-request-without-state-success": "state",
		"fapi2-security-profile-final-ensure-authorization-request-without-nonce-success": "nonce",
	} {
		t.Run(module, func(t *testing.T) {
			if q := f.answered(t, name, ""); q.Get("code") == "" || name == "state" && q.Has("state") {
				t.Errorf("response %v", q)
			}
		})
	}
	for name, pairs := range map[string][]string{
		"fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success": {"nonce", strings.Repeat("n", 64)},
		"fapi2-security-profile-final-ensure-authorization-request-with-long-nonce":            {"nonce", strings.Repeat("n", 384)},
		"fapi2-security-profile-final-ensure-authorization-request-with-long-state":            {"state", strings.Repeat("s", 1000)},
		"fapi2-security-profile-final-ensure-other-scope-order-succeeds":                       {"scope", "email openid"},
		"fapi2-security-profile-final-test-claims-parameter-identity-claims":                   {"claims", `{"id_token":{"email":null},"userinfo":{"email":{"essential":true}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			q := f.answered(t, pairs...)
			if q.Get("code") == "" || pairs[0] == "state" && q.Get("state") != pairs[1] {
				t.Fatalf("response %v", q)
			}
			tokens := f.redeem(q.Get("code"))
			id := idptest.Claims(t, tokens.String("id_token"))
			if pairs[0] == "nonce" && id["nonce"] != pairs[1] {
				t.Errorf("nonce %v", id["nonce"])
			}
			if granted := strings.Fields(tokens.String("scope")); pairs[0] == "scope" && len(granted) != 2 {
				t.Errorf("scope %v", granted)
			}
			if said := r.Present(f.key, "GET", "/userinfo", tokens.String("access_token"), nil); pairs[0] == "claims" && (id["email"] != r.taro.Email || said.String("email") != r.taro.Email) {
				t.Errorf("ID token %v, userinfo %s", id["email"], said.Body)
			}
		})
	}
	t.Run("fapi2-security-profile-final-user-rejects-authentication AZ-36", func(t *testing.T) {
		b := r.NewBrowser()
		uri := f.pushed()
		f.open(b, uri)
		b.Submit("/cancel")
		r.refused(t, b.Page, "access_denied")
		r.onPage(t, f.open(b, uri)) // PR-06: the client has its answer
	})
	t.Run("SU-01 fapi2-security-profile-final-test-essential-acr-sca-claim", func(t *testing.T) {
		q := f.answered(t, "claims", `{"id_token":{"acr":{"essential":true,"values":["urn:sekisho:acr:mfa"]}}}`)
		if acr := idptest.Claims(t, f.redeem(q.Get("code")).String("id_token"))["acr"]; acr != "urn:sekisho:acr:mfa" {
			t.Errorf("acr %v", acr)
		}
		if q := f.answered(t, "claims", `{"id_token":{"acr":{"essential":true,"values":["phr"]}}}`, "prompt", "none"); q.Has("code") {
			t.Error("a code for an assurance that was not reached")
		}
	})
	t.Run("fapi2-security-profile-final-ensure-server-handles-non-matching-intent-id", func(t *testing.T) {
		q := f.answered(t, "claims", `{"id_token":{"openbanking_intent_id":{"value":"of-another-client","essential":true}}}`)
		if _, said := idptest.Claims(t, f.redeem(q.Get("code")).String("id_token"))["openbanking_intent_id"]; said {
			t.Error("a claim that means nothing here came back as it was sent")
		}
	})
	t.Run("an id_token_hint is kept as a subject AZ-21", func(t *testing.T) {
		hint := f.redeem(f.answered(t).Get("code")).String("id_token")
		if q := f.answered(t, "id_token_hint", hint, "prompt", "none"); q.Get("code") == "" {
			t.Errorf("response %v", q)
		}
		refusedAs(t, f.push("id_token_hint", r.rp.Grant(r.b).String("id_token")), "invalid_request")
	})
}

// PR-01, SU-10: what comes through the browser is not a request of a fapi2 client, and
// nothing there changes one.
func TestFrontChannel(t *testing.T) {
	r := newRig(t)
	f := newFAPI(t, r, "fapi")
	t.Run("PR-01 fapi2-security-profile-final-discovery-end-point-verification", func(t *testing.T) {
		d := r.Call("GET", wellKnown, "")
		if d.String("pushed_authorization_request_endpoint") != r.URL+"/par" || d.JSON["authorization_response_iss_parameter_supported"] != true {
			t.Errorf("%v", d.JSON)
		}
	})
	t.Run("PR-01 fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails", func(t *testing.T) {
		r.refused(t, r.b.Authorize("fapi", idptest.Redirect), "invalid_request")
	})
	t.Run("PR-01 a client that must push by its own registration", func(t *testing.T) {
		k := newKeyed(t, r, "pusher", func(m *idp.ClientMetadata) { m.RequirePushed = true })
		r.refused(t, r.b.Authorize("pusher", idptest.Redirect), "invalid_request")
		if k.answered(t).Get("code") == "" {
			t.Error("no code for a pushed request")
		}
	})
	t.Run("PR-09 everything beside request_uri is ignored", func(t *testing.T) {
		page := f.open(r.b, f.pushed("scope", "openid"), "redirect_uri", "https://evil.example/cb", "state", "other", "nonce", "other",
			"scope", "openid phone", "response_type", "token", "response_mode", "form_post", "code_challenge", "x", "prompt", "login", "claims", "{")
		q := page.Response(t, idptest.Redirect)
		if q.Get("code") == "" || q.Get("state") != "state-1" {
			t.Fatalf("response %s", page.Left)
		}
		tokens := f.redeem(q.Get("code"))
		if tokens.String("scope") != "openid" || idptest.Claims(t, tokens.String("id_token"))["nonce"] != "nonce-1" {
			t.Errorf("%s", tokens.Body)
		}
	})
	t.Run("SU-10 acr_values and max_age in the address have no effect", func(t *testing.T) {
		r.Clock.Advance(time.Minute)
		if page := f.open(r.b, f.pushed(), "acr_values", "phr", "max_age", "1"); page.Response(t, idptest.Redirect).Get("code") == "" {
			t.Error("the address asked for more, and got it asked")
		}
		strict := f.pushed("acr_values", "phr", "prompt", "none")
		q := f.open(r.b, strict, "acr_values", "urn:sekisho:acr:email", "max_age", "100000", "prompt", "login").Response(t, idptest.Redirect)
		if q.Has("code") || q.Get("error") == "" {
			t.Errorf("the address asked for less, and got it: %v", q)
		}
		aged := f.pushed("max_age", "30", "prompt", "none")
		if q := f.open(r.b, aged, "max_age", "100000").Response(t, idptest.Redirect); q.Get("error") != "login_required" {
			t.Errorf("response %v", q)
		}
	})
	t.Run("a request beside a request_uri", func(t *testing.T) {
		r.onPage(t, f.open(r.b, f.pushed(), "request", "a.b.c"))
	})
	t.Run("PR-01 where every client must push", func(t *testing.T) {
		p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Tokens.RequirePushed = true }})
		p.NewRelyingParty("app", nil)
		d := p.Call("GET", "/.well-known/openid-configuration", "")
		if d.JSON["require_pushed_authorization_requests"] != true || d.String("pushed_authorization_request_endpoint") != p.URL+"/par" {
			t.Errorf("%v", d.JSON)
		}
		if q := p.NewBrowser().Authorize("app", idptest.Redirect).Response(t, idptest.Redirect); q.Get("error") != "invalid_request" {
			t.Errorf("response %v", q)
		}
	})
}

// PR-02: nobody who does not prove to be the client gets a request_uri.
func TestPushingNeedsTheClient(t *testing.T) {
	r := newRig(t)
	f := newFAPI(t, r, "fapi")
	r.NewRelyingParty("public", func(m *idp.ClientMetadata) {
		m.TokenEndpointAuthMethod, m.GrantTypes = idp.AuthNone, []string{"authorization_code"}
	})
	wrong := f.pushForm()
	wrong.Set("client_assertion", f.assertion(t, func(c map[string]any) { c["aud"] = "https://other.example" }))
	foreign := newFAPI(t, r, "other").pushForm()
	foreign.Set("client_id", "fapi")
	for name, form := range map[string]url.Values{
		"PR-02 without authentication":           idptest.AuthorizeQuery("fapi", idptest.Redirect),
		"PR-02 with a wrong assertion":           wrong,
		"PR-02 with another client's assertion":  foreign,
		"PR-02 an unknown client":                idptest.AuthorizeQuery("nobody", idptest.Redirect),
		"PR-02 a secret client without secret":   idptest.AuthorizeQuery("app", idptest.Redirect),
		"PR-02 a public client proves nothing":   idptest.AuthorizeQuery("public", idptest.Redirect),
		"PR-02 no client at all":                 {"response_type": {"code"}},
		"PR-02 an assertion that was used above": nil,
	} {
		t.Run(name, func(t *testing.T) {
			r.Clock.Advance(11 * time.Second) // failures are slowed down
			if form == nil {
				form = f.pushForm()
				if a := f.PostForm("/par", form); a.Status != http.StatusCreated {
					t.Fatalf("%d %s", a.Status, a.Body)
				}
			}
			grantRefused(t, f.PostForm("/par", form), "invalid_client")
		})
	}
	t.Run("PR-02 the client's secret", func(t *testing.T) {
		if a := r.rp.Post("/par", "redirect_uri", idptest.Redirect, "response_type", "code", "scope", "openid", "code_challenge", idptest.Challenge(idptest.Verifier), "code_challenge_method", "S256"); a.Status != http.StatusCreated {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
}

// PR-03, PR-07, PR-11: what is wrong is said to the client, before any browser.
func TestPushedRequestsAreChecked(t *testing.T) {
	r := newRig(t)
	f := newFAPI(t, r, "fapi")
	for _, c := range []struct {
		name, code string
		pairs      []string
	}{
		{"PR-03 fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param", "invalid_request", []string{"request_uri", "urn:ietf:params:oauth:request_uri:x"}},
		{"PR-11 fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request", "invalid_request", []string{"redirect_uri", ""}},
		{"PR-07 fapi2-security-profile-final-ensure-registered-redirect-uri", "invalid_request", []string{"redirect_uri", idptest.Redirect + "/other"}},
		{"PR-07 fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri", "invalid_request", []string{"redirect_uri", "https://other.example/cb"}},
		{"PR-07 fapi2-security-profile-final-ensure-response-type-code-idtoken-fails", "unsupported_response_type", []string{"response_type", "code id_token"}},
		{"PR-07 fapi2-security-profile-final-ensure-response-type-token-fails", "unsupported_response_type", []string{"response_type", "token"}},
		{"PR-07 no response_type", "invalid_request", []string{"response_type", ""}},
		{"PR-07 fapi2-security-profile-final-par-ensure-pkce-required", "invalid_request", []string{"code_challenge", "", "code_challenge_method", ""}},
		{"PR-07 fapi2-security-profile-final-par-plain-pkce-rejected", "invalid_request", []string{"code_challenge", idptest.Verifier, "code_challenge_method", "plain"}},
		{"PR-07 a scope of others", "invalid_scope", []string{"scope", "openid phone"}},
		{"PR-07 authorization_details", "invalid_authorization_details", []string{"authorization_details", "[]"}},
		{"PR-07 resource", "invalid_target", []string{"resource", "https://other.example"}},
		{"PR-07 response_mode", "invalid_request", []string{"response_mode", "fragment"}},
		{"PR-07 prompt", "invalid_request", []string{"prompt", "none login"}},
		{"PR-07 claims", "invalid_request", []string{"claims", "{"}},
		{"PR-07 an ID token hint", "invalid_request", []string{"id_token_hint", "YQ.YQ.YQ"}},
		{"PR-07 an unsolicited request object", "request_not_supported", []string{"request", "e30.e30.e30"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := f.push(c.pairs...)
			refusedAs(t, a, c.code)
			if d := a.String("error_description"); d == "" || strings.Contains(d, "other.example") {
				t.Errorf("description %q", d)
			}
		})
	}
	t.Run("AZ-14 twice", func(t *testing.T) {
		form := f.pushForm()
		form.Add("state", "again")
		refusedAs(t, f.PostForm("/par", form), "invalid_request")
	})
	if rec := r.Recorded(t, "authorization.rejected"); rec.ClientID != "fapi" || rec.Result != "denied" {
		t.Errorf("audit: %+v", rec)
	}
}

func TestRequestURIs(t *testing.T) {
	r := newRig(t)
	f, other := newFAPI(t, r, "fapi"), newFAPI(t, r, "other")
	t.Run("PR-04 fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client", func(t *testing.T) {
		uri := f.pushed()
		r.onPage(t, other.open(r.b, uri))
		r.onPage(t, r.b.Get("/authorize?"+url.Values{"client_id": {"app"}, "request_uri": {uri}}.Encode()))
		if f.open(r.b, uri).Response(t, idptest.Redirect).Get("code") == "" {
			t.Error("the attempt used it up")
		}
	})
	t.Run("PR-04 one that nobody was given", func(t *testing.T) {
		for _, uri := range []string{"urn:ietf:params:oauth:request_uri:x", "urn:ietf:params:oauth:request_uri:", "urn:ietf:params:oauth:request_uri:" + idp.NewSecret()} {
			r.onPage(t, f.open(r.b, uri))
		}
		r.onPage(t, r.b.Get("/authorize?request_uri="+url.QueryEscape(f.pushed()))) // no client_id
	})
	t.Run("PR-05 fapi2-security-profile-final-par-attempt-to-use-expired-request_uri", func(t *testing.T) {
		uri := f.pushed()
		r.Clock.Advance(89 * time.Second)
		late := f.pushed()
		r.Clock.Advance(2 * time.Second)
		page := f.open(r.b, uri)
		r.onPage(t, page)
		if !strings.Contains(page.Body, "invalid_request_uri") {
			t.Error("the page does not say why")
		}
		if f.open(r.b, late).Response(t, idptest.Redirect).Get("code") == "" {
			t.Error("one that is still good was refused")
		}
	})
	t.Run("PR-06 fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds", func(t *testing.T) {
		b, uri := r.NewBrowser(), f.pushed()
		for range 3 {
			r.waits(t, f.open(b, uri), "/password")
		}
		r.Clock.Advance(100 * time.Second) // expiry ends loading, not the sign-in that began in time
		if b.PasswordSignIn(r.Provider, r.taro).Response(t, idptest.Redirect).Get("code") == "" {
			t.Errorf("no code: %s", b.Page.Left)
		}
	})
	t.Run("PR-06 fapi2-security-profile-final-par-attempt-reuse-request_uri", func(t *testing.T) {
		uri := f.pushed()
		if f.open(r.b, uri).Response(t, idptest.Redirect).Get("code") == "" {
			t.Fatal("no code")
		}
		r.onPage(t, f.open(r.b, uri))
		r.onPage(t, f.open(r.NewBrowser(), uri))
	})
	t.Run("PR-06 two tabs complete one authorization", func(t *testing.T) {
		b, uri := r.NewBrowser(), f.pushed()
		f.open(b, uri)
		second := b.Page
		f.open(b, uri)
		r.Clock.Advance(31 * time.Second)
		if b.PasswordSignIn(r.Provider, r.taro).Response(t, idptest.Redirect).Get("code") == "" {
			t.Fatal("no code")
		}
		before := r.grants(r.taro)
		page := b.Get(second.URL.String())
		if page.Left != "" || page.Status != http.StatusGone || r.grants(r.taro) != before {
			t.Errorf("the second tab got %d %s", page.Status, page.Left)
		}
	})
	t.Run("oidcc-ensure-post-request-succeeds with a request_uri", func(t *testing.T) {
		page := r.b.Post(r.URL+"/authorize", url.Values{"client_id": {"fapi"}, "request_uri": {f.pushed()}})
		if page.Response(t, idptest.Redirect).Get("code") == "" {
			t.Errorf("no code: %s", page.Left)
		}
	})
	t.Run("PR-07 a redirect URI that was taken back meanwhile", func(t *testing.T) {
		uri := f.pushed()
		f.EditClient("fapi", func(c *idp.Client) { c.Metadata.RedirectURIs = []string{"https://rp.example/new"} })
		r.onPage(t, f.open(r.b, uri))
	})
}

// PR-08: the ways a request can be wrong before it is read.
func TestPushingByOtherMeans(t *testing.T) {
	r := newRig(t)
	f := newFAPI(t, r, "fapi")
	for _, method := range []string{"GET", "PUT", "DELETE", "PATCH"} {
		t.Run("PR-08 fapi2-security-profile-final-par-attempt-invalid-http-method "+method, func(t *testing.T) {
			a := f.Call(method, "/par?"+f.pushForm().Encode(), "")
			if a.Status != http.StatusMethodNotAllowed || !strings.Contains(a.Header.Get("Allow"), "POST") || a.String("error") == "" {
				t.Errorf("%d %v %s", a.Status, a.Header, a.Body)
			}
		})
	}
	for name, want := range map[string]int{"PR-08 too large": http.StatusRequestEntityTooLarge, "PR-08 JSON": http.StatusUnsupportedMediaType, "PR-08 in the address": http.StatusBadRequest} {
		t.Run(name, func(t *testing.T) {
			var a idptest.Answer
			switch want {
			case http.StatusRequestEntityTooLarge:
				a = f.push("state", strings.Repeat("s", 70<<10))
			case http.StatusUnsupportedMediaType:
				a = f.Call("POST", "/par", "{}", "Content-Type", "application/json")
			default:
				a = f.Call("POST", "/par?"+f.pushForm().Encode(), "", "Content-Type", formMedia)
			}
			if a.Status != want || a.String("error") == "" || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%d %v %s", a.Status, a.Header, a.Body)
			}
		})
	}
}

// PR-08, PR-12: one client cannot fill the store, and does not stand in another's way.
func TestPushingIsBounded(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Throttle.PushedRequests = config.Rate{Every: time.Second, Burst: 40} }})
	rp := p.NewRelyingParty("app", nil)
	rp2 := p.NewRelyingParty("other", nil)
	var pairs []string
	for name, value := range idptest.AuthorizeQuery("app", idptest.Redirect) {
		if name != "client_id" {
			pairs = append(pairs, name, value[0])
		}
	}
	accepted := 0
	for range 200 {
		switch a := rp.Post("/par", pairs...); {
		case a.Status == http.StatusCreated:
			accepted++
		case a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "1" || a.String("error") == "" || a.String("request_uri") != "":
			t.Fatalf("PR-12: %d %v %s", a.Status, a.Header, a.Body)
		}
	}
	if accepted != 40 {
		t.Errorf("PR-12: %d of 200 were taken, want 40", accepted)
	}
	if a := rp2.Post("/par", pairs...); a.Status != http.StatusCreated {
		t.Errorf("PR-12: another client got %d %s", a.Status, a.Body)
	}
	p.Clock.Advance(time.Second)
	if a := rp.Post("/par", pairs...); a.Status != http.StatusCreated {
		t.Errorf("PR-12: after the wait: %d %s", a.Status, a.Body)
	}
}

// PR-10, DP-07: a proof beside the pushed request, dpop_jkt in it, or both, bind the code.
func TestPushedKeys(t *testing.T) {
	r := newRig(t)
	f := newFAPI(t, r, "fapi")
	proof := func(k *idptest.DPoPKey) string { return k.Proof("POST", r.URL+"/par", nil) }
	other := r.newKey()
	code := func(t *testing.T, a idptest.Answer) string {
		t.Helper()
		if a.Status != http.StatusCreated {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		return f.open(r.b, a.String("request_uri")).Response(t, idptest.Redirect).Get("code")
	}
	for name, push := range map[string]func() idptest.Answer{
		"fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success": func() idptest.Answer { return f.PostForm("/par", f.pushForm(), "DPoP", proof(f.key)) },
		"fapi2-security-profile-final-ensure-dpop-auth-code-binding-success":            func() idptest.Answer { return f.push("dpop_jkt", f.key.JKT) },
		"both, the same": func() idptest.Answer {
			return f.PostForm("/par", f.pushForm("dpop_jkt", f.key.JKT), "DPoP", proof(f.key))
		},
	} {
		t.Run("PR-10 "+name, func(t *testing.T) {
			if a := f.redeemAs(f.key, code(t, push())); a.Status != http.StatusOK {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			refusedAs(t, f.redeemAs(other, code(t, push())), "invalid_grant", "invalid_dpop_proof") // ensure-token-endpoint-fails-with-mismatched-…
		})
	}
	t.Run("PR-10 fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails", func(t *testing.T) {
		refusedAs(t, f.PostForm("/par", f.pushForm("dpop_jkt", other.JKT), "DPoP", proof(f.key)), "invalid_dpop_proof")
	})
	t.Run("PR-10 fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt", func(t *testing.T) {
		refusedAs(t, f.redeemAs(other, code(t, f.PostForm("/par", f.pushForm(), "DPoP", proof(f.key)))), "invalid_grant", "invalid_dpop_proof")
	})
	t.Run("PR-10 fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt", func(t *testing.T) {
		refusedAs(t, f.redeemAs(other, code(t, f.push("dpop_jkt", f.key.JKT))), "invalid_grant", "invalid_dpop_proof")
	})
	t.Run("PR-10 DP-03 a proof made for the token endpoint, and one used before", func(t *testing.T) {
		refusedAs(t, f.PostForm("/par", f.pushForm(), "DPoP", f.proof()), "invalid_dpop_proof")
		once := proof(f.key)
		if a := f.PostForm("/par", f.pushForm(), "DPoP", once); a.Status != http.StatusCreated {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		refusedAs(t, f.PostForm("/par", f.pushForm(), "DPoP", once), "invalid_dpop_proof")
	})
}
