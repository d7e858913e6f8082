package idptest

import (
	"net/http"
	"testing"

	"sekisho/idp/assurance"
)

// The provider as its users meet it: the levels a whole sign-in earns.
func TestSignInLevels(t *testing.T) {
	p := New(t, Options{})
	rp := p.NewRelyingParty("app", nil)
	hanako := p.AddAccount(Customer{Login: "10000001"})
	taro := p.AddAccount(Customer{Login: "10000002", TOTP: true})
	for name, c := range map[string]struct {
		account *Account
		acr     string
	}{
		"password and mailed code": {hanako, assurance.Email.ACR()},
		"password and TOTP":        {taro, assurance.MFA.ACR()},
	} {
		t.Run(name, func(t *testing.T) {
			tokens := rp.SignIn(p.NewBrowser(), c.account)
			id := Claims(t, tokens.String("id_token"))
			if id["acr"] != c.acr || id["sub"] != c.account.Subject {
				t.Errorf("ID token %v, want acr %s", id, c.acr)
			}
			if a := p.Userinfo(tokens.String("access_token")); a.Status != http.StatusOK || a.String("sub") != c.account.Subject {
				t.Errorf("userinfo %d %s", a.Status, a.Body)
			}
		})
	}
}

func TestEnrolAndSignInWithPasskey(t *testing.T) {
	p := New(t, Options{})
	rp := p.NewRelyingParty("app", nil)
	taro := p.AddAccount(Customer{Login: "10000002", TOTP: true})
	b, key := p.NewBrowser(), p.NewAuthenticator()
	b.Get("/account/passkeys/add")
	b.PasswordSignIn(p, taro)
	p.Clock.Advance(minute) // the next TOTP step
	b.Submit("/code", "code", taro.TOTP())
	page := b.Enrol(key)
	if !page.Has("/enrol/done") {
		t.Fatalf("no list after the enrolment: %s", text(page))
	}
	b.Submit("/enrol/done")
	other := p.NewBrowser()
	other.Authorize(rp.ID, Redirect)
	page = other.PasskeySignIn(key)
	tokens := rp.Exchange(page.Response(t, Redirect).Get("code"))
	if id := Claims(t, tokens.String("id_token")); id["acr"] != "phr" || id["sub"] != taro.Subject {
		t.Errorf("ID token %v", id)
	}
}
