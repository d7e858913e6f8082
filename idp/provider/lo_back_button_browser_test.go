package provider_test

import (
	"testing"

	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
)

// LO-09 in a real browser: after signing out, neither the back button nor another tab's
// address shows anything of the customer's pages again.
func TestBackButtonAfterLogoutInChromium(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := chromium.New(t)
	b.Open(p.URL + "/account")
	b.Fill("login", a.LoginName)
	b.Fill("password", a.Password)
	b.Click(pressIn + `/password"] button:not([type=button])`)
	b.Fill("code", a.TOTP())
	b.Click(pressIn + `/code"] button:not([type=button])`)
	b.WaitURL(p.URL + "/account")
	b.Wait(`document.querySelector('form[action="/account/logout"]')`)
	b.Open(p.URL + "/account/profile")
	shown := `document.body.textContent.includes("10••••@m••••")`
	b.Wait(shown)
	b.Click(`form[action="/account/logout"] button`)
	b.Wait(`!document.querySelector('form[action="/account/logout"]')`)
	for range 2 {
		chromium.Eval[bool](b, `(window.left = true, history.back(), true)`)
		b.Wait(`!window.left && document.readyState === "complete"`)
		if chromium.Eval[bool](b, shown) || chromium.Eval[bool](b, `!!document.querySelector('form[action="/account/logout"]')`) {
			t.Errorf("LO-09: the back button shows %s", b.URL())
		}
	}
	b.Open(p.URL + "/account")
	b.WaitURL(p.URL + "/interaction/")
}
