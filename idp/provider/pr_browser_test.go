package provider_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
)

// PR-06, JA-08: in a real browser a pushed request is signed in to, the signed response
// arrives as a form at the relying party's own origin, and loading the old address again
// leads to a page that says what to do.
func TestPushedSignInInABrowser(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	r := &rig{Provider: p, t: t}
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	p.Clock.Advance(31 * time.Second)
	posted := make(chan url.Values, 1)
	rp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost && req.ParseForm() == nil {
			posted <- req.PostForm
		}
		_, _ = w.Write([]byte("<!doctype html><title>rp</title><p>arrived"))
	}))
	defer rp.Close()
	k := newKeyed(t, r, "trade", func(m *idp.ClientMetadata) {
		m.RequirePushed, m.AuthorizationAlg, m.RedirectURIs = true, "ES256", []string{rp.URL + "/callback"}
	})
	uri := k.pushed("redirect_uri", rp.URL+"/callback", "response_mode", "form_post.jwt")
	address := p.URL + "/authorize?" + url.Values{"client_id": {"trade"}, "request_uri": {uri}}.Encode()

	b := chromium.New(t)
	b.Size(390, 844)
	b.Open(address)
	b.Wait(`document.querySelector('[name="login"]')`)
	b.Open(address) // reloading before it is completed
	b.Fill("login", a.LoginName)
	b.Fill("password", a.Password)
	b.Click(pressIn + `/password"] button:not([type=button])`)
	b.Fill("code", a.TOTP())
	b.Click(pressIn + `/code"] button:not([type=button])`)
	b.WaitText("arrived")
	if _, claims := r.response(t, <-posted, "trade"); claims["code"] == nil || claims["state"] != "state-1" {
		t.Errorf("%v", claims)
	}

	b.Open(address)
	b.WaitText("画面の有効期限が切れました")
	b.Says("もう一度ログインしてください")
	b.Wait(`document.body.textContent.includes("invalid_request_uri")`) // for developers, folded away
	b.NoViolations()
	b.Shot("request-uri-used")
	b.Size(1280, 900)
	b.Dark(true)
	b.Open(address)
	b.WaitText("画面の有効期限が切れました")
	b.NoViolations()
	b.Shot("request-uri-used-dark")
}
