package provider_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/clientauth"
	"sekisho/idp/idptest"
	"sekisho/idp/keys"
)

// TL-02, ID-11: whatever the provider itself signed for one purpose, and with the very claims
// that another purpose asks for, is worth nothing in another place.
func TestOneKindOfTokenIsNoOther(t *testing.T) {
	r := newRig(t)
	api := r.NewRelyingParty("api", func(m *idp.ClientMetadata) {
		*m = idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ResourceServer: []string{idptest.API}}
	})
	tokens := r.rp.Grant(r.b)
	access, hint := idptest.Claims(t, tokens.String("access_token")), idptest.Claims(t, tokens.String("id_token"))
	all := maps.Clone(access)
	maps.Copy(all, map[string]any{"nonce": "n", "events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}, "token_introspection": access})
	for name, kind := range map[string]keys.Kind{
		"an ID token": keys.KindIDToken, "a logout token": keys.KindLogoutToken, "a userinfo or authorization response": keys.KindUserInfo,
		"an introspection response": keys.KindIntrospection, "a receipt": keys.KindReceipt,
	} {
		for form, claims := range map[string]map[string]any{"": access, " with everything": all} {
			forged, err := r.Ring.Sign("RS256", kind, claims)
			if err != nil {
				t.Fatal(err)
			}
			if a := r.Userinfo(forged); a.Status != http.StatusUnauthorized {
				t.Errorf("ID-11 %s%s at userinfo: %d", name, form, a.Status)
			}
			if r.rp.Active(forged) || api.Active(forged) || api.Post("/transactions/redeem", "token", forged).JSON["active"] != false {
				t.Errorf("ID-11 %s%s is an access token to somebody", name, form)
			}
			r.rp.Post("/revoke", "token", forged)
			if !api.Active(tokens.String("access_token")) {
				t.Fatalf("RT-11 %s%s revoked the access token it looks like", name, form)
			}
		}
	}
	for name, kind := range map[string]keys.Kind{
		"an access token": keys.KindAccessToken, "a logout token": keys.KindLogoutToken, "a userinfo or authorization response": keys.KindUserInfo,
		"an introspection response": keys.KindIntrospection, "a receipt": keys.KindReceipt,
	} {
		forged, err := r.Ring.Sign("RS256", kind, hint)
		if err != nil {
			t.Fatal(err)
		}
		r.refused(t, r.b.Authorize("app", idptest.Redirect, "id_token_hint", forged), "invalid_request")
		if page := r.b.Get(endSession("id_token_hint", forged)); !page.Has("/logout/confirm") {
			t.Errorf("LO-03 %s as a hint: %d", name, page.Status)
		}
	}
	for name, claims := range map[string]map[string]any{"events": {"events": map[string]any{}}, "client_id": {"client_id": "app"}, "two audiences": {"aud": []string{"app", "api"}}, "another issuer": {"iss": "https://evil.example"}} {
		changed := maps.Clone(hint)
		maps.Copy(changed, claims)
		forged, err := r.Ring.Sign("RS256", keys.KindIDToken, changed)
		if err != nil {
			t.Fatal(err)
		}
		if page := r.b.Get(endSession("id_token_hint", forged)); !page.Has("/logout/confirm") {
			t.Errorf("LO-03 a hint with %s ends the session: %d", name, page.Status)
		}
	}
}

// CA-07, JA-05, DP-01: what a client signed for one purpose serves no other, and nothing it
// can sign serves two.
func TestOneKindOfSignatureIsNoOther(t *testing.T) {
	r := newRig(t)
	k := newKeyed(t, r, "signer", func(m *idp.ClientMetadata) { m.RequestObjectAlg = "ES256" })
	sign := func(typ string, claims map[string]any) string {
		header := []string{"kid", "1"}
		if typ != "" {
			header = append(header, "typ", typ)
		}
		return idptest.SignJWT(t, jose.ES256, k.ec, claims, header...)
	}
	both := func() map[string]any { // an assertion and a request object at once
		c := k.objectClaims(nil)
		maps.Copy(c, k.claims(nil))
		return c
	}
	push := func(object string) idptest.Answer { return k.pushObject(object) }
	t.Run("the honest ones are taken", func(t *testing.T) {
		if a := k.ask(k.assertion(t, nil)); a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := push(k.object(nil)); a.Status != http.StatusCreated {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	})
	for _, typ := range []string{"", "JWT", objectType, "client-authentication+jwt"} {
		if a := push(sign(typ, both())); a.String("error") != "invalid_request_object" {
			t.Errorf("JA-05 typ %q: an assertion is a request object: %d %s", typ, a.Status, a.Body)
		}
		if a := k.ask(sign(typ, k.objectClaims(nil))); a.String("error") != "invalid_client" {
			t.Errorf("CA-07 typ %q: a request object is an assertion: %d %s", typ, a.Status, a.Body)
		}
	}
	for _, typ := range []string{objectType, "dpop+jwt", "at+jwt", "logout+jwt", "jwt", "JOSE", "application/jwt"} {
		if a := k.ask(sign(typ, k.claims(nil))); a.String("error") != "invalid_client" {
			t.Errorf("CA-07 typ %q: %d %s", typ, a.Status, a.Body)
		}
	}
	r.Clock.Advance(31e9) // failures are slowed down
	for name, claims := range map[string]map[string]any{
		"a second audience": {"aud": []string{r.URL, "https://other.example"}}, "the endpoint": {"aud": r.URL + "/token"}, "an array of one": {"aud": []string{r.URL}},
		"the issuer with a slash": {"aud": r.URL + "/"}, "no audience": {"aud": nil}, "another client": {"sub": "app", "iss": "app"}, "another subject": {"sub": "app"},
	} {
		c := k.claims(nil)
		maps.Copy(c, claims)
		if a := k.ask(sign("JWT", c)); a.String("error") != "invalid_client" {
			t.Errorf("CA-04 %s: %d %s", name, a.Status, a.Body)
		}
		r.Clock.Advance(11e9)
	}
	t.Run("CA-05 one assertion, one use, whichever endpoint", func(t *testing.T) {
		once := k.assertion(t, nil)
		form := func(pairs ...string) url.Values {
			f := values(pairs)
			f.Set("client_assertion", once)
			f.Set("client_assertion_type", clientauth.AssertionType)
			return f
		}
		if a := r.PostForm("/introspect", form("token", "x")); a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		for path, f := range map[string]url.Values{
			"/token": form("grant_type", "client_credentials"), "/par": form("request", k.object(nil)), "/revoke": form("token", "x"), "/introspect": form("token", "x"), "/transactions/redeem": form("token", "x"),
		} {
			if a := r.PostForm(path, f); a.String("error") != "invalid_client" {
				t.Errorf("%s: %d %s", path, a.Status, a.Body)
			}
			r.Clock.Advance(11e9)
			once = strings.TrimSpace(once)
		}
	})
	t.Run("DP-01 an assertion is no proof, a proof no assertion", func(t *testing.T) {
		key := idptest.DPoPKeyOf(t, r.Clock.Now, jose.ES256, k.ec)
		c := both()
		maps.Copy(c, key.Claims("POST", r.URL+"/token", nil))
		for _, typ := range []string{"JWT", "client-authentication+jwt", objectType} {
			proof := key.Sign(c, map[string]any{"typ": typ, "jwk": jose.JSONWebKey{Key: k.ec.Public()}})
			form := values([]string{"grant_type", "client_credentials", "client_assertion", k.assertion(t, nil), "client_assertion_type", clientauth.AssertionType})
			if a := r.PostForm("/token", form, "DPoP", proof); a.String("error") != "invalid_dpop_proof" {
				t.Errorf("DP-01 typ %q: %d %s", typ, a.Status, a.Body)
			}
		}
		proof := key.Sign(c, map[string]any{"typ": "dpop+jwt", "kid": "1", "jwk": jose.JSONWebKey{Key: k.ec.Public()}})
		if a := k.ask(proof); a.String("error") != "invalid_client" {
			t.Errorf("CA-07: %d %s", a.Status, a.Body)
		}
	})
}
