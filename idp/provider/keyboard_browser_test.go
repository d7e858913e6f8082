package provider_test

import (
	"testing"
	"time"
	"unicode"

	"sekisho/config"
	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
)

// typeOnScreen opens the on-screen keyboard of a field and presses what writes text.
func typeOnScreen(b *chromium.Tab, field, text string) {
	b.Click(`[data-keyboard="` + field + `"] > button`)
	panel := "#" + field + "-keyboard "
	b.Wait(`document.querySelector('` + panel + `button')?.checkVisibility()`)
	press := func(name string) { b.Click(panel + `[aria-label="` + name + `"]`) }
	names := map[rune]string{' ': "空白", '-': "ハイフン"}
	for _, c := range text {
		switch {
		case unicode.IsUpper(c):
			press("大文字")
			press("大文字 " + string(c))
			press("大文字")
		case unicode.IsLower(c):
			press("小文字 " + string(c))
		case unicode.IsDigit(c):
			press("数字 " + string(c))
		case c == ' ':
			press(names[c])
		default:
			press("記号")
			press(names[c])
			press("記号")
		}
	}
	b.Shot("keyboard-" + field)
	press("閉じる")
}

// A6: a customer signs in and passes a withdrawal's transaction password with nothing but the on-screen
// keyboard, its keys in a new order, and no listener on the page hears a character.
func TestSignInByOnScreenKeyboard(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		unlimited(c)
		c.Password.Keyboard.Shuffle = "all"
		idptest.TransactionPasswords("trade")(c)
	}})
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001", Password: "quiet Lantern-7", TOTP: true})
	p.GiveTransactionPassword(a, txSecret)
	p.Clock.Advance(31 * time.Second)
	b := chromium.New(t)
	b.Before(`for (const kind of ['keydown', 'keypress', 'beforeinput', 'input'])
		document.addEventListener(kind, e => { if (e.target.type === 'password') sessionStorage.heard = (sessionStorage.heard ?? '') + kind + (e.key ?? e.data ?? ''); }, true);`)
	b.Size(390, 844)
	b.Open(p.URL + "/authorize?" + idptest.AuthorizeQuery("app", idptest.Redirect, "acr_values", "urn:sekisho:op:trade", "response_mode", "query").Encode())
	b.Fill("login", a.LoginName)
	typeOnScreen(b, "password", a.Password)
	b.Click(pressIn + `/password"] button:not([type=button])`)
	b.Fill("code", a.TOTP())
	b.Click(pressIn + `/code"] button:not([type=button])`)
	b.WaitText("お取引には、取引パスワードが必要です。")
	typeOnScreen(b, "transaction_password", txSecret)
	if heard := chromium.Eval[string](b, "sessionStorage.heard ?? ''"); heard != "" {
		t.Errorf("A6: a listener heard %q", heard)
	}
	b.NoViolations()
	n := len(a.Sessions())
	b.Click(pressIn + `/transaction-password"] button:not([type=button])`)
	b.Wait(`!location.pathname.startsWith('/interaction/')`)
	if recorded := p.Recorded(t, "transactionpassword.verified"); n != 1 || recorded.AccountID != a.ID {
		t.Errorf("A6: not verified: %+v, %d sessions", recorded, n)
	}
}
