package provider_test

import (
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

// RC-11: who reads the mailbox can report an app lost, once, and so has its owner wait. Saying
// it again makes nobody wait longer: else a mailbox alone would keep a customer out for ever.
func TestReportingAgainLengthensNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, p *idptest.Provider) {
		l := losesAt(t, p)
		l.reports("totp")
		wait := l.Config.Recovery.Hold
		until := l.Mail.Wait(t, l.a.Email, notify.DeviceLost, 1).Text
		l.Clock.Advance(wait / 2)
		l.reports("totp")
		if again := l.Mail.Wait(t, l.a.Email, notify.DeviceLost, 2).Text; resumption(t, again) != resumption(t, until) {
			t.Errorf("RC-11: the second mail says another time: %q, was %q", resumption(t, again), resumption(t, until))
		}
		if l.weakly().Page.Has("/code") {
			t.Error("RC-11: the second report ended the wait")
		}
		l.Clock.Advance(wait/2 - time.Minute)
		if l.weakly().Page.Has("/code") {
			t.Error("RC-11: the wait ended early")
		}
		l.Clock.Advance(time.Minute)
		if page := l.weakly().Page; !page.Has("/code/send") {
			t.Errorf("RC-11: the second report made it longer: %s", notice(page))
		}
		l.reports("totp")
		if told := l.Mail.Wait(t, l.a.Email, notify.DeviceLost, 3).Text; strings.Contains(told, resumes) {
			t.Errorf("RC-11: a mail tells of a wait that is over: %s", told)
		}
		if page := l.weakly().Page; !page.Has("/code/send") {
			t.Errorf("RC-11: a third report began another wait: %s", notice(page))
		}
	})
}

const resumes = "新しい端末でのメール認証の再開"

// resumption is the line of the mail that says until when.
func resumption(t *testing.T, mail string) string {
	t.Helper()
	_, after, found := strings.Cut(mail, resumes)
	if !found {
		t.Fatalf("the mail does not say until when: %s", mail)
	}
	line, _, _ := strings.Cut(after, "\n")
	return line
}

// RC-11 A9: a sign-in that waits for a new password rests on the app it was proved with. Once
// that is reported lost it comes to nothing: no new password, and no session.
func TestLostAppChangesNoPassword(t *testing.T) {
	onBoth(t, func(t *testing.T, p *idptest.Provider) {
		l := losesAt(t, p)
		row, err := l.Store.Password(t.Context(), l.a.ID, idp.LoginPassword)
		if err != nil {
			t.Fatal(err)
		}
		row.MustChange = true
		if err := l.Store.SetPassword(t.Context(), *row, "", idp.Effects{}); err != nil {
			t.Fatal(err)
		}
		thief := l.weakly()
		if page := thief.Submit("/code", "code", l.a.TOTP()); !page.Has("/password/new") {
			t.Fatalf("%d %s", page.Status, page.URL)
		}
		l.reports("totp")
		if page := thief.Submit("/password/new", "new", fresh); page.Left != "" || !page.Has("/password") || notice(page) != loginui.NoticeSessionExpired {
			t.Errorf("RC-11: %d %s %s", page.Status, page.Left, notice(page))
		}
		held, err := l.Store.Password(t.Context(), l.a.ID, idp.LoginPassword)
		if err != nil || !held.MustChange || held.Hash != row.Hash {
			t.Errorf("RC-11: the password was changed (%v)", err)
		}
		if n := len(l.a.Sessions()); n != 0 {
			t.Errorf("RC-11: %d sessions", n)
		}
	})
}

// RC-07 A9: so it is with the mailbox that a waiting sign-in was proved with, once the
// customer has another one.
func TestReplacedAddressChangesNoPassword(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001"})
	own := p.SignedIn(a)
	row, err := p.Store.Password(t.Context(), a.ID, idp.LoginPassword)
	if err != nil {
		t.Fatal(err)
	}
	row.MustChange = true
	if err := p.Store.SetPassword(t.Context(), *row, a.Sessions()[0].ID, idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	n := p.Mail.Count(a.Email, notify.SignInCode)
	thief := (&lostPhone{Provider: p, a: a}).weakly()
	if page := thief.Submit("/code", "code", idptest.Code(t, p.Mail.Wait(t, a.Email, notify.SignInCode, n+1))); !page.Has("/password/new") {
		t.Fatalf("%d %s", page.Status, page.URL)
	}
	moves(t, own, "/email", a.Email, "elsewhere@new.example")
	confirms(t, p, own, "elsewhere@new.example")
	if page := thief.Submit("/password/new", "new", fresh); page.Left != "" || notice(page) != loginui.NoticeSessionExpired {
		t.Errorf("RC-07: %d %s %s", page.Status, page.Left, notice(page))
	}
	if held, err := p.Store.Password(t.Context(), a.ID, idp.LoginPassword); err != nil || held.Hash != row.Hash {
		t.Errorf("RC-07: the password was changed (%v)", err)
	}
}
