package logout

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sekisho/idp"
)

func TestGenuineHintOfThisSessionEndsIt(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		t.Run("LO-04 "+method, func(t *testing.T) {
			x := newWorld()
			w := x.send(request(method, "id_token_hint", hintFor("web", "alice", "sid-1"), "post_logout_redirect_uri", byeMore, "state", "a+b&c", "ui_locales", "<x> ja"))
			if w.Code != http.StatusSeeOther || w.Header().Get("Location") != byeMore+"&state=a%2Bb%26c" {
				t.Fatalf("AZ-16 %d %q", w.Code, w.Header().Get("Location"))
			}
			if !slices.Equal(x.ended, []string{"session-1"}) || len(x.audited) != 1 || x.audited[0].ClientID != "web" || x.audited[0].Event != "session.ended" || x.audited[0].IP == "" {
				t.Errorf("%v %+v", x.ended, x.audited)
			}
			cookies := strings.Join(w.Header().Values("Set-Cookie"), "\n")
			if !strings.Contains(cookies, "__Host-sekisho-session=; Path=/; Max-Age=0") || !strings.Contains(cookies, "__Host-sekisho-browser=; Path=/; Max-Age=0") {
				t.Errorf("cookies %q", cookies)
			}
			if got := w.Header().Get("Clear-Site-Data"); got != `"cache", "storage"` {
				t.Errorf("SE-10 on the way to the relying party: %q", got)
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Error("cacheable")
			}
		})
	}
	t.Run("LO-04 no state without a redirect", func(t *testing.T) {
		x := newWorld()
		w := x.send(request(http.MethodGet, "id_token_hint", hintFor("web", "alice", "sid-1"), "state", "s"))
		if x.page != "logged out" || len(x.ended) != 1 || w.Header().Get("Location") != "" {
			t.Errorf("%+v", x)
		}
		if got := w.Header().Get("Clear-Site-Data"); got != `"cache", "cookies", "storage"` {
			t.Errorf("SE-10: %q", got)
		}
	})
	t.Run("HEAD changes nothing", func(t *testing.T) {
		x := newWorld()
		x.untouched(t, x.send(request(http.MethodHead, "id_token_hint", hintFor("web", "alice", "sid-1"))))
	})
}

// TestAsksFirst: nothing ends by the request alone.
func TestAsksFirst(t *testing.T) {
	good := hintFor("web", "alice", "sid-1")
	for name, pairs := range map[string][]string{
		"LO-02 only state":                 {},
		"LO-02 only client_id":             {"client_id", "web", "post_logout_redirect_uri", bye},
		"LO-02 hint of another person":     {"id_token_hint", hintFor("web", "bob", "sid-1")},
		"LO-02 hint of an earlier session": {"id_token_hint", hintFor("web", "alice", "sid-0")},
		"LO-02 hint without sid":           {"id_token_hint", hintFor("web", "alice", "")},
		"LO-03 tampered":                   {"id_token_hint", good[:len(good)-2] + "AA", "post_logout_redirect_uri", bye},
		"LO-03 tampered, with client_id":   {"id_token_hint", good[:len(good)-2] + "AA", "client_id", "web", "post_logout_redirect_uri", bye},
		"LO-03 alg none":                   {"id_token_hint", "eyJhbGciOiJub25lIn0." + strings.Split(good, ".")[1] + ".", "client_id", "web", "post_logout_redirect_uri", bye},
		"LO-03 other issuer":               {"id_token_hint", idToken(`{"iss":"https://suite.example","aud":"web","sub":"alice","sid":"sid-1"}`), "client_id", "web", "post_logout_redirect_uri", bye},
		"LO-03 nonsense":                   {"id_token_hint", "nonsense", "client_id", "web", "post_logout_redirect_uri", bye},
		"LO-01 unregistered":               {"id_token_hint", good, "post_logout_redirect_uri", "https://evil.example/"},
		"LO-01 query added":                {"id_token_hint", good, "post_logout_redirect_uri", bye + "?x=1"},
		"LO-01 path added":                 {"id_token_hint", good, "post_logout_redirect_uri", bye + "/"},
		"LO-01 another client's":           {"id_token_hint", good, "post_logout_redirect_uri", "https://other.example/bye"},
		"LO-01 disabled client":            {"id_token_hint", hintFor("off", "alice", "sid-1"), "post_logout_redirect_uri", bye},
		"LO-01 unknown client":             {"id_token_hint", hintFor("gone", "alice", "sid-1"), "post_logout_redirect_uri", bye},
		"LO-01 nobody named":               {"post_logout_redirect_uri", bye},
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				x := newWorld()
				w := x.send(request(method, append(pairs, "state", "canary")...))
				x.untouched(t, w)
				if x.page != "confirm" || w.Header().Get("Location") != "" {
					t.Fatalf("%s: page %q, Location %q", method, x.page, w.Header().Get("Location"))
				}
				w = x.confirm(nil)
				mayReturn := name == "LO-02 only client_id"
				if got := w.Header().Get("Location"); len(x.ended) != 1 || (got != "") != mayReturn || mayReturn && got != bye+"?state=canary" {
					t.Errorf("confirmed: ended %v, Location %q", x.ended, got)
				}
			}
		})
	}
	t.Run("LO-02 no parameters", func(t *testing.T) {
		x := newWorld()
		x.untouched(t, x.send(request(http.MethodGet)))
		if x.page != "confirm" || x.client != nil {
			t.Error(x.page)
		}
	})
	t.Run("the page's policy allows the redirect that follows", func(t *testing.T) {
		x := newWorld()
		x.send(request(http.MethodGet, "client_id", "web", "post_logout_redirect_uri", bye))
		if x.action != "https://rp.example" || x.client == nil || x.client.ID != "web" {
			t.Errorf("%q %+v", x.action, x.client)
		}
	})
}

func TestContradictionIsRefused(t *testing.T) {
	for name, pairs := range map[string][]string{
		"LO-03 client_id is not the hint's": {"id_token_hint", hintFor("web", "alice", "sid-1"), "client_id", "other", "post_logout_redirect_uri", bye},
		"a parameter twice":                 {"state", "a", "state", "b"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newWorld()
			w := x.send(request(http.MethodGet, pairs...))
			x.untouched(t, w)
			if x.page != "failed" || w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
				t.Errorf("%q %d", x.page, w.Code)
			}
		})
	}
}

// LO-02: the confirmation is a form of this browser's own and cannot be edited.
func TestConfirmation(t *testing.T) {
	ask := func() *world {
		x := newWorld()
		x.send(request(http.MethodGet, "client_id", "web", "post_logout_redirect_uri", bye))
		return x
	}
	setToken := func(token string) func(*http.Request) {
		return func(r *http.Request) {
			*r = *request(http.MethodPost, "csrf", token)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
	}
	for name, change := range map[string]func(*world) func(*http.Request){
		"LO-02 no token": func(*world) func(*http.Request) { return setToken("") },
		"LO-02 cross-site": func(*world) func(*http.Request) {
			return func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
		},
		"LO-02 GET": func(*world) func(*http.Request) { return func(r *http.Request) { r.Method = http.MethodGet } },
		"LO-02 edited destination": func(x *world) func(*http.Request) {
			token, _, _ := strings.Cut(x.token, ".")
			return setToken(token + ".eyJjIjoib3RoZXIiLCJyIjoiaHR0cHM6Ly9vdGhlci5leGFtcGxlL2J5ZSJ9")
		},
		"LO-02 token of another browser": func(x *world) func(*http.Request) {
			return setToken(x.handler.CSRF.Token("another-cookie", "logout ") + ".")
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := ask()
			w := x.confirm(change(x))
			x.untouched(t, w)
			if x.page != "failed" || w.Code != http.StatusForbidden {
				t.Errorf("%q %d", x.page, w.Code)
			}
		})
	}
	t.Run("LO-01 the registration changed while the page was open", func(t *testing.T) {
		x := ask()
		x.registery["web"].Metadata.PostLogoutRedirectURIs = nil
		if w := x.confirm(nil); w.Header().Get("Location") != "" || x.page != "logged out" || len(x.ended) != 1 {
			t.Errorf("%v %q", w.Header(), x.page)
		}
	})
	t.Run("confirmed twice", func(t *testing.T) {
		x := ask()
		x.confirm(nil)
		if w := x.confirm(nil); x.page != "logged out" || w.Code != http.StatusOK || len(x.ended) != 1 {
			t.Errorf("%d %q %v", w.Code, x.page, x.ended)
		}
	})
}

// TestWithoutSession: nothing is ended, nothing is removed from the browser, since the
// cookies may merely not have come along.
func TestWithoutSession(t *testing.T) {
	bare := func(method string, pairs ...string) *http.Request {
		r := request(method, pairs...)
		r.Header.Del("Cookie")
		return r
	}
	t.Run("LO-01 the way back is registered", func(t *testing.T) {
		x := newWorld()
		w := x.send(bare(http.MethodGet, "client_id", "web", "post_logout_redirect_uri", bye, "state", "s"))
		x.untouched(t, w)
		if w.Header().Get("Location") != bye+"?state=s" {
			t.Error(w.Header())
		}
	})
	t.Run("LO-02 another site's image cannot clear the cookies", func(t *testing.T) {
		x := newWorld()
		x.untouched(t, x.send(bare(http.MethodGet)))
		if x.page != "logged out" {
			t.Error(x.page)
		}
	})
	t.Run("LO-04 a cross-site form is repeated as a GET that brings the cookies", func(t *testing.T) {
		x, hint := newWorld(), hintFor("web", "alice", "sid-1")
		w := x.send(bare(http.MethodPost, "id_token_hint", hint, "post_logout_redirect_uri", bye, "state", "a b", "logout_hint", "x"))
		x.untouched(t, w)
		again, err := url.Parse(w.Header().Get("Location"))
		if err != nil || w.Code != http.StatusSeeOther || again.Path != "/logout" || again.Host != "" || again.Query().Get("id_token_hint") != hint || again.Query().Get("state") != "a b" {
			t.Fatalf("%d %v", w.Code, again)
		}
		r := httptest.NewRequest(http.MethodGet, again.String(), nil)
		r.Header.Set("Cookie", "__Host-sekisho-session=the-cookie")
		if w := x.send(r); len(x.ended) != 1 || w.Header().Get("Location") != bye+"?state=a%20b" {
			t.Errorf("%v %v", x.ended, w.Header())
		}
	})
	t.Run("too long for a URL is worked off as it is", func(t *testing.T) {
		x := newWorld()
		if w := x.send(bare(http.MethodPost, "state", strings.Repeat("s", 9000))); w.Header().Get("Location") != "" || x.page != "logged out" {
			t.Error(w.Code, x.page)
		}
	})
}

// LG-05: when the session cannot be ended, no page and no redirect says that it was.
func TestFailuresDoNotClaimALogout(t *testing.T) {
	hint := hintFor("web", "alice", "sid-1")
	for name, fault := range map[string]func(*world){
		"session unreadable": func(x *world) { x.sessions = idp.ErrUnavailable },
		"client unreadable":  func(x *world) { x.lookUp = idp.ErrUnavailable },
		"end not committed":  func(x *world) { x.end = idp.ErrUnavailable },
	} {
		t.Run("LG-05 "+name, func(t *testing.T) {
			x := newWorld()
			fault(x)
			w := x.send(request(http.MethodGet, "id_token_hint", hint, "post_logout_redirect_uri", bye))
			x.untouched(t, w)
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Location") != "" || x.page != "failed" {
				t.Errorf("%d %q", w.Code, x.page)
			}
		})
	}
	x := newWorld()
	x.end = idp.ErrNotFound // another tab was faster
	if w := x.send(request(http.MethodGet, "id_token_hint", hint, "post_logout_redirect_uri", bye)); w.Header().Get("Location") != bye {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}
