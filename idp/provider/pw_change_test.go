package provider_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
	"sekisho/storage"
)

func TestPasswordChange(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	jiro := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	b := p.SignedIn(taro)
	change := func(current, next string) *idptest.Page {
		b.Get("/account/password")
		return b.Submit("/account/password", "current", current, "new", next, "account", jiro.ID, "account_id", jiro.ID, "login", jiro.LoginName, "id", jiro.ID)
	}
	const good = "quite another battery staple"
	t.Run("PW-07 the current one is needed", func(t *testing.T) {
		if page := change("wrong", good); page.URL.RawQuery != "" || !strings.Contains(page.Body, `data-code="current_password_wrong"`) {
			t.Errorf("PW-07: %s", page.Body)
		}
		p.Recorded(t, audit.PasswordFailed)
	})
	t.Run("PW-01 PW-03 what a new one may not be, with the reason", func(t *testing.T) {
		for _, next := range []string{"short", "password1234", "10000001-10000001", "10000001@mail.example", "aobasecurities", taro.Password, strings.Repeat("x", 1025)} {
			if page := change(taro.Password, next); page.URL.RawQuery != "" || !strings.Contains(page.Body, `data-code="password_refused"`) {
				t.Errorf("PW-03 %.20q: %d %s", next, page.Status, page.URL)
			}
		}
	})
	t.Run("PW-07 it is the session's account, whatever the form says", func(t *testing.T) {
		if page := change(taro.Password, good); page.URL.RawQuery != "done=password_changed" {
			t.Fatalf("PW-07: %s", page.Body)
		}
		if strings.Contains(tryPassword(p.NewBrowser(), jiro.LoginName, jiro.Password).Body, "login_failed") {
			t.Error("PW-07: another customer's password changed")
		}
		if !strings.Contains(tryPassword(p.NewBrowser(), taro.LoginName, taro.Password).Body, "login_failed") {
			t.Error("PW-07: the old one still works")
		}
		p.Mail.Wait(t, taro.Email, notify.PasswordChanged, 1)
		if r := p.Recorded(t, audit.PasswordChanged); r.AccountID != taro.ID {
			t.Errorf("%+v", r)
		}
	})
	t.Run("PW-07 an old sign-in is asked again", func(t *testing.T) {
		csrf := b.Get("/account").CSRF()
		p.Clock.Advance(6 * time.Minute)
		b.Post("/account/password", form(csrf, "current", good, "new", "yet another battery staple"))
		if !b.Page.Has("/password") || b.Page.URL.Path == "/account" {
			t.Errorf("PW-07: %s", b.Page.URL)
		}
		if !strings.Contains(tryPassword(p.NewBrowser(), taro.LoginName, "yet another battery staple").Body, "login_failed") {
			t.Error("PW-07: changed with an old proof")
		}
	})
	t.Run("PW-02 no composition, no expiry", func(t *testing.T) {
		saburo := p.AddAccount(idptest.Customer{Login: "10000004", TOTP: true})
		b := p.SignedIn(saburo)
		b.Get("/account/password")
		if page := b.Submit("/account/password", "current", saburo.Password, "new", "nothing but small letters"); page.URL.RawQuery != "done=password_changed" {
			t.Errorf("PW-02: %s", page.Body)
		}
		saburo.Password = "nothing but small letters"
		p.Clock.Advance(400 * 24 * time.Hour)
		p.Clock.Advance(31 * time.Second)
		b = p.NewBrowser()
		b.Get("/account")
		b.PasswordSignIn(p, saburo)
		if page := b.Submit("/password-age", "choice", "later"); page.URL.Path != "/account" { // A13: said, not forced
			t.Errorf("PW-02: after a year: %s", page.URL)
		}
	})
	t.Run("PW-04 exactly what was typed", func(t *testing.T) {
		typed := "  Ångström pêche-melba 長い合言葉 "
		hanako := p.AddAccount(idptest.Customer{Login: "10000003", Password: typed, TOTP: true})
		for variant, right := range map[string]bool{
			typed: true, norm.NFD.String(typed): true, strings.TrimSpace(typed): false, strings.ToLower(typed): false, typed[:len(typed)-4]: false, typed + "x": false,
		} {
			got := strings.Contains(tryPassword(p.NewBrowser(), hanako.LoginName, variant).Body, "login_failed")
			if got == right {
				t.Errorf("PW-04 %q: refused %v", variant, got)
			}
			tryPassword(p.NewBrowser(), hanako.LoginName, typed) // so that no lock is what refuses
		}
	})
}

// PW-06: what browsers and password managers need of the fields.
func TestPasswordFields(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := p.NewBrowser()
	field := regexp.MustCompile(`<input[^>]*name="(password|login|current|new)"[^>]*>`)
	see := func(page *idptest.Page) map[string]string {
		fields := map[string]string{}
		for _, m := range field.FindAllStringSubmatch(page.Body, -1) {
			fields[m[1]] = m[0]
		}
		if strings.Contains(page.Body, "onpaste") {
			t.Error("PW-06: pasting is watched")
		}
		if len(fields) == 0 || !strings.Contains(page.Body, "data-reveal") {
			t.Errorf("PW-06: no field, or no way to see it: %s", page.Body)
		}
		return fields
	}
	has := func(name, tag string, words ...string) {
		for _, word := range words {
			if !strings.Contains(tag, word) {
				t.Errorf("PW-06 %s: %s lacks %s", name, tag, word)
			}
		}
	}
	fields := see(b.Authorize("app", idptest.Redirect))
	has("sign-in", fields["login"], `autocomplete="username webauthn"`)
	has("sign-in", fields["password"], `type="password"`, `autocomplete="current-password`)
	b.SignIn(p, taro)
	fields = see(b.Get("/account/password"))
	has("change", fields["current"], `type="password"`, `autocomplete="current-password"`)
	has("change", fields["new"], `type="password"`, `autocomplete="new-password"`)
}

// PW-12: a new database lets nobody in, and the first way in is a code that ends.
func TestNoDefaultAccounts(t *testing.T) {
	w := newWalk(t, nil)
	fresh := idptest.New(t, idptest.Options{})
	accounts, err := fresh.Store.Accounts(t.Context(), storage.AccountFilter{Limit: 1})
	if err != nil || len(accounts) != 0 {
		t.Errorf("PW-12: %d accounts in a new database, %v", len(accounts), err)
	}
	t.Run("PW-12 the code works once", func(t *testing.T) {
		a, code := w.Invited("10000011")
		b := w.NewBrowser()
		b.Get("/invite")
		b.Submit("/invite", "login", a.LoginName, "code", code)
		page := b.Submit("/password/new", "new", "a perfectly new passphrase")
		if !page.Has("/password") {
			t.Fatalf("%s", page.Body)
		}
		a.Password = "a perfectly new passphrase"
		b.PasswordSignIn(w.Provider, a)
		if page := b.Submit("/offer", "choice", "later"); !page.Has("/account/logout") {
			t.Errorf("PW-12: %s", page.Body)
		}
		b = w.NewBrowser()
		b.Get("/invite")
		if page := b.Submit("/invite", "login", a.LoginName, "code", code); !strings.Contains(page.Body, `data-code="invite_failed"`) {
			t.Errorf("PW-12: a used code: %s", page.Body)
		}
		w.Recorded(t, audit.InvitationAccepted)
		w.Recorded(t, audit.InvitationFailed)
	})
	t.Run("PW-12 the code ends by itself", func(t *testing.T) {
		a, code := w.Invited("10000012")
		w.Clock.Advance(15 * 24 * time.Hour)
		b := w.NewBrowser()
		b.Get("/invite")
		if page := b.Submit("/invite", "login", a.LoginName, "code", code); !strings.Contains(page.Body, `data-code="invite_failed"`) {
			t.Errorf("PW-12: %s", page.Body)
		}
	})
	if !slices.ContainsFunc(w.Audit(), func(r idp.AuditRecord) bool { return r.Event == audit.InvitationIssued }) {
		t.Error("no record of the invitation")
	}
}
