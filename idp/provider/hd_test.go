package provider_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/provider"
)

// visits opens every page there is, and every error page, in the walking browser, and
// returns what came back.
func visits(t *testing.T, w *walk) []*http.Response {
	t.Helper()
	keep := &bodies{next: w.b.Client.Transport}
	w.b.Client.Transport = keep
	for _, route := range w.Routes() {
		path := w.concrete(route.Path)
		w.send(t, http.MethodGet, path, attempt{})
		w.send(t, http.MethodDelete, path, attempt{})
		w.send(t, http.MethodPost, path, attempt{media: formMedia, body: "x=1"})
		w.send(t, http.MethodPost, path, attempt{media: jsonMedia, body: "{}"})
		w.send(t, http.MethodPost, path, attempt{media: formMedia, body: strings.Repeat("x", 70<<10)})
	}
	for _, path := range []string{
		"/no/such/page", "/authorize?client_id=app&redirect_uri=https://evil.example/", "/authorize?client_id=<script>alert(1)</script>", "/account?lang=en",
		"/logout?id_token_hint=x", "/interaction/none", "/account/passkeys/none/rename", "/account/passkeys/none/remove", "/?" + strings.Repeat("x", 9000),
		"/authorize?" + idptest.AuthorizeQuery("app", idptest.Redirect, "response_mode", "form_post", "prompt", "none", "max_age", "1").Encode(),
		"/authorize?" + idptest.AuthorizeQuery("third", idptest.Redirect, "prompt", "consent").Encode(),
	} {
		w.b.Get(path)
	}
	w.b.Client.Transport = keep.next
	return keep.seen
}

// bodies notes answers with what was in them.
type bodies struct {
	next http.RoundTripper
	seen []*http.Response
}

func (x *bodies) RoundTrip(r *http.Request) (*http.Response, error) {
	if x.next == nil {
		x.next = http.DefaultTransport
	}
	resp, err := x.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	resp.Body = io.NopCloser(strings.NewReader(string(raw)))
	copied := *resp
	copied.Body = io.NopCloser(strings.NewReader(string(raw)))
	x.seen = append(x.seen, &copied)
	return resp, nil
}

func directive(csp, name string) string {
	for part := range strings.SplitSeq(csp, ";") {
		if word, value, _ := strings.Cut(strings.TrimSpace(part), " "); word == name {
			return value
		}
	}
	return ""
}

// Every answer of the https issuer, pages and errors alike.
func TestHeadersOfEveryAnswer(t *testing.T) {
	w := newWalk(t, func(o *idptest.Options) { o.Edit = idptest.BehindProxy })
	w.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty = false })
	pages, calls := map[string]bool{}, 0
	for _, resp := range visits(t, w) {
		h, where := resp.Header, resp.Request.Method+" "+resp.Request.URL.Path
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if h.Get(name) != want || len(h.Values(name)) != 1 {
				t.Errorf("HD-04 HD-02 %s (%d): %s %q", where, resp.StatusCode, name, h.Values(name))
			}
		}
		if got := h.Get("Strict-Transport-Security"); got != "max-age=63072000; includeSubDomains" {
			t.Errorf("HD-03 %s (%d): %q", where, resp.StatusCode, got)
		}
		if !strings.HasPrefix(h.Get("Permissions-Policy"), "publickey-credentials-get=(self), publickey-credentials-create=(self)") || !strings.Contains(h.Get("Permissions-Policy"), "camera=()") {
			t.Errorf("HD-04 %s: %q", where, h.Get("Permissions-Policy"))
		}
		if corp := h.Get("Cross-Origin-Resource-Policy"); corp != "same-origin" {
			t.Errorf("HD-04 %s: %q", where, corp)
		}
		for _, name := range []string{"Server", "X-Powered-By", "X-Aspnet-Version"} {
			if h.Get(name) != "" {
				t.Errorf("LG-06 %s: %s", where, name)
			}
		}
		media := h.Get("Content-Type")
		if len(body) == 0 {
			continue
		}
		if !strings.Contains(strings.ToLower(media), "charset=utf-8") && !strings.HasPrefix(media, jsonMedia) && !strings.HasPrefix(media, "application/jwk-set+json") {
			t.Errorf("HD-05 %s (%d): %q", where, resp.StatusCode, media)
		}
		csp := h.Get("Content-Security-Policy")
		if len(h.Values("Content-Security-Policy")) != 1 || strings.Contains(csp, "unsafe-") || strings.Contains(csp, "*") {
			t.Errorf("HD-01 %s: %q", where, csp)
		}
		if !strings.HasPrefix(media, "text/html") || resp.StatusCode/100 == 3 { // a redirect's body is a bare link
			calls++
			if directive(csp, "default-src") != "'none'" || directive(csp, "frame-ancestors") != "'none'" {
				t.Errorf("HD-01 %s: %q", where, csp)
			}
			continue
		}
		pages[resp.Request.URL.Path] = true
		for name, want := range map[string]string{
			"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "object-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'",
		} {
			if got := directive(csp, name); got != want {
				t.Errorf("HD-01 %s: %s %q", where, name, got)
			}
		}
		target := directive(csp, "form-action")
		if target != "'self'" && target != "'self' https://rp.example" {
			t.Errorf("HD-01 %s: form-action %q", where, target)
		}
		if h.Get("Cache-Control") != "no-store" {
			t.Errorf("SE-10 %s: %q", where, h.Get("Cache-Control"))
		}
		checkDocument(t, where, string(body))
	}
	if len(pages) < 15 || calls < 10 {
		t.Errorf("only %d pages and %d other answers were seen", len(pages), calls)
	}
}

var (
	inline   = regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>[^<]|\son[a-z]+=|javascript:|<style|\sstyle="`)
	external = regexp.MustCompile(`(?i)<(?:script|link|img|iframe|source|video|audio|embed|object)[^>]+(?:src|href|data)="([^"]*)"`)
)

// checkDocument: nothing of a page runs inline or comes from elsewhere (HD-01, HD-10).
func checkDocument(t *testing.T, where, body string) {
	t.Helper()
	if found := inline.FindString(body); found != "" {
		t.Errorf("HD-01 %s: %q", where, found)
	}
	for _, m := range external.FindAllStringSubmatch(body, -1) {
		if !strings.HasPrefix(m[1], "/") || strings.HasPrefix(m[1], "//") {
			t.Errorf("HD-10 %s: %q", where, m[1])
		}
	}
	if strings.Contains(body, "<script>alert") {
		t.Errorf("HD-06 %s: a value became markup", where)
	}
}

// HD-05: what programs call never answers with a page.
func TestProgramsGetNoPages(t *testing.T) {
	w := newWalk(t, nil)
	for _, path := range []string{"/token", "/introspect", "/revoke", "/userinfo", "/interaction/none/passkey", "/interaction/none/enrol/finish", w.concrete("/interaction/{id}/passkey/options")} {
		for _, a := range []attempt{
			{media: formMedia, body: "grant_type=authorization_code"}, {media: jsonMedia, body: "{}"}, {media: formMedia, body: strings.Repeat("x", 70<<10)},
			{media: jsonMedia, body: strings.Repeat("x", 70<<10)}, {media: jsonMedia, body: `{"a":1,"a":2}`}, {media: "text/plain", body: "x"},
		} {
			page := w.send(t, http.MethodPost, path, a)
			if strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") && strings.HasPrefix(a.media, jsonMedia) || strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") && !strings.HasPrefix(path, "/interaction") {
				t.Errorf("HD-05 %s with %s of %d bytes: %d %s", path, a.media, len(a.body), page.Status, page.Header.Get("Content-Type"))
			}
		}
	}
}

// HD-07: no parameter of ours sends a browser anywhere.
func TestNoOpenRedirect(t *testing.T) {
	w := newWalk(t, nil)
	for _, target := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "/%09/evil.example", "https:evil.example", "javascript:alert(1)"} {
		for _, name := range []string{"next", "return_to", "continue", "redirect", "url", "done", "lang", "base"} {
			for _, path := range []string{"/", "/account", "/account/passkeys/add", "/account/totp", "/invite", "/help/signin", "/logout", w.concrete("/interaction/{id}")} {
				page := w.b.Get(path + "?" + url.Values{name: {target}}.Encode())
				if page.Left != "" || strings.Contains(page.Body, `href="`+target) || strings.Contains(page.Body, `action="`+target) {
					t.Errorf("HD-07 %s %s=%s leads to %q", path, name, target, page.Left)
				}
			}
		}
	}
	for _, path := range []string{"//evil.example", "//evil.example/account", "/account//evil.example", "/\\evil.example", "/%2f%2fevil.example"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Opaque = path
		if page := w.b.Do(r); strings.Contains(page.Header.Get("Location"), "evil") && !strings.HasPrefix(page.Header.Get("Location"), "/") || strings.HasPrefix(page.Header.Get("Location"), "//") {
			t.Errorf("HD-07 %s: %d %q", path, page.Status, page.Header.Get("Location"))
		}
	}
}

// IN-09: another Host is refused before anything is done, and never appears anywhere.
func TestForeignHost(t *testing.T) {
	for name, edit := range map[string]func(*idptest.Options){"http": nil, "https behind a proxy": func(o *idptest.Options) { o.Edit = idptest.BehindProxy }} {
		t.Run("IN-09 "+name, func(t *testing.T) {
			w := newWalk(t, edit)
			before := w.state(t)
			for _, host := range []string{"evil.example", "id.example.evil.example", "id.example:444", "localhost", "127.0.0.1", "ID.EXAMPLE."} {
				for _, route := range w.Routes() {
					r, err := http.NewRequestWithContext(t.Context(), route.Method, w.b.Origin+w.concrete(route.Path), nil)
					if err != nil {
						t.Fatal(err)
					}
					r.Host = host
					r.Header.Set("X-Forwarded-Host", host)
					page := w.b.Do(r)
					if page.Status != http.StatusMisdirectedRequest || strings.Contains(page.Body, host) || len(page.Header.Values("Set-Cookie")) > 0 {
						t.Errorf("IN-09 %s %s at %s: %d", route.Method, route.Path, host, page.Status)
					}
				}
			}
			if w.state(t) != before {
				t.Error("IN-09: a foreign host changed something")
			}
			// With our own Host, what a proxy-shaped header says is not believed.
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.b.Origin+"/.well-known/openid-configuration", nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"X-Forwarded-Host", "X-Original-Host", "X-Host"} {
				r.Header.Set(name, "evil.example")
			}
			r.Header.Set("Forwarded", "host=evil.example;proto=http")
			r.Header.Set("X-Forwarded-Proto", "http")
			page := w.b.Do(r)
			if page.Status != http.StatusOK || strings.Contains(page.Body, "evil") || !strings.Contains(page.Body, `"`+w.Config.Issuer+`"`) {
				t.Errorf("IN-09: %d %s", page.Status, page.Body)
			}
		})
	}
}

// IN-08: an address counts as far as the configured proxies vouch for it.
func TestAddressInTheTrail(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: idptest.BehindProxy})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	for i, c := range []struct{ address, forwarded, want string }{
		{"203.0.113.7", "", "203.0.113.7"},
		{"203.0.113.7", "198.51.100.1", "203.0.113.7"},
		{"203.0.113.7", "198.51.100.1, 127.0.0.1", "203.0.113.7"},
		{"2001:db8::7", "127.0.0.1", "2001:db8::7"},
	} {
		p.Clock.Advance(time.Second)
		b := p.ViaProxy(c.address, c.forwarded)
		b.SignIn(p, taro)
		r := p.Recorded(t, "session.started")
		if r.IP != c.want {
			t.Errorf("IN-08 %d: the trail says %s, want %s", i, r.IP, c.want)
		}
		if !strings.Contains(b.Page.Body, c.want) {
			t.Errorf("IN-08 %d: the customer's own page does not show %s", i, c.want)
		}
	}
	// Somebody who reaches the listener itself vouches for nobody.
	direct := p.NewBrowser()
	if page := direct.Get(p.URL + "/"); page.Status != http.StatusMisdirectedRequest {
		t.Errorf("IN-09: past the proxy %d", page.Status)
	}
}

// HD-03: the plain listener sends people to the https origin and takes nothing else, so
// that no program's secrets go on being sent in the clear.
func TestPlainListener(t *testing.T) {
	w := newWalk(t, func(o *idptest.Options) { o.Edit = idptest.BehindProxy })
	plain := w.RedirectHandler()
	for _, route := range w.Routes() {
		path := w.concrete(route.Path)
		r := httptest.NewRequest(route.Method, path+"?x=1", nil)
		r.Host = "evil.example"
		answer := httptest.NewRecorder()
		plain.ServeHTTP(answer, r)
		page := route.Kind == provider.Page && route.Method == http.MethodGet
		switch location := answer.Header().Get("Location"); {
		case page && (answer.Code != http.StatusMovedPermanently || location != idptest.HTTPSIssuer+path+"?x=1"):
			t.Errorf("HD-03 %s %s: %d %q", route.Method, path, answer.Code, location)
		case !page && route.Kind != provider.Public && (answer.Code != http.StatusForbidden || location != ""):
			t.Errorf("HD-03 %s %s: %d %q", route.Method, path, answer.Code, location)
		}
	}
}
