package loginui_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	cdpwebauthn "github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	loginui "sekisho/login-ui"
)

// authenticator gives the tab a platform authenticator; without presence it leaves every
// request open, as a customer does who has not touched the dialog.
func authenticator(t *testing.T, ctx context.Context, presence bool) cdpwebauthn.AuthenticatorID {
	t.Helper()
	if _, err := chromedp.Call(ctx, cdpwebauthn.Enable, cdpwebauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	r, err := chromedp.Call(ctx, cdpwebauthn.AddVirtualAuthenticator, cdpwebauthn.AddVirtualAuthenticatorParams{Options: &cdpwebauthn.VirtualAuthenticatorOptions{
		Protocol: cdpwebauthn.AuthenticatorProtocolCtap2, Ctap2version: cdpwebauthn.Ctap2versionCtap21, Transport: cdpwebauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: presence}})
	if err != nil {
		t.Fatal(err)
	}
	return r.AuthenticatorID
}

func presence(t *testing.T, ctx context.Context, id cdpwebauthn.AuthenticatorID, on bool) {
	t.Helper()
	if _, err := chromedp.Call(ctx, cdpwebauthn.SetAutomaticPresenceSimulation, cdpwebauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: id, Enabled: on}); err != nil {
		t.Fatal(err)
	}
}

func verified(t *testing.T, ctx context.Context, id cdpwebauthn.AuthenticatorID, on bool) {
	t.Helper()
	if _, err := chromedp.Call(ctx, cdpwebauthn.SetUserVerified, cdpwebauthn.SetUserVerifiedParams{AuthenticatorID: id, IsUserVerified: on}); err != nil {
		t.Fatal(err)
	}
}

// enrol adds a passkey through the enrolment page.
func enrol(t *testing.T, ctx context.Context, origin string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(origin+"/enrol?lang=en"), chromedp.Click("[data-passkey-start]"))
	until(t, ctx, "location.pathname === '/done'")
}

const message = "document.querySelector('#live').innerText.trim().replace(/\\s+/g, ' ')"

// D1, D3: a passkey is added and used from the pages, by button and by autofill.
func TestPasskeyCeremonies(t *testing.T) {
	d, origin := newDesk(t)
	ctx := browser(t)
	before(t, ctx, watchViolations)
	key := authenticator(t, ctx, true)

	enrol(t, ctx, origin)
	if len(d.passkeys) != 1 || d.names[0] != "iPhone" {
		t.Fatalf("D3: %d passkeys, names %q", len(d.passkeys), d.names)
	}
	t.Run("the same device twice", func(t *testing.T) {
		do(t, ctx, chromedp.Navigate(origin+"/enrol?lang=en"), chromedp.Click("[data-passkey-start]"))
		until(t, ctx, message+".startsWith('This device already has a passkey')")
	})
	t.Run("D1 by button", func(t *testing.T) {
		do(t, ctx, chromedp.Navigate(origin+"/stepup?lang=en"), chromedp.Click("[data-passkey-start]"))
		until(t, ctx, "location.pathname === '/done'")
		if last := d.called()[len(d.called())-1]; last != "passkey " {
			t.Errorf("last call %q", last)
		}
	})
	t.Run("PA-10 by autofill", func(t *testing.T) {
		do(t, ctx, chromedp.Navigate(origin+"/signin?lang=en"))
		until(t, ctx, "location.pathname === '/done'")
		if !slices.Contains(d.called(), "passkey/options conditional") {
			t.Errorf("calls %v", d.called())
		}
	})
	t.Run("PA-10 refused by the device", func(t *testing.T) {
		verified(t, ctx, key, false)
		do(t, ctx, chromedp.Navigate(origin+"/stepup?lang=en"), chromedp.Click("[data-passkey-start]"))
		until(t, ctx, message+".startsWith('The passkey check was cancelled. Try again or choose another way.')")
		if !js[bool](t, ctx, "document.querySelector('[data-passkey-start]').getAttribute('aria-busy') === 'false' && document.querySelector('#live').ariaLive === 'assertive'") {
			t.Error("the way on is shut, or the message is not announced")
		}
		verified(t, ctx, key, true)
		do(t, ctx, chromedp.Click("[data-passkey-start]"))
		until(t, ctx, "location.pathname === '/done'")
	})
	t.Run("refused by the provider", func(t *testing.T) {
		d.mu.Lock()
		d.refuse = &loginui.Notice{Code: loginui.NoticePasskeyUnknown}
		d.mu.Unlock()
		do(t, ctx, chromedp.Navigate(origin+"/stepup?lang=en"), chromedp.Click("[data-passkey-start]"))
		until(t, ctx, message+".startsWith('This passkey is not registered with us any more. Your other passkeys')")
	})
	if got := js[[]string](t, ctx, "violations"); len(got) > 0 {
		t.Errorf("HD-06 CSP violations %v", got)
	}
	t.Run("gone on in another tab", func(t *testing.T) {
		d.mu.Lock()
		d.refuse, d.moved = nil, true
		d.mu.Unlock()
		for _, page := range []string{"/stepup", "/enrol"} {
			do(t, ctx, chromedp.Navigate(origin+page), chromedp.Click("[data-passkey-start]"))
			until(t, ctx, "location.pathname === '/done'")
		}
	})
}

// HD-11: nothing asks the authenticator until the customer presses the button, except
// autofill, which shows nothing by itself; and the button ends autofill's request first.
func TestPasskeyIsAskedForByGestureOnly(t *testing.T) {
	d, origin := newDesk(t)
	ctx := browser(t)
	key := authenticator(t, ctx, true)
	enrol(t, ctx, origin)
	presence(t, ctx, key, false)
	before(t, ctx, `window.asked = [];
const get = navigator.credentials.get.bind(navigator.credentials);
navigator.credentials.get = o => { asked.push(o.mediation); o.signal.addEventListener('abort', () => asked.push('ended')); return get(o); };`)
	do(t, ctx, chromedp.Navigate(origin+"/stepup?lang=en"))
	until(t, ctx, "document.readyState === 'complete'")
	if got := js[[]string](t, ctx, "asked"); len(got) != 0 {
		t.Errorf("HD-11: asked %v without a gesture", got)
	}
	do(t, ctx, chromedp.Navigate(origin+"/signin?lang=en"))
	until(t, ctx, "asked.length === 1")
	do(t, ctx, chromedp.Click("[data-passkey-start]"))
	until(t, ctx, "asked.length === 3")
	if got := strings.Join(js[[]string](t, ctx, "asked"), " "); got != "conditional ended optional" {
		t.Errorf("HD-11: asked %q", got)
	}
	if calls := d.called(); slices.Contains(calls, "passkey ") {
		t.Errorf("HD-11: an unanswered request was sent on: %v", calls)
	}
}

// D8: a browser without passkeys shows no button, says why, leads to the page of
// recommended environments and keeps the password; nothing jumps when it finds out.
func TestBrowserWithoutPasskeys(t *testing.T) {
	_, origin := newDesk(t)
	ctx := browser(t)
	before(t, ctx, "delete window.PublicKeyCredential;")
	do(t, ctx, chromedp.Navigate(origin+"/signin?lang=ja"), chromedp.WaitVisible("[data-passkey-unsupported]"))
	if js[bool](t, ctx, "document.querySelector('[data-passkey-start]').checkVisibility()") {
		t.Error("D8: the button is shown")
	}
	if !js[bool](t, ctx, "document.querySelector('#password').checkVisibility() && document.querySelector('[data-passkey-unsupported]').innerText.startsWith('このブラウザではパスキーをお使いいただけないため')") {
		t.Error("D8: no reason, or no password")
	}
	do(t, ctx, chromedp.Click("[data-passkey-unsupported] a"))
	until(t, ctx, "location.pathname === '/help/environments' && document.querySelector('[data-check=no]').checkVisibility()")
	do(t, ctx, chromedp.Navigate(origin+"/enrol?lang=ja"), chromedp.WaitVisible("[data-passkey-unsupported]"))
	if js[bool](t, ctx, "document.querySelector('form[data-enrol]').checkVisibility()") || !js[bool](t, ctx, "[...document.querySelectorAll('form')].some(f => f.action.endsWith('/cancel') && f.querySelector('button').checkVisibility())") {
		t.Error("D8: enrolment is a dead end")
	}
}

// HD-08: without script the password path works and nothing is shown that cannot.
func TestWithoutScript(t *testing.T) {
	d, origin := newDesk(t)
	ctx := browser(t)
	script(t, ctx, false)
	do(t, ctx, chromedp.Navigate(origin+"/signin?lang=ja"))
	if js[bool](t, ctx, "document.querySelector('.passkey').checkVisibility() || document.querySelector('.peek').checkVisibility()") {
		t.Error("HD-08: dead buttons without script")
	}
	js[bool](t, ctx, "document.querySelector('#login').focus(), true")
	do(t, ctx, chromedp.KeyEvent("30154567\tcorrect horse\r"))
	until(t, ctx, "location.pathname === '/done'")
	got := d.posted()
	if got["step"] != "password" || got["login"] != "30154567" || got["password"] != "correct horse" || got["csrf"] != deskCSRF {
		t.Errorf("HD-08: posted %v", got)
	}
	if calls := d.called(); len(calls) != 0 {
		t.Errorf("calls without script: %v", calls)
	}
}

// The passkey part takes its room from the first paint on.
func TestNothingJumps(t *testing.T) {
	_, origin := newDesk(t)
	ctx := browser(t)
	authenticator(t, ctx, false)
	before(t, ctx, `window.jumps = []; new PerformanceObserver(l => l.getEntries().forEach(e => jumps.push(e.value))).observe({type: 'layout-shift', buffered: true});`)
	do(t, ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(origin+"/signin?lang=ja"))
	until(t, ctx, "!document.querySelector('[data-reveal]').hidden")
	if got := js[[]float64](t, ctx, "new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(jumps))))"); len(got) != 0 {
		t.Errorf("layout shifts %v", got)
	}
}

// PW-06: types, tokens, paste and the show button of the password field.
func TestPasswordField(t *testing.T) {
	d, origin := newDesk(t)
	ctx := browser(t)
	do(t, ctx, chromedp.Navigate(origin+"/signin?lang=en"), chromedp.WaitVisible("[data-reveal]"))
	if got := js[string](t, ctx, "[login.autocomplete, password.autocomplete, password.type].join(', ')"); got != "username webauthn, current-password, password" {
		t.Errorf("PW-06: %s", got)
	}
	if !js[bool](t, ctx, "password.dispatchEvent(new ClipboardEvent('paste', {cancelable: true, bubbles: true}))") {
		t.Error("PW-06: paste is prevented")
	}
	do(t, ctx, chromedp.SendKeys("#login", "30154567"), chromedp.SendKeys("#password", "s"), chromedp.Click("[data-reveal]"))
	if got := js[string](t, ctx, "password.type + ' ' + document.querySelector('[data-reveal]').ariaLabel"); got != "text Hide password" {
		t.Errorf("PW-06: shown as %q", got)
	}
	before(t, ctx, "")
	js[bool](t, ctx, "document.forms[0].addEventListener('submit', () => sessionStorage.type = password.type), [...document.forms].forEach(f => f.addEventListener('submit', () => sessionStorage.type = password.type)), true")
	do(t, ctx, chromedp.Click("form[action$='/password'] button.second"))
	until(t, ctx, "location.pathname === '/done'")
	if got := js[string](t, ctx, "sessionStorage.type"); got != "password" {
		t.Errorf("sent as %q: the browser would remember it as text", got)
	}
	if d.posted()["password"] != "s" {
		t.Error("not posted")
	}
}

// Codes are taken as people have them, and the resend button opens by itself.
func TestCodeField(t *testing.T) {
	ctx := browser(t)
	origin := gallery(t)
	before(t, ctx, "const set = setInterval; window.setInterval = (f, ms) => set(f, ms / 1000); const now = performance.now.bind(performance); performance.now = () => now() * 1000;")
	do(t, ctx, chromedp.Navigate(origin+"/gallery/code-email?lang=en"), chromedp.WaitReady("#code"))
	if got := js[string](t, ctx, "document.activeElement.id + ' ' + code.autocomplete + ' ' + code.inputMode"); got != "code one-time-code numeric" {
		t.Errorf("field %q", got)
	}
	for typed, want := range map[string]string{"１２３４５６": "123456", "123 456": "123456", "code: 98-76-54.": "987654", "12345678": "123456"} {
		js[bool](t, ctx, "code.value = '', code.focus(), document.execCommand('insertText', false, '"+typed+"')")
		if got := js[string](t, ctx, "code.value"); got != want {
			t.Errorf("%q became %q", typed, got)
		}
	}
	until(t, ctx, "!document.querySelector('[data-wait]').disabled && !document.querySelector('[data-wait-note]')")
}
