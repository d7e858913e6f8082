package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/oidc"
	"sekisho/idp/provider"
)

// The device authorization endpoint takes what the authorization endpoint takes, from clients
// that are registered for it.
func TestDeviceAuthorizationRequest(t *testing.T) {
	r := newRig(t)
	lobby := r.terminal("lobby", nil)
	plain := r.NewRelyingParty("plain", nil)
	public := r.terminal("public", func(m *idp.ClientMetadata) { m.TokenEndpointAuthMethod = idp.AuthNone })
	for name, c := range map[string]struct {
		rp     *idptest.RelyingParty
		form   []string
		status int
		code   string
	}{
		"a client that is not registered for it": {plain, nil, 400, "unauthorized_client"},
		"a public client":                        {public, nil, 200, ""},
		"another client's id":                    {lobby, []string{"client_id", "plain"}, 400, "invalid_request"},
		"no scope":                               {lobby, []string{"scope", ""}, 400, "invalid_scope"},
		"a scope beyond the client's":            {lobby, []string{"scope", "openid notify:withdrawal"}, 400, "invalid_scope"},
		"an API":                                 {lobby, []string{"resource", idptest.API}, 200, ""},
		"an API that is not the client's":        {lobby, []string{"resource", "https://other.example"}, 400, "invalid_target"},
		"a level":                                {lobby, []string{"acr_values", "phr"}, 200, ""},
		"an operation":                           {lobby, []string{"acr_values", "urn:sekisho:op:trade"}, 200, ""},
		"an operation proved anew each time":     {lobby, []string{"acr_values", "phr urn:sekisho:op:withdrawal"}, 400, "invalid_request"},
		"the same as an essential claim":         {lobby, []string{"claims", `{"id_token":{"acr":{"essential":true,"value":"urn:sekisho:op:withdrawal"}}}`}, 400, "invalid_request"},
		"a transaction":                          {lobby, []string{"authorization_details", `[{"type":"withdrawal"}]`}, 400, "invalid_request"},
		"a request object":                       {lobby, []string{"request", "a.b.c"}, 400, "request_not_supported"},
		"a request elsewhere":                    {lobby, []string{"request_uri", "https://rp.example/r"}, 400, "request_uri_not_supported"},
		"prompt=none":                            {lobby, []string{"prompt", "none"}, 400, "invalid_request"},
		"a parameter twice":                      {lobby, []string{"acr_values", "phr", "acr_values", "phr"}, 400, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.rp.Post("/device_authorization", withScope(c.form)...)
			if a.Status != c.status || a.String("error") != c.code || a.Header.Get("Cache-Control") != "no-store" || (c.code == "") != (a.String("device_code") != "") {
				t.Errorf("%d %s, want %d %s", a.Status, a.Body, c.status, c.code)
			}
		})
	}
	t.Run("a wrong secret", func(t *testing.T) {
		wrong := *lobby
		wrong.Secret = "wrong"
		grantRefused(t, wrong.Post("/device_authorization", "scope", "openid"), "invalid_client")
	})
	t.Run("GET", func(t *testing.T) {
		a := r.Call(http.MethodGet, "/device_authorization", "")
		if a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != http.MethodPost || a.String("error") != "invalid_request" {
			t.Errorf("%d %v %s", a.Status, a.Header, a.Body)
		}
	})
	t.Run("too many of one client", func(t *testing.T) {
		var a idptest.Answer
		for range 130 {
			if a = lobby.Post("/device_authorization", "scope", "openid"); a.Status != http.StatusOK {
				break
			}
		}
		if a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
			t.Errorf("%d %v", a.Status, a.Header)
		}
		if a := public.Post("/device_authorization", "scope", "openid"); a.Status != http.StatusOK {
			t.Errorf("another client: %d %s", a.Status, a.Body)
		}
	})
	t.Run("what is stored tells nobody a code to type or to redeem", func(t *testing.T) {
		d := r.asks(t, r.terminal("kiosk", nil))
		if log := r.Logs.String(); strings.Contains(log, d.code) || strings.Contains(log, d.userCode) {
			t.Error("a code is in the log")
		}
		letters := strings.ReplaceAll(d.userCode, "-", "")
		if _, err := r.Store.ClaimDeviceCode(t.Context(), idp.HashSecret(letters), idp.NewID(), []byte("b"), r.Clock.Now()); err == nil {
			t.Error("the user code is kept under a hash that anybody can make")
		}
	})
}

// What the token endpoint says to a device (RFC 8628 3.5).
func TestDeviceTokenErrors(t *testing.T) {
	r := newRig(t)
	lobby, other := r.terminal("lobby", nil), r.terminal("other", nil)
	t.Run("slow_down, five seconds more each time, and waiting makes up for it", func(t *testing.T) {
		d := r.asks(t, lobby)
		at := func(after time.Duration, want string) {
			t.Helper()
			r.Clock.Advance(after)
			grantRefused(t, lobby.Post("/token", "grant_type", oidc.GrantDeviceCode, "device_code", d.code), want)
		}
		at(0, "authorization_pending")
		at(2*time.Second, "slow_down") // 10 s from now on
		at(6*time.Second, "slow_down") // 15 s
		at(16*time.Second, "authorization_pending")
		at(11*time.Second, "slow_down")
	})
	t.Run("another client's", func(t *testing.T) {
		d := r.asks(t, lobby)
		d.enter(r.b)
		r.b.Submit("/consent", "decision", "allow")
		grantRefused(t, other.Post("/token", "grant_type", oidc.GrantDeviceCode, "device_code", d.code), "invalid_grant")
		if a := d.poll(); a.Status != http.StatusOK {
			t.Errorf("after that: %d %s", a.Status, a.Body)
		}
	})
	t.Run("used: everything it gave ends", func(t *testing.T) {
		d := r.asks(t, lobby)
		first := d.approved(r.b)
		grantRefused(t, d.poll(), "invalid_grant")
		grantRefused(t, lobby.Refresh(first.String("refresh_token")), "invalid_grant")
		if info := r.Userinfo(first.String("access_token")); info.Status != http.StatusUnauthorized {
			t.Errorf("userinfo: %d", info.Status)
		}
		r.Recorded(t, "device.replayed")
	})
	t.Run("unknown, and none", func(t *testing.T) {
		grantRefused(t, lobby.Post("/token", "grant_type", oidc.GrantDeviceCode, "device_code", idp.NewSecret()), "invalid_grant")
		grantRefused(t, lobby.Post("/token", "grant_type", oidc.GrantDeviceCode), "invalid_request")
		grantRefused(t, r.rp.Post("/token", "grant_type", oidc.GrantDeviceCode, "device_code", idp.NewSecret()), "unauthorized_client")
	})
	t.Run("too late", func(t *testing.T) {
		d := r.asks(t, lobby)
		r.Clock.Advance(10 * time.Minute)
		grantRefused(t, d.poll(), "expired_token")
	})
	t.Run("the customer cannot reach the level asked for", func(t *testing.T) {
		r.b = r.signedIn(r.taro)
		d := r.asks(t, lobby, "acr_values", "phr")
		page := d.enter(r.b)
		if page.Has("/consent") {
			t.Fatal("approved below the level")
		}
		if page = r.b.Submit("/cancel"); page.URL.Path != "/device/refused" {
			t.Fatalf("%d %s", page.Status, page.URL)
		}
		grantRefused(t, d.poll(), "access_denied")
	})
	t.Run("an operation is satisfied by its own policy and is what the token says", func(t *testing.T) {
		d := r.asks(t, lobby, "acr_values", "urn:sekisho:op:trade")
		key := r.withPasskey(r.taro)
		b := r.NewBrowser()
		d.enter(b)
		b.PasskeySignIn(key)
		tells(t, b.Page, "Lobby Terminal")
		b.Submit("/consent", "decision", "allow")
		_, id := r.Verified(d.poll().String("id_token"))
		if id["acr"] != "urn:sekisho:op:trade" {
			t.Errorf("%v", id)
		}
	})
}

// A device that proves a key gets tokens for that key, and nobody else gets them.
func TestDeviceBoundToKey(t *testing.T) {
	r := newRig(t)
	lobby := r.terminal("lobby", nil)
	lobby.DPoP = r.newKey()
	d := r.asks(t, lobby)
	stolen := *d
	thief := *lobby
	thief.DPoP = r.newKey()
	stolen.rp = &thief
	grantRefused(t, stolen.poll(), "invalid_grant")
	bearer := *lobby
	bearer.DPoP = nil
	stolen.rp = &bearer
	grantRefused(t, stolen.poll(), "invalid_dpop_proof")
	a := d.approved(r.b)
	_, claims := r.Verified(a.String("access_token"))
	cnf, _ := claims["cnf"].(map[string]any)
	if a.String("token_type") != "DPoP" || cnf["jkt"] != lobby.DPoP.JKT {
		t.Errorf("%s %v", a.Body, cnf)
	}
	t.Run("a key proved at the token endpoint only binds as well", func(t *testing.T) {
		plain := r.terminal("plain", nil)
		d := r.asks(t, plain)
		plain.DPoP = r.newKey()
		if a := d.approved(r.b); a.String("token_type") != "DPoP" {
			t.Error(a.Body)
		}
	})
}

// Where a firm does not connect devices there is nothing of it.
func TestDevicesOff(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Device.Enabled = false }})
	rp := p.NewRelyingParty("app", nil)
	grantRefused(t, rp.Post("/token", "grant_type", oidc.GrantDeviceCode, "device_code", "x"), "unsupported_grant_type")
	for _, path := range []string{"/device_authorization", "/device", "/device/connected"} {
		if page := p.NewBrowser().Get(path); page.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, page.Status)
		}
	}
	document := p.Call(http.MethodGet, "/.well-known/openid-configuration", "")
	if strings.Contains(document.Body, "device") {
		t.Error(document.Body)
	}
	if strings.Contains(p.NewBrowser().Get("/").Body, "/device") {
		t.Error("the home page leads there")
	}
	_, wrong := oidc.CheckClientMetadata(idp.ClientMetadata{GrantTypes: []string{oidc.GrantDeviceCode}}, provider.MetadataRules(p.Config))
	if wrong == nil || !strings.Contains(wrong.Description, "device.enabled") {
		t.Error(wrong)
	}
}

// Discovery and the developers' page tell of it; registrations that make no sense are refused.
func TestDeviceMetadata(t *testing.T) {
	r := newRig(t)
	document := r.Call(http.MethodGet, "/.well-known/openid-configuration", "")
	if document.String("device_authorization_endpoint") != r.URL+"/device_authorization" || !strings.Contains(document.Body, oidc.GrantDeviceCode) {
		t.Error(document.Body)
	}
	home := r.NewBrowser().Get("/")
	tells(t, home, `href="/device"`, "device_authorization_endpoint", "DeviceAccessToken", "slow_down")
	for name, m := range map[string]idp.ClientMetadata{
		"fapi2":                     {ClientProfile: idp.ProfileFAPI2, GrantTypes: []string{oidc.GrantDeviceCode}, JWKSURI: "https://rp.example/jwks"},
		"refresh tokens of nothing": {GrantTypes: []string{"refresh_token"}},
	} {
		if _, wrong := oidc.CheckClientMetadata(m, provider.MetadataRules(r.Config)); wrong == nil || wrong.Code != oidc.InvalidClientMetadata {
			t.Errorf("%s: %v", name, wrong)
		}
	}
	if page := r.NewBrowser().Get("/device/nothing"); page.Status != http.StatusNotFound {
		t.Errorf("%d", page.Status)
	}
}
