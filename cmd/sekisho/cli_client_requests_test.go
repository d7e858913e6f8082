package main

import (
	"slices"
	"testing"

	"sekisho/idp"
)

const signerFile = `{
  "client_name": "Aoba Desk", "redirect_uris": ["https://desk.aoba-sec.co.jp/callback"], "sekisho_profile": "fapi2",
  "jwks_uri": "https://desk.aoba-sec.co.jp/jwks", "require_signed_request_object": true, "request_object_signing_alg": "ES256",
  "authorization_signed_response_alg": "ES256"
}`

// PR-01, JA-01, JA-08, JA-09: how a client sends its requests and is answered is part of
// its registration.
func TestClientsThatPushAndSign(t *testing.T) {
	d := migratedDesk(t)
	var c shownClient
	d.json(&c, "client", "add", "--id", "desk", "-f", d.write("desk.json", signerFile))
	m := c.Metadata
	if !m.RequireSignedRequest || m.RequestObjectAlg != "ES256" || m.AuthorizationAlg != "ES256" || !slices.Contains(m.ResponseModes, "query.jwt") || !m.DPoPBound {
		t.Errorf("made %+v", m)
	}
	c = shownClient{}
	d.json(&c, "client", "add", "--id", "web", "--redirect-uri", "https://web.aoba-sec.co.jp/callback", "--require-pushed")
	if !c.Metadata.RequirePushed || c.Metadata.RequireSignedRequest {
		t.Errorf("made %+v", c.Metadata)
	}
	c = shownClient{}
	if d.json(&c, "client", "update", "web", "--require-pushed=false"); c.Metadata.RequirePushed {
		t.Errorf("updated %+v", c.Metadata)
	}
	c = shownClient{}
	d.json(&c, "client", "add", "--id", "api", "-f", d.write("api.json", `{"sekisho_resource_server": ["https://api.aoba-sec.co.jp"], "introspection_signed_response_alg": "ES256"}`))
	if c.Metadata.IntrospectionAlg != "ES256" || c.Metadata.TokenEndpointAuthMethod != idp.AuthClientSecretBasic {
		t.Errorf("made %+v", c.Metadata)
	}
	for name, words := range map[string][]string{
		`{"redirect_uris": ["https://a.example/cb"], "require_signed_request_object": true}`:                                                                       {"signed request objects need jwks or jwks_uri"},
		`{"redirect_uris": ["https://a.example/cb"], "jwks_uri": "https://a.example/k", "request_object_signing_alg": "none"}`:                                     {"request_object_signing_alg", "ES256"},
		`{"redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "none", "require_pushed_authorization_requests": true}`:                         {"require_pushed_authorization_requests", "authenticates"},
		`{"redirect_uris": ["https://a.example/cb"], "sekisho_response_modes": ["fragment.jwt"]}`:                                                                  {"sekisho_response_modes", "form_post.jwt"},
		`{"redirect_uris": ["https://a.example/cb"], "sekisho_profile": "fapi2", "jwks_uri": "https://a.example/k", "authorization_signed_response_alg": "RS256"}`: {"authorization_signed_response_alg"},
		`{"redirect_uris": ["https://a.example/cb"], "introspection_signed_response_alg": "none"}`:                                                                 {"introspection_signed_response_alg"},
	} {
		d.fails(2, words, "client", "add", "-f", d.write("client.json", name))
	}
}
