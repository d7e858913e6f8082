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
)

const (
	txSecret  = "Tone-9981-kawa"
	askedForm = "/transaction-password"
	setForm   = "/transaction-password/new"
	ownPage   = "/account/transaction-password"
)

// txRig has transaction passwords on for withdrawals and registered data.
func txRig(t *testing.T, edit func(*config.Config)) *rig {
	t.Helper()
	r := &rig{t: t, Provider: idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		unlimited(c)
		idptest.TransactionPasswords("withdrawal", "registered_data")(c)
		if edit != nil {
			edit(c)
		}
	}})}
	r.rp = r.NewRelyingParty("app", nil)
	return r
}

// withdrawing is a new browser of a customer with a passkey, at a withdrawal whose level is
// met: the page that comes next is what the test is about.
func (r *rig) withdrawing(a *idptest.Account, d *idptest.Device) *idptest.Browser {
	r.t.Helper()
	b := r.NewBrowser()
	b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
	b.UsePasskey(d)
	return b
}

func (r *rig) customer(login, secret string) (*idptest.Account, *idptest.Device) {
	r.t.Helper()
	a := r.AddAccount(idptest.Customer{Login: login, Password: "quiet lanterns over Tone river"})
	if secret != "" {
		r.GiveTransactionPassword(a, secret)
	}
	return a, r.GivePasskey(a, nil)
}

// give answers the page with a transaction password.
func give(b *idptest.Browser, secret string) *idptest.Page {
	b.T.Helper()
	return b.Submit(askedForm, "transaction_password", secret)
}

// A2 B5 B12 D7: a withdrawal takes the passkey and the transaction password in one go, each
// time; acr, amr and auth_time are the passkey's.
func TestWithdrawalAsksForTheTransactionPassword(t *testing.T) {
	r := txRig(t, nil)
	a, d := r.customer("10000001", txSecret)
	b := r.withdrawing(a, d)
	r.waits(t, b.Page, askedForm) // D7: in force beside the passkey
	if !strings.Contains(b.Page.Body, "出金には、取引パスワードが必要です。") || b.Page.Has("/password") {
		t.Errorf("A2: %s", b.Page.Body)
	}
	at := r.Clock.Now()
	r.Clock.Advance(10 * time.Second)
	claims := r.token(t, give(b, txSecret))
	if claims["acr"] != opWithdrawal || claims["sekisho_level"] != "phr" || int64(claims["auth_time"].(float64)) != at.Unix() {
		t.Errorf("B12: %v", claims)
	}
	if amr := claims["amr"].([]any); len(amr) != 4 || strings.Contains(strings.Join(idptest.Answer{JSON: claims}.Strings("amr"), " "), "pwd") {
		t.Errorf("D7: amr %v", amr)
	}
	rec := r.Recorded(t, audit.TransactionPasswordVerified)
	if rec.AccountID != a.ID || rec.Detail["operation"] != "withdrawal" {
		t.Errorf("A2: %+v", rec)
	}
	for _, e := range a.Sessions()[0].Events {
		if e.Method == idp.MethodTransactionPassword {
			t.Error("A2: the session remembers the transaction password")
		}
	}

	t.Run("B12 the next withdrawal asks for both again", func(t *testing.T) {
		page := b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
		if page.Has(askedForm) || !strings.Contains(page.Body, "data-passkey-start") {
			t.Fatalf("%s", page.Body)
		}
		r.waits(t, b.UsePasskey(d), askedForm)
	})
	t.Run("D7 nothing else asks", func(t *testing.T) {
		if claims := r.token(t, b.Authorize("app", idptest.Redirect, "acr_values", trade)); claims["acr"] != trade {
			t.Errorf("%v", claims)
		}
	})
	t.Run("A2 silently there is no answer", func(t *testing.T) {
		r.refused(t, b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:registered_data", "prompt", "none"), "interaction_required")
	})
	t.Run("A2 the customer can give up", func(t *testing.T) {
		b := r.withdrawing(a, d)
		r.refused(t, b.Submit("/cancel"), "access_denied")
	})
}

// A12: registered data ask again, for the transaction password alone where the sign-in is
// recent enough; an app's code is the other way, which the relying party asks for by level.
func TestRegisteredDataAsksAgain(t *testing.T) {
	const data = "urn:sekisho:op:registered_data"
	r := txRig(t, nil)
	a := r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.GiveTransactionPassword(a, txSecret)
	b := r.signedIn(a)
	r.Clock.Advance(time.Minute)
	r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", data), askedForm)
	if claims := r.token(t, give(b, txSecret)); claims["acr"] != data || claims["sekisho_level"] != "urn:sekisho:acr:mfa" {
		t.Errorf("A12: %v", claims)
	}
	r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", data), askedForm) // A12: again
	page := b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:acr:mfa", "max_age", "0")
	r.waits(t, page, "/password")
	if claims := r.token(t, r.reauthenticate(b, a)); claims["acr"] != "urn:sekisho:acr:mfa" {
		t.Errorf("A12: %v", claims)
	}
}

// A2 B5: what is not the transaction password of this customer, given to this interaction
// at its own step, opens nothing.
func TestTransactionPasswordCannotBeGotAround(t *testing.T) {
	r := txRig(t, nil)
	a, d := r.customer("10000001", txSecret)
	other, otherKey := r.customer("10000002", "Usui-5520-toge")

	for name, secret := range map[string]string{
		"A2 wrong": "Tone-9981-kawa ", "A2 empty": "", "B5 the login password": a.Password, "A2 another customer's": "Usui-5520-toge",
	} {
		t.Run(name, func(t *testing.T) {
			b := r.withdrawing(a, d)
			r.waits(t, give(b, secret), askedForm)
			if !strings.Contains(b.Page.Body, "取引パスワードが違います") {
				t.Errorf("%s", b.Page.Body)
			}
			give(b, txSecret)
		})
	}
	t.Run("A2 before the level is met it is not looked at", func(t *testing.T) {
		b := r.NewBrowser()
		b.Get("/account")
		b.UsePasskey(d)
		b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
		f := url.Values{"csrf": {b.Page.CSRF()}, "transaction_password": {txSecret}}
		for _, path := range []string{askedForm, setForm, askedForm + "/advice"} {
			f.Set("new", "Asama-7731-yama")
			f.Set("choice", "continue")
			if page := b.Post(b.Base()+path, f); page.Left != "" || !strings.Contains(page.Body, "data-passkey-start") {
				t.Fatalf("%s %d %s", path, page.Status, page.Body)
			}
		}
		r.waits(t, b.UsePasskey(d), askedForm) // and it still asks
	})
	t.Run("A2 before anybody is signed in", func(t *testing.T) {
		b := r.NewBrowser()
		b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
		page := b.Post(b.Base()+askedForm, url.Values{"csrf": {b.Page.CSRF()}, "transaction_password": {txSecret}})
		if page.Left != "" || !strings.Contains(page.Body, "data-passkey-start") {
			t.Errorf("%d %s", page.Status, page.Body)
		}
	})
	t.Run("A2 given to another interaction", func(t *testing.T) {
		b := r.withdrawing(a, d)
		withdrawal, f := b.Base(), b.Page.Form(t, askedForm).Values
		b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:registered_data")
		r.waits(t, b.Page, askedForm)
		f.Set("transaction_password", txSecret)
		if page := b.Post(b.Base()+askedForm, f); page.Status != http.StatusForbidden {
			t.Errorf("another interaction's form: %d", page.Status)
		}
		b.Get(b.Base())
		if page := b.Get(withdrawal); !page.Has(askedForm) {
			t.Fatalf("%d %s", page.Status, page.Body)
		}
	})
	t.Run("A2 given to one of two, the other still asks", func(t *testing.T) {
		b := r.withdrawing(a, d)
		first := b.Base()
		b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:registered_data")
		give(b, txSecret)
		r.waits(t, b.Get(first), askedForm)
	})
	t.Run("A2 given by another customer", func(t *testing.T) {
		b := r.withdrawing(a, d)
		mine := b.Base()
		r.Clock.Advance(time.Second)
		b.Authorize("app", idptest.Redirect, "prompt", "login")
		b.Submit("/account", "choice", "other")
		b.UsePasskey(otherKey) // the browser is theirs now, and so is every step in it
		page := b.Get(mine)
		if page.Has(askedForm) {
			t.Fatalf("asked of %s by the passkey of %s", other.LoginName, a.LoginName)
		}
	})
	t.Run("A2 a replay of the form gets no second code", func(t *testing.T) {
		b := r.withdrawing(a, d)
		base, f := b.Base(), b.Page.Form(t, askedForm).Values
		f.Set("transaction_password", txSecret)
		if page := b.Post(base+askedForm, f); page.Left == "" {
			t.Fatalf("%s", page.Body)
		}
		if page := b.Post(base+askedForm, f); page.Left != "" || page.Status != http.StatusGone {
			t.Errorf("%d %s", page.Status, page.Left)
		}
	})
	t.Run("A2 it answers no script", func(t *testing.T) {
		b := r.withdrawing(a, d)
		base, csrf := b.Base(), b.Page.CSRF()
		for _, path := range []string{askedForm, setForm, askedForm + "/advice"} {
			body := strings.NewReader(`{"transaction_password":"` + txSecret + `","new":"Asama-7731-yama","choice":"continue"}`)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+base+path, body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("X-CSRF-Token", csrf)
			if page := b.Do(req); page.Status == http.StatusOK || strings.Contains(page.Header.Get("Location"), "code=") {
				t.Errorf("%s: %d %s %s", path, page.Status, page.Header.Get("Location"), page.Body)
			}
		}
		r.waits(t, b.Get(base), askedForm)
		if page := give(b, txSecret); page.Left == "" {
			t.Errorf("%s", page.Body)
		}
	})
	t.Run("A2 the old one, after it was changed elsewhere", func(t *testing.T) {
		a, d := r.customer("10000003", "4931")
		b := r.withdrawing(a, d)
		r.waits(t, give(b, "4931"), askedForm+"/advice") // given, not yet finished
		r.Clock.Advance(time.Second)
		session := a.Sessions()[0]
		err := r.Store.SetPassword(t.Context(), idp.Password{AccountID: a.ID, Kind: idp.TransactionPassword, Hash: "another", ChangedAt: r.Clock.Now()}, session.ID, idp.Effects{})
		if err != nil {
			t.Fatal(err)
		}
		r.waits(t, b.Get(b.Base()), askedForm)
	})
}
