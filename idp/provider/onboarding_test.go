package provider_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

const (
	phraseOfMine = "a perfectly new passphrase"
	lineBrowser  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/15.0.0"
)

// opened accepts an invitation in a browser and signs in, up to the offer of a passkey.
func opened(t *testing.T, p *idptest.Provider, b *idptest.Browser, login string) *idptest.Account {
	t.Helper()
	a, code := p.Invited(login)
	if b.Page == nil || !b.Page.Has("/invite") {
		b.Get("/invite")
	}
	b.Submit("/invite", "login", login, "code", code)
	b.Submit("/password/new", "new", phraseOfMine)
	a.Password = phraseOfMine
	if page := b.PasswordSignIn(p, a); !page.Has("/offer") {
		t.Fatalf("no passkey offered first: %s", page.Body)
	}
	return a
}

// An opened account is led to a passkey, to recovery codes and to where it was going.
func TestNewAccountIsLedOn(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	rp := p.NewRelyingParty("app", nil)
	t.Run("A4 D3 D4 passkey, codes, and back to the relying party", func(t *testing.T) {
		b := p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		link := "/invite?from=" + b.Base()
		if !strings.Contains(b.Page.Body, link) {
			t.Fatalf("the sign-in page does not lead to %s", link)
		}
		b.Get(link)
		a := opened(t, p, b, "10000001")
		key := p.NewDevice()
		key.Handle = a.UserHandle
		done := b.AnswerEnrol(key)
		if done.Next == "" {
			t.Fatalf("not enrolled: %+v", done.Error)
		}
		if page := b.Get(done.Next); !strings.Contains(page.Body, "出金など大切なお手続きに使えるのは") {
			t.Errorf("the cooling-off is not told: %s", page.Body)
		}
		if k := a.Passkeys()[0]; k.AddedACR != "urn:sekisho:acr:email" || k.TrustedFrom.Sub(p.Clock.Now()) < 23*time.Hour {
			t.Errorf("provenance %q, trusted from %v", k.AddedACR, k.TrustedFrom)
		}
		p.Mail.Wait(t, a.Email, notify.PasskeyAdded, 1)
		page := b.Submit("/enrol/done")
		if !strings.Contains(page.Body, "/recovery-codes/check") || page.Has("/recovery-codes") {
			t.Fatalf("PG-16: codes without showing the new passkey: %s", page.Body)
		}
		base := page.URL.Path
		b.Get(base + "/check")
		if page = b.UsePasskey(key); !page.Has("/recovery-codes") {
			t.Fatalf("no codes to make: %s", page.Body)
		}
		if page = b.Submit("/recovery-codes"); strings.Count(page.Body, "<li><code>") != 10 || !strings.Contains(page.Body, `href="`+base+`/later"`) || !strings.Contains(page.Body, "data-keep-save") {
			t.Fatalf("codes: %s", page.Body)
		}
		page = b.Get(base + "/later")
		rp.Exchange(page.Response(t, idptest.Redirect).Get("code"))
	})
	t.Run("everything put off ends in the security centre, which names the next step", func(t *testing.T) {
		b := p.NewBrowser()
		a := opened(t, p, b, "10000002")
		page := b.Submit("/offer", "choice", "later")
		if !page.Has("/recovery-codes") {
			t.Fatalf("no codes offered: %s", page.Body)
		}
		page = b.Get(page.URL.Path + "/later")
		if page.URL.Path != "/account" || !strings.Contains(page.Body, `<p class="aside">`) || !strings.Contains(page.Body, "/account/passkeys/add") || len(a.Passkeys()) != 0 {
			t.Errorf("%s: %s", page.URL, page.Body)
		}
	})
	t.Run("HD-07 a destination that is not this browser's leads home", func(t *testing.T) {
		other := p.NewBrowser()
		other.Authorize("app", idptest.Redirect)
		b := p.SignedIn(p.AddAccount(idptest.Customer{Login: "10000003"}))
		for _, id := range []string{strings.TrimPrefix(other.Base(), "/interaction/"), "https:%2F%2Fevil.example", "..%2F..%2Flogout"} {
			if page := b.Get("/account/welcome/" + id + "/recovery-codes/later"); page.URL.Path != "/account" {
				t.Errorf("%s leads to %s", id, page.URL)
			}
		}
	})
}

// offering is a provider that offers passkeys, with a signed-out customer.
func offering(t *testing.T, edit func(*config.Config)) (*idptest.Provider, *idptest.Account) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		c.Passkey.OfferEvery = 24 * time.Hour
		if edit != nil {
			edit(c)
		}
	}})
	p.NewRelyingParty("app", nil)
	return p, p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
}

// offeredAt is a sign-in by password at the relying party's wish; capable is what the page's
// script found.
func offeredAt(p *idptest.Provider, a *idptest.Account, capable string, pairs ...string) (*idptest.Browser, *idptest.Page) {
	p.Clock.Advance(31 * time.Second)
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect, pairs...)
	b.Submit("/password", "login", a.LoginName, "password", a.Password)
	return b, b.Submit("/code", "code", a.TOTP(), "passkeys", capable)
}

// A passkey is offered after a sign-in by password, now and then, and never in the way.
func TestPasskeyOffer(t *testing.T) {
	p, a := offering(t, nil)
	if _, page := offeredAt(p, a, ""); page.Left == "" {
		t.Fatalf("offered to a browser that cannot: %s", page.Body)
	}
	if _, page := offeredAt(p, a, "1", "acr_values", "urn:sekisho:op:trade"); page.Left == "" {
		t.Fatalf("offered in the middle of an operation: %s", page.Body)
	}
	b, page := offeredAt(p, a, "1")
	if !page.Has("/offer") {
		t.Fatalf("not offered: %s", page.Body)
	}
	if page = b.Submit("/offer", "choice", "later"); page.Response(t, idptest.Redirect).Get("code") == "" {
		t.Fatalf("the offer is a dead end: %s", page.Body)
	}
	if _, page = offeredAt(p, a, "1"); page.Left == "" {
		t.Fatal("offered again at once")
	}
	p.Clock.Advance(24 * time.Hour)
	b, page = offeredAt(p, a, "1")
	if !page.Has("/offer") {
		t.Fatal("not offered again after the time")
	}
	if page = b.Authorize("app", idptest.Redirect, "prompt", "none"); page.Response(t, idptest.Redirect).Get("code") == "" {
		t.Errorf("prompt=none shows an offer: %s", page.Body)
	}
	t.Run("D3 no check but the sign-in's own, and only for minutes", func(t *testing.T) {
		b.Get(b.Page.URL.Path)
		b2, _ := offeredAt(p, p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true}), "1")
		base := b2.Base()
		p.Clock.Advance(6 * time.Minute)
		if done := b2.Script(base+"/enrol/options", struct{}{}); done.ChallengeID != "" {
			t.Error("D3 PG-16: an old sign-in begins an enrolment")
		}
		if page := b2.Get(base); page.Left == "" {
			t.Errorf("a stale offer stops the sign-in: %s", page.Body)
		}
	})
	p.Clock.Advance(24 * time.Hour)
	b, _ = offeredAt(p, a, "1")
	if page = b.Submit("/offer", "choice", "never"); page.Left == "" {
		t.Fatalf("%s", page.Body)
	}
	p.Recorded(t, audit.PasskeyOfferDeclined)
	p.Clock.Advance(1000 * time.Hour)
	if _, page = offeredAt(p, a, "1"); page.Left == "" {
		t.Error("offered after a no")
	}
}

// asApp makes every request of the browser one of an app's own web view.
type asApp struct {
	next  http.RoundTripper
	agent string
}

func (a asApp) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("User-Agent", a.agent)
	if a.next == nil {
		a.next = http.DefaultTransport
	}
	return a.next.RoundTrip(r)
}

// D6, D8: inside of an app no passkey is added, by page or by direct call, and signing in
// goes on; no page is sent into a frame; an app's origin registers nothing.
func TestRegistrationTakesABrowser(t *testing.T) {
	const app = "android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Passkey.AndroidOrigins = []string{app} }})
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := p.AtEnrolment(a)
	begun := b.BeginEnrol()
	page := b.Base()
	token := b.Page.CSRF()
	inside := b.Client.Transport
	b.Client.Transport = asApp{inside, lineBrowser}
	t.Run("D6 D8 the page explains", func(t *testing.T) {
		if body := b.Get(page).Body; strings.Contains(body, "data-enrol ") || !strings.Contains(body, "ブラウザで開く") || !b.Page.Has("/cancel") {
			t.Errorf("%s", body)
		}
	})
	t.Run("D6 beginning and finishing are refused", func(t *testing.T) {
		b.Page.Body = `data-csrf="` + token + `"` + b.Page.Body
		for path, body := range map[string]any{
			"/enrol/options": struct{}{},
			"/enrol/finish":  idptest.Finish{ChallengeID: begun.ChallengeID, Credential: p.NewDevice().Create(t, begun.PublicKey)},
		} {
			if done := b.Script(page+path, body); done.Status != http.StatusForbidden || done.Error.Code != "passkey_in_app" {
				t.Errorf("%s: %d %+v", path, done.Status, done)
			}
		}
		if len(a.Passkeys()) != 0 {
			t.Error("a passkey was added")
		}
		p.Recorded(t, audit.PasskeyRejected)
	})
	t.Run("D8 signing in goes on", func(t *testing.T) {
		in := p.NewBrowser()
		in.Client.Transport = asApp{nil, lineBrowser}
		in.SignIn(p, a)
	})
	b.Client.Transport = inside
	t.Run("D6 not in a frame", func(t *testing.T) {
		for _, dest := range []string{"iframe", "frame", "embed", "object"} {
			r, err := http.NewRequest(http.MethodGet, p.URL+page, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Sec-Fetch-Dest", dest)
			if got := b.Do(r); got.Status != http.StatusForbidden || got.Header.Get("X-Frame-Options") != "DENY" {
				t.Errorf("%s: %d", dest, got.Status)
			}
		}
	})
	t.Run("D6 an app signs in and does not register", func(t *testing.T) {
		from := func(m *idptest.Message) { m.ClientData["origin"] = app }
		b.Get(page)
		if done := b.AnswerEnrol(p.NewDevice(), from); done.Status != http.StatusUnprocessableEntity || len(a.Passkeys()) != 0 {
			t.Errorf("registered from an app: %d", done.Status)
		}
		key := p.GivePasskey(a, nil)
		in := p.NewBrowser()
		in.Get("/account")
		if done := in.AnswerPasskey(key, from); done.Next == "" {
			t.Errorf("the firm's own app cannot sign in: %+v", done.Error)
		}
		in = p.NewBrowser()
		in.Get("/account")
		stranger := func(m *idptest.Message) { m.ClientData["origin"] = strings.ToLower(app) }
		if done := in.AnswerPasskey(key, stranger); done.Status != http.StatusUnprocessableEntity {
			t.Errorf("another app signs in: %d", done.Status)
		}
	})
}

// The device may drop a passkey that is gone for good, and nothing else.
func TestDeviceListStaysTrue(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	a := p.AddAccount(idptest.Customer{Login: "10000001"})
	key := p.GivePasskey(a, nil)
	advice := func(d *idptest.Device, bends ...idptest.Bend) string {
		t.Helper()
		b := p.NewBrowser()
		b.Get("/account")
		begun := b.BeginPasskey()
		body, err := json.Marshal(idptest.Finish{ChallengeID: begun.ChallengeID, Credential: d.Get(t, begun.PublicKey, bends...)})
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(http.MethodPost, p.URL+b.Base()+"/passkey", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Content-Type": "application/json", "Origin": p.URL, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": b.Page.CSRF()} {
			r.Header.Set(name, value)
		}
		var answer struct{ Device string }
		if err := json.Unmarshal([]byte(b.Do(r).Body), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Device
	}
	spoil := func(m *idptest.Message) { m.Signature = func(s []byte) []byte { s[9] ^= 1; return s } }
	if got := advice(key, spoil); got != "keep" {
		t.Errorf("a wrong signature: %q", got)
	}
	gone := p.NewDevice()
	gone.Handle = a.UserHandle
	if got := advice(gone); got != "drop" {
		t.Errorf("an unknown credential: %q", got)
	}
	b := p.NewBrowser()
	b.Get("/account")
	page := b.UsePasskey(key)
	if !strings.Contains(page.Body, `data-rp="localhost"`) || strings.Count(page.Body, "data-signal") != 1 {
		t.Errorf("the security centre tells the device nothing: %s", page.Body)
	}
	t.Run("a suspended passkey is kept", func(t *testing.T) {
		stranger := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
		p.Clock.Advance(time.Hour)
		theirs := addPasskey(t, p, p.AtEnrolment(stranger), stranger)
		disown(p, stranger.LoginName, stopCode(t, p.Mail.Wait(t, stranger.Email, notify.NewDevice, 1)))
		if list, err := p.Store.SuspendedAuthenticators(t.Context(), stranger.ID); err != nil || len(list) == 0 {
			t.Fatalf("nothing was suspended: %v", err)
		}
		if got := advice(theirs); got != "keep" {
			t.Errorf("a suspended passkey: %q", got)
		}
		if err := p.Store.SetAccountStatus(t.Context(), stranger.ID, idp.AccountActive, idp.Effects{}); err != nil {
			t.Fatal(err)
		}
		if page := p.SignedIn(stranger).Page; strings.Contains(page.Body, "data-signal") {
			t.Error("the device is told to drop what may come back")
		}
	})
}
