package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// A2 C12 PG-16: a customer without one chooses it on the way, with the strongest proof the
// account has, and goes on; the mail says so.
func TestTransactionPasswordIsSetOnTheWay(t *testing.T) {
	r := txRig(t, nil)
	a, d := r.customer("10000001", "")
	b := r.withdrawing(a, d)
	r.waits(t, b.Page, setForm)
	if b.Page.Form(t, setForm).Values.Has("current") {
		t.Error("A2: asks for a current one there is none of")
	}
	for name, c := range map[string]struct{ secret, says string }{
		"C12 the login password": {a.Password, "ログインパスワードと同じです"},
		"A2 four digits":         {"4931", "短すぎます"},
		"A1 the mail address":    {a.Email + "-Z9", "メールアドレスが含まれています"},
	} {
		t.Run(name, func(t *testing.T) {
			if page := b.Submit(setForm, "new", c.secret); !page.Has(setForm) || !strings.Contains(page.Body, c.says) {
				t.Errorf("%s", page.Body)
			}
		})
	}
	if claims := r.token(t, b.Submit(setForm, "new", txSecret)); claims["acr"] != opWithdrawal {
		t.Errorf("A2: %v", claims)
	}
	r.Mail.Wait(t, a.Email, notify.TransactionPasswordSet, 1)
	if rec := r.Recorded(t, audit.TransactionPasswordSet); rec.AccountID != a.ID {
		t.Errorf("%+v", rec)
	}
	r.waits(t, r.withdrawing(a, d).Page, askedForm) // and the next one asks for it

	t.Run("PG-16 not with an old proof", func(t *testing.T) {
		a, d := r.customer("10000002", "")
		b := r.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		b.UsePasskey(d)
		r.Clock.Advance(6 * time.Minute)
		page := b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:registered_data")
		if page.Has(setForm) || !strings.Contains(page.Body, "data-passkey-start") {
			t.Fatalf("%s", page.Body)
		}
		f := url.Values{"csrf": {page.CSRF()}, "new": {txSecret}}
		if page := b.Post(b.Base()+setForm, f); page.Has(setForm) || page.Left != "" {
			t.Errorf("%s", page.Body)
		}
		if _, err := r.Store.Password(t.Context(), a.ID, idp.TransactionPassword); err == nil {
			t.Error("it was set")
		}
		r.waits(t, b.UsePasskey(d), setForm)
		if page := b.Submit(setForm, "new", txSecret); page.Left == "" {
			t.Errorf("%s", page.Body)
		}
	})
	t.Run("PG-16 not with less than the account has", func(t *testing.T) {
		a, _ := r.customer("10000003", "")
		b := r.SignedIn(a) // by password and mail, although there is a passkey
		page := b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:registered_data")
		if page.Has(setForm) || page.Has("/password") || !strings.Contains(page.Body, "data-passkey-start") {
			t.Errorf("%s", page.Body)
		}
	})
	t.Run("A2 without a passkey it takes password and code", func(t *testing.T) {
		a := r.AddAccount(idptest.Customer{Login: "10000004"})
		b := r.SignedIn(a)
		r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:registered_data"), setForm)
		if page := b.Submit(setForm, "new", txSecret); page.Left == "" {
			t.Errorf("%s", page.Body)
		}
	})
}

// A2: four digits from earlier days are taken; the customer is told afterwards and in the
// security centre, goes on or changes them, and a firm may take them no more.
func TestFourDigitTransactionPassword(t *testing.T) {
	r := txRig(t, nil)
	a, d := r.customer("10000001", "4931")
	b := r.withdrawing(a, d)
	r.waits(t, give(b, "4931"), askedForm+"/advice")
	if !strings.Contains(b.Page.Body, "お使いの取引パスワードは4桁です。お手続きはこのまま続けられます。") {
		t.Errorf("A2: %s", b.Page.Body)
	}
	if claims := r.token(t, b.Submit(askedForm+"/advice", "choice", "continue")); claims["acr"] != opWithdrawal {
		t.Errorf("A2: %v", claims)
	}
	if page := b.Get("/account"); !strings.Contains(page.Body, "4桁のままです。変更をおすすめします") {
		t.Errorf("A2: the security centre does not say so: %s", page.Body)
	}

	t.Run("A2 changed on the way", func(t *testing.T) {
		b := r.withdrawing(a, d)
		give(b, "4931")
		r.waits(t, b.Submit(askedForm+"/advice", "choice", "change"), setForm)
		r.waits(t, b.Submit("/cancel"), askedForm+"/advice") // leaving the change is not giving up
		b.Submit(askedForm+"/advice", "choice", "change")
		if page := b.Submit(setForm, "current", "4930", "new", txSecret); !page.Has(setForm) || !strings.Contains(page.Body, "いまのパスワードが違います") {
			t.Fatalf("%s", page.Body)
		}
		r.Clock.Advance(time.Second)
		if page := b.Submit(setForm, "current", "4931", "new", txSecret); page.Left == "" {
			t.Fatalf("%s", page.Body)
		}
		r.Mail.Wait(t, a.Email, notify.TransactionPasswordChanged, 1)
		if page := b.Get("/account"); strings.Contains(page.Body, "4桁") {
			t.Error("the security centre still says four digits")
		}
		if page := give(r.withdrawing(a, d), txSecret); page.Left == "" {
			t.Errorf("%s", page.Body)
		}
	})
	t.Run("A2 where the firm takes them no more", func(t *testing.T) {
		r := txRig(t, func(c *config.Config) { c.Password.Transaction.FourDigits = false })
		a, d := r.customer("10000001", "4931")
		b := r.withdrawing(a, d)
		r.waits(t, give(b, "4931"), setForm)
		if !strings.Contains(b.Page.Body, "お使いいただけなくなりました") {
			t.Errorf("%s", b.Page.Body)
		}
		r.Clock.Advance(time.Second)
		if page := b.Submit(setForm, "current", "4931", "new", txSecret); page.Left == "" {
			t.Errorf("%s", page.Body)
		}
	})
}

// A2 B5 C12: the security centre sets and changes it.
func TestTransactionPasswordInTheSecurityCentre(t *testing.T) {
	r := txRig(t, nil)
	a := r.AddAccount(idptest.Customer{Login: "10000001", Password: "quiet lanterns over Tone river"})
	b := r.SignedIn(a)
	if !strings.Contains(b.Page.Body, ownPage) {
		t.Fatalf("A2: no row: %s", b.Page.Body)
	}
	b.Get(ownPage)
	if page := b.Submit(ownPage, "new", a.Password); !strings.Contains(page.Body, "ログインパスワードと同じです") {
		t.Errorf("C12: %s", page.Body)
	}
	if page := b.Submit(ownPage, "new", txSecret); page.URL.RawQuery != "done=transaction_password_set" {
		t.Fatalf("A2: %s", page.Body)
	}
	r.Mail.Wait(t, a.Email, notify.TransactionPasswordSet, 1)

	b.Get(ownPage)
	if page := b.Submit(ownPage, "current", a.Password, "new", "Asama-7731-yama"); !strings.Contains(page.Body, "いまのパスワードが違います") {
		t.Errorf("B5: %s", page.Body)
	}
	other := r.SignedIn(a)
	r.Clock.Advance(time.Second)
	if page := b.Submit(ownPage, "current", txSecret, "new", "Asama-7731-yama"); page.URL.RawQuery != "done=transaction_password_changed" {
		t.Fatalf("A2: %s", page.Body)
	}
	r.Mail.Wait(t, a.Email, notify.TransactionPasswordChanged, 1)
	r.Recorded(t, audit.TransactionPasswordChanged)
	if page := other.Get("/account"); page.Has("/account/logout") {
		t.Error("A2: another device is still signed in")
	}
	b.Get("/account/password")
	if page := b.Submit("/account/password", "current", a.Password, "new", "Asama-7731-yama"); !strings.Contains(page.Body, "取引パスワードなど") {
		t.Errorf("C12: the transaction password as login password: %s", page.Body)
	}

	t.Run("PG-16 not with an old proof", func(t *testing.T) {
		csrf := b.Get("/account").CSRF()
		r.Clock.Advance(6 * time.Minute)
		page := b.Post(ownPage, url.Values{"csrf": {csrf}, "current": {"Asama-7731-yama"}, "new": {txSecret}})
		if !page.Has("/password") || !strings.HasPrefix(page.URL.Path, "/interaction/") {
			t.Fatalf("%s %s", page.URL, page.Body)
		}
		if held, err := r.Store.Password(t.Context(), a.ID, idp.TransactionPassword); err != nil || held.ChangedAt.After(r.Clock.Now().Add(-5*time.Minute)) {
			t.Errorf("it was changed: %+v, %v", held, err)
		}
	})
	t.Run("SE-08 not without the form's token", func(t *testing.T) {
		b := r.SignedIn(a)
		if page := b.Post(ownPage, url.Values{"current": {"Asama-7731-yama"}, "new": {txSecret}}); page.Status != http.StatusForbidden {
			t.Errorf("%d", page.Status)
		}
	})
	t.Run("A7 five wrong ones pause it here too", func(t *testing.T) {
		b := r.SignedIn(a)
		b.Get(ownPage)
		for range 5 {
			b.Submit(ownPage, "current", "guess", "new", txSecret)
		}
		if page := b.Submit(ownPage, "current", "Asama-7731-yama", "new", txSecret); !strings.Contains(page.Body, "取引パスワードの受付を") {
			t.Errorf("%s", page.Body)
		}
	})
}

// A7: who forgot it, or guessed until it stopped for good, calls the desk; the desk takes
// it away and the customer chooses a new one.
func TestTheDeskClearsATransactionPassword(t *testing.T) {
	r := txRig(t, func(c *config.Config) { c.Throttle.TransactionPassword.HardCap = 5 })
	a, d := r.customer("10000001", txSecret)
	b := r.withdrawing(a, d)
	for range 5 {
		give(b, "guess")
	}
	r.Clock.Advance(20 * time.Minute)
	if page := give(b, txSecret); page.Left != "" || !strings.Contains(page.Body, "再びお使いになるには") {
		t.Errorf("A7: %q %s", page.Left, page.Body)
	}
	if err := r.ClearTransactionPassword(t.Context(), &a.Account); err != nil {
		t.Fatal(err)
	}
	r.Mail.Wait(t, a.Email, notify.TransactionPasswordCleared, 1)
	if rec := r.Recorded(t, audit.TransactionPasswordCleared); rec.Actor != audit.Operator || rec.AccountID != a.ID {
		t.Errorf("A7: %+v", rec)
	}
	b = r.withdrawing(a, d)
	r.waits(t, b.Page, setForm)
	if page := b.Submit(setForm, "new", "Asama-7731-yama"); page.Left == "" {
		t.Errorf("A7: %s", page.Body)
	}
	if page := give(r.withdrawing(a, d), "Asama-7731-yama"); page.Left == "" {
		t.Errorf("A7: %s", page.Body)
	}
}

// A2: a firm that has none shows none.
func TestWithoutTransactionPasswords(t *testing.T) {
	r := newRig(t)
	if page := r.b.Get("/account"); strings.Contains(page.Body, "取引パスワード") {
		t.Error("A2: the security centre speaks of it")
	}
	if page := r.b.Get(ownPage); page.Status != http.StatusNotFound {
		t.Errorf("A2: %s answers %d", ownPage, page.Status)
	}
	for _, route := range r.Routes() {
		if strings.HasPrefix(route.Path, ownPage) {
			t.Errorf("A2: route %s", route.Path)
		}
	}
	key := r.withPasskey(r.taro)
	b := r.NewBrowser()
	b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
	if page := b.PasskeySignIn(key); page.Left == "" {
		t.Errorf("A2: a withdrawal asks for more: %s", page.Body)
	}
}
