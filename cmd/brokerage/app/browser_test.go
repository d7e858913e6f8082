package brokerage_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// chromium is a tab of a real browser at a phone's smallest width.
func chromium(t *testing.T) context.Context {
	t.Helper()
	bin := os.Getenv("CHROMIUM_BIN")
	if bin == "" {
		bin = "/usr/bin/chromium"
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()), chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true), chromedp.Flag("lang", "en-GB"))
	allocator, end := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(func() { closeTab(); end() })
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(320, 640)); err != nil { // the first run starts the browser
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(stop)
	return ctx
}

func see(t *testing.T, ctx context.Context) string {
	t.Helper()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// narrow fails when the page scrolls sideways.
func narrow(t *testing.T, ctx context.Context, where string) {
	t.Helper()
	over, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`document.documentElement.scrollWidth - innerWidth`))
	if err != nil {
		t.Fatal(err)
	}
	if over > 0 {
		t.Errorf("%s scrolls sideways by %v px at 320 px", where, over)
	}
}

// The whole site in Chromium with scripts switched off: the content security policy lets
// form posts end at the provider and come back, and every page fits a small phone.
func TestInChromiumWithoutScripts(t *testing.T) {
	f := newFirm(t, nil)
	ctx := chromium(t)
	noScripts := func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}
	steps := []struct {
		name string
		do   []chromedp.Action[chromedp.Void]
		want string
	}{
		{"front page", []chromedp.Action[chromedp.Void]{chromedp.Func(noScripts), chromedp.Navigate(f.URL + "/")}, "Sign in"},
		{"sign-in", []chromedp.Action[chromedp.Void]{chromedp.Click(`a[href="/signin"]`), chromedp.WaitReady("table")}, "山田 花子"},
		{"order form", []chromedp.Action[chromedp.Void]{chromedp.Click(`nav a[href="/trade"]`), chromedp.WaitReady("select")}, "Send this order"},
		{"order", []chromedp.Action[chromedp.Void]{chromedp.Click(`main button`), chromedp.WaitReady(".tick")}, "Your order was filled"},
		{"withdrawal form", []chromedp.Action[chromedp.Void]{chromedp.Click(`nav a[href="/withdraw"]`), chromedp.WaitReady(".amount")}, "No money moves"},
		{"withdrawal", []chromedp.Action[chromedp.Void]{chromedp.SendKeys(".amount", "120,000"), chromedp.Click(`main button`), chromedp.WaitReady(".tick")}, "¥120,000"},
		{"second withdrawal form", []chromedp.Action[chromedp.Void]{chromedp.Click(`nav a[href="/withdraw"]`), chromedp.WaitReady(".amount")}, "You can withdraw"},
	}
	for _, s := range steps {
		if err := chromedp.Do(ctx, s.do...); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if text := see(t, ctx); !strings.Contains(text, s.want) {
			t.Fatalf("%s lacks %q:\n%s", s.name, s.want, text)
		}
		narrow(t, ctx, s.name)
	}
	f.op.set(func() { f.op.refuse = "unmet_authentication_requirements" })
	if err := chromedp.Do(ctx, chromedp.SendKeys(".amount", "99000"), chromedp.Click(`main button`), chromedp.WaitReady("#why")); err != nil {
		t.Fatalf("failed step-up: %v", err)
	}
	if kept, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector(".amount").value`)); err != nil || kept != "99000" {
		t.Errorf("what was typed is %q, %v", kept, err)
	}
	narrow(t, ctx, "failed step-up")
	if err := chromedp.Do(ctx, chromedp.Click(`.out`), chromedp.WaitReady("#signed-out-of-the-provider")); err != nil {
		t.Errorf("sign-out did not reach the provider: %v", err)
	}
}
