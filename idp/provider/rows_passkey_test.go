package provider_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sekisho/config"
	"sekisho/idp/idptest"
)

// D1 B10: signing in with a passkey asks for no name and no password: the request names no
// account and no credential, demands user verification, and one assertion is the whole sign-in.
func TestPasskeySignsInByItself(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	a := p.AddAccount(idptest.Customer{Login: "10000001"})
	d := p.GivePasskey(a, nil)
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	if at, password := strings.Index(b.Page.Body, "data-passkey-start"), strings.Index(b.Page.Body, `name="password"`); at < 0 || at > password {
		t.Errorf("D1: the passkey does not come first: %d, %d", at, password)
	}
	var asked struct {
		AllowCredentials []any  `json:"allowCredentials"`
		UserVerification string `json:"userVerification"`
		RPID             string `json:"rpId"`
	}
	begun := b.BeginPasskey()
	if err := json.Unmarshal(begun.PublicKey, &asked); err != nil {
		t.Fatal(err)
	}
	if len(asked.AllowCredentials) != 0 || asked.UserVerification != "required" || asked.RPID != "localhost" {
		t.Errorf("D1: %s", begun.PublicKey)
	}
	t.Run("D1 without user verification", func(t *testing.T) {
		b := p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		if done := b.AnswerPasskey(d, flags(0, 0x04)); done.Next != "" || done.Error.Code == "" {
			t.Errorf("D1: signed in: %+v", done)
		}
	})
	if page := b.UsePasskey(d); page.Left == "" || !strings.Contains(page.Left, "code=") {
		t.Errorf("B10: something more is asked: %s", page.Body)
	}
	t.Run("D1 what is registered is discoverable and verified", func(t *testing.T) {
		b := p.AtEnrolment(p.AddAccount(idptest.Customer{Login: "10000002"}))
		var made struct {
			Selection struct {
				ResidentKey      string `json:"residentKey"`
				UserVerification string `json:"userVerification"`
			} `json:"authenticatorSelection"`
		}
		begun := b.BeginEnrol()
		if err := json.Unmarshal(begun.PublicKey, &made); err != nil {
			t.Fatal(err)
		}
		if made.Selection.ResidentKey != "required" || made.Selection.UserVerification != "required" {
			t.Errorf("D1: %s", begun.PublicKey)
		}
	})
}

// D5: how many passkeys an account may have is the firm's to say.
func TestPasskeyLimitIsTheFirms(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { unlimited(c); c.Passkey.Max = 1 }})
	a := p.AddAccount(idptest.Customer{Login: "10000001"})
	d := p.GivePasskey(a, nil)
	b := p.NewBrowser()
	b.Get("/account")
	b.UsePasskey(d)
	if page := b.Get("/account"); strings.Contains(page.Body, `href="/account/passkeys/add"`) {
		t.Errorf("D5: a second passkey is offered: %s", page.Body)
	}
	if page := b.Get("/account/passkeys/add"); page.Has("/enrol/done") || strings.Contains(page.Body, "data-enrol") {
		t.Errorf("D5: a second passkey can be added: %s", page.Body)
	}
	if n := len(a.Passkeys()); n != 1 {
		t.Errorf("D5: %d passkeys", n)
	}
}

// D8: the page of recommended environments is there for everybody in both languages, the
// sign-in page leads to it and says what else there is, and nothing on it needs a script.
func TestRecommendedEnvironments(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	for lang, words := range map[string][]string{
		"ja": {"<table>", "iPhone", "Android", "Windows", "Mac", "パスワード", "noscript"},
		"en": {"<table>", "iPhone", "Android", "Windows", "Mac", "password", "noscript"},
	} {
		b := p.NewBrowser()
		page := b.Get("/help/environments?lang=" + lang)
		if page.Status != http.StatusOK {
			t.Fatalf("D8: %d", page.Status)
		}
		for _, want := range words {
			if !strings.Contains(page.Body, want) {
				t.Errorf("D8 %s: no %q", lang, want)
			}
		}
		signin := b.Authorize("app", idptest.Redirect, "ui_locales", lang)
		if !strings.Contains(signin.Body, `href="/help/environments"`) || !strings.Contains(signin.Body, "data-passkey-unsupported") || !signin.Has("/password") {
			t.Errorf("D8 %s: a browser without passkeys is left alone: %s", lang, signin.Body)
		}
	}
}
