package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// onBoth runs a test on SQLite and on PostgreSQL: what two requests do at once differs there.
func onBoth(t *testing.T, test func(t *testing.T, p *idptest.Provider)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB, ...storagetest.Option) *storage.Store{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			clock := idptest.NewClock()
			test(t, idptest.New(t, idptest.Options{Edit: unlimited, Clock: clock, Store: open(t, storagetest.Clock(clock.Now))}))
		})
	}
}

// unlock is the desk's answer to a freeze.
func unlock(t *testing.T, p *idptest.Provider, a *idptest.Account) {
	t.Helper()
	if err := p.Store.SetAccountStatus(t.Context(), a.ID, idp.AccountActive, idp.Effects{}); err != nil {
		t.Fatal(err)
	}
}

// disowned freezes an account by the newest mail about a sign-in.
func disowned(t *testing.T, p *idptest.Provider, a *idptest.Account, address string) {
	t.Helper()
	if page := disown(p, a.LoginName, stopCode(t, p.Mail.Wait(t, address, notify.NewDevice, 1))); !frozen(page) {
		t.Fatalf("not frozen: %s", page.Body)
	}
}

// stops are the ways in which an account is taken back from whoever has its sessions.
var stops = map[string]func(t *testing.T, p *idptest.Provider, a *idptest.Account, own *idptest.Browser){
	"B1 stop code": func(t *testing.T, p *idptest.Provider, a *idptest.Account, _ *idptest.Browser) {
		disowned(t, p, a, a.Email)
	},
	"desk": func(_ *testing.T, _ *idptest.Provider, a *idptest.Account, _ *idptest.Browser) { a.Freeze() },
	"RC-04 recovery": func(t *testing.T, p *idptest.Provider, a *idptest.Account, _ *idptest.Browser) {
		p.Clock.Advance(time.Minute)
		b := p.NewBrowser()
		b.MailedProof(p, a)
		p.Clock.Advance(31 * time.Second)
		b.Submit("/totp", "code", a.TOTP())
		if page := b.Submit("/password", "new", fresh); page.Status != http.StatusOK || page.Has("/password") {
			t.Fatalf("not recovered: %s", page.Body)
		}
	},
	"RC-11 lost device": func(_ *testing.T, p *idptest.Provider, a *idptest.Account, _ *idptest.Browser) {
		b := p.NewBrowser()
		b.MailedProof(p, a)
		b.Submit("/lost", "totp", "1")
	},
	"RC-07 undo": func(t *testing.T, p *idptest.Provider, a *idptest.Account, own *idptest.Browser) {
		moves(t, own, "/email", a.Email, "elsewhere@new.example")
		confirms(t, p, own, "elsewhere@new.example")
		code := undoCode.FindString(p.Mail.Wait(t, a.Email, notify.EmailChanged, 1).Text)
		if !undone(undoes(p, a.LoginName, code)) {
			t.Fatal("not undone")
		}
	},
	"PW-07 new password": func(t *testing.T, p *idptest.Provider, a *idptest.Account, own *idptest.Browser) {
		own.Get("/account/password")
		if page := own.Submit("/account/password", "current", a.Password, "new", fresh); page.URL.RawQuery != "done=password_changed" {
			t.Fatalf("not changed: %s", page.Body)
		}
	},
}

// TK-17 RT-09: after each of them nothing an application was given before still works:
// refreshing, introspection, userinfo, a code on its way, single sign-on.
func TestNothingOutlivesTakingAnAccountBack(t *testing.T) {
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			p := idptest.New(t, idptest.Options{Edit: unlimited})
			rp := p.NewRelyingParty("app", nil)
			a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
			thief := p.SignedIn(a)
			tokens := rp.Grant(thief, "scope", "openid offline_access")
			inSession := rp.Grant(thief)
			waiting := thief.Authorize("app", idptest.Redirect).Response(t, idptest.Redirect).Get("code")
			own := p.SignedIn(a)
			stop(t, p, a, own)
			for what, answer := range map[string]idptest.Answer{
				"offline token":   rp.Refresh(tokens.String("refresh_token")),
				"session's token": rp.Refresh(inSession.String("refresh_token")),
				"waiting code":    rp.Exchange(waiting),
			} {
				if answer.Status != http.StatusBadRequest {
					t.Errorf("%s: %s answers %d", name, what, answer.Status)
				}
			}
			for _, token := range []string{tokens.String("access_token"), inSession.String("access_token")} {
				if rp.Active(token) || p.Userinfo(token).Status != http.StatusUnauthorized {
					t.Errorf("%s: an access token is active", name)
				}
			}
			if got := thief.Authorize("app", idptest.Redirect, "prompt", "none").Response(t, idptest.Redirect).Get("error"); got != "login_required" {
				t.Errorf("%s: single sign-on answers %q", name, got)
			}
		})
	}
}

// PG-16 OT-06: what was begun in a session is not finished after the session was ended.
func TestNothingOnItsWayArrivesAfterwards(t *testing.T) {
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			p := idptest.New(t, idptest.Options{Edit: unlimited})
			a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
			enrolling := p.AtEnrolment(a)
			changing := p.SignedIn(a)
			app := changing.Get("/account/totp")
			secret := secretOn(t, app)
			own := p.SignedIn(a)
			stop(t, p, a, own)
			if strings.HasPrefix(name, "B1") || name == "desk" {
				unlock(t, p, a)
			}
			if answer := enrolling.Script(enrolling.Base()+"/enrol/options", struct{}{}); answer.PublicKey != nil {
				t.Errorf("%s: a passkey enrolment goes on", name)
			}
			f := app.Form(t, "/account/totp")
			f.Values.Set("code", codeAt(t, secret, p.Clock.Now()))
			if page := changing.Post(f.Action, f.Values); page.Status >= 500 || page.URL.RawQuery == "done=totp_added" {
				t.Errorf("%s: an app's enrolment answers %d %s", name, page.Status, page.URL)
			}
			if len(a.Passkeys()) != 0 {
				t.Errorf("%s: a passkey was added", name)
			}
		})
	}
}

// RT-09: a sign-in that waits for its code is not finished with a password that was
// replaced meanwhile, nor for an account that was stopped; the page says to begin again.
func TestCodePageAfterwards(t *testing.T) {
	for _, name := range []string{"B1 stop code", "RC-04 recovery", "PW-07 new password", "RC-11 lost device"} {
		t.Run(name, func(t *testing.T) {
			p := idptest.New(t, idptest.Options{Edit: unlimited})
			p.NewRelyingParty("app", nil)
			a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
			own := p.SignedIn(a)
			p.Clock.Advance(31 * time.Second)
			thief := atCode(p, a)
			stops[name](t, p, a, own)
			p.Clock.Advance(31 * time.Second)
			page := thief.Submit("/code", "code", a.TOTP())
			if page.Left != "" || page.Status != http.StatusOK {
				t.Errorf("%s: the code answers %d %q: %s", name, page.Status, page.Left, page.Body)
			}
			if thief.Get("/account").Has("/account/logout") {
				t.Errorf("%s: signed in", name)
			}
		})
	}
}
