package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// B1 RC-02: a recovery that both proofs were given to before a freeze is not completed
// after the desk has lifted it; nor is one before a freeze by the desk.
func TestRecoveryDoesNotSurviveAFreeze(t *testing.T) {
	for name, stop := range map[string]func(t *testing.T, l *lostPhone){
		"B1 stop code": func(t *testing.T, l *lostPhone) { disowned(t, l.Provider, l.a, l.a.Email) },
		"desk":         func(_ *testing.T, l *lostPhone) { l.a.Freeze() },
	} {
		t.Run(name, func(t *testing.T) {
			l := loses(t, unlimited)
			thief := l.NewBrowser()
			l.mailed(thief)
			thief.Submit("/recovery-code", "recovery_code", l.paper[0])
			f := thief.Page.Form(t, "/password")
			f.Values.Set("new", fresh)
			stop(t, l)
			if page := thief.Post(f.Action, f.Values); page.Status == http.StatusOK {
				t.Fatalf("%s: recovered a frozen account", name)
			}
			unlock(t, l.Provider, l.a)
			if page := thief.Post(f.Action, f.Values); page.Status != http.StatusGone {
				t.Errorf("%s: completed after the unlock: %d", name, page.Status)
			}
		})
	}
}

// B1 OT-11: recovery codes that were printed since a disowned sign-in are void with
// everything else from then on.
func TestFreezeVoidsRecoveryCodes(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	p.Clock.Advance(time.Hour)
	thief := p.SignedIn(a)
	stolen := thief.MakeRecoveryCodes()
	disowned(t, p, a, a.Email)
	unlock(t, p, a)
	b := p.NewBrowser()
	b.MailedProof(p, a)
	if b.Submit("/recovery-code", "recovery_code", stolen[0]).Has("/password") {
		t.Error("B1: the intruder's recovery codes work after the freeze")
	}
}

// B1 RC-07: an address that was replaced since a disowned sign-in is back after the freeze,
// however late the stop code is used, and its owner was told of the freeze.
func TestFreezeBringsTheAddressBack(t *testing.T) {
	onBoth(t, func(t *testing.T, p *idptest.Provider) {
		a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
		p.Clock.Advance(time.Hour)
		thief := p.SignedIn(a)
		moves(t, thief, "/email", a.Email, "thief@evil.example")
		confirms(t, p, thief, "thief@evil.example")
		p.Clock.Advance(6 * 24 * time.Hour) // no undo any more
		for n := 1; n > 0; {
			var err error
			if n, err = p.Store.DeleteExpired(t.Context(), p.Clock.Now(), 500); err != nil {
				t.Fatal(err)
			}
		}
		disowned(t, p, a, a.Email)
		p.Mail.Wait(t, a.Email, notify.AccountFrozen, 1)
		if got := emails(t, p, a); len(got) != 1 || got[0].Address != a.Email || !got[0].Verified() {
			t.Errorf("B1: addresses after the freeze: %+v", got)
		}
		list, err := p.Store.SuspendedAuthenticators(t.Context(), a.ID)
		if err != nil || len(list) != 1 || list[0].Kind != idp.SuspendedEmail {
			t.Fatalf("B1: suspended %+v %v", list, err)
		}
		if back, err := p.Store.RestoreAuthenticators(t.Context(), a.ID, []string{list[0].ID}, nil); err != nil || len(back) != 0 {
			t.Errorf("B1: the account has two registered addresses: %v %v", back, err)
		}
		unlock(t, p, a)
		b := p.NewBrowser()
		b.MailedProof(p, a) // the customer's own mailbox gives a proof again
	})
}

// B1 RC-12: while the hold after a recovery lasts, the stop code of a sign-in since then
// puts the recovery in doubt too: the password it set is out of use until the desk decides.
func TestFreezeDoubtsTheRecoveryBeforeIt(t *testing.T) {
	l := loses(t, unlimited)
	thief := l.NewBrowser()
	l.mailed(thief)
	thief.Submit("/recovery-code", "recovery_code", l.paper[0])
	thief.Submit("/password", "new", fresh)
	l.Clock.Advance(time.Hour)
	l.a.Password = fresh
	n := l.Mail.Count(l.a.Email, notify.NewDevice)
	l.SignedIn(l.a)
	if page := disown(l.Provider, l.a.LoginName, stopCode(t, l.Mail.Wait(t, l.a.Email, notify.NewDevice, n+1))); !frozen(page) {
		t.Fatalf("not frozen: %s", page.Body)
	}
	unlock(t, l.Provider, l.a)
	l.Clock.Advance(time.Minute)
	b := l.NewBrowser()
	b.Get("/account")
	if b.Submit("/password", "login", l.a.LoginName, "password", fresh).Has("/code") {
		t.Error("B1: the password of the recovery works after the freeze")
	}
}

// B1: whoever has only the mailbox can stop the account, again and again, and gains nothing
// by it; a stop code from before a recovery still works, and every time the page says how
// to come back. Signing in says no more than that it failed (PW-08).
func TestStopCodeAfterARecovery(t *testing.T) {
	l := loses(t, unlimited)
	old := stopCode(t, l.Mail.Wait(t, l.a.Email, notify.NewDevice, 1))
	b := l.NewBrowser()
	l.mailed(b)
	b.Submit("/recovery-code", "recovery_code", l.paper[0])
	b.Submit("/password", "new", fresh)
	page := disown(l.Provider, l.a.LoginName, old)
	if !frozen(page) || !strings.Contains(page.Body, "0120-000-000") {
		t.Fatalf("B1 E6: %s", page.Body)
	}
	again := l.NewBrowser()
	again.Get("/account")
	if page := again.Submit("/password", "login", l.a.LoginName, "password", fresh); !strings.Contains(page.Body, `data-code="login_failed"`) {
		t.Errorf("PW-08: %s", page.Body)
	}
	if page := l.NewBrowser().BeginRecovery(l.a.LoginName); page.Status != http.StatusOK || !page.Has("/code") {
		t.Errorf("RC-01: a frozen account's recovery answers %d", page.Status)
	}
	unlock(t, l.Provider, l.a)
	if frozen(disown(l.Provider, l.a.LoginName, old)) {
		t.Error("B1: a used code stops the account again")
	}
	list, err := l.Store.SuspendedAuthenticators(t.Context(), l.a.ID)
	if err != nil || len(list) == 0 {
		t.Errorf("B1: nothing for the desk to decide: %v %v", list, err)
	}
}

// RC-09 AD: an invitation opens only what waits to be opened. An invited account that was
// frozen and released waits again; one that has an owner is never opened twice.
func TestInvitationOfAStoppedAccount(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a, code := p.Invited("10000001")
	b := p.NewBrowser()
	b.Get("/invite")
	b.Submit("/invite", "login", a.LoginName, "code", code)
	form := b.Page.Form(t, "/password/new")
	a.Freeze()
	form.Values.Set("new", fresh)
	if page := b.Post(form.Action, form.Values); page.Status != http.StatusGone {
		t.Errorf("a frozen account's invitation answers %d", page.Status)
	}
	unlock(t, p, a)
	if got, err := p.Store.Account(t.Context(), a.ID); err != nil || got.Status != idp.AccountInvited {
		t.Fatalf("released, it is %v %v: nobody can open it", got.Status, err)
	}
	if page := b.Post(form.Action, form.Values); page.Status != http.StatusOK || page.URL.Path == form.Action {
		t.Fatalf("the invitation does not open it: %d %s", page.Status, page.Body)
	}
	stale := a.Account // as somebody at the desk read it before
	if err := p.Invite(t.Context(), &stale); err == nil {
		t.Error("an open account was invited again")
	}
	a.Freeze()
	unlock(t, p, a)
	if got, err := p.Store.Account(t.Context(), a.ID); err != nil || got.Status != idp.AccountActive {
		t.Errorf("an open account is %v after its release %v", got.Status, err)
	}
}

// An import leaves an account alone that is there already, whatever its state.
func TestImportOverAFrozenAccount(t *testing.T) {
	onBoth(t, func(t *testing.T, p *idptest.Provider) {
		a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
		thief := p.NewBrowser()
		thief.MailedProof(p, a)
		a.Freeze()
		now := p.Clock.Now()
		batch := []idp.NewAccount{{
			Account:   idp.Account{ID: idp.NewID(), Subject: idp.NewID(), LoginName: a.LoginName, Kind: idp.Personal, Status: idp.AccountActive, UserHandle: []byte(idp.NewID()), CreatedAt: now},
			Emails:    []idp.Email{{ID: idp.NewID(), Address: "other@mail.example", Canonical: "other@mail.example", Purpose: idp.EmailRegistered, VerifiedAt: now, CreatedAt: now}},
			Passwords: []idp.Password{{Kind: idp.LoginPassword, Hash: "imported", ChangedAt: now}},
		}}
		created, err := p.Store.ImportAccounts(t.Context(), batch, func(int) idp.Effects { return idp.Effects{} })
		if err != nil || len(created) != 0 {
			t.Fatalf("created %v %v", created, err)
		}
		if got, err := p.Store.Account(t.Context(), a.ID); err != nil || got.Status != idp.AccountLocked {
			t.Errorf("imported over: %v %v", got.Status, err)
		}
		if pw, err := p.Store.Password(t.Context(), a.ID, idp.LoginPassword); err != nil || pw.Hash == "imported" || len(emails(t, p, a)) != 1 {
			t.Error("an import changed what an account holds")
		}
	})
}
