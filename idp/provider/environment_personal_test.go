package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// registered is what the firm holds about the customers of these tests.
var registered = idp.Profile{Birthdate: "1980-04-01", Address: &idp.Address{PostalCode: "100-0005"}}

// A10: the reference's check, birth date and postal code, for a firm that wants it.
func TestNewEnvironmentPersonalData(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: check(config.CheckPersonalData)})
	rp := p.NewRelyingParty("app", nil)
	hanako := p.AddAccount(idptest.Customer{Login: "10000001", Profile: registered})
	taro := p.AddAccount(idptest.Customer{Login: "10000002", Profile: registered, TOTP: true})
	jiro := p.AddAccount(idptest.Customer{Login: "10000003"})
	sachi := p.AddAccount(idptest.Customer{Login: "10000004", Profile: registered})
	at := func(a *idptest.Account) *idptest.Browser {
		b := p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		b.Submit("/password", "login", a.LoginName, "password", a.Password)
		return b
	}
	asked := func(b *idptest.Browser) bool { return b.Page.Has("/personal-data") }
	var checked map[string]any
	b := at(hanako)
	t.Run("A10 both must be right, and no code is mailed before", func(t *testing.T) {
		if !asked(b) || p.Mail.Count(hanako.Email, notify.SignInCode) != 0 {
			t.Fatalf("A10: %s", b.Page.Body)
		}
		for _, wrong := range [][2]string{{"19800402", "1000005"}, {"19800401", "1000006"}, {"", ""}} {
			if page := b.Submit("/personal-data", "birthdate", wrong[0], "postal_code", wrong[1]); !asked(b) || notice(page) != "personal_data_wrong" {
				t.Errorf("A10: %v: %s", wrong, notice(page))
			}
		}
		token := b.Page.Form(t, "/personal-data").Values.Get("csrf")
		if b.Post(b.Base()+"/code/send", form(token)); !asked(b) || p.Mail.Count(hanako.Email, notify.SignInCode) != 0 {
			t.Error("A10: the check was walked around")
		}
		b.Submit("/personal-data", "birthdate", "１９８０/０４/０１", "postal_code", "〒100-0005")
		if !b.Page.Has("/code") || b.Cookie(sessionCookie) != "" {
			t.Fatalf("A10: %s", b.Page.Body)
		}
	})
	t.Run("A10 it adds no level", func(t *testing.T) {
		page := b.Submit("/code", "code", mailed(t, p, hanako.Email, 1))
		checked = idptest.Claims(t, rp.Exchange(page.Response(t, idptest.Redirect).Get("code")).String("id_token"))
		b.Get("/account")
		b.Submit("/account/logout")
		b.Authorize("app", idptest.Redirect)
		b.Submit("/password", "login", hanako.LoginName, "password", hanako.Password)
		if asked(b) {
			t.Fatal("A10: a known browser is asked")
		}
		page = b.Submit("/code", "code", mailed(t, p, hanako.Email, 2))
		plain := idptest.Claims(t, rp.Exchange(page.Response(t, idptest.Redirect).Get("code")).String("id_token"))
		if checked["acr"] != plain["acr"] || !slices.Equal(words(checked["amr"]), words(plain["amr"])) || checked["acr"] != "urn:sekisho:acr:email" {
			t.Errorf("A10: with the check %v %v, without %v %v", checked["acr"], checked["amr"], plain["acr"], plain["amr"])
		}
		if events(p, audit.EnvironmentChecked) != 1 || events(p, audit.EnvironmentFailed) != 3 {
			t.Error("A10: the trail lacks what happened")
		}
	})
	t.Run("A10 an authenticator app spares it and must be used", func(t *testing.T) {
		b := at(taro)
		if asked(b) || b.Page.Has("/code/method") || !b.Page.Has("/code") {
			t.Errorf("A10: %s", b.Page.Body)
		}
	})
	t.Run("A10 where nothing is registered the mailed code decides", func(t *testing.T) {
		b := at(jiro)
		if page := b.Submit("/code", "code", mailed(t, p, jiro.Email, 1)); page.Left == "" {
			t.Errorf("A10: %s", notice(page))
		}
		if r := p.Recorded(t, audit.EnvironmentUnchecked); r.AccountID != jiro.ID {
			t.Errorf("A10: %+v", r)
		}
	})
	t.Run("A10 guesses lock the check, and never a passkey", func(t *testing.T) {
		key := p.GivePasskey(sachi, nil)
		b := at(sachi)
		for range 5 {
			b.Submit("/personal-data", "birthdate", "19700101", "postal_code", "1000005")
		}
		if page := b.Submit("/personal-data", "birthdate", "19800401", "postal_code", "1000005"); notice(page) != "personal_data_locked" || !asked(b) {
			t.Errorf("A10: %s", notice(page))
		}
		if b = at(sachi); !asked(b) {
			t.Error("A10: the password is locked by guesses at something else")
		}
		n := p.NewBrowser()
		n.Authorize("app", idptest.Redirect)
		if page := n.UsePasskey(key); page.Left == "" {
			t.Errorf("A10: the passkey is stopped: %s", page.Body)
		}
	})
	t.Run("A10 a passkey is asked for nothing", func(t *testing.T) {
		key := p.GivePasskey(hanako, nil)
		n := p.NewBrowser()
		n.Authorize("app", idptest.Redirect)
		if page := n.UsePasskey(key); page.Left == "" {
			t.Errorf("A10: %s", page.Body)
		}
	})
	t.Run("LG-01 what was typed is nowhere on record", func(t *testing.T) {
		for _, r := range p.Audit() {
			for _, v := range slices.Collect(maps.Values(r.Detail)) {
				if strings.Contains(v, "1980") || strings.Contains(v, "1000005") {
					t.Errorf("LG-01: %+v", r)
				}
			}
		}
	})
}
