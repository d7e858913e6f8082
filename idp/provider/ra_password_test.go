package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp/idptest"
)

// shows fails unless the page shows the whole transaction.
func shows(t *testing.T, what string, page *idptest.Page) {
	t.Helper()
	for _, text := range []string{"300,000円", "あけぼの銀行", "1234567", "Test desk"} {
		if page.Status != http.StatusOK || !strings.Contains(page.Body, text) {
			t.Fatalf("RA-02 %s: no %q\n%s", what, text, page.Body)
		}
	}
}

// RA-02, B12: whatever the customer is asked for on the way to an approval, the page says for
// what: the transaction password by itself after the passkey, a first one that is chosen
// there, and the passkey that does instead after it.
func TestTransactionPasswordPageShowsTheTransaction(t *testing.T) {
	t.Run("RA-02 the passkey first, then the transaction password by itself", func(t *testing.T) {
		r := newRARig(t, idptest.TransactionPasswords("withdrawal"))
		r.GiveTransactionPassword(r.taro, txSecret)
		shows(t, "passkey", r.asks(r.b, withdrawalDetails))
		page := r.b.UsePasskey(r.key) // without the password beside it
		if !page.Has(askedForm) {
			t.Fatalf("%s", page.Body)
		}
		shows(t, "transaction password", page)
		shows(t, "after a wrong one", give(r.b, "guess-guess"))
		tokens := r.approve(give(r.b, txSecret))
		if receipt := idptest.Claims(t, tokens.String("sekisho_receipt")); receipt["transaction_password"] != true {
			t.Errorf("B12: %v", receipt)
		}
	})
	t.Run("RA-02 a first one, chosen on the way", func(t *testing.T) {
		r := newRARig(t, idptest.TransactionPasswords("withdrawal"))
		r.asks(r.b, withdrawalDetails)
		page := r.b.UsePasskey(r.key)
		if !page.Has(setForm) {
			t.Fatalf("%s", page.Body)
		}
		shows(t, "choosing", page)
		shows(t, "after a refusal", r.b.Submit(setForm, "new", "short"))
	})
	t.Run("RA-02 a stronger proof in its place", func(t *testing.T) {
		r := newRARig(t, func(c *config.Config) {
			idptest.TransactionPasswords("withdrawal")(c)
			o := c.Assurance.Operations["withdrawal"]
			o.Level, o.TrustedPasskey, o.TransactionOr = config.LevelMFA, false, config.LevelPhishingResistant
			c.Assurance.Operations["withdrawal"] = o
		})
		r.GiveTransactionPassword(r.taro, txSecret)
		shows(t, "first", r.asks(r.b, withdrawalDetails))
		r.Clock.Advance(30 * time.Second)
		shows(t, "code", r.b.Submit("/password", "password", r.taro.Password))
		page := r.b.Submit("/code", "code", r.taro.TOTP())
		shows(t, "transaction password", page)
		if !page.Has("/transaction-password/instead") {
			t.Fatalf("A12: %s", page.Body)
		}
		shows(t, "instead", r.b.Submit("/transaction-password/instead"))
		tokens := r.approve(r.b.UsePasskey(r.key))
		if evidence, _ := idptest.Claims(t, tokens.String("sekisho_receipt"))["evidence"].(map[string]any); evidence["kind"] != "passkey" {
			t.Errorf("A12: %v", evidence)
		}
	})
	t.Run("it was not me", func(t *testing.T) {
		r := newRARig(t, idptest.TransactionPasswords("withdrawal"))
		r.GiveTransactionPassword(r.taro, txSecret)
		r.asks(r.b, withdrawalDetails)
		page := r.b.UsePasskey(r.key)
		after := r.b.Post(r.b.Base()+"/not-mine", url.Values{"csrf": {page.CSRF()}})
		if !strings.Contains(after.Body, `href="/notme"`) || !strings.Contains(after.Body, "承認されていません") {
			t.Errorf("%s", after.Body)
		}
		r.Recorded(t, "transaction.disowned")
		if r.grants(r.taro) != 0 {
			t.Error("something was granted")
		}
	})
}
