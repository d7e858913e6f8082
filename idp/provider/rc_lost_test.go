package provider_test

import (
	"strings"
	"testing"
	"time"

	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// RC-11: what was on a lost device stops after the mailed code alone; to use it again, or
// to change authenticators, takes both proofs.
func TestLostDeviceIsSuspended(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	key := p.GivePasskey(a, nil)
	thief := p.NewBrowser()
	thief.Get("/account")
	if !thief.UsePasskey(key).Has("/account/logout") {
		t.Fatal("the passkey does not work to begin with")
	}
	b := p.NewBrowser()
	b.MailedProof(p, a)
	if page := b.Submit("/lost"); !strings.Contains(page.Body, `data-code="lost_nothing"`) {
		t.Error("RC-11: nothing chosen, nothing said")
	}
	b.Submit("/lost", "passkeys", "1", "totp", "1")
	if thief.Get("/account").Has("/account/logout") {
		t.Error("RC-11: the thief's session lives")
	}
	if answer := thief.AnswerPasskey(key); answer.Next != "" && thief.Get(answer.Next).Has("/account/logout") {
		t.Error("RC-11: the suspended passkey signs in")
	}
	p.Mail.Wait(t, a.Email, notify.DeviceLost, 1)
	p.Recorded(t, audit.RecoverySuspended)
	p.Clock.Advance(25 * time.Hour) // recovery.hold is over
	// Whoever knows the password and reads the mail gets in weakly, but changes nothing.
	weakly := *a
	weakly.Secret = ""
	weak := p.SignedIn(&weakly)
	if !strings.Contains(weak.Page.Body, "/recover") {
		t.Error("RC-11: the security centre does not say what is suspended")
	}
	for _, path := range []string{"/account/totp", "/account/recovery-codes", "/account/passkeys/add", "/account/password"} {
		page := weak.Get(path)
		if page.Has(path) || page.Has("/enrol") || strings.Contains(page.Body, "data-enrol") {
			t.Errorf("RC-11: %s opens while authenticators are suspended", path)
		}
		if page.Status >= 500 {
			t.Errorf("%s: %d", path, page.Status)
		}
	}
}

// RC-11: both proofs bring back what was suspended and is not lost after all.
func TestSuspendedAuthenticatorReturns(t *testing.T) {
	l := loses(t, nil)
	key := l.GivePasskey(l.a, nil)
	b := l.NewBrowser()
	l.mailed(b)
	b.Submit("/lost", "passkeys", "1")
	b.Submit("/recovery-code", "recovery_code", l.paper[0])
	b.Submit("/password", "new", fresh)
	again := l.NewBrowser()
	again.Get("/account")
	if !again.UsePasskey(key).Has("/account/logout") {
		t.Error("RC-11: found again and recovered, the passkey still does not work")
	}
}
