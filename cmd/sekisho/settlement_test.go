package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	brokerage "sekisho/cmd/brokerage/app"
	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

// The sample brokerage's API before the live provider: an order is settled by the service
// behind the API, for the customer, and nobody reaches that service without being handed on.
func TestOrdersAreSettledOnBehalf(t *testing.T) {
	var site http.Handler
	firm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.ServeHTTP(w, r) }))
	t.Cleanup(firm.Close)
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Tokens.Exchange = demoExchange(firm.URL) }})
	rp := p.NewRelyingParty("aoba-trade", func(m *idp.ClientMetadata) { m.Resources = []string{demoResource(firm.URL)} })
	secret, err := seedAPI(t.Context(), p.Config, p.Store, firm.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg := brokerage.Config{Issuer: p.URL, ClientID: rp.ID, ClientSecret: rp.Secret, BaseURL: firm.URL, Resource: demoResource(firm.URL), APIClientID: demoAPI, APIClientSecret: secret, Settlement: demoSettlement(firm.URL), Now: p.Clock.Now}
	if site, err = brokerage.New(cfg); err != nil {
		t.Fatal(err)
	}
	taro := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	token := rp.SignIn(p.NewBrowser(), taro, "acr_values", "urn:sekisho:op:trade").String("access_token")
	ask := func(path, body string) (int, map[string]any) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, firm.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var answer map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, answer
	}
	const order = `{"symbol":"X204","side":"buy","quantity":100}`
	status, receipt := ask("/api/orders", order)
	settled, _ := receipt["settlement"].(map[string]any)
	if day, _ := settled["settles_on"].(string); status != http.StatusCreated || len(day) != len("2026-04-01") || settled["instructed_by"] != "client:"+demoAPI {
		t.Errorf("%d %v", status, receipt)
	}
	if status, answer := ask("/settlement/instructions", `{"reference":"x","order":`+order+`}`); status != http.StatusUnauthorized {
		t.Errorf("with the customer's own token settlement answers %d %v", status, answer)
	}
	p.EditClient(demoAPI, func(c *idp.Client) { c.Disabled = true })
	if status, receipt := ask("/api/orders", order); status != http.StatusCreated || receipt["settlement"] != nil {
		t.Errorf("an order that is not settled yet: %d %v", status, receipt)
	}
}
