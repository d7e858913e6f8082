package provider_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/idp/audit"
	"sekisho/idp/idptest"
)

// A2: of many answers at once one leads to a code, and wrong ones at once gain nothing.
func TestTransactionPasswordRaces(t *testing.T) {
	r := txRig(t, nil)
	a, d := r.customer("10000001", txSecret)
	at := func(secret string) (codes, asked int) {
		b := r.withdrawing(a, d)
		base, f := b.Base(), b.Page.Form(t, askedForm).Values
		f.Set("transaction_password", secret)
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				again := &idptest.Browser{T: t, Client: b.Client, Origin: b.Origin}
				page := again.Post(base+askedForm, f)
				mu.Lock()
				defer mu.Unlock()
				if strings.Contains(page.Left, "code=") {
					codes++
				} else if page.Has(askedForm) {
					asked++
				}
			})
		}
		all.Wait()
		return codes, asked
	}
	if codes, _ := at(txSecret); codes != 1 {
		t.Errorf("A2: %d codes for one withdrawal", codes)
	}
	if codes, _ := at("guess"); codes != 0 {
		t.Errorf("A2: %d codes for a guess", codes)
	}
	failed := 0
	for _, rec := range r.Audit() {
		if rec.Event == audit.TransactionPasswordFailed {
			failed++
		}
	}
	if failed == 0 || failed > 5 {
		t.Errorf("A7: %d guesses were looked at", failed)
	}
}

// A7: wrong transaction passwords pause the transaction password and nothing else, the
// page says until when, also on a fresh page, and time ends it.
func TestTransactionPasswordLock(t *testing.T) {
	r := txRig(t, nil)
	a, d := r.customer("10000001", txSecret)
	b := r.withdrawing(a, d)
	for range 5 {
		give(b, "guess")
	}
	end := r.Clock.Now().Add(time.Minute).In(time.FixedZone("JST", 9*60*60))
	until := strconv.Itoa(end.Hour()) + end.Format(":04")
	paused := until + "まで停止しています"
	if !strings.Contains(b.Page.Body, "取引パスワードの受付を") || !strings.Contains(b.Page.Body, paused) || !strings.Contains(b.Page.Body, "ログインとパスキーはそのままご利用いただけます") {
		t.Errorf("A7: %s", b.Page.Body)
	}
	if page := give(b, txSecret); page.Left != "" || !strings.Contains(page.Body, paused) {
		t.Errorf("A7: during the pause: %q %s", page.Left, page.Body)
	}
	if rec := r.Recorded(t, audit.TransactionPasswordLocked); rec.Reason != "refused" || rec.AccountID != a.ID {
		t.Errorf("A7: %+v", rec)
	}
	fresh := r.withdrawing(a, d) // A7: the passkey works
	if !strings.Contains(fresh.Page.Body, paused) {
		t.Errorf("A7: a new interaction does not say so: %s", fresh.Page.Body)
	}
	r.SignedIn(a) // A7: so does the login password
	if page := fresh.Get("/account"); !strings.Contains(page.Body, until+"まで受付を停止しています") {
		t.Errorf("A7: the security centre does not say so: %s", page.Body)
	}
	r.Clock.Advance(time.Minute)
	if page := give(b, txSecret); page.Left == "" {
		t.Errorf("A7: after the pause: %s", page.Body)
	}

	t.Run("A7 the login password's lock does not touch it", func(t *testing.T) {
		wrong := r.NewBrowser()
		wrong.Get("/account")
		for range 6 {
			wrong.Submit("/password", "login", a.LoginName, "password", "guess")
		}
		if !strings.Contains(wrong.Page.Body, "パスワードでのログインを") {
			t.Fatalf("%s", wrong.Page.Body)
		}
		if page := give(r.withdrawing(a, d), txSecret); page.Left == "" {
			t.Errorf("%s", page.Body)
		}
	})
}
