package provider_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

const withdrawalDetails = `[{"type":"withdrawal","amount":300000,"destination":{"bank":"あけぼの銀行","branch":"日本橋","kind":"ordinary","number":"1234567","holder":"アオバ　タロウ"}}]`

// raRig is a withdrawal desk, the API behind it, and a customer with a passkey.
type raRig struct {
	*rig
	desk, api *idptest.RelyingParty
	key       *idptest.Device
}

func newRARig(t *testing.T, edit func(*config.Config)) *raRig {
	t.Helper()
	r := &raRig{rig: &rig{Provider: idptest.New(t, idptest.Options{Edit: edit}), t: t}}
	r.desk = r.NewRelyingParty("desk", func(m *idp.ClientMetadata) { m.DetailTypes = []string{"withdrawal", "order"} })
	r.api = r.NewRelyingParty("api", func(m *idp.ClientMetadata) {
		*m = idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ResourceServer: []string{idptest.API}}
	})
	r.taro = r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.key = r.GivePasskey(r.taro, nil)
	r.b = r.NewBrowser()
	r.b.Get("/account")
	r.b.UsePasskey(r.key)
	r.Clock.Advance(time.Minute)
	return r
}

// push pushes an authorization request with details and returns the answer.
func (r *raRig) push(details string, pairs ...string) idptest.Answer {
	r.t.Helper()
	q := idptest.AuthorizeQuery(r.desk.ID, idptest.Redirect, append([]string{"authorization_details", details}, pairs...)...)
	var form []string
	for name, values := range q {
		form = append(form, name, values[0])
	}
	return r.desk.Post("/par", form...)
}

// asks pushes a request and opens it in the browser.
func (r *raRig) asks(b *idptest.Browser, details string, pairs ...string) *idptest.Page {
	r.t.Helper()
	pushed := r.push(details, pairs...)
	if pushed.Status != http.StatusCreated {
		r.t.Fatalf("push: %d %s", pushed.Status, pushed.Body)
	}
	return b.Get("/authorize?" + url.Values{"client_id": {r.desk.ID}, "request_uri": {pushed.String("request_uri")}}.Encode())
}

// approve approves the shown transaction and returns the tokens.
func (r *raRig) approve(page *idptest.Page) idptest.Answer {
	r.t.Helper()
	tokens := r.desk.Exchange(page.Response(r.t, idptest.Redirect).Get("code"))
	if tokens.Status != http.StatusOK {
		r.t.Fatalf("tokens: %d %s", tokens.Status, tokens.Body)
	}
	return tokens
}

func canonicalOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// RA-02: what is shown, what is signed and what is granted are one.
func TestTransactionApproved(t *testing.T) {
	r := newRARig(t, nil)
	page := r.asks(r.b, withdrawalDetails)
	for _, text := range []string{"300,000円", "あけぼの銀行", "1234567", "アオバ　タロウ", "普通", "Test desk", "/not-mine", "/cancel"} {
		if !strings.Contains(page.Body, text) {
			t.Errorf("RA-02: the page lacks %q:\n%s", text, page.Body)
		}
	}
	tokens := r.approve(r.b.UsePasskey(r.key))
	claims := idptest.Claims(t, tokens.String("access_token"))
	active := r.api.Post("/introspect", "token", tokens.String("access_token"))
	t.Run("RA-02 granted details equal what was shown", func(t *testing.T) {
		var want any
		if err := json.Unmarshal([]byte(withdrawalDetails), &want); err != nil {
			t.Fatal(err)
		}
		for where, got := range map[string]any{"response": tokens.JSON["authorization_details"], "token": claims["authorization_details"], "introspection": active.JSON["authorization_details"]} {
			if canonicalOf(t, got) != canonicalOf(t, want) {
				t.Errorf("%s: %v", where, got)
			}
		}
		if claims["acr"] != "urn:sekisho:op:withdrawal" || claims["sekisho_level"] != "phr" || tokens.String("sekisho_receipt") == "" {
			t.Errorf("%v", claims)
		}
	})
	t.Run("RA-04 the token is for the granted resource", func(t *testing.T) {
		other := r.NewRelyingParty("other", func(m *idp.ClientMetadata) {
			*m = idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ResourceServer: []string{"https://other.example"}}
		})
		if other.Active(tokens.String("access_token")) {
			t.Error("another resource server is told of it")
		}
		if a := other.Post("/transactions/redeem", "token", tokens.String("access_token")); a.JSON["active"] != false {
			t.Errorf("%s", a.Body)
		}
	})
	t.Run("one act, one token", func(t *testing.T) {
		if tokens.String("refresh_token") != "" {
			t.Error("a refresh token for one act")
		}
		if a := r.desk.Post("/transactions/redeem", "token", tokens.String("access_token")); a.JSON["active"] != false {
			t.Errorf("the client itself may not use it up: %s", a.Body)
		}
		first := r.api.Post("/transactions/redeem", "token", tokens.String("access_token"))
		if first.JSON["active"] != true || canonicalOf(t, first.JSON["authorization_details"]) != canonicalOf(t, claims["authorization_details"]) {
			t.Fatalf("%d %s", first.Status, first.Body)
		}
		if again := r.api.Post("/transactions/redeem", "token", tokens.String("access_token")); again.JSON["active"] != false {
			t.Errorf("%s", again.Body)
		}
		if r.api.Active(tokens.String("access_token")) {
			t.Error("active after its use")
		}
	})
	t.Run("RA-02 the next one is approved anew, whoever is signed in", func(t *testing.T) {
		if page := r.asks(r.b, withdrawalDetails); page.Left != "" || !strings.Contains(page.Body, "data-passkey-start") {
			t.Errorf("%q", page.Left)
		}
		if page := r.asks(r.b, withdrawalDetails, "prompt", "none"); page.Response(t, idptest.Redirect).Get("error") != "interaction_required" {
			t.Errorf("%q", page.Left)
		}
	})
	t.Run("RA-02 signing in approves nothing", func(t *testing.T) {
		b := r.NewBrowser()
		if page := r.asks(b, withdrawalDetails); strings.Contains(page.Body, "300,000") {
			t.Error("shown before it is known who asks")
		}
		if page := b.UsePasskey(r.key); page.Left != "" || !strings.Contains(page.Body, "300,000円") {
			t.Errorf("%q", page.Left)
		}
		if page := b.UsePasskey(r.key); page.Left == "" {
			t.Errorf("%s", page.Body)
		}
	})
}

// RA-01: whatever is not exactly a transaction of a registered type is refused.
func TestTransactionRefused(t *testing.T) {
	r := newRARig(t, nil)
	with := func(old, new string) string { return strings.Replace(withdrawalDetails, old, new, 1) }
	for name, details := range map[string]string{
		"not JSON": `[{`, "not an array": `{"type":"withdrawal"}`, "no object": `["withdrawal"]`, "empty": `[]`, "no type": with(`"type":"withdrawal",`, ``),
		"unknown type": with(`"type":"withdrawal"`, `"type":"loan"`), "unknown field": with(`"amount":300000`, `"amount":300000,"memo":"x"`),
		"missing field": with(`"amount":300000,`, ``), "wrong type": with(`300000`, `"300000"`), "a fraction": with(`300000`, `300000.5`),
		"an exponent": with(`300000`, `3e5`), "nothing": with(`300000`, `0`), "a member twice": with(`"amount":300000`, `"amount":1,"amount":300000`),
		"two transactions":               strings.TrimSuffix(withdrawalDetails, "]") + "," + withdrawalDetails[1:],
		"RA-02 text that runs backwards": with("アオバ", "\u202eアオバ"), "RA-02 a character of no width": with("1234567", "123\u200b4567"),
		"RA-02 a blank letter": with("アオバ　タロウ", "アオバ\u3164"), "RA-02 a line break": with("日本橋", `日本橋\n宛`),
		"too deep": with(`"あけぼの銀行"`, `{"a":{"a":{"a":{"a":"a"}}}}`), "too long": with("日本橋", strings.Repeat("あ", 2000)),
		"type of another client": `[{"type":"payout_account_change","account":{"bank":"a","number":"1234567","holder":"a"}}]`,
	} {
		t.Run("RA-01 "+name, func(t *testing.T) {
			a := r.push(details)
			if a.Status != http.StatusBadRequest || a.String("error") != "invalid_authorization_details" {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			if strings.Contains(a.Body, "loan") || strings.Contains(a.Body, "memo") {
				t.Error("the answer reflects the request")
			}
		})
	}
	t.Run("RA-01 in plain parameters", func(t *testing.T) {
		r.refused(t, r.b.Authorize(r.desk.ID, idptest.Redirect, "authorization_details", withdrawalDetails), "invalid_authorization_details")
	})
	t.Run("RA-01 with a weaker proof beside it", func(t *testing.T) {
		if a := r.push(withdrawalDetails, "acr_values", "urn:sekisho:acr:email"); a.String("error") != "invalid_request" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("RA-02 an amount edited in the browser changes nothing", func(t *testing.T) {
		pushed := r.push(withdrawalDetails)
		page := r.b.Get("/authorize?" + url.Values{"client_id": {r.desk.ID}, "request_uri": {pushed.String("request_uri")},
			"authorization_details": {with("300000", "9000000")}}.Encode())
		if !strings.Contains(page.Body, "300,000円") || strings.Contains(page.Body, "9,000,000") {
			t.Errorf("%s", page.Body)
		}
	})
}

// RA-03: neither the code nor a refresh token gets more than was approved.
func TestTransactionNotWidened(t *testing.T) {
	r := newRARig(t, func(c *config.Config) {
		order := c.Transactions["order"]
		order.Once, order.Unprotected = false, true
		c.Transactions["order"] = order
	})
	const details = `[{"type":"order","side":"buy","instrument":"7203","quantity":100}]`
	r.asks(r.b, details)
	code := r.b.UsePasskey(r.key).Response(t, idptest.Redirect).Get("code")
	wider := strings.Replace(details, "100", "100000", 1)
	tokens := r.desk.Exchange(code, "authorization_details", "[ "+details[1:])
	if tokens.Status != http.StatusOK {
		t.Fatalf("RA-03: the same, written otherwise: %s", tokens.Body)
	}
	if a := r.desk.Refresh(tokens.String("refresh_token"), "authorization_details", wider); a.String("error") != "invalid_authorization_details" {
		t.Errorf("RA-03: %d %s", a.Status, a.Body)
	}
	a := r.desk.Refresh(tokens.String("refresh_token"))
	if a.Status != http.StatusOK || canonicalOf(t, a.JSON["authorization_details"]) != canonicalOf(t, tokens.JSON["authorization_details"]) {
		t.Errorf("RA-03: %s", a.Body)
	}
	r.asks(r.b, details)
	code = r.b.UsePasskey(r.key).Response(t, idptest.Redirect).Get("code")
	if a := r.desk.Exchange(code, "authorization_details", wider); a.String("error") != "invalid_authorization_details" {
		t.Errorf("RA-03: %d %s", a.Status, a.Body)
	}
	if a := r.desk.Post("/token", "grant_type", "client_credentials", "authorization_details", details); a.String("error") != "invalid_authorization_details" {
		t.Errorf("RA-03: %d %s", a.Status, a.Body)
	}
}

// The answer to one transaction is no answer to another, nor to a sign-in's challenge.
func TestApprovalBoundToTransaction(t *testing.T) {
	r := newRARig(t, nil)
	r.asks(r.b, withdrawalDetails)
	begun := r.b.BeginPasskey()
	first := r.b.Base()
	t.Run("RA-02 another tab's transaction", func(t *testing.T) {
		r.asks(r.b, strings.Replace(withdrawalDetails, "300000", "9000000", 1))
		if r.b.Base() == first {
			t.Fatal("one interaction")
		}
		done := r.b.Script(r.b.Base()+"/passkey", idptest.Finish{ChallengeID: begun.ChallengeID, Credential: r.key.Get(t, begun.PublicKey)})
		if done.Next != "" {
			t.Errorf("%+v", done)
		}
	})
	t.Run("RA-02 autofill answers nothing", func(t *testing.T) {
		a := r.b.Script(r.b.Base()+"/passkey/options", map[string]string{"mediation": "conditional"})
		if a.ChallengeID != "" {
			t.Errorf("%+v", a)
		}
	})
}

func TestTransactionNotMine(t *testing.T) {
	r := newRARig(t, nil)
	page := r.asks(r.b, withdrawalDetails)
	if !strings.Contains(page.Body, "not-mine") {
		t.Fatal(page.Body)
	}
	form := url.Values{"csrf": {page.CSRF()}}
	after := r.b.Post(r.b.Base()+"/not-mine", form)
	if !strings.Contains(after.Body, `href="/notme"`) || !strings.Contains(after.Body, "承認されていません") {
		t.Errorf("%s", after.Body)
	}
	r.Recorded(t, "transaction.disowned")
	if r.grants(r.taro) != 0 {
		t.Error("something was granted")
	}
}

// CN-01: a third party's consent page shows the transaction, each time.
func TestTransactionConsent(t *testing.T) {
	r := newRARig(t, nil)
	r.EditClient("desk", func(c *idp.Client) { c.Metadata.FirstParty = false })
	for range 2 {
		r.asks(r.b, withdrawalDetails)
		page := r.b.UsePasskey(r.key)
		if !page.Has("/consent") || !strings.Contains(page.Body, "300,000円") || !strings.Contains(page.Body, "1234567") {
			t.Fatalf("CN-01: %s", page.Body)
		}
		if page = r.b.Submit("/consent", "decision", "allow"); page.Left == "" {
			t.Fatalf("CN-01: %s", page.Body)
		}
	}
}
