package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// What an authorization request may say, and what grants give.

func (x *lists) responseType(t *testing.T, value string) {
	c := x.client(nil)
	works(t, c.Exchange(c.Code(x.b, "response_type", value)), http.StatusOK)
}

// responseMode brings the response of every listed type, and a refusal, in the mode.
func (x *lists) responseMode(t *testing.T, mode string) {
	c := x.client(func(m *idp.ClientMetadata) { m.AuthorizationAlg = "ES256" })
	read := func(page *idptest.Page) url.Values {
		var q url.Values
		if strings.HasPrefix(mode, "form_post") {
			q = page.Form(t, idptest.Redirect).Values
		} else {
			q = page.Response(t, idptest.Redirect)
		}
		if !strings.HasSuffix(mode, "jwt") {
			return q
		}
		_, claims := x.response(t, q, c.ID)
		q = url.Values{}
		for name, value := range claims {
			if s, ok := value.(string); ok {
				q.Set(name, s)
			}
		}
		return q
	}
	for _, kind := range x.doc.Strings("response_types_supported") {
		q := read(x.b.Authorize(c.ID, idptest.Redirect, "response_mode", mode, "response_type", kind))
		if q.Get("state") != "state-1" || q.Get("iss") != x.URL {
			t.Errorf("%s: %v", kind, q)
		}
		works(t, c.Exchange(q.Get("code")), http.StatusOK)
	}
	q := read(x.NewBrowser().Authorize(c.ID, idptest.Redirect, "response_mode", mode, "prompt", "none"))
	if q.Get("error") != "login_required" || q.Get("iss") != x.URL || q.Has("code") {
		t.Errorf("refused: %v", q)
	}
}

func (x *lists) grantCode(t *testing.T, grant string) {
	form := x.redeem(t, "app")
	form.Set("grant_type", grant)
	a := x.PostForm("/token", form, "Authorization", basicOf(x.rp))
	if a.Status != http.StatusOK || a.String("access_token") == "" || a.String("id_token") == "" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	x.unregistered(t, form, "client_credentials")
}

func (x *lists) grantRefresh(t *testing.T, grant string) {
	c := x.client(nil)
	form := url.Values{"grant_type": {grant}, "refresh_token": {c.Grant(x.b).String("refresh_token")}}
	if a := x.PostForm("/token", form, "Authorization", basicOf(c)); a.Status != http.StatusOK || a.String("access_token") == "" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	x.unregistered(t, form, "client_credentials")
}

func (x *lists) grantOwn(t *testing.T, grant string) {
	c := x.client(nil)
	form := url.Values{"grant_type": {grant}}
	a := x.PostForm("/token", form, "Authorization", basicOf(c))
	if a.Status != http.StatusOK || idptest.Claims(t, a.String("access_token"))["client_id"] != c.ID || a.String("refresh_token")+a.String("id_token") != "" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	x.unregistered(t, form, "authorization_code")
}

// unregistered holds that a client of another grant gets nothing.
func (x *lists) unregistered(t *testing.T, form url.Values, other string) {
	t.Helper()
	c := x.client(func(m *idp.ClientMetadata) { m.GrantTypes = []string{other} })
	grantRefused(t, x.PostForm("/token", form, "Authorization", basicOf(c)), "unauthorized_client")
}

func (x *lists) challenge(t *testing.T, method string) {
	redeem := func(verifier string) idptest.Answer {
		return x.rp.Post("/token", "grant_type", "authorization_code", "code", x.rp.Code(x.b, "code_challenge_method", method), "redirect_uri", idptest.Redirect, "code_verifier", verifier)
	}
	for _, verifier := range []string{idp.NewSecret(), idptest.Challenge(idptest.Verifier), ""} {
		refusedAs(t, redeem(verifier), "invalid_grant")
	}
	works(t, redeem(idptest.Verifier), http.StatusOK)
}

func (x *lists) promptNone(t *testing.T, value string) {
	if q := x.b.Authorize("app", idptest.Redirect, "prompt", value).Response(t, idptest.Redirect); q.Get("code") == "" {
		t.Errorf("signed in: %v", q)
	}
	x.refused(t, x.NewBrowser().Authorize("app", idptest.Redirect, "prompt", value), "login_required")
}

func (x *lists) promptLogin(t *testing.T, value string) {
	x.waits(t, x.b.Authorize("app", idptest.Redirect, "prompt", value), "/password")
	if q := x.reauthenticate(x.b, x.taro).Response(t, idptest.Redirect); q.Get("code") == "" {
		t.Errorf("%v", q)
	}
}

// promptConsent asks again what was agreed to already.
func (x *lists) promptConsent(t *testing.T, value string) {
	c := x.client(func(m *idp.ClientMetadata) { m.FirstParty = false })
	x.b.Authorize(c.ID, idptest.Redirect)
	x.b.Submit("/consent", "decision", "allow")
	if x.b.Authorize(c.ID, idptest.Redirect).Response(t, idptest.Redirect).Get("code") == "" {
		t.Fatalf("asked twice: %s", x.b.Page.Left)
	}
	x.waits(t, x.b.Authorize(c.ID, idptest.Redirect, "prompt", value), "/consent")
	if q := x.b.Submit("/consent", "decision", "allow").Response(t, idptest.Redirect); q.Get("code") == "" {
		t.Errorf("%v", q)
	}
}

func (x *lists) promptAccount(t *testing.T, value string) {
	x.waits(t, x.b.Authorize("app", idptest.Redirect, "prompt", value), "/account")
	if q := x.b.Submit("/account", "choice", "continue").Response(t, idptest.Redirect); q.Get("code") == "" {
		t.Errorf("%v", q)
	}
}

func (x *lists) display(t *testing.T, value string) {
	x.waits(t, x.NewBrowser().Authorize("app", idptest.Redirect, "display", value), "/password")
}

func (x *lists) locale(t *testing.T, value string) {
	page := x.NewBrowser().Authorize("app", idptest.Redirect, "ui_locales", "tlh "+value)
	if x.waits(t, page, "/password"); !strings.Contains(page.Body, `<html lang="`+value+`"`) {
		t.Errorf("another language: %.200s", page.Body)
	}
}

const bankAccount = `{"bank":"あけぼの銀行","kind":"ordinary","number":"1234567","holder":"アオバ　タロウ"}`

// transactions are one of each type, and what its page must show.
var transactions = map[string][2]string{
	"withdrawal":            {`[{"type":"withdrawal","amount":300000,"destination":` + bankAccount + `}]`, "300,000円"},
	"payout_account_change": {`[{"type":"payout_account_change","account":` + bankAccount + `}]`, "1234567"},
	"order":                 {`[{"type":"order","side":"buy","instrument":"7203","quantity":100}]`, "7203"},
}

// approved are the tokens of a transaction that a customer approved with a passkey.
func (x *lists) approved(t *testing.T, kind string) idptest.Answer {
	t.Helper()
	c := x.client(func(m *idp.ClientMetadata) { m.DetailTypes = []string{kind} })
	var pairs []string
	for name, values := range idptest.AuthorizeQuery(c.ID, idptest.Redirect, "authorization_details", transactions[kind][0]) {
		pairs = append(pairs, name, values[0])
	}
	pushed := c.Post("/par", pairs...)
	works(t, pushed, http.StatusCreated)
	customer := x.AddAccount(idptest.Customer{Login: c.ID})
	key, b := x.GivePasskey(customer, nil), x.NewBrowser()
	b.Get("/account")
	b.UsePasskey(key)
	page := b.Get("/authorize?" + url.Values{"client_id": {c.ID}, "request_uri": {pushed.String("request_uri")}}.Encode())
	if !strings.Contains(page.Body, transactions[kind][1]) {
		t.Fatalf("not shown: %s", page.Body)
	}
	tokens := c.Exchange(b.UsePasskey(key).Response(t, idptest.Redirect).Get("code"))
	works(t, tokens, http.StatusOK)
	return tokens
}

func (x *lists) details(t *testing.T, kind string) {
	tokens := x.approved(t, kind)
	granted, _ := tokens.JSON["authorization_details"].([]any)
	if len(granted) != 1 || granted[0].(map[string]any)["type"] != kind || tokens.String("sekisho_receipt") == "" {
		t.Errorf("%s", tokens.Body)
	}
}
