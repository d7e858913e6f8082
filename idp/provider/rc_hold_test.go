package provider_test

import (
	"strings"
	"testing"
	"time"

	"sekisho/idp/idptest"
)

// RC-12: after a recovery withdrawals wait, relying parties can see until when, and then
// everything is as before.
func TestRecoveryHold(t *testing.T) {
	l := loses(t, nil)
	key := l.GivePasskey(l.a, nil)
	b := l.NewBrowser()
	l.mailed(b)
	b.Submit("/recovery-code", "recovery_code", l.paper[0])
	b.Submit("/password", "new", fresh)
	until := l.Clock.Now().Add(24 * time.Hour)
	l.Clock.Advance(time.Minute)

	customer := l.NewBrowser()
	customer.Authorize("app", idptest.Redirect, "scope", "openid offline_access")
	page := customer.UsePasskey(key)
	tokens := l.rp.Exchange(page.Response(t, idptest.Redirect).Get("code"))
	held := func(what string, claims map[string]any, want int64) {
		t.Helper()
		got, _ := claims["sekisho_hold_until"].(float64)
		if int64(got) != want {
			t.Errorf("RC-12: %s says %v, want %d", what, claims["sekisho_hold_until"], want)
		}
	}
	held("ID token", idptest.Claims(t, tokens.String("id_token")), until.Unix())
	held("access token", idptest.Claims(t, tokens.String("access_token")), until.Unix())
	held("introspection", l.rp.Post("/introspect", "token", tokens.String("access_token")).JSON, until.Unix())

	page = customer.Authorize("app", idptest.Redirect, "acr_values", withdrawal)
	if page.Left != "" || !page.Has("/cancel") || !strings.Contains(page.Body, `datetime="`+until.Format("2006-01-02T15:04")) && !strings.Contains(page.Body, "<time") {
		t.Errorf("RC-12: a withdrawal during the hold: %q %s", page.Left, page.Body)
	}
	if got := customer.Submit("/cancel").Response(t, idptest.Redirect).Get("error"); got != "unmet_authentication_requirements" {
		t.Errorf("RC-12: leaving the hold page: %q", got)
	}
	if got := customer.Authorize("app", idptest.Redirect, "acr_values", withdrawal, "prompt", "none").Response(t, idptest.Redirect).Get("error"); got != "interaction_required" {
		t.Errorf("RC-12: silently: %q", got)
	}
	if withdraws(l.Provider, key) {
		t.Error("RC-12: withdrew during the hold")
	}
	if !customer.Authorize("app", idptest.Redirect, "acr_values", trade).Response(t, idptest.Redirect).Has("code") {
		t.Error("RC-12: the hold stops trading")
	}
	l.Clock.Advance(24 * time.Hour)
	if !withdraws(l.Provider, key) {
		t.Error("RC-12: no withdrawal after the hold")
	}
	held("refreshed", idptest.Claims(t, l.rp.Refresh(tokens.String("refresh_token")).String("access_token")), 0)
}
