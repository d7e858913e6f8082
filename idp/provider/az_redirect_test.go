package provider_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

const tenantRedirect = "https://rp.example/cb?tenant=1"

// AZ-01 AZ-02: the customer is signed in and the client is the firm's own, so the only
// thing between the request and a code is the comparison of the redirect URI.
func TestRedirectURIMutations(t *testing.T) {
	r := newRig(t)
	r.EditClient("app", func(c *idp.Client) { c.Metadata.RedirectURIs = []string{idptest.Redirect, tenantRedirect} })
	for _, uri := range []string{idptest.Redirect, tenantRedirect} {
		if q := r.b.Authorize("app", uri).Response(t, uri); q.Get("code") == "" {
			t.Fatalf("the registered %s got no code", uri)
		}
	}
	before := r.grants(r.taro)
	for _, uri := range mutations() {
		t.Run(uri, func(t *testing.T) {
			q := idptest.AuthorizeQuery("app", uri)
			for _, page := range []*idptest.Page{r.b.Get("/authorize?" + q.Encode()), r.b.Post("/authorize", q)} {
				r.onPage(t, page)
				for _, f := range page.Forms {
					if strings.Contains(f.Action, "evil") {
						t.Errorf("the page has a form to %s", f.Action)
					}
				}
				if strings.Contains(page.Body, `href="`+uri) {
					t.Error("the page links to the address sent")
				}
			}
		})
	}
	if after := r.grants(r.taro); after != before {
		t.Errorf("%d grants were made by refused requests", after-before)
	}
}

func mutations() []string {
	return []string{
		idptest.Redirect + "/", idptest.Redirect + "/.", idptest.Redirect + "/../callback", idptest.Redirect + "x",
		"https://rp.example/callbac", "https://rp.example/", "https://rp.example", "https://rp.example/Callback",
		"https://rp.example/%63allback", "https://rp.example/call%2Fback", "https://rp.example//callback", "https://rp.example/./callback",
		"https://rp.example/a/../callback", "https://rp.example/a/%2e%2e/callback", `https://rp.example\callback`, "https://rp.example/callback%00",
		idptest.Redirect + "?", idptest.Redirect + "?a=1", idptest.Redirect + "#", idptest.Redirect + "#f", idptest.Redirect + "%23f",
		idptest.Redirect + "\x00", idptest.Redirect + " ", " " + idptest.Redirect, idptest.Redirect + "\r\nLocation: https://evil.example", idptest.Redirect + "\t",
		"HTTPS://rp.example/callback", "https://RP.example/callback", "https://rp.example:443/callback", "https://rp.example:8443/callback", "https://rp.example./callback",
		"http://rp.example/callback", "//rp.example/callback", "/callback", "callback", "https:rp.example/callback", "https:///rp.example/callback",
		"https://user@rp.example/callback", "https://rp.example@evil.example/callback", "https://evil.example/https://rp.example/callback",
		"https://evil.example/callback", "https://rp.example.evil.example/callback", "https://evilrp.example/callback", "https://x.rp.example/callback", "https://evil.example#@rp.example/callback",
		`https://evil.example\@rp.example/callback`, "https://evil.example?@rp.example/callback", "https://rp.example%2eevil.example/callback", "https://rp.exаmple/callback",
		"javascript:alert(1)//rp.example/callback", "data:text/html,https://rp.example/callback", "https://rp.example/cb", "https://rp.example/cb?tenant=2", "https://rp.example/cb?tenant=1&tenant=2",
		"https://rp.example/cb?tenant=1&x=https://evil.example", "https://rp.example/cb?TENANT=1", "https://rp.example/cb?tenant=%31", "https://127.0.0.1/callback", "http://localhost/callback",
	}
}

// AZ-02: who asks, or where the answer would go, is in doubt.
func TestDoubtfulClientIsToldOnAPage(t *testing.T) {
	r := newRig(t)
	r.NewRelyingParty("off", nil)
	r.EditClient("off", func(c *idp.Client) { c.Disabled = true })
	valid := idptest.AuthorizeQuery("app", idptest.Redirect)
	for name, raw := range map[string]string{
		"unknown client":       with(valid, "client_id", "nobody"),
		"disabled client":      with(valid, "client_id", "off"),
		"missing client":       with(valid, "client_id", ""),
		"client twice":         valid.Encode() + "&client_id=app",
		"client of control":    with(valid, "client_id", "app\x00"),
		"missing redirect URI": with(valid, "redirect_uri", ""),
		"redirect URI twice":   valid.Encode() + "&redirect_uri=" + url.QueryEscape(idptest.Redirect),
		"broken escape":        valid.Encode() + "&x=%zz",
		"not UTF-8":            valid.Encode() + "&x=%ff",
	} {
		t.Run("AZ-02 "+name, func(t *testing.T) { r.onPage(t, r.b.Get("/authorize?"+raw)) })
	}
	unknown := r.b.Get("/authorize?" + with(valid, "client_id", "nobody"))
	disabled := r.b.Get("/authorize?" + with(valid, "client_id", "off"))
	if a, b := errorText(unknown.Body), errorText(disabled.Body); a != b {
		t.Errorf("an unknown and a disabled client are told apart:\n%s\n%s", a, b)
	}
}

var reference = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`)

// errorText is an error page without its reference number, which differs each time.
func errorText(body string) string {
	_, body, _ = strings.Cut(body, "<main")
	return reference.ReplaceAllString(body, "")
}

func with(q url.Values, name, value string) string {
	c := url.Values{}
	for k, v := range q {
		c[k] = v
	}
	c.Del(name)
	if value != "" {
		c.Set(name, value)
	}
	return c.Encode()
}

// AZ-03: a native app may listen on any port of the loopback address, and nothing else varies.
func TestLoopbackRedirect(t *testing.T) {
	r := newRig(t)
	registered := []string{"http://127.0.0.1/cb", "http://[::1]/cb", "jp.example.app:/cb"}
	r.NewRelyingParty("native", func(m *idp.ClientMetadata) {
		m.ApplicationType, m.RedirectURIs, m.TokenEndpointAuthMethod = "native", registered, idp.AuthNone
		m.GrantTypes = []string{"authorization_code"}
	})
	for _, uri := range []string{"http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", "http://127.0.0.1:1/cb", "http://[::1]:65535/cb", "jp.example.app:/cb"} {
		if q := r.b.Authorize("native", uri).Response(t, uri+"?"); q.Get("code") == "" {
			t.Errorf("%s got no code", uri)
		}
	}
	for _, uri := range []string{
		"http://localhost:49152/cb", "http://127.0.0.1:49152/", "http://127.0.0.1:49152/cb/x", "http://127.0.0.1:49152/cb?x=1", "http://127.0.0.1:0/cb", "http://127.0.0.1:65536/cb",
		"http://127.0.0.1:/cb", "http://127.0.0.1:80@evil.example/cb", "http://127.0.0.1.evil.example/cb", "http://127.0.0.2:49152/cb", "http://127.1:49152/cb", "http://[::2]:1/cb",
		"http://2130706433:49152/cb", "https://127.0.0.1:49152/cb", "http://[::ffff:127.0.0.1]:1/cb", "jp.example.app://cb", "jp.example.app:/cb2", "jp.example.other:/cb",
	} {
		t.Run("AZ-03 "+uri, func(t *testing.T) { r.onPage(t, r.b.Authorize("native", uri)) })
	}
	// The same for a web client, whose row may only have been written around the registration.
	r.EditClient("app", func(c *idp.Client) { c.Metadata.RedirectURIs = []string{"https://rp.example/cb"} })
	r.onPage(t, r.b.Authorize("app", "http://127.0.0.1:49152/cb"))
}

// AZ-04: a dangerous redirect URI is refused at use even where it stands in the client's
// row; that the registration refuses it too is idp/oidc's to prove.
func TestDangerousRegisteredRedirectIsNotUsed(t *testing.T) {
	r := newRig(t)
	for _, uri := range []string{
		"http://rp.example/callback", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "https://*.rp.example/callback",
		"https://rp.example/callback#f", "https://user:pw@rp.example/callback", "/callback", "//rp.example/callback", "https://", "blob:https://rp.example/1", "http://127.0.0.1.rp.example/",
	} {
		t.Run("AZ-04 "+uri, func(t *testing.T) {
			r.EditClient("app", func(c *idp.Client) { c.Metadata.RedirectURIs = []string{uri} })
			r.onPage(t, r.b.Authorize("app", uri))
		})
	}
}
