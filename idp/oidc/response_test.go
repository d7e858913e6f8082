package oidc

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

type sentForm struct {
	action string
	fields [][2]string
}

func responder(form *sentForm) Responder {
	return Responder{
		Issuer: issuer,
		FormPost: func(w http.ResponseWriter, _ *http.Request, action string, fields [][2]string) {
			*form = sentForm{action, fields}
			w.WriteHeader(http.StatusOK)
		},
		Page: func(w http.ResponseWriter, _ *http.Request, e *AuthorizationError) { w.WriteHeader(e.HTTPStatus()) },
	}
}

func answered(t *testing.T, w *httptest.ResponseRecorder) url.Values {
	t.Helper()
	if w.Code != http.StatusSeeOther {
		t.Fatalf("AZ-16 status %d", w.Code)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	u, err := url.Parse(w.Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

var states = []string{
	"", "s", strings.Repeat("x", 64), strings.Repeat("y", 1000), strings.Repeat("z", 2000),
	"a+b", "%00", "a\x00b", "a&b=c", "a#b", "a b", "状態🙂", `"><script>`, "a;b", "line\r\nbreak", "%", "\u2028",
}

func TestResponsesInTheQuery(t *testing.T) {
	for _, state := range states {
		q := accept(t, good("state", state))
		for name, write := range map[string]func(Responder, http.ResponseWriter){
			"grant":  func(p Responder, w http.ResponseWriter) { p.Grant(w, post(""), q, "c0de") },
			"refuse": func(p Responder, w http.ResponseWriter) { p.Refuse(w, post(""), q.Refuse(AccessDenied, "declined")) },
		} {
			t.Run("AZ-10 "+name+url.QueryEscape(state[:min(len(state), 20)]), func(t *testing.T) {
				w := httptest.NewRecorder()
				write(responder(nil), w)
				got := answered(t, w)
				if got.Has("state") != (state != "") || got.Get("state") != state {
					t.Errorf("state %q, want %q", got.Get("state"), state)
				}
				if got.Get("iss") != issuer || len(got["iss"]) != 1 {
					t.Errorf("AZ-09: iss %q", got["iss"])
				}
				if got.Has("code") == got.Has("error") {
					t.Errorf("%v", got)
				}
				if l := w.Header().Get("Location"); strings.ContainsAny(l, "\r\n +") || !strings.HasPrefix(l, callback+"?") {
					t.Errorf("Location %q", l)
				}
			})
		}
	}
}

func TestResponsesByForm(t *testing.T) {
	q := accept(t, good("state", `a+b&"<c`, "response_mode", "form_post"))
	var form sentForm
	w := httptest.NewRecorder()
	responder(&form).Grant(w, get(""), q, "c0de")
	want := [][2]string{{"code", "c0de"}, {"state", `a+b&"<c`}, {"iss", issuer}}
	if form.action != callback || len(form.fields) != 3 || w.Header().Get("Location") != "" {
		t.Fatalf("AZ-30: %+v", form)
	}
	for i := range want {
		if form.fields[i] != want[i] {
			t.Errorf("AZ-09 AZ-10 by form: %v", form.fields[i])
		}
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("AZ-30: form_post may be cached")
	}
	responder(&form).Refuse(httptest.NewRecorder(), get(""), q.Refuse(LoginRequired, ""))
	if form.fields[0] != [2]string{"error", "login_required"} || form.fields[len(form.fields)-1] != [2]string{"iss", issuer} {
		t.Errorf("AZ-09: %v", form.fields)
	}
}

func TestRedirectURIIsLeftAsItIs(t *testing.T) {
	for uri, want := range map[string]string{
		"https://rp.example/cb":          "https://rp.example/cb?code=c&iss=",
		"https://rp.example/cb?a=%7eb+c": "https://rp.example/cb?a=%7eb+c&code=c&iss=",
		"https://rp.example/cb?":         "https://rp.example/cb?code=c&iss=",
		"com.example.app:/cb":            "com.example.app:/cb?code=c&iss=",
	} {
		w := httptest.NewRecorder()
		responder(nil).Grant(w, get(""), &AuthorizationRequest{RedirectURI: uri, ResponseMode: ModeQuery}, "c")
		if got := w.Header().Get("Location"); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// AZ-28: a held error is a page; the way on is a link the customer may follow.
func TestHeldErrorIsAPage(t *testing.T) {
	_, e := parse(t, good("client_id", "wire", "scope", "withdraw"))
	w := httptest.NewRecorder()
	p := responder(nil)
	p.Refuse(w, get(""), e)
	if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
		t.Errorf("AZ-28: %d %q", w.Code, w.Header().Get("Location"))
	}
	if got := p.Location(e); !strings.HasPrefix(got, callback+"?error=invalid_scope&") || !strings.HasSuffix(got, "&state=s-1&iss=https%3A%2F%2Fop.example") {
		t.Errorf("link %q", got)
	}
	if got := p.Location(onPage(NewError(InvalidRequest, "x"), "web")); got != "" {
		t.Errorf("link without a certain redirect URI: %q", got)
	}
}

func TestRedirectOrigin(t *testing.T) {
	for uri, want := range map[string]string{
		callback: "https://rp.example", "http://[::1]:9/cb": "http://[::1]:9", "com.example.app:/cb": "com.example.app:",
	} {
		if got := (&AuthorizationRequest{RedirectURI: uri}).RedirectOrigin(); got != want {
			t.Errorf("%s: %q", uri, got)
		}
	}
}
