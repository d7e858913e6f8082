package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// RC-02: a recovery rests on its proofs. Whatever the customer, signed in all the while,
// replaces voids one that was proved by it.
func TestRecoveryIsVoidWhenItsProofIsReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		proof   func(l *lostPhone, b *idptest.Browser)
		replace func(t *testing.T, l *lostPhone, own *idptest.Browser)
	}{
		"OT-11 new recovery codes": {byPaper, func(_ *testing.T, _ *lostPhone, own *idptest.Browser) { own.MakeRecoveryCodes() }},
		"E4 app removed": {byApp, func(t *testing.T, l *lostPhone, own *idptest.Browser) {
			l.Clock.Advance(31 * time.Second)
			own.Get("/account/totp/remove")
			if page := own.Submit("/remove", "code", l.a.TOTP()); page.URL.RawQuery != "done=totp_removed" {
				t.Fatalf("%s", page.Body)
			}
		}},
		"E2 app exchanged": {byApp, func(t *testing.T, l *lostPhone, own *idptest.Browser) { addApp(t, l.Provider, own, l.a) }},
		"B4 security address removed": {byPaper, func(t *testing.T, l *lostPhone, own *idptest.Browser) {
			own.Get(profilePath + "/security-email")
			if page := own.Submit("/remove"); page.URL.RawQuery != "done=security_email_removed" {
				t.Fatalf("%s", page.Body)
			}
		}},
		"RC-07 security address changed": {byPaper, func(t *testing.T, l *lostPhone, own *idptest.Browser) {
			moves(t, own, "/security-email", "second@mail.example", "third@mail.example")
			confirms(t, l.Provider, own, "third@mail.example")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l := loses(t, unlimited)
			thief := l.NewBrowser()
			l.mailed(thief)
			c.proof(l, thief)
			if !thief.Page.Has("/password") {
				t.Fatalf("not proved: %s", thief.Page.Body)
			}
			c.replace(t, l, l.old)
			if page := thief.Submit("/password", "new", fresh); page.Status != http.StatusGone {
				t.Errorf("RC-02 %s: completed: %d", name, page.Status)
			}
		})
	}
}

func byPaper(l *lostPhone, b *idptest.Browser) {
	b.Submit("/recovery-code", "recovery_code", l.paper[0])
}

func byApp(l *lostPhone, b *idptest.Browser) {
	l.Clock.Advance(31 * time.Second)
	b.Submit("/totp", "code", l.a.TOTP())
}

// takenOver is an account whose address a thief with its strongest proof has changed, and
// the undo code the customer was mailed.
func takenOver(t *testing.T, p *idptest.Provider) (a *idptest.Account, thief *idptest.Browser, paper []string, undo string) {
	t.Helper()
	a, thief = reachable(p, "10000001")
	paper = thief.MakeRecoveryCodes()
	moves(t, thief, "/email", a.Email, "thief@evil.example")
	confirms(t, p, thief, "thief@evil.example")
	return a, thief, paper, undoCode.FindString(p.Mail.Wait(t, a.Email, notify.EmailChanged, 1).Text)
}

// RC-07 RC-02: undoing the change of an address voids the recovery that was begun, and
// proved, at the new one.
func TestUndoDuringARecovery(t *testing.T) {
	onBoth(t, func(t *testing.T, p *idptest.Provider) {
		a, _, paper, undo := takenOver(t, p)
		p.Clock.Advance(time.Minute)
		thief := p.NewBrowser()
		thief.BeginRecovery(a.LoginName)
		thief.Submit("/code", "code", idptest.Code(t, p.Mail.Wait(t, "thief@evil.example", notify.RecoverCode, 1)))
		thief.Submit("/recovery-code", "recovery_code", paper[0])
		if !undone(undoes(p, a.LoginName, undo)) {
			t.Fatal("not undone")
		}
		if page := thief.Submit("/password", "new", fresh); page.Status != http.StatusGone {
			t.Errorf("RC-07: a recovery proved at the address that was taken back is completed: %d", page.Status)
		}
		p.SignedIn(a) // with the old password
	})
}

// RC-07: undoing the change after the recovery takes the recovery's password out of use, and
// what else was added since; the desk sees it.
func TestUndoAfterARecovery(t *testing.T) {
	onBoth(t, func(t *testing.T, p *idptest.Provider) {
		a, _, paper, undo := takenOver(t, p)
		p.Clock.Advance(time.Minute)
		thief := p.NewBrowser()
		thief.BeginRecovery(a.LoginName)
		thief.Submit("/code", "code", idptest.Code(t, p.Mail.Wait(t, "thief@evil.example", notify.RecoverCode, 1)))
		thief.Submit("/recovery-code", "recovery_code", paper[0])
		thief.Submit("/password", "new", fresh)
		p.Clock.Advance(time.Minute)
		if !undone(undoes(p, a.LoginName, undo)) {
			t.Fatal("not undone")
		}
		b := p.NewBrowser()
		b.Get("/account")
		if b.Submit("/password", "login", a.LoginName, "password", fresh).Has("/code") {
			t.Error("RC-07: the password of a recovery at the disputed address still works")
		}
		if list, err := p.Store.SuspendedAuthenticators(t.Context(), a.ID); err != nil || len(list) != 1 || list[0].Reason != "address_disputed" {
			t.Errorf("RC-07: suspended %+v %v", list, err)
		}
		p.Recorded(t, "authenticator.suspended")
	})
}

// RC-07 OT-07: of two changes of address in flight the later one counts; and a code mailed
// to an address that has been replaced proves nothing.
func TestTwoChangesOfAddressInFlight(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a := p.AddAccount(idptest.Customer{Login: "10000001"})
	one := p.SignedIn(a)
	p.Clock.Advance(2 * time.Minute)
	two := p.SignedIn(a)
	moves(t, one, "/email", a.Email, "one@new.example")
	code := idptest.Code(t, p.Mail.Wait(t, "one@new.example", notify.VerifyAddress, 1))
	moves(t, two, "/email", a.Email, "two@new.example")
	if page := one.Submit("/confirm", "code", code); page.URL.RawQuery != "" || page.Status >= 500 {
		t.Errorf("RC-07: the earlier change: %d %s", page.Status, page.URL)
	}
	p.Clock.Advance(2 * time.Minute)
	signing := p.NewBrowser()
	signing.Get("/account")
	n := p.Mail.Count(a.Email, notify.SignInCode)
	signing.Submit("/password", "login", a.LoginName, "password", a.Password)
	old := mailed(t, p, a.Email, n+1)
	confirms(t, p, two, "two@new.example")
	if page := signing.Submit("/code", "code", old); page.Status >= 500 || page.Has("/account/logout") {
		t.Errorf("OT-07: a code at the address that was replaced signs in: %d", page.Status)
	}
	if got := emails(t, p, a); len(got) != 1 || got[0].Address != "two@new.example" {
		t.Errorf("RC-07: %+v", got)
	}
}

// RC-11: where authenticators are out of use, the pages that want them say what happened
// and what comes next, instead of leading back without a word.
func TestSuspendedCustomerIsToldWhatToDo(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	p.GivePasskey(a, nil)
	b := p.NewBrowser()
	b.MailedProof(p, a)
	b.Submit("/lost", "passkeys", "1", "totp", "1")
	p.Clock.Advance(25 * time.Hour) // until then nobody gets this far by a mailed code
	weakly := *a
	weakly.Secret = ""
	weak := p.SignedIn(&weakly)
	for _, path := range []string{"/account/totp", "/account/password", "/account/recovery-codes", "/account/passkeys/add"} {
		page := weak.Get(path)
		if page.Status != http.StatusOK || !strings.Contains(page.Body, "いまは設定を変更できません") || !strings.Contains(page.Body, `href="/recover"`) || !strings.Contains(page.Body, "0120-000-000") {
			t.Errorf("RC-11 E6: %s says %d %s", path, page.Status, page.Body)
			continue
		}
		if page := weak.Submit("/cancel"); page.URL.Path != "/account" {
			t.Errorf("RC-11: no way back from %s: %s", path, page.URL)
		}
	}
}
