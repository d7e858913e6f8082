package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"sekisho/idp"
)

// A client that was disabled is framed no more when the session ends.
func TestDisabledClientIsNotFramed(t *testing.T) {
	r := newRig(t)
	at := func(uri string) func(*idp.ClientMetadata) {
		return func(m *idp.ClientMetadata) { m.FrontChannelLogoutURI = uri }
	}
	web := r.NewRelyingParty("web", at("https://rp.example/out"))
	shut := r.NewRelyingParty("shut", at("https://rp.example/shut"))
	shut.Grant(r.b)
	hint := web.Grant(r.b).String("id_token")
	r.EditClient("shut", func(c *idp.Client) { c.Disabled = true })
	got := framed(r.b.Get(endSession("id_token_hint", hint, "post_logout_redirect_uri", bye)))
	if len(got) != 1 || !strings.HasPrefix(got[0], "https://rp.example/out?") {
		t.Errorf("frames %v", got)
	}
}

// CA-13: a client that became public may no longer use what it got when it authenticated.
func TestPublicClientHasNoOwnAPI(t *testing.T) {
	x := newPayouts(t, unlimited)
	token := x.token(x.desk, "scope", notifyScope)
	if a := x.post(token, x.key(), x.request()); a.Status >= 300 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	x.EditClient("desk", func(c *idp.Client) { c.Metadata.TokenEndpointAuthMethod = idp.AuthNone })
	if a := x.post(token, x.key(), x.request()); a.Status != http.StatusUnauthorized {
		t.Errorf("CA-13: %d %s", a.Status, a.Body)
	}
}
