package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	brokerage "sekisho/cmd/brokerage/app"
	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/idptest"
)

const tradingAPI = "https://api.aoba.example"

// The sample brokerage's API before the live provider: below phr a withdrawal is answered
// with RFC 9470's challenge, after the step-up it goes through, once; the ID token says
// phr, mfa and email of the three ways to sign in. SU-02 SU-05 SU-08 SU-09 ID-03
func TestAPIAsksForStepUpAndTakesIt(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	rp := p.NewRelyingParty("aoba-trade", func(m *idp.ClientMetadata) { m.Resources = []string{tradingAPI} })
	site, err := brokerage.New(brokerage.Config{
		Issuer: p.URL, ClientID: rp.ID, ClientSecret: rp.Secret, BaseURL: "https://trade.aoba.example", Resource: tradingAPI, Now: p.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(site)
	t.Cleanup(api.Close)
	hanako := p.AddAccount(idptest.Customer{Login: "10000001"})
	taro := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})

	mailed := rp.SignIn(p.NewBrowser(), hanako, "resource", tradingAPI)
	says(t, mailed, assurance.Email.ACR())
	b, key := p.NewBrowser(), p.NewAuthenticator()
	otp := rp.SignIn(b, taro, "resource", tradingAPI)
	says(t, otp, assurance.MFA.ACR())
	for name, tokens := range map[string]idptest.Answer{"mailed code": mailed, "TOTP": otp} {
		status, challenge := withdraw(t, api.URL, tokens.String("access_token"))
		if status != http.StatusUnauthorized || !strings.Contains(challenge, `error="insufficient_user_authentication"`) ||
			!strings.Contains(challenge, `acr_values="urn:sekisho:op:withdrawal"`) || !strings.Contains(challenge, `max_age="`) {
			t.Errorf("withdrawal after %s: %d %s", name, status, challenge)
		}
	}

	// Taro adds a passkey and follows the challenge.
	p.Clock.Advance(time.Minute)
	b.Get("/account/passkeys/add")
	b.Submit("/code", "code", taro.TOTP())
	b.Enrol(key)
	b.Submit("/enrol/done")
	b.Authorize(rp.ID, idptest.Redirect, "acr_values", "urn:sekisho:op:withdrawal", "resource", tradingAPI)
	stepped := rp.Exchange(b.PasskeySignIn(key).Response(t, idptest.Redirect).Get("code"))
	says(t, stepped, "urn:sekisho:op:withdrawal")
	if status, challenge := withdraw(t, api.URL, stepped.String("access_token")); status != http.StatusCreated {
		t.Errorf("withdrawal after the step-up: %d %s", status, challenge)
	}
	if status, challenge := withdraw(t, api.URL, stepped.String("access_token")); status != http.StatusUnauthorized {
		t.Errorf("a second withdrawal with the same token: %d %s", status, challenge)
	}
	other := p.NewBrowser()
	other.Authorize(rp.ID, idptest.Redirect, "resource", tradingAPI)
	plain := rp.Exchange(other.PasskeySignIn(key).Response(t, idptest.Redirect).Get("code"))
	says(t, plain, "phr")
}

func says(t *testing.T, tokens idptest.Answer, acr string) {
	t.Helper()
	if id := idptest.Claims(t, tokens.String("id_token")); id["acr"] != acr {
		t.Errorf("ID token says %v, want %s: %s", id["acr"], acr, tokens.Body)
	}
}

func withdraw(t *testing.T, base, token string) (status int, challenge string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/withdrawals", strings.NewReader(`{"amount":10000}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Header.Get("WWW-Authenticate")
}
