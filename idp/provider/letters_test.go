package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/letter/paper"
	"sekisho/idp/notify"
	"sekisho/storage"
)

// The fonts of Debian's packages; .ci/setup installs them.
var letterFonts = []string{"/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf", "/usr/share/fonts/truetype/ipamj/ipamjm.ttf"}

// posted is a provider with transaction passwords, and a customer who can be written to.
type posted struct {
	*rig
	press *paper.Press
	a     *idptest.Account
}

func letterRig(t *testing.T, login string) *posted {
	t.Helper()
	r := txRig(t, func(c *config.Config) { c.Letters.Fonts = letterFonts })
	press, err := paper.Open(r.Config.Letters.Fonts)
	if err != nil {
		t.Fatalf("%v; the fonts come with .ci/setup", err)
	}
	p := &posted{rig: r, press: press}
	p.a = p.addressed(login, idp.Personal)
	return p
}

func (p *posted) addressed(login string, kind idp.AccountKind) *idptest.Account {
	p.t.Helper()
	return p.AddAccount(idptest.Customer{Login: login, TOTP: true, Kind: kind, Profile: idp.Profile{
		Name: "\U00020BB7田　葛\U000E0100子", Birthdate: "1980-02-03",
		Address: &idp.Address{PostalCode: "100-0005", Region: "東京都", Locality: "千代田区丸の内", StreetAddress: "１丁目２番３号"},
	}})
}

// asks fills the public form in.
func (p *posted) asks(login, birthdate, postal string) *idptest.Page {
	p.t.Helper()
	b := p.NewBrowser()
	b.Get("/reissue")
	return b.Submit("/reissue", "login", login, "birthdate", birthdate, "postal_code", postal)
}

// decided waits until n requests have been decided behind their answers.
func (p *posted) decided(n int) {
	p.t.Helper()
	for range 1000 {
		got := 0
		for _, r := range p.Audit() {
			if r.Event == audit.LetterRefused || r.Event == audit.LetterRequested {
				got++
			}
		}
		if got >= n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.t.Fatal("the requests are not decided")
}

func (p *posted) letters(a *idptest.Account) []idp.Letter {
	p.t.Helper()
	list, err := p.Store.Letters(context.Background(), storage.LetterFilter{AccountID: a.ID})
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

var sixteen = regexp.MustCompile(`^[2-9A-HJ-NP-Z]{16}$`)

// reads is the customer with the paper in hand: the temporary passwords in their order.
func reads(t *testing.T, pdf []byte) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v; it comes with .ci/setup (poppler-utils)", err)
	}
	var found []string
	for _, line := range strings.Split(string(out), "\n") {
		if line = strings.Join(strings.Fields(line), ""); sixteen.MatchString(line) {
			found = append(found, line)
		}
	}
	if len(found) == 0 {
		t.Fatalf("no temporary password on the paper:\n%s", out)
	}
	return found
}

// arrives asks on the web, prints and reads.
func (p *posted) arrives(a *idptest.Account) []string {
	p.t.Helper()
	n := p.Mail.Count(a.Email, notify.LetterRequested)
	p.asks(a.LoginName, "19800203", "1000005")
	p.Mail.Wait(p.t, a.Email, notify.LetterRequested, n+1)
	return p.printed(p.letters(a)[len(p.letters(a))-1].ID)
}

func (p *posted) printed(id string) []string {
	p.t.Helper()
	var pdf []byte
	if _, err := p.PrintLetter(context.Background(), p.press, id, func(b paper.Printable) error { pdf = b.PDF; return nil }); err != nil {
		p.t.Fatal(err)
	}
	return reads(p.t, pdf)
}

// enter goes through login name, password and second factor from an authorization request.
func (p *posted) enter(b *idptest.Browser, a *idptest.Account, secret string) *idptest.Page {
	p.t.Helper()
	p.Clock.Advance(31 * time.Second)
	b.Authorize("app", idptest.Redirect)
	if page := b.Submit("/password", "login", a.LoginName, "password", secret); !page.Has("/code") {
		return page
	}
	return b.Submit("/code", "code", a.TOTP())
}

const ownWords = "amber ferry crosses Sumida 88"

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

// A9: the mail that tells of a letter carries a code that stops the letter and nothing else.
func TestStopCodeStopsALetter(t *testing.T) {
	p := letterRig(t, "10000001")
	secrets := p.arrives(p.a)
	mail := p.Mail.Wait(t, p.a.Email, notify.LetterRequested, 1)
	page := disown(p.Provider, "10000001", stopCode(t, mail))
	if frozen(page) || !strings.Contains(page.Body, "手紙のお手続きを取り消しました") {
		t.Fatalf("A9: %s", page.Body)
	}
	if got := p.account(p.a); got.Status != idp.AccountActive {
		t.Errorf("A9: stopping a letter froze the account: %s", got.Status)
	}
	if page := p.enter(p.NewBrowser(), p.a, secrets[0]); page.Has("/code") || page.Left != "" {
		t.Error("A9: a stopped temporary password opens")
	}
	if code := p.enter(p.NewBrowser(), p.a, p.a.Password).Response(t, idptest.Redirect).Get("code"); code == "" {
		t.Error("A9: the present password does not")
	}
	if rec := p.Recorded(t, audit.LetterVoided); rec.Reason != "stop_code" || rec.AccountID != p.a.ID {
		t.Errorf("LG-02: %+v", rec)
	}
	if page := disown(p.Provider, "10000001", stopCode(t, mail)); strings.Contains(page.Body, "手紙のお手続きを取り消しました") {
		t.Error("A9: the code works twice")
	}
}

// A9: a temporary password ends with its time, also in the middle of its use, and what is
// sealed in a letter that was never printed ends with it.
func TestTemporaryPasswordExpires(t *testing.T) {
	p := letterRig(t, "10000001")
	secrets := p.arrives(p.a)
	p.Clock.Advance(p.Config.Letters.Lifetime - 2*time.Minute)
	b := p.NewBrowser()
	p.waits(t, p.enter(b, p.a, secrets[0]), "/password/new")
	p.Clock.Advance(3 * time.Minute)
	if page := b.Submit("/password/new", "new", ownWords); page.Left != "" || !strings.Contains(page.Body, "この仮パスワードは使えません") {
		t.Errorf("A9: %s", page.Body)
	}
	if page := p.enter(p.NewBrowser(), p.a, secrets[0]); page.Has("/code") {
		t.Error("A9: an expired one opens")
	}
	if code := p.enter(p.NewBrowser(), p.a, p.a.Password).Response(t, idptest.Redirect).Get("code"); code == "" {
		t.Error("A9: the customer's own password does not")
	}
}

// A9: of fifty operators one prints a letter, and of fifty browsers one changes its password.
func TestLettersAreRaced(t *testing.T) {
	p := letterRig(t, "10000001")
	p.asks("10000001", "19800203", "1000005")
	p.Mail.Wait(t, p.a.Email, notify.LetterRequested, 1)
	id := p.letters(p.a)[0].ID
	var won, lost atomic.Int32
	var pdf atomic.Pointer[[]byte]
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			var mine []byte
			_, err := p.PrintLetter(context.Background(), p.press, id, func(b paper.Printable) error { mine = b.PDF; return nil })
			switch {
			case err == nil:
				won.Add(1)
				pdf.Store(&mine)
			case errors.Is(err, idp.ErrConsumed):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 || lost.Load() != 49 {
		t.Fatalf("A9: printed %d times", won.Load())
	}
	secret := reads(t, *pdf.Load())[0]
	p.Clock.Advance(31 * time.Second)
	const browsers = 8 // as many as may try a password in a row; storage is raced with fifty
	ready := make([]*idptest.Browser, browsers)
	for i := range ready {
		ready[i] = p.NewBrowser()
		p.waits(t, p.enter(ready[i], p.a, secret), "/password/new")
	}
	var codes atomic.Int32
	for _, b := range ready {
		group.Go(func() {
			if page := b.Submit("/password/new", "new", ownWords); strings.Contains(page.Left, "code=") {
				codes.Add(1)
			}
		})
	}
	group.Wait()
	if codes.Load() != 1 {
		t.Errorf("A9: one temporary password gave %d sign-ins", codes.Load())
	}
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

// A9: a login password that was brought along as a temporary one is changed at its first
// use too, and one that cannot be mailed a code goes no further than its first factor.
func TestMarkedPasswordMustBeChanged(t *testing.T) {
	p := letterRig(t, "10000001")
	ctx := context.Background()
	row, err := p.Store.Password(ctx, p.a.ID, idp.LoginPassword)
	if err != nil {
		t.Fatal(err)
	}
	row.MustChange = true
	if err := p.Store.SetPassword(ctx, *row, "", idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	b := p.NewBrowser()
	p.waits(t, p.enter(b, p.a, p.a.Password), "/password/new")
	p.nothingHere(t, b)
	p.waits(t, b.Submit("/password/new", "new", p.a.Password), "/password/new") // unchanged
	if code := b.Submit("/password/new", "new", ownWords).Response(t, idptest.Redirect).Get("code"); code == "" {
		t.Fatal("A9: no code after the change")
	}
	p.a.Password = ownWords
	if code := p.enter(p.NewBrowser(), p.a, ownWords).Response(t, idptest.Redirect).Get("code"); code == "" {
		t.Error("A9: asked again after the change")
	}
}

func (p *posted) nothingHere(t *testing.T, b *idptest.Browser) {
	t.Helper()
	here := b.Page.URL.Path
	if len(p.a.Sessions()) != 0 || b.Get("/account").Has("/account/logout") {
		t.Error("A9: signed in before the change")
	}
	b.Get(here)
}
