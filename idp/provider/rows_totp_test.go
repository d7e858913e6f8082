package provider_test

import (
	"strings"
	"testing"
	"time"

	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// E2: a token is enrolled, and exchanged for another, after name and password, by the new
// token and its current code; only a correct one completes it, and until then the old one
// works and afterwards only the new one.
func TestTokenIsEnrolledAndExchanged(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001"})
	signs := func(secret string) bool {
		p.Clock.Advance(31 * time.Second)
		return atCode(p, a).Submit("/code", "code", codeAt(t, secret, p.Clock.Now())).Left != ""
	}
	t.Run("E2 name and password come first", func(t *testing.T) {
		b := p.NewBrowser()
		if page := b.Get("/account/totp"); !page.Has("/password") || strings.Contains(page.Body, "otpauth:") {
			t.Errorf("E2: %s", page.Body)
		}
	})
	b := p.SignedIn(a)
	first := secretOn(t, b.Get("/account/totp"))
	t.Run("E2 only a correct code enrols", func(t *testing.T) {
		for _, code := range []string{"", "000000", codeAt(t, first, p.Clock.Now().Add(-time.Hour))} {
			if page := b.Submit("/account/totp", "code", code); page.URL.RawQuery != "" {
				t.Fatalf("E2: enrolled by %q", code)
			}
		}
		p.Clock.Advance(31 * time.Second)
		if page := b.Submit("/account/totp", "code", codeAt(t, first, p.Clock.Now())); page.URL.RawQuery != "done=totp_added" {
			t.Fatalf("E2: %s", notice(page))
		}
		a.Secret = first
		if !signs(first) {
			t.Error("E2: the enrolled token does not sign in")
		}
	})
	t.Run("E2 exchanged", func(t *testing.T) {
		b := p.SignedIn(a)
		next := secretOn(t, b.Get("/account/totp"))
		if next == first {
			t.Fatal("E2: the same token again")
		}
		p.Clock.Advance(31 * time.Second)
		if page := b.Submit("/account/totp", "code", codeAt(t, first, p.Clock.Now())); page.URL.RawQuery != "" {
			t.Fatal("E2: the old token's code completes the exchange")
		}
		if !signs(first) {
			t.Error("E2: the old token stopped before the exchange was complete")
		}
		p.Clock.Advance(31 * time.Second)
		if page := b.Submit("/account/totp", "code", codeAt(t, next, p.Clock.Now())); page.URL.RawQuery != "done=totp_added" {
			t.Fatalf("E2: %s", notice(page))
		}
		if signs(first) || !signs(next) {
			t.Error("E2: after the exchange the old token works or the new one does not")
		}
		p.Mail.Wait(t, a.Email, notify.TOTPEnrolled, 2)
	})
}

// E4: the token is stopped by name, password and a current code, and by nothing less.
func TestTokenIsStopped(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	const stop = "/account/totp/remove"
	b := p.NewBrowser()
	if page := b.Get(stop); !page.Has("/password") || page.Has(stop) {
		t.Fatalf("E4: without signing in: %s", page.Body)
	}
	b.Submit("/password", "login", a.LoginName, "password", a.Password)
	if b.Page.Has(stop) {
		t.Fatal("E4: name and password are enough to ask")
	}
	p.Clock.Advance(31 * time.Second)
	used := a.TOTP()
	if page := b.Submit("/code", "code", used); !page.Has(stop) {
		t.Fatalf("E4: %s", page.Body)
	}
	for name, code := range map[string]string{"E4 no code": "", "E4 a wrong code": wrongCode(t, p, a), "E4 the code that signed in": used} {
		t.Run(name, func(t *testing.T) {
			if page := b.Submit(stop, "code", code); page.URL.RawQuery != "" {
				t.Errorf("stopped by %q", code)
			}
			if _, err := p.Store.TOTP(t.Context(), a.ID); err != nil {
				t.Errorf("the token is gone: %v", err)
			}
		})
	}
	p.Clock.Advance(31 * time.Second)
	if page := b.Submit(stop, "code", a.TOTP()); page.URL.RawQuery != "done=totp_removed" {
		t.Fatalf("E4: %s %s", page.URL, notice(page))
	}
	a.Secret = ""
	p.Mail.Wait(t, a.Email, notify.TOTPRemoved, 1)
	p.Recorded(t, audit.TOTPRemoved)
	if page := atCode(p, a).Page; !page.Has("/code/send") {
		t.Errorf("E4: the stopped token is still asked for: %s", page.Body)
	}
	t.Run("E4 there is nothing more to stop", func(t *testing.T) {
		if page := p.SignedIn(a).Get(stop); page.Has(stop) {
			t.Errorf("%d %s", page.Status, page.Body)
		}
	})
}
