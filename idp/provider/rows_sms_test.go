package provider_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"sekisho/config"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// textMessage is how a factor by text message or telephone call would be called.
var textMessage = regexp.MustCompile(`(?i)(^|[^a-z])(sms|mms|tel|voice|text_?message|phone_?(code|otp))([^a-z]|$)`)

// B9: no SMS factor ships: no setting, route, discovery value, level or kind of message
// offers one, and no page of the sign-in does, for a customer whose telephone number is known.
func TestNoTextMessages(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	offered := func(t *testing.T, what, text string) {
		t.Helper()
		if m := textMessage.FindString(text); m != "" {
			t.Errorf("B9: %s offers %q", what, m)
		}
	}
	t.Run("B9 settings", func(t *testing.T) {
		for _, path := range config.KeyPaths() {
			offered(t, "the setting "+path, path)
		}
	})
	t.Run("B9 routes", func(t *testing.T) {
		for _, route := range p.Routes() {
			offered(t, "the route "+route.Path, route.Path)
		}
	})
	t.Run("B9 discovery", func(t *testing.T) {
		a := p.Call("GET", "/.well-known/openid-configuration", "")
		if a.Status != 200 {
			t.Fatal(a.Status)
		}
		raw, err := json.Marshal(a.JSON)
		if err != nil {
			t.Fatal(err)
		}
		offered(t, "discovery", string(raw))
	})
	t.Run("B9 kinds of message", func(t *testing.T) {
		for _, k := range notify.Kinds() {
			offered(t, "a message", string(k))
		}
	})
	t.Run("B9 pages of the sign-in", func(t *testing.T) {
		a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
		b := p.NewBrowser()
		for _, lang := range []string{"ja", "en"} {
			for _, page := range []*idptest.Page{
				b.Authorize("app", idptest.Redirect, "ui_locales", lang),
				b.Submit("/password", "login", a.LoginName, "password", a.Password),
				p.NewBrowser().BeginRecovery(a.LoginName),
			} {
				shown := strings.NewReplacer(`href="tel:`, "").Replace(page.Body)
				if textMessage.MatchString(shown) || strings.Contains(shown, "ショートメッセージ") || strings.Contains(shown, "携帯電話番号") {
					t.Errorf("B9: %s", shown)
				}
			}
			b = p.NewBrowser()
		}
	})
}
