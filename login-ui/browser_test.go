package loginui_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"sekisho/login-ui/gallery/sample"
)

// browser gives a tab of a fresh Chromium. A machine without one fails the tests: pages
// nobody has opened are not proved.
func browser(t *testing.T) context.Context {
	t.Helper()
	bin := "/usr/bin/chromium"
	if b := os.Getenv("CHROMIUM_BIN"); b != "" {
		bin = b
	}
	if _, err := os.Stat(bin); err != nil {
		t.Fatalf("Chromium is needed: %v", err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()), chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true))
	allocated, endAllocated := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, end := chromedp.NewContext(allocated)
	t.Cleanup(func() { end(); endAllocated() })
	if err := chromedp.Do(ctx); err != nil { // starts it; a deadline here would end it with the first page
		t.Fatal(err)
	}
	return ctx
}

// listen serves h on localhost, the only name on which plain http may use WebAuthn.
func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close() })
	return fmt.Sprintf("http://localhost:%d", ln.Addr().(*net.TCPAddr).Port)
}

func gallery(t *testing.T) string { return listen(t, sample.Handler(newSite(t))) }

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// js evaluates an expression, waiting for its promise.
func js[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%.80s: %v", expression, err)
	}
	return v
}

// until waits for an expression to hold. A navigation in between ends the evaluation, so
// each try is its own.
func until(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		held, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if held {
			return
		}
		select {
		case <-ctx.Done():
			text, _ := chromedp.Run(context.WithoutCancel(ctx), chromedp.Evaluate[string]("location.pathname + document.body.innerText"))
			t.Fatalf("never true: %s: %v\n%s", expression, err, text)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func media(t *testing.T, ctx context.Context, name, value string) {
	t.Helper()
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: name, Value: value}}}); err != nil {
		t.Fatal(err)
	}
}

// before runs a script in every page before its own.
func before(t *testing.T, ctx context.Context, source string) {
	t.Helper()
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source}); err != nil {
		t.Fatal(err)
	}
}

func script(t *testing.T, ctx context.Context, on bool) {
	t.Helper()
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		t.Fatal(err)
	}
}

const watchViolations = `window.violations = [];
document.addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective + ' ' + e.blockedURI));`

const runAxe = `axe.run(document, %s).then(r => r.violations.map(v => v.id + ' (' + v.help + '): ' + v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary).join('; ')))`

// Every page in both languages: axe-core finds nothing in light or dark, nothing scrolls
// sideways at 320 px, at 200 % zoom or with doubled letters, nothing breaks the CSP, and
// every target is 48 px.
func TestPagesInChromium(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	origin := gallery(t)
	ctx := browser(t)
	before(t, ctx, watchViolations)
	for _, s := range sample.All() {
		for _, lang := range []string{"ja", "en"} {
			name := s.Name + " " + lang
			media(t, ctx, "prefers-color-scheme", "light")
			do(t, ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(origin+"/gallery/"+s.Name+"?lang="+lang))
			js[bool](t, ctx, string(axe)+";true")
			for _, v := range js[[]string](t, ctx, fmt.Sprintf(runAxe, "{}")) {
				t.Errorf("HD-08 %s light: %s", name, v)
			}
			media(t, ctx, "prefers-color-scheme", "dark")
			for _, v := range js[[]string](t, ctx, fmt.Sprintf(runAxe, "{runOnly: ['color-contrast']}")) {
				t.Errorf("HD-08 %s dark: %s", name, v)
			}
			if got := js[[]string](t, ctx, smallTargets); len(got) > 0 {
				t.Errorf("%s: targets under 48 px: %s", name, strings.Join(got, ", "))
			}
			checkReflow(t, ctx, name)
			if got := js[[]string](t, ctx, "window.violations ?? []"); len(got) > 0 {
				t.Errorf("HD-06 %s: CSP violations %v", name, got)
			}
		}
	}
	// The watch itself works: what a successful injection would do is refused and seen.
	js[bool](t, ctx, "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.injected = 1'})), true")
	until(t, ctx, "violations.length === 1 && !window.injected")
}

// smallTargets lists what can be pressed and is too small; links within a sentence are
// exempt (WCAG 2.2, 2.5.8).
const smallTargets = `[...document.querySelectorAll('button, summary, .btn, .tools a, .also a, .acts a, .desk a, .doors a, .fix a, .return a, .choice, input:not([type=hidden]):not([type=radio]):not(.choice input)')]
	.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 47.9).map(e => e.outerHTML.slice(0, 80))`

func checkReflow(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	const sideways = `document.documentElement.scrollWidth > innerWidth ? [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 60)).join(' | ') || 'page' : ''`
	do(t, ctx, chromedp.EmulateViewport(320, 640))
	if got := js[string](t, ctx, sideways); got != "" {
		t.Errorf("%s scrolls sideways at 320 px: %s", name, got)
	}
	do(t, ctx, chromedp.EmulateViewport(640, 400, chromedp.EmulateScale(2)))
	if got := js[string](t, ctx, sideways); got != "" {
		t.Errorf("%s scrolls sideways at 200 %%: %s", name, got)
	}
	do(t, ctx, chromedp.EmulateViewport(390, 844))
	if got := js[string](t, ctx, "document.documentElement.style.fontSize = '34px';"+sideways); got != "" {
		t.Errorf("%s scrolls sideways with doubled letters: %s", name, got)
	}
}

// HD-08: the login page by keyboard alone, from top to end, each stop visible.
func TestKeyboardOrder(t *testing.T) {
	origin := gallery(t)
	ctx := browser(t)
	do(t, ctx, chromedp.Navigate(origin+"/gallery/signin?lang=en"), chromedp.WaitReady("button[data-reveal]:not([hidden])"))
	want := []string{"Skip to content", "日本語", "Sign in with a passkey", "login", "password", "Show", "On-screen keyboard\n(Login password)", "Next",
		"Trouble signing in", "About passkeys", "Cancel and return to Aoba Trade", "0120-000-000"}
	for _, stop := range want {
		do(t, ctx, chromedp.KeyEvent("\t"))
		if got := js[string](t, ctx, "document.activeElement.id || document.activeElement.innerText.trim()"); got != stop {
			t.Errorf("HD-08: focus on %q, want %q", got, stop)
		}
		if !js[bool](t, ctx, "getComputedStyle(document.activeElement).outlineStyle !== 'none' && parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2") {
			t.Errorf("HD-08: focus on %q cannot be seen", stop)
		}
	}
	do(t, ctx, chromedp.Navigate(origin+"/gallery/notice-login_failed?lang=en"))
	until(t, ctx, "document.activeElement.id") // the browser moves the focus after it has drawn
	if got := js[string](t, ctx, "document.activeElement.id + ' ' + document.title"); got != "notice Error: Sign in — Aoba Securities" {
		t.Errorf("an error begins at %q", got)
	}
	do(t, ctx, chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"))
	if got := js[string](t, ctx, "location.hash + ' ' + document.querySelector('#login').getAttribute('aria-describedby')"); got != "#login notice" {
		t.Errorf("the error leads to %q", got)
	}
}

// HD-02: another page cannot frame one of ours.
func TestFramingIsRefused(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/", sample.Handler(newSite(t)))
	mux.HandleFunc("/frame", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, "<!doctype html><title>f</title><iframe src=%q></iframe>", r.URL.Query().Get("of"))
	})
	mux.HandleFunc("/plain", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("plain")) })
	origin := listen(t, mux)
	ctx := browser(t)
	for of, framed := range map[string]bool{"/plain": true, "/gallery/signin": false, "/gallery/error-failed": false, "/gallery/consent": false, "/gallery/code-totp": false} {
		do(t, ctx, chromedp.Navigate(origin+"/frame?of="+of))
		if got := js[bool](t, ctx, "!!document.querySelector('iframe').contentDocument"); got != framed {
			t.Errorf("HD-02 %s framed: %v", of, got)
		}
	}
}
