package loginui_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	loginui "sekisho/login-ui"
	"sekisho/login-ui/gallery/sample"
)

func sorted(s string) string {
	all := []byte(s)
	slices.Sort(all)
	return string(all)
}

func axeSource(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// B6 PW-02: the rules of a new password are ticked while it is typed, nothing leaves the
// browser, and they stand there without script too.
func TestRulesAreTicked(t *testing.T) {
	site, err := loginui.New(loginui.Options{Firm: sample.Firm(), Rules: map[string]loginui.PasswordRule{
		loginui.RulesLogin: {Lower: true, Upper: true, Digit: true, Symbol: true, Symbols: "@#$%^&*_+-=:,."}}})
	if err != nil {
		t.Fatal(err)
	}
	origin := listen(t, sample.Handler(site))
	ctx := browser(t)
	before(t, ctx, `window.sent = []; for (const [on, name] of [[window, 'fetch'], [XMLHttpRequest.prototype, 'send'], [navigator, 'sendBeacon']])
		{ const was = on[name]; on[name] = function (...a) { sent.push(name); return was.apply(this, a); }; }`)
	do(t, ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(origin+"/gallery/password-change?lang=en"), chromedp.WaitReady("button[data-reveal]:not([hidden])"))
	met := func() string {
		return js[string](t, ctx, `[...document.querySelectorAll('[data-rule].met')].map(r => r.dataset.rule).join(' ')`)
	}
	level := func() string {
		return js[string](t, ctx, `document.querySelector('[data-strength]').hidden ? '' : document.querySelector('[data-level]:not([hidden])').dataset.level`)
	}
	if met() != "" || level() != "" {
		t.Errorf("B6: ticked before anything was typed: %q %q", met(), level())
	}
	for _, c := range []struct{ typed, met, level string }{
		{"30154567", "digit", "weak"}, // the sample customer's code
		{"abc", "lower name", "weak"},
		{"123456123456", "length digit name", "weak"},
		{"Quiet!", "lower upper name", "weak"}, // ! is no symbol of this firm
		{"Quiet-7 lantern over Tone", "length lower upper digit symbol name", "good"},
		{"30-15-45-67 Lantern", "length lower upper digit symbol", "good"},
	} {
		js[bool](t, ctx, `document.querySelector('#new').value = '', true`)
		do(t, ctx, chromedp.SendKeys("#new", c.typed))
		until(t, ctx, fmt.Sprintf(`document.querySelector('#new').value === %q`, c.typed))
		if got := met(); got != c.met {
			t.Errorf("B6 PW-02 %q: ticked %q, want %q", c.typed, got, c.met)
		}
		if got := level(); got != c.level {
			t.Errorf("B6 %q: strength %q, want %q", c.typed, got, c.level)
		}
	}
	until(t, ctx, `document.querySelector('[data-summary]').textContent.startsWith('5 of 6 are done.')`)
	if sent := js[[]string](t, ctx, "window.sent"); len(sent) > 0 {
		t.Errorf("B6: the password was sent before the form: %v", sent)
	}
	script(t, ctx, false)
	do(t, ctx, chromedp.Navigate(origin+"/gallery/recover-password?lang=ja"))
	if text := js[string](t, ctx, "document.body.innerText"); !strings.Contains(text, "12文字以上") || !strings.Contains(text, "英大文字を1文字以上") {
		t.Errorf("B6: without script: %s", text)
	}
	script(t, ctx, true)
}

// A6 B6: what is typed on the on-screen keyboard ticks the rules too.
func TestRulesHearTheKeyboard(t *testing.T) {
	ctx := browser(t)
	do(t, ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(gallery(t)+"/gallery/password-change?lang=en"),
		chromedp.WaitVisible(`[data-keyboard="new"] > button`), chromedp.Click(`[data-keyboard="new"] > button`))
	until(t, ctx, `document.querySelector('#new-keyboard button')?.checkVisibility()`)
	for _, name := range strings.Split("quietlantern", "") {
		do(t, ctx, chromedp.Click(fmt.Sprintf(`#new-keyboard [aria-label="Small %s"]`, name)))
	}
	until(t, ctx, `document.querySelector('[data-rule=length].met')`)
}

// skewed lets a test move the clock of a page.
const skewed = `window.skew = 0; const real = Date.now; Date.now = () => real() + window.skew;`

// C5: a page warns before its session ends, says how long is left, lets the customer stay,
// and is clean for a screen reader.
func TestWarningBeforeTheEnd(t *testing.T) {
	origin, axe := gallery(t), axeSource(t)
	ctx := browser(t)
	before(t, ctx, skewed)
	before(t, ctx, watchViolations)
	do(t, ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(origin+"/gallery/ending-session?lang=ja"))
	until(t, ctx, `document.body.innerText.includes('操作がないまま15:20になると')`)
	until(t, ctx, `document.querySelector('[data-renewable]').textContent`)
	if js[bool](t, ctx, `document.querySelector('dialog').open`) {
		t.Fatal("C5: warned an hour before")
	}
	js[int](t, ctx, `window.skew = 58.5 * 60 * 1000`)
	until(t, ctx, `document.querySelector('dialog').open && /あと1:\d\d/.test(document.querySelector('[data-countdown]').textContent)`)
	if got := js[string](t, ctx, `document.querySelector('dialog').getAttribute('role') + ' ' + document.activeElement.textContent + ' ' + document.querySelector('#warning-text').innerText`); !strings.HasPrefix(got, "alertdialog 続ける しばらく操作がないため、14:22にログアウトします。") {
		t.Errorf("C5: %s", got)
	}
	for _, scheme := range []string{"light", "dark"} {
		media(t, ctx, "prefers-color-scheme", scheme)
		js[bool](t, ctx, axe+";true")
		for _, v := range js[[]string](t, ctx, fmt.Sprintf(runAxe, "{}")) {
			t.Errorf("C5 HD-08 %s: %s", scheme, v)
		}
	}
	do(t, ctx, chromedp.Click("[data-stay-on]"))
	until(t, ctx, `!document.querySelector('dialog').open`)
	if got := js[string](t, ctx, `document.querySelector('h1').textContent`); !strings.Contains(got, "守られています") {
		t.Errorf("C5: staying changed the page: %s", got)
	}

	do(t, ctx, chromedp.Navigate(origin+"/gallery/ending-session-fixed?lang=en"))
	until(t, ctx, `document.querySelector('dialog').open && document.querySelector('dialog').innerText.includes('This cannot be extended.')`)
	if js[bool](t, ctx, `document.querySelector('[data-stay-on]').checkVisibility()`) {
		t.Error("C5: offers what cannot be had")
	}
	do(t, ctx, chromedp.Click("[data-close]"))
	until(t, ctx, `!document.querySelector('dialog').open`)
	if got := js[[]string](t, ctx, "window.violations"); len(got) > 0 {
		t.Errorf("HD-06: %v", got)
	}
}
