package provider_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

const opWithdrawal = "urn:sekisho:op:withdrawal"

// withdraws tries a withdrawal in a new browser with this passkey and reports whether the
// relying party got a code for it.
func withdraws(p *idptest.Provider, d *idptest.Device) bool {
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	b.UsePasskey(d)
	page := b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
	if page.Left == "" && strings.Contains(page.Body, "data-passkey-start") {
		page = b.UsePasskey(d)
	}
	if page.Left == "" {
		if !page.Has("/cancel") {
			b.T.Errorf("a dead end: %s", page.Body)
		}
		page = b.Submit("/cancel")
		if got := page.Response(b.T, idptest.Redirect).Get("error"); got != "unmet_authentication_requirements" {
			b.T.Errorf("leaving the wait: %q", got)
		}
		return false
	}
	return page.Response(b.T, idptest.Redirect).Has("code")
}

// addPasskey adds a passkey from the enrolment page, as the browser's customer.
func addPasskey(t *testing.T, p *idptest.Provider, b *idptest.Browser, a *idptest.Account) *idptest.Device {
	t.Helper()
	d := p.NewDevice()
	enrolled(t, b, d)
	b.Submit("/enrol/done")
	d.Handle = a.UserHandle
	return d
}

// addApp adds an authenticator app as the browser's customer.
func addApp(t *testing.T, p *idptest.Provider, b *idptest.Browser, a *idptest.Account) {
	t.Helper()
	secret := secretOn(t, b.Get("/account/totp"))
	if page := b.Submit("/account/totp", "code", codeAt(t, secret, p.Clock.Now())); page.URL.RawQuery != "done=totp_added" {
		t.Fatalf("%s", page.Body)
	}
	a.Secret = secret
}

// PG-16, SU-03: a weak proof does not turn into a strong one by adding authenticators
// with it. Whoever has phished a password and one mailed code waits like everybody, and
// the customer has been told by then.
func TestWeakProofsAreNotLaundered(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	waits := func(t *testing.T, d *idptest.Device, wait time.Duration) {
		t.Helper()
		if withdraws(p, d) {
			t.Error("PG-16: a withdrawal at once")
		}
		p.Clock.Advance(wait - time.Minute)
		if withdraws(p, d) {
			t.Error("PG-16: a withdrawal before the cooling-off was over")
		}
		p.Clock.Advance(2 * time.Minute)
		if !withdraws(p, d) {
			t.Error("no withdrawal after the cooling-off")
		}
	}
	t.Run("PG-16 password and mail to passkey", func(t *testing.T) {
		a := p.AddAccount(idptest.Customer{Login: "20000001"})
		d := addPasskey(t, p, p.AtEnrolment(a), a)
		if k := a.Passkeys()[0]; k.AddedACR != assurance.Email.ACR() || !k.TrustedFrom.Equal(p.Clock.Now().Add(24*time.Hour)) {
			t.Errorf("PG-16: %s, trusted from %s", k.AddedACR, k.TrustedFrom)
		}
		p.Mail.Wait(t, a.Email, notify.PasskeyAdded, 1)
		waits(t, d, 24*time.Hour)
	})
	t.Run("PG-16 password and mail to app to passkey", func(t *testing.T) {
		a := p.AddAccount(idptest.Customer{Login: "20000002"})
		addApp(t, p, p.SignedIn(a), a)
		b := p.AtEnrolment(a) // by password and app now: the level says mfa
		d := addPasskey(t, p, b, a)
		if k := a.Passkeys()[0]; k.AddedACR != assurance.MFA.ACR() || k.TrustedFrom.IsZero() {
			t.Errorf("PG-16: %s, trusted from %s", k.AddedACR, k.TrustedFrom)
		}
		waits(t, d, 24*time.Hour)
	})
	t.Run("PG-16 cooling passkey to second passkey", func(t *testing.T) {
		a := p.AddAccount(idptest.Customer{Login: "20000003"})
		first := addPasskey(t, p, p.AtEnrolment(a), a)
		b := p.NewBrowser()
		b.Get("/account/passkeys/add")
		b.UsePasskey(first)
		second := addPasskey(t, p, b, a)
		for _, k := range a.Passkeys() {
			if k.TrustedFrom.Before(p.Clock.Now().Add(23 * time.Hour)) {
				t.Errorf("PG-16: %s trusted from %s", k.AddedACR, k.TrustedFrom)
			}
		}
		waits(t, second, 24*time.Hour)
	})
	t.Run("PG-16 cooling passkey to app to passkey", func(t *testing.T) {
		a := p.AddAccount(idptest.Customer{Login: "20000004"})
		first := addPasskey(t, p, p.AtEnrolment(a), a)
		b := p.NewBrowser()
		b.Get("/account/totp")
		b.UsePasskey(first)
		addApp(t, p, b, a)
		b.Get("/account/passkeys/add")
		second := addPasskey(t, p, b, a)
		waits(t, second, 24*time.Hour)
	})
	t.Run("an app of long standing makes a passkey that counts at once", func(t *testing.T) {
		a := p.AddAccount(idptest.Customer{Login: "20000005", TOTP: true})
		d := addPasskey(t, p, p.AtEnrolment(a), a)
		if !withdraws(p, d) {
			t.Error("a strong proof has to wait too")
		}
	})
}

var addressChoice = regexp.MustCompile(`name="address" value="([^"]+)"`)

// D3: the whole way of adding a passkey, with the address chosen and the code sent again.
func TestAddingAPasskeyStepByStep(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	hanako := p.AddAccount(idptest.Customer{Login: "10000001", Emails: []string{"security@codes.example"}})
	b := p.NewBrowser()
	b.Get("/account/passkeys/add")
	b.Submit("/password", "login", hanako.LoginName, "password", hanako.Password)
	page := b.Submit("/code", "code", mailed(t, p, "security@codes.example", 1))
	// Two factors, seconds ago, and still one more check.
	choices := addressChoice.FindAllStringSubmatch(page.Body, -1)
	if len(choices) != 2 || !page.Has("/code/send") || strings.Contains(page.Body, hanako.Email) || strings.Contains(page.Body, "security@") {
		t.Fatalf("D3: no choice of masked addresses: %s", page.Body)
	}
	if n := p.Mail.Count(hanako.Email, notify.EnrolCode); n != 0 {
		t.Error("D3: a code was sent before the customer chose")
	}
	if begun := b.Script(b.Base()+"/enrol/options", struct{}{}); begun.ChallengeID != "" {
		t.Error("D3: the device's dialog came before the check")
	}
	second := ""
	for _, e := range emails(t, p, hanako) {
		if e.Address == "security@codes.example" {
			second = e.ID
		}
	}
	b.Page = page
	b.Submit("/code/send", "address", second)
	old := idptest.Code(t, p.Mail.Wait(t, "security@codes.example", notify.EnrolCode, 1))
	if !strings.Contains(b.Page.Body, "••••@c••••") {
		t.Errorf("D3: the page does not say where the code went: %s", b.Page.Body)
	}
	p.Clock.Advance(61 * time.Second)
	b.Submit("/code/send", "address", second)
	fresh := idptest.Code(t, p.Mail.Wait(t, "security@codes.example", notify.EnrolCode, 2))
	if old != fresh {
		if page := b.Submit("/code", "code", old); !page.Has("/code") {
			t.Error("D3: the replaced code was good")
		}
	}
	page = b.Submit("/code", "code", fresh)
	if page.Has("/code") || !strings.Contains(page.Body, "/assets/sekisho") {
		t.Fatalf("D3: no enrolment page: %s", page.Body)
	}
	done := b.Script(b.Base()+"/enrol/finish", enrolmentAnswer(t, p, b, "家のパソコン"))
	page = b.Get(done.Next)
	if !strings.Contains(page.Body, "家のパソコン") || !page.Has("/enrol/done") {
		t.Errorf("D3: the list does not show the new passkey: %s", page.Body)
	}
	if page := b.Submit("/enrol/done"); page.URL.Path != "/account" || !strings.Contains(page.Body, "家のパソコン") {
		t.Errorf("D3: %s %s", page.URL, page.Body)
	}
}

func enrolmentAnswer(t *testing.T, p *idptest.Provider, b *idptest.Browser, name string) idptest.Finish {
	begun := b.BeginEnrol()
	return idptest.Finish{ChallengeID: begun.ChallengeID, Credential: p.NewDevice().Create(t, begun.PublicKey), Name: name}
}

func emails(t *testing.T, p *idptest.Provider, a *idptest.Account) []idp.Email {
	t.Helper()
	all, err := p.Store.Emails(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// B3, E3: name and password are followed by the code page, by itself: the app's code where
// there is an app, else a mailed one; neither the password nor the code alone ends in anything.
func TestPasswordIsFollowedByACode(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	withApp := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	without := p.AddAccount(idptest.Customer{Login: "10000002"})
	b := atCode(p, withApp)
	if b.Page.Has("/code/send") || p.Mail.Count(withApp.Email, notify.SignInCode) != 0 {
		t.Error("E3: a mail where the app is asked for")
	}
	if page := b.Submit("/code", "code", withApp.TOTP()); page.Left == "" {
		t.Errorf("E3: %s", notice(page))
	}
	b = atCode(p, without)
	if !b.Page.Has("/code/send") || b.Cookie(sessionCookie) != "" {
		t.Error("B3: no mailed code, or a session without one")
	}
	if page := b.Submit("/code", "code", mailed(t, p, without.Email, 1)); page.Left == "" {
		t.Errorf("B3: %s", notice(page))
	}
	// In a browser known to the account, the customer with an app may ask for a mail instead.
	b = home(p, withApp)
	b.Authorize("app", idptest.Redirect)
	b.Submit("/password", "login", withApp.LoginName, "password", withApp.Password)
	b.Submit("/code/method", "method", "email")
	if page := b.Submit("/code", "code", mailed(t, p, withApp.Email, 1)); page.Left == "" {
		t.Errorf("B3: %s", notice(page))
	}
}

// AZ-21: a hint that names somebody else than who is signed in here is answered by the
// person it names, by password as well as by passkey.
func TestHintedCustomerSignsIn(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	rp := p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	hanako := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	key := p.GivePasskey(hanako, nil)
	hint := rp.SignIn(p.NewBrowser(), hanako).String("id_token")
	for name, answer := range map[string]func(b *idptest.Browser) *idptest.Page{
		"password": func(b *idptest.Browser) *idptest.Page {
			p.Clock.Advance(31 * time.Second)
			return b.PasswordSignIn(p, hanako)
		},
		"passkey": func(b *idptest.Browser) *idptest.Page { return b.UsePasskey(key) },
	} {
		b := p.SignedIn(taro)
		old := b.Cookie(sessionCookie)
		b.Authorize("app", idptest.Redirect, "id_token_hint", hint)
		page := answer(b)
		if page.Left == "" {
			t.Errorf("AZ-21 %s: %s", name, notice(page))
			continue
		}
		id := idptest.Claims(t, rp.Exchange(page.Response(t, idptest.Redirect).Get("code")).String("id_token"))
		if id["sub"] != hanako.Subject || signedIn(p, old) {
			t.Errorf("AZ-21 %s: %v", name, id)
		}
	}
}
