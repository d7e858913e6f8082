package loginui_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	loginui "sekisho/login-ui"
	"sekisho/login-ui/gallery/sample"
)

// listenForKeys keeps whatever a listener on the document could read of what is typed.
const listenForKeys = `window.heard = [];
for (const kind of ['keydown', 'keypress', 'keyup', 'beforeinput', 'input', 'textInput', 'compositionupdate', 'change'])
  document.addEventListener(kind, e => heard.push(kind + ' ' + (e.key ?? e.data ?? '')), true);`

const openKeyboard = `[data-keyboard="password"] > button`

// key finds a key by its name for screen readers.
func key(name string) string { return fmt.Sprintf(`#password-keyboard [aria-label=%q]`, name) }

func atKeyboard(t *testing.T, ctx context.Context, origin, page string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(origin+page), chromedp.WaitVisible(openKeyboard), chromedp.Click(openKeyboard))
	until(t, ctx, `document.querySelector('#password-keyboard button')?.checkVisibility()`)
}

func typedValue(t *testing.T, ctx context.Context) string {
	t.Helper()
	return js[string](t, ctx, `document.querySelector('#password').value`)
}

// A6: by mouse, a password of every kind of character, and no listener learns of it.
func TestKeyboardByMouse(t *testing.T) {
	ctx := browser(t)
	before(t, ctx, listenForKeys)
	before(t, ctx, watchViolations)
	do(t, ctx, chromedp.EmulateViewport(1280, 900))
	atKeyboard(t, ctx, gallery(t), "/gallery/signin?lang=ja")
	for _, name := range []string{"大文字", "大文字 T", "大文字", "小文字 o", "小文字 n", "小文字 e", "記号", "ハイフン", "アットマーク", "数字 9", "空白", "記号", "小文字 k"} {
		do(t, ctx, chromedp.Click(key(name)))
	}
	if got := typedValue(t, ctx); got != "Tone-@9 k" {
		t.Errorf("A6: typed %q", got)
	}
	if got := js[string](t, ctx, `document.querySelector('#password-keyboard [role=status]').textContent`); got != "9文字" {
		t.Errorf("A6: announced %q", got)
	}
	do(t, ctx, chromedp.Click(key("1文字消す")))
	if got := typedValue(t, ctx); got != "Tone-@9 " {
		t.Errorf("A6: after deleting one: %q", got)
	}
	if heard := js[[]string](t, ctx, "window.heard"); len(heard) > 0 {
		t.Errorf("A6: listeners heard %q", heard)
	}
	if got := js[[]string](t, ctx, "window.violations"); len(got) > 0 {
		t.Errorf("HD-06: %v", got)
	}
	do(t, ctx, chromedp.Click(key("すべて消す")))
	if got := typedValue(t, ctx); got != "" {
		t.Errorf("A6: cleared to %q", got)
	}
}

// A6: by touch on a telephone, where the device's own keyboard stays away and nothing
// scrolls sideways.
func TestKeyboardByTouch(t *testing.T) {
	ctx := browser(t)
	before(t, ctx, listenForKeys)
	origin := gallery(t)
	do(t, ctx, chromedp.EmulateViewport(320, 640))
	if _, err := chromedp.Call(ctx, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true}); err != nil {
		t.Fatal(err)
	}
	atKeyboard(t, ctx, origin, "/gallery/signin?lang=ja")
	for _, name := range []string{"小文字 k", "数字 7", "小文字 q"} {
		at := js[[]float64](t, ctx, fmt.Sprintf(`(e => { e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect(); return [r.x + r.width/2, r.y + r.height/2] })(document.querySelector(%q))`, key(name)))
		for _, kind := range []input.DispatchTouchEventType{input.DispatchTouchEventTypeTouchStart, input.DispatchTouchEventTypeTouchEnd} {
			p := input.DispatchTouchEventParams{Type: kind, TouchPoints: []*input.TouchPoint{}}
			if kind == input.DispatchTouchEventTypeTouchStart {
				p.TouchPoints = append(p.TouchPoints, &input.TouchPoint{X: at[0], Y: at[1]})
			}
			if _, err := chromedp.Call(ctx, input.DispatchTouchEvent, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	until(t, ctx, `document.querySelector('#password').value === 'k7q'`)
	if got := js[string](t, ctx, `document.querySelector('#password').inputMode`); got != "none" {
		t.Errorf("A6: the device's keyboard would cover it: %q", got)
	}
	small := js[[]string](t, ctx, `[...document.querySelectorAll('.key')].filter(e => { const r = e.getBoundingClientRect(); return r.width < 47.9 || r.height < 47.9 }).map(e => e.ariaLabel)`)
	if len(small) > 0 {
		t.Errorf("A6: keys under 48 px: %v", small)
	}
	if js[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
		t.Error("A6: scrolls sideways at 320 px")
	}
	if heard := js[[]string](t, ctx, "window.heard"); len(heard) > 0 {
		t.Errorf("A6: listeners heard %q", heard)
	}
}

// A6: by keyboard alone; listeners see arrows, Enter and space, never a character.
func TestKeyboardByKeyboardAlone(t *testing.T) {
	ctx := browser(t)
	before(t, ctx, listenForKeys)
	do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(gallery(t)+"/gallery/signin?lang=en"), chromedp.WaitVisible(openKeyboard))
	js[bool](t, ctx, fmt.Sprintf(`document.querySelector(%q).focus(), true`, openKeyboard))
	do(t, ctx, chromedp.KeyEvent("\r"))
	until(t, ctx, `document.activeElement.ariaLabel === 'Digit 1'`)
	go1 := func(code string) { t.Helper(); do(t, ctx, chromedp.KeyEvent(code)) }
	const right, left, down, up, end, home, escape = "\u0303", "\u0302", "\u0301", "\u0304", "\u0305", "\u0306", "\u001b"
	go1(right)
	go1(right)
	go1("\r") // 3
	below := js[string](t, ctx, `(here => { const r = here.getBoundingClientRect();
		const under = [...document.querySelectorAll('.key')].filter(k => k.getBoundingClientRect().top > r.top + 1).sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
		return under.filter(k => Math.abs(k.getBoundingClientRect().top - under[0].getBoundingClientRect().top) < 2).map(k => k.ariaLabel).join() })(document.activeElement)`)
	go1(down)
	if got := js[string](t, ctx, "document.activeElement.ariaLabel"); !strings.Contains(below, got) || got == "" {
		t.Errorf("A6: down led to %q, not into the row %s", got, below)
	}
	go1(up)
	go1(left)
	go1(" ") // 2
	if got := typedValue(t, ctx); got != "32" {
		t.Errorf("A6: typed %q", got)
	}
	if n := js[int](t, ctx, `document.querySelectorAll('.pad button[tabindex="0"]').length`); n != 1 {
		t.Errorf("A6: %d stops for Tab", n)
	}
	go1(end)
	if got := js[string](t, ctx, "document.activeElement.ariaLabel"); got != "Close" {
		t.Errorf("A6: End led to %q", got)
	}
	go1(home)
	go1(escape)
	if got := js[string](t, ctx, "document.activeElement.ariaExpanded + ' ' + document.querySelector('#password-keyboard').hidden"); got != "false true" {
		t.Errorf("A6: closed: %s", got)
	}
	for _, heard := range js[[]string](t, ctx, "window.heard") {
		_, what, _ := strings.Cut(heard, " ")
		switch what {
		case "Enter", " ", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End", "Escape", "\r":
		default:
			t.Errorf("A6: a listener heard %q", heard)
		}
	}
}

// A6: what a screen reader says of it, and axe finds nothing in either language or scheme.
func TestKeyboardNames(t *testing.T) {
	origin, axe := gallery(t), axeSource(t)
	ctx := browser(t)
	do(t, ctx, chromedp.EmulateViewport(390, 844))
	for lang, want := range map[string][]string{
		"ja": {"小文字 a", "数字 0", "1文字消す", "すべて消す", "並べ替え", "閉じる"}, "en": {"Small a", "Digit 0", "Delete one", "Clear all", "Shuffle", "Close"},
	} {
		atKeyboard(t, ctx, origin, "/gallery/signin?lang="+lang)
		for _, name := range want {
			if !js[bool](t, ctx, fmt.Sprintf(`!!document.querySelector(%q)`, key(name))) {
				t.Errorf("A6 %s: no key %q", lang, name)
			}
		}
		for _, scheme := range []string{"light", "dark"} {
			media(t, ctx, "prefers-color-scheme", scheme)
			js[bool](t, ctx, axe+";true")
			for _, v := range js[[]string](t, ctx, fmt.Sprintf(runAxe, "{}")) {
				t.Errorf("A6 HD-08 %s %s: %s", lang, scheme, v)
			}
		}
		media(t, ctx, "prefers-color-scheme", "light")
	}
	do(t, ctx, chromedp.Click(key("Capitals")))
	if got := js[string](t, ctx, `document.querySelector('#password-keyboard [aria-pressed=true]').ariaLabel + ': ' + document.querySelector('#password-keyboard [role=status]').textContent`); got != "Capitals: Capital letters are on." {
		t.Errorf("A6: state said as %q", got)
	}
	// Shown letters are hidden again when the keyboard opens.
	atKeyboard(t, ctx, origin, "/gallery/signin?lang=en")
	do(t, ctx, chromedp.Click(key("Small s")), chromedp.Click(key("Close")), chromedp.Click(`[data-reveal="password"]`))
	if got := js[string](t, ctx, `document.querySelector('#password').type`); got != "text" {
		t.Fatalf("not shown: %s", got)
	}
	do(t, ctx, chromedp.Click(openKeyboard))
	until(t, ctx, `document.querySelector('#password').type === 'password' && document.querySelector('#password').value === 's'`)
	script(t, ctx, false)
	do(t, ctx, chromedp.Navigate(origin+"/gallery/signin?lang=ja"))
	if strings.Contains(js[string](t, ctx, "document.body.innerText"), "ソフトウェアキーボード") {
		t.Error("A6: offered where it cannot work")
	}
	script(t, ctx, true)
}

// order is the keys from the first digit to the last letter.
const order = `[...document.querySelectorAll('.pad .keys:not(.acts-row) .key')].map(k => k.textContent).join('')`

const plainOrder = "1234567890abcdefghijklmnopqrstuvwxyz"

// A6: the order of the keys, as the firm configured it and as the customer switches it.
func TestKeyboardShuffle(t *testing.T) {
	ctx := browser(t)
	do(t, ctx, chromedp.EmulateViewport(1280, 900))
	for _, shuffle := range []string{loginui.ShuffleOff, loginui.ShuffleDigits, loginui.ShuffleAll} {
		site, err := loginui.New(loginui.Options{Firm: sample.Firm(), Keyboard: loginui.Keyboard{Shuffle: shuffle}})
		if err != nil {
			t.Fatal(err)
		}
		origin := listen(t, sample.Handler(site))
		seen := map[string]bool{}
		for range 4 { // four times the usual order by chance: once in 10^26
			atKeyboard(t, ctx, origin, "/gallery/signin?lang=en")
			got := js[string](t, ctx, order)
			seen[got] = true
			if sorted(got) != sorted(plainOrder) {
				t.Fatalf("A6 %s: keys %q", shuffle, got)
			}
			if letters := strings.HasSuffix(got, plainOrder[10:]); letters == (shuffle == loginui.ShuffleAll) {
				t.Errorf("A6 %s: letters %q", shuffle, got)
			}
		}
		if (len(seen) == 1) != (shuffle == loginui.ShuffleOff) {
			t.Errorf("A6 %s: orders %v", shuffle, seen)
		}
		do(t, ctx, chromedp.Click(key("Shuffle")))
		if got := js[string](t, ctx, order); (got == plainOrder) == (shuffle == loginui.ShuffleOff) {
			t.Errorf("A6 %s: the customer's switch led to %q", shuffle, got)
		}
	}
	off, err := loginui.New(loginui.Options{Firm: sample.Firm(), Keyboard: loginui.Keyboard{Off: true}})
	if err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(listen(t, sample.Handler(off))+"/gallery/signin"), chromedp.WaitReady("button[data-reveal]:not([hidden])"))
	if js[bool](t, ctx, `!!document.querySelector('[data-keyboard]')`) {
		t.Error("A6: offered although it is switched off")
	}
}
