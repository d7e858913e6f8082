package provider_test

import (
	"testing"

	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// A customer who signs in on English pages gets the code, and every later mail, in English.
func TestMailsSpeakTheLanguageOfThePages(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	hanako := p.AddAccount(idptest.Customer{Login: "10000001"})
	b := p.NewBrowser()
	b.Get("/account?lang=en")
	b.Get(b.Page.URL.Path + "?lang=en")
	b.PasswordSignIn(p, hanako)
	if mail := p.Mail.Wait(t, hanako.Email, notify.SignInCode, 1); mail.Lang != "en" {
		t.Errorf("the code came in %q", mail.Lang)
	}
	stored, err := p.Store.Account(t.Context(), hanako.ID)
	if err != nil || stored.Locale != "en" {
		t.Errorf("kept language %q, %v", stored.Locale, err)
	}
}
