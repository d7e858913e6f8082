package provider_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// What is said about customers, and how strongly they proved who they are.

func (x *lists) scopeOpenID(t *testing.T, scope string) {
	tokens := x.rp.Grant(x.b, "scope", scope)
	if a := x.Userinfo(tokens.String("access_token")); tokens.String("id_token") == "" || a.String("sub") != x.taro.Subject || len(a.JSON) != 1 {
		t.Errorf("%s, %s", tokens.Body, a.Body)
	}
	without := x.rp.Grant(x.b, "scope", "profile")
	if a := x.Userinfo(without.String("access_token")); without.String("id_token") != "" || a.Status != http.StatusForbidden {
		t.Errorf("without it: %s, %d", without.Body, a.Status)
	}
}

// claimsOf are the claims that each scope stands for (OIDC Core 5.4).
var claimsOf = map[string][]string{
	"profile": {"name", "given_name", "family_name", "gender", "birthdate", "zoneinfo", "locale", "updated_at"},
	"email":   {"email", "email_verified"}, "phone": {"phone_number", "phone_number_verified"}, "address": {"address"},
}

func (x *lists) scopeOfClaims(t *testing.T, scope string) {
	said := x.Userinfo(x.rp.Grant(x.b, "scope", "openid "+scope).String("access_token")).JSON
	for _, claim := range claimsOf[scope] {
		if said[claim] == nil || said[claim] == false {
			t.Errorf("%s is %v", claim, said[claim])
		}
	}
	if len(said) != len(claimsOf[scope])+1 {
		t.Errorf("other claims too: %v", said)
	}
}

// scopeOffline outlives the session.
func (x *lists) scopeOffline(t *testing.T, scope string) {
	b := x.signedIn(x.taro)
	offline, online := x.rp.Grant(b, "scope", "openid "+scope), x.rp.Grant(b)
	b.Get("/account")
	b.Submit("/account/logout")
	works(t, x.rp.Refresh(offline.String("refresh_token")), http.StatusOK)
	refusedAs(t, x.rp.Refresh(online.String("refresh_token")), "invalid_grant")
}

func (x *lists) scopeNotify(t *testing.T, scope string) {
	c := x.client(func(m *idp.ClientMetadata) { m.Scope += " " + scope })
	own := c.Post("/token", "grant_type", "client_credentials", "scope", scope)
	works(t, own, http.StatusOK)
	body, err := json.Marshal(map[string]any{"sub": x.taro.Subject, "amount": "1500000", "currency": "JPY", "destination_masked": "****1234", "requested_at": x.Clock.Now().Format(time.RFC3339)})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(token string) idptest.Answer {
		return x.Call("POST", "/notifications/withdrawal-requested", string(body), "Authorization", "Bearer "+token, "Content-Type", "application/json", "Idempotency-Key", idp.NewSecret())
	}
	works(t, ask(own.String("access_token")), http.StatusAccepted)
	x.Mail.Wait(t, x.taro.Email, notify.WithdrawalRequested, 1)
	if a := ask(x.client(nil).Post("/token", "grant_type", "client_credentials").String("access_token")); a.Status < 400 {
		t.Errorf("without it: %d", a.Status)
	}
}

func (x *lists) protocolClaim(t *testing.T, name string) {
	if got := idptest.Claims(t, x.rp.Grant(x.b).String("id_token"))[name]; got == nil || got == "" {
		t.Errorf("%v", got)
	}
}

// accountClaim is had by asking for it by name, in the ID token and at userinfo.
func (x *lists) accountClaim(t *testing.T, name string) {
	tokens := x.rp.Grant(x.b, "claims", `{"id_token":{"`+name+`":null},"userinfo":{"`+name+`":{"essential":true}}}`)
	for where, said := range map[string]map[string]any{
		"the ID token": idptest.Claims(t, tokens.String("id_token")), "userinfo": x.Userinfo(tokens.String("access_token")).JSON,
	} {
		if said[name] == nil || said[name] == "" || said[name] == false {
			t.Errorf("%s: %v", where, said[name])
		}
	}
}

// accountClaimType: claims stand in the answer itself.
func (x *lists) accountClaimType(t *testing.T, _ string) {
	said := x.Userinfo(x.rp.Grant(x.b, "scope", "openid profile").String("access_token")).JSON
	if said["name"] != "青葉 太郎" || said["_claim_names"] != nil || said["_claim_sources"] != nil {
		t.Errorf("%v", said)
	}
}

// holdClaim is said of a customer who regained the account a moment ago.
func (x *lists) holdClaim(t *testing.T, name string) {
	l := &lostPhone{Provider: x.Provider, rp: x.rp, a: x.AddAccount(idptest.Customer{Login: "10000009", TOTP: true, Emails: []string{"second@mail.example"}})}
	l.paper = l.SignedIn(l.a).MakeRecoveryCodes()
	key := l.GivePasskey(l.a, nil)
	l.Clock.Advance(time.Minute)
	b := l.NewBrowser()
	l.mailed(b)
	b.Submit("/recovery-code", "recovery_code", l.paper[0])
	b.Submit("/password", "new", fresh)
	l.Clock.Advance(time.Minute)
	b = l.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	tokens := x.rp.Exchange(b.UsePasskey(key).Response(t, idptest.Redirect).Get("code"))
	if until, _ := idptest.Claims(t, tokens.String("id_token"))[name].(float64); int64(until) <= x.Clock.Now().Unix() {
		t.Errorf("%v", until)
	}
}

// subjects are the sub of one customer at clients of two sectors, the first one twice.
func (x *lists) subjects(t *testing.T, kind string) [3]any {
	t.Helper()
	var out [3]any
	for i, host := range []string{"https://one.example", "https://one.example", "https://two.example"} {
		c := x.client(func(m *idp.ClientMetadata) { m.SubjectType, m.RedirectURIs = kind, []string{host + "/callback"} })
		code := x.b.Authorize(c.ID, host+"/callback").Response(t, host).Get("code")
		tokens := c.Post("/token", "grant_type", "authorization_code", "code", code, "redirect_uri", host+"/callback", "code_verifier", idptest.Verifier)
		works(t, tokens, http.StatusOK)
		out[i] = idptest.Claims(t, tokens.String("id_token"))["sub"]
		if a := x.Userinfo(tokens.String("access_token")); a.JSON["sub"] != out[i] {
			t.Errorf("userinfo says %v", a.JSON["sub"])
		}
	}
	return out
}

func (x *lists) subjectPublic(t *testing.T, kind string) {
	if got := x.subjects(t, kind); got[0] != x.taro.Subject || got[1] != got[0] || got[2] != got[0] {
		t.Errorf("%v", got)
	}
}

func (x *lists) subjectPairwise(t *testing.T, kind string) {
	if got := x.subjects(t, kind); got[0] == x.taro.Subject || got[0] != got[1] || got[0] == got[2] {
		t.Errorf("%v", got)
	}
}

// level is reached by the weakest means that earn it, and is what the token then says.
func (x *lists) level(t *testing.T, acr string) {
	a := x.AddAccount(idptest.Customer{Login: "for-" + acr[strings.LastIndex(acr, ":")+1:], TOTP: acr == "urn:sekisho:acr:mfa"})
	b := x.NewBrowser()
	switch acr {
	case "phr", "phrh":
		key := x.GivePasskey(a, nil)
		if acr == "phrh" {
			key = x.hardwareKey(t)
		}
		b.Authorize("app", idptest.Redirect, "acr_values", acr)
		b.UsePasskey(key)
	default:
		x.Clock.Advance(30 * time.Second)
		b.Authorize("app", idptest.Redirect, "acr_values", acr)
		b.PasswordSignIn(x.Provider, a)
	}
	amr := x.says(t, b.Page, acr, acr)
	if want := map[string]string{"urn:sekisho:acr:email": "mca pwd", "urn:sekisho:acr:mfa": "mfa otp pwd", "phrh": "hwk mfa pop user"}[acr]; want != "" && amr != want {
		t.Errorf("amr %s", amr)
	}
	for _, higher := range x.doc.Strings("acr_values_supported") { // it proves no more than it says
		if higher == "phrh" && acr != "phrh" || higher == "phr" && acr[0] == 'u' {
			if page := b.Authorize("app", idptest.Redirect, "acr_values", higher, "prompt", "none"); page.Response(t, idptest.Redirect).Has("code") {
				t.Errorf("it passes for %s", higher)
			}
		}
	}
}

// hardwareKey is a passkey enrolled by a customer of its own, for which its maker vouches.
func (x *lists) hardwareKey(t *testing.T) *idptest.Device {
	t.Helper()
	a, key := x.AddAccount(idptest.Customer{Login: "10000010", TOTP: true}), x.NewDevice()
	key.Handle = a.UserHandle
	b := x.AtEnrolment(a)
	done := b.AnswerEnrol(key, idptest.Attested(t, idptest.NewMaker(t, x.ca, x.Clock.Now()), bytes.Repeat([]byte{7}, 16)))
	if keys := a.Passkeys(); done.Next == "" || len(keys) != 1 || !keys[0].Attested {
		t.Fatalf("not attested: %+v", done)
	}
	return key
}

// operation is reached with the strongest proof, whatever the policy asks for it.
func (x *lists) operation(t *testing.T, acr string) {
	a := x.AddAccount(idptest.Customer{Login: "for-" + acr[strings.LastIndex(acr, ":")+1:]})
	key, b := x.GivePasskey(a, nil), x.NewBrowser()
	b.Authorize("app", idptest.Redirect, "acr_values", acr)
	x.says(t, b.UsePasskey(key), acr, "phr")
}

// says holds what the tokens of a response say of the proof, and returns its methods.
func (x *lists) says(t *testing.T, page *idptest.Page, acr, level string) string {
	t.Helper()
	tokens := x.rp.Exchange(page.Response(t, idptest.Redirect).Get("code"))
	works(t, tokens, http.StatusOK)
	seen := x.api.Post("/introspect", "token", tokens.String("access_token")).JSON
	for where, claims := range map[string]map[string]any{"the ID token": idptest.Claims(t, tokens.String("id_token")), "introspection": seen} {
		if claims["acr"] != acr || claims["sekisho_level"] != level {
			t.Errorf("%s: acr %v, level %v", where, claims["acr"], claims["sekisho_level"])
		}
	}
	return strings.Join((idptest.Answer{JSON: seen}).Strings("amr"), " ")
}

func (x *lists) claimsParameter(t *testing.T) {
	x.accountClaim(t, "name")
	q := url.Values{"claims": {"{"}}
	x.refused(t, x.b.Authorize("app", idptest.Redirect, "claims", q.Get("claims")), "invalid_request")
}
