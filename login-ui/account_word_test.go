package loginui_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	loginui "sekisho/login-ui"
)

// A firm's own word for what customers sign in with replaces the product's everywhere.
func TestAccountWord(t *testing.T) {
	site, err := loginui.New(loginui.Options{Issuer: "https://id.example", Firm: loginui.Firm{
		Name: loginui.Words{"ja": "見本", "en": "Sample"}, AccountWord: loginui.Words{"ja": "口座番号", "en": "Account number"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"ja": "口座番号またはメールアドレス", "en": "Account number or email address"} {
		w := httptest.NewRecorder()
		site.Render(w, httptest.NewRequest("GET", "/interaction/x", nil), 200, loginui.SignIn{
			Frame:        loginui.Frame{Lang: lang, Base: "/interaction/x", Notice: &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeLoginFailed}},
			ShowPassword: true,
		})
		body := w.Body.String()
		if !strings.Contains(body, want) || strings.Contains(body, "お客様コード") || strings.Contains(strings.ToLower(body), "customer code") {
			t.Errorf("%s page does not use the firm's word:\n%s", lang, body)
		}
	}
}
