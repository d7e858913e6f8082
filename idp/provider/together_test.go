package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
)

// bothRig asks for the transaction password at withdrawals, by passkey, and at trades, by
// authenticator app.
func bothRig(t *testing.T) *rig {
	t.Helper()
	return txRig(t, func(c *config.Config) {
		o := c.Assurance.Operations["trade"]
		o.Level, o.Once, o.TransactionPassword = config.LevelMFA, true, true
		c.Assurance.Operations["trade"] = o
	})
}

// answerBoth sends the passkey's answer with a transaction password, as the page's script does.
func answerBoth(b *idptest.Browser, d *idptest.Device, secret string) idptest.JSONAnswer {
	b.T.Helper()
	begun := b.BeginPasskey()
	return b.Script(b.Base()+"/passkey", map[string]any{
		"challenge_id": begun.ChallengeID, "credential": d.Get(b.T, begun.PublicKey), "transaction_password": secret,
	})
}

// atWithdrawal is a customer who is signed in and asks for a withdrawal.
func (r *rig) atWithdrawal(d *idptest.Device) *idptest.Browser {
	r.t.Helper()
	b := r.NewBrowser()
	b.Get("/account")
	b.UsePasskey(d)
	r.Clock.Advance(time.Minute)
	b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
	return b
}

func failures(r *rig, event string) (n int) {
	for _, rec := range r.Audit() {
		if rec.Event == event {
			n++
		}
	}
	return n
}

// B12: one page asks for both, one answer settles both, and each withdrawal asks again.
func TestWithdrawalInOneGoByPasskey(t *testing.T) {
	r := bothRig(t)
	a, d := r.customer("10000001", txSecret)
	b := r.atWithdrawal(d)
	if !strings.Contains(b.Page.Body, `name="transaction_password"`) || !strings.Contains(b.Page.Body, "出金には、取引パスワードとご本人の確認の両方が必要です。") {
		t.Fatalf("B12: %s", b.Page.Body)
	}
	if strings.Contains(b.Page.Body, "webauthn") {
		t.Error("B12: autofill would answer before the transaction password is typed")
	}
	done := answerBoth(b, d, txSecret)
	if done.Next == "" {
		t.Fatalf("B12: %d %+v", done.Status, done.Error)
	}
	claims := r.token(t, b.Get(done.Next))
	if claims["acr"] != opWithdrawal || claims["sekisho_level"] != "phr" {
		t.Errorf("B12 D7: %v", claims)
	}
	if rec := r.Recorded(t, audit.TransactionPasswordVerified); rec.AccountID != a.ID || rec.Detail["operation"] != "withdrawal" {
		t.Errorf("B12: %+v", rec)
	}
	t.Run("B12 the next one asks for both again", func(t *testing.T) {
		page := b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
		if page.Left != "" || !strings.Contains(page.Body, `name="transaction_password"`) || !strings.Contains(page.Body, "data-passkey-start") {
			t.Fatalf("%q %s", page.Left, page.Body)
		}
	})
	t.Run("B12 a wrong transaction password keeps nothing of the passkey", func(t *testing.T) {
		b := r.atWithdrawal(d)
		was := failures(r, audit.TransactionPasswordFailed)
		done := answerBoth(b, d, "guess")
		if done.Next != "" || done.Error.Code != "transaction_password_wrong" {
			t.Fatalf("%+v", done)
		}
		if failures(r, audit.TransactionPasswordFailed) != was+1 {
			t.Error("the guess was not counted")
		}
		if page := b.Get(b.Base()); page.Left != "" || !strings.Contains(page.Body, "data-passkey-start") {
			t.Errorf("half of it was kept: %s", page.Body)
		}
		if done := answerBoth(b, d, txSecret); done.Next == "" {
			t.Errorf("%+v", done.Error)
		}
	})
	t.Run("B12 another customer's passkey opens neither, and guesses nothing", func(t *testing.T) {
		_, other := r.customer("10000002", "Usui-5520-toge")
		b := r.atWithdrawal(d)
		was := failures(r, audit.TransactionPasswordFailed)
		for _, secret := range []string{txSecret, "Usui-5520-toge"} {
			if done := answerBoth(b, other, secret); done.Next != "" || done.Error.Code != "passkey_failed" {
				t.Errorf("%+v", done)
			}
		}
		if failures(r, audit.TransactionPasswordFailed) != was {
			t.Error("a transaction password was looked at")
		}
	})
	t.Run("B12 the answer of one tab is no answer in another", func(t *testing.T) {
		b := r.atWithdrawal(d)
		first, begun := b.Base(), b.BeginPasskey()
		credential := d.Get(t, begun.PublicKey)
		b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
		body := map[string]any{"challenge_id": begun.ChallengeID, "credential": credential, "transaction_password": txSecret}
		if done := b.Script(b.Base()+"/passkey", body); done.Next != "" {
			t.Errorf("%+v", done)
		}
		b.Get(first)
		if done := b.Script(first+"/passkey", body); done.Next == "" {
			t.Fatalf("%+v", done.Error)
		}
		if done := b.Script(first+"/passkey", body); strings.Contains(done.Next, "code=") {
			t.Errorf("replayed: %+v", done)
		}
	})
	t.Run("B12 A7 while it is paused the passkey goes by itself and the page says why", func(t *testing.T) {
		b := r.atWithdrawal(d)
		for range 5 {
			answerBoth(b, d, "guess")
		}
		b.Get(b.Base())
		if strings.Contains(b.Page.Body, `name="transaction_password"`) {
			t.Error("the paused password is asked for")
		}
		r.waits(t, b.UsePasskey(d), askedForm)
		if !strings.Contains(b.Page.Body, "取引パスワードの受付を") {
			t.Errorf("%s", b.Page.Body)
		}
		r.SignedIn(a) // signing in is not stopped by it
		if claims := r.token(t, b.Authorize("app", idptest.Redirect, "acr_values", "phr")); claims["acr"] != "phr" {
			t.Errorf("%v", claims)
		}
	})
}

// atCode is a customer with an authenticator app at a trade, where the login password was
// given and code and transaction password are asked for in one form.
func (r *rig) atCode(a *idptest.Account) *idptest.Browser {
	r.t.Helper()
	b := r.signedIn(a)
	r.Clock.Advance(31 * time.Second)
	b.Authorize("app", idptest.Redirect, "acr_values", trade)
	b.Submit("/password", "password", a.Password)
	if !strings.Contains(b.Page.Body, `name="transaction_password"`) || !b.Page.Has("/code") {
		r.t.Fatalf("B12: %s", b.Page.Body)
	}
	return b
}

// B12: without a script, one form with the app's code and the transaction password. Which
// of the two was wrong is not said, both attempts are counted, and a right code is used up.
func TestBothInOneGoByApp(t *testing.T) {
	r := bothRig(t)
	a := r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.GiveTransactionPassword(a, txSecret)
	b := r.atCode(a)
	claims := r.token(t, b.Submit("/code", "code", a.TOTP(), "transaction_password", txSecret))
	if claims["acr"] != trade || claims["sekisho_level"] != config.LevelMFA {
		t.Errorf("B12: %v", claims)
	}
	t.Run("B12 one wrong answer for either", func(t *testing.T) {
		b := r.atCode(a)
		var said []string
		for _, try := range [][2]string{{a.TOTP(), "guess"}, {"000000", txSecret}, {"000000", "guess"}} {
			page := b.Submit("/code", "code", try[0], "transaction_password", try[1])
			r.waits(t, page, "/code")
			i := strings.Index(page.Body, `data-code="`)
			if i < 0 {
				t.Fatalf("%v: %s", try, page.Body)
			}
			said = append(said, page.Body[i:i+40])
		}
		if said[0] != said[1] || said[1] != said[2] || !strings.Contains(said[0], "together_wrong") {
			t.Errorf("told apart: %q", said)
		}
	})
	t.Run("B12 a right code beside a wrong transaction password is used up", func(t *testing.T) {
		r.Clock.Advance(8 * 24 * time.Hour)
		b := r.atCode(a)
		code := a.TOTP()
		b.Submit("/code", "code", code, "transaction_password", "guess")
		r.waits(t, b.Submit("/code", "code", code, "transaction_password", txSecret), "/code")
		r.Clock.Advance(31 * time.Second)
		if page := b.Submit("/code", "code", a.TOTP(), "transaction_password", txSecret); page.Left == "" {
			t.Errorf("%s", page.Body)
		}
	})
	t.Run("B12 A7 guesses are counted beside wrong codes, also right ones", func(t *testing.T) {
		r.Clock.Advance(8 * 24 * time.Hour)
		b := r.atCode(a)
		for range 5 {
			b.Submit("/code", "code", "000000", "transaction_password", txSecret)
		}
		if !strings.Contains(b.Page.Body, `data-code="code_locked"`) {
			t.Errorf("%s", b.Page.Body)
		}
		state, err := r.Provider.TransactionStanding(t.Context(), a.ID)
		if err != nil || state == nil {
			t.Errorf("the transaction password was not counted: %+v, %v", state, err)
		}
	})
	t.Run("B12 A7 a paused transaction password does not stop the app's code", func(t *testing.T) {
		r.Clock.Advance(8 * 24 * time.Hour)
		b := r.atCode(a)
		for range 5 {
			r.Clock.Advance(31 * time.Second)
			b.Submit("/code", "code", a.TOTP(), "transaction_password", "guess")
		}
		if !strings.Contains(b.Page.Body, `data-code="transaction_password_locked"`) || strings.Contains(b.Page.Body, `name="transaction_password"`) {
			t.Errorf("%s", b.Page.Body)
		}
		r.Clock.Advance(31 * time.Second)
		r.waits(t, b.Submit("/code", "code", a.TOTP()), askedForm)
		r.signedIn(a)
	})
	t.Run("B12 the form of one interaction is none of another's", func(t *testing.T) {
		r.Clock.Advance(8 * 24 * time.Hour)
		b := r.atCode(a)
		f := b.Page.Form(t, "/code").Values
		f.Set("code", a.TOTP())
		f.Set("transaction_password", txSecret)
		b.Authorize("app", idptest.Redirect, "acr_values", trade)
		if page := b.Post(b.Base()+"/code", f); page.Status != http.StatusForbidden {
			t.Errorf("%d %s", page.Status, page.Left)
		}
	})
	t.Run("B12 not at a sign-in, where nobody is known yet", func(t *testing.T) {
		r.Clock.Advance(31 * time.Second)
		b := r.NewBrowser()
		b.Authorize("app", idptest.Redirect, "acr_values", trade)
		b.Submit("/password", "login", a.LoginName, "password", a.Password)
		if strings.Contains(b.Page.Body, `name="transaction_password"`) {
			t.Error("it is asked for")
		}
		page := b.Post(b.Base()+"/code", url.Values{"csrf": {b.Page.CSRF()}, "code": {a.TOTP()}, "transaction_password": {"guess"}})
		r.waits(t, page, askedForm) // as its own step, and the extra field was not looked at
	})
}

// A12: registered data and electronic documents are operations a relying party asks for;
// the transaction password or the app's code opens them, each time anew.
func TestRegisteredDataByEither(t *testing.T) {
	const data, documents = "urn:sekisho:op:registered_data", "urn:sekisho:op:documents"
	r := txRig(t, func(c *config.Config) {
		o := c.Assurance.Operations["registered_data"]
		o.TransactionOr = config.LevelMFA
		c.Assurance.Operations["registered_data"], c.Assurance.Operations["documents"] = o, o
	})
	a := r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.GiveTransactionPassword(a, txSecret)
	b := r.signedIn(a)
	r.Clock.Advance(time.Minute)
	for _, op := range []string{data, documents} {
		t.Run("A12 by transaction password "+op, func(t *testing.T) {
			r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", op), askedForm)
			if claims := r.token(t, give(b, txSecret)); claims["acr"] != op {
				t.Errorf("%v", claims)
			}
		})
		t.Run("A12 or by the app's code "+op, func(t *testing.T) {
			r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", op), "/instead")
			r.waits(t, b.Submit("/instead"), "/password")
			r.Clock.Advance(31 * time.Second)
			b.Submit("/password", "password", a.Password)
			if b.Page.Has("/code/method") {
				t.Error("a mailed code is offered where it does not do")
			}
			if claims := r.token(t, b.Submit("/code", "code", a.TOTP())); claims["acr"] != op || claims["sekisho_level"] != config.LevelMFA {
				t.Errorf("%v", claims)
			}
		})
	}
	t.Run("A12 a sign-in before the request does not do", func(t *testing.T) {
		r.refused(t, b.Authorize("app", idptest.Redirect, "acr_values", data, "prompt", "none"), "interaction_required")
		r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", data), askedForm)
	})
	t.Run("A12 who has no transaction password proves it by the app", func(t *testing.T) {
		other := r.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
		b := r.signedIn(other)
		r.Clock.Advance(31 * time.Second)
		r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", data), "/password")
		b.Submit("/password", "password", other.Password)
		if claims := r.token(t, b.Submit("/code", "code", other.TOTP())); claims["acr"] != data {
			t.Errorf("%v", claims)
		}
	})
	t.Run("A12 a mailed code does not", func(t *testing.T) {
		mailed := r.AddAccount(idptest.Customer{Login: "10000003"})
		r.GiveTransactionPassword(mailed, "Usui-5520-toge")
		b := r.SignedIn(mailed)
		r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", data), askedForm)
		if b.Page.Has("/instead") {
			t.Error("it is offered")
		}
		page := b.Post(b.Base()+"/transaction-password/instead", url.Values{"csrf": {b.Page.CSRF()}})
		r.waits(t, page, askedForm)
	})
	if n := failures(r, audit.TransactionPasswordFailed); n != 0 {
		t.Errorf("A12: %d guesses", n)
	}
}
