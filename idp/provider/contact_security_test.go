package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// undoes types both codes on the page for it, in a browser nobody used before.
func undoes(p *idptest.Provider, login, code string) *idptest.Page {
	b := p.NewBrowser()
	b.Get("/undo")
	return b.Submit("/undo", "login", login, "code", code)
}

func undone(page *idptest.Page) bool {
	return page.Status == http.StatusOK && !page.Has("/undo")
}

// RC-06 RC-07: the undo needs no session, restores the address once, and ends every session.
func TestChangeOfAddressIsUndone(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a, thief := reachable(p, "10000001")
	bystander, _ := reachable(p, "10000002")
	moves(t, thief, "/email", a.Email, "thief@evil.example")
	confirms(t, p, thief, "thief@evil.example")
	p.Clock.Advance(2 * time.Minute)
	moves(t, thief, "/email", "thief@evil.example", "thief2@evil.example")
	confirms(t, p, thief, "thief2@evil.example")
	code := undoCode.FindString(p.Mail.Wait(t, a.Email, notify.EmailChanged, 1).Text)
	theirs := undoCode.FindString(p.Mail.Wait(t, "thief@evil.example", notify.EmailChanged, 1).Text)

	for name, typed := range map[string][2]string{
		"a wrong code": {a.LoginName, "AAAA-AAAA-AAAA-AAAA"}, "no code": {a.LoginName, ""}, "another customer's name": {bystander.LoginName, code},
		"nobody's name": {"99999999", code}, "the address": {"thief2@evil.example", code},
	} {
		if page := undoes(p, typed[0], typed[1]); undone(page) || !strings.Contains(page.Body, `data-code="undo_failed"`) {
			t.Errorf("RC-07: %s undoes: %s", name, page.Body)
		}
	}
	p.Recorded(t, audit.EmailUndoFailed)
	p.Clock.Advance(2 * time.Minute) // past the pause for wrong codes
	b := p.NewBrowser()
	b.Get("/undo?login=" + a.LoginName + "&code=" + url.QueryEscape(code))
	if page := b.Post("/undo", url.Values{"login": {a.LoginName}, "code": {code}}); page.Status != http.StatusForbidden {
		t.Errorf("SE-08: a form without its token answers %d", page.Status)
	}
	if got := emails(t, p, a); len(got) != 1 || got[0].Address != "thief2@evil.example" {
		t.Fatalf("RC-06: opening the page changed something: %+v", got)
	}
	if page := undoes(p, a.LoginName, strings.ToLower(code)); !undone(page) {
		t.Fatalf("RC-07: not undone: %s", page.Body)
	}
	if got := emails(t, p, a); len(got) != 1 || got[0].Address != a.Email || !got[0].Verified() {
		t.Errorf("RC-07: addresses are %+v", got)
	}
	if len(a.Sessions()) != 0 || thief.Get(profilePath).Has("/reveal") {
		t.Error("RC-07: a session outlived the undo")
	}
	for _, again := range []string{code, theirs} {
		if undone(undoes(p, a.LoginName, again)) {
			t.Error("RC-07: a spent code undoes again")
		}
	}
	for _, address := range []string{a.Email, "thief2@evil.example"} {
		p.Mail.Wait(t, address, notify.EmailRestored, 1)
	}
	if r := p.Recorded(t, audit.EmailChangeUndone); r.AccountID != a.ID {
		t.Errorf("recorded %+v", r)
	}
	if page := p.SignedIn(a).Page; page.URL.Path != "/account" {
		t.Error("the customer cannot sign in")
	}
}

// RC-07: after its time a change stays; guesses are counted per address, not per account.
func TestUndoHasAnEnd(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a, b := reachable(p, "10000001")
	moves(t, b, "/email", a.Email, "hanako@new.example")
	confirms(t, p, b, "hanako@new.example")
	code := undoCode.FindString(p.Mail.Wait(t, a.Email, notify.EmailChanged, 1).Text)
	p.Clock.Advance(72*time.Hour + time.Second)
	if undone(undoes(p, a.LoginName, code)) {
		t.Error("RC-07: undone after 72 hours")
	}
	for range 5 {
		undoes(p, a.LoginName, "AAAA-AAAA-AAAA-AAAA")
	}
	if page := undoes(p, a.LoginName, code); !strings.Contains(page.Body, `data-code="rate_limited"`) {
		t.Errorf("RC-07: guesses without end: %s", page.Body)
	}
}

func securityID(t *testing.T, p *idptest.Provider, a *idptest.Account) string {
	t.Helper()
	for _, e := range emails(t, p, a) {
		if e.Purpose == idp.EmailSecurity {
			return e.ID
		}
	}
	t.Fatal("no security address")
	return ""
}

// B4: the security address answers before it is used, then gets the codes and mails, is no
// login name and can be removed.
func TestSecurityAddress(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a := p.AddAccount(idptest.Customer{Login: "10000001"})
	const sec = "codes@sec.example"
	b := p.SignedIn(a)
	b.Get(profilePath + "/security-email")
	if page := b.Submit("/security-email", "new", a.Email); !strings.Contains(page.Body, `data-code="address_same"`) {
		t.Errorf("B4: the registered address is taken for a separate one: %s", page.Body)
	}
	moves(t, b, "/security-email", "", sec)
	n := p.Mail.Count(a.Email, notify.SignInCode)
	atCodePage := func(login string) *idptest.Browser {
		other := p.NewBrowser()
		other.Get("/account")
		other.Submit("/password", "login", login, "password", a.Password)
		return other
	}
	atCodePage(a.LoginName)
	p.Mail.Wait(t, a.Email, notify.SignInCode, n+1)
	b.Get(profilePath + "/confirm")
	confirms(t, p, b, sec)
	if mail := p.Mail.Wait(t, a.Email, notify.SecurityEmailChanged, 1); undoCode.FindString(mail.Text) == "" {
		t.Errorf("B4 B13: %s", mail.Text)
	}
	p.Mail.Wait(t, sec, notify.SecurityEmailRegistered, 1)

	p.Clock.Advance(2 * time.Minute)
	other := atCodePage(a.LoginName)
	code := mailed(t, p, sec, 1)
	if p.Mail.Count(a.Email, notify.SignInCode) != n+1 {
		t.Error("B4: the code went to the registered address too")
	}
	if choices := addressChoice.FindAllString(other.Page.Body, -1); len(choices) != 2 {
		t.Errorf("B4: no choice among both addresses: %s", other.Page.Body)
	}
	if page := other.Submit("/code", "code", code); page.URL.Path != "/account" {
		t.Errorf("B4: the code from the security address does not sign in: %s", page.Body)
	}
	if atCodePage(sec).Page.Has("/code") {
		t.Error("B4: the security address is a login name")
	}
	p.Mail.Wait(t, sec, notify.NewDevice, 1)

	other.Get(profilePath + "/security-email")
	if page := other.Submit("/remove"); page.URL.RawQuery != "done=security_email_removed" {
		t.Fatalf("B4: not removed: %s", page.Body)
	}
	if got := emails(t, p, a); len(got) != 1 || got[0].Purpose != idp.EmailRegistered {
		t.Errorf("B4: addresses are %+v", got)
	}
	back := undoCode.FindString(p.Mail.Wait(t, sec, notify.SecurityEmailRemoved, 1).Text)
	if !undone(undoes(p, a.LoginName, back)) || len(emails(t, p, a)) != 2 {
		t.Error("RC-07: a removal cannot be undone")
	}
}

// B4 SU-11: without a fresh proof, and for another customer's address, nothing is removed.
func TestSecurityAddressIsGuarded(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a, b := reachable(p, "10000001", "codes@sec.example")
	_, theirs := reachable(p, "10000002", "other@sec.example")
	id := securityID(t, p, a)
	theirs.Get(profilePath + "/security-email")
	if page := theirs.Submit("/remove", "address", id); page.Status != http.StatusNotFound {
		t.Errorf("B4: another customer's address answers %d", page.Status)
	}
	b.Get(profilePath + "/security-email")
	p.Clock.Advance(6 * time.Minute)
	if page := b.Submit("/remove"); !page.Has("/password") {
		t.Errorf("SU-11: no fresh proof is asked for: %s", page.Body)
	}
	if len(emails(t, p, a)) != 2 {
		t.Error("B4: the address is gone")
	}
}

// B13 B15 ID-06: a new number is not verified, and every address is told.
func TestPhoneIsChanged(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	rp := p.NewRelyingParty("app", nil)
	a, b := reachable(p, "10000001", "codes@sec.example")
	b.Get(profilePath + "/phone")
	for current, want := range map[string]string{"••••5678": "current_data_wrong", "": "current_data_wrong", "5678": "current_data_wrong"} {
		if page := b.Submit("/phone", "current", current, "new", "03-1234-5678"); !strings.Contains(page.Body, `data-code="`+want+`"`) {
			t.Errorf("B15: %q passes: %s", current, page.Body)
		}
	}
	for next, want := range map[string]string{"1234": "phone_invalid", "０９０-1234-5678": "phone_same"} {
		if page := b.Submit("/phone", "current", "+81 90 1234 5678", "new", next); !strings.Contains(page.Body, `data-code="`+want+`"`) {
			t.Errorf("%q: %s", next, page.Body)
		}
	}
	if page := b.Submit("/phone", "current", "090-1234-5678", "new", "03-1234-5678"); page.URL.RawQuery != "done=phone_changed" {
		t.Fatalf("B15: not changed: %s", page.Body)
	}
	for _, address := range []string{a.Email, "codes@sec.example"} {
		p.Mail.Wait(t, address, notify.PhoneChanged, 1)
	}
	p.Recorded(t, audit.PhoneChanged)
	got := p.Userinfo(rp.Grant(b, "scope", "openid phone").String("access_token")).JSON
	if got["phone_number"] != "+81312345678" || got["phone_number_verified"] != false {
		t.Errorf("ID-06: the claims say %v", got)
	}
}
