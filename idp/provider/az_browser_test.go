package provider_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
)

// visited is a relying party that a real browser comes back to.
type visited struct {
	*idptest.RelyingParty
	t    *testing.T
	p    *idptest.Provider
	b    *chromium.Tab
	back string
	came chan url.Values
}

// visitedBy registers a client whose redirect URI answers, for b.
func visitedBy(t *testing.T, p *idptest.Provider, b *chromium.Tab, id string, edit func(*idp.ClientMetadata)) *visited {
	v := &visited{t: t, p: p, b: b, came: make(chan url.Values, 8)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Has("state") {
			v.came <- q
		}
		_, _ = w.Write([]byte("<!doctype html><title>rp</title><p>arrived at " + id))
	}))
	t.Cleanup(server.Close)
	v.back = server.URL + "/callback"
	v.RelyingParty = p.NewRelyingParty(id, func(m *idp.ClientMetadata) {
		m.RedirectURIs = []string{v.back}
		if edit != nil {
			edit(m)
		}
	})
	return v
}

func (v *visited) open(pairs ...string) {
	v.b.Open(v.p.URL + "/authorize?" + idptest.AuthorizeQuery(v.ID, v.back, pairs...).Encode())
}

// authTime waits for the one response and redeems its code.
func (v *visited) authTime() int64 {
	v.t.Helper()
	v.b.WaitText("arrived at " + v.ID)
	got := v.Post("/token", "grant_type", "authorization_code", "code", (<-v.came).Get("code"), "redirect_uri", v.back, "code_verifier", idptest.Verifier)
	if got.Status != http.StatusOK {
		v.t.Fatalf("%d %s", got.Status, got.Body)
	}
	at, _ := idptest.Claims(v.t, got.String("id_token"))["auth_time"].(float64)
	return int64(at)
}

// proves answers the page that asks for the password, and the one that asks for the code.
func (v *visited) proves(a *idptest.Account) {
	v.p.Clock.Advance(31 * time.Second)
	v.b.Fill("password", a.Password)
	v.b.Click(pressIn + `/password"] button:not([type=button])`)
	v.b.Fill("code", a.TOTP())
	v.b.Click(pressIn + `/code"] button:not([type=button])`)
}

func inBrowser(t *testing.T) (*idptest.Provider, *idptest.Account, *chromium.Tab, *visited) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := chromium.New(t)
	v := visitedBy(t, p, b, "app", nil)
	v.open()
	b.Fill("login", a.LoginName)
	v.proves(a)
	return p, a, b, v
}

const asksPassword = `document.querySelector('form[action$="/password"] [name="password"]')`

// AZ-19 in a real browser: prompt=login asks again in a live session, and neither an edited
// address, nor the back button, nor the old address of the interaction gets around it.
func TestPromptLoginInChromium(t *testing.T) {
	p, a, b, app := inBrowser(t)
	before := app.authTime()
	p.Clock.Advance(2 * time.Minute)
	app.open("prompt", "login")
	b.Wait(asksPassword)
	address := b.URL()
	for _, edited := range []string{address + "?prompt=none", address + "?prompt=", address + "/code", address + "/consent"} {
		b.Open(edited)
		b.Open(address)
		b.Wait(asksPassword)
	}
	chromium.Eval[bool](b, `(window.left = true, history.back(), true)`)
	b.Wait(`!window.left && document.readyState === "complete"`)
	b.Open(address)
	b.Wait(asksPassword)
	if len(app.came) != 0 {
		t.Fatalf("AZ-19: somebody who proved nothing came back with %v", <-app.came)
	}
	app.proves(a)
	if after := app.authTime(); after <= before || after != p.Clock.Now().Unix() {
		t.Errorf("AZ-19: auth_time %d after %d, now %d", after, before, p.Clock.Now().Unix())
	}
	b.Open(address)
	b.WaitText("このログインは、すでに終わっています")
	if len(app.came) != 0 {
		t.Error("AZ-19: the finished interaction answered once more")
	}
}

// AZ-20 in a real browser: a session young enough shows no page, an older one is asked
// again, and auth_time is that of the customer's own act.
func TestMaxAgeInChromium(t *testing.T) {
	p, a, b, app := inBrowser(t)
	first := app.authTime()
	p.Clock.Advance(10 * time.Minute)
	app.open("max_age", "10000")
	if at := app.authTime(); at != first {
		t.Errorf("AZ-20: auth_time %d of a session of %d", at, first)
	}
	for _, seconds := range []string{"60", "0"} {
		app.open("max_age", seconds)
		b.Wait(asksPassword)
		if len(app.came) != 0 {
			t.Fatalf("AZ-20: max_age %s answered by itself", seconds)
		}
		app.proves(a)
		if at := app.authTime(); at != p.Clock.Now().Unix() {
			t.Errorf("AZ-20: max_age %s: auth_time %d, now %d", seconds, at, p.Clock.Now().Unix())
		}
	}
}

// AZ-32 in a real browser: whoever is signed in reaches a client of the firm's own without
// a page, another client only by an act of their own.
func TestSessionIsNotSharedSilentlyInChromium(t *testing.T) {
	p, _, b, app := inBrowser(t)
	app.authTime()
	own := visitedBy(t, p, b, "second", nil)
	own.open()
	own.authTime()
	third := visitedBy(t, p, b, "third", func(m *idp.ClientMetadata) { m.FirstParty = false })
	for range 2 { // a page that was only looked at is no yes
		third.open()
		b.Wait(`document.querySelector('form[action$="/consent"] button[value="allow"]')`)
		b.Says("Test third")
	}
	if len(third.came) != 0 {
		t.Fatal("AZ-32: a third party was told of the session silently")
	}
	b.Click(`form[action$="/consent"] button[value="allow"]`)
	third.authTime()
}
