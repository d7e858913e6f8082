package provider_test

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
)

// PA-02, SU-06: a step-up is answered by the customer who is signed in, and by nobody else.
func TestStepUpWithSomebodyElsesPasskey(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	rp := p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	mine := p.GivePasskey(taro, nil)
	theirs := p.GivePasskey(p.AddAccount(idptest.Customer{Login: "10000002"}), nil)
	b := p.SignedIn(taro)
	secret := b.Cookie(sessionCookie)
	b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:withdrawal")
	if b.Page.Has("/account") {
		t.Error("SU-06: the step-up offers somebody else's sign-in")
	}
	for name, bend := range map[string]idptest.Bend{
		"their own": func(*idptest.Message) {}, "under my handle": func(m *idptest.Message) { m.Handle = taro.UserHandle },
		"without a handle": func(m *idptest.Message) { m.Handle = nil }, "under my credential id": func(m *idptest.Message) { m.ID = mine.ID },
	} {
		done := b.AnswerPasskey(theirs, bend)
		if done.Next != "" || done.Status != http.StatusUnprocessableEntity || b.Cookie(sessionCookie) != secret {
			t.Errorf("PA-02 SU-06 %s: %d %+v", name, done.Status, done)
		}
	}
	for _, s := range taro.Sessions() {
		for _, e := range s.Events {
			if e.Method == idp.MethodPasskey {
				t.Errorf("SU-06: %+v in taro's session", e)
			}
		}
	}
	page := b.UsePasskey(mine)
	id := idptest.Claims(t, rp.Exchange(page.Response(t, idptest.Redirect).Get("code")).String("id_token"))
	if id["sub"] != taro.Subject || id["acr"] != "urn:sekisho:op:withdrawal" || id["sekisho_level"] != "phr" {
		t.Errorf("SU-06: %v", id)
	}
	p.Recorded(t, audit.StepUpSucceeded)
}

// PA-09: unknown, closed and wrong give one answer.
func TestPasskeyRefusalsAreAlike(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001"})
	closed := p.AddAccount(idptest.Customer{Login: "10000002"})
	key, shut, unknown := p.GivePasskey(taro, nil), p.GivePasskey(closed, nil), p.NewDevice()
	unknown.Handle = taro.UserHandle
	if err := p.Store.SetAccountStatus(t.Context(), closed.ID, idp.AccountLocked, idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	answer := func(d *idptest.Device, bends ...idptest.Bend) (int, string, http.Header) {
		b := p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		a := b.AnswerPasskey(d, bends...)
		h := a.Header.Clone()
		reference := h.Get("X-Request-Id")
		h.Del("X-Request-Id")
		h.Del("Date")
		return a.Status, replaceAll(a.Error.Code+a.Error.Title+a.Error.Detail+a.Next, reference, "REF"), h
	}
	status, text, header := answer(key, func(m *idptest.Message) { m.Signature = func(s []byte) []byte { s[9] ^= 1; return s } })
	for name, d := range map[string]*idptest.Device{"unknown": unknown, "closed account": shut} {
		s, x, h := answer(d)
		if s != status || x != text || !reflect.DeepEqual(h, header) {
			t.Errorf("PA-09 %s: %d %q %v\nwrong: %d %q %v", name, s, x, h, status, text, header)
		}
	}
}

// PA-12: a firm, or a client, that wants passkeys only is not talked into less on any path.
func TestPasskeyOnly(t *testing.T) {
	t.Run("PA-12 by the firm", func(t *testing.T) {
		p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Assurance.PasswordAllowed = false }})
		p.NewRelyingParty("app", nil)
		taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
		key := p.GivePasskey(taro, nil)
		for name, open := range map[string]func(b *idptest.Browser) *idptest.Page{
			"a client": func(b *idptest.Browser) *idptest.Page { return b.Authorize("app", idptest.Redirect) },
			"weak request": func(b *idptest.Browser) *idptest.Page {
				return b.Authorize("app", idptest.Redirect, "acr_values", assurance.Email.ACR())
			},
			"own pages":    func(b *idptest.Browser) *idptest.Page { return b.Get("/account") },
			"new password": func(b *idptest.Browser) *idptest.Page { return b.Get("/account/password") },
		} {
			b := p.NewBrowser()
			page := open(b)
			if page.Has("/password") {
				t.Errorf("PA-12 %s: the page offers a password", name)
			}
			b.Post(b.Base()+"/password", form(page.CSRF(), "login", taro.LoginName, "password", taro.Password))
			if b.Page.Has("/code") || b.Cookie(sessionCookie) != "" {
				t.Errorf("PA-12 %s: the password was taken", name)
			}
			b.Get(page.URL.Path)
			if b.UsePasskey(key); b.Cookie(sessionCookie) == "" {
				t.Errorf("PA-12 %s: the passkey was not", name)
			}
		}
	})
	t.Run("PA-12 by the request", func(t *testing.T) {
		p := idptest.New(t, idptest.Options{})
		rp := p.NewRelyingParty("app", nil)
		taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
		p.GivePasskey(taro, nil)
		// Without a request the weaker way is open, and the token says which it was.
		tokens := rp.SignIn(p.NewBrowser(), taro)
		if id := idptest.Claims(t, tokens.String("id_token")); id["acr"] != assurance.MFA.ACR() {
			t.Errorf("PA-12: %v", id)
		}
		b := p.NewBrowser()
		page := b.Authorize("app", idptest.Redirect, "acr_values", "phr")
		p.Clock.Advance(31 * time.Second)
		b.Post(b.Base()+"/password", form(page.CSRF(), "login", taro.LoginName, "password", taro.Password))
		if b.Page.Has("/code") {
			b.Submit("/code", "code", taro.TOTP())
		}
		if b.Page.Left != "" {
			t.Errorf("PA-12: a password led to %s", b.Page.Left)
		}
	})
}

// PA-13: nothing tells browsers that other origins may use our passkeys.
func TestNoRelatedOrigins(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	if page := p.NewBrowser().Get("/.well-known/webauthn"); page.Status != http.StatusNotFound {
		t.Errorf("PA-13: %d", page.Status)
	}
}

// PA-14: beginning is limited by address and what is stored is bounded by interaction.
func TestBeginningIsLimited(t *testing.T) {
	w := newWalk(t, nil)
	b := w.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	limited := 0
	for range 100 {
		a := b.Script(b.Base()+"/passkey/options", map[string]string{"mediation": "optional"})
		if a.Status == http.StatusTooManyRequests && a.Error.Code == "rate_limited" && a.ChallengeID == "" {
			limited++
		}
	}
	open := 0
	for _, c := range idptest.Cells(t, w.url) {
		if c.Table == "challenges" && c.Column == "id" {
			open++
		}
	}
	if limited < 30 || open > 6 {
		t.Errorf("PA-14: %d of 100 refused, %d challenges stored", limited, open)
	}
}
