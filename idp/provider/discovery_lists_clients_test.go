package provider_test

import (
	"crypto"
	"net/http"
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// How clients authenticate, with what their messages are signed, and with what the
// provider signs for them.

func (x *lists) methodAtToken(t *testing.T, method string) {
	c := x.caller(t, method)
	form := x.redeem(t, c.id)
	unknownClient(t, c.forge("/token", form)) // and the code is not used up
	works(t, c.send("/token", form), http.StatusOK)
}

func (x *lists) methodAtRevocation(t *testing.T, method string) {
	c := x.caller(t, method)
	refresh := x.tokens(t, c).String("refresh_token")
	unknownClient(t, c.forge("/revoke", url.Values{"token": {refresh}}))
	works(t, c.send("/revoke", url.Values{"token": {refresh}}), http.StatusOK)
	refusedAs(t, c.send("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}), "invalid_grant")
}

func (x *lists) methodAtIntrospection(t *testing.T, method string) {
	c := x.caller(t, method)
	form := url.Values{"token": {x.tokens(t, c).String("access_token")}}
	unknownClient(t, c.forge("/introspect", form))
	if a := c.send("/introspect", form); a.Status != http.StatusOK || a.JSON["active"] != true {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// assertionAt uses an assertion of the algorithm at an endpoint, by a client that is
// registered for it and for no other.
func (x *lists) assertionAt(t *testing.T, alg, path string, pairs ...string) {
	k := x.signer(t, func(m *idp.ClientMetadata) { m.TokenEndpointAuthAlg = alg })
	form := func(assertion string) url.Values {
		return plus(url.Values{"client_assertion": {assertion}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}, pairs...)
	}
	works(t, x.PostForm(path, form(k.sign(t, alg, k.claims(nil)))), http.StatusOK)
	other := "PS256"
	if alg == other {
		other = "ES256"
	}
	unknownClient(t, x.PostForm(path, form(k.sign(t, other, k.claims(nil)))))
}

func (x *lists) assertionAtToken(t *testing.T, alg string) {
	x.assertionAt(t, alg, "/token", "grant_type", "client_credentials")
}

func (x *lists) assertionAtRevocation(t *testing.T, alg string) {
	x.assertionAt(t, alg, "/revoke", "token", "x")
}

func (x *lists) assertionAtIntrospection(t *testing.T, alg string) {
	x.assertionAt(t, alg, "/introspect", "token", "x")
}

func (x *lists) idTokenAlg(t *testing.T, alg string) {
	c := x.client(func(m *idp.ClientMetadata) { m.IDTokenAlg = alg })
	tokens := c.Grant(x.b)
	for _, jwt := range []string{tokens.String("id_token"), tokens.String("access_token")} {
		if header, claims := x.Verified(jwt); header.Algorithm != alg || claims["sub"] != x.taro.Subject {
			t.Errorf("signed with %s: %v", header.Algorithm, claims)
		}
	}
}

func (x *lists) userinfoAlg(t *testing.T, alg string) {
	c := x.client(func(m *idp.ClientMetadata) { m.UserinfoAlg = alg })
	a := x.Userinfo(c.Grant(x.b).String("access_token"))
	if header, claims := x.Verified(a.Body); a.Header.Get("Content-Type") != "application/jwt" || header.Algorithm != alg || claims["sub"] != x.taro.Subject || claims["aud"] != c.ID {
		t.Errorf("%s: %v", header.Algorithm, claims)
	}
}

func (x *lists) introspectionAlg(t *testing.T, alg string) {
	c := x.client(func(m *idp.ClientMetadata) { m.IntrospectionAlg = alg })
	a := c.Post("/introspect", "token", c.Grant(x.b).String("access_token"))
	header, claims := x.Verified(a.Body)
	if inner, _ := claims["token_introspection"].(map[string]any); header.Algorithm != alg || inner["active"] != true {
		t.Errorf("%s: %v", header.Algorithm, claims)
	}
}

func (x *lists) responseAlg(t *testing.T, alg string) {
	c := x.client(func(m *idp.ClientMetadata) { m.AuthorizationAlg = alg })
	got, claims := x.response(t, x.b.Authorize(c.ID, idptest.Redirect, "response_mode", "jwt").Response(t, idptest.Redirect), c.ID)
	if got != alg || claims["code"] == nil {
		t.Errorf("%s: %v", got, claims)
	}
}

// objectAlg: by value and pushed, by a client that is registered for the algorithm and for
// no other.
func (x *lists) objectAlg(t *testing.T, alg string) {
	k := x.signer(t, func(m *idp.ClientMetadata) { m.RequestObjectAlg = alg })
	object := k.sign(t, alg, k.objectClaims(nil), "typ", objectType)
	if q := x.b.Get("/authorize?"+url.Values{"client_id": {k.id}, "request": {object}}.Encode()).Response(t, idptest.Redirect); q.Get("code") == "" {
		t.Errorf("by value: %v", q)
	}
	if q := k.opened(t, k.sign(t, alg, k.objectClaims(nil), "typ", objectType)); q.Get("code") == "" {
		t.Errorf("pushed: %v", q)
	}
	other := "PS256"
	if alg == other {
		other = "ES256"
	}
	refusedAs(t, k.pushObject(k.sign(t, other, k.objectClaims(nil))), "invalid_request_object")
}

// prover is a DPoP key for an algorithm.
func (x *lists) prover(t *testing.T, alg string) *idptest.DPoPKey {
	keys := map[string]crypto.Signer{"ES256": x.k.ec, "EdDSA": x.k.ed}
	if keys[alg] == nil {
		keys[alg] = x.k.rsa
	}
	return idptest.DPoPKeyOf(t, x.Clock.Now, jose.SignatureAlgorithm(alg), keys[alg])
}

// proofAlg: at the token endpoint, beside a pushed request, and at userinfo.
func (x *lists) proofAlg(t *testing.T, alg string) {
	key := x.prover(t, alg)
	c := x.client(func(m *idp.ClientMetadata) { m.DPoPBound = true })
	c.DPoP = key
	tokens := c.Exchange(c.Code(x.b))
	if cnf, _ := idptest.Claims(t, tokens.String("access_token"))["cnf"].(map[string]any); tokens.String("token_type") != "DPoP" || cnf["jkt"] != key.JKT {
		t.Errorf("%d %s", tokens.Status, tokens.Body)
	}
	works(t, x.Present(key, "GET", "/userinfo", tokens.String("access_token"), nil), http.StatusOK)
	var pairs []string
	for name, values := range idptest.AuthorizeQuery(c.ID, idptest.Redirect) {
		pairs = append(pairs, name, values[0])
	}
	works(t, c.Post("/par", pairs...), http.StatusCreated)
}
