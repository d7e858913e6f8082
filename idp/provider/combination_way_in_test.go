package provider_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

// PG-17: two tabs that each remove one of the last two passkeys leave one of them; so do two
// that remove the last passkey and the app of an account whose address is not verified.
func TestTwoTabsLeaveAWayIn(t *testing.T) {
	onBoth(t, func(t *testing.T, p *idptest.Provider) {
		a, d := p.PasskeyOnly("10000001")
		p.GivePasskey(a, nil)
		tab := p.NewBrowser()
		tab.Get("/account")
		tab.UsePasskey(d)
		var posts []func() *idptest.Page
		for _, k := range a.Passkeys() {
			f := tab.Get("/account/passkeys/"+k.ID+"/remove").Form(t, "/remove")
			other := *tab
			posts = append(posts, func() *idptest.Page { return other.Post(f.Action, f.Values) })
		}
		var group sync.WaitGroup
		pages := make([]*idptest.Page, len(posts))
		for i, post := range posts {
			group.Go(func() { pages[i] = post() })
		}
		group.Wait()
		if n := len(a.Passkeys()); n != 1 {
			t.Errorf("PG-17: %d passkeys are left", n)
		}
		for _, page := range pages {
			if page.Status != http.StatusOK {
				t.Errorf("PG-17: a tab is answered %d", page.Status)
			}
		}
	})
}

// PG-17 E4: an app that is the last second factor stays, and so does the last passkey of a
// firm that has no passwords.
func TestLastWayInStays(t *testing.T) {
	t.Run("E4 the app", func(t *testing.T) {
		p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { unlimited(c); c.Assurance.EmailCodeAllowed = false }})
		a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
		b := p.SignedIn(a)
		p.Clock.Advance(31 * time.Second)
		b.Get("/account/totp/remove")
		if page := b.Submit("/remove", "code", a.TOTP()); !strings.Contains(page.Body, `data-code="last_way_in"`) {
			t.Errorf("E4: %d %s %s", page.Status, page.URL, page.Body)
		}
		if _, err := p.Store.TOTP(t.Context(), a.ID); err != nil {
			t.Errorf("E4: the app is gone: %v", err)
		}
	})
	t.Run("PA-12 the passkey where there are no passwords", func(t *testing.T) {
		p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Assurance.PasswordAllowed = false }})
		a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
		d := p.GivePasskey(a, nil)
		b := p.NewBrowser()
		b.Get("/account")
		b.UsePasskey(d)
		page := b.Get("/account/passkeys/" + a.Passkeys()[0].ID + "/remove")
		if page.Has("/remove") {
			page = b.Submit("/remove")
		}
		if len(a.Passkeys()) != 1 || page.Status != http.StatusOK {
			t.Errorf("PG-17: the only way in was removed: %d %s", page.Status, page.URL)
		}
	})
	t.Run("B4 the security address that alone is verified", func(t *testing.T) {
		p := idptest.New(t, idptest.Options{Edit: unlimited})
		now := p.Clock.Now()
		a := p.AddAccount(idptest.Customer{Login: "10000001"})
		imported := idp.NewAccount{
			Account: idp.Account{ID: idp.NewID(), Subject: idp.NewID(), LoginName: "10000002", Kind: idp.Personal, Status: idp.AccountActive, UserHandle: []byte(idp.NewID()), CreatedAt: now},
			Emails: []idp.Email{
				{ID: idp.NewID(), Address: "never@answered.example", Canonical: "never@answered.example", Purpose: idp.EmailRegistered, CreatedAt: now},
				{ID: idp.NewID(), Address: "codes@sec.example", Canonical: "codes@sec.example", Purpose: idp.EmailSecurity, VerifiedAt: now, CreatedAt: now},
			},
		}
		for i := range imported.Emails {
			imported.Emails[i].AccountID = imported.Account.ID
		}
		pw, err := p.Store.Password(t.Context(), a.ID, idp.LoginPassword)
		if err != nil {
			t.Fatal(err)
		}
		imported.Passwords = []idp.Password{{AccountID: imported.Account.ID, Kind: idp.LoginPassword, Hash: pw.Hash, ChangedAt: now}}
		if err := p.Store.CreateAccount(t.Context(), imported, idp.Effects{}); err != nil {
			t.Fatal(err)
		}
		other := *a
		other.Account, other.Email = imported.Account, "codes@sec.example"
		b := p.SignedIn(&other)
		b.Get(profilePath + "/security-email")
		if page := b.Submit("/remove"); !strings.Contains(page.Body, `data-code="last_way_in"`) {
			t.Errorf("B4: %d %s %s", page.Status, page.URL, page.Body)
		}
		if got := emails(t, p, &other); len(got) != 2 {
			t.Errorf("B4: %+v", got)
		}
	})
}

// D9 PG-17: a sign-in by a passkey that is being removed either ends with it or is refused.
func TestSignInRacesWithRemoval(t *testing.T) {
	onBoth(t, func(t *testing.T, p *idptest.Provider) {
		for i := range 8 {
			a := p.AddAccount(idptest.Customer{Login: "1000010" + string(rune('0'+i)), TOTP: true})
			lost := p.GivePasskey(a, nil)
			id := a.Passkeys()[0].ID
			kept := p.GivePasskey(a, nil)
			own, thief := p.NewBrowser(), p.NewBrowser()
			own.Get("/account")
			own.UsePasskey(kept)
			f := own.Get("/account/passkeys/"+id+"/remove").Form(t, "/remove")
			thief.Get("/account")
			begun := thief.BeginPasskey()
			body := idptest.Finish{ChallengeID: begun.ChallengeID, Credential: lost.Get(t, begun.PublicKey)}
			base := thief.Base()
			var group sync.WaitGroup
			group.Go(func() { own.Post(f.Action, f.Values) })
			group.Go(func() { thief.Script(base+"/passkey", body) })
			group.Wait()
			if n := len(a.Passkeys()); n != 1 {
				t.Fatalf("%d passkeys are left", n)
			}
			if thief.Get("/account").Has("/account/logout") {
				t.Error("PG-17: a session by a removed passkey lives")
			}
		}
	})
}
