package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
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
	rp := p.NewRelyingParty("aoba-trade", func(m *idp.ClientMetadata) {
		m.Resources, m.DetailTypes = []string{tradingAPI}, []string{"withdrawal"}
	})
	desk := p.NewRelyingParty("aoba-api", func(m *idp.ClientMetadata) {
		*m = idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ResourceServer: []string{tradingAPI}}
	})
	site, err := brokerage.New(brokerage.Config{
		Issuer: p.URL, ClientID: rp.ID, ClientSecret: rp.Secret, BaseURL: "https://trade.aoba.example", Resource: tradingAPI, Now: p.Clock.Now,
		APIClientID: desk.ID, APIClientSecret: desk.Secret,
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

	// Taro adds a passkey and follows the challenge. The operation alone approves no withdrawal.
	p.Clock.Advance(time.Minute)
	b.Get("/account/passkeys/add")
	b.Submit("/code", "code", taro.TOTP())
	b.Enrol(key)
	b.Submit("/enrol/done")
	b.Authorize(rp.ID, idptest.Redirect, "acr_values", "urn:sekisho:op:withdrawal", "resource", tradingAPI)
	stepped := rp.Exchange(b.PasskeySignIn(key).Response(t, idptest.Redirect).Get("code"))
	says(t, stepped, "urn:sekisho:op:withdrawal")
	if status, challenge := withdraw(t, api.URL, stepped.String("access_token")); status != http.StatusUnauthorized || !strings.Contains(challenge, `acr_values="urn:sekisho:op:withdrawal"`) {
		t.Errorf("RA-02: withdrawal without an approval: %d %s", status, challenge)
	}
	approved := approvedWithdrawal(t, rp, b, key).String("access_token")
	t.Run("RA-02 another amount than the approved one", func(t *testing.T) {
		if status := order(t, api.URL, approved, `{"amount":9000000}`); status != http.StatusUnauthorized || !desk.Active(approved) {
			t.Errorf("%d; approval still good: %v", status, desk.Active(approved))
		}
	})
	if status, challenge := withdraw(t, api.URL, approved); status != http.StatusCreated || desk.Active(approved) {
		t.Errorf("RA-02: the approved withdrawal: %d %s", status, challenge)
	}
	if status, challenge := withdraw(t, api.URL, approved); status != http.StatusUnauthorized {
		t.Errorf("RA-02: a second withdrawal with the same token: %d %s", status, challenge)
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

// approvedWithdrawal approves a withdrawal of 10,000 yen to the one account the sample knows.
func approvedWithdrawal(t *testing.T, rp *idptest.RelyingParty, b *idptest.Browser, key *idptest.Authenticator) idptest.Answer {
	t.Helper()
	const details = `[{"type":"withdrawal","amount":10000,"destination":{"bank":"みどり銀行","branch":"本店","kind":"ordinary","number":"1234567","holder":"ご本人名義"}}]`
	var form []string
	for name, values := range idptest.AuthorizeQuery(rp.ID, idptest.Redirect, "authorization_details", details, "resource", tradingAPI) {
		form = append(form, name, values[0])
	}
	pushed := rp.Post("/par", form...)
	b.Get("/authorize?" + url.Values{"client_id": {rp.ID}, "request_uri": {pushed.String("request_uri")}}.Encode())
	return rp.Exchange(b.PasskeySignIn(key).Response(t, idptest.Redirect).Get("code"))
}

func order(t *testing.T, base, token, body string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/withdrawals", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
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
