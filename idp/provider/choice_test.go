package provider_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// choiceRig lets customers choose at trades, where the firm takes a mailed code.
func choiceRig(t *testing.T) *rig {
	t.Helper()
	return txRig(t, func(c *config.Config) {
		c.NewEnvironment.Check = "none"
		o := c.Assurance.Operations["trade"]
		o.Choices = []string{"totp", "passkey", "anew", "transaction_password", "none"}
		c.Assurance.Operations["trade"] = o
		c.Assurance.Operations["lending"] = config.Operation{Level: config.LevelMFA, MaxAge: 15 * time.Minute, Choices: []string{"none"}, Name: config.Text{"ja": "貸株", "en": "Stock lending"}}
	})
}

const checks = "/account/checks"

// choose saves a choice in the browser of a customer whose proof is fresh.
func choose(b *idptest.Browser, operation string, pairs ...string) *idptest.Page {
	b.T.Helper()
	b.Get(checks + "/" + operation)
	if b.Page.URL.Path != checks+"/"+operation {
		b.T.Fatalf("%s leads to %s: %s", operation, b.Page.URL, b.Page.Body)
	}
	form := b.Page.Form(b.T, checks+"/"+operation).Values
	for _, name := range []string{"factor", "anew", "transaction_password"} {
		form.Del(name)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.Post(checks+"/"+operation, form)
}

func saved(t *testing.T, page *idptest.Page) {
	t.Helper()
	if page.URL.Path != checks || page.URL.RawQuery != "done=choice_saved" || !strings.Contains(page.Body, `data-code="choice_saved"`) {
		t.Fatalf("B7: not saved: %s %s", page.URL, page.Body)
	}
}

func says(t *testing.T, page *idptest.Page, code string) {
	t.Helper()
	if !strings.Contains(page.Body, `data-code="`+code+`"`) {
		t.Errorf("B7: want %s: %s", code, page.Body)
	}
}

// B7: what a customer chose is asked for at the next request, and never less than the firm's rule.
func TestCustomerChoosesTheFactor(t *testing.T) {
	r := choiceRig(t)
	a := r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := r.signedIn(a)
	t.Run("B7 the page says the firm's rule and offers what the firm allows", func(t *testing.T) {
		page := b.Get(checks)
		for _, want := range []string{"お手続きごとの確認", "取引", "出金", "貸株", "パスワードとメールの確認コード以上", "確認から15分以内"} {
			if !strings.Contains(page.Body, want) {
				t.Errorf("no %q in %s", want, page.Body)
			}
		}
		if strings.Contains(page.Body, checks+"/withdrawal") || strings.Contains(page.Body, "authenticator_change") {
			t.Error("what cannot be chosen is offered")
		}
		page = b.Get(checks + "/lending?lang=en")
		if !strings.Contains(page.Body, "Stock lending") || !strings.Contains(page.Body, `value="none"`) || strings.Contains(page.Body, `value="passkey"`) {
			t.Errorf("%s", page.Body)
		}
		b.Get(checks + "?lang=ja")
	})
	t.Run("B7 tightened at once: each time anew", func(t *testing.T) {
		r.token(t, b.Authorize("app", idptest.Redirect, "acr_values", trade))
		saved(t, choose(b, "trade", "anew", "1"))
		r.refused(t, b.Authorize("app", idptest.Redirect, "acr_values", trade, "prompt", "none"), "interaction_required")
		r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", trade), "/password")
		if claims := r.token(t, r.reauthenticate(b, a)); claims["acr"] != trade {
			t.Errorf("%v", claims)
		}
		r.Mail.Wait(t, a.Email, notify.FactorChoiceChanged, 1)
		rec := r.Recorded(t, audit.FactorChoiceTightened)
		if rec.AccountID != a.ID || rec.Detail["operation"] != "trade" || rec.Detail["anew"] != "true" {
			t.Errorf("%+v", rec)
		}
	})
	t.Run("B7 at least the app: a mailed code does no more", func(t *testing.T) {
		saved(t, choose(b, "trade", "factor", "totp"))
		mailed := r.NewBrowser()
		mailed.Get("/account")
		r.Clock.Advance(31 * time.Second)
		mailed.Submit("/password", "login", a.LoginName, "password", a.Password)
		mailed.Submit("/code/method", "method", "email")
		mailed.Submit("/code", "code", idptest.Code(t, r.Mail.Wait(t, a.Email, notify.SignInCode, 1)))
		r.waits(t, mailed.Authorize("app", idptest.Redirect, "acr_values", trade), "/password")
		mailed.Submit("/password", "password", a.Password)
		if mailed.Page.Has("/code/method") {
			t.Error("a mailed code is offered where it does not do")
		}
		r.Clock.Advance(31 * time.Second)
		if claims := r.token(t, mailed.Submit("/code", "code", a.TOTP())); claims["sekisho_level"] != config.LevelMFA {
			t.Errorf("%v", claims)
		}
	})
	t.Run("B7 loosening is told to every address", func(t *testing.T) {
		b := r.signedIn(a)
		saved(t, choose(b, "trade"))
		r.Mail.Wait(t, a.Email, notify.FactorChoiceLoosened, 1)
		if rec := r.Recorded(t, audit.FactorChoiceLoosened); rec.Reason != "chosen" {
			t.Errorf("%+v", rec)
		}
	})
	t.Run("B7 none only where the firm allows it", func(t *testing.T) {
		b := r.signedIn(a)
		page := choose(b, "sign_in", "factor", "none")
		says(t, page, "choice_refused")
		r.Clock.Advance(time.Second)
		saved(t, choose(b, "lending", "factor", "none"))
		r.Clock.Advance(50 * time.Minute) // past the operation's limit, within signing in
		if claims := r.token(t, b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:lending", "prompt", "none")); claims["sekisho_level"] != config.LevelMFA {
			t.Errorf("%v", claims)
		}
	})
	t.Run("B7 the transaction password too", func(t *testing.T) {
		b := r.signedIn(a)
		says(t, choose(b, "trade", "transaction_password", "1"), "choice_needs_transaction")
		r.GiveTransactionPassword(a, txSecret)
		saved(t, choose(b, "trade", "transaction_password", "1"))
		r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", trade), askedForm)
		r.token(t, give(b, txSecret))
	})
}

// B7: nobody locks themselves out by a choice, and nothing is loosened unasked.
func TestChoiceLocksNobodyOut(t *testing.T) {
	r := choiceRig(t)
	a := r.AddAccount(idptest.Customer{Login: "10000001"})
	b := r.SignedIn(a)
	says(t, choose(b, "trade", "factor", "passkey"), "choice_needs_passkey")
	if !strings.Contains(b.Page.Body, "/account/passkeys/add") {
		t.Error("B7: no next step")
	}
	says(t, choose(b, "trade", "factor", "totp"), "choice_needs_totp")
	for _, factor := range []string{"sms", "PASSKEY", "none "} {
		says(t, choose(b, "trade", "factor", factor), "choice_refused")
	}
	if account, err := r.Store.Account(t.Context(), a.ID); err != nil || len(account.Choices) != 0 {
		t.Errorf("B7: %+v, %v", account.Choices, err)
	}

	d := r.GivePasskey(a, nil)
	b = r.NewBrowser()
	b.Get("/account")
	b.UsePasskey(d)
	saved(t, choose(b, "trade", "factor", "passkey"))
	saved(t, choose(b, "sign_in", "factor", "passkey"))
	t.Run("B7 signing in by password does no more, with another device either", func(t *testing.T) {
		other := r.NewBrowser()
		other.Authorize("app", idptest.Redirect)
		page := other.PasswordSignIn(r.Provider, a)
		if page.Left != "" || !strings.Contains(page.Body, "data-passkey-start") || page.Has("/password") {
			t.Fatalf("%q %s", page.Left, page.Body)
		}
		r.refused(t, other.Authorize("app", idptest.Redirect, "prompt", "none"), "interaction_required")
		if page := other.Get("/account"); page.URL.Path == "/account" {
			t.Errorf("the security centre opens: %s", page.Body)
		}
		if page := other.UsePasskey(d); page.URL.Path != "/account" || !page.Has("/account/logout") {
			t.Errorf("%s %s", page.URL, page.Body)
		}
	})
	t.Run("B7 the last passkey goes only with the choice put back by an explicit word", func(t *testing.T) {
		key := a.Passkeys()[0]
		remove := "/account/passkeys/" + key.ID + "/remove"
		b.Get(remove)
		if !strings.Contains(b.Page.Body, `name="fall_back"`) || !strings.Contains(b.Page.Body, "取引") {
			t.Fatalf("%s", b.Page.Body)
		}
		form := b.Page.Form(t, remove).Values
		form.Del("fall_back")
		if page := b.Post(remove, form); !strings.Contains(page.Body, `name="fall_back"`) || len(a.Passkeys()) != 1 {
			t.Fatalf("it went: %s", page.Body)
		}
		form.Set("fall_back", "1")
		if page := b.Post(remove, form); page.URL.RawQuery != "done=passkey_removed" || len(a.Passkeys()) != 0 {
			t.Fatalf("%s %s", page.URL, page.Body)
		}
		account, err := r.Store.Account(t.Context(), a.ID)
		if err != nil || len(account.Choices) != 0 {
			t.Errorf("%+v, %v", account.Choices, err)
		}
		r.Mail.Wait(t, a.Email, notify.FactorChoiceLoosened, 1)
		if rec := r.Recorded(t, audit.FactorChoiceLoosened); rec.Reason != "authenticator_removed" {
			t.Errorf("%+v", rec)
		}
		mailed := r.SignedIn(a)
		r.token(t, mailed.Authorize("app", idptest.Redirect, "acr_values", trade))
	})
	t.Run("B7 without the passkey chosen the customer is shown the way to a new one", func(t *testing.T) {
		lost := r.AddAccount(idptest.Customer{Login: "10000002"})
		err := r.Store.SetFactorChoices(t.Context(), lost.ID, 0, idp.FactorChoices{idp.SignInChoice: {Factor: idp.FactorPasskey}, "trade": {Factor: idp.FactorPasskey}}, idp.Effects{})
		if err != nil {
			t.Fatal(err)
		}
		b := r.NewBrowser()
		b.Authorize("app", idptest.Redirect, "acr_values", trade)
		r.waits(t, b.PasswordSignIn(r.Provider, lost), "/enrol")
		b.Get(checks + "/trade")
		saved(t, choose(b, "trade"))
		saved(t, choose(b, "sign_in"))
		r.Mail.Wait(t, lost.Email, notify.FactorChoiceLoosened, 2)
	})
}

// B7: the app goes the same way, and a wrong code loosens nothing.
func TestChoiceAndTheLastApp(t *testing.T) {
	r := choiceRig(t)
	a := r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := r.signedIn(a)
	saved(t, choose(b, "trade", "factor", "totp", "anew", "1"))
	const remove = "/account/totp/remove"
	choices := func() idp.FactorChoices {
		t.Helper()
		account, err := r.Store.Account(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		return account.Choices
	}
	r.Clock.Advance(31 * time.Second)
	form := b.Get(remove).Form(t, remove).Values
	form.Set("code", a.TOTP())
	form.Del("fall_back")
	if page := b.Post(remove, form); !strings.Contains(page.Body, `name="fall_back"`) {
		t.Fatalf("B7: %s", page.Body)
	}
	form.Set("fall_back", "1")
	form.Set("code", "000000")
	b.Post(remove, form)
	if choices()["trade"].Factor != idp.FactorTOTP {
		t.Fatal("B7: a wrong code loosened the choice")
	}
	form.Set("code", a.TOTP())
	if page := b.Post(remove, form); page.URL.RawQuery != "done=totp_removed" {
		t.Fatalf("B7: %s", page.Body)
	}
	if got := choices()["trade"]; got != (idp.FactorChoice{Anew: true}) {
		t.Errorf("B7: what could still be met was dropped, or what could not was kept: %+v", got)
	}
}

// B7: choices are changed by their owner, with a fresh proof, from the page as it stands.
func TestChoiceIsGuarded(t *testing.T) {
	r := choiceRig(t)
	a := r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := r.signedIn(a)
	form := b.Get(checks+"/trade").Form(t, checks+"/trade").Values
	form.Set("anew", "1")
	t.Run("B7 a page that is behind changes nothing", func(t *testing.T) {
		saved(t, choose(b, "trade", "factor", "totp"))
		says(t, b.Post(checks+"/trade", form), "choice_conflict")
		for _, version := range []string{"", "-1", "7", "x"} {
			stale := url.Values{"csrf": form["csrf"], "version": {version}, "anew": {"1"}}
			says(t, b.Post(checks+"/trade", stale), "choice_conflict")
		}
	})
	t.Run("B7 PG-16 not with an old proof", func(t *testing.T) {
		r.Clock.Advance(6 * time.Minute)
		form.Set("version", "1")
		if page := b.Post(checks+"/trade", form); !strings.HasPrefix(page.URL.Path, "/interaction/") {
			t.Errorf("%s %s", page.URL, page.Body)
		}
	})
	t.Run("B7 SE-08 not without the form's token", func(t *testing.T) {
		b := r.signedIn(a)
		account, err := r.Store.Account(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if page := b.Post(checks+"/trade", url.Values{"version": {strconv.Itoa(account.ChoicesVersion)}}); page.Status != 403 {
			t.Errorf("%d", page.Status)
		}
		for _, operation := range []string{"authenticator_change", "withdrawal", "gone"} {
			if page := b.Get(checks + "/" + operation); page.Status == 200 && strings.Contains(page.Body, `name="factor"`) {
				t.Errorf("%s can be chosen", operation)
			}
		}
	})
	account, err := r.Store.Account(t.Context(), a.ID)
	if err != nil || account.Choices["trade"] != (idp.FactorChoice{Factor: idp.FactorTOTP}) {
		t.Errorf("B7: %+v, %v", account.Choices, err)
	}
}
