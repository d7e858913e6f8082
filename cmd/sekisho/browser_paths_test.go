package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sekisho/idp/idptest/chromium"
)

// noAutofill lets only the button start a passkey.
const noAutofill = `if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false;`

// enrolled signs Taro in at the security centre and adds a passkey to this browser.
// D3 D4 D9
func enrolled(t *testing.T, d *shown, b *chromium.Tab, step int) {
	t.Helper()
	b.Open(d.provider + "/account/passkeys/add")
	password(b, taro, taroPassword)
	code(b, d.totp(step))
	b.WaitText("パスキーを登録する前に")
	code(b, d.totp(step+1))
	b.Wait(`document.querySelector('[data-enrol]')`)
	b.Click(`[data-enrol] button`)
	b.Wait(`document.querySelector('form[action$="/enrol/done"]')`)
	b.Click(`form[action$="/enrol/done"] button`)
	b.WaitURL(d.provider + "/account")
}

// A customer with a password and a mailed code wants to withdraw: told why not, led through
// adding a passkey, told from when it counts, and back at the brokerage with nothing lost.
// B3 D3 D4 SU-01 SU-03
func TestMailedCodeCustomerIsToldWhenThePasskeyCounts(t *testing.T) {
	t.Parallel()
	d := show(t)
	b := chromium.New(t).Passkeys()
	b.Before(noAutofill)
	b.Size(390, 844)
	b.Open(d.broker + "/signin")
	password(b, hanako, hanakoPassword)
	b.Shot("code-mail")
	b.Says("メール")
	code(b, d.mailCode(1))
	b.WaitURL(d.broker)

	b.Open(d.broker + "/withdraw")
	b.Fill("amount", "50000")
	b.Click(`form[action="/withdraw"] button`)
	b.WaitURL(d.provider + "/interaction/")
	b.Shot("passkey-needed-later")
	b.Says("出金にはパスキーが必要です")
	b.Click(`form[action$="/enrol"] button`)
	b.Wait(`document.querySelector('form[action$="/code/send"]')`)
	b.Shot("enrol-check-mail")
	b.Click(`form[action$="/code/send"] button:not([type=button])`)
	b.WaitText("お送り")
	code(b, d.mailCode(2))
	b.Wait(`document.querySelector('[data-enrol]')`)
	b.Click(`[data-enrol] button`)
	b.Wait(`document.querySelector('form[action$="/enrol/done"]')`)
	b.Shot("passkey-added-cooling")
	b.Click(`form[action$="/enrol/done"] button`)
	b.WaitURL(d.provider + "/interaction/")
	b.Wait(`document.querySelector('form[action$="/cancel"]')`)
	b.Shot("cooling-off")
	b.Says("安全のため")
	b.Click(`form[action$="/cancel"] button`)
	b.WaitURL(d.broker)
	b.Shot("broker-withdraw-unmet")
	b.WaitText("出金")
	if v := b.Text(); strings.Contains(v, "出金を受け付けました") {
		t.Errorf("withdrawn with a passkey that is cooling off:\n%s", v)
	}
	b.NoViolations()
	if body := d.get(d.mail + "/"); !strings.Contains(body, "パスキー") {
		t.Error("D4: no mail says that a passkey was added")
	}
}

// Sign-in by autofill, and by the explicit button. D1 B10 PA-10 HD-11
func TestPasskeySignIn(t *testing.T) {
	t.Parallel()
	d := show(t)
	b := chromium.New(t).Passkeys()
	b.Before(noAutofill)
	enrolled(t, d, b, 0)
	signOut := func() {
		b.Open(d.provider + "/account")
		b.WaitURL(d.provider + "/account")
		b.Click(`form[action="/account/logout"] button`)
		b.WaitText("ログアウトしました")
	}
	signOut()

	b.Open(d.broker + "/signin")
	b.WaitURL(d.provider + "/interaction/")
	b.Wait(`document.querySelector('[data-passkey-start]')`)
	if asked := chromium.Eval[bool](b, `new Promise(r => setTimeout(() => r(location.pathname.startsWith("/interaction/")), 500))`); !asked {
		t.Error("HD-11: the device was asked without a gesture or autofill")
	}
	b.Click(`[data-passkey-start]`)
	b.WaitURL(d.broker)
	b.Open(d.broker + "/holdings")
	b.WaitText("佐藤 太郎")
	b.Click(`form[action="/signout"] button`)
	b.WaitURL(d.broker + "/signed-out")

	// Autofill: a page whose script is not held back, in the same browser.
	b.Before(`Object.defineProperty(window, "autofill", {value: true}); delete PublicKeyCredential.isConditionalMediationAvailable; PublicKeyCredential.isConditionalMediationAvailable = async () => true;`)
	b.Open(d.broker + "/signin")
	b.Autofilled(d.broker)
	b.Open(d.broker + "/holdings")
	b.WaitText("佐藤 太郎")
}

// A look-alike site on another origin asks the same device for the same challenge; its
// answer is refused by the provider. PA-04 HD-02
func TestWrongOriginIsRefused(t *testing.T) {
	t.Parallel()
	d := show(t)
	b := chromium.New(t).Passkeys()
	b.Before(noAutofill)
	enrolled(t, d, b, 0)
	b.Open(d.provider + "/account")
	b.Click(`form[action="/account/logout"] button`)
	b.WaitText("ログアウトしました")
	b.Open(d.provider + "/account")
	b.Wait(`document.querySelector('[data-passkey]')`)
	page := b.URL()
	options := chromium.Eval[string](b, `(async () => {
		const box = document.querySelector('[data-passkey]');
		const r = await fetch(box.dataset.base + '/passkey/options', {method: 'POST', headers: {'content-type': 'application/json', 'x-csrf-token': box.dataset.csrf}, body: '{"mediation":"optional"}'});
		return JSON.stringify(await r.json());
	})()`)
	// The phishing page: another port is another origin, the RP ID localhost covers it.
	b.Open(d.mail + "/")
	answer := chromium.Eval[string](b, `(async () => {
		const o = `+options+`;
		const c = await navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(o.publicKey)});
		return JSON.stringify({challenge_id: o.challenge_id, credential: c.toJSON()});
	})()`)
	b.Open(page)
	b.Wait(`document.querySelector('[data-passkey]')`)
	raw, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	status := chromium.Eval[int](b, `(async () => {
		const box = document.querySelector('[data-passkey]');
		const r = await fetch(box.dataset.base + '/passkey', {method: 'POST', headers: {'content-type': 'application/json', 'x-csrf-token': box.dataset.csrf}, body: `+string(raw)+`});
		return r.status;
	})()`)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("an assertion made at %s was answered %d at the provider", d.mail, status)
	}
	b.Open(d.provider + "/account")
	b.WaitURL(d.provider + "/interaction/")
}

// A step-up for one customer on a device that holds another one's passkey only. SU-06 PA-02
func TestStepUpWithSomebodyElsesDevice(t *testing.T) {
	t.Parallel()
	d := show(t)
	mine, theirs := chromium.New(t).Passkeys(), chromium.New(t).Passkeys()
	mine.Before(noAutofill)
	enrolled(t, d, mine, 0)
	// Taro on a second computer, whose device knows no passkey of his.
	theirs.Before(noAutofill)
	theirs.Open(d.broker + "/signin")
	password(theirs, hanako, hanakoPassword)
	code(theirs, d.mailCode(1))
	theirs.WaitURL(d.broker)
	theirs.Open(d.provider + "/account/passkeys/add")
	theirs.Wait(`document.querySelector('form[action$="/code/send"]')`)
	theirs.Click(`form[action$="/code/send"] button:not([type=button])`)
	theirs.WaitText("お送り")
	code(theirs, d.mailCode(2))
	theirs.Wait(`document.querySelector('[data-enrol]')`)
	theirs.Click(`[data-enrol] button`)
	theirs.Wait(`document.querySelector('form[action$="/enrol/done"]')`)
	theirs.Open(d.broker + "/")
	theirs.Click(`form[action="/signout"] button`)
	theirs.WaitURL(d.broker + "/signed-out")
	theirs.Open(d.broker + "/signin")
	theirs.WaitURL(d.provider + "/interaction/")
	password(theirs, taro, taroPassword)
	waitForNextStep(t, d)
	code(theirs, d.totp(1))
	theirs.WaitURL(d.broker)
	theirs.Open(d.broker + "/withdraw")
	theirs.Fill("amount", "10000")
	theirs.Click(`form[action="/withdraw"] button`)
	theirs.WaitURL(d.provider + "/interaction/")
	theirs.Wait(`document.querySelector('[data-passkey-start]')`)
	theirs.Click(`[data-passkey-start]`) // the device holds Hanako's passkey only
	theirs.Wait(`document.querySelector('#live').innerText.trim() !== ''`)
	theirs.Shot("stepup-refused")
	if !strings.HasPrefix(theirs.URL(), d.provider+"/interaction/") {
		t.Errorf("the step-up was answered by somebody else's device: %s", theirs.URL())
	}
	theirs.Click(`form[action$="/cancel"] button`)
	theirs.WaitURL(d.broker)
	if strings.Contains(theirs.Text(), "出金を受け付けました") {
		t.Error("withdrawn without the customer's own passkey")
	}
}

// waitForNextStep: the code used a moment ago, and the one after it, are spent. After it,
// totp(1) is a fresh one; totp(0) may be the second of the two.
func waitForNextStep(t *testing.T, d *shown) {
	t.Helper()
	spent := d.totp(1)
	for d.totp(0) != spent && d.totp(1) == spent {
		pause()
	}
}

// Without JavaScript the password path works from end to end. HD-08
func TestSignInWithoutJavaScript(t *testing.T) {
	t.Parallel()
	d := show(t)
	b := chromium.New(t)
	b.Script(false)
	b.Size(390, 844)
	b.Open(d.broker + "/")
	b.Click(`a[href="/signin"]`)
	b.WaitURL(d.provider + "/interaction/")
	b.Shot("signin-noscript")
	if shown := chromium.Eval[bool](b, `!!document.querySelector('[data-passkey-start]')?.checkVisibility()`); shown {
		t.Error("a passkey button that cannot work is shown")
	}
	password(b, hanako, hanakoPassword)
	code(b, d.mailCode(1))
	b.WaitURL(d.broker)
	b.Open(d.broker + "/holdings")
	b.Says("山田 花子")
}

// A browser that cannot do passkeys says so and offers the rest. D8
func TestBrowserWithoutPasskeys(t *testing.T) {
	t.Parallel()
	d := show(t)
	b := chromium.New(t)
	b.Before(`delete window.PublicKeyCredential;`)
	b.Open(d.broker + "/signin")
	b.WaitURL(d.provider + "/interaction/")
	b.Wait(`document.querySelector('[data-passkey-unsupported]').checkVisibility()`)
	b.Shot("signin-unsupported")
	if shown := chromium.Eval[bool](b, `document.querySelector('[data-passkey-start]').checkVisibility()`); shown {
		t.Error("the passkey button is shown where it cannot work")
	}
	b.Click(`a[href="/help/environments"]`)
	b.WaitURL(d.provider + "/help/environments")
	b.Shot("environments")
	b.Says("Chrome", "Safari")
}
