package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/letter/paper"
	"sekisho/idp/notify"
)

// A9: asked for on the web, printed, signed in with, changed at once, and only then tokens.
func TestReissueByPost(t *testing.T) {
	p := letterRig(t, "10000001")
	p.GiveTransactionPassword(p.a, txSecret)
	page := p.asks("10000001", "1980年02月03日", "〒100-0005")
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "お申し込みを受け付けました") {
		t.Fatalf("A9: %d %s", page.Status, page.Body)
	}
	p.Mail.Wait(t, p.a.Email, notify.LetterRequested, 1)
	l := p.letters(p.a)
	if len(l) != 1 || l[0].State != idp.LetterQueued || l[0].Kinds != "login transaction" || l[0].DueOn != p.Letters().Calendar.Due(p.Clock.Now()) {
		t.Fatalf("A9: %+v", l)
	}
	if rec := p.Recorded(t, audit.LetterRequested); rec.AccountID != p.a.ID || rec.Reason != "web" || rec.Actor != audit.Customer {
		t.Errorf("LG-02: %+v", rec)
	}
	secrets := p.printed(l[0].ID)
	if len(secrets) != 2 {
		t.Fatalf("A9: both are reset by the web: %d on the paper", len(secrets))
	}
	p.Mail.Wait(t, p.a.Email, notify.LetterPrinted, 1)
	if stored, err := p.Store.Letter(context.Background(), l[0].ID); err != nil || stored.State != idp.LetterPrinted || stored.Sealed != nil {
		t.Errorf("A9: after the printing the clear text is kept: %+v %v", stored, err)
	}

	t.Run("A9 until it is used the present password works", func(t *testing.T) {
		b := p.NewBrowser()
		if code := p.enter(b, p.a, p.a.Password).Response(t, idptest.Redirect).Get("code"); code == "" {
			t.Error("a stranger's request for a letter locked the customer out")
		}
	})
	b := p.NewBrowser()
	p.waits(t, p.enter(b, p.a, strings.ToLower(secrets[0])), "/password/new")
	t.Run("A9 before the change there is nothing", func(t *testing.T) { p.nothingYet(t, b) })
	interaction := b.Page.URL.Path
	p.waits(t, b.Submit("/password/new", "new", secrets[0]), "/password/new") // A9: never kept as the new one
	if !strings.Contains(b.Page.Body, "仮パスワードと同じ形") {
		t.Errorf("A9: %s", b.Page.Body)
	}
	old := p.signedIn(p.a)
	b.Get(interaction)
	code := b.Submit("/password/new", "new", ownWords).Response(t, idptest.Redirect).Get("code")
	if tokens := p.rp.Exchange(code); tokens.Status != http.StatusOK {
		t.Fatalf("A9: after the change: %d %s", tokens.Status, tokens.Body)
	}
	p.Mail.Wait(t, p.a.Email, notify.TemporaryUsed, 1)
	if rec := p.Recorded(t, audit.TemporaryUsed); rec.AccountID != p.a.ID || rec.Detail["kind"] != "login" {
		t.Errorf("LG-02: %+v", rec)
	}
	if old.Get("/account").Has("/account/logout") {
		t.Error("RT-09: a session from before goes on")
	}
	t.Run("A9 it worked once, and so did the old one", func(t *testing.T) {
		for _, gone := range []string{secrets[0], p.a.Password} {
			if page := p.enter(p.NewBrowser(), p.a, gone); page.Has("/code") || page.Has("/password/new") || page.Left != "" {
				t.Errorf("still a way in: %s", page.URL)
			}
		}
	})
	p.a.Password = ownWords
	t.Run("A9 the transaction password too must be changed before it is accepted", func(t *testing.T) { p.changesTransaction(t, secrets[1]) })
}

// nothingYet: a browser that stands before the change is signed in nowhere.
func (p *posted) nothingYet(t *testing.T, b *idptest.Browser) {
	here := b.Page.URL.Path
	p.refused(t, b.Authorize("app", idptest.Redirect, "prompt", "none"), "login_required")
	if b.Get("/account").Has("/account/logout") {
		t.Error("the own pages are open")
	}
	if page := b.Authorize("app", idptest.Redirect); page.Left != "" || page.Has("/password/new") {
		t.Errorf("another tab: %s", page.Body)
	}
	for _, path := range []string{"/consent", "/account", "/enrol", "/enrol/done", "/transaction-password", "/code"} {
		b.Get(here)
		if page := b.Submit("/password/new", "new", "short"); page.Left != "" {
			t.Fatal("a bad password went through")
		}
		f := b.Page.Form(t, "/password/new").Values
		f.Set("choice", "continue")
		f.Set("decision", "allow")
		if page := b.Post(p.URL+here+path, f); page.Left != "" {
			t.Errorf("POST %s leads to %s", path, page.Left)
		}
	}
	if b.BeginRecovery(p.a.LoginName).Has("/recovery-code") {
		t.Error("a recovery takes the sign-in for a proof")
	}
	if n := len(p.a.Sessions()); n != 1 { // the one of the test before
		t.Errorf("%d sessions", n)
	}
	b.Get(here)
}

func (p *posted) changesTransaction(t *testing.T, secret string) {
	d := p.GivePasskey(p.a, nil)
	b := p.withdrawing(p.a, d)
	p.waits(t, give(b, secret), setForm)
	p.waits(t, b.Submit(setForm, "current", secret, "new", secret), setForm)
	if claims := p.token(t, b.Submit(setForm, "current", secret, "new", "Kiso-fune-4417")); claims["acr"] != opWithdrawal {
		t.Errorf("%v", claims)
	}
	b = p.withdrawing(p.a, d)
	p.waits(t, give(b, secret), askedForm) // once only
	if claims := p.token(t, give(b, "Kiso-fune-4417")); claims["acr"] != opWithdrawal {
		t.Errorf("%v", claims)
	}
}

// A9 A8: whoever asks gets one answer; a letter is written only to a personal customer whose
// particulars are right, and one at a time.
func TestReissueTellsNothing(t *testing.T) {
	p := letterRig(t, "10000001")
	firm := p.addressed("10000002", idp.Corporate)
	frozen := p.addressed("10000003", idp.Personal)
	frozen.Freeze()
	nowhere := p.AddAccount(idptest.Customer{Login: "10000004", Profile: idp.Profile{Birthdate: "1980-02-03"}})
	want := p.asks("10000001", "19800203", "1000005").Body
	p.decided(1)
	for i, try := range [][3]string{
		{"10000001", "19800203", "1000005"}, // one waits already
		{"10000001", "19800204", "1000005"}, {"10000001", "19800203", "1000006"},
		{firm.LoginName, "19800203", "1000005"}, {frozen.LoginName, "19800203", "1000005"}, {nowhere.LoginName, "19800203", "1000005"},
		{"99999999", "19800203", "1000005"}, {"\x00not a name", "19800203", "1000005"},
	} {
		if page := p.asks(try[0], try[1], try[2]); page.Status != http.StatusOK || page.Body != want {
			t.Errorf("%q gets another answer: %d\n%s", try, page.Status, page.Body)
		}
		p.decided(i + 2)
	}
	reasons := map[string]int{}
	for _, r := range p.Audit() {
		if r.Event == audit.LetterRefused {
			reasons[r.Reason]++
		}
	}
	if fmt.Sprint(reasons) != "map[corporate:1 locked:1 no_match:5 waiting:1]" {
		t.Errorf("LG-02: %v", reasons)
	}
	for _, a := range []*idptest.Account{firm, frozen, nowhere} {
		if len(p.letters(a)) != 0 || p.Mail.Count(a.Email, notify.LetterRequested) != 0 {
			t.Errorf("A8: a letter for %s", a.LoginName)
		}
	}
	if page := p.asks("10000001", "1980", "1000005"); !strings.Contains(page.Body, "読み取れません") {
		t.Errorf("an unreadable date: %s", page.Body)
	}
	t.Run("PW-09 guesses at particulars are limited, for names that exist and names that do not", func(t *testing.T) {
		for _, name := range []string{"10000009", "88888888"} {
			limited := false
			for range 12 {
				limited = limited || !strings.Contains(p.asks(name, "19700101", "2000001").Body, "お申し込みを受け付けました")
			}
			if !limited {
				t.Errorf("%s can be tried for ever", name)
			}
		}
	})
}

// A9 C9: nobody can read a secret: it is nowhere in the database, the log or the mails; and
// a character that no font has leaves the letter in the queue.
func TestLetterSecretsAreNowhere(t *testing.T) {
	p := letterRig(t, "10000001")
	p.asks("10000001", "19800203", "1000005")
	p.Mail.Wait(t, p.a.Email, notify.LetterRequested, 1)
	id := p.letters(p.a)[0].ID
	poor, err := paper.Open(letterFonts[:1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.PrintLetter(context.Background(), poor, id, func(paper.Printable) error { t.Error("printed with a box"); return nil }); !errors.Is(err, paper.ErrMissing) || !strings.Contains(err.Error(), "U+20BB7") {
		t.Errorf("A9: %v", err)
	}
	secrets := p.printed(id) // it stayed in the queue
	p.Mail.Wait(t, p.a.Email, notify.LetterPrinted, 1)
	for _, mail := range p.Mail.To(p.a.Email) {
		if strings.Contains(mail.Text, secrets[0]) {
			t.Error("C9: in a mail")
		}
	}
	if strings.Contains(p.Logs.String(), secrets[0]) {
		t.Error("C9: in the log")
	}
	for _, rec := range p.Audit() {
		if strings.Contains(fmt.Sprint(rec), secrets[0]) {
			t.Error("C9: in the audit trail")
		}
	}
	again, err := p.Letters().Again(context.Background(), id, "paper jam")
	if err != nil {
		t.Fatal(err)
	}
	if next := p.printed(again.ID); next[0] == secrets[0] {
		t.Error("C9: printing again shows the same password")
	}
	if page := p.enter(p.NewBrowser(), p.a, secrets[0]); page.Has("/code") {
		t.Error("A9: the password of the letter that jammed still opens")
	}
}
