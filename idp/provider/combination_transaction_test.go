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

// weakWithdrawals is a firm that lets customers withdraw with password, mailed code and
// transaction password.
func weakWithdrawals(c *config.Config) {
	unlimited(c)
	c.Password.Transaction.Enabled = true
	c.Assurance.Operations["withdrawal"] = config.Operation{Level: "urn:sekisho:acr:email", RespectHold: true, TransactionPassword: true}
	c.Assurance.Operations["trade"] = config.Operation{Level: "urn:sekisho:acr:email", TransactionPassword: true}
}

// A2 RC-12: whoever has a customer's password and mailbox can choose the first transaction
// password, but not withdraw with it before the cooling-off is over; nor by changing it,
// nor from another sign-in. The customer is told on every page and in the mail.
func TestFirstTransactionPasswordCoolsOff(t *testing.T) {
	for name, set := range map[string]func(r *rig, b *idptest.Browser) *idptest.Page{
		"A2 on the way": func(_ *rig, b *idptest.Browser) *idptest.Page {
			b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
			return b.Submit(setForm, "new", txSecret)
		},
		"A2 in the security centre": func(_ *rig, b *idptest.Browser) *idptest.Page {
			b.Get("/account/transaction-password")
			b.Submit("/account/transaction-password", "new", txSecret)
			b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
			return b.Page
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &rig{Provider: idptest.New(t, idptest.Options{Edit: weakWithdrawals}), t: t}
			r.rp = r.NewRelyingParty("app", nil)
			a := r.AddAccount(idptest.Customer{Login: "10000001"})
			r.Clock.Advance(time.Hour)
			thief := r.SignedIn(a)
			if page := thief.Get("/account/transaction-password"); !strings.Contains(page.Body, "出金などにお使いいただけるのは") {
				t.Errorf("%s: not told before: %s", name, page.Body)
			}
			page := set(r, thief)
			held := func(what string, page *idptest.Page) {
				t.Helper()
				if page.Left != "" || page.Status != 200 || !strings.Contains(page.Body, "取引パスワードは設定されています") || !strings.Contains(page.Body, "<time") || !page.Has("/cancel") {
					t.Fatalf("%s: %s: %q %s", name, what, page.Left, page.Body)
				}
			}
			held("the withdrawal", page)
			if got := thief.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal, "prompt", "none").Response(t, idptest.Redirect).Get("error"); got != "interaction_required" {
				t.Errorf("%s: silently: %q", name, got)
			}
			thief.Get("/account/transaction-password")
			thief.Submit("/account/transaction-password", "current", txSecret, "new", "another harbour 77 lantern")
			held("after a change", thief.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal))
			if mail := r.Mail.Wait(t, a.Email, notify.TransactionPasswordSet, 1); !strings.Contains(mail.Text, "出金などの再開") {
				t.Errorf("%s: the mail does not say from when: %s", name, mail.Text)
			}
			if page := thief.Get("/account"); !strings.Contains(page.Body, "から出金などにお使いいただけます") {
				t.Errorf("%s: the security centre does not say from when", name)
			}
			if page := thief.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:trade"); !page.Has(askedForm) {
				t.Errorf("%s: trading waits too: %s", name, page.Body)
			}
			r.Clock.Advance(24 * time.Hour)
			a2 := r.SignedIn(a)
			a2.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
			if page := give(a2, "another harbour 77 lantern"); !page.Response(t, idptest.Redirect).Has("code") {
				t.Errorf("%s: no withdrawal after the cooling-off: %s", name, page.Left)
			}
		})
	}
}

// A7: what the desk cleared is first again, and so cools off again.
func TestClearedTransactionPasswordCoolsOff(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: weakWithdrawals})
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001"})
	p.GiveTransactionPassword(a, txSecret)
	if err := p.ClearTransactionPassword(t.Context(), &a.Account); err != nil {
		t.Fatal(err)
	}
	b := p.SignedIn(a)
	b.Authorize("app", idptest.Redirect, "acr_values", opWithdrawal)
	if page := b.Submit(setForm, "new", txSecret); page.Left != "" {
		t.Errorf("A7: withdrew at once: %s", page.Left)
	}
	if pw, err := p.Store.Password(t.Context(), a.ID, idp.TransactionPassword); err != nil || pw.TrustedFrom.IsZero() {
		t.Errorf("A7: %+v %v", pw, err)
	}
}
