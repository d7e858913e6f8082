package provider_test

import (
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// B1: the mail about a sign-in says when, on which device and from which network address,
// which is all the provider knows of the place, and holds the stop code with the hours of
// the desk; in the customer's language, as text and as HTML, and without a link.
func TestSignInMailSaysWhenWhereAndHowToStopIt(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a := p.AddAccount(idptest.Customer{Login: "10000001"})
	b := p.SignedIn(a)
	session := a.Sessions()[0]
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	mail := p.Mail.Wait(t, a.Email, notify.NewDevice, 1)
	clock := session.CreatedAt.In(tokyo).Format("15:04")
	for _, want := range []string{"日時", clock, "端末", "IPアドレス", session.IP, "停止コード", stopCode(t, mail), "0120-000-000", "平日 8:00〜18:00"} {
		if want == "" || !strings.Contains(mail.Text, want) {
			t.Errorf("B1: the mail does not say %q:\n%s", want, mail.Text)
		}
	}
	for _, link := range []string{"http://", "https://", "href="} {
		if strings.Contains(mail.Text, link) || strings.Contains(mail.HTML, link) {
			t.Errorf("B1: the mail holds %q", link)
		}
	}
	t.Run("B1 the code locks the account, and only this one", func(t *testing.T) {
		other := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
		if page := disown(p, a.LoginName, stopCode(t, mail)); !frozen(page) {
			t.Fatalf("B1: %s", page.Body)
		}
		r := &rig{Provider: p, t: t}
		if r.account(a).Status != idp.AccountLocked || r.account(other).Status != idp.AccountActive {
			t.Error("B1: the wrong accounts are locked")
		}
		if page := b.Get("/account"); !page.Has("/password") {
			t.Errorf("B1: the session goes on: %s", page.Body)
		}
	})
}
