package provider_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
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

// deadEverywhere tries a cookie at every place that knows who is signed in.
func deadEverywhere(t *testing.T, w *walk, value string) {
	t.Helper()
	b := bearer(w.Provider, value)
	for _, route := range w.Routes() {
		path := w.concrete(route.Path)
		if !strings.HasPrefix(path, "/account") {
			continue
		}
		r, err := http.NewRequestWithContext(t.Context(), route.Method, w.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if page := b.Do(r); page.Status != http.StatusSeeOther || !strings.HasPrefix(page.Header.Get("Location"), "/interaction/") {
			t.Errorf("SE-04 %s %s: %d", route.Method, path, page.Status)
		}
	}
	b.Authorize("app", idptest.Redirect, "prompt", "none")
	if got := b.Page.Response(t, idptest.Redirect).Get("error"); got != "login_required" {
		t.Errorf("SE-04 prompt=none: %q", b.Page.Left)
	}
	// In an interaction of this browser: nobody is signed in, so the calls lead nowhere.
	b.Authorize("app", idptest.Redirect, "prompt", "consent")
	base, csrf := b.Base(), b.Page.CSRF()
	b.Post(base+"/consent", url.Values{"csrf": {csrf}, "decision": {"allow"}})
	if b.Page.Left != "" || !b.Page.Has("/password") {
		t.Errorf("SE-04 consent: left to %q", b.Page.Left)
	}
	for _, call := range []string{"/enrol/options", "/enrol/finish"} {
		answer := b.Script(base+call, idptest.Finish{ChallengeID: "x", Credential: []byte(`{}`)})
		if call == "/enrol/options" {
			answer = b.Script(base+call, struct{}{})
		}
		if answer.ChallengeID != "" || answer.Next != base {
			t.Errorf("SE-04 %s: %d %+v", call, answer.Status, answer)
		}
	}
	begun := b.BeginPasskey()
	if strings.Contains(string(begun.PublicKey), `"id"`) {
		t.Errorf("SE-04: the options name the customer's passkeys: %s", begun.PublicKey)
	}
}

func TestDeadSessionIsDeadEverywhere(t *testing.T) {
	w := newWalk(t, nil)
	taro := w.taro
	for _, end := range []struct {
		name string
		do   func(b *idptest.Browser)
	}{
		{"SE-04 logout", func(b *idptest.Browser) { b.Get("/account"); b.Submit("/account/logout") }},
		{"SE-04 ended from another browser", func(*idptest.Browser) {
			w.b.Get("/account")
			w.b.Submit("/sessions/end-others")
		}},
		{"SE-04 SE-05 idle", func(*idptest.Browser) { w.Clock.Advance(time.Hour + time.Second) }},
		{"SE-04 SE-07 locked by the desk", func(*idptest.Browser) {
			if err := w.Store.SetAccountStatus(context.Background(), taro.ID, idp.AccountLocked, idp.Effects{}); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(end.name, func(t *testing.T) {
			w.Clock.Advance(31 * time.Second)
			b := w.NewBrowser()
			b.Get("/account")
			b.UsePasskey(w.key)
			value := b.Cookie(sessionCookie)
			if !signedIn(w.Provider, value) {
				t.Fatal("not signed in before")
			}
			end.do(b)
			deadEverywhere(t, w, value)
		})
	}
}

func TestSessionLimits(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	key := p.GivePasskey(taro, nil)
	in := func(b *idptest.Browser) bool { return b.Get("/account").Has("/account/logout") }

	t.Run("SE-05 idle", func(t *testing.T) {
		b := p.SignedIn(taro)
		p.Clock.Advance(time.Hour - time.Second)
		if !in(b) {
			t.Fatal("SE-05: over before the idle limit")
		}
		p.Clock.Advance(time.Hour)
		if in(b) {
			t.Error("SE-05: an hour of silence did not end it")
		}
	})
	t.Run("SE-05 absolute", func(t *testing.T) {
		b := p.SignedIn(taro)
		for range 47 { // activity extends the idle limit only
			p.Clock.Advance(30 * time.Minute)
			if !in(b) {
				t.Fatal("SE-05: activity did not extend the idle limit")
			}
		}
		p.Clock.Advance(29 * time.Minute)
		if !in(b) {
			t.Fatal("SE-05: over before the absolute limit")
		}
		p.Clock.Advance(2 * time.Minute)
		if in(b) {
			t.Error("SE-05: in use for more than a day")
		}
	})
	t.Run("SE-05 re-authentication resets both", func(t *testing.T) {
		b := p.SignedIn(taro)
		for range 23 {
			p.Clock.Advance(59 * time.Minute)
			in(b)
		}
		b.Get("/account/password") // asks for a fresh proof
		b.UsePasskey(key)
		for range 23 {
			p.Clock.Advance(59 * time.Minute)
			if !in(b) {
				t.Fatal("SE-05: the absolute limit was not reset")
			}
		}
	})
}

func TestOwnSessions(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Session.MaxPerAccount = 3 }})
	rp := p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	jiro := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	jb := p.SignedIn(jiro)
	phone := p.NewBrowser()
	refresh := rp.SignIn(phone, taro, "scope", "openid offline_access").String("refresh_token")
	bound := rp.SignIn(phone, taro, "scope", "openid").String("access_token")
	pc := p.SignedIn(taro)

	t.Run("SE-06 listed with device and time", func(t *testing.T) {
		page := pc.Get("/account")
		if strings.Count(page.Body, "/end\"") < 1 || !strings.Contains(page.Body, "Chrome") || !strings.Contains(page.Body, "127.0.0.1") {
			t.Errorf("SE-06: %s", page.Body)
		}
		for _, s := range jiro.Sessions() {
			if strings.Contains(page.Body, s.ID) {
				t.Error("SE-06: another customer's session is listed")
			}
		}
	})
	t.Run("SE-06 another account's session", func(t *testing.T) {
		theirs := jiro.Sessions()[0].ID
		csrf := pc.Get("/account").CSRF()
		page := pc.Post("/account/sessions/"+theirs+"/end", url.Values{"csrf": {csrf}})
		missing := pc.Post("/account/sessions/no-such-session/end", url.Values{"csrf": {csrf}})
		if page.Status != http.StatusNotFound || missing.Status != http.StatusNotFound {
			t.Errorf("SE-06: %d, one that does not exist %d", page.Status, missing.Status)
		}
		if len(jiro.Sessions()) != 1 || !jb.Get("/account").Has("/account/logout") {
			t.Error("SE-06: another customer was signed out")
		}
		if r := p.Recorded(t, audit.AuthzDenied); r.AccountID != taro.ID || r.IP == "" { // LG-02
			t.Errorf("LG-02: %+v", r)
		}
	})
	t.Run("SE-06 an old proof ends nothing", func(t *testing.T) {
		csrf := pc.Get("/account").CSRF()
		p.Clock.Advance(6 * time.Minute)
		page := pc.Post("/account/sessions/end-others", url.Values{"csrf": {csrf}})
		if !page.Has("/password") || len(taro.Sessions()) != 2 {
			t.Errorf("SE-06: %d %s, %d sessions", page.Status, page.URL, len(taro.Sessions()))
		}
		pc.PasswordSignIn(p, taro)
	})
	t.Run("SE-06 SE-07 one other browser", func(t *testing.T) {
		pc.Get("/account")
		if page := pc.Submit("/end"); page.Status != http.StatusOK || !strings.Contains(page.URL.RawQuery, "session") {
			t.Errorf("SE-06: %d %s", page.Status, page.URL)
		}
		if phone.Get("/account").Has("/account/logout") || !pc.Get("/account").Has("/account/logout") {
			t.Error("SE-06: the wrong browser was signed out")
		}
		if p.Userinfo(bound).Status != http.StatusUnauthorized { // of the ended session
			t.Error("SE-07: the token outlives its session")
		}
		if rp.Refresh(refresh).Status != http.StatusOK { // offline access is another matter (RT-10)
			t.Error("an offline grant died with the session")
		}
		p.Recorded(t, audit.SessionEnded)
		p.Mail.Wait(t, taro.Email, notify.SessionsEnded, 1)
	})
}

func TestSessionCap(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Session.MaxPerAccount = 3 }})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	var browsers []*idptest.Browser
	for range 4 {
		browsers = append(browsers, p.SignedIn(taro))
	}
	for i, b := range browsers {
		if got := b.Get("/account").Has("/account/logout"); got != (i > 0) {
			t.Errorf("SE-11: browser %d signed in: %v", i+1, got)
		}
	}
	r := p.Recorded(t, audit.SessionEnded)
	if r.AccountID != taro.ID || r.Reason != "too_many_sessions" || r.SessionID == "" {
		t.Errorf("SE-11: the end is not in the trail: %+v", r)
	}
}

// SE-07: what a change of authenticators and an act of the desk end, at once.
func TestWhatEndsSessions(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	rp := p.NewRelyingParty("app", nil)
	for _, c := range []struct {
		name string
		do   func(t *testing.T, a *idptest.Account, mine *idptest.Browser)
		mine bool // the browser that did it stays signed in
	}{
		{"SE-07 RT-09 PW-07 password change", func(t *testing.T, a *idptest.Account, mine *idptest.Browser) {
			mine.Get("/account/password")
			page := mine.Submit("/account/password", "current", a.Password, "new", "quite another battery staple")
			if page.URL.RawQuery == "" {
				t.Fatal(page.Body)
			}
		}, true},
		{"SE-07 RT-09 authenticator app removed", func(t *testing.T, a *idptest.Account, mine *idptest.Browser) {
			p.Clock.Advance(31 * time.Second)
			mine.Get("/account/totp/remove")
			page := mine.Submit("/account/totp/remove", "code", a.TOTP())
			if page.URL.RawQuery == "" {
				t.Fatal(page.Body)
			}
		}, true},
		{"SE-07 RT-09 locked", func(t *testing.T, a *idptest.Account, _ *idptest.Browser) {
			if err := p.Store.SetAccountStatus(t.Context(), a.ID, idp.AccountLocked, idp.Effects{}); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := p.AddAccount(idptest.Customer{Login: "2" + idp.NewID()[:7], TOTP: true})
			theirs := p.NewBrowser()
			bound := rp.SignIn(theirs, a, "scope", "openid").String("access_token")
			refresh := rp.SignIn(theirs, a, "scope", "openid offline_access").String("refresh_token")
			mine := p.SignedIn(a)
			c.do(t, a, mine)
			if theirs.Get("/account").Has("/account/logout") {
				t.Error("SE-07: the other session goes on")
			}
			if p.Userinfo(bound).Status != http.StatusUnauthorized {
				t.Error("SE-07: a token of the other session goes on")
			}
			if rp.Refresh(refresh).Status != http.StatusBadRequest {
				t.Error("RT-09: a refresh token goes on")
			}
			if mine.Get("/account").Has("/account/logout") != c.mine {
				t.Errorf("own session: want signed in %v", c.mine)
			}
		})
	}
}

func TestNewDevice(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Emails: []string{"codes@mail.example"}})
	hanako := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	b := p.NewBrowser()
	x := listen(b)
	b.SignIn(p, taro)
	mail := p.Mail.Wait(t, taro.Email, notify.NewDevice, 1)
	p.Mail.Wait(t, "codes@mail.example", notify.NewDevice, 1) // every address, so that a stolen mailbox hides nothing
	if !strings.Contains(mail.Text, "Chrome") || !strings.Contains(mail.Text, "127.0.0.1") {
		t.Errorf("SE-12: the mail names neither device nor place:\n%s", mail.Text)
	}
	if r := p.Recorded(t, audit.SignInNewDevice); r.AccountID != taro.ID || r.UserAgent == "" || r.IP != "127.0.0.1" {
		t.Errorf("SE-12: %+v", r)
	}
	again := func(b *idptest.Browser, a *idptest.Account) {
		b.Get("/account")
		b.Submit("/account/logout")
		b.SignIn(p, a)
	}
	known := b.Cookie("sekisho-known")
	again(b, taro)
	again(b, hanako) // somebody else's first time in this browser
	p.Mail.Wait(t, hanako.Email, notify.NewDevice, 1)
	again(b, taro)
	if n := p.Mail.Count(taro.Email, notify.NewDevice); n != 1 {
		t.Errorf("SE-12: %d mails for one browser", n)
	}
	// A long silence makes it new again: the browser forgets the mark by itself.
	long := false
	for _, resp := range x.seen {
		for _, c := range resp.Cookies() {
			long = long || c.Name == "sekisho-known" && c.MaxAge == 180*24*3600
		}
	}
	if !long {
		t.Error("SE-12: the mark of a known browser has no end")
	}
	// The mark is of one account; it is no use for another, nor as anything else.
	thief := p.NewBrowser()
	thief.SetCookie("sekisho-known", known)
	thief.SignIn(p, hanako)
	p.Mail.Wait(t, hanako.Email, notify.NewDevice, 2)
	if signedIn(p, known) {
		t.Error("SE-12: the mark signs in")
	}
}

// SE-14: the way out is on every page of a signed-in customer's own.
func TestLogoutIsEverywhere(t *testing.T) {
	w := newWalk(t, nil)
	n := 0
	for _, route := range w.Routes() {
		path := w.concrete(route.Path)
		if route.Method != http.MethodGet || !strings.HasPrefix(path, "/account") || path == "/account/passkeys/add" {
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
