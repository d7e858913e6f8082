package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

const knownCookie = "sekisho-known"

// dressed sends other headers with every request of a browser.
type dressed struct {
	base    http.RoundTripper
	headers map[string]string
}

func (d dressed) RoundTrip(r *http.Request) (*http.Response, error) {
	for name, value := range d.headers {
		r.Header.Set(name, value)
	}
	return d.base.RoundTrip(r)
}

func dress(b *idptest.Browser, pairs ...string) {
	d := dressed{base: b.Client.Transport, headers: map[string]string{}}
	if d.base == nil {
		d.base = http.DefaultTransport
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		d.headers[pairs[i]] = pairs[i+1]
	}
	b.Client.Transport = d
}

func check(kind string) func(*config.Config) {
	return func(c *config.Config) {
		unlimited(c)
		c.NewEnvironment.Check = kind
	}
}

// home is a browser in which the customer signed in before and out again.
func home(p *idptest.Provider, a *idptest.Account) *idptest.Browser {
	p.T.Helper()
	p.Clock.Advance(31 * time.Second)
	b := p.SignedIn(a)
	b.Get("/account")
	b.Submit("/account/logout")
	return b
}

// offersMail begins a sign-in by password and reports whether the code page offers a mail
// in place of the app.
func offersMail(b *idptest.Browser, a *idptest.Account) bool {
	b.T.Helper()
	b.Authorize("app", idptest.Redirect)
	page := b.Submit("/password", "login", a.LoginName, "password", a.Password)
	if !page.Has("/code") {
		b.T.Fatalf("no code page: %s", page.Body)
	}
	return page.Has("/code/method")
}

func events(p *idptest.Provider, name string) (n int) {
	for _, r := range p.Audit() {
		if r.Event == name {
			n++
		}
	}
	return n
}

func copyCookie(from, to *idptest.Browser) { to.SetCookie(knownCookie, from.Cookie(knownCookie)) }

func TestNewEnvironmentTakesTheStrongestFactor(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	jiro := p.AddAccount(idptest.Customer{Login: "10000002"})
	b := home(p, taro)
	t.Run("A10 B3 known: the customer chooses", func(t *testing.T) {
		if !offersMail(b, taro) {
			t.Error("A10: a known browser is not offered the mailed code")
		}
	})
	t.Run("A10 B3 new: the app, and no mail in its place", func(t *testing.T) {
		mails := p.Mail.Count(taro.Email, notify.SignInCode)
		n := p.NewBrowser()
		if offersMail(n, taro) || !strings.Contains(n.Page.Body, "新しい端末やブラウザ") {
			t.Errorf("A10: %s", n.Page.Body)
		}
		token := n.Page.Form(t, "/code").Values.Get("csrf")
		if page := n.Post(n.Base()+"/code/method", form(token, "method", "email")); page.Has("/code/send") || p.Mail.Count(taro.Email, notify.SignInCode) != mails {
			t.Error("A10: a form of one's own got the mailed code")
		}
		p.Clock.Advance(31 * time.Second)
		if page := n.Submit("/code", "code", taro.TOTP()); page.Left == "" {
			t.Errorf("A10: %s", notice(page))
		}
		p.Mail.Wait(t, taro.Email, notify.NewDevice, 2) // and the customer is told
	})
	t.Run("A10 B3 without an app the mailed code is the strongest", func(t *testing.T) {
		n := p.NewBrowser()
		offersMail(n, jiro)
		if page := n.Submit("/code", "code", mailed(t, p, jiro.Email, 1)); page.Left == "" {
			t.Errorf("B3: %s", notice(page))
		}
	})
	t.Run("A10 another account's mark says nothing about this one", func(t *testing.T) {
		if offersMail(home(p, jiro), taro) {
			t.Error("A10: known by another account")
		}
	})
	t.Run("A10 a browser knows several accounts", func(t *testing.T) {
		shared := home(p, taro)
		p.Clock.Advance(31 * time.Second)
		shared.SignIn(p, jiro)
		shared.Get("/account")
		shared.Submit("/account/logout")
		if !offersMail(shared, taro) {
			t.Error("A10: the second account made the first forgotten")
		}
	})
	t.Run("A10 a session that goes on is no new environment", func(t *testing.T) {
		s := home(p, taro)
		p.Clock.Advance(31 * time.Second)
		s.SignIn(p, taro)
		s.SetCookie(knownCookie, "x")
		s.Authorize("app", idptest.Redirect, "prompt", "login")
		if page := s.Submit("/password", "password", taro.Password); !page.Has("/code/method") {
			t.Errorf("A10: %s", page.Body)
		}
	})
}

func TestEnvironmentIsRecognised(t *testing.T) {
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	t.Run("A10 the mark is replaced at each sign-in", func(t *testing.T) {
		b := home(p, taro)
		before := b.Cookie(knownCookie)
		p.Clock.Advance(31 * time.Second)
		b.SignIn(p, taro)
		if after := b.Cookie(knownCookie); after == before || len(after) != len(before) {
			t.Error("A10: the mark stayed")
		}
	})
	t.Run("A10 a copy of the mark in another browser", func(t *testing.T) {
		b, thief := home(p, taro), p.NewBrowser()
		copyCookie(b, thief)
		dress(thief, "User-Agent", firefox)
		if offersMail(thief, taro) {
			t.Error("A10: a mark moved to another machine and was believed")
		}
	})
	t.Run("A10 another language is the same browser", func(t *testing.T) {
		b := home(p, taro)
		dress(b, "Accept-Language", "en-GB")
		if !offersMail(b, taro) {
			t.Error("A10: unknown for its language")
		}
	})
	t.Run("A10 a mark somebody made or bent", func(t *testing.T) {
		b := home(p, taro)
		right := b.Cookie(knownCookie)
		for _, value := range []string{"x", strings.Repeat("A", len(right)), right[:len(right)-1] + "!", "AAAA" + right[4:], right[1:]} {
			n := p.NewBrowser()
			n.SetCookie(knownCookie, value)
			if offersMail(n, taro) {
				t.Errorf("A10: %q is believed", value)
			}
		}
	})
	t.Run("A10 two tabs sign in at once", func(t *testing.T) {
		b, tab := home(p, taro), p.NewBrowser()
		copyCookie(b, tab) // what both tabs send
		strangers, reused := events(p, audit.SignInNewDevice), events(p, audit.EnvironmentReused)
		p.Clock.Advance(31 * time.Second)
		b.SignIn(p, taro)
		p.Clock.Advance(31 * time.Second)
		if !offersMail(tab, taro) {
			t.Error("A10: the second tab is unknown")
		}
		tab.Submit("/code", "code", taro.TOTP())
		if tab.Cookie(knownCookie) != "" && len(tab.Page.Header.Values("Set-Cookie")) > 0 {
			t.Error("A10: the second tab got a mark of its own")
		}
		if events(p, audit.SignInNewDevice) != strangers || events(p, audit.EnvironmentReused) != reused {
			t.Error("A10: a second tab was taken for a stranger")
		}
		b.Get("/account")
		b.Submit("/account/logout")
		if !offersMail(b, taro) {
			t.Error("A10: the browser forgot itself")
		}
	})
	t.Run("A10 an old mark shown again is a copy", func(t *testing.T) {
		b, thief := home(p, taro), p.NewBrowser()
		copyCookie(b, thief)
		p.Clock.Advance(31 * time.Second)
		b.SignIn(p, taro)
		p.Clock.Advance(2 * time.Minute)
		if offersMail(thief, taro) {
			t.Error("A10: an old mark is believed")
		}
		thief.Submit("/code", "code", taro.TOTP())
		if r := p.Recorded(t, audit.EnvironmentReused); r.AccountID != taro.ID {
			t.Errorf("A10: %+v", r)
		}
		b.Get("/account")
		b.Submit("/account/logout")
		if offersMail(b, taro) {
			t.Error("A10: what was copied is still believed")
		}
	})
}

func TestEnvironmentsAreForgotten(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	jiro := p.AddAccount(idptest.Customer{Login: "10000002"})
	signIn := func(b *idptest.Browser, a *idptest.Account) *idptest.Page {
		p.Clock.Advance(31 * time.Second)
		b.SignIn(p, a)
		return b.Get("/account")
	}
	t.Run("A10 at the customer's wish", func(t *testing.T) {
		b := home(p, taro)
		page := signIn(b, taro)
		if !page.Has("/forget") || !strings.Contains(page.Body, "Chrome, Windows") {
			t.Fatalf("A10: %s", page.Body)
		}
		action := page.Form(t, "/forget").Action
		theirs := p.SignedIn(jiro)
		token := theirs.Get("/account").Form(t, "/account/logout").Values.Get("csrf")
		if page := theirs.Post(action, form(token)); page.Status != http.StatusNotFound {
			t.Errorf("A10: another customer's device: %d", page.Status)
		}
		if page := b.Submit("/forget"); page.URL.RawQuery != "done=environment_forgotten" || page.Has("/forget") {
			t.Errorf("A10: %s %s", page.URL, page.Body)
		}
		if r := p.Recorded(t, audit.EnvironmentForgotten); r.AccountID != taro.ID {
			t.Errorf("A10: %+v", r)
		}
		b.Submit("/account/logout")
		if offersMail(b, taro) {
			t.Error("A10: a forgotten browser is believed")
		}
	})
	for name, act := range map[string]func(*testing.T, *idptest.Browser){
		"A10 by a new password": func(_ *testing.T, b *idptest.Browser) {
			signIn(b, taro)
			b.Get("/account/password")
			next := "another long passphrase " + idp.NewID()
			b.Submit("/account/password", "current", taro.Password, "new", next)
			taro.Password = next
			b.Get("/account")
			b.Submit("/account/logout")
		},
		"A10 by a recovery": func(_ *testing.T, b *idptest.Browser) {
			signIn(b, taro)
			paper := b.MakeRecoveryCodes()
			b.Get("/account")
			b.Submit("/account/logout")
			p.Clock.Advance(time.Minute)
			next := "a recovered passphrase " + idp.NewID()
			p.NewBrowser().Regain(p, taro, paper[0], next)
			taro.Password = next
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := home(p, taro)
			act(t, b)
			p.Clock.Advance(31 * time.Second)
			if offersMail(b, taro) {
				t.Error("A10: still known")
			}
		})
	}
}

func TestNewEnvironmentWithoutACheck(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: check(config.CheckNone)})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Profile: registered})
	b := p.NewBrowser()
	if !offersMail(b, taro) {
		t.Error("A10: the firm asks for nothing more, and more is asked")
	}
	b.Submit("/code", "code", taro.TOTP())
	p.Mail.Wait(t, taro.Email, notify.NewDevice, 1) // told all the same
}

func words(v any) (out []string) {
	list, _ := v.([]any)
	for _, w := range list {
		s, _ := w.(string)
		out = append(out, s)
	}
	return out
}
