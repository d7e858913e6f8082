package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// mailed is the newest sign-in code of an address, once there are n.
func mailed(t *testing.T, p *idptest.Provider, address string, n int) string {
	t.Helper()
	return idptest.Code(t, p.Mail.Wait(t, address, notify.SignInCode, n))
}

func TestMailedCodeIsBound(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	rp := p.NewRelyingParty("app", nil)
	hanako := p.AddAccount(idptest.Customer{Login: "10000001"})
	jiro := p.AddAccount(idptest.Customer{Login: "10000002"})
	first := atCode(p, hanako)
	one := mailed(t, p, hanako.Email, 1)
	if len(one) != 6 {
		t.Errorf("OT-08: %d digits", len(one))
	}
	second := atCode(p, hanako) // another browser and interaction: sends another code, which voids the first
	two := mailed(t, p, hanako.Email, 2)
	if page := first.Submit("/code", "code", one); page.Left != "" {
		t.Error("OT-07: a code was good after another one was issued")
	}
	if page := first.Submit("/code", "code", two); page.Left != "" {
		t.Error("OT-07: a code was good in another interaction and browser")
	}
	other := atCode(p, jiro)
	mailed(t, p, jiro.Email, 1)
	if page := other.Submit("/code", "code", two); page.Left != "" {
		t.Error("OT-07: a code was good for another customer")
	}
	page := second.Submit("/code", "code", two)
	if page.Left == "" {
		t.Fatalf("the code in its own place: %s", notice(page))
	}
	id := idptest.Claims(t, rp.Exchange(page.Response(t, idptest.Redirect).Get("code")).String("id_token"))
	amr, _ := id["amr"].([]any)
	if id["acr"] != assurance.Email.ACR() || slices.Contains(amr, any("mfa")) {
		t.Errorf("OT-10: %v", id)
	}
	if page := other.Submit("/code", "code", two); page.Left != "" {
		t.Error("OT-07: a used code")
	}
	t.Run("OT-07 of an enrolment", func(t *testing.T) {
		b := p.NewBrowser()
		b.Get("/account/passkeys/add")
		b.PasswordSignIn(p, hanako)
		b.Submit("/code/send")
		enrolment := idptest.Code(t, p.Mail.Wait(t, hanako.Email, notify.EnrolCode, 1))
		signIn := atCode(p, hanako)
		signInCode := mailed(t, p, hanako.Email, 4)
		if page := signIn.Submit("/code", "code", enrolment); page.Left != "" {
			t.Error("OT-07: an enrolment's code signed in")
		}
		if enrolment != signInCode {
			if page := b.Submit("/code", "code", signInCode); strings.Contains(page.Body, "data-enrol") {
				t.Error("OT-07: a sign-in's code passed the check before an enrolment")
			}
		}
		if page := b.Submit("/code", "code", enrolment); page.Has("/code") {
			t.Errorf("the enrolment's code in its own place: %s", notice(page))
		}
	})
	t.Run("OT-08 ten minutes", func(t *testing.T) {
		b := atCode(p, jiro)
		code := mailed(t, p, jiro.Email, 2)
		p.Clock.Advance(10*time.Minute + time.Second)
		if page := b.Submit("/code", "code", code); page.Left != "" || notice(page) != "code_expired" {
			t.Errorf("OT-08: %q %s", page.Left, notice(page))
		}
	})
	p.Recorded(t, audit.EmailCodeSent)
	p.Recorded(t, audit.EmailCodeFailed)
}

func TestSendingIsLimited(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	hanako := p.AddAccount(idptest.Customer{Login: "10000001"})
	b := atCode(p, hanako)
	mailed(t, p, hanako.Email, 1)
	if page := b.Submit("/code/send"); notice(page) != "code_wait" {
		t.Errorf("OT-09: another code at once: %s", notice(page))
	}
	for range 3 { // attempts go on over a new code
		b.Submit("/code", "code", "000000")
	}
	p.Clock.Advance(61 * time.Second)
	if page := b.Submit("/code/send"); notice(page) != "code_sent" {
		t.Errorf("OT-09: after a minute: %s", notice(page))
	}
	code := mailed(t, p, hanako.Email, 2)
	p.Clock.Advance(61 * time.Second) // past any lock of the factor
	b.Submit("/code", "code", "000000")
	p.Clock.Advance(61 * time.Second)
	b.Submit("/code", "code", "000001")
	p.Clock.Advance(5 * time.Minute)
	if page := b.Submit("/code", "code", code); page.Left != "" {
		t.Errorf("OT-09: the resent code gave new attempts")
	}
	t.Run("OT-09 many flows", func(t *testing.T) {
		p := idptest.New(t, idptest.Options{})
		p.NewRelyingParty("app", nil)
		hanako := p.AddAccount(idptest.Customer{Login: "10000001"})
		for range 12 {
			b := p.NewBrowser()
			b.Authorize("app", idptest.Redirect)
			b.Submit("/password", "login", hanako.LoginName, "password", hanako.Password)
			if page := b.Page; !page.Has("/code/send") { // a page to go on from, never a dead end
				t.Fatalf("OT-09: %s", page.Body)
			}
		}
		p.Recorded(t, audit.EmailCodeThrottled)
		mailed(t, p, hanako.Email, 3)
		if n := p.Mail.Count(hanako.Email, notify.SignInCode); n > 3 {
			t.Errorf("OT-09: %d mails", n)
		}
	})
}

// OT-13: nothing a stranger sends gets into a mail.
func TestMailsCarryNobodysWords(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	hanako := p.AddAccount(idptest.Customer{Login: "10000001", Profile: idp.Profile{Name: "Call +81 90 evil.example"}})
	b := p.NewBrowser()
	b.Client.Transport = agent("Mozilla/5.0 (https://evil.example/login <a href=evil>) Chrome/140.0.0.0")
	b.SignIn(p, hanako)
	p.Mail.Wait(t, hanako.Email, notify.NewDevice, 1)
	for _, m := range p.Mail.To(hanako.Email) {
		all := m.Subject + m.Text + m.HTML
		if strings.Contains(all, "evil") || strings.ContainsAny(m.Subject, "\r\n") || strings.Contains(all, "localhost") {
			t.Errorf("OT-13: %s\n%s\n%s", m.Subject, m.Text, m.HTML)
		}
	}
}

// agent sends another User-Agent.
type agent string

func (a agent) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.Header.Set("User-Agent", string(a))
	return http.DefaultTransport.RoundTrip(out)
}
