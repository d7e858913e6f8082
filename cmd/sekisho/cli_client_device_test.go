package main

import (
	"slices"
	"testing"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// An operator registers a machine that waits for its customer, where the firm connects such
// machines; it needs no redirect URI.
func TestClientsThatAreDevices(t *testing.T) {
	d := migratedDesk(t)
	d.fails(2, []string{"device.enabled"}, "client", "add", "--id", "lobby", "--grant-type", oidc.GrantDeviceCode)
	d.environ = append(d.environ, "SEKISHO_DEVICE__ENABLED=true")
	var c shownClient
	d.json(&c, "client", "add", "--id", "lobby", "--name", "Lobby", "--auth-method", "none", "--grant-type", oidc.GrantDeviceCode+",refresh_token")
	m := c.Metadata
	if !slices.Equal(m.GrantTypes, []string{oidc.GrantDeviceCode, "refresh_token"}) || len(m.ResponseTypes) > 0 || m.TokenEndpointAuthMethod != idp.AuthNone {
		t.Errorf("made %+v", m)
	}
	d.fails(2, []string{"fapi2"}, "client", "add", "--id", "strict", "--profile", "fapi2", "-f", d.write("strict.json",
		`{"jwks_uri": "https://desk.aoba-sec.co.jp/jwks", "grant_types": ["`+oidc.GrantDeviceCode+`"]}`))
}
