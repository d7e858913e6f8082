package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/keys"
)

const bye = "https://rp.example/bye"

func endSession(pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Add(pairs[i], pairs[i+1])
	}
	return "/logout?" + q.Encode()
}

// alive reports whether the browser is still signed in.
func (r *rig) alive(t *testing.T, b *idptest.Browser) bool {
	t.Helper()
	return b.Authorize("app", idptest.Redirect, "prompt", "none").Response(t, idptest.Redirect).Get("code") != ""
}

// LO-01 LO-04: the way back is a registered address of a client that is certain, with
// state, or there is none. The confirmation changes nothing about that.
func TestPostLogoutRedirect(t *testing.T) {
	r := newRig(t)
	r.NewRelyingParty("other", func(m *idp.ClientMetadata) { m.PostLogoutRedirectURIs = []string{"https://other.example/bye"} })
	hint := r.rp.Grant(r.b).String("id_token")
	for _, uri := range []string{
		bye + "/", bye + "?", bye + "?x=1", bye + "#x", "https://rp.example/", "https://rp.example", "http://rp.example/bye", "HTTPS://rp.example/bye", "https://rp.example:443/bye",
		"https://rp.example/%62ye", "https://rp.example/./bye", "https://evil.example/bye", "//rp.example/bye", "/bye", "javascript:alert(1)", idptest.Redirect, "https://other.example/bye", "https://rp.example@evil.example/bye",
	} {
		for _, pairs := range [][]string{{"id_token_hint", hint}, {"client_id", "app"}, {"id_token_hint", hint, "client_id", "app"}, nil} {
			page := r.b.Get(endSession(append(pairs, "post_logout_redirect_uri", uri, "state", "s")...))
			if page.Left != "" || page.Header.Get("Location") != "" || !r.alive(t, r.b) {
				t.Fatalf("LO-01 %s with %v: %d to %q", uri, pairs, page.Status, page.Left)
			}
			b := r.b.Get(endSession(append(pairs, "post_logout_redirect_uri", uri)...))
			if strings.Contains(b.Header.Get("Content-Security-Policy"), "evil.example") {
				t.Errorf("LO-01 %s: the page's policy lets a form go there", uri)
			}
		}
	}
	t.Run("LO-01 not without knowing whose it is", func(t *testing.T) {
		for _, pairs := range [][]string{nil, {"client_id", "nobody"}, {"client_id", "other"}} {
			b := r.signedIn(r.taro)
			b.Get(endSession(append(pairs, "post_logout_redirect_uri", bye, "state", "s")...))
			if page := b.Submit("/logout/confirm"); page.Left != "" || page.Status != http.StatusOK {
				t.Errorf("%v leads to %d %q", pairs, page.Status, page.Left)
			}
		}
	})
	t.Run("LO-01 LO-04 the registered one, with state", func(t *testing.T) {
		for name, pairs := range map[string][]string{"by client_id": {"client_id", "app"}, "by an unknown session's hint": {"id_token_hint", hint}} {
			b := r.signedIn(r.taro)
			b.Get(endSession(append(pairs, "post_logout_redirect_uri", bye, "state", "a b&c=d#é")...))
			page := b.Submit("/logout/confirm")
			if q := page.Response(t, bye+"?"); q.Get("state") != "a b&c=d#é" || len(q) != 1 {
				t.Errorf("%s: %s", name, page.Left)
			}
			if r.alive(t, b) {
				t.Errorf("%s: still signed in", name)
			}
		}
		b := r.signedIn(r.taro)
		own := r.rp.Grant(b).String("id_token")
		r.Clock.Advance(30 * time.Minute) // LO-03: expired, and genuine all the same
		if page := b.Get(endSession("id_token_hint", own, "post_logout_redirect_uri", bye, "ui_locales", "xx <script> ../..")); page.Left != bye {
			t.Errorf("LO-03 LO-04: %d to %q", page.Status, page.Left)
		}
		if r.alive(t, b) {
			t.Error("LO-04: still signed in")
		}
	})
	t.Run("LO-04 state alone goes nowhere", func(t *testing.T) {
		b := r.signedIn(r.taro)
		b.Get(endSession("state", "secret-state"))
		if page := b.Submit("/logout/confirm"); page.Left != "" || strings.Contains(page.Body, "secret-state") {
			t.Errorf("answer %d to %q", page.Status, page.Left)
		}
	})
}

// LO-02: a link alone never ends a session; the question carries a token of this session.
func TestLogoutAsks(t *testing.T) {
	r := newRig(t)
	hanako := r.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	theirs := r.rp.Grant(r.signedIn(hanako)).String("id_token")
	earlier := r.rp.Grant(r.signedIn(r.taro)).String("id_token")
	for name, pairs := range map[string][]string{
		"no parameters": nil, "only state": {"state", "s"}, "only a client": {"client_id", "app"}, "the hint of another customer": {"id_token_hint", theirs},
		"the hint of another session": {"id_token_hint", earlier}, "a logout hint": {"logout_hint", r.taro.LoginName},
	} {
		t.Run("LO-02 "+name, func(t *testing.T) {
			for _, page := range []*idptest.Page{r.b.Get(endSession(pairs...)), r.b.Post("/logout", values(pairs))} {
				r.waits(t, page, "/logout/confirm")
			}
			if !r.alive(t, r.b) {
				t.Fatal("the session ended without a word")
			}
		})
	}
	r.b.Get("/logout")
	form := r.b.Page.Form(t, "/logout/confirm")
	other := r.signedIn(r.taro)
	for name, send := range map[string]func() *idptest.Page{
		"no token": func() *idptest.Page { return r.b.Post("/logout/confirm", url.Values{}) },
		"a wrong token": func() *idptest.Page {
			return r.b.Post("/logout/confirm", url.Values{"csrf": {"x" + form.Values.Get("csrf")}})
		},
		"another browser's":   func() *idptest.Page { return other.Post("/logout/confirm", form.Values) },
		"a GET":               func() *idptest.Page { return r.b.Get("/logout/confirm?" + form.Values.Encode()) },
		"from another origin": func() *idptest.Page { return r.b.Do(crossSite(t, r.b, form)) },
	} {
		page := send()
		if page.Status != http.StatusForbidden && page.Status != http.StatusMethodNotAllowed {
			t.Errorf("LO-02 %s answers %d", name, page.Status)
		}
		if !r.alive(t, r.b) || !r.alive(t, other) {
			t.Fatalf("LO-02 %s ended a session", name)
		}
	}
	done := r.b.Post("/logout/confirm", form.Values)
	if done.Status != http.StatusOK || r.alive(t, r.b) {
		t.Errorf("LO-02: the confirmed logout answers %d", done.Status)
	}
	if !r.alive(t, other) {
		t.Error("LO-02: another browser was signed out")
	}
}

func values(pairs []string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func crossSite(t *testing.T, b *idptest.Browser, f idptest.Form) *http.Request {
	t.Helper()
	q := post(t, b, f)
	q.Header.Set("Origin", "https://evil.example")
	q.Header.Set("Sec-Fetch-Site", "cross-site")
	return q
}

// LO-03: a hint that is not genuine says nothing: no redirect and no silent end.
func TestForgedLogoutHint(t *testing.T) {
	r := newRig(t)
	other := r.NewRelyingParty("other", nil)
	tokens := r.rp.Grant(r.b)
	genuine := tokens.String("id_token")
	claims := idptest.Claims(t, genuine)
	header, _ := r.Verified(genuine)
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := r.Ring.Sign("ES256", keys.KindIDToken, changed(t, genuine, "iss", "https://evil.example"))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(genuine, ".")
	for name, hint := range map[string]string{
		"signed by somebody else": idptest.SignJWT(t, jose.ES256, own, claims, "kid", header.KeyID, "typ", "JWT"),
		"alg none":                idptest.Unsigned(t, map[string]any{"alg": "none", "typ": "JWT"}, claims, ""),
		"tampered":                parts[0] + "." + strings.Split(idptest.Unsigned(t, nil, changed(t, genuine, "aud", "other"), ""), ".")[1] + "." + parts[2],
		"of another issuer":       foreign, "an access token": tokens.String("access_token"), "nonsense": "a.b.c", "empty parts": "..",
	} {
		t.Run("LO-03 "+name, func(t *testing.T) {
			page := r.b.Get(endSession("id_token_hint", hint, "post_logout_redirect_uri", bye, "client_id", "app"))
			if page.Left != "" || !r.alive(t, r.b) {
				t.Fatalf("answer %d to %q", page.Status, page.Left)
			}
			b := r.signedIn(r.taro)
			b.Get(endSession("id_token_hint", hint, "post_logout_redirect_uri", bye, "client_id", "app"))
			if b.Page.Has("/logout/confirm") && b.Submit("/logout/confirm").Left != "" {
				t.Errorf("confirmed, it leads to %q", b.Page.Left)
			}
		})
	}
	t.Run("LO-03 client_id of another client", func(t *testing.T) {
		page := r.b.Get(endSession("id_token_hint", genuine, "post_logout_redirect_uri", bye, "client_id", other.ID))
		if page.Status != http.StatusBadRequest || page.Left != "" || !r.alive(t, r.b) {
			t.Errorf("answer %d to %q", page.Status, page.Left)
		}
	})
}

// LO-04 LO-09: the relying party's own form works too, and afterwards nothing is left of
// the session in this browser or at its clients.
func TestLogoutByForm(t *testing.T) {
	r := newRig(t)
	rs := r.resourceServer()
	tokens := r.rp.Grant(r.b)
	old := r.b.Cookie("sekisho-session")
	r.b.Authorize("app", idptest.Redirect, "prompt", "login")
	open := r.b.Base()
	form := url.Values{"id_token_hint": {tokens.String("id_token")}, "post_logout_redirect_uri": {bye}, "state": {"s 1"}}
	a := r.PostForm("/logout", form, "Origin", "https://rp.example", "Sec-Fetch-Site", "cross-site") // no SameSite cookie comes along
	if a.Status != http.StatusSeeOther {
		t.Fatalf("LO-04: cross-site POST answers %d", a.Status)
	}
	page := r.b.Get(a.Header.Get("Location"))
	if page.Left != bye+"?state=s%201" {
		t.Errorf("LO-04: leads to %q", page.Left)
	}
	if got := page.Header.Get("Clear-Site-Data"); !strings.Contains(got, `"cache"`) {
		t.Errorf("SE-10: Clear-Site-Data %q", got)
	}
	if r.b.Cookie("sekisho-session") != "" || r.alive(t, r.b) {
		t.Error("LO-09: the session is alive")
	}
	thief := r.NewBrowser()
	thief.SetCookie("sekisho-session", old)
	if r.alive(t, thief) {
		t.Error("LO-09: the old cookie still works")
	}
	r.dead(t, rs, tokens.String("access_token"), tokens.String("refresh_token"))
	if page := r.b.Get(open); page.Status != http.StatusForbidden && page.Status != http.StatusGone {
		t.Errorf("LO-09: a pending interaction answers %d", page.Status)
	}
	if again := r.b.Get(endSession("client_id", "app", "post_logout_redirect_uri", bye)); again.Left != bye {
		t.Errorf("LO-01: signed out already, the way back is %q", again.Left)
	}
}
