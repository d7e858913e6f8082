package provider_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

const sessionCookie = "sekisho-session"

// tap notes every answer a browser gets.
type tap struct {
	next http.RoundTripper
	seen []*http.Response
}

func listen(b *idptest.Browser) *tap {
	x := &tap{next: b.Client.Transport}
	if x.next == nil {
		x.next = http.DefaultTransport
	}
	b.Client.Transport = x
	return x
}

func (x *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := x.next.RoundTrip(r)
	if err == nil {
		x.seen = append(x.seen, resp)
	}
	return resp, err
}

// SE-01: the cookie is 256 random bits, and the server keeps its hash only.
func TestSessionCookieIsOpaque(t *testing.T) {
	w := newWalk(t, nil)
	value := w.b.Cookie(sessionCookie)
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(raw) != 32 {
		t.Fatalf("SE-01: cookie %q is not 256 bits: %v", value, err)
	}
	hash := idp.HashSecret(value)
	hashed := false
	for _, c := range idptest.Cells(t, w.url) {
		if strings.Contains(string(c.Value), value) || strings.Contains(string(c.Value), string(raw)) {
			t.Errorf("SE-01: %s.%s holds the cookie", c.Table, c.Column)
		}
		hashed = hashed || c.Table == "sessions" && string(c.Value) == string(hash)
	}
	if !hashed {
		t.Error("SE-01: the session is not found by the hash")
	}
	for _, personal := range []string{w.taro.ID, w.taro.Subject, w.taro.LoginName} {
		if strings.Contains(value, personal) || strings.Contains(string(raw), personal) {
			t.Error("SE-01: the cookie says who it is")
		}
	}
	// 10 000 of the same source share no bit that is fixed and no value.
	seen, and, or := map[string]bool{}, [32]byte{}, [32]byte{}
	for i := range and {
		and[i] = 0xff
	}
	for range 10_000 {
		s := idp.NewSecret()
		b, _ := base64.RawURLEncoding.DecodeString(s)
		seen[s] = true
		for i := range b {
			and[i] &= b[i]
			or[i] |= b[i]
		}
	}
	for i := range and {
		if and[i] != 0 || or[i] != 0xff {
			t.Fatalf("SE-01: byte %d has fixed bits", i)
		}
	}
	if len(seen) != 10_000 {
		t.Error("SE-01: secrets repeat")
	}
}

// SE-02: what the https issuer sets in a whole life of a browser.
func TestCookiesOfTheHTTPSIssuer(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: idptest.BehindProxy})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := p.ViaProxy("203.0.113.7", "")
	x := listen(b)
	b.Get("/?lang=en")
	b.Get("/help/signin?lang=ja")
	b.Authorize("app", idptest.Redirect)
	b.PasswordSignIn(p, taro)
	b.Get("/account?lang=en")
	b.Submit("/account/logout")
	set := map[string]bool{}
	for _, resp := range x.seen {
		for _, line := range resp.Header.Values("Set-Cookie") {
			c, err := http.ParseSetCookie(line)
			if err != nil {
				t.Fatal(err)
			}
			set[c.Name] = true
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" ||
				c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode {
				t.Errorf("SE-02: %q", line)
			}
			persistent := c.MaxAge > 0 || !c.Expires.IsZero()
			if persistent && c.Name != "__Host-sekisho-lang" && c.Name != "__Host-sekisho-known" {
				t.Errorf("SE-02: %q outlives the browser", line)
			}
		}
		size := 0
		for _, line := range resp.Header.Values("Set-Cookie") {
			size += len(line)
		}
		if size > 4096 {
			t.Errorf("SE-02: %d bytes of cookies in one answer", size)
		}
	}
	for _, name := range []string{"session", "browser", "lang", "known"} {
		if !set["__Host-sekisho-"+name] {
			t.Errorf("no %s cookie was set, so nothing was proved about it", name)
		}
	}
	// SE-15: without the prefix, which a sibling domain could set, a cookie means nothing.
	b.SignIn(p, taro)
	value := b.Cookie("__Host-sekisho-session")
	tossed := p.ViaProxy("203.0.113.8", "")
	tossed.SetCookie(sessionCookie, value)
	if page := tossed.Get("/account"); page.Has("/account/logout") {
		t.Error("SE-15: a cookie without __Host- is a session")
	}
}

// bearer is a browser that has nothing but a session cookie.
func bearer(p *idptest.Provider, value string) *idptest.Browser {
	b := p.NewBrowser()
	b.SetCookie(sessionCookie, value)
	return b
}

func signedIn(p *idptest.Provider, value string) bool {
	return bearer(p, value).Get("/account").Has("/account/logout")
}

func TestSessionSecretChanges(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	key := p.GivePasskey(taro, nil)

	t.Run("SE-03 SE-15 fixation", func(t *testing.T) {
		planted := idp.NewSecret()
		b := p.NewBrowser()
		b.SetCookie(sessionCookie, planted)
		b.SignIn(p, taro)
		if b.Cookie(sessionCookie) == planted {
			t.Error("SE-15: a client's own session id was adopted")
		}
		if signedIn(p, planted) {
			t.Error("SE-03: the planted cookie is signed in")
		}
	})
	b := p.SignedIn(taro)
	first := b.Cookie(sessionCookie)
	t.Run("SE-03 step-up", func(t *testing.T) {
		b.Authorize("app", idptest.Redirect, "acr_values", "phr")
		b.UsePasskey(key)
		if b.Cookie(sessionCookie) == first || signedIn(p, first) {
			t.Error("SE-03: the secret from before the step-up still works")
		}
		if len(taro.Sessions()) != 2 { // this one and the one of the fixation
			t.Error("a step-up made a new session")
		}
	})
	second := b.Cookie(sessionCookie)
	t.Run("SE-03 re-authentication", func(t *testing.T) {
		p.Clock.Advance(31 * time.Second)
		b.Authorize("app", idptest.Redirect, "prompt", "login")
		b.UsePasskey(key)
		if b.Cookie(sessionCookie) == second || signedIn(p, second) {
			t.Error("SE-03: the secret from before the re-authentication still works")
		}
	})
	third := b.Cookie(sessionCookie)
	t.Run("SE-03 SE-13 somebody else signs in in this browser", func(t *testing.T) {
		hanako := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
		p.Clock.Advance(time.Second)
		b.Authorize("app", idptest.Redirect, "prompt", "select_account")
		b.Submit("/account", "choice", "other")
		tokens := p.NewRelyingParty("second", nil)
		b.PasswordSignIn(p, hanako)
		if b.Cookie(sessionCookie) == third || signedIn(p, third) {
			t.Error("SE-03: the other customer's secret still works")
		}
		b.Authorize("second", idptest.Redirect)
		id := idptest.Claims(t, tokens.Exchange(b.Page.Response(t, idptest.Redirect).Get("code")).String("id_token"))
		if id["sub"] != hanako.Subject || id["acr"] != "urn:sekisho:acr:mfa" {
			t.Errorf("SE-13: %v took over what taro proved", id)
		}
	})
	fourth := b.Cookie(sessionCookie)
	t.Run("SE-03 logout", func(t *testing.T) {
		b.Get("/account")
		b.Submit("/account/logout")
		if signedIn(p, fourth) || b.Cookie(sessionCookie) != "" {
			t.Error("SE-03 SE-04: the session outlives the logout")
		}
	})
}

// SE-14: the way out is on every page of a signed-in customer's own.
func TestLogoutIsEverywhere(t *testing.T) {
	w := newWalk(t, nil)
	n := 0
	for _, route := range w.Routes() {
		path := w.concrete(route.Path)
		if route.Method != http.MethodGet || !strings.HasPrefix(path, "/account") || path == "/account/passkeys/add" || strings.HasPrefix(path, "/account/approvals/") {
			continue
		}
		n++
		page := w.b.Get(path)
		if page.Status != http.StatusOK || !page.Has("/account/logout") {
			t.Errorf("SE-14 %s: %d without a way out", path, page.Status)
		}
		if page.Header.Get("Cache-Control") != "no-store" { // SE-10
			t.Errorf("SE-10 %s: %q", path, page.Header.Get("Cache-Control"))
		}
	}
	if n < 5 {
		t.Errorf("only %d pages", n)
	}
	w.b.Get("/account")
	out := w.b.Submit("/account/logout")
	if !strings.Contains(out.Header.Get("Clear-Site-Data"), `"cache"`) {
		t.Errorf("SE-10: Clear-Site-Data %q", out.Header.Get("Clear-Site-Data"))
	}
}

// SE-13: factors of two browsers, and of two sign-ins, never make one level.
func TestFactorsDoNotCombine(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	rp := p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	b.Submit("/password", "login", taro.LoginName, "password", taro.Password)
	waiting, base := b.Page, b.Base()
	if b.Cookie(sessionCookie) != "" || len(taro.Sessions()) != 0 {
		t.Fatal("SE-13: a password alone made a session")
	}
	second := p.NewBrowser()
	second.Authorize("app", idptest.Redirect)
	csrf := second.Page.CSRF()
	for _, path := range []string{base, second.Base()} { // the first browser's step, and its own without one
		second.Post(path+"/code", url.Values{"csrf": {csrf}, "code": {taro.TOTP()}})
		if second.Page.Left != "" || second.Cookie(sessionCookie) != "" {
			t.Errorf("SE-13: the code alone signed in at %s", path)
		}
	}
	// A new password step in the same interaction starts over: the pending one is dropped.
	b.Page = waiting
	page := b.Submit("/code", "code", taro.TOTP())
	id := idptest.Claims(t, rp.Exchange(page.Response(t, idptest.Redirect).Get("code")).String("id_token"))
	if id["acr"] != "urn:sekisho:acr:mfa" {
		t.Errorf("SE-13: %v", id)
	}
	// The mailed code's session does not rise by anything but a whole new proof.
	hanako := p.AddAccount(idptest.Customer{Login: "10000002"})
	hb := p.SignedIn(hanako)
	hb.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:acr:mfa")
	hb.Submit("/cancel") // the page offers to add a passkey; nothing this customer has reaches it
	if got := hb.Page.Response(t, idptest.Redirect); got.Get("error") != "unmet_authentication_requirements" || got.Has("code") {
		t.Errorf("SE-13: %d %q", hb.Page.Status, hb.Page.Left)
	}
}

// SE-15: two cookies of one name are refused, wherever they meet.
func TestDuplicateCookies(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	value := p.SignedIn(taro).Cookie(sessionCookie)
	for _, line := range []string{
		sessionCookie + "=" + value + "; " + sessionCookie + "=" + value,
		sessionCookie + "=" + value + "; " + sessionCookie + "=" + idp.NewSecret(),
		sessionCookie + "=x; " + sessionCookie + "=" + value,
	} {
		for _, path := range []string{"/account", "/", "/logout", "/authorize"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Cookie", line)
			if page := p.NewBrowser().Do(r); page.Status != http.StatusBadRequest || page.Has("/account/logout") {
				t.Errorf("SE-15 %s with %q: %d", path, line, page.Status)
			}
		}
	}
}
