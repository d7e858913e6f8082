package provider_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
	"sekisho/idp/notify"
)

const (
	buttonOnly = `if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false;`
	// overheard keeps what a page tells the device, and passes it on.
	overheard = `if (window.PublicKeyCredential) for (const name of ['signalUnknownCredential', 'signalAllAcceptedCredentials', 'signalCurrentUserDetails']) {
  const real = PublicKeyCredential[name]?.bind(PublicKeyCredential);
  PublicKeyCredential[name] = o => { const all = JSON.parse(sessionStorage.told ?? '[]'); all.push([name, o]); sessionStorage.told = JSON.stringify(all); return real ? real(o) : Promise.resolve(); };
}`
)

// invited accepts an invitation in a real browser and signs in with the mailed code.
func invited(t *testing.T, p *idptest.Provider, b *chromium.Tab, login string) *idptest.Account {
	t.Helper()
	a, code := p.Invited(login)
	b.Open(p.URL + "/invite")
	b.Fill("login", login)
	b.Fill("code", code)
	b.Click(`form[action$="/invite"] button.btn`)
	b.Fill("new", phraseOfMine)
	b.Click(`form[action$="/password/new"] button.btn`)
	b.Fill("login", login)
	b.Fill("password", phraseOfMine)
	b.Click(`form[action$="/password"] button.btn`)
	mail := p.Mail.Wait(t, a.Email, notify.SignInCode, 1)
	b.Fill("code", idptest.Code(t, mail))
	b.Click(`form[action$="/code"] button.btn`)
	b.WaitText("まず、パスキーを登録しましょう")
	return a
}

// From an invitation to a passkey and recovery codes with five clicks, in a real browser;
// afterwards the device's own list follows what the customer does here. D3 D4 D9
func TestWelcomeInTheBrowser(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	b := chromium.New(t).Passkeys()
	b.Before(buttonOnly)
	b.Before(overheard)
	b.Size(390, 844)
	a := invited(t, p, b, "10000001")
	b.Shot("welcome-passkey")
	b.Click(`[data-enrol] [data-passkey-start]`)
	b.WaitText("パスキーを登録しました")
	b.Click(`form[action$="/enrol/done"] button`)
	b.WaitText("端末をなくしたときの備え")
	b.Shot("welcome-codes")
	b.Click(`a[href$="/check"]`)
	b.Click(`[data-passkey-start]`)
	b.Click(`form[action$="/recovery-codes"] button`)
	b.WaitText("復旧コードができました")
	b.Wait(`!document.querySelector('[data-keep]').hidden`)
	b.Shot("welcome-codes-shown")
	b.Wait(`(() => { const make = URL.createObjectURL; URL.createObjectURL = blob => { blob.text().then(text => { window.saved = text; }); return make(blob); }; return true; })()`)
	b.Click(`[data-keep-save]`)
	b.Wait(`window.saved && window.saved.trim().split('\n').length === 10`)
	b.Click(`a[href$="/later"]`)
	b.WaitURL(p.URL + "/account")
	b.WaitText("パスキー1件で守られています")

	told := func(name string) string {
		b.Wait(`(sessionStorage.told ?? '').includes('` + name + `')`)
		return chromium.Eval[string](b, `JSON.stringify(JSON.parse(sessionStorage.told).filter(([n]) => n === '`+name+`').at(-1)[1])`)
	}
	key := a.Passkeys()[0]
	if got := told("signalAllAcceptedCredentials"); !strings.Contains(got, `"rpId":"localhost"`) || !strings.Contains(got, `"`+b64(key.CredentialID)+`"`) || !strings.Contains(got, `"userId":"`+b64(a.UserHandle)+`"`) {
		t.Errorf("told %s", got)
	}
	if got := told("signalCurrentUserDetails"); !strings.Contains(got, a.LoginName) {
		t.Errorf("told %s", got)
	}
	b.Open(p.URL + "/account/passkeys/" + key.ID + "/remove")
	b.Click(`form[action$="/remove"] button`)
	b.WaitURL(p.URL + "/account?done=")
	b.Wait(`(sessionStorage.told ?? '').includes('"allAcceptedCredentialIds":[]')`)
	forgotten(t, b)
	b.NoViolations()
}

// A passkey that is gone here is named to the device that has just shown it, and to no
// other; the customer is told the same as ever.
func TestUnknownPasskeyIsForgotten(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	b := chromium.New(t).Passkeys()
	b.Before(buttonOnly)
	b.Before(overheard)
	a := invited(t, p, b, "10000001")
	b.Click(`[data-enrol] [data-passkey-start]`)
	b.WaitText("パスキーを登録しました")
	key := a.Passkeys()[0]
	gone := a.Sessions()[0]
	if err := p.Store.RemovePasskey(t.Context(), a.ID, key.ID, gone.ID, idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Store.EndSessions(t.Context(), a.ID, "", "logout", p.Clock.Now(), idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	b.Open(p.URL + "/account")
	b.Wait(`document.querySelector('[data-passkey-start]')`)
	b.Click(`[data-passkey-start]`)
	b.Wait(`(sessionStorage.told ?? '').includes('signalUnknownCredential')`)
	if got := chromium.Eval[string](b, `sessionStorage.told`); !strings.Contains(got, `"credentialId":"`+b64(key.CredentialID)+`"`) || !strings.Contains(got, `"rpId":"localhost"`) {
		t.Errorf("told %s", got)
	}
	b.Wait(`document.querySelector('#live').innerText.trim() !== ''`)
	forgotten(t, b)
}

// Where the firm turned it on and the browser can, a passkey is added without a dialog
// while the offer is shown. The browser's own part needs its password manager, which a
// test has not; so the page's call is answered by the ordinary dialog.
func TestConditionalCreateInTheBrowser(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Passkey.ConditionalCreate = true }})
	b := chromium.New(t).Passkeys()
	b.Before(buttonOnly)
	b.Before(`if (window.PublicKeyCredential) {
  PublicKeyCredential.getClientCapabilities = async () => ({ conditionalCreate: true });
  const create = navigator.credentials.create.bind(navigator.credentials);
  navigator.credentials.create = ({ mediation, ...o }) => { sessionStorage.mediation = String(mediation); return create(o); };
}`)
	a, code := p.Invited("10000001")
	b.Open(p.URL + "/invite")
	b.Fill("login", a.LoginName)
	b.Fill("code", code)
	b.Click(`form[action$="/invite"] button.btn`)
	b.Fill("new", phraseOfMine)
	b.Click(`form[action$="/password/new"] button.btn`)
	b.Fill("login", a.LoginName)
	b.Fill("password", phraseOfMine)
	b.Click(`form[action$="/password"] button.btn`)
	b.Fill("code", idptest.Code(t, p.Mail.Wait(t, a.Email, notify.SignInCode, 1)))
	b.Click(`form[action$="/code"] button.btn`)
	b.WaitText("パスキーを登録しました")
	if got := chromium.Eval[string](b, `sessionStorage.mediation`); got != "conditional" || len(a.Passkeys()) != 1 {
		t.Errorf("mediation %q, %d passkeys", got, len(a.Passkeys()))
	}
}

// D8: without script, and in a browser without passkeys, the way of a new account goes on.
func TestWelcomeHasNoDeadEnd(t *testing.T) {
	for name, prepare := range map[string]func(*chromium.Tab){
		"D8 no script":   func(b *chromium.Tab) { b.Script(false) },
		"D8 no passkeys": func(b *chromium.Tab) { b.Before(`delete window.PublicKeyCredential;`) },
	} {
		t.Run(name, func(t *testing.T) {
			p := idptest.New(t, idptest.Options{})
			b := chromium.New(t)
			prepare(b)
			invited(t, p, b, "10000001")
			b.Says("いまは「あとで」で先へお進みください")
			b.Click(`form[action$="/offer"] button.second`)
			b.WaitText("端末をなくしたときの備え")
			b.Click(`a[href$="/later"]`)
			b.WaitURL(p.URL + "/account")
			b.WaitText("メール")
		})
	}
}

// The offer after a password comes where the browser can hold a passkey, by its own word.
func TestOfferInTheBrowser(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Passkey.OfferEvery = 24 * time.Hour }})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := chromium.New(t).Passkeys()
	b.Before(buttonOnly)
	b.Open(p.URL + "/account")
	b.Fill("login", taro.LoginName)
	b.Fill("password", taro.Password)
	b.Click(`form[action$="/password"] button.btn`)
	b.Wait(`document.querySelector('[data-capable]') && document.querySelector('[data-capable]').value === '1'`)
	b.Fill("code", taro.TOTP())
	b.Click(`form[action$="/code"] button.btn`)
	b.WaitText("次回から、パスワードなしでログインできます")
	b.Shot("passkey-offer")
	b.Click(`[data-enrol] [data-passkey-start]`)
	b.WaitText("パスキーを登録しました")
	if k := taro.Passkeys()[0]; k.AddedACR != "urn:sekisho:acr:mfa" || !k.TrustedFrom.IsZero() {
		t.Errorf("provenance %q, trusted from %v", k.AddedACR, k.TrustedFrom)
	}
	b.Click(`form[action$="/enrol/done"] button`)
	b.WaitURL(p.URL + "/account")
	b.NoViolations()
}

// forgotten waits until the device has dropped its passkey, as it was told.
func forgotten(t *testing.T, b *chromium.Tab) {
	t.Helper()
	for range 200 {
		if b.Credentials() == 0 {
			return
		}
		time.Sleep(40 * time.Millisecond)
	}
	t.Error("the device still holds a passkey that is gone here")
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
