package provider_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sekisho/config"
	"sekisho/idp/idptest"
)

const formerIssuer = "https://login.old-firm.example"

// B11: the provider has moved. The old address redirects people to the same page of the
// new one and nowhere else, tells programs where to go, and keeps passkeys working.
func TestMovedProvider(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		idptest.BehindProxy(c)
		c.FormerIssuers = []string{formerIssuer}
		c.Passkey.RPID, c.Passkey.RelatedOrigins = "login.old-firm.example", []string{idptest.HTTPSIssuer}
	}})
	p.NewRelyingParty("app", nil)
	old := p.ViaProxy("203.0.113.9", "")
	old.Origin = formerIssuer
	send := func(method, target, body string) *idptest.Page {
		r, err := http.NewRequest(method, formerIssuer+target, io.NopCloser(strings.NewReader(body)))
		if err != nil {
			t.Fatal(err)
		}
		if body != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return old.Do(r)
	}
	query := idptest.AuthorizeQuery("app", idptest.Redirect).Encode()
	t.Run("B11 pages lead to the same place", func(t *testing.T) {
		for _, target := range []string{"/", "/account", "/account/totp", "/authorize?" + query, "/logout?state=x", "/help/signin?lang=en", "/interaction/abc", "/account?next=https://evil.example"} {
			page := send(http.MethodGet, target, "")
			if page.Status != http.StatusFound || page.Header.Get("Location") != idptest.HTTPSIssuer+target || len(page.Header.Values("Set-Cookie")) > 0 {
				t.Errorf("%s: %d %q", target, page.Status, page.Header.Get("Location"))
			}
		}
	})
	t.Run("B11 and nowhere else", func(t *testing.T) {
		for _, target := range []string{"//evil.example/account", "/%2F%2Fevil.example", "/@evil.example", "/nowhere", "/.evil.example", "/account%0d%0aX: y"} {
			u, err := url.Parse(formerIssuer)
			if err != nil {
				t.Fatal(err)
			}
			r := &http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: u.Scheme, Host: u.Host, Opaque: "//" + u.Host + target}, Header: http.Header{}}
			if page := old.Do(r); page.Header.Get("Location") != "" && !strings.HasPrefix(page.Header.Get("Location"), idptest.HTTPSIssuer+"/") {
				t.Errorf("%s leads to %q", target, page.Header.Get("Location"))
			}
		}
	})
	t.Run("B11 programs are told where to go", func(t *testing.T) {
		for method, targets := range map[string][]string{
			http.MethodPost: {"/token", "/introspect", "/revoke", "/userinfo", "/authorize", "/account/totp"},
			http.MethodGet:  {"/.well-known/openid-configuration", "/userinfo", "/token"},
		} {
			for _, target := range targets {
				body := ""
				if method == http.MethodPost {
					body = "grant_type=authorization_code&code=secret"
				}
				page := send(method, target, body)
				if page.Status != http.StatusGone || page.Header.Get("Location") != "" || !strings.Contains(page.Body, "its issuer is "+idptest.HTTPSIssuer) {
					t.Errorf("%s %s: %d %s", method, target, page.Status, page.Body)
				}
			}
		}
	})
	t.Run("B11 passkeys and signatures go on", func(t *testing.T) {
		var related struct{ Origins []string }
		if page := send(http.MethodGet, "/.well-known/webauthn", ""); json.Unmarshal([]byte(page.Body), &related) != nil || len(related.Origins) != 1 || related.Origins[0] != idptest.HTTPSIssuer || !strings.HasPrefix(page.Header.Get("Content-Type"), "application/json") {
			t.Errorf("%d %s %s", page.Status, page.Header.Get("Content-Type"), page.Body)
		}
		if page := send(http.MethodGet, "/jwks", ""); page.Status != http.StatusOK || !strings.Contains(page.Body, `"keys"`) {
			t.Errorf("keys: %d", page.Status)
		}
		taro := p.AddAccount(idptest.Customer{Login: "10000001"})
		key := p.GivePasskey(taro, nil)
		b := p.ViaProxy("203.0.113.10", "")
		b.Get("/account")
		if done := b.AnswerPasskey(key, func(m *idptest.Message) { m.ClientData["origin"] = formerIssuer }); done.Status != http.StatusUnprocessableEntity {
			t.Errorf("the old origin is accepted: %d", done.Status)
		}
		if done := b.AnswerPasskey(key); done.Next == "" {
			t.Errorf("the new origin is refused: %+v", done.Error)
		}
	})
}
