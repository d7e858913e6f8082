package provider_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
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
