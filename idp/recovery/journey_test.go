package recovery_test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
	"sekisho/idp/notify"
)

// RC-03 RC-04 RC-12 OT-11: a customer prepares, loses the phone, regains the account on a
// new one and meets the hold, in Japanese on a phone's screen.
func TestLostPhoneInTheBrowser(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "30154567"})
	old := chromium.New(t)
	old.Size(390, 844)
	signIn(t, p, old, a, 1)
	prepared := prepares(t, p, old)

	p.Clock.Advance(30 * time.Minute)
	b := chromium.New(t)
	b.Size(390, 844)
	regains(t, p, b, a, prepared)
	p.Clock.Advance(10 * time.Minute)
	b.Click(`a[href="/account"]`)
	fillSignIn(t, p, b, a, 2)
	b.WaitURL(p.URL + "/account")
	b.WaitText("出金と出金先口座の変更を")
	b.Shot("security-held")
	b.NoViolations()
	b.Open(p.URL + "/authorize?" + idptest.AuthorizeQuery("app", idptest.Redirect, "acr_values", "urn:sekisho:op:withdrawal").Encode())
	b.WaitText("いまはお受けできません")
	b.Says("パスワードを再設定したため", "0120-000-000")
	b.Shot("recovery-hold")
	b.NoViolations()
}

func signIn(t *testing.T, p *idptest.Provider, b *chromium.Tab, a *idptest.Account, mails int) {
	t.Helper()
	b.Open(p.URL + "/account")
	fillSignIn(t, p, b, a, mails)
	b.WaitURL(p.URL + "/account")
}

func fillSignIn(t *testing.T, p *idptest.Provider, b *chromium.Tab, a *idptest.Account, mails int) {
	t.Helper()
	b.Wait(`document.querySelector('[name="password"]')`)
	b.Fill("login", a.LoginName)
	b.Fill("password", a.Password)
	b.Click(`form[action$="/password"] button:not([type=button])`)
	b.Wait(`document.querySelector('form[action$="/code"]')`)
	b.Fill("code", idptest.Code(t, p.Mail.Wait(t, a.Email, notify.SignInCode, mails)))
	press(b, "/code")
}

// press sends a form unless its field already did so by being full.
func press(b *chromium.Tab, action string) {
	chromium.Eval[bool](b, `(() => { const f = document.querySelector('form[action$="`+action+`"]'); f?.querySelector('button:not([type=button])')?.click(); return true })()`)
}

// prepares enrols an authenticator app, follows the next step that is offered and returns
// a recovery code from the page that shows them once.
func prepares(t *testing.T, p *idptest.Provider, b *chromium.Tab) string {
	t.Helper()
	b.Open(p.URL + "/account/totp")
	secret := chromium.Eval[string](b, `document.querySelector('.key code').textContent.replaceAll(' ', '')`)
	code, err := totp.GenerateCode(secret, p.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	b.Fill("code", code)
	press(b, "/totp")
	b.WaitText("復旧コードを紙に控えておきましょう")
	b.Shot("recovery-codes-offered")
	b.Click(`.aside a[href$="/recovery-codes"]`)
	for b.URL() != p.URL+"/account/recovery-codes" { // the app is the strongest proof now, and it is asked for
		p.Clock.Advance(31 * time.Second)
		b.Wait(`document.querySelector('[name="password"], form[action$="/code"], form[action$="/recovery-codes"]')`)
		if chromium.Eval[bool](b, `!!document.querySelector('[name="password"]')`) {
			b.Fill("password", "correct horse battery 30154567")
			b.Click(`form[action$="/password"] button:not([type=button])`)
			b.Wait(`document.querySelector('form[action$="/code"]')`)
		}
		if chromium.Eval[bool](b, `!!document.querySelector('form[action$="/code"]')`) {
			if code, err = totp.GenerateCode(secret, p.Clock.Now()); err != nil {
				t.Fatal(err)
			}
			b.Fill("code", code)
			press(b, "/code")
			b.WaitURL(p.URL + "/account/recovery-codes")
		}
	}
	b.Wait(`document.querySelector('form[action$="/recovery-codes"]')`)
	b.Shot("recovery-codes")
	press(b, "/recovery-codes")
	b.WaitText("復旧コードができました")
	b.Shot("recovery-codes-new")
	b.NoViolations()
	return chromium.Eval[string](b, `document.querySelector('.codes code').textContent`)
}

func regains(t *testing.T, p *idptest.Provider, b *chromium.Tab, a *idptest.Account, paper string) {
	t.Helper()
	b.Open(p.URL + "/help/signin")
	b.Click(`a[href="/recover"]`)
	b.WaitURL(p.URL + "/recover")
	b.Shot("recover-start")
	b.Fill("login", a.LoginName)
	press(b, "/recover")
	b.Wait(`document.querySelector('form[action$="/code"]')`)
	b.Shot("recover-mail")
	b.NoViolations()
	b.Fill("code", idptest.Code(t, p.Mail.Wait(t, a.Email, notify.RecoverCode, 1)))
	press(b, "/code")
	b.WaitText("もう1つの確認")
	b.Shot("recover-proof")
	b.NoViolations()
	b.Fill("recovery_code", paper)
	press(b, "/recovery-code")
	b.Wait(`document.querySelector('[name="new"]')`)
	b.Shot("recover-password")
	a.Password = "quiet lanterns over Tone river"
	b.Fill("new", a.Password)
	b.Click(`label:has([name="lost_totp"])`)
	press(b, "/password")
	b.WaitText("パスワードを設定しました")
	b.Shot("recovered")
	b.NoViolations()
}
