package provider_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

// RA-02: where the firm lets an authenticator app approve, what is shown is the same, and the
// receipt does not claim more than there is.
func TestTransactionByApp(t *testing.T) {
	r := newRARig(t, func(c *config.Config) {
		o := c.Assurance.Operations["withdrawal"]
		o.Level, o.TrustedPasskey = config.LevelMFA, false
		c.Assurance.Operations["withdrawal"] = o
	})
	hana := r.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	b := r.signedIn(hana)
	if page := r.asks(b, withdrawalDetails); !strings.Contains(page.Body, "300,000円") || !page.Has("/password") {
		t.Fatalf("RA-02: %s", page.Body)
	}
	r.Clock.Advance(30 * time.Second)
	if page := b.Submit("/password", "password", hana.Password); !strings.Contains(page.Body, "300,000円") || !page.Has("/not-mine") {
		t.Fatalf("RA-02: the code page does not show it: %s", page.Body)
	}
	tokens := r.approve(b.Submit("/code", "code", hana.TOTP()))
	evidence, _ := idptest.Claims(t, tokens.String("sekisho_receipt"))["evidence"].(map[string]any)
	if evidence["kind"] != "provider_record" || evidence["method"] != "totp" || evidence["signature"] != nil {
		t.Errorf("RA-02: %v", evidence)
	}
}

// B12: transaction password and passkey in one go, on the page that shows the transaction.
func TestTransactionTakesBothInOneGo(t *testing.T) {
	r := newRARig(t, idptest.TransactionPasswords("withdrawal"))
	r.GiveTransactionPassword(r.taro, txSecret)
	page := r.asks(r.b, withdrawalDetails)
	if !strings.Contains(page.Body, `name="transaction_password"`) || !strings.Contains(page.Body, "300,000円") {
		t.Fatalf("B12: %s", page.Body)
	}
	if done := answerBoth(r.b, r.key, "guess"); done.Next != "" {
		t.Fatalf("B12: %+v", done)
	}
	done := answerBoth(r.b, r.key, txSecret)
	if done.Next == "" {
		t.Fatalf("B12: %+v", done)
	}
	receipt := idptest.Claims(t, r.approve(r.b.Get(done.Next)).String("sekisho_receipt"))
	if receipt["transaction_password"] != true {
		t.Errorf("B12: %v", receipt)
	}
}

// RA-01: a signed request object is as good as a pushed request; what stands beside it counts
// for nothing.
func TestTransactionInRequestObject(t *testing.T) {
	r := newRig(t)
	key := r.GivePasskey(r.taro, nil)
	k := newKeyed(t, r, "signer", func(m *idp.ClientMetadata) {
		m.RequestObjectAlg, m.DetailTypes = "ES256", []string{"withdrawal"}
	})
	var details any
	if err := json.Unmarshal([]byte(withdrawalDetails), &details); err != nil {
		t.Fatal(err)
	}
	object := k.object(map[string]any{"authorization_details": details})
	page := r.b.Get("/authorize?" + url.Values{"client_id": {"signer"}, "request": {object}, "authorization_details": {strings.Replace(withdrawalDetails, "300000", "9", 1)}}.Encode())
	if page.Left != "" || !strings.Contains(page.Body, "300,000円") {
		t.Fatalf("RA-01: %q %s", page.Left, page.Body)
	}
	if page = r.b.UsePasskey(key); page.Response(t, idptest.Redirect).Get("code") == "" {
		t.Errorf("RA-01: %q", page.Left)
	}
}

// RA-01: discovery names the types there are, and registration takes no others.
func TestTransactionTypesPublished(t *testing.T) {
	r := newRARig(t, nil)
	d := r.Call(http.MethodGet, "/.well-known/openid-configuration", "")
	if got := d.Strings("authorization_details_types_supported"); !slices.Equal(got, []string{"order", "payout_account_change", "withdrawal"}) {
		t.Errorf("RA-01: %v", got)
	}
	if d.String("sekisho_redemption_endpoint") != r.URL+"/transactions/redeem" {
		t.Errorf("%s", d.Body)
	}
	for name, a := range map[string]idptest.Answer{
		"no token": r.api.Post("/transactions/redeem"), "no client": r.PostForm("/transactions/redeem", url.Values{"token": {"x"}}),
	} {
		if a.Status != http.StatusBadRequest && a.Status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if a := r.api.Post("/transactions/redeem", "token", "x.y.z"); a.JSON["active"] != false {
		t.Errorf("%s", a.Body)
	}
}

// RA-02, ID-08: a receipt speaks of the customer as the relying party knows them, and so does
// what the passkey signed.
func TestReceiptOfPairwiseClient(t *testing.T) {
	r := newRARig(t, nil)
	r.EditClient("desk", func(c *idp.Client) { c.Metadata.SubjectType = idp.SubjectPairwise })
	if page := r.asks(r.b, withdrawalDetails); !strings.Contains(page.Body, "/not-mine") {
		t.Fatalf("RA-02: %s", page.Body)
	}
	tokens := r.approve(r.b.UsePasskey(r.key))
	receipt, id := idptest.Claims(t, tokens.String("sekisho_receipt")), idptest.Claims(t, tokens.String("id_token"))
	if receipt["sub"] != id["sub"] || receipt["sub"] == r.taro.Subject || strings.Contains(tokens.Body, r.taro.Subject) {
		t.Errorf("ID-08: receipt of %v, ID token of %v", receipt["sub"], id["sub"])
	}
}
