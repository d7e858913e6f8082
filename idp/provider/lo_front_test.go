package provider_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
	"sekisho/idp/oidc"
	"sekisho/idp/provider"
)

var iframe = regexp.MustCompile(`<iframe hidden src="([^"]*)" sandbox="allow-scripts allow-same-origin" referrerpolicy="no-referrer"`)

// framed lists what a page frames.
func framed(page *idptest.Page) []string {
	var out []string
	for _, m := range iframe.FindAllStringSubmatch(page.Body, -1) {
		out = append(out, html.UnescapeString(m[1]))
	}
	return out
}

func TestFrontChannelLogout(t *testing.T) {
	r := newRig(t)
	at := func(uri string) func(*idp.ClientMetadata) {
		return func(m *idp.ClientMetadata) { m.FrontChannelLogoutURI, m.FrontChannelLogoutSID = uri, true }
	}
	web := r.NewRelyingParty("web", at("https://rp.example/out"))
	more := r.NewRelyingParty("more", at("https://rp.example/out?from=op"))
	r.NewRelyingParty("elsewhere", at("https://rp.example/elsewhere"))
	t.Run("oidcc-frontchannel-logout-discovery-endpoint-verification", func(t *testing.T) {
		d := r.Call("GET", "/.well-known/openid-configuration", "")
		if d.JSON["frontchannel_logout_supported"] != true || d.JSON["frontchannel_logout_session_supported"] != true {
			t.Errorf("published: %s", d.Body)
		}
	})
	check := func(t *testing.T, page *idptest.Page, sid any) {
		t.Helper()
		said := url.Values{"iss": {r.URL}, "sid": {fmt.Sprint(sid)}}
		got := framed(page)
		if len(got) != 2 {
			t.Fatalf("frames %v", got)
		}
		for i, base := range []string{"https://rp.example/out?from=op&", "https://rp.example/out?"} {
			if q, err := url.ParseQuery(strings.TrimPrefix(got[i], base)); err != nil || q.Encode() != said.Encode() {
				t.Errorf("frame %q, want %s with %v", got[i], base, said)
			}
		}
		if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "; frame-src https://rp.example; ") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("policy %q", csp)
		}
		if got := page.Header.Get("Clear-Site-Data"); strings.Contains(got, "cookies") || !strings.Contains(got, `"cache"`) {
			t.Errorf("Clear-Site-Data %q would take the cookies by which the framed site knows its session", got)
		}
	}
	t.Run("oidcc-frontchannel-rp-initiated-logout", func(t *testing.T) {
		b := r.signedIn(r.taro)
		more.Grant(b)
		idToken := web.Grant(b).String("id_token")
		page := b.Get(endSession("id_token_hint", idToken, "post_logout_redirect_uri", bye, "state", "s 1"))
		check(t, page, idptest.Claims(t, idToken)["sid"])
		if page.Status != http.StatusOK || !strings.Contains(page.Body, `href="https://rp.example/bye?state=s%201" data-leave="3000"`) {
			t.Errorf("no way on: %s", page.Body)
		}
		if got := page.Header.Get("Refresh"); got != "1; url="+bye+"?state=s%201" {
			t.Errorf("without script it goes on by %q", got)
		}
		r.refused(t, b.Authorize("app", idptest.Redirect, "prompt", "none"), "login_required")
		if again := b.Get(endSession("client_id", "web", "post_logout_redirect_uri", bye)); again.Left != bye || len(framed(again)) != 0 {
			t.Errorf("signed out already, it leads to %q and frames %v", again.Left, framed(again))
		}
	})
	t.Run("confirmed by the customer, and from the provider's own page", func(t *testing.T) {
		for name, out := range map[string]func(b *idptest.Browser) *idptest.Page{
			"confirmed":  func(b *idptest.Browser) *idptest.Page { b.Get("/logout"); return b.Submit("/logout/confirm") },
			"own page":   func(b *idptest.Browser) *idptest.Page { b.Get("/account"); return b.Submit("/account/logout") },
			"everywhere": func(b *idptest.Browser) *idptest.Page { b.Get("/account"); return b.Submit("/sessions/end-all") },
		} {
			b := r.signedIn(r.taro)
			more.Grant(b)
			sid := idptest.Claims(t, web.Grant(b).String("id_token"))["sid"]
			page := out(b)
			check(t, page, sid)
			if page.Header.Get("Refresh") != "" || strings.Contains(page.Body, "data-leave") {
				t.Errorf("%s: the page goes somewhere by itself", name)
			}
		}
	})
	t.Run("other pages frame nothing", func(t *testing.T) {
		b := r.signedIn(r.taro)
		b.Get("/account")
		for _, page := range []*idptest.Page{b.Page, b.Submit("/account/logout")} {
			if !strings.Contains(page.Header.Get("Content-Security-Policy"), "frame-src 'none'") {
				t.Errorf("policy %q", page.Header.Get("Content-Security-Policy"))
			}
		}
	})
}

// oidcc-frontchannel-rp-initiated-logout in a real browser: the relying party's page is
// loaded with iss and sid, the customer is back where they came from; a relying party
// whose page never comes does not keep them.
func TestFrontChannelLogoutInChromium(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { unlimited(c); c.Logout.Frames = time.Second }})
	told := make(chan url.Values, 10)
	release := make(chan struct{})
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/out":
			told <- r.URL.Query()
		case "/never":
			<-release
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>rp</title><p>at %s</p>", r.URL.Path)
	}))
	t.Cleanup(site.Close)
	t.Cleanup(func() { close(release) })
	home := strings.Replace(site.URL, "127.0.0.1", "localhost", 1)
	register := func(id, front string) *idptest.RelyingParty {
		return p.NewRelyingParty(id, func(m *idp.ClientMetadata) {
			m.RedirectURIs, m.PostLogoutRedirectURIs, m.FrontChannelLogoutURI = []string{home + "/callback"}, []string{home + "/bye"}, home+front
		})
	}
	web := register("web", "/out")
	register("slow", "/never")
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	for _, clients := range [][]string{{"web"}, {"web", "slow"}} {
		p.Clock.Advance(31 * time.Second)
		b := chromium.New(t)
		var code string
		for i, client := range clients {
			b.Open(p.URL + "/authorize?" + idptest.AuthorizeQuery(client, home+"/callback").Encode())
			if i == 0 {
				b.Fill("login", a.LoginName)
				b.Fill("password", a.Password)
				b.Click(pressIn + `/password"] button:not([type=button])`)
				b.Fill("code", a.TOTP())
				b.Click(pressIn + `/code"] button:not([type=button])`)
			}
			b.WaitURL(home + "/callback")
			at, err := url.Parse(b.URL())
			if err != nil {
				t.Fatal(err)
			}
			if client == "web" {
				code = at.Query().Get("code")
			}
		}
		tokens := web.Post("/token", "grant_type", "authorization_code", "code", code, "redirect_uri", home+"/callback", "code_verifier", idptest.Verifier)
		idToken := tokens.String("id_token")
		b.Open(p.URL + endSession("id_token_hint", idToken, "post_logout_redirect_uri", home+"/bye", "state", "s1"))
		b.WaitURL(home + "/bye?state=s1")
		if got := <-told; got.Get("iss") != p.URL || got.Get("sid") != idptest.Claims(t, idToken)["sid"] {
			t.Errorf("told %v", got)
		}
	}
}

// Who may be told, and framed, is settled when a client is registered.
func TestLogoutAddressesAtRegistration(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	rules := provider.MetadataRules(p.Config)
	base := idp.ClientMetadata{RedirectURIs: []string{idptest.Redirect}, GrantTypes: []string{"authorization_code"}}
	for name, c := range map[string]struct {
		edit func(*idp.ClientMetadata)
		ok   bool
	}{
		"back-channel":                       {func(m *idp.ClientMetadata) { m.BackChannelLogoutURI = "https://rp.example/out?x=1" }, true},
		"back-channel elsewhere":             {func(m *idp.ClientMetadata) { m.BackChannelLogoutURI = "https://api.rp.example/out" }, true},
		"back-channel http":                  {func(m *idp.ClientMetadata) { m.BackChannelLogoutURI = "http://rp.example/out" }, false},
		"back-channel fragment":              {func(m *idp.ClientMetadata) { m.BackChannelLogoutURI = "https://rp.example/out#x" }, false},
		"back-channel user":                  {func(m *idp.ClientMetadata) { m.BackChannelLogoutURI = "https://u:p@rp.example/out" }, false},
		"back-channel relative":              {func(m *idp.ClientMetadata) { m.BackChannelLogoutURI = "/out" }, false},
		"session without address":            {func(m *idp.ClientMetadata) { m.BackChannelLogoutSID = true }, false},
		"front-channel":                      {func(m *idp.ClientMetadata) { m.FrontChannelLogoutURI = "https://rp.example/out" }, true},
		"front-channel other port":           {func(m *idp.ClientMetadata) { m.FrontChannelLogoutURI = "https://rp.example:8443/out" }, false},
		"front-channel other host":           {func(m *idp.ClientMetadata) { m.FrontChannelLogoutURI = "https://evil.example/out" }, false},
		"front-channel http":                 {func(m *idp.ClientMetadata) { m.FrontChannelLogoutURI = "http://rp.example/out" }, false},
		"front-channel script":               {func(m *idp.ClientMetadata) { m.FrontChannelLogoutURI = "javascript:alert(1)" }, false},
		"front-channel directive":            {func(m *idp.ClientMetadata) { m.FrontChannelLogoutURI = "https://rp.example/out; script-src *" }, false},
		"oidcc-3rd_party-init-login":         {func(m *idp.ClientMetadata) { m.InitiateLoginURI = "https://rp.example/begin" }, true},
		"oidcc-3rd_party-init-login-nohttps": {func(m *idp.ClientMetadata) { m.InitiateLoginURI = "http://rp.example/begin" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := base
			c.edit(&m)
			if _, wrong := oidc.CheckClientMetadata(m, rules); (wrong == nil) != c.ok {
				t.Errorf("%+v: %v", m, wrong)
			}
		})
	}
}

// oidcc-3rd_party-init-login: the list of connected applications leads to where the
// application begins a sign-in of its own, with iss, and its request is answered.
func TestInitiateLogin(t *testing.T) {
	r := newRig(t)
	web := r.NewRelyingParty("web", func(m *idp.ClientMetadata) { m.InitiateLoginURI = "https://rp.example/begin?from=op" })
	web.Grant(r.b)
	want := "https://rp.example/begin?from=op&iss=" + url.QueryEscape(r.URL)
	if page := r.b.Get("/account"); !strings.Contains(html.UnescapeString(page.Body), `href="`+want+`"`) {
		t.Errorf("no link to %s", want)
	}
	if got := r.b.Authorize("web", idptest.Redirect).Response(t, idptest.Redirect); got.Get("code") == "" || got.Get("iss") != r.URL {
		t.Errorf("answered %v", got)
	}
}
