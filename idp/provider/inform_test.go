package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
	"sekisho/idp/oidc"
	"sekisho/idp/provider"
)

const notifyScope = "notify:withdrawal"

// payouts is a provider with a withdrawal desk as relying party, and a customer.
type payouts struct {
	*idptest.Provider
	desk   *idptest.RelyingParty
	hanako *idptest.Account
	keys   int
}

func newPayouts(t *testing.T, edit func(*config.Config)) *payouts {
	t.Helper()
	x := &payouts{Provider: idptest.New(t, idptest.Options{Edit: edit})}
	x.desk = x.NewRelyingParty("desk", func(m *idp.ClientMetadata) { m.Scope += " " + notifyScope })
	x.hanako = x.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Emails: []string{"security@codes.example"}})
	return x
}

// token is a token of the client's own.
func (x *payouts) token(rp *idptest.RelyingParty, pairs ...string) string {
	x.T.Helper()
	a := rp.Post("/token", append([]string{"grant_type", "client_credentials"}, pairs...)...)
	if a.Status != http.StatusOK {
		x.T.Fatalf("token: %d %s", a.Status, a.Body)
	}
	return a.String("access_token")
}

func (x *payouts) request() map[string]any {
	return map[string]any{"sub": x.hanako.Subject, "amount": "1500000", "currency": "JPY", "destination_masked": "****1234",
		"requested_at": x.Clock.Now().Format(time.RFC3339)}
}

// key is an idempotency key nobody used.
func (x *payouts) key() string {
	x.keys++
	return fmt.Sprintf("idempotency-key-%04d", x.keys)
}

func (x *payouts) post(token, key string, body map[string]any) idptest.Answer {
	x.T.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		x.T.Fatal(err)
	}
	return x.raw(string(raw), "Authorization", "Bearer "+token, "Idempotency-Key", key, "Content-Type", jsonMedia)
}

func (x *payouts) raw(body string, headers ...string) idptest.Answer {
	x.T.Helper()
	r, err := http.NewRequestWithContext(x.T.Context(), http.MethodPost, x.URL+"/notifications/withdrawal-requested", strings.NewReader(body))
	if err != nil {
		x.T.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] != "" {
			r.Header.Add(headers[i], headers[i+1])
		}
	}
	return idptest.Send(x.T, r)
}

// B16: the customer is told, on every verified address, once per request however often it
// is sent, in our words.
func TestWithdrawalIsNotified(t *testing.T) {
	x := newPayouts(t, nil)
	token, key := x.token(x.desk, "scope", notifyScope), x.key()
	if aud := idptest.Claims(t, token)["aud"]; fmt.Sprint(aud) != x.URL && fmt.Sprint(aud) != "["+x.URL+"]" {
		t.Errorf("B16: the token is for %v", aud)
	}
	request := x.request()
	if a := x.post(token, key, request); a.Status != http.StatusAccepted || a.String("status") != "accepted" || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("B16: %d %s", a.Status, a.Body)
	}
	for _, to := range []string{x.hanako.Email, "security@codes.example"} {
		mail := x.Mail.Wait(t, to, notify.WithdrawalRequested, 1)
		for _, says := range []string{"出金のお申し込み", "1,500,000円", "••••1234", "0120-000-000"} {
			if !strings.Contains(mail.Text, says) {
				t.Errorf("B16: the mail does not say %q:\n%s", says, mail.Text)
			}
		}
	}
	if rec := x.Recorded(t, audit.NoticeAccepted); rec.ClientID != "desk" || rec.AccountID != x.hanako.ID || rec.Actor != audit.ClientApp || rec.Detail["mails"] != "2" {
		t.Errorf("LG-02: %+v", rec)
	}
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			if a := x.post(token, key, request); a.Status != http.StatusAccepted && a.Status != http.StatusTooManyRequests {
				t.Errorf("B16: a retry answers %d %s", a.Status, a.Body)
			}
		})
	}
	group.Wait()
	other := maps.Clone(request)
	other["amount"] = "2"
	x.Clock.Advance(time.Hour)
	if a := x.post(token, key, other); a.Status != http.StatusUnauthorized {
		t.Errorf("an old token: %d", a.Status)
	}
	token = x.token(x.desk, "scope", notifyScope)
	if a := x.post(token, key, other); a.Status != http.StatusConflict {
		t.Errorf("B16: another request under the same key: %d %s", a.Status, a.Body)
	}
	if a := x.post(token, x.key(), other); a.Status != http.StatusAccepted {
		t.Errorf("B16: %d %s", a.Status, a.Body)
	}
	x.Mail.Wait(t, x.hanako.Email, notify.WithdrawalRequested, 2)
	if n := x.Mail.Count(x.hanako.Email, notify.WithdrawalRequested); n != 2 {
		t.Errorf("B16: %d mails for two requests", n)
	}
	second := x.NewRelyingParty("second", func(m *idp.ClientMetadata) { m.Scope += " " + notifyScope })
	if a := x.post(x.token(second, "scope", notifyScope), key, other); a.Status != http.StatusAccepted {
		t.Errorf("B16: another client's key: %d %s", a.Status, a.Body)
	}
}

// B16, OT-13: what is not exactly a withdrawal of a customer is refused, and none of it
// reaches anybody.
func TestWithdrawalRequestIsStrict(t *testing.T) {
	x := newPayouts(t, unlimitedNotices)
	token := x.token(x.desk, "scope", notifyScope)
	now := x.Clock.Now()
	for name, bend := range map[string]func(m map[string]any){
		"OT-13 words as destination": func(m map[string]any) { m["destination_masked"] = "call 03-0000 or https://evil.example ****1234" },
		"OT-13 a line break":         func(m map[string]any) { m["destination_masked"] = "****1234\nBcc: x@evil.example" },
		"a whole account number":     func(m map[string]any) { m["destination_masked"] = "1234567" },
		"an amount with words":       func(m map[string]any) { m["amount"] = "1500000 yen" },
		"an amount as a number":      func(m map[string]any) { m["amount"] = 1500000 },
		"nothing":                    func(m map[string]any) { m["amount"] = "0" },
		"a negative amount":          func(m map[string]any) { m["amount"] = "-1" },
		"parts of a yen":             func(m map[string]any) { m["amount"] = "1.5" },
		"a currency that is none":    func(m map[string]any) { m["currency"] = "ABC" },
		"a member more":              func(m map[string]any) { m["message"] = "hello" },
		"a member in capitals":       func(m map[string]any) { m["Sub"] = m["sub"]; delete(m, "sub") },
		"a member less":              func(m map[string]any) { delete(m, "currency") },
		"null":                       func(m map[string]any) { m["sub"] = nil },
		"an old time":                func(m map[string]any) { m["requested_at"] = now.Add(-25 * time.Hour).Format(time.RFC3339) },
		"a time to come":             func(m map[string]any) { m["requested_at"] = now.Add(time.Hour).Format(time.RFC3339) },
		"no time":                    func(m map[string]any) { m["requested_at"] = "yesterday" },
	} {
		request := x.request()
		bend(request)
		if a := x.post(token, x.key(), request); a.Status != http.StatusBadRequest || a.String("error") != "invalid_request" || strings.Contains(a.Body, "evil") {
			t.Errorf("B16 %s: %d %s", name, a.Status, a.Body)
		}
	}
	nobody := x.request()
	nobody["sub"] = "nobody"
	if a := x.post(token, x.key(), nobody); a.Status != http.StatusNotFound {
		t.Errorf("B16 no such customer: %d %s", a.Status, a.Body)
	}
	invited, _ := x.Invited("10000009")
	nobody["sub"] = invited.Subject
	if a := x.post(token, x.key(), nobody); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("B16 no verified address: %d %s", a.Status, a.Body)
	}
	good, err := json.Marshal(x.request())
	if err != nil {
		t.Fatal(err)
	}
	bearer, key := "Bearer "+token, "idempotency-key-9999"
	for name, c := range map[string]struct {
		status int
		body   string
		header []string
	}{
		"no key":       {400, string(good), []string{"Authorization", bearer, "Content-Type", jsonMedia}},
		"a short key":  {400, string(good), []string{"Authorization", bearer, "Content-Type", jsonMedia, "Idempotency-Key", "short"}},
		"two keys":     {400, string(good), []string{"Authorization", bearer, "Content-Type", jsonMedia, "Idempotency-Key", key, "Idempotency-Key", key}},
		"a form":       {415, "sub=x", []string{"Authorization", bearer, "Content-Type", formMedia, "Idempotency-Key", key}},
		"twice a name": {400, `{"sub":"a",` + string(good)[1:], []string{"Authorization", bearer, "Content-Type", jsonMedia, "Idempotency-Key", key}},
		"a list":       {400, "[" + string(good) + "]", []string{"Authorization", bearer, "Content-Type", jsonMedia, "Idempotency-Key", key}},
		"null":         {400, "null", []string{"Authorization", bearer, "Content-Type", jsonMedia, "Idempotency-Key", key}},
		"two values":   {400, string(good) + string(good), []string{"Authorization", bearer, "Content-Type", jsonMedia, "Idempotency-Key", key}},
	} {
		if a := x.raw(c.body, c.header...); a.Status != c.status || a.String("error") != "invalid_request" {
			t.Errorf("B16 %s: %d %s", name, a.Status, a.Body)
		}
	}
	if rec := x.Recorded(t, audit.NoticeRejected); rec.ClientID != "desk" || rec.Result != audit.Denied {
		t.Errorf("LG-02: %+v", rec)
	}
	if n := x.Mail.Count(x.hanako.Email, notify.WithdrawalRequested); n != 0 {
		t.Errorf("B16: %d mails", n)
	}
}

func unlimitedNotices(c *config.Config) {
	c.Notices.ClientRate, c.Notices.AccountRate = config.Rate{}, config.Rate{}
}

// B16, CA-13: only a confidential client with the scope, by a token of its own for this
// provider alone.
func TestWithdrawalTokens(t *testing.T) {
	x := newPayouts(t, unlimited)
	app := x.NewRelyingParty("app", nil)
	refused := func(name, token string, status int, code string) {
		t.Helper()
		a := x.post(token, x.key(), x.request())
		if a.Status != status || !strings.Contains(a.Header.Get("WWW-Authenticate"), "Bearer") || !strings.Contains(a.Header.Get("WWW-Authenticate"), code) {
			t.Errorf("B16 %s: %d %q %s", name, a.Status, a.Header.Get("WWW-Authenticate"), a.Body)
		}
	}
	refused("no token", "", http.StatusUnauthorized, "")
	refused("nonsense", "x.y.z", http.StatusUnauthorized, "invalid_token")
	refused("a token for a resource", x.token(x.desk), http.StatusUnauthorized, "invalid_token")
	refused("a token for a resource with the scope", x.token(x.desk, "scope", notifyScope, "resource", idptest.API), http.StatusUnauthorized, "invalid_token")
	grantRefused(t, app.Post("/token", "grant_type", "client_credentials", "scope", notifyScope), "invalid_scope")
	b := x.NewBrowser()
	hers := x.desk.SignIn(b, x.hanako, "scope", "openid "+notifyScope)
	refused("a customer's token", hers.String("access_token"), http.StatusUnauthorized, "invalid_token")
	refused("an ID token", hers.String("id_token"), http.StatusUnauthorized, "invalid_token")
	bare := x.NewRelyingParty("bare", func(m *idp.ClientMetadata) { m.Resources = nil })
	refused("a client without the scope", x.token(bare), http.StatusForbidden, "insufficient_scope")

	token := x.token(x.desk, "scope", notifyScope)
	x.EditClient("desk", func(c *idp.Client) { c.Metadata.Scope = "openid" })
	refused("a client that lost the scope", token, http.StatusForbidden, "insufficient_scope")
	x.EditClient("desk", func(c *idp.Client) { c.Metadata.Scope, c.Disabled = "openid "+notifyScope, true })
	refused("a client that is shut", token, http.StatusUnauthorized, "invalid_token")
	if rec := x.Recorded(t, audit.TokenRejected); rec.Result != audit.Denied {
		t.Errorf("LG-02: %+v", rec)
	}
	_, wrong := oidc.CheckClientMetadata(idp.ClientMetadata{
		ClientName: "Public", RedirectURIs: []string{idptest.Redirect}, TokenEndpointAuthMethod: idp.AuthNone,
		GrantTypes: []string{"authorization_code"}, Scope: "openid " + notifyScope, ClientProfile: idp.ProfileOAuth21,
	}, provider.MetadataRules(x.Config))
	if wrong == nil || !strings.Contains(wrong.Description, "public client") {
		t.Errorf("CA-13: a public client gets the scope: %v", wrong)
	}
	if n := x.Mail.Count(x.hanako.Email, notify.WithdrawalRequested); n != 0 {
		t.Errorf("B16: %d mails", n)
	}
}

// B16: neither one relying party nor all of them together flood a customer.
func TestWithdrawalRates(t *testing.T) {
	x := newPayouts(t, func(c *config.Config) {
		c.Notices.AccountRate = config.Rate{Every: time.Minute, Burst: 2}
		c.Notices.ClientRate = config.Rate{Every: time.Minute, Burst: 4}
	})
	token := x.token(x.desk, "scope", notifyScope)
	for range 2 {
		if a := x.post(token, x.key(), x.request()); a.Status != http.StatusAccepted {
			t.Fatalf("B16: %d %s", a.Status, a.Body)
		}
	}
	a := x.post(token, x.key(), x.request())
	if a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "60" {
		t.Errorf("B16: a third mail to one customer: %d, Retry-After %q", a.Status, a.Header.Get("Retry-After"))
	}
	taro := x.AddAccount(idptest.Customer{Login: "10000002"})
	his := x.request()
	his["sub"] = taro.Subject
	if a := x.post(token, x.key(), his); a.Status != http.StatusAccepted {
		t.Errorf("B16: another customer: %d %s", a.Status, a.Body)
	}
	if a := x.post(token, x.key(), his); a.Status != http.StatusTooManyRequests {
		t.Errorf("B16: the client's rate: %d", a.Status)
	}
	x.Clock.Advance(time.Minute)
	if a := x.post(token, x.key(), his); a.Status != http.StatusAccepted {
		t.Errorf("B16: a minute later: %d %s", a.Status, a.Body)
	}
}
