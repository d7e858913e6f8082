package provider_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// The endpoints of the document, each by the methods it has and no other.

func (x *lists) issuer(t *testing.T) {
	if got := x.doc.String("issuer"); got != x.URL || idptest.Claims(t, x.rp.Grant(x.b).String("id_token"))["iss"] != got {
		t.Errorf("issuer %q", got)
	}
	alias := x.Call("GET", "/.well-known/oauth-authorization-server", "")
	if alias.Body != x.doc.Body {
		t.Errorf("RFC 8414's address has another document: %s", alias.Body)
	}
}

func (x *lists) authorizationEndpoint(t *testing.T) {
	path, q := x.path(t, "authorization_endpoint"), idptest.AuthorizeQuery("app", idptest.Redirect)
	for _, page := range []*idptest.Page{x.b.Get(path + "?" + q.Encode()), x.b.Post(path, q)} {
		if page.Response(t, idptest.Redirect).Get("code") == "" {
			t.Errorf("no code: %s", page.Left)
		}
	}
	x.only(t, "authorization_endpoint", "GET", "HEAD", "POST")
}

func (x *lists) tokenEndpoint(t *testing.T) {
	works(t, x.rp.Post(x.path(t, "token_endpoint"), "grant_type", "client_credentials"), http.StatusOK)
	x.only(t, "token_endpoint", "POST")
}

func (x *lists) userinfoEndpoint(t *testing.T) {
	path, access := x.path(t, "userinfo_endpoint"), x.rp.Grant(x.b).String("access_token")
	for _, method := range []string{"GET", "POST"} {
		if a := x.Call(method, path, "", "Authorization", "Bearer "+access); a.Status != http.StatusOK || a.String("sub") != x.taro.Subject {
			t.Errorf("%s: %d %s", method, a.Status, a.Body)
		}
	}
	x.only(t, "userinfo_endpoint", "GET", "HEAD", "POST")
}

func (x *lists) introspectionEndpoint(t *testing.T) {
	a := x.api.Post(x.path(t, "introspection_endpoint"), "token", x.rp.Grant(x.b).String("access_token"))
	if a.Status != http.StatusOK || a.JSON["active"] != true {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	x.only(t, "introspection_endpoint", "POST")
}

func (x *lists) revocationEndpoint(t *testing.T) {
	refresh := x.rp.Grant(x.b, "scope", "openid offline_access").String("refresh_token")
	works(t, x.rp.Post(x.path(t, "revocation_endpoint"), "token", refresh), http.StatusOK)
	refusedAs(t, x.rp.Refresh(refresh), "invalid_grant")
	x.only(t, "revocation_endpoint", "POST")
}

// pushedEndpoint takes every client that authenticates, as the token endpoint does (RFC 9126 2).
func (x *lists) pushedEndpoint(t *testing.T) {
	path := x.path(t, "pushed_authorization_request_endpoint")
	for _, method := range x.doc.Strings("token_endpoint_auth_methods_supported") {
		t.Run(method, func(t *testing.T) {
			c := x.caller(t, method)
			if method == idp.AuthNone { // nobody pushes who cannot be told from a stranger
				unknownClient(t, c.send(path, idptest.AuthorizeQuery(c.id, idptest.Redirect)))
				return
			}
			x.pushes(t, c, c.send(path, idptest.AuthorizeQuery(c.id, idptest.Redirect)))
			unknownClient(t, c.forge(path, idptest.AuthorizeQuery(c.id, idptest.Redirect, "client_id", "")))
		})
	}
	for _, alg := range x.doc.Strings("token_endpoint_auth_signing_alg_values_supported") {
		k := x.signer(t, func(m *idp.ClientMetadata) { m.TokenEndpointAuthAlg = alg })
		form := k.pushForm()
		form.Set("client_assertion", k.sign(t, alg, k.claims(nil)))
		works(t, x.PostForm(path, form), http.StatusCreated)
	}
	x.only(t, "pushed_authorization_request_endpoint", "POST")
}

// pushes holds that the answer to a pushed request leads to a code.
func (x *lists) pushes(t *testing.T, c *caller, a idptest.Answer) {
	t.Helper()
	works(t, a, http.StatusCreated)
	q := url.Values{"client_id": {c.id}, "request_uri": {a.String("request_uri")}}
	if page := x.b.Get("/authorize?" + q.Encode()); page.Response(t, idptest.Redirect).Get("code") == "" {
		t.Errorf("no code: %s", page.Left)
	}
}

func (x *lists) endSessionEndpoint(t *testing.T) {
	path := x.path(t, "end_session_endpoint")
	for _, method := range []string{"GET", "POST"} {
		b := x.signedIn(x.taro)
		form := url.Values{"id_token_hint": {x.rp.Grant(b).String("id_token")}, "post_logout_redirect_uri": {bye}, "state": {"s"}}
		if method == "GET" {
			b.Get(path + "?" + form.Encode())
		} else {
			b.Post(path, form)
		}
		if b.Page.Left != bye+"?state=s" {
			t.Errorf("%s leads to %q", method, b.Page.Left)
		}
		x.refused(t, b.Authorize("app", idptest.Redirect, "prompt", "none"), "login_required")
	}
	x.only(t, "end_session_endpoint", "GET", "HEAD", "POST")
}

// registrationEndpoint registers clients for what is listed, and one of them is used.
func (x *lists) registrationEndpoint(t *testing.T) {
	path := x.path(t, "registration_endpoint")
	for member, list := range map[string]string{
		"id_token_signed_response_alg": "id_token_signing_alg_values_supported", "userinfo_signed_response_alg": "userinfo_signing_alg_values_supported",
		"authorization_signed_response_alg": "authorization_signing_alg_values_supported", "subject_type": "subject_types_supported",
		"request_object_signing_alg": "request_object_signing_alg_values_supported", "introspection_signed_response_alg": "introspection_signing_alg_values_supported",
	} {
		for _, value := range x.doc.Strings(list) {
			metadata := map[string]any{"redirect_uris": []string{idptest.Redirect}, member: value}
			if member == "request_object_signing_alg" {
				metadata["jwks"] = json.RawMessage(idptest.PublicJWKS(t, x.k.ec, x.k.rsa))
			}
			if a := x.Register(metadata); a.Status != http.StatusCreated || a.String(member) != value {
				t.Errorf("%s %s: %d %s", member, value, a.Status, a.Body)
			}
		}
	}
	c := x.Registers("scope", "openid email")
	if got := idptest.Claims(t, x.granted(c).String("id_token"))["aud"]; !slices.Contains([]any{c.ID}, got) && len((idptest.Answer{JSON: map[string]any{"aud": got}}).Strings("aud")) != 1 {
		t.Errorf("aud %v", got)
	}
	if a := c.Manage("GET", nil); a.Status != http.StatusOK || a.String("client_id") != c.ID {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := c.Manage("DELETE", nil); a.Status != http.StatusNoContent {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if !strings.HasPrefix(c.Location, path+"/") {
		t.Errorf("its configuration is at %s", c.Location)
	}
	x.only(t, "registration_endpoint", "POST")
}

func (x *lists) redemptionEndpoint(t *testing.T) {
	a := x.api.Post(x.path(t, "sekisho_redemption_endpoint"), "token", x.approved(t, "withdrawal").String("access_token"))
	if a.Status != http.StatusOK || a.JSON["active"] != true {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	x.only(t, "sekisho_redemption_endpoint", "POST")
}

// jwks has a key for everything the provider says it signs with.
func (x *lists) jwks(t *testing.T) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(x.Call("GET", x.path(t, "jwks_uri"), "").Body), &set); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"id_token", "userinfo", "introspection", "authorization"} {
		for _, alg := range x.doc.Strings(list + "_signing_alg_values_supported") {
			if !slices.ContainsFunc(set.Keys, func(k jose.JSONWebKey) bool { return k.Algorithm == alg && k.Valid() && k.IsPublic() }) {
				t.Errorf("no key for %s of %s", alg, list)
			}
		}
	}
	x.only(t, "jwks_uri", "GET", "HEAD")
}

// alias is the endpoint on the origin for certificates, used by clients that
// authenticate with one, and nobody without.
func (x *lists) alias(t *testing.T, member string) {
	aliases, _ := x.doc.JSON["mtls_endpoint_aliases"].(map[string]any)
	path := x.path(t, member)
	if aliases[member] != x.m.Origin+path {
		t.Fatalf("%v", aliases[member])
	}
	own := idptest.NewCertificate(t, nil, x.Clock.Now(), nil)
	bound := x.client(func(m *idp.ClientMetadata) { m.CertificateBound = true })
	basic := []string{"Authorization", "Basic " + basicAuth(bound.ID, bound.Secret)}
	tokens := x.m.With(own, "POST", "/token", x.redeem(t, bound.ID), basic...)
	works(t, tokens, http.StatusOK)
	access := tokens.String("access_token")
	switch member {
	case "token_endpoint":
		works(t, x.m.With(own, "POST", path, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.String("refresh_token")}}, basic...), http.StatusOK)
	case "userinfo_endpoint":
		works(t, x.m.With(own, "GET", path, nil, "Authorization", "Bearer "+access), http.StatusOK)
		if a := x.m.With(nil, "GET", path, nil, "Authorization", "Bearer "+access); a.Status != http.StatusUnauthorized {
			t.Errorf("without the certificate: %d", a.Status)
		}
	case "pushed_authorization_request_endpoint":
		c := x.caller(t, idp.AuthSelfSignedTLS)
		x.pushes(t, c, c.send(path, idptest.AuthorizeQuery(c.id, idptest.Redirect)))
	case "device_authorization_endpoint":
		c := x.terminal(x.name(), func(m *idp.ClientMetadata) { m.TokenEndpointAuthMethod, m.JWKS = idp.AuthSelfSignedTLS, own.JWKS(t) })
		unknownClient(t, x.m.With(nil, "POST", path, url.Values{"client_id": {c.ID}, "scope": {"openid"}}))
		works(t, x.m.With(own, "POST", path, url.Values{"client_id": {c.ID}, "scope": {"openid"}}), http.StatusOK)
	case "revocation_endpoint":
		works(t, x.m.With(own, "POST", path, url.Values{"token": {access}}, basic...), http.StatusOK)
		if x.api.Active(access) {
			t.Error("still active")
		}
	default:
		if member == "sekisho_redemption_endpoint" {
			access = x.approved(t, "withdrawal").String("access_token")
		}
		x.AddClient(bound.ID+"-api", idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthSelfSignedTLS, JWKS: own.JWKS(t), ResourceServer: []string{idptest.API}})
		ask := url.Values{"client_id": {bound.ID + "-api"}, "token": {access}}
		unknownClient(t, x.m.With(nil, "POST", path, ask))
		if a := x.m.With(own, "POST", path, ask); a.Status != http.StatusOK || a.JSON["active"] != true {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
	if a := x.m.With(own, "DELETE", path, nil); a.Status != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %d", a.Status)
	}
}
