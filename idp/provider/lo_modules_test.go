package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// The certification modules of RP-Initiated Logout 1.0, each as its name says: what the
// browser sees, where it ends up, and whether prompt=none still finds a session then.
func TestRPInitiatedLogoutModules(t *testing.T) {
	r := newRig(t)
	const query = bye + "?from=rp"
	r.NewRelyingParty("asked", func(m *idp.ClientMetadata) { m.PostLogoutRedirectURIs = []string{query} })
	t.Run("oidcc-rp-initiated-logout-discovery-endpoint-verification", func(t *testing.T) {
		d := r.Call("GET", "/.well-known/openid-configuration", "")
		if d.String("end_session_endpoint") != r.URL+"/logout" {
			t.Errorf("end_session_endpoint %q", d.String("end_session_endpoint"))
		}
	})
	for _, c := range []struct {
		module string
		pairs  func(hint string) []string
		left   string // where the browser goes, "" nowhere
		asks   bool   // a question comes first, and confirming it ends the session
		fails  bool   // an error page, nothing ended
	}{
		{module: "oidcc-rp-initiated-logout", pairs: func(h string) []string {
			return []string{"id_token_hint", h, "post_logout_redirect_uri", bye, "state", "s"}
		}, left: bye + "?state=s"},
		{module: "oidcc-rp-initiated-logout-no-state", pairs: func(h string) []string { return []string{"id_token_hint", h, "post_logout_redirect_uri", bye} }, left: bye},
		{module: "oidcc-rp-initiated-logout-no-post-logout-redirect-uri", pairs: func(h string) []string { return []string{"id_token_hint", h} }},
		{module: "oidcc-rp-initiated-logout-no-id-token-hint", pairs: func(string) []string { return []string{"post_logout_redirect_uri", bye, "state", "s"} }, asks: true},
		{module: "oidcc-rp-initiated-logout-no-params", pairs: func(string) []string { return nil }, asks: true},
		{module: "oidcc-rp-initiated-logout-only-state", pairs: func(string) []string { return []string{"state", "s"} }, asks: true},
		{module: "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", pairs: func(h string) []string {
			return []string{"id_token_hint", h, "post_logout_redirect_uri", "https://rp.example/bye/other", "state", "s"}
		}, asks: true},
		{module: "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", pairs: func(h string) []string {
			return []string{"id_token_hint", h, "post_logout_redirect_uri", bye + "?foo=bar", "state", "s"}
		}, asks: true},
		{module: "oidcc-rp-initiated-logout-modified-id-token-hint", pairs: func(h string) []string {
			parts := strings.Split(h, ".")
			return []string{"id_token_hint", parts[0] + "." + parts[1] + "." + reversed(parts[2]), "post_logout_redirect_uri", bye, "state", "s"}
		}, asks: true},
		{module: "oidcc-rp-initiated-logout-bad-id-token-hint", pairs: func(h string) []string {
			return []string{"id_token_hint", idptest.Unsigned(t, map[string]any{"alg": "none", "typ": "JWT"}, idptest.Claims(t, h), ""), "post_logout_redirect_uri", bye, "state", "s"}
		}, asks: true},
	} {
		t.Run(c.module, func(t *testing.T) {
			b := r.signedIn(r.taro)
			page := b.Get(endSession(c.pairs(r.rp.Grant(b).String("id_token"))...))
			if c.asks {
				if page.Left != "" || page.Header.Get("Location") != "" || !r.alive(t, b) {
					t.Fatalf("without a word: %d to %q", page.Status, page.Left)
				}
				b.Get(endSession(c.pairs(r.rp.Grant(b).String("id_token"))...))
				page = b.Submit("/logout/confirm")
			}
			if page.Left != c.left || c.left == "" && page.Status != http.StatusOK {
				t.Errorf("%d to %q, want %q", page.Status, page.Left, c.left)
			}
			if r.alive(t, b) {
				t.Error("still signed in")
			}
		})
	}
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// LO-09: after a logout another tab finds nobody signed in, the back button finds nothing
// kept, what was open is void, and so is the proof a step-up had earned.
func TestNothingIsLeftAfterLogout(t *testing.T) {
	r := newRig(t)
	tab := r.b.Get("/account")
	if got := tab.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("LO-09: a signed-in page is kept: %q", got)
	}
	form := tab.Form(t, "/account/logout")
	r.b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:trade", "prompt", "login")
	open := r.b.Base()
	cookie := r.b.Cookie("sekisho-session")
	if page := r.b.Post(form.Action, form.Values); page.Status != http.StatusOK {
		t.Fatalf("logout answers %d", page.Status)
	}
	for _, path := range []string{"/account", "/account/profile", "/account/history", "/account/password"} {
		page := r.b.Do(get(t, r.URL+path))
		if page.Status != http.StatusSeeOther || !strings.HasPrefix(page.Header.Get("Location"), "/interaction/") {
			t.Errorf("LO-09: another tab at %s: %d %q", path, page.Status, page.Header.Get("Location"))
		}
	}
	if page := r.b.Get(open); page.Status != http.StatusForbidden && page.Status != http.StatusGone {
		t.Errorf("LO-09: an open step-up answers %d", page.Status)
	}
	again := r.signedIn(r.taro)
	again.SetCookie("sekisho-session", cookie)
	if r.alive(t, again) {
		t.Error("LO-09: the old session came back")
	}
	t.Run("LO-09 the proof of a step-up", func(t *testing.T) {
		key, b := r.GivePasskey(r.taro, nil), r.signedIn(r.taro)
		rs := r.resourceServer()
		b.Authorize("app", idptest.Redirect, "acr_values", "phr")
		stepped := r.rp.Exchange(b.UsePasskey(key).Response(t, idptest.Redirect).Get("code"))
		r.rp.Grant(b, "acr_values", "phr", "prompt", "none")
		b.Get("/account")
		b.Submit("/account/logout")
		r.dead(t, rs, stepped.String("access_token"), stepped.String("refresh_token"))
		b.SignIn(r.Provider, r.taro)
		r.refused(t, b.Authorize("app", idptest.Redirect, "acr_values", "phr", "prompt", "none"), "interaction_required")
	})
}

func get(t *testing.T, address string) *http.Request {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return q
}
