package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"sekisho/config"
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

// A firm that writes one language, or English first, is not made to speak another: not by a
// link, a cookie, the relying party or the browser, and not in its mails.
func TestPagesSpeakTheFirmsLanguages(t *testing.T) {
	for first, languages := range map[string][]string{"ja": {"ja"}, "en": {"en"}, "en first": {"en", "ja"}} {
		p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Languages = languages }})
		p.NewRelyingParty("app", nil)
		hanako := p.AddAccount(idptest.Customer{Login: "10000001"})
		nothing := p.NewBrowser().Authorize("app", idptest.Redirect)
		if !strings.Contains(nothing.Body, `<html lang="`+languages[0]+`"`) || strings.Contains(nothing.Body, "hreflang=") != (len(languages) > 1) {
			t.Errorf("%s: %.300s", first, nothing.Body)
		}
		if len(languages) > 1 {
			continue
		}
		other := map[string]string{"ja": "en", "en": "ja"}[first]
		b := p.NewBrowser()
		b.SetCookie("sekisho-lang", other)
		for _, query := range []string{"ui_locales=" + other, "lang=" + other} {
			q := idptest.AuthorizeQuery("app", idptest.Redirect).Encode()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.Get("/authorize?"+q+"&"+query).URL.String()+"?"+query, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Language", other)
			if page := b.Do(r); !strings.Contains(page.Body, `<html lang="`+first+`"`) {
				t.Errorf("%s, asked by %s: %.300s", first, query, page.Body)
			}
		}
		b.PasswordSignIn(p, hanako)
		if mail := p.Mail.Wait(t, hanako.Email, notify.SignInCode, 1); mail.Lang != first {
			t.Errorf("%s: the code came in %q", first, mail.Lang)
		}
	}
}
