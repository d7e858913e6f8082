package provider_test

import (
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// changesOwn is a browser that may change the password at once, and what the page answers.
func changesOwn(t *testing.T, p *idptest.Provider, a *idptest.Account) func(next string) *idptest.Page {
	t.Helper()
	b := p.SignedIn(a)
	return func(next string) *idptest.Page {
		b.Get("/account/password")
		return b.Submit("/account/password", "current", a.Password, "new", next)
	}
}

// A1: the firm's policy for login passwords holds where customers change theirs: length and
// kinds of characters, and never the mail address or what stands before its @.
func TestLoginPasswordPolicy(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		unlimited(c)
		c.Password.MinLength, c.Password.Classes = 8, []string{"lower", "digit"}
	}})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Emails: []string{"hanako.takeda@codes.example"}})
	change := changesOwn(t, p, a)
	for name, c := range map[string]struct{ next, reason string }{
		"A1 shorter than the policy":         {"xk3-qwz", "短すぎます"},
		"A1 without a digit":                 {"xkq-vwz-lmr", "数字を1文字以上"},
		"A1 without a letter":                {"9381-7426-5", "英小文字を1文字以上"},
		"A1 holds the mail address":          {"Xk3$10000001@mail.example", "メールアドレスが含まれています"},
		"A1 holds the part before the @":     {"xk3$Hanako.Takeda-w8", "メールアドレスが含まれています"},
		"A1 holds it in full-width letters":  {"xk3$ｈａｎａｋｏ．ｔａｋｅｄａ-w8", "メールアドレスが含まれています"},
		"A1 of the security address as well": {"q7-hanako.takeda@codes.example", "メールアドレスが含まれています"},
	} {
		t.Run(name, func(t *testing.T) {
			if page := change(c.next); notice(page) != "password_refused" || !strings.Contains(page.Body, c.reason) {
				t.Errorf("%q: %s %s", c.next, notice(page), page.Body)
			}
		})
	}
	if page := change("xk3-qwzl-7m"); page.URL.RawQuery != "done=password_changed" {
		t.Errorf("A1: what the policy allows is refused: %s", page.Body)
	}
}

// B6: every rule that a new password breaks is said, each by its own sentence, in the
// customer's language.
func TestRefusedPasswordsAreExplained(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		unlimited(c)
		c.Password.Classes, c.Password.Symbols = []string{"lower", "upper", "digit", "symbol"}, "@#$%^&*_+-=:,."
		c.Password.ExtraWords = []string{"morinokuni"}
	}})
	a := p.AddAccount(idptest.Customer{Login: "10000001"})
	change := changesOwn(t, p, a)
	for name, c := range map[string]struct{ next, ja string }{
		"B6 digit":                       {"Xkq-Vwzlmr-Tpb", "数字を1文字以上"},
		"B6 upper":                       {"xkq-vwz3lmr-tpb", "英大文字を1文字以上"},
		"B6 lower":                       {"XKQ-VWZ3LMR-TPB", "英小文字を1文字以上"},
		"B6 symbol":                      {"XkqVwz3LmrTpb9", "記号を1文字以上"},
		"B6 a symbol that is none here":  {"XkqVwz3LmrTpb~", "記号を1文字以上"},
		"B6 123456":                      {"Aa-123456123456", "推測されやすい"},
		"B6 a breached password":         {"password1234", "流出したことのある"},
		"B6 the registered mail address": {"Aa-10000001@mail.example-Z", "メールアドレスが含まれています"},
		"B6 the account number":          {"Aa-10000001-Xkqz", "お客様コードが含まれています"},
		"B6 the firm's own words":        {"Aa3-Morinokuni-Xkqz", "当社やサービスの名前が含まれています"},
		"B6 unchanged":                   {a.Password, "いまのパスワードと同じです"},
		"B6 short":                       {"Aa3-x", "短すぎます"},
	} {
		t.Run(name, func(t *testing.T) {
			if page := change(c.next); notice(page) != "password_refused" || !strings.Contains(page.Body, c.ja) {
				t.Errorf("%q: %q is not said: %s", c.next, c.ja, reasonsOn(page))
			}
		})
	}
	t.Run("B6 several at once, in English too", func(t *testing.T) {
		b := p.SignedIn(a)
		b.Get("/account/password?lang=en")
		page := b.Submit("/account/password", "current", a.Password, "new", "abc")
		if n := strings.Count(reasonsOn(page), "<li>"); n < 4 {
			t.Errorf("%d reasons: %s", n, reasonsOn(page))
		}
	})
	if page := change("Xkq-Vwz3Lmr.Tpb"); page.URL.RawQuery != "done=password_changed" {
		t.Errorf("B6: %s", reasonsOn(page))
	}
}

func reasonsOn(page *idptest.Page) string {
	_, after, _ := strings.Cut(page.Body, `<ul class="reasons">`)
	list, _, _ := strings.Cut(after, "</ul>")
	return list
}

// A7: wrong login passwords pause the login password: the customer reads until when, what
// still works and where to turn, and the pause ends by itself.
func TestLockedLoginPasswordSaysTheWayOn(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	lockPassword(p, a)
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	page := b.Submit("/password", "login", a.LoginName, "password", a.Password)
	if notice(page) != "password_paused" && notice(page) != "password_locked" {
		t.Fatalf("A7: %s", notice(page))
	}
	for _, want := range []string{"パスキー", "まで", "0120-000-000", "/help/signin"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("A7: the page does not say %q: %s", want, page.Body)
		}
	}
	p.Clock.Advance(2 * time.Minute)
	if !open(p, a) {
		t.Error("A7: the pause does not end")
	}
}

// A8: whoever forgot both passwords regains the account in the browser with the registered
// mail address and a stronger factor, at once: the login password is new, and the forgotten
// transaction password makes room for another.
func TestForgottenPasswordsAreResetOnline(t *testing.T) {
	r := txRig(t, nil)
	a := r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.GiveTransactionPassword(a, txSecret)
	d := r.GivePasskey(a, nil)
	for range 5 {
		give(r.withdrawing(a, d), "Wrong-1234-word")
	}
	r.Clock.Advance(10 * time.Second) // a sign-in of about the same moment would void the recovery
	b := r.NewBrowser()
	b.MailedProof(r.Provider, a)
	if b.Page.Has("/password") {
		t.Fatal("A8: the mailed code alone resets")
	}
	r.Clock.Advance(31 * time.Second)
	if page := b.Submit("/totp", "code", a.TOTP()); !page.Has("/password") || !strings.Contains(page.Body, `name="lost_transaction"`) {
		t.Fatalf("A8: no way to a new password: %s", page.Body)
	}
	if page := b.Submit("/password", "new", "short", "lost_transaction", "1"); !strings.Contains(page.Body, `name="lost_transaction" value="1" checked`) {
		t.Errorf("A8: what was ticked is forgotten: %s", page.Body)
	}
	page := b.Submit("/password", "new", fresh, "lost_transaction", "1")
	if page.Has("/password") || !strings.Contains(page.Body, "お忘れの取引パスワードを削除しました") {
		t.Fatalf("A8: %s", page.Body)
	}
	a.Password = fresh
	if rec := r.Recorded(t, audit.TransactionPasswordCleared); rec.AccountID != a.ID || rec.Actor != audit.Customer {
		t.Errorf("A8: %+v", rec)
	}
	r.Mail.Wait(t, a.Email, notify.TransactionPasswordCleared, 1)

	t.Run("A8 both work at once", func(t *testing.T) {
		r.SignedIn(a) // by the new login password
		own := r.NewBrowser()
		own.Get(ownPage)
		page := own.UsePasskey(d) // the strongest proof the account has
		if page.Has("current") || strings.Contains(page.Body, `name="current"`) {
			t.Fatalf("A8: the forgotten one is still asked for: %s", page.Body)
		}
		if page := own.Submit(ownPage, "new", "Usui-5520-toge"); page.URL.Path != "/account" {
			t.Fatalf("A8: %s", page.Body)
		}
		b := r.NewBrowser()
		b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:registered_data")
		b.UsePasskey(d)
		if page := give(b, "Usui-5520-toge"); page.Left == "" {
			t.Errorf("A8: the new one does not serve, or its lock stands: %s", page.Body)
		}
	})
	t.Run("A8 not ticked, it stays", func(t *testing.T) {
		other := r.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
		r.GiveTransactionPassword(other, txSecret)
		d := r.GivePasskey(other, nil)
		b := r.NewBrowser()
		b.MailedProof(r.Provider, other)
		r.Clock.Advance(31 * time.Second)
		b.Submit("/totp", "code", other.TOTP())
		b.Submit("/password", "new", fresh)
		at := r.NewBrowser()
		at.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:registered_data")
		at.UsePasskey(d)
		if page := give(at, txSecret); page.Left == "" {
			t.Errorf("A8: %s", page.Body)
		}
	})
	t.Run("A8 nothing to forget", func(t *testing.T) {
		third := r.AddAccount(idptest.Customer{Login: "10000003", TOTP: true})
		b := r.NewBrowser()
		b.MailedProof(r.Provider, third)
		r.Clock.Advance(31 * time.Second)
		if page := b.Submit("/totp", "code", third.TOTP()); strings.Contains(page.Body, "lost_transaction") {
			t.Errorf("A8: %s", page.Body)
		}
		if page := b.Submit("/password", "new", fresh, "lost_transaction", "1"); page.Has("/password") || strings.Contains(page.Body, "お忘れの取引パスワード") {
			t.Errorf("A8: %s", page.Body)
		}
	})
}
