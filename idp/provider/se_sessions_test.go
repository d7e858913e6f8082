package provider_test

import (
	"context"
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
