package provider_test

import (
	"net/http"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// silently registers without a dialog: nobody was there, nobody was verified.
func silently(t *testing.T, b *idptest.Browser, d *idptest.Device, begin, finish string) idptest.JSONAnswer {
	t.Helper()
	base := b.Base()
	begun := b.Script(base+"/enrol/options", map[string]string{"mediation": begin})
	if begun.ChallengeID == "" {
		return begun
	}
	absent := func(m *idptest.Message) { m.Flags &^= idptest.UserPresent | idptest.UserVerified }
	return b.Script(base+"/enrol/finish", map[string]any{"challenge_id": begun.ChallengeID, "credential": d.Create(t, begun.PublicKey, absent), "mediation": finish})
}

// A passkey added without a dialog: only after a password and a second factor just now,
// only where the firm wants it, never trusted at once, told by mail; and the leave to do
// without the customer's touch is that one ceremony's alone. D3 D4 D5 D6
func TestConditionalCreate(t *testing.T) {
	on := func(c *config.Config) { c.Passkey.ConditionalCreate = true }
	offer := func(t *testing.T, edit func(*config.Config)) (*idptest.Provider, *idptest.Account, *idptest.Browser) {
		p, a := offering(t, edit)
		b, page := offeredAt(p, a, "1")
		if !page.Has("/offer") {
			t.Fatalf("no offer: %s", page.Body)
		}
		return p, a, b
	}
	t.Run("D4 added, told, and cooling off although an app was shown", func(t *testing.T) {
		p, a, b := offer(t, on)
		d := p.NewDevice()
		d.Handle = a.UserHandle
		done := silently(t, b, d, "conditional", "conditional")
		if done.Next == "" {
			t.Fatalf("%d %+v", done.Status, done.Error)
		}
		k := a.Passkeys()[0]
		if k.UserVerified || k.TrustedFrom.Sub(p.Clock.Now()) < 23*time.Hour {
			t.Errorf("verified %v, trusted from %v", k.UserVerified, k.TrustedFrom)
		}
		if rec := p.Recorded(t, audit.PasskeyAdded); rec.Detail["mediation"] != "conditional" {
			t.Errorf("%+v", rec)
		}
		p.Mail.Wait(t, a.Email, notify.PasskeyAdded, 1)
		in := p.NewBrowser()
		in.Get("/account")
		if got := in.AnswerPasskey(d, func(m *idptest.Message) { m.Flags &^= idptest.UserVerified }); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("it signs in without user verification: %d", got.Status)
		}
		if got := in.AnswerPasskey(d); got.Next == "" {
			t.Errorf("it does not sign in: %+v", got.Error)
		}
	})
	for name, c := range map[string]struct {
		edit          func(*config.Config)
		begin, finish string
	}{
		"off by default":                    {nil, "conditional", "conditional"},
		"not asked for as conditional":      {on, "", ""},
		"begun with a dialog":               {on, "", "conditional"},
		"finished as if there was a dialog": {on, "conditional", ""},
		"some other mediation":              {on, "silent", "silent"},
	} {
		t.Run("D3 refused: "+name, func(t *testing.T) {
			p, a, b := offer(t, c.edit)
			if done := silently(t, b, p.NewDevice(), c.begin, c.finish); done.Next != "" || done.Status < 400 || len(a.Passkeys()) != 0 {
				t.Errorf("%d %+v, %d passkeys", done.Status, done, len(a.Passkeys()))
			}
		})
	}
	t.Run("D3 refused: minutes later, and on the ordinary enrolment page", func(t *testing.T) {
		p, a, b := offer(t, on)
		p.Clock.Advance(6 * time.Minute)
		silently(t, b, p.NewDevice(), "conditional", "conditional")
		p.Clock.Advance(time.Minute)
		if done := silently(t, p.AtEnrolment(a), p.NewDevice(), "conditional", "conditional"); done.Status != http.StatusForbidden || len(a.Passkeys()) != 0 {
			t.Errorf("%d, %d passkeys", done.Status, len(a.Passkeys()))
		}
	})
	t.Run("D6 refused inside of an app", func(t *testing.T) {
		p, a, b := offer(t, on)
		b.Client.Transport = asApp{nil, lineBrowser}
		if done := silently(t, b, p.NewDevice(), "conditional", "conditional"); done.Status != http.StatusForbidden || len(a.Passkeys()) != 0 {
			t.Errorf("%d", done.Status)
		}
	})
}
