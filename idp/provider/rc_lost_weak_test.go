package provider_test

import (
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp/audit"
	"sekisho/idp/authorize"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

// reports gives the mailed proof in a browser of its own and reports what was lost.
func (l *lostPhone) reports(lost ...string) *idptest.Browser {
	l.T.Helper()
	b := l.NewBrowser()
	l.mailed(b)
	var pairs []string
	for _, name := range lost {
		pairs = append(pairs, name, "1")
	}
	b.Submit("/lost", pairs...)
	return b
}

// weakly types the password in a new browser and returns the page after it.
func (l *lostPhone) weakly() *idptest.Browser {
	l.T.Helper()
	b := l.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	b.Submit("/password", "login", l.a.LoginName, "password", l.a.Password)
	return b
}

// RC-11 RC-03: what was reported lost is not offered as a proof, and is taken by no form of
// one's own either.
func TestLostIsNoProof(t *testing.T) {
	for name, c := range map[string]struct {
		lost         []string
		app, passkey bool
	}{
		"app":      {[]string{"totp"}, false, true},
		"passkeys": {[]string{"passkeys"}, true, false},
		"both":     {[]string{"passkeys", "totp"}, false, false},
	} {
		t.Run("RC-11 "+name, func(t *testing.T) {
			l := loses(t, unlimited)
			l.GivePasskey(l.a, nil)
			b := l.reports(c.lost...)
			if b.Page.Has("/totp") != c.app || strings.Contains(b.Page.Body, "data-passkey-start") != c.passkey || !b.Page.Has("/recovery-code") {
				t.Errorf("RC-11: lost %v, offered: %s", c.lost, b.Page.Body)
			}
			if b.Page.Has("/lost") != (len(c.lost) == 1) {
				t.Errorf("RC-11: lost %v, and what is left of it to report: %v", c.lost, b.Page.Has("/lost"))
			}
			if !c.app {
				token := b.Page.Form(t, "/recovery-code").Values.Get("csrf")
				l.Clock.Advance(31 * time.Second)
				if page := b.Post(b.Page.URL.Path+"/totp", form(token, "code", l.a.TOTP())); page.Has("/recover/password") || page.Has("/password") {
					t.Error("RC-11: a lost app proves something")
				}
			}
			again := l.NewBrowser() // a recovery begun later knows of it as well
			l.mailed(again)
			if again.Page.Has("/totp") != c.app || strings.Contains(again.Page.Body, "data-passkey-start") != c.passkey {
				t.Errorf("RC-11: a later recovery offers what was lost: %s", again.Page.Body)
			}
		})
	}
}

// RC-03 RC-11: where nothing is left that could prove anything, the page says what can be
// done, and asks for nothing that cannot be given.
func TestNothingLeftToProve(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := p.NewBrowser()
	b.MailedProof(p, a)
	b.Submit("/lost", "passkeys", "1", "totp", "1")
	for _, form := range []string{"/recovery-code", "/totp", "/answer", "/lost"} {
		if b.Page.Has(form) {
			t.Errorf("RC-03: %s is offered", form)
		}
	}
	if strings.Contains(b.Page.Body, "data-passkey-start") || !strings.Contains(b.Page.Body, `href="/reissue"`) || !strings.Contains(b.Page.Body, "窓口") {
		t.Errorf("RC-03: a dead end: %s", b.Page.Body)
	}
}

// RC-11 RC-03: whoever has the password and the mailbox reports the app lost and gains
// nothing by it: the mailed code does not take the app's place until both proofs of a
// recovery are given.
func TestReportingAnAppLostOpensNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, p *idptest.Provider) {
		l := losesAt(t, p)
		codes := l.Mail.Count("second@mail.example", notify.SignInCode) + l.Mail.Count(l.a.Email, notify.SignInCode)
		reported := l.reports("totp")
		if !strings.Contains(reported.Page.Body, "メールの確認コードではログインできません") {
			t.Error("RC-11: the page does not say what the report means")
		}
		told := l.Mail.Wait(t, l.a.Email, notify.DeviceLost, 1)
		if !strings.Contains(told.Text, "新しい端末でのメール認証の再開") {
			t.Errorf("RC-11: the mail does not say until when: %s", told.Text)
		}
		thief := l.weakly()
		if thief.Page.Has("/code") || notice(thief.Page) != loginui.NoticeLostWaits {
			t.Fatalf("RC-11: %s", thief.Page.Body)
		}
		if n := l.Mail.Count("second@mail.example", notify.SignInCode) + l.Mail.Count(l.a.Email, notify.SignInCode); n != codes {
			t.Error("RC-11: a code was mailed")
		}
		if r := l.Recorded(t, audit.SignInFailed); r.Reason != "device_lost" {
			t.Errorf("RC-11: recorded %+v", r)
		}
		reported.Submit("/recovery-code", "recovery_code", l.paper[0])
		reported.Submit("/password", "new", fresh, "lost_totp", "1")
		l.a.Password = fresh
		if page := l.weakly().Page; !page.Has("/code") {
			t.Errorf("RC-11: both proofs were given and it still waits: %s", notice(page))
		}
	})
}

// PW-10 RC-11: a report stops no passkey that it does not name, and where one was used
// since, the browser is known.
func TestPasskeySignsInDuringTheWait(t *testing.T) {
	l := loses(t, unlimited)
	key := l.GivePasskey(l.a, nil)
	l.reports("totp")
	own := l.NewBrowser()
	own.Get("/account")
	if !own.UsePasskey(key).Has("/account/logout") {
		t.Error("PW-10: the passkey is stopped by the report of an app")
	}
	own.Submit("/account/logout")
	own.Authorize("app", idptest.Redirect)
	if page := own.Submit("/password", "login", l.a.LoginName, "password", l.a.Password); !page.Has("/code") {
		t.Errorf("RC-11: a browser known by a passkey has to wait: %s", notice(page))
	}
}

// RC-11: the wait ends by itself, after recovery.hold and not before.
func TestWaitAfterALostApp(t *testing.T) {
	l := loses(t, func(c *config.Config) { unlimited(c); c.Recovery.Hold = 3 * time.Hour })
	l.reports("totp")
	l.Clock.Advance(3*time.Hour - time.Minute)
	if l.weakly().Page.Has("/code") {
		t.Error("RC-11: before its time")
	}
	l.Clock.Advance(time.Minute)
	if page := l.weakly().Page; !page.Has("/code/send") {
		t.Errorf("RC-11: after its time: %s", notice(page))
	}
}

// RC-11: a firm that lets a mailed code stand in for a working app from everywhere lets it
// stand in for one reported lost; passkeys alone reported lost leave the app in the way.
func TestLostWaitIsNoMoreThanWhatTheAppStopped(t *testing.T) {
	l := loses(t, check(string(authorize.CheckNone)))
	l.reports("totp")
	if page := l.weakly().Page; !page.Has("/code/send") {
		t.Errorf("RC-11: %s", notice(page))
	}
	l = loses(t, unlimited)
	l.reports("passkeys")
	if page := l.weakly().Page; !page.Has("/code") || page.Has("/code/send") || page.Has("/code/method") {
		t.Errorf("RC-11: %s", page.Body)
	}
}

// RC-11 A9: the temporary password of a letter proves another address and does not wait; the
// customer's own password does.
func TestLetterLeadsInDuringTheWait(t *testing.T) {
	p := letterRig(t, "10000001")
	temporary := p.arrives(p.a)[0]
	reporting := p.NewBrowser()
	reporting.MailedProof(p.Provider, p.a)
	reporting.Submit("/lost", "totp", "1")
	for secret, want := range map[string]bool{p.a.Password: false, temporary: true} {
		b := p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		if page := b.Submit("/password", "login", p.a.LoginName, "password", secret); page.Has("/code/send") != want || want == (notice(page) == loginui.NoticeLostWaits) {
			t.Errorf("RC-11: waits %v: %s", !want, notice(page))
		}
	}
}
