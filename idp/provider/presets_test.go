package provider_test

import (
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// presetRig is a provider that does what a preset says. What belongs to the firm or makes a
// test slow stays that of every other test; edit changes the preset itself.
func presetRig(t *testing.T, name string, edit func(*config.Config)) *rig {
	t.Helper()
	says, err := config.Load("", []string{"SEKISHO_MODE=development", "SEKISHO_ISSUER=http://localhost:9000", "SEKISHO_PRESET=" + name})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, Provider: idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		usual := *c
		*c = *says
		c.Issuer, c.KEK, c.Firm, c.Mail, c.Database, c.Log = usual.Issuer, usual.KEK, usual.Firm, usual.Mail, usual.Database, usual.Log
		c.Passkey.RPID, c.Passkey.Origins = usual.Passkey.RPID, usual.Passkey.Origins
		c.Password.Argon2, c.Password.Pepper, c.Throttle.Requests = usual.Password.Argon2, usual.Password.Pepper, usual.Throttle.Requests
		unlimited(c)
		if edit != nil {
			edit(c)
		}
	}})}
	r.rp = r.NewRelyingParty("app", nil)
	return r
}

// takesPassword changes the login password, in a browser whose proof is fresh.
func takesPassword(b *idptest.Browser, a *idptest.Account, next string) bool {
	b.T.Helper()
	b.Get("/account/password")
	page := b.Submit("/account/password", "current", a.Password, "new", next)
	if page.URL.Path == "/account" {
		a.Password = next
	}
	return page.URL.Path == "/account"
}

// What customers of reference-a meet: the check of a new device, a security question at the
// first sign-in, the transaction password, and a way back by mailed code and answer.
func TestPresetA(t *testing.T) {
	r := presetRig(t, "reference-a", nil)
	hanako := r.AddAccount(idptest.Customer{Login: "10000001", Profile: registered})
	taro := r.AddAccount(idptest.Customer{Login: "10000002", Profile: registered, TOTP: true})
	r.GiveTransactionPassword(hanako, "4711") // of earlier days
	r.GiveTransactionPassword(taro, txSecret)
	b := r.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	t.Run("A6 A10 a new browser: keyboard, birth date and postal code, then the mailed code", func(t *testing.T) {
		if !strings.Contains(b.Page.Body, `data-shuffle="off"`) {
			t.Error("A6: no keyboard beside the password")
		}
		if page := b.Submit("/password", "login", hanako.LoginName, "password", hanako.Password); !page.Has("/personal-data") || r.Mail.Count(hanako.Email, notify.SignInCode) != 0 {
			t.Fatalf("A10: %s", page.Body)
		}
		b.Submit("/personal-data", "birthdate", "19800401", "postal_code", "1000005")
		b.Submit("/code", "code", mailed(t, r.Provider, hanako.Email, 1))
	})
	t.Run("A5 a question at the first sign-in, answered once", func(t *testing.T) {
		if !b.Page.Has("/security-question") || !strings.Contains(b.Page.Body, "担任の先生") || strings.Count(b.Page.Body, `name="question"`)+strings.Count(b.Page.Body, "<option") < 5 {
			t.Fatalf("A5: %s", b.Page.Body)
		}
		if claims := r.token(t, answerQuestion(b, "first_teacher", "すずき")); claims["acr"] != config.LevelEmail {
			t.Errorf("A5: %v", claims)
		}
	})
	t.Run("A2 orders ask for the transaction password, four digits of earlier days too", func(t *testing.T) {
		r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", trade), askedForm)
		give(b, "4711") // taken, and its customer advised
		if claims := r.token(t, b.Submit("/transaction-password/advice", "choice", "continue")); claims["acr"] != trade {
			t.Errorf("A2: %v", claims)
		}
	})
	t.Run("A1 letters and digits, eight at least", func(t *testing.T) {
		b := r.NewBrowser()
		b.Get("/account")
		b.PasswordSignIn(r.Provider, taro)
		answerQuestion(b, "favourite_book", "ことり")
		for _, wrong := range []string{"k7w9q2m", "quietlanternsoverthetone"} {
			if takesPassword(b, taro, wrong) {
				t.Errorf("A1: %q is taken", wrong)
			}
		}
		if !takesPassword(b, taro, "k7w9q2mz") {
			t.Errorf("A1: eight letters and digits are refused: %s", b.Page.Body)
		}
	})
	t.Run("A12 registered data by transaction password or app", func(t *testing.T) {
		b := r.signedIn(taro)
		for _, op := range []string{"urn:sekisho:op:registered_data", "urn:sekisho:op:electronic_delivery"} {
			r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", op), askedForm)
			if !b.Page.Has("/instead") {
				t.Errorf("A12: no app in its place: %s", b.Page.Body)
			}
			if claims := r.token(t, give(b, txSecret)); claims["acr"] != op {
				t.Errorf("A12: %v", claims)
			}
		}
	})
	t.Run("A10 who has an authenticator app is spared the question about birth date", func(t *testing.T) {
		n := r.NewBrowser()
		if offersMail(n, taro) || n.Page.Has("/personal-data") {
			t.Errorf("A10: %s", n.Page.Body)
		}
	})
	t.Run("A8 the mailed code and the answer regain the login password, and that only", func(t *testing.T) {
		r.Clock.Advance(time.Minute)
		b := regainable(r.Provider, hanako)
		page := b.Submit("/answer", "answer", "スズキ")
		if !page.Has("/password") || strings.Contains(page.Body, "lost_transaction") {
			t.Fatalf("A8: %s", page.Body)
		}
		next := "spare umbrella on 7 hills"
		if page = b.Post(b.Base()+"/password", form(page.CSRF(), "new", next, "lost_transaction", "1")); page.Status != 200 || page.Has("/password") {
			t.Fatalf("A8: %s", page.Body)
		}
		hanako.Password = next
		if _, err := r.Store.Password(t.Context(), hanako.ID, idp.TransactionPassword); err != nil {
			t.Errorf("A8: an answer took the transaction password away: %v", err)
		}
		r.Mail.Wait(t, hanako.Email, notify.Recovered, 1)
	})
}

// What customers of reference-b meet: choices of their own, a withdrawal by two proofs in
// one go, the strongest factor from a new device, and a payout account that is shut.
func TestPresetB(t *testing.T) {
	r := presetRig(t, "reference-b", nil)
	taro := r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.GiveTransactionPassword(taro, txSecret)
	t.Run("B3 a new device takes the app, and no mail in its place", func(t *testing.T) {
		if offersMail(r.NewBrowser(), taro) {
			t.Error("B3: a mailed code does on a new device")
		}
	})
	b := r.signedIn(taro)
	t.Run("B7 signing in, trading and withdrawing are set on one page", func(t *testing.T) {
		page := b.Get(checks)
		for _, operation := range []string{"sign_in", "trade", "withdrawal"} {
			if !strings.Contains(page.Body, `href="`+checks+"/"+operation+`"`) {
				t.Errorf("B7: %s cannot be chosen: %s", operation, page.Body)
			}
		}
		if strings.Contains(page.Body, checks+"/payout_account_change") {
			t.Error("B7: what is switched off can be chosen")
		}
	})
	t.Run("B7 none is not among them, at no operation", func(t *testing.T) {
		for _, operation := range []string{"sign_in", "trade", "withdrawal"} {
			if page := b.Get(checks + "/" + operation); strings.Contains(page.Body, `value="none"`) || !strings.Contains(page.Body, `value="totp"`) {
				t.Errorf("B7: %s: %s", operation, page.Body)
			}
			says(t, choose(b, operation, "factor", "none"), "choice_refused")
		}
	})
	withdraw := func() *idptest.Browser {
		t.Helper()
		r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal), "/password")
		r.Clock.Advance(31 * time.Second)
		b.Submit("/password", "password", taro.Password)
		return b
	}
	t.Run("B5 B12 a withdrawal takes a factor and the transaction password in one go", func(t *testing.T) {
		withdraw().Submit("/code/method", "method", "email")
		n := r.Mail.Count(taro.Email, notify.SignInCode)
		b.Submit("/code", "code", mailed(t, r.Provider, taro.Email, max(n, 1)))
		r.waits(t, b.Page, askedForm)
		if claims := r.token(t, give(b, txSecret)); claims["acr"] != opWithdrawal || claims["sekisho_level"] != config.LevelEmail {
			t.Errorf("B12: %v", claims)
		}
	})
	t.Run("B7 the app chosen, a mailed code does no more", func(t *testing.T) {
		b = r.signedIn(taro)
		saved(t, choose(b, "withdrawal", "factor", "totp"))
		if withdraw().Page.Has("/code/method") {
			t.Error("B7: a mailed code is offered where it does not do")
		}
		b.Submit("/code", "code", taro.TOTP())
		if claims := r.token(t, give(b, txSecret)); claims["sekisho_level"] != config.LevelMFA {
			t.Errorf("B7: %v", claims)
		}
	})
	t.Run("B6 digit, upper and lower case", func(t *testing.T) {
		b = r.signedIn(taro)
		for _, wrong := range []string{"quiet 7 lanterns", "QUIET 7 LANTERNS", "Quiet Lanterns", "123456"} {
			if takesPassword(b, taro, wrong) {
				t.Errorf("B6: %q is taken", wrong)
			}
		}
		if !takesPassword(b, taro, "Quiet 7 lanterns") {
			t.Errorf("B6: all three kinds are refused: %s", b.Page.Body)
		}
	})
	t.Run("B17 the payout account is shut, with the reason", func(t *testing.T) {
		page := b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:payout_account_change")
		if page.Left != "" || !strings.Contains(page.Body, "書面またはお電話でのみ") {
			t.Errorf("B17: %q %s", page.Left, page.Body)
		}
	})
}

// What customers of reference-d meet: until the day a password and a code do, from then on
// trading, deposits and withdrawals take a passkey, and the transaction password stays.
func TestPresetD(t *testing.T) {
	may := time.Date(2026, 5, 15, 0, 0, 0, 0, time.FixedZone("", 9*3600))
	dated := []string{"trade", "deposit", "withdrawal"}
	day := time.Now().Add(24 * time.Hour) // libraries look at the real time, so the day comes to the test
	r := presetRig(t, "reference-d", func(c *config.Config) {
		for _, name := range dated {
			o := c.Assurance.Operations[name]
			if !o.From.Equal(may) {
				t.Errorf("D2: %s begins %v", name, o.From)
			}
			o.From = day
			c.Assurance.Operations[name] = o
		}
	})
	a := r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.GiveTransactionPassword(a, txSecret)
	d := r.GivePasskey(a, nil)
	asks := map[string]bool{"trade": true, "withdrawal": true}
	// answers asks for the operation in a new browser, by the passkey or by password and app.
	answers := func(name string, passkey bool) map[string]any {
		t.Helper()
		r.Clock.Advance(31 * time.Second)
		b := r.NewBrowser()
		b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:"+name)
		if passkey {
			b.UsePasskey(d)
		} else {
			b.PasswordSignIn(r.Provider, a)
		}
		if b.Page.Has(askedForm) != asks[name] {
			t.Errorf("D7: %s: transaction password: %v", name, !asks[name])
		}
		if asks[name] {
			give(b, txSecret)
		}
		return r.token(t, b.Page)
	}
	for _, name := range dated {
		t.Run("D2 D7 until the day a password does: "+name, func(t *testing.T) {
			if claims := answers(name, false); claims["sekisho_level"] != config.LevelMFA {
				t.Errorf("%v", claims)
			}
		})
	}
	r.Clock.Advance(day.Sub(r.Clock.Now()) + time.Minute)
	for _, name := range dated {
		t.Run("D2 D7 from then on a passkey: "+name, func(t *testing.T) {
			page := r.signedIn(a).Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:"+name)
			if page.Has("/password") || !strings.Contains(page.Body, "data-passkey-start") {
				t.Errorf("D2: a password is still taken: %s", page.Body)
			}
			if claims := answers(name, true); claims["sekisho_level"] != config.LevelPhishingResistant {
				t.Errorf("%v", claims)
			}
		})
	}
	t.Run("D5 three passkeys", func(t *testing.T) {
		r.GivePasskey(a, nil)
		r.GivePasskey(a, nil)
		b := r.NewBrowser()
		b.Get("/account")
		b.UsePasskey(d)
		if page := b.Get("/account/passkeys/add"); !strings.Contains(page.Body, `data-code="passkey_limit"`) {
			t.Errorf("D5: a fourth can be added: %s", page.Body)
		}
	})
}
