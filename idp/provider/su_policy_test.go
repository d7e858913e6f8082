package provider_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/idptest"
)

// A firm's rule per operation decides, on the day it begins, and its customers are told.
func TestPolicyPerOperation(t *testing.T) {
	clock := idptest.NewClock()
	day := clock.Now().Add(30 * 24 * time.Hour)
	r := &rig{t: t, Provider: idptest.New(t, idptest.Options{Clock: clock, Edit: func(c *config.Config) {
		c.Assurance.Operations["halted"] = config.Operation{Level: config.LevelEmail, Deny: true, DenyReason: config.Text{"ja": "相場急変のため停止中です", "en": "Halted"}}
		c.Assurance.Operations["new_rule"] = config.Operation{Level: config.LevelPhishingResistant, From: day, Before: &config.Operation{Level: config.LevelEmail}}
	}})}
	r.rp = r.NewRelyingParty("app", nil)
	r.taro = r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.b = r.signedIn(r.taro)
	t.Run("B17 switched off", func(t *testing.T) {
		page := r.b.Authorize("app", idptest.Redirect, "acr_values", assurance.OperationPrefix+"halted")
		if page.Left != "" || !strings.Contains(page.Body, "相場急変のため停止中です") {
			t.Errorf("answer %d to %q", page.Status, page.Left)
		}
		r.refused(t, r.b.Submit("/cancel"), "access_denied")
		r.refused(t, r.b.Authorize("app", idptest.Redirect, "acr_values", assurance.OperationPrefix+"halted", "prompt", "none"), "unmet_authentication_requirements")
		r.token(t, r.b.Authorize("app", idptest.Redirect, "acr_values", trade))
	})
	t.Run("D2 from a day on", func(t *testing.T) {
		ask := []string{"acr_values", assurance.OperationPrefix + "new_rule"}
		r.token(t, r.b.Authorize("app", idptest.Redirect, ask...))
		r.Clock.Advance(day.Sub(r.Clock.Now()) - 10*time.Minute)
		r.b = r.signedIn(r.taro)
		if claims := r.token(t, r.b.Authorize("app", idptest.Redirect, ask...)); claims["acr"] != ask[1] || claims["sekisho_level"] != assurance.MFA.ACR() {
			t.Errorf("the day before: %v", claims)
		}
		r.Clock.Advance(10 * time.Minute)
		r.refused(t, r.b.Authorize("app", idptest.Redirect, append(ask, "prompt", "none")...), "interaction_required")
	})
	t.Run("a passkey of a weak origin waits before it moves money", func(t *testing.T) {
		hanako := r.AddAccount(idptest.Customer{Login: "10000002"})
		key := r.withMailPasskey(hanako)
		b := r.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		if claims := r.token(t, b.PasskeySignIn(key)); claims["acr"] != "phr" {
			t.Fatalf("claims %v", claims)
		}
		page := b.Authorize("app", idptest.Redirect, "acr_values", withdrawal)
		r.waits(t, page, "/cancel")
		if page.Has("/password") {
			t.Error("a password is asked for")
		}
		r.refused(t, b.Submit("/cancel"), "unmet_authentication_requirements")
		b = r.NewBrowser() // where nobody is known yet, the passkey is offered and does not count
		b.Authorize("app", idptest.Redirect, "acr_values", withdrawal)
		if page := b.PasskeySignIn(key); page.Left != "" || !page.Has("/cancel") {
			t.Errorf("answer %d to %q", page.Status, page.Left)
		}
		r.refused(t, b.Submit("/cancel"), "unmet_authentication_requirements")
		r.Clock.Advance(25 * time.Hour)
		b = r.NewBrowser()
		b.Authorize("app", idptest.Redirect, "acr_values", withdrawal)
		if claims := r.token(t, b.PasskeySignIn(key)); claims["acr"] != withdrawal {
			t.Errorf("a day later: %v", claims)
		}
	})
}

// SU-10: what a client of the fapi2 profile asks is not to be edited in the browser: such
// a client is not answered there at all. For the others, the interaction keeps the request
// it began with.
func TestRequestCannotBeEdited(t *testing.T) {
	r := newRig(t)
	newKeyed(t, r, "fapi", func(m *idp.ClientMetadata) { m.ClientProfile = idp.ProfileFAPI2 })
	for _, pairs := range [][]string{{"acr_values", "phr"}, {"max_age", "0"}, {"acr_values", "urn:sekisho:acr:email", "max_age", "99999"}, nil} {
		r.refused(t, r.b.Authorize("fapi", idptest.Redirect, pairs...), "invalid_request")
	}
	key := r.withPasskey(r.taro)
	r.b.Authorize("app", idptest.Redirect, "acr_values", "phr", "max_age", "60")
	base := r.b.Base()
	for _, edit := range []string{"?acr_values=urn:sekisho:acr:email", "?acr_values=&max_age=99999", "?prompt=none", "?client_id=other&scope=openid+email"} {
		page := r.b.Get(base + edit)
		r.waits(t, page, "/cancel")
		if page.Has("/password") {
			t.Errorf("SU-10: %s lowered the demand", edit)
		}
	}
	r.b.Get(base)
	if claims := r.token(t, r.b.PasskeySignIn(key)); claims["acr"] != "phr" {
		t.Errorf("SU-10: acr %v", claims["acr"])
	}
}

// SU-11: the provider's own pages ask for the same proof as a relying party would, and a
// form sent without it changes nothing.
func TestOwnPagesStepUp(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	r.withPasskey(r.taro)
	passkeys, err := r.Store.Passkeys(ctx, r.taro.ID)
	if err != nil || len(passkeys) != 1 {
		t.Fatal(passkeys, err)
	}
	hash := func() string {
		t.Helper()
		p, err := r.Store.Password(ctx, r.taro.ID, idp.LoginPassword)
		if err != nil {
			t.Fatal(err)
		}
		return p.Hash
	}
	wasHash := hash()
	other := r.signedIn(r.taro)
	b := r.signedIn(r.taro) // fresh, but by password and app: the account has better
	sessions, err := r.Store.Sessions(ctx, r.taro.ID)
	if err != nil {
		t.Fatal(err)
	}
	csrf := b.Page.CSRF()
	r.Clock.Advance(30 * time.Second)
	forms := map[string]url.Values{
		"/account/password":    {"current": {r.taro.Password}, "new": {"kaze ga fuku tokoro 77"}},
		"/account/totp":        {"code": {r.taro.TOTP()}},
		"/account/totp/remove": {"code": {r.taro.TOTP()}},
		"/account/passkeys/" + passkeys[0].ID + "/rename": {"name": {"mine now"}},
		"/account/passkeys/" + passkeys[0].ID + "/remove": {},
		"/account/sessions/end-others":                    {},
	}
	for _, s := range sessions {
		forms["/account/sessions/"+s.ID+"/end"] = url.Values{}
	}
	for path, form := range forms {
		t.Run("SU-11 "+path, func(t *testing.T) {
			form.Set("csrf", csrf)
			page := b.Post(path, form)
			if !strings.HasPrefix(page.URL.Path, "/interaction/") || page.Status != http.StatusOK || page.Has("/password") {
				t.Errorf("POST leads to %s (%d), want a step-up by passkey", page.URL.Path, page.Status)
			}
			if strings.HasSuffix(path, "/end") || strings.HasSuffix(path, "end-others") {
				return // a post only
			}
			if page := b.Get(path); !strings.HasPrefix(page.URL.Path, "/interaction/") {
				t.Errorf("GET shows %s (%d)", page.URL.Path, page.Status)
			}
		})
	}
	after, err := r.Store.Passkeys(ctx, r.taro.ID)
	if err != nil || len(after) != 1 || after[0].Name != passkeys[0].Name {
		t.Errorf("SU-11: passkeys are %+v, %v", after, err)
	}
	if _, err := r.Store.TOTP(ctx, r.taro.ID); err != nil || hash() != wasHash {
		t.Error("SU-11: an authenticator was changed")
	}
	if !r.alive(t, other) {
		t.Error("SU-11: a session was ended")
	}
}
