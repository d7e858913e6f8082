package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// enrolled walks through the pages to a new passkey of this browser's customer.
func enrolled(t *testing.T, b *idptest.Browser, d *idptest.Device) {
	t.Helper()
	done := b.AnswerEnrol(d)
	if done.Next == "" {
		t.Fatalf("%d %+v", done.Status, done.Error)
	}
	if page := b.Get(done.Next); !page.Has("/enrol/done") {
		t.Fatalf("no list of passkeys: %s", page.Body)
	}
}

func TestAddingAPasskey(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Emails: []string{"codes@mail.example"}})
	t.Run("PG-16 an old sign-in is not enough", func(t *testing.T) {
		b := p.SignedIn(taro)
		p.Clock.Advance(5*time.Minute + time.Second)
		if page := b.Get("/account/passkeys/add"); !page.Has("/password") {
			t.Errorf("PG-16: %s", page.Body)
		}
		if begun := b.Script(b.Base()+"/enrol/options", struct{}{}); begun.ChallengeID != "" || begun.Next != b.Base() {
			t.Errorf("PG-16: %+v", begun)
		}
	})
	t.Run("PG-16 the mailed code is not enough where there is an app", func(t *testing.T) {
		b := home(p, taro)
		b.Get("/account/passkeys/add")
		b.Submit("/password", "login", taro.LoginName, "password", taro.Password)
		b.Submit("/code/method", "method", "email")
		page := b.Submit("/code", "code", mailed(t, p, "codes@mail.example", 1))
		if !page.Has("/password") || strings.Contains(page.Body, "data-enrol") {
			t.Errorf("PG-16: %s", page.Body)
		}
		if begun := b.Script(b.Base()+"/enrol/options", struct{}{}); begun.ChallengeID != "" {
			t.Error("PG-16: an enrolment began at the level of a mailed code")
		}
	})
	d := p.NewDevice()
	t.Run("PG-16 D4 all addresses are told", func(t *testing.T) {
		b := p.AtEnrolment(taro)
		before := b.Cookie(sessionCookie)
		enrolled(t, b, d)
		p.Mail.Wait(t, taro.Email, notify.PasskeyAdded, 1)
		p.Mail.Wait(t, "codes@mail.example", notify.PasskeyAdded, 1)
		r := p.Recorded(t, audit.PasskeyAdded)
		if r.AccountID != taro.ID || r.Detail["added_acr"] != assurance.MFA.ACR() || r.SessionID == "" {
			t.Errorf("LG-02: %+v", r)
		}
		if before == "" {
			t.Error("no session")
		}
		k := taro.Passkeys()[0]
		if k.AddedACR != assurance.MFA.ACR() || k.RPID != "localhost" || !k.UserVerified || k.BackupEligible || string(k.CredentialID) != string(d.ID) || k.CreatedAt.IsZero() {
			t.Errorf("PG-18: %+v", k)
		}
	})
	d.Handle = taro.UserHandle
	t.Run("PG-16 with a passkey, nothing weaker is enough", func(t *testing.T) {
		b := p.SignedIn(taro) // password and app, seconds ago
		if page := b.Get("/account/passkeys/add"); page.Has("/password") || !strings.Contains(page.Body, "data-passkey") {
			t.Errorf("PG-16: %s", page.Body)
		}
		secret := b.Cookie(sessionCookie)
		b.UsePasskey(d)
		if b.Cookie(sessionCookie) == secret {
			t.Error("PG-16 SE-03: the session's secret did not change")
		}
		enrolled(t, b, p.NewDevice())
	})
}

// PG-16, D3: the additional check belongs to the customer who passed it. Somebody who
// passes it on an account of their own cannot bring it to a customer whose password and
// one mailed code they have.
func TestCheckStaysWithItsAccount(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	mallory := p.AddAccount(idptest.Customer{Login: "10000666"})
	hanako := p.AddAccount(idptest.Customer{Login: "10000002"})
	b := p.AtEnrolment(mallory)
	enrolment := b.Base()
	b.BeginEnrol() // the check is passed
	binding := b.Cookie("sekisho-browser")
	b.Get("/account")
	b.Submit("/account/logout")
	b.SetCookie("sekisho-browser", binding)
	b.SignIn(p, hanako)
	page := b.Get(enrolment)
	if !page.Has("/code/send") {
		t.Errorf("D3: no check of hanako's own: %s", page.Body)
	}
	if begun := b.Script(enrolment+"/enrol/options", struct{}{}); begun.ChallengeID != "" {
		done := b.Script(enrolment+"/enrol/finish", idptest.Finish{ChallengeID: begun.ChallengeID, Credential: p.NewDevice().Create(t, begun.PublicKey)})
		t.Errorf("PG-16 D3: %d passkeys added with the check of another account (%d)", len(hanako.Passkeys()), done.Status)
	}
}

// What one customer allowed is asked of the next one in the same browser and interaction.
func TestConsentStaysWithItsAccount(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty = false })
	mallory := p.AddAccount(idptest.Customer{Login: "10000666", TOTP: true})
	hanako := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	b := p.SignedIn(mallory)
	page := b.Authorize("third", idptest.Redirect)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+b.Base()+"/consent", strings.NewReader(form(page.CSRF(), "decision", "allow").Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", formMedia)
	waiting := b.Base()
	if done := b.Do(r); done.Status != http.StatusSeeOther { // and the browser does not follow
		t.Fatalf("%d %s", done.Status, done.Body)
	}
	binding := b.Cookie("sekisho-browser")
	b.Get("/account")
	b.Submit("/account/logout")
	b.SetCookie("sekisho-browser", binding)
	b.SignIn(p, hanako)
	if page := b.Get(waiting); page.Left != "" || !page.Has("/consent") {
		t.Errorf("AZ-32: %q %s", page.Left, page.Body)
	}
}

func TestRenameAndRemove(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	rp := p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	jiro := p.AddAccount(idptest.Customer{Login: "10000002"})
	first, second := p.GivePasskey(taro, nil), p.GivePasskey(taro, func(k *idp.Passkey) { k.Name = "Second" })
	p.GivePasskey(jiro, nil)
	theirs := jiro.Passkeys()[0].ID
	b := p.NewBrowser()
	b.Get("/account")
	b.UsePasskey(first)
	csrf := b.Page.CSRF()
	t.Run("PG-17 another customer's", func(t *testing.T) {
		for _, verb := range []string{"rename", "remove"} {
			get := b.Get("/account/passkeys/" + theirs + "/" + verb)
			post := b.Post("/account/passkeys/"+theirs+"/"+verb, url.Values{"csrf": {csrf}, "name": {"mine now"}})
			none := b.Post("/account/passkeys/none/"+verb, url.Values{"csrf": {csrf}, "name": {"x"}})
			if get.Status != http.StatusNotFound || post.Status != http.StatusNotFound || none.Status != http.StatusNotFound {
				t.Errorf("PG-17 %s: %d %d %d", verb, get.Status, post.Status, none.Status)
			}
		}
		if k := jiro.Passkeys(); len(k) != 1 || k[0].Name == "mine now" {
			t.Error("PG-17: another customer's passkey changed")
		}
	})
	var ids [2]string
	for _, k := range taro.Passkeys() {
		if string(k.CredentialID) == string(first.ID) {
			ids[0] = k.ID
		} else {
			ids[1] = k.ID
		}
	}
	t.Run("D9 rename", func(t *testing.T) {
		b.Get("/account/passkeys/" + ids[1] + "/rename")
		page := b.Submit("/rename", "name", "  会社の\u202eパソコン \n<b>x</b> ")
		if !strings.Contains(page.Body, "会社のパソコン &lt;b&gt;x&lt;/b&gt;") {
			t.Errorf("D9: %s", page.Body)
		}
		b.Get("/account/passkeys/" + ids[1] + "/rename")
		if page := b.Submit("/rename", "name", " \u200b "); page.URL.Path == "/account" {
			t.Error("D9: an empty name was taken")
		}
		p.Recorded(t, audit.PasskeyRenamed)
	})
	t.Run("PG-17 SE-07 RT-09 D4 D9 removed, at once and with what rests on it", func(t *testing.T) {
		other := p.NewBrowser()
		other.Authorize("app", idptest.Redirect, "scope", "openid offline_access")
		page := other.UsePasskey(second)
		tokens := rp.Exchange(page.Response(t, idptest.Redirect).Get("code"))
		b.Get("/account/passkeys/" + ids[1] + "/remove")
		if page := b.Submit("/remove"); page.URL.Path != "/account" || len(taro.Passkeys()) != 1 {
			t.Fatalf("PG-17: %d %s", page.Status, page.Body)
		}
		if other.Get("/account").Has("/account/logout") {
			t.Error("SE-07: a session that rests on the removed passkey goes on")
		}
		if rp.Refresh(tokens.String("refresh_token")).Status != http.StatusBadRequest || p.Userinfo(tokens.String("access_token")).Status != http.StatusUnauthorized {
			t.Error("RT-09: its tokens go on")
		}
		fresh := p.NewBrowser()
		fresh.Authorize("app", idptest.Redirect)
		if done := fresh.AnswerPasskey(second); done.Next != "" || done.Status != http.StatusUnprocessableEntity {
			t.Errorf("PG-17: the removed passkey: %d %+v", done.Status, done)
		}
		p.Mail.Wait(t, taro.Email, notify.PasskeyRemoved, 1)
		p.Recorded(t, audit.PasskeyRemoved)
	})
	t.Run("D9 the last one says what is left", func(t *testing.T) {
		page := b.Get("/account/passkeys/" + ids[0] + "/remove?lang=en")
		if !strings.Contains(page.Body, "authenticator app") {
			t.Errorf("D9: %s", page.Body)
		}
	})
	t.Run("PG-17 the last way in stays", func(t *testing.T) {
		only, key := p.PasskeyOnly("10000003")
		b := p.NewBrowser()
		b.Get("/account")
		b.UsePasskey(key)
		id := only.Passkeys()[0].ID
		b.Get("/account/passkeys/" + id + "/remove")
		csrf := b.Get("/account").CSRF()
		page := b.Post("/account/passkeys/"+id+"/remove", url.Values{"csrf": {csrf}})
		if len(only.Passkeys()) != 1 || page.Status != http.StatusOK {
			t.Errorf("PG-17: %d, %d passkeys left", page.Status, len(only.Passkeys()))
		}
	})
}

func TestPasskeyLimit(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	first := p.GivePasskey(taro, nil)
	p.GivePasskey(taro, nil)
	at := func() *idptest.Browser {
		b := p.NewBrowser()
		b.Get("/account/passkeys/add")
		b.UsePasskey(first)
		return b
	}
	one, two := at(), at()
	begun := two.BeginEnrol()
	enrolled(t, one, p.NewDevice())
	done := two.Script(two.Base()+"/enrol/finish", idptest.Finish{ChallengeID: begun.ChallengeID, Credential: p.NewDevice().Create(t, begun.PublicKey)})
	if done.Next != "" || done.Error.Code != "passkey_limit" || len(taro.Passkeys()) != 3 {
		t.Errorf("D5: a fourth: %+v, %d stored", done, len(taro.Passkeys()))
	}
	if done := two.Script(two.Base()+"/enrol/options", struct{}{}); done.Status != http.StatusConflict || done.Error.Code != "passkey_limit" {
		t.Errorf("D5: %+v", done)
	}
	if page := one.Get("/account/passkeys/add"); !strings.Contains(page.Body, `data-code="passkey_limit"`) {
		t.Errorf("D5: %s", page.Body)
	}
}
