package loginui_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	loginui "sekisho/login-ui"
	"sekisho/login-ui/gallery/sample"
)

func TestPageHeaders(t *testing.T) {
	h := get(t, "/gallery/signin").Header()
	t.Run("HD-01", func(t *testing.T) {
		want := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
			"form-action 'self'; base-uri 'none'; object-src 'none'; frame-src 'none'; frame-ancestors 'none'"
		if got := h.Get("Content-Security-Policy"); got != want {
			t.Errorf("CSP %q", got)
		}
	})
	t.Run("HD-02", func(t *testing.T) {
		if h.Get("X-Frame-Options") != "DENY" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Error("page can be framed")
		}
	})
	t.Run("HD-04", func(t *testing.T) {
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Content-Type": "text/html; charset=utf-8"} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		for _, want := range []string{"publickey-credentials-get=(self)", "publickey-credentials-create=(self)", "camera=()", "geolocation=()"} {
			if !strings.Contains(h.Get("Permissions-Policy"), want) {
				t.Errorf("Permissions-Policy without %s", want)
			}
		}
	})
}

// AZ-31, HD-10: nothing on a page comes from anywhere else, and nothing is inline.
func TestPagesLoadOnlyTheirOwn(t *testing.T) {
	site := newSite(t)
	h := sample.Handler(site)
	for _, s := range sample.All() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/gallery/"+s.Name, nil))
		each(t, w.Body.String(), func(tag string, attr map[string]string) {
			for _, name := range []string{"src", "srcset", "data", "poster"} {
				v, ok := attr[name]
				within := tag == "img" && strings.HasPrefix(v, "data:image/png;base64,") // a client's picture, in the page itself
				if ok && !within && !strings.HasPrefix(v, "/assets/") {
					t.Errorf("%s: <%s %s=%q>", s.Name, tag, name, v)
				}
			}
			if tag == "link" && !strings.HasPrefix(attr["href"], "/assets/") {
				t.Errorf("%s: <link href=%q>", s.Name, attr["href"])
			}
			if tag == "style" || tag == "iframe" || tag == "script" && attr["src"] == "" {
				t.Errorf("%s: <%s> in the page", s.Name, tag)
			}
			for name := range attr {
				if strings.HasPrefix(name, "on") || name == "style" {
					t.Errorf("%s: <%s %s>", s.Name, tag, name)
				}
			}
		})
	}
}

func TestFormActionTakesOnlyOrigins(t *testing.T) {
	site := newSite(t)
	render := func(p loginui.Page) string {
		w := httptest.NewRecorder()
		site.Render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, p)
		csp := w.Header().Get("Content-Security-Policy")
		_, rest, _ := strings.Cut(csp, "form-action ")
		action, tail, _ := strings.Cut(rest, ";")
		if strings.TrimSpace(tail) != "base-uri 'none'; object-src 'none'; frame-src 'none'; frame-ancestors 'none'" {
			t.Errorf("directives after form-action: %q", tail)
		}
		return action
	}
	for target, want := range map[string]string{
		"https://rp.example/cb?x=1":             "'self' https://rp.example",
		"http://localhost:9001/callback":        "'self' http://localhost:9001",
		"com.example.app:/oauth2redirect":       "'self' com.example.app:",
		"https://rp.example;script-src *":       "'self'",
		"https://rp.example script-src":         "'self'",
		"javascript:alert(1)":                   "'self'",
		"data:text/html,x":                      "'self'",
		"//rp.example/cb":                       "'self'",
		"https://*":                             "'self'",
		"https://rp.example/cb;frame-ancestors": "'self' https://rp.example",
	} {
		if got := render(loginui.Home{Frame: loginui.Frame{FormAction: []string{target}}}); got != want {
			t.Errorf("FormAction %q: %q, want %q", target, got, want)
		}
		if strings.HasPrefix(target, "http") {
			if got := render(loginui.FormPost{Action: target}); got != want {
				t.Errorf("FormPost %q: %q, want %q", target, got, want)
			}
		}
	}
}

func TestFormPostCarriesItsFieldsWithoutScript(t *testing.T) {
	site := newSite(t)
	w := httptest.NewRecorder()
	site.Render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, loginui.FormPost{
		Action: "https://rp.example/cb", Fields: [][2]string{{"state", `"><script>x</script>`}, {"code", "c1"}}})
	fields, action, buttons := map[string]string{}, "", 0
	each(t, w.Body.String(), func(tag string, attr map[string]string) {
		switch tag {
		case "form":
			action = attr["action"]
		case "input":
			fields[attr["name"]] = attr["value"]
		case "button":
			buttons++
		case "script":
			if attr["src"] == "" {
				t.Error("HD-06: state became a script")
			}
		}
	})
	if action != "https://rp.example/cb" || fields["state"] != `"><script>x</script>` || fields["code"] != "c1" || buttons != 1 {
		t.Errorf("action %q fields %v buttons %d", action, fields, buttons)
	}
}
