package brokerage_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// told is a logout token as the provider would send it; change bends it.
func (f *firm) told(change func(claims map[string]any)) map[string]any {
	claims := map[string]any{
		"iss": f.op.URL, "aud": []string{"aoba-trade"}, "sub": "sub-hanako", "sid": "sid-1", "jti": rand.Text(),
		"iat": f.clock.now().Unix(), "exp": f.clock.now().Add(2 * time.Minute).Unix(),
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	if change != nil {
		change(claims)
	}
	return claims
}

func (f *firm) tell(t *testing.T, token string) int {
	t.Helper()
	resp, err := http.PostForm(f.URL+"/backchannel-logout", url.Values{"logout_token": {token}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestBackChannelLogout(t *testing.T) {
	f := newFirm(t, nil)
	f.op.set(func() { f.op.sid = "sid-1" })
	b := f.browser(t)
	b.signIn()
	f.op.set(func() { f.op.sid = "sid-2" })
	other := f.browser(t)
	other.signIn()
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"none": "", "nonsense": "a.b.c", "of another key": signWith(stranger, "k1", "logout+jwt", f.told(nil)),
		"typ of an ID token": f.op.sign("JWT", f.told(nil)),
		"another client's":   f.op.sign("logout+jwt", f.told(func(c map[string]any) { c["aud"] = "somebody" })),
		"another issuer's":   f.op.sign("logout+jwt", f.told(func(c map[string]any) { c["iss"] = "https://evil.example" })),
		"with a nonce":       f.op.sign("logout+jwt", f.told(func(c map[string]any) { c["nonce"] = "n" })),
		"without events":     f.op.sign("logout+jwt", f.told(func(c map[string]any) { delete(c, "events") })),
		"of another event":   f.op.sign("logout+jwt", f.told(func(c map[string]any) { c["events"] = map[string]any{"https://x": map[string]any{}} })),
		"about nobody":       f.op.sign("logout+jwt", f.told(func(c map[string]any) { delete(c, "sid"); delete(c, "sub") })),
		"without jti":        f.op.sign("logout+jwt", f.told(func(c map[string]any) { delete(c, "jti") })),
		"expired":            f.op.sign("logout+jwt", f.told(func(c map[string]any) { c["exp"] = f.clock.now().Add(-time.Minute).Unix() })),
		"old":                f.op.sign("logout+jwt", f.told(func(c map[string]any) { c["iat"] = f.clock.now().Add(-time.Hour).Unix() })),
	} {
		if got := f.tell(t, token); got != http.StatusBadRequest {
			t.Errorf("a token %s is answered %d", name, got)
		}
	}
	b.get("/holdings").wants(t, "/holdings", "山田 花子")

	if got := f.tell(t, f.op.sign("logout+jwt", f.told(func(c map[string]any) { c["sub"] = "sub-somebody-else" }))); got != http.StatusOK {
		t.Errorf("a session that is not here: %d", got)
	}
	b.get("/holdings").wants(t, "/holdings", "山田 花子")
	if got := f.tell(t, f.op.sign("logout+jwt", f.told(nil))); got != http.StatusOK {
		t.Fatalf("answered %d", got)
	}
	before := len(f.op.asked())
	b.get("/holdings").wants(t, "/", "You signed out in another window or on another device")
	if len(f.op.asked()) != before {
		t.Error("sent to sign in again without a word")
	}
	other.get("/holdings").wants(t, "/holdings", "山田 花子")
	b.get("/holdings").wants(t, "/holdings") // and then a sign-in begins as always

	t.Run("by sub alone all sessions of the customer end", func(t *testing.T) {
		f.tell(t, f.op.sign("logout+jwt", f.told(func(c map[string]any) { delete(c, "sid") })))
		other.post("/trade", nil).wants(t, "/", "You signed out in another window or on another device")
	})
}

func TestSignInBegunByTheProvider(t *testing.T) {
	f := newFirm(t, nil)
	f.browser(t).get("/signin?iss="+url.QueryEscape(f.op.URL)).wants(t, "/holdings")
	if p := f.browser(t).get("/signin?iss=https%3A%2F%2Fevil.example"); p.status != http.StatusBadRequest {
		t.Errorf("answered %d at %s", p.status, p.url)
	}
}
