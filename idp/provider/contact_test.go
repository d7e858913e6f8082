package provider_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

const profilePath = "/account/profile"

// reachable is a customer of whom everything is registered, and a browser in which she has
// just signed in.
func reachable(p *idptest.Provider, login string, more ...string) (*idptest.Account, *idptest.Browser) {
	a := p.AddAccount(idptest.Customer{Login: login, TOTP: true, Emails: more, Profile: idp.Profile{
		PhoneNumber: "+819012345678", Birthdate: "1960-04-01", PhoneVerified: true,
		Address: &idp.Address{PostalCode: "100-0002", Region: "東京都", Locality: "千代田区", StreetAddress: "皇居外苑1-1"},
	}})
	return a, p.SignedIn(a)
}

var undoCode = regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){3}`)

// moves changes an address as far as the code and returns the browser on the page that asks for it.
func moves(t *testing.T, b *idptest.Browser, path, current, to string) *idptest.Page {
	t.Helper()
	b.Get(profilePath + path)
	page := b.Submit(path, "current", current, "new", to)
	if page.Status != http.StatusOK || !page.Has("/confirm") {
		t.Fatalf("no page for the code: %d %s", page.Status, page.Body)
	}
	return page
}

// confirms types the newest code sent to the new address.
func confirms(t *testing.T, p *idptest.Provider, b *idptest.Browser, to string) *idptest.Page {
	t.Helper()
	n := p.Mail.Count(to, notify.VerifyAddress)
	page := b.Submit("/confirm", "code", idptest.Code(t, p.Mail.Wait(t, to, notify.VerifyAddress, max(n, 1))))
	if page.URL.Path != profilePath || page.URL.Query().Get("done") == "" {
		t.Fatalf("not confirmed: %s %s", page.URL, page.Body)
	}
	return page
}

// A11 B14: every value is masked until a fresh proof, shown once, and kept by nothing.
func TestRegisteredDataIsMasked(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	a, b := reachable(p, "10000001", "codes@sec.example")
	clear := []string{a.Email, "codes@sec.example", "090-1234-5678", "100-0002", "千代田区", "1960年4月1日"}
	masked := func(id string, page *idptest.Page) {
		t.Helper()
		for _, value := range clear {
			if strings.Contains(page.Body, value) {
				t.Errorf("%s: %q stands on %s", id, value, page.URL)
			}
		}
	}
	page := b.Get(profilePath)
	masked("A11 B14", page)
	for _, mask := range []string{"10••••@m••••", "c••••@s••••", "••••5678", "••••02", "東京都••••", "••••-••-••"} {
		if !strings.Contains(page.Body, mask) {
			t.Errorf("A11 B14: no %q on the page", mask)
		}
	}
	shown := b.Submit("/reveal")
	for _, value := range clear {
		if !strings.Contains(shown.Body, value) {
			t.Errorf("A11: %q is not shown after a fresh proof: %s", value, shown.Body)
		}
	}
	if shown.Header.Get("Cache-Control") != "no-store" || shown.URL.RawQuery != "" {
		t.Errorf("A11: shown at %s with Cache-Control %q", shown.URL, shown.Header.Get("Cache-Control"))
	}
	if r := p.Recorded(t, audit.ProfileRevealed); r.AccountID != a.ID {
		t.Errorf("recorded %+v", r)
	}
	masked("A11 loaded again", b.Get(profilePath))
	masked("A11 the security centre", b.Get("/account"))
	for _, path := range []string{"/email", "/security-email", "/phone"} {
		masked("A11 B15", b.Get(profilePath+path))
	}
	b.Get(profilePath)
	p.Clock.Advance(6 * time.Minute)
	masked("A11 an old proof", b.Submit("/reveal"))
	if !b.Page.Has("/password") {
		t.Errorf("A11: no fresh proof is asked for on %s", b.Page.URL)
	}
}

// B13 B15 RC-07 RC-08 ID-06: the whole way of a new registered address.
func TestRegisteredAddressIsChanged(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	rp := p.NewRelyingParty("app", nil)
	a, b := reachable(p, "10000001", "codes@sec.example")
	const to = "hanako@new.example"
	claims := func() map[string]any {
		return p.Userinfo(rp.Grant(b, "scope", "openid email").String("access_token")).JSON
	}

	b.Get(profilePath + "/email")
	for _, wrong := range []string{"10••••@m••••", "codes@sec.example", ""} {
		page := b.Submit("/email", "current", wrong, "new", to)
		if !strings.Contains(page.Body, `data-code="current_data_wrong"`) {
			t.Errorf("B15: %q passes for the current address: %s", wrong, page.Body)
		}
	}
	if p.Mail.Count(to, notify.VerifyAddress) != 0 {
		t.Error("B15: a code was sent")
	}
	if r := p.Recorded(t, audit.ProfileCheckFailed); r.Result != audit.Denied || r.Detail["field"] != "registered_email" {
		t.Errorf("recorded %+v", r)
	}
	// RC-08: as a Japanese keyboard types it.
	moves(t, b, "/email", " １００００００１@MAIL.example", "Hanako＠NEW.example")
	if got := claims(); got["email"] != a.Email || got["email_verified"] != true {
		t.Errorf("RC-07 ID-06: unconfirmed, the claims say %v", got)
	}
	stranger := p.NewBrowser()
	stranger.Get("/account")
	if stranger.Submit("/password", "login", to, "password", a.Password); stranger.Page.Has("/code") {
		t.Error("RC-07: the unconfirmed address is a login name")
	}
	b.Get(profilePath + "/confirm")
	if page := b.Submit("/confirm", "code", "000000"); !strings.Contains(page.Body, `data-code="code_wrong"`) {
		t.Errorf("a wrong code: %s", page.Body)
	}
	confirms(t, p, b, "Hanako@new.example")
	if got := claims(); got["email"] != "Hanako@new.example" || got["email_verified"] != true {
		t.Errorf("ID-06: confirmed, the claims say %v", got)
	}
	for _, address := range []string{a.Email, "codes@sec.example"} {
		mail := p.Mail.Wait(t, address, notify.EmailChanged, 1)
		if undoCode.FindString(mail.Text) == "" || strings.Contains(strings.ToLower(mail.Text), "http") || strings.Contains(mail.Text, to) {
			t.Errorf("B13 RC-05 RC-07: the mail to %s says %s", address, mail.Text)
		}
	}
	if mail := p.Mail.Wait(t, "Hanako@new.example", notify.EmailRegistered, 1); undoCode.FindString(mail.Text) != "" {
		t.Errorf("B13: the new address was given the undo code: %s", mail.Text)
	}
	p.Recorded(t, audit.EmailChanged)
	p.Clock.Advance(time.Minute)
	again := p.NewBrowser()
	again.Get("/account")
	if again.Submit("/password", "login", to, "password", a.Password); !again.Page.Has("/code") {
		t.Error("the confirmed address is no login name")
	}
}

// OT-07 OT-13 RC-05: what a change is bound to, and what is no address.
func TestAddressChangeIsBound(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a, b := reachable(p, "10000001")
	other, theirs := reachable(p, "10000002")
	b.Get(profilePath + "/email")
	for _, bad := range []string{"x@new.example\r\nBcc: all@evil.example", "x@new.example, y@new.example", "X <x@new.example>", "x@localhost", "x", ""} {
		page := b.Submit("/email", "current", a.Email, "new", bad)
		if !strings.Contains(page.Body, `data-code="address_invalid"`) {
			t.Errorf("OT-13: %q is taken for an address: %s", bad, page.Body)
		}
	}
	if page := b.Submit("/email", "current", a.Email, "new", strings.ToUpper(a.Email)); !strings.Contains(page.Body, `data-code="address_same"`) {
		t.Errorf("the address there is: %s", page.Body)
	}
	moves(t, b, "/email", a.Email, "wanted@new.example")
	code := idptest.Code(t, p.Mail.Wait(t, "wanted@new.example", notify.VerifyAddress, 1))
	if page := p.SignedIn(a).Get(profilePath + "/confirm"); page.Has("/confirm") || !strings.Contains(page.Body, `data-code="change_gone"`) {
		t.Errorf("OT-07: another session of the customer may confirm: %s", page.Body)
	}
	theirs.Get(profilePath + "/email")
	moves(t, theirs, "/email", other.Email, "theirs@new.example")
	if page := theirs.Submit("/confirm", "code", code); page.URL.Query().Has("done") {
		t.Error("OT-07: another customer's code confirms")
	}
	// A later change drops the earlier one with its code.
	p.Clock.Advance(61 * time.Second)
	moves(t, b, "/email", a.Email, "better@new.example")
	if next := idptest.Code(t, p.Mail.Wait(t, "better@new.example", notify.VerifyAddress, 1)); next != code {
		if page := b.Submit("/confirm", "code", code); page.URL.Query().Has("done") {
			t.Error("OT-07: the code of a dropped change confirms the next one")
		}
	}
	b.Get(profilePath + "/confirm")
	p.Clock.Advance(31 * time.Minute)
	b.Get(profilePath + "/confirm")
	if r := p.Recorded(t, audit.EmailChangeStarted); r.Detail["purpose"] != "registered" {
		t.Errorf("recorded %+v", r)
	}
	if got := emails(t, p, a); len(got) != 1 || got[0].Address != a.Email {
		t.Errorf("RC-07: addresses are %+v", got)
	}
}

// RC-07: where a firm allows an address one customer, the second one is refused; where
// families share, it names neither of them.
func TestTwoCustomersOneAddress(t *testing.T) {
	for name, shared := range map[string]bool{"RC-07 shared": true, "RC-07 one customer each": false} {
		t.Run(name, func(t *testing.T) {
			p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { unlimited(c); c.Contact.SharedAddresses = shared }})
			a, first := reachable(p, "10000001")
			c, second := reachable(p, "10000002")
			const to = "family@new.example"
			moves(t, first, "/email", a.Email, to)
			confirms(t, p, first, to)
			moves(t, second, "/email", c.Email, to)
			page := second.Submit("/confirm", "code", idptest.Code(t, p.Mail.Wait(t, to, notify.VerifyAddress, 2)))
			if refused := strings.Contains(page.Body, `data-code="address_taken"`); refused == shared {
				t.Errorf("refused %v: %s", refused, page.Body)
			}
			b := p.NewBrowser()
			b.Get("/account")
			if named := b.Submit("/password", "login", to, "password", a.Password).Has("/code"); named == shared {
				t.Errorf("the address names the first customer: %v", named)
			}
		})
	}
}

// B15: guesses at what is registered are counted, and lock the change only.
func TestGuessesAtRegisteredDataAreCounted(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a, b := reachable(p, "10000001")
	b.Get(profilePath + "/phone")
	for range 5 {
		b.Submit("/phone", "current", "090-0000-0000", "new", "03-1234-5678")
	}
	page := b.Submit("/phone", "current", "090-1234-5678", "new", "03-1234-5678")
	if !strings.Contains(page.Body, `data-code="rate_limited"`) {
		t.Errorf("B15: a sixth guess: %s", page.Body)
	}
	if b.Get("/account").Status != http.StatusOK || p.SignedIn(a) == nil {
		t.Error("the lock reaches beyond the page")
	}
}
