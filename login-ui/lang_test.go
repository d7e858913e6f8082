package loginui_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	loginui "sekisho/login-ui"
	"sekisho/login-ui/gallery/sample"
)

func TestLang(t *testing.T) {
	for _, c := range []struct {
		name, query, cookie, accept string
		uiLocales                   []string
		want                        string
	}{
		{name: "nothing said", want: "ja"},
		{name: "the browser's", accept: "en-GB,en;q=0.9,ja;q=0.8", want: "en"},
		{name: "by weight", accept: "en;q=0.2, ja;q=0.9", want: "ja"},
		{name: "first that we have", accept: "fr-FR, ja;q=0.5, en;q=0.3", want: "ja"},
		{name: "refused", accept: "ja;q=0, en;q=0.1", want: "en"},
		{name: "neither", accept: "fr-FR, de;q=0.5", want: "en"},
		{name: "nonsense", accept: "!!!", want: "ja"},
		{name: "ui_locales before the browser", accept: "ja", uiLocales: []string{"xx-bad-", "fr", "en-US"}, want: "en"},
		{name: "unknown ui_locales", accept: "en", uiLocales: []string{`"><x>`}, want: "en"},
		{name: "cookie before ui_locales", cookie: "ja", uiLocales: []string{"en"}, want: "ja"},
		{name: "bad cookie", cookie: "tlh", uiLocales: []string{"en"}, want: "en"},
		{name: "link before cookie", query: "?lang=en", cookie: "ja", want: "en"},
		{name: "bad link", query: "?lang=fr", cookie: "en", want: "en"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/interaction/i1"+c.query, nil)
			if c.accept != "" {
				r.Header.Set("Accept-Language", c.accept)
			}
			if c.cookie != "" {
				r.AddCookie(&http.Cookie{Name: "__Host-sekisho-lang", Value: c.cookie})
			}
			if got := loginui.Lang(r, c.uiLocales); got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestLanguageLinkKeepsThePage(t *testing.T) {
	for _, secure := range []bool{true, false} {
		site, err := loginui.New(loginui.Options{Firm: sample.Firm(), Secure: secure})
		if err != nil {
			t.Fatal(err)
		}
		link := func(method, target string) (string, *http.Response) {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(method, target, nil)
			site.Render(w, r, http.StatusOK, loginui.Home{Frame: loginui.Frame{Lang: loginui.Lang(r, nil), Base: "/interaction/i1"}})
			href := ""
			each(t, w.Body.String(), func(tag string, attr map[string]string) {
				if tag == "a" && attr["hreflang"] != "" {
					href = attr["href"]
				}
			})
			return href, w.Result()
		}
		if href, _ := link(http.MethodGet, "/authorize?client_id=a&state=x%22%3E&lang=ja"); href != "?client_id=a&lang=en&state=x%22%3E" {
			t.Errorf("query not kept: %q", href)
		}
		// A path that reads as another host must not become a link to it.
		if href, _ := link(http.MethodGet, "http://id.example//evil.example/"); href != "?lang=en" {
			t.Errorf("HD-07 left the page: %q", href)
		}
		if href, res := link(http.MethodPost, "/interaction/i1/password"); href != "/interaction/i1?lang=en" || len(res.Cookies()) != 0 {
			t.Errorf("after a post: %q %v", href, res.Cookies())
		}
		_, res := link(http.MethodGet, "/?lang=en")
		cookies := res.Cookies()
		if len(cookies) != 1 {
			t.Fatalf("choice not kept: %v", cookies)
		}
		c := cookies[0]
		if c.Value != "en" || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || strings.HasPrefix(c.Name, "__Host-") != secure {
			t.Errorf("cookie %v", c)
		}
	}
}
