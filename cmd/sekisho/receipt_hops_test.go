package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	brokerage "sekisho/cmd/brokerage/app"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

// hops is the sample brokerage before a live provider, and a customer of both whose every
// request and answer the test carries from the one to the other by hand.
type hops struct {
	*idptest.Provider
	t    *testing.T
	base string
	site *http.Client
	b    *idptest.Browser
	key  *idptest.Device
}

func newHops(t *testing.T) *hops {
	t.Helper()
	h := &hops{Provider: idptest.New(t, idptest.Options{}), t: t}
	var site http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	h.base = server.URL
	desk := h.NewRelyingParty("aoba-trade", func(m *idp.ClientMetadata) {
		m.RedirectURIs, m.Resources, m.DetailTypes = []string{h.base + "/callback"}, []string{tradingAPI}, []string{"withdrawal"}
	})
	api := h.NewRelyingParty("aoba-api", func(m *idp.ClientMetadata) {
		*m = idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ResourceServer: []string{tradingAPI}}
	})
	made, err := brokerage.New(brokerage.Config{
		Issuer: h.URL, ClientID: desk.ID, ClientSecret: desk.Secret, BaseURL: h.base, Resource: tradingAPI, Now: h.Clock.Now,
		APIClientID: api.ID, APIClientSecret: api.Secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	site = made
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	h.site = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	h.key = h.GivePasskey(h.AddAccount(idptest.Customer{Login: "10000001", TOTP: true}), nil)
	h.b = h.NewBrowser()
	h.b.Get("/account")
	h.b.UsePasskey(h.key)
	h.Clock.Advance(time.Minute)
	location, _ := h.at(http.MethodGet, h.base+"/signin", nil)
	location, _ = h.at(http.MethodGet, h.b.Get(h.local(location)).Left, nil)
	if location != "/holdings" {
		t.Fatalf("signed in at %q", location)
	}
	return h
}

// local is an address of the provider as its browser takes it.
func (h *hops) local(address string) string { return strings.TrimPrefix(address, h.URL) }

// at sends one request to the brokerage and returns where it leads, or the page.
func (h *hops) at(method, address string, form url.Values) (location, body string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := h.site.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.Header.Get("Location"), string(page)
}

// withdraws sends the brokerage's form and returns the request that the browser should carry.
func (h *hops) withdraws(amount string) string {
	h.t.Helper()
	location, body := h.at(http.MethodPost, h.base+"/withdraw", url.Values{"amount": {amount}})
	if !strings.HasPrefix(location, h.URL+"/authorize?") {
		h.t.Fatalf("led to %q\n%s", location, body)
	}
	return location
}

// nothing fails the test unless the customer's cash is what it was.
func (h *hops) nothing() {
	h.t.Helper()
	if _, body := h.at(http.MethodGet, h.base+"/holdings", nil); !strings.Contains(body, "3,250,000") {
		h.t.Errorf("money left:\n%s", body)
	}
}

// RA-02: whoever stands between the firm and the customer's browser, or in the browser itself,
// changes nothing of a withdrawal: each attempt ends with what was approved, or with nothing.
func TestAmountEditedOnItsWay(t *testing.T) {
	const other = `[{"type":"withdrawal","amount":9000000,"destination":{"bank":"みどり銀行","branch":"本店","kind":"ordinary","number":"7654321","holder":"ご本人名義"}}]`
	t.Run("RA-02 beside the name of the pushed request", func(t *testing.T) {
		h := newHops(t)
		page := h.b.Get(h.local(h.withdraws("300000")) + "&" + url.Values{"authorization_details": {other}}.Encode())
		if !strings.Contains(page.Body, "300,000円") || strings.Contains(page.Body, "9,000,000") || strings.Contains(page.Body, "7654321") {
			t.Errorf("%s", page.Body)
		}
	})
	t.Run("RA-02 in place of the pushed request", func(t *testing.T) {
		h := newHops(t)
		h.withdraws("300000")
		q := idptest.AuthorizeQuery("aoba-trade", h.base+"/callback", "authorization_details", other, "resource", tradingAPI)
		if page := h.b.Get("/authorize?" + q.Encode()); page.Response(t, h.base).Get("error") != "invalid_authorization_details" {
			t.Errorf("%q", page.Left)
		}
		h.nothing()
	})
	t.Run("RA-02 pushed by somebody else", func(t *testing.T) {
		h := newHops(t)
		q := idptest.AuthorizeQuery("aoba-trade", h.base+"/callback", "authorization_details", other)
		if a := h.PostForm("/par", q); a.Status != http.StatusUnauthorized {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("RA-02 in what the passkey is asked to sign", func(t *testing.T) {
		h := newHops(t)
		h.b.Get(h.local(h.withdraws("300000")))
		begun := h.b.BeginPasskey()
		var options map[string]any
		if err := json.Unmarshal(begun.PublicKey, &options); err != nil {
			t.Fatal(err)
		}
		options["challenge"] = idptest.Challenge(other)
		edited, err := json.Marshal(options)
		if err != nil {
			t.Fatal(err)
		}
		if done := h.b.Script(h.b.Base()+"/passkey", idptest.Finish{ChallengeID: begun.ChallengeID, Credential: h.key.Get(t, edited)}); done.Next != "" {
			t.Errorf("%+v", done)
		}
		h.nothing()
	})
	t.Run("RA-02 in the form of the approval page", func(t *testing.T) {
		h := newHops(t)
		h.b.Get(h.local(h.withdraws("300000")))
		begun := h.b.BeginPasskey()
		answer := map[string]any{"challenge_id": begun.ChallengeID, "credential": h.key.Get(t, begun.PublicKey), "amount": 9000000, "authorization_details": json.RawMessage(other)}
		done := h.b.Script(h.b.Base()+"/passkey", answer)
		if done.Next == "" {
			h.nothing() // refused as it is
			return
		}
		h.arrives(h.b.Get(done.Next).Left, "300,000", "2,950,000")
	})
	t.Run("RA-02 in the answer on its way back", func(t *testing.T) {
		h := newHops(t)
		h.b.Get(h.local(h.withdraws("300000")))
		back := h.b.UsePasskey(h.key).Left
		h.arrives(back+"&"+url.Values{"amount": {"9000000"}, "authorization_details": {other}}.Encode(), "300,000", "2,950,000")
	})
	t.Run("RA-02 the answer to another form", func(t *testing.T) {
		h := newHops(t)
		small := h.withdraws("1000")
		h.b.Get(h.local(small))
		back, err := url.Parse(h.b.UsePasskey(h.key).Left)
		if err != nil {
			t.Fatal(err)
		}
		large, err := url.Parse(h.withdraws("900000"))
		if err != nil {
			t.Fatal(err)
		}
		q := back.Query()
		q.Set("state", large.Query().Get("request_uri"))
		back.RawQuery = q.Encode()
		if location, body := h.at(http.MethodGet, back.String(), nil); strings.HasPrefix(location, "/receipt/") {
			t.Errorf("%q %s", location, body)
		}
		h.nothing()
	})
}

// arrives brings the authorization response back and reads the receipt's page.
func (h *hops) arrives(response string, texts ...string) {
	h.t.Helper()
	location, body := h.at(http.MethodGet, response, nil)
	if !strings.HasPrefix(location, "/receipt/") {
		h.t.Fatalf("led to %q\n%s", location, body)
	}
	_, page := h.at(http.MethodGet, h.base+location, nil)
	for _, text := range texts {
		if !strings.Contains(page, text) {
			h.t.Errorf("no %q:\n%s", text, page)
		}
	}
	if strings.Contains(page, "9,000,000") || strings.Contains(page, "7654321") {
		h.t.Errorf("edited:\n%s", page)
	}
}
