package provider_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// AZ-10 AZ-09: state and issuer come back as they are, in success and in error.
func TestStateComesBackUnchanged(t *testing.T) {
	r := newRig(t)
	for name, state := range map[string]string{
		"one": "s", "64": strings.Repeat("s", 64), "1000": strings.Repeat("0123456789", 100), "2000": strings.Repeat("A/+=~-_.:;", 200),
		"plus": "a+b +", "percent": "100% %41 %00 %zz", "NUL": "a\x00b", "ampersand": "a&b=c&iss=https://evil.example&code=x", "hash": "a#b", "UTF-8": "状態 ✓ é e\u0301 🗾",
		"line ends": "a\r\nSet-Cookie: x=1\n\tb", "quotes": `"'<script>alert(1)</script>\`, "spaces": " a  b ", "semicolon": "a;b", "question": "?a=b", "json": `{"a":"b"}`,
	} {
		t.Run("AZ-10 "+name, func(t *testing.T) {
			for outcome, pairs := range map[string][]string{"code": nil, "error": {"response_type", "token"}} {
				page := r.b.Authorize("app", idptest.Redirect, append(pairs, "state", state)...)
				q := page.Response(t, idptest.Redirect)
				if q.Get(outcome) == "" || len(q["state"]) != 1 || q.Get("state") != state || len(q["iss"]) != 1 || q.Get("iss") != r.URL {
					t.Errorf("AZ-09 %s: %s", outcome, page.Left)
				}
				if strings.ContainsAny(page.Left, "\x00\r\n #\"<>") || strings.Contains(page.Left, "+") {
					t.Errorf("the location %q is not encoded so that every reader reads the same", page.Left)
				}
			}
		})
	}
	for name, raw := range map[string]string{"absent": "", "empty": "&state="} {
		q := idptest.AuthorizeQuery("app", idptest.Redirect, "state", "")
		if v := r.b.Get("/authorize?"+q.Encode()+raw).Response(t, idptest.Redirect); v.Has("state") || v.Get("code") == "" {
			t.Errorf("AZ-10 %s state: %s", name, r.b.Page.Left)
		}
	}
	page := r.b.Authorize("app", idptest.Redirect, "state", strings.Repeat("s", 4097))
	if q := page.Response(t, idptest.Redirect); q.Get("error") != "invalid_request" || q.Has("state") {
		t.Errorf("AZ-10: a state too long to return is refused, not cut: %s", page.Left)
	}
}

var described = regexp.MustCompile(`^[\x20-\x21\x23-\x5b\x5d-\x7e]+$`)

// AZ-29: an error's description is a plain sentence of ours whatever was sent.
func TestErrorDescriptions(t *testing.T) {
	r := newRig(t)
	const probe = "\"><script>alert(1)</script>\r\n\\日本語"
	for _, name := range []string{
		"response_type", "scope", "prompt", "max_age", "claims", "id_token_hint", "response_mode", "code_challenge", "code_challenge_method",
		"request", "request_uri", "resource", "registration", "authorization_details", "dpop_jkt",
	} {
		t.Run("AZ-29 "+name, func(t *testing.T) {
			page := r.b.Authorize("app", idptest.Redirect, name, probe)
			q := page.Response(t, idptest.Redirect)
			d := q.Get("error_description")
			if q.Get("error") == "" || !described.MatchString(d) || strings.Contains(d, "alert") || strings.Contains(page.Left, "%3Cscript") {
				t.Errorf("response %s", page.Left)
			}
		})
	}
	for _, name := range []string{"client_id", "redirect_uri"} {
		page := r.b.Authorize("app", idptest.Redirect, name, probe)
		r.onPage(t, page)
		if strings.Contains(page.Body, "alert(1)") {
			t.Errorf("AZ-29: %s is reflected on the page", name)
		}
	}
	for path, form := range map[string]url.Values{
		"/token":      {"grant_type": {probe}, "client_id": {probe}, "client_secret": {probe}},
		"/introspect": {"token": {probe}}, "/revoke": {"token": {probe}}, "/userinfo": {"access_token": {probe}},
	} {
		a := r.PostForm(path, form)
		if d := a.String("error_description"); a.Status < 400 || !described.MatchString(d) || strings.Contains(a.Body, "alert") {
			t.Errorf("AZ-29: %s answered %d %s", path, a.Status, a.Body)
		}
	}
	a := r.rp.Post("/token", "grant_type", probe)
	if d := a.String("error_description"); !described.MatchString(d) || strings.Contains(a.Body, "alert") {
		t.Errorf("AZ-29: token endpoint answered %s", a.Body)
	}
}

// AZ-30 HD-06: the self-submitting page of form_post says what the query would, escaped,
// once, to the relying party's address only.
func TestFormPost(t *testing.T) {
	r := newRig(t)
	state := `"><script>alert(1)</script>&amp;'`
	page := r.b.Authorize("app", idptest.Redirect, "response_mode", "form_post", "state", state)
	f := page.Form(t, idptest.Redirect)
	if f.Method != http.MethodPost || f.Values.Get("code") == "" || f.Values.Get("state") != state || f.Values.Get("iss") != r.URL {
		t.Errorf("form %+v", f)
	}
	if strings.Contains(page.Body, "<script>alert") || page.Left != "" {
		t.Error("the state is not escaped")
	}
	csp := page.Header.Get("Content-Security-Policy")
	if strings.Contains(csp, "unsafe-inline") || !strings.Contains(csp, "form-action https://rp.example") && !strings.Contains(csp, "form-action 'self' https://rp.example") {
		t.Errorf("policy %s", csp)
	}
	if !strings.Contains(csp, "script-src 'nonce-") && !strings.Contains(csp, "script-src 'sha256-") && !strings.Contains(csp, "script-src 'self'") {
		t.Errorf("the script is allowed by neither nonce, hash nor origin: %s", csp)
	}
	if page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control %q", page.Header.Get("Cache-Control"))
	}
	if tokens := r.rp.Exchange(f.Values.Get("code")); tokens.Status != http.StatusOK {
		t.Errorf("the code of the form: %d %s", tokens.Status, tokens.Body)
	}
	failed := r.b.Authorize("app", idptest.Redirect, "response_mode", "form_post", "response_type", "token").Form(t, idptest.Redirect)
	if failed.Values.Get("error") == "" || failed.Values.Get("state") != "state-1" || failed.Values.Get("iss") != r.URL || failed.Values.Has("code") {
		t.Errorf("AZ-09: refused form %+v", failed)
	}
	r.refused(t, r.b.Authorize("app", idptest.Redirect, "response_mode", "form_post", "state", "state-1", "prompt", "none login", "response_mode", "query"), "invalid_request")
	q := r.b.Authorize("app", idptest.Redirect, "response_mode", "form_post", "state", "a\nb").Response(t, idptest.Redirect)
	if q.Get("error") != "invalid_request" || q.Has("state") {
		t.Errorf("AZ-10: a state that no form can return unchanged: %s", r.b.Page.Left)
	}
	r.EditClient("app", func(c *idp.Client) { c.Metadata.ResponseModes = []string{"query"} })
	r.refused(t, r.b.Authorize("app", idptest.Redirect, "response_mode", "form_post"), "invalid_request")
}

// AZ-15: no other origin ever reads an answer of the authorization endpoint or of a page,
// not even one a client is registered for.
func TestNoCORSAtPages(t *testing.T) {
	r := newRig(t)
	r.EditClient("app", func(c *idp.Client) { c.Metadata.AllowedOrigins = []string{"https://rp.example"} })
	r.Clock.Advance(3 * 1e9) // the list of origins is kept for two seconds
	q := idptest.AuthorizeQuery("app", idptest.Redirect).Encode()
	if a := r.Call(http.MethodGet, "/userinfo", "", "Origin", "https://rp.example"); a.Header.Get("Access-Control-Allow-Origin") != "https://rp.example" {
		t.Fatalf("the registered origin is unknown: %v", a.Header)
	}
	r.b.Authorize("app", idptest.Redirect, "prompt", "login")
	session := "sekisho-session=" + r.b.Cookie("sekisho-session") + "; sekisho-browser=" + r.b.Cookie("sekisho-browser")
	for _, path := range []string{"/authorize?" + q, r.b.Base(), "/account", "/logout", "/"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions, http.MethodHead} {
			for _, origin := range []string{"https://rp.example", "https://evil.example", "null", r.URL} {
				a := r.Call(method, path, "", "Origin", origin, "Access-Control-Request-Method", "GET", "Content-Type", "application/x-www-form-urlencoded", "Cookie", session)
				for name := range a.Header {
					if strings.HasPrefix(name, "Access-Control-") {
						t.Errorf("AZ-15 %s %s from %s: %s: %s", method, path, origin, name, a.Header.Get(name))
					}
				}
			}
		}
	}
}

// AZ-28: an error before anybody signed in does not send a stranger's browser to a client
// that registered itself; the firm's own clients and prompt=none are told at once.
func TestEarlyErrorsOfDynamicClients(t *testing.T) {
	r := newRig(t)
	r.NewRelyingParty("dynamic", nil)
	r.EditClient("dynamic", func(c *idp.Client) { c.Dynamic = true })
	stranger := r.NewBrowser()
	r.onPage(t, stranger.Authorize("dynamic", idptest.Redirect, "scope", "nonsense"))
	r.refused(t, stranger.Authorize("app", idptest.Redirect, "max_age", "x"), "invalid_request")
	r.refused(t, stranger.Authorize("dynamic", idptest.Redirect, "prompt", "none", "max_age", "x"), "invalid_request")
	r.refused(t, stranger.Authorize("dynamic", idptest.Redirect, "prompt", "none"), "login_required")
	r.refused(t, r.b.Authorize("dynamic", idptest.Redirect, "max_age", "x"), "invalid_request")
}

// AZ-31: what a customer meets on the way loads nothing from elsewhere and sends no referrer.
func TestPagesAreTheirOwn(t *testing.T) {
	r := newRig(t)
	r.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty = false; m.LogoURI = "https://rp.example/logo.png" })
	for name, page := range map[string]*idptest.Page{
		"sign-in": r.NewBrowser().Authorize("app", idptest.Redirect), "consent": r.b.Authorize("third", idptest.Redirect),
		"error": r.b.Authorize("nobody", idptest.Redirect), "form_post": r.b.Authorize("app", idptest.Redirect, "response_mode", "form_post"),
	} {
		t.Run("AZ-31 "+name, func(t *testing.T) {
			if page.Header.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("Referrer-Policy %q", page.Header.Get("Referrer-Policy"))
			}
			for _, found := range regexp.MustCompile(`(?:src|srcset|poster|data)="([^"]*)"|<link[^>]*href="([^"]*)"|url\(([^)]*)\)`).FindAllStringSubmatch(page.Body, -1) {
				if target := found[1] + found[2] + found[3]; strings.Contains(target, "//") && !strings.HasPrefix(target, r.URL) {
					t.Errorf("loads %s", target)
				}
			}
		})
	}
}
