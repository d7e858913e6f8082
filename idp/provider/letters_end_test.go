package provider_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/letter/paper"
	"sekisho/idp/notify"
)

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
