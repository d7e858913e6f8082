package provider_test

import (
	"errors"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
	"sekisho/idp/provider"
)

// stopForGood puts the lock on a factor that only the desk lifts.
func stopForGood(p *idptest.Provider, a *idptest.Account, f throttle.Factor) {
	p.T.Helper()
	key := (&throttle.Service{Vault: p.Vault}).Key(f, a.ID)
	if _, err := p.Store.CountAttempt(p.T.Context(), key, idp.LockPolicy{HardCap: 1}, p.Clock.Now()); err != nil {
		p.T.Fatal(err)
	}
}

var byDesk = provider.Desk{Operator: "sato", Because: "came to the counter", Identity: []string{"passport"}}

// E5 A5: the desk lifts the lock that wrong answers to the security question put on it.
func TestTheDeskUnlocksTheSecurityAnswer(t *testing.T) {
	p := idptest.New(t, questions(nil))
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	answered(p, a, "ポチ丸")
	stopForGood(p, a, throttle.SecurityAnswer)
	b := regainable(p, a)
	page := b.Submit("/answer", "answer", "ポチ丸")
	if notice(page) != "answer_locked" || page.Has("/password") {
		t.Fatalf("A5: not stopped: %s", notice(page))
	}
	n, err := p.UnlockAuthenticators(t.Context(), &a.Account, []string{"security_answer"}, byDesk)
	if err != nil || n != 1 {
		t.Fatalf("E5: lifted %d, %v", n, err)
	}
	if page := b.Submit("/answer", "answer", "ポチ丸"); !page.Has("/password") {
		t.Errorf("E5: still stopped: %s", notice(page))
	}
	r := p.Recorded(t, audit.AuthenticatorUnlocked)
	if r.Actor != audit.Operator || r.AccountID != a.ID || r.Detail["authenticator"] != "security_answer" || r.Detail["operator"] != "sato" ||
		r.Detail["because"] != "came to the counter" || r.Detail["identity"] != "passport" {
		t.Errorf("E5 LG-01: %+v", r)
	}
}

// E5 A10: the desk lifts the lock of the check by birth date and postal code.
func TestTheDeskUnlocksThePersonalDataCheck(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: check(config.CheckPersonalData)})
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001", Profile: registered})
	stopForGood(p, a, throttle.PersonalData)
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	b.Submit("/password", "login", a.LoginName, "password", a.Password)
	if page := b.Submit("/personal-data", "birthdate", "19800401", "postal_code", "1000005"); notice(page) != "personal_data_hard_locked" {
		t.Fatalf("A10: not stopped: %s", notice(page))
	}
	if n, err := p.UnlockAuthenticators(t.Context(), &a.Account, []string{"personal_data", "password"}, byDesk); err != nil || n != 1 {
		t.Fatalf("E5: lifted %d, %v", n, err)
	}
	if page := b.Submit("/personal-data", "birthdate", "19800401", "postal_code", "1000005"); !page.Has("/code") {
		t.Errorf("E5: still stopped: %s", notice(page))
	}
}

// RC-11 E5: whoever lost everything and has no recovery code goes to the desk, which takes
// away what was lost or puts it back; only then can the customer go on.
func TestTheDeskSettlesWhatWasLost(t *testing.T) {
	for name, gone := range map[string]bool{"gone": true, "found": false} {
		t.Run("RC-11 "+name, func(t *testing.T) {
			p := idptest.New(t, idptest.Options{Edit: unlimited})
			p.NewRelyingParty("app", nil)
			a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
			key := p.GivePasskey(a, nil)
			if _, err := p.SettleLost(t.Context(), &a.Account, gone, byDesk); !errors.Is(err, idp.ErrNotFound) {
				t.Fatalf("nothing is lost: %v", err)
			}
			b := p.NewBrowser()
			b.MailedProof(p, a)
			b.Submit("/lost", "passkeys", "1", "totp", "1")
			p.Clock.Advance(time.Minute)
			if n, err := p.SettleLost(t.Context(), &a.Account, gone, byDesk); err != nil || n != 2 {
				t.Fatalf("settled %d, %v", n, err)
			}
			own := p.NewBrowser()
			if gone {
				p.Mail.Wait(t, a.Email, notify.PasskeyRemoved, 1)
				p.Mail.Wait(t, a.Email, notify.TOTPRemoved, 1)
				own.Authorize("app", idptest.Redirect)
				if page := own.Submit("/password", "login", a.LoginName, "password", a.Password); !page.Has("/code/send") {
					t.Errorf("RC-11: %s", notice(page))
				}
				return
			}
			own.Get("/account")
			if !own.UsePasskey(key).Has("/account/logout") {
				t.Error("RC-11: put back and of no use")
			}
			if r := p.Recorded(t, audit.AuthenticatorRestored); r.Actor != audit.Operator || r.Detail["operator"] != "sato" {
				t.Errorf("RC-11: %+v", r)
			}
		})
	}
}
