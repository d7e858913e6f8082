package provider_test

import (
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

func checksAlways(c *config.Config) { unlimited(c); c.Passkey.AlwaysCheck = true }

// further signs in with the account's passkey and asks to add another one.
func further(p *idptest.Provider, key *idptest.Device) *idptest.Browser {
	p.T.Helper()
	b := p.NewBrowser()
	b.Get("/account/passkeys/add")
	b.UsePasskey(key)
	return b
}

// D3: where the firm says so, a code is asked for right before a further passkey too, and a
// sign-in by passkey, seconds ago, does not stand in for it.
func TestFurtherPasskeyIsChecked(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: checksAlways})
	t.Run("D3 by a mailed code", func(t *testing.T) {
		a := p.AddAccount(idptest.Customer{Login: "10000001"})
		b := further(p, p.GivePasskey(a, nil))
		if !b.Page.Has("/code/send") || strings.Contains(b.Page.Body, "data-enrol") {
			t.Fatalf("D3: %s", b.Page.Body)
		}
		if begun := b.Script(b.Base()+"/enrol/options", struct{}{}); begun.ChallengeID != "" {
			t.Error("D3: the device's dialog came before the check")
		}
		b.Get(b.Base())
		b.Submit("/code/send")
		b.Submit("/code", "code", idptest.Code(t, p.Mail.Wait(t, a.Email, notify.EnrolCode, 1)))
		page := b.Get(b.Script(b.Base()+"/enrol/finish", enrolmentAnswer(t, p, b, "二つ目")).Next)
		if !page.Has("/enrol/done") || !strings.Contains(page.Body, "二つ目") {
			t.Errorf("D3: %s", page.Body)
		}
		key, err := p.Store.Passkeys(t.Context(), a.ID)
		if err != nil || len(key) != 2 || key[1].AddedACR != "phr" {
			t.Errorf("D3: the check lowers what the passkey was added from: %+v %v", key, err)
		}
	})
	t.Run("D3 by the authenticator app", func(t *testing.T) {
		a := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
		b := further(p, p.GivePasskey(a, nil))
		if !b.Page.Has("/code") || b.Page.Has("/code/send") {
			t.Fatalf("D3: %s", b.Page.Body)
		}
		p.Clock.Advance(31 * time.Second)
		if page := b.Submit("/code", "code", a.TOTP()); page.Has("/code") || !strings.Contains(page.Body, "data-enrol") {
			t.Errorf("D3: %s", notice(page))
		}
	})
}

// D3 E7: nobody is asked for a code that the account's kind may not use.
func TestFurtherPasskeyWithoutCodes(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		checksAlways(c)
		c.AccountKinds.Personal.TOTP, c.AccountKinds.Personal.EmailCode = false, false
	}})
	_, key := p.PasskeyOnly("10000001")
	if b := further(p, key); b.Page.Has("/code") || !strings.Contains(b.Page.Body, "data-enrol") {
		t.Errorf("D3: %s", b.Page.Body)
	}
}

// D3, as it is by default: who has a passkey has just proved one, which shows more than a code.
func TestFurtherPasskeyAfterOne(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	if b := further(p, p.GivePasskey(a, nil)); b.Page.Has("/code") || !strings.Contains(b.Page.Body, "data-enrol") {
		t.Errorf("D3: %s", b.Page.Body)
	}
}
