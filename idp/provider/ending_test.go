package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
	loginui "sekisho/login-ui"
)

// asked sends what a page's script sends: to stay, or only to ask.
func asked(t *testing.T, b *idptest.Browser, path, csrf, stay string) (loginui.Remaining, *idptest.Page) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.Origin+path, strings.NewReader(url.Values{"csrf": {csrf}, "stay": {stay}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", formMedia)
	page := b.Do(r)
	var left loginui.Remaining
	if page.Status == http.StatusOK {
		if err := json.Unmarshal([]byte(page.Body), &left); err != nil {
			t.Fatalf("%v: %s", err, page.Body)
		}
	}
	return left, page
}

// C5: what a page is told of its session's end; asking is no use of it, staying is, and
// nothing moves the absolute end.
func TestSessionIsRenewed(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Session.Absolute = 2 * time.Hour; c.Assurance.SignIn.MaxAge = time.Hour }})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := p.SignedIn(a)
	csrf := b.Page.CSRF()
	if !strings.Contains(b.Page.Body, "操作がないまま") || !strings.Contains(b.Page.Body, `data-left="3600"`) || !strings.Contains(b.Page.Body, `data-warn="120"`) {
		t.Errorf("C5: the page does not say when it ends: %s", b.Page.Body)
	}
	p.Clock.Advance(50 * time.Minute)
	for range 2 {
		if left, page := asked(t, b, "/account/stay", csrf, "0"); left.Left != 600 || left.Fixed {
			t.Errorf("C5: asked: %+v (%d)", left, page.Status)
		}
	}
	if left, _ := asked(t, b, "/account/stay", csrf, "1"); left.Left != 3600 || left.Fixed || left.Clock == "" {
		t.Errorf("C5: stayed: %+v", left)
	}
	p.Clock.Advance(50 * time.Minute)
	if left, _ := asked(t, b, "/account/stay", csrf, "1"); left.Left != 1200 || !left.Fixed {
		t.Errorf("C5: stayed beyond the absolute end: %+v", left)
	}
	if _, page := asked(t, b, "/account/stay", "forged", "1"); page.Status != http.StatusForbidden {
		t.Errorf("SE-08: %d", page.Status)
	}
	p.Clock.Advance(20 * time.Minute)
	if left, page := asked(t, b, "/account/stay", csrf, "1"); left.Left != 0 || page.Status != http.StatusSeeOther {
		t.Errorf("C5: an ended session was renewed: %+v %d", left, page.Status)
	}
	if page := b.Get("/account"); !page.Has("/password") || !strings.Contains(page.Body, "ログアウトしました。") {
		t.Errorf("C5: the next click does not say what happened: %s", page.Body)
	}
	if page := p.NewBrowser().Get("/account"); strings.Contains(page.Body, "ログアウトしました。") {
		t.Error("C5: said to somebody who was never signed in")
	}
}

// C5: a sign-in page can be kept, and loses only what must not be kept.
func TestSignInIsProlonged(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	base, csrf := b.Base(), b.Page.CSRF()
	b.Submit("/password", "login", a.LoginName, "password", a.Password)
	p.Clock.Advance(20 * time.Minute)
	if left, _ := asked(t, b, base+"/stay", csrf, "0"); left.Left != 600 {
		t.Errorf("C5: asked: %+v", left)
	}
	if left, _ := asked(t, b, base+"/stay", csrf, "1"); left.Left != 1800 || left.Next != "" {
		t.Errorf("C5: stayed: %+v", left)
	}
	if !b.Get(base).Has("/code") {
		t.Error("C5: a password given 20 minutes ago was dropped")
	}
	p.Clock.Advance(20 * time.Minute)
	if left, _ := asked(t, b, base+"/stay", csrf, "1"); left.Left != 1800 || left.Next != base {
		t.Errorf("C5: stayed with an old password: %+v", left)
	}
	if page := b.Get(base); page.Has("/code") || !page.Has("/password") || !strings.Contains(page.Body, `value="`+a.LoginName+`"`) {
		t.Errorf("C5: the name typed is gone, or the old password still waits: %s", page.Body)
	}
	for range 30 {
		p.Clock.Advance(20 * time.Minute)
		asked(t, b, base+"/stay", csrf, "1")
	}
	if page := b.Get(base); page.Status != http.StatusGone {
		t.Errorf("C5: it lasts for ever: %d", page.Status)
	}
	b = p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	base, csrf = b.Base(), b.Page.CSRF()
	p.Clock.Advance(31 * time.Minute)
	if _, page := asked(t, b, base+"/stay", csrf, "1"); page.Status != http.StatusGone {
		t.Errorf("C5: an ended one was prolonged: %d", page.Status)
	}
}

// skewPage lets a test move the clock of a page together with the provider's.
const skewPage = `window.skew = 0; const real = Date.now; Date.now = () => real() + window.skew;`

func later(p *idptest.Provider, b *chromium.Tab, d time.Duration) {
	p.Clock.Advance(d)
	chromium.Eval[float64](b, fmt.Sprintf("window.skew += %d", d.Milliseconds()))
}

// C5: in a real browser a customer is warned, stays, is warned again, and at the end sees a
// page without anything of the account; so does one whose session ended elsewhere.
func TestCustomerIsWarnedBeforeTheEnd(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Profile: idp.Profile{Name: "山田 花子"}})
	b := chromium.New(t)
	b.Before(skewPage)
	b.Size(390, 844)
	enter := func() {
		t.Helper()
		p.Clock.Advance(31 * time.Second)
		b.Open(p.URL + "/account")
		b.WaitText("ログイン")
		b.Fill("login", a.LoginName)
		b.Fill("password", a.Password)
		b.Click(pressIn + `/password"] button:not([type=button])`)
		b.Fill("code", a.TOTP())
		b.Click(pressIn + `/code"] button:not([type=button])`)
		b.WaitText("山田 花子")
	}
	warned := `document.querySelector('dialog')?.open`
	enter()
	later(p, b, 59*time.Minute)
	b.Wait(warned)
	b.Says("まもなく自動でログアウトします", "続ける")
	b.Shot("ending-warning")
	b.Click("[data-stay-on]")
	b.Wait("!" + warned)
	later(p, b, 57*time.Minute)
	b.Open(p.URL + "/account") // still signed in: the first hour is long over
	b.WaitText("山田 花子")
	later(p, b, 61*time.Minute)
	b.WaitText("しばらく操作がなかったため、自動でログアウトしました。")
	if text := b.Text(); strings.Contains(text, "山田") || strings.Contains(text, "パスキー") || chromium.Eval[bool](b, `!!document.querySelector('form')`) {
		t.Errorf("C5: the page still shows the account: %s", text)
	}
	b.Shot("ending-over")
	b.NoViolations()
	b.Click(`a[href="/account"]`)
	b.WaitText("ログアウトしました。") // the sign-in page says why it asks

	enter()
	if _, err := p.Store.EndSessions(context.Background(), a.ID, "", "other_device", p.Clock.Now(), idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	chromium.Eval[float64](b, "window.skew += 59 * 60 * 1000")
	b.WaitText("ほかの端末での操作により、ログアウトしました。")

	// Two pages of one browser: what is done in one counts in the other, by asking the
	// provider where nothing was said, and at once where it was.
	enter()
	later(p, b, 30*time.Minute)
	chromium.Eval[int](b, `fetch('/account').then(r => r.status)`)
	before := chromium.Eval[string](b, `document.querySelector('.ends').textContent`)
	later(p, b, 29*time.Minute)
	b.Wait(fmt.Sprintf(`document.querySelector('.ends').textContent !== %q`, before))
	if chromium.Eval[bool](b, "!!"+warned) {
		t.Error("C5: warned although the session was used elsewhere")
	}
	b.Open(p.URL + "/account")
	b.WaitText("山田 花子")
	chromium.Eval[bool](b, `(window.other = document.createElement('p'), new BroadcastChannel('sekisho /account/stay').postMessage({left: 7200, clock: '9:00'}), true)`)
	chromium.Eval[float64](b, "window.skew += 61 * 60 * 1000")
	b.Wait(`document.querySelector('[data-renewable]').textContent.includes('9:00')`)
	if chromium.Eval[bool](b, "!!"+warned) {
		t.Error("C5: warned although another page was used")
	}
}

// C5: a sign-in page warns too, and staying keeps what was typed.
func TestSignInPageWarns(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	b := chromium.New(t)
	b.Before(skewPage)
	b.Size(1280, 900)
	b.Open(p.URL + "/account")
	b.Fill("login", "10000001")
	later(p, b, 29*time.Minute)
	b.Wait(`document.querySelector('dialog')?.open`)
	b.Shot("ending-signin-warning")
	b.Click("[data-stay-on]")
	b.Wait(`!document.querySelector('dialog').open && document.querySelector('#login').value === '10000001'`)
	later(p, b, 31*time.Minute)
	b.WaitText("この画面の有効期限が切れました")
	b.Shot("ending-signin-over")
	b.Click(`a[href="/account"]`)
	b.WaitURL(p.URL + "/interaction/")
	b.Wait(`document.querySelector('#login')`)
	b.NoViolations()
}
