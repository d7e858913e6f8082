// Package chromium drives a real browser with a virtual passkey authenticator through
// pages, the way a customer would. It is for tests only; a machine without Chromium fails
// them, because pages nobody opened are not proved.
package chromium

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Tab is one browser with one tab and a profile of its own.
type Tab struct {
	t    testing.TB
	ctx  context.Context
	auth webauthn.AuthenticatorID
}

// Flag is one of the browser's command line: a word or a yes.
type Flag struct {
	Name  string
	Value any
}

// patience bounds every single wait.
const patience = 30 * time.Second

// New starts a browser; flags are further ones of its command line.
func New(t testing.TB, flags ...Flag) *Tab {
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
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true), chromedp.Flag("accept-lang", "ja"),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true))
	for _, f := range flags {
		opts = append(opts, chromedp.Flag(f.Name, f.Value))
	}
	allocated, endAllocated := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, end := chromedp.NewContext(allocated)
	t.Cleanup(func() { end(); endAllocated() })
	if err := chromedp.Do(ctx); err != nil { // starts it; a deadline here would end it with the first page
		t.Fatal(err)
	}
	tab := &Tab{t: t, ctx: ctx}
	tab.Before(`window.violations = [];
document.addEventListener('securitypolicyviolation', e => window.violations.push(e.violatedDirective + ' ' + e.blockedURI));`)
	return tab
}

// Passkeys gives the tab a platform authenticator with user verification, in place of an
// earlier one. Call it before the first page that uses passkeys.
func (b *Tab) Passkeys() *Tab {
	b.t.Helper()
	if b.auth != "" {
		if _, err := chromedp.Call(b.ctx, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: b.auth}); err != nil {
			b.t.Fatal(err)
		}
	}
	if _, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	r, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		DefaultBackupEligibility: true, DefaultBackupState: true}})
	if err != nil {
		b.t.Fatal(err)
	}
	b.auth = r.AuthenticatorID
	return b
}

// Verified says whether the device recognises its user from now on.
func (b *Tab) Verified(yes bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: b.auth, IsUserVerified: yes}); err != nil {
		b.t.Fatal(err)
	}
}

// Present says whether the device answers by itself; when not, a prompt just waits.
func (b *Tab) Present(yes bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: b.auth, Enabled: yes}); err != nil {
		b.t.Fatal(err)
	}
}

// Credentials is how many passkeys the device holds.
func (b *Tab) Credentials() int {
	b.t.Helper()
	r, err := chromedp.Call(b.ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: b.auth})
	if err != nil {
		b.t.Fatal(err)
	}
	return len(r.Credentials)
}

// Before runs a script in every page before its own.
func (b *Tab) Before(source string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source}); err != nil {
		b.t.Fatal(err)
	}
}

// Script switches JavaScript on or off.
func (b *Tab) Script(on bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.t.Fatal(err)
	}
}

// Size sets the window: 390×844 is a phone, 1280×900 a desk.
func (b *Tab) Size(width, height int64) { b.do(chromedp.EmulateViewport(width, height)) }

// Dark prefers the dark colour scheme.
func (b *Tab) Dark(yes bool) {
	value := "light"
	if yes {
		value = "dark"
	}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}}); err != nil {
		b.t.Fatal(err)
	}
}

// Downloads keeps what the page lets people download in a folder.
func (b *Tab) Downloads(folder string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder}); err != nil {
		b.t.Fatal(err)
	}
}

// Open goes to an address. A page that is just leaving for another one by itself may
// abort that once.
func (b *Tab) Open(url string) {
	b.t.Helper()
	for range 3 {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		err := chromedp.Do(ctx, chromedp.Navigate(url))
		cancel()
		if err == nil {
			return
		}
		if !strings.Contains(err.Error(), "ERR_ABORTED") {
			b.t.Fatalf("%s: %v", url, err)
		}
	}
	b.t.Fatalf("%s is always left again", url)
}

func (b *Tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\n%s", err, b.Text())
	}
}

// Fill types into the field of that name.
func (b *Tab) Fill(name, value string) {
	b.t.Helper()
	selector := `[name="` + name + `"]`
	b.Wait(`document.querySelector('` + selector + `')`)
	Eval[bool](b, `(document.querySelector('`+selector+`').value = '') === ''`)
	b.do(chromedp.SendKeys(selector, value))
}

// Click presses the first element the selector finds, as a mouse would.
func (b *Tab) Click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// Eval evaluates an expression in a tab, waiting for its promise.
func Eval[T any](b *Tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%.120s: %v\n%s", expression, err, b.Text())
	}
	return v
}

// Wait waits until an expression holds.
func (b *Tab) Wait(expression string) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		cancel()
		if err == nil && ok { // an error is a page that is being left
			return
		}
		time.Sleep(40 * time.Millisecond)
	}
	b.t.Fatalf("never true: %s\nat %s\n%s", expression, b.URL(), b.Text())
}

// Autofilled waits until the page's autofill has signed in and led to prefix. A loaded
// machine now and then drops the browser's own conditional prompt, as it would when a
// person switches windows; the page is then loaded again, as that person would.
func (b *Tab) Autofilled(prefix string) {
	b.t.Helper()
	for range 4 {
		for deadline := time.Now().Add(8 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			if strings.HasPrefix(b.URL(), prefix) {
				return
			}
		}
		b.do(chromedp.Reload())
	}
	b.t.Fatalf("autofill did not lead to %s but to %s\n%s", prefix, b.URL(), b.Text())
}

// WaitURL waits until the address begins with prefix.
func (b *Tab) WaitURL(prefix string) {
	b.t.Helper()
	b.Wait(`location.href.startsWith("` + prefix + `")`)
}

// WaitText waits until the page says something.
func (b *Tab) WaitText(text string) {
	b.t.Helper()
	b.Wait(`document.body && document.body.innerText.includes("` + text + `")`)
}

// URL is the tab's address.
func (b *Tab) URL() string {
	v, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.href"))
	return v
}

// Text is what the page says.
func (b *Tab) Text() string {
	v, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText : ''"))
	return v
}

// Says fails unless the page says every one of the texts, once it has loaded.
func (b *Tab) Says(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		said := false
		for deadline := time.Now().Add(patience / 3); !said && time.Now().Before(deadline); {
			if said = strings.Contains(b.Text(), text); !said {
				time.Sleep(40 * time.Millisecond)
			}
		}
		if !said {
			b.t.Errorf("%s does not say %q:\n%s", b.URL(), text, b.Text())
		}
	}
}

// Shot keeps a picture of the page when SEKISHO_SHOTS names a folder, for people to look at.
func (b *Tab) Shot(name string) {
	b.t.Helper()
	folder := os.Getenv("SEKISHO_SHOTS")
	if folder == "" {
		return
	}
	b.Wait(`document.body && document.body.clientWidth > 0 && document.readyState === 'complete'`)
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(90))
	if err != nil { // the page is being left; a picture proves nothing anyway
		b.t.Logf("no picture %s: %v", name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// NoViolations fails when a page broke its content security policy (HD-06).
func (b *Tab) NoViolations() {
	b.t.Helper()
	if v := Eval[[]string](b, "window.violations || []"); len(v) > 0 {
		b.t.Errorf("%s broke its policy: %v", b.URL(), v)
	}
}
