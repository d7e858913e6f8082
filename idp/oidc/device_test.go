package oidc

import (
	"testing"

	"sekisho/idp"
)

// Whatever an old registration says, no client of the profile fapi2 gets at a customer by a
// code that can be passed on.
func TestCheckDevice(t *testing.T) {
	client := &idp.Client{ID: "lobby", Metadata: idp.ClientMetadata{ClientProfile: idp.ProfileOAuth21, GrantTypes: []string{GrantDeviceCode}, Scope: "openid"}}
	form := FormOf(map[string]string{"scope": "openid", "prompt": "login"})
	asked, e := CheckDevice(form, client, Rules{Scopes: []string{"openid"}})
	if e != nil || asked.Device == nil || !asked.HasPrompt(PromptConsent) || !asked.HasPrompt(PromptLogin) || asked.RedirectURI != "" {
		t.Fatalf("%+v %v", asked, e)
	}
	client.Metadata.ClientProfile = idp.ProfileFAPI2
	if _, e := CheckDevice(form, client, Rules{Scopes: []string{"openid"}}); e == nil || e.Code != UnauthorizedClient {
		t.Errorf("fapi2: %v", e)
	}
	client.Metadata.ClientProfile, client.Metadata.GrantTypes = idp.ProfileOIDC, []string{GrantAuthorizationCode}
	if _, e := CheckDevice(form, client, Rules{Scopes: []string{"openid"}}); e == nil || e.Code != UnauthorizedClient {
		t.Errorf("not registered: %v", e)
	}
}
