package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sekisho/idp/idptest/chromium"
)

var invitationCode = regexp.MustCompile(`</span>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</span>`)

// From nothing but an invitation to being signed in, in English, on a desk.
func TestInvitedCustomerOpensTheAccount(t *testing.T) {
	t.Parallel()
	d := show(t, "--lang", "en")
	b := chromium.New(t).Passkeys()
	b.Before(noAutofill)
	b.Size(1280, 900)
	b.Open(d.provider + "/invite?lang=en")
	b.Shot("invite-en")
	code16 := ""
	for range 100 {
		if m := invitationCode.FindStringSubmatch(d.get(d.mail + "/")); m != nil {
			code16 = m[1]
			break
		}
		pause()
	}
	b.Fill("login", "10000003")
	b.Fill("code", "AAAA-AAAA-AAAA-AAAA")
	b.Click(`form[action$="/invite"] button:not([type=button])`)
	b.Wait(`document.querySelector('#notice')`)
	b.Shot("invite-wrong-en")
	b.Fill("login", "10000003")
	b.Fill("code", strings.ToLower(code16))
	b.Click(`form[action$="/invite"] button:not([type=button])`)
	b.Wait(`document.querySelector('[name="new"]')`)
	b.Shot("new-password-en")
	b.Fill("new", "password1234")
	b.Click(`form[action$="/password/new"] button:not([type=button])`)
	b.Wait(`document.querySelector('#notice')`)
	b.Shot("new-password-refused-en") // PW-03: the reason is said
	const chosen = "quiet lanterns over Tone river"
	b.Fill("new", chosen)
	b.Click(`form[action$="/password/new"] button:not([type=button])`)
	b.Wait(`document.querySelector('form[action$="/password"] [name="password"]')`)
	password(b, "10000003", chosen)
	code(b, d.mailCode(1))
	b.WaitText("First, add a passkey")
	b.Shot("welcome-passkey-en")
	b.Click(`form[action$="/offer"] button.second`)
	b.WaitText("In case a device is lost")
	b.Click(`a[href$="/later"]`)
	b.WaitURL(d.provider + "/account")
	b.WaitText("Passkeys")
	b.Shot("security-centre-en")
	b.Says("Passkeys")
	b.Open(d.provider + "/invite?lang=en")
	b.Fill("login", "10000003")
	b.Fill("code", code16)
	b.Click(`form[action$="/invite"] button:not([type=button])`)
	b.Wait(`document.querySelector('#notice')`) // an invitation opens once
}

// Passkeys are listed, renamed and removed; deleting the last one says what is left; the
// fourth is refused. D3 D4 D5 D9
func TestPasskeysAreManaged(t *testing.T) {
	t.Parallel()
	d := show(t)
	b := chromium.New(t).Passkeys()
	b.Before(noAutofill)
	b.Size(390, 844)
	enrolled(t, d, b, 0)
	item := chromium.Eval[string](b, `document.querySelector('a[href$="/rename"]').getAttribute('href')`)
	b.Open(d.provider + item)
	fresh(b) // the strongest proof the account has, now that there is a passkey (PG-16)
	b.Wait(`document.querySelector('form[action$="/rename"]')`)
	b.Shot("passkey-rename")
	b.Fill("name", "いつものスマホ")
	b.Click(`form[action$="/rename"] button`)
	b.WaitText("いつものスマホ")

	// D5: two more fit, the fourth does not. Each needs a device of its own.
	for n := 2; n <= 3; n++ {
		b.Passkeys()
		b.Open(d.provider + "/account/passkeys/add")
		b.Wait(`document.querySelector('[data-enrol]')`)
		b.Click(`[data-enrol] button`)
		b.Wait(`document.querySelector('form[action$="/enrol/done"]')`)
		b.Click(`form[action$="/enrol/done"] button`)
		b.WaitText(fmt.Sprintf("パスキー%d件で守られています", n))
	}
	b.Open(d.provider + "/account/passkeys/add")
	b.WaitText("3件まで")
	b.Shot("passkey-limit")
	if chromium.Eval[bool](b, `!!document.querySelector('[data-enrol]')`) {
		t.Error("D5: a fourth passkey is offered")
	}
	for n := 3; n >= 1; n-- {
		b.Open(d.provider + "/account")
		href := chromium.Eval[string](b, `document.querySelector('a[href$="/remove"][href*="passkeys"]').getAttribute('href')`)
		b.Open(d.provider + href)
		if n == 1 {
			b.Says("最後") // D9: what is left is explained before it goes
			b.Shot("passkey-remove-last")
		}
		b.Click(`form[action$="/remove"] button`)
		b.WaitURL(d.provider + "/account?done=")
	}
	b.Says("認証アプリ")
	b.Shot("security-centre-none")
	mails := d.get(d.mail + "/")
	if !strings.Contains(mails, "パスキー") {
		t.Error("D4: no mail about the passkeys")
	}
	b.NoViolations()
}

// fresh answers a step-up with the passkey, when the page asks for one.
func fresh(b *chromium.Tab) {
	b.Wait(`document.readyState === 'complete'`)
	if strings.Contains(b.URL(), "/interaction/") {
		b.Wait(`document.querySelector('[data-passkey-start]')`)
		b.Click(`[data-passkey-start]`)
	}
}
