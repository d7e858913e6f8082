package provider_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/idptest"
	"sekisho/idp/keys"
)

// ID-01 ID-12: an ID token is what a relying party checks it to be, in every algorithm.
func TestIDToken(t *testing.T) {
	r := newRig(t)
	for _, alg := range []string{"RS256", "ES256", "PS256", "EdDSA"} {
		t.Run("ID-01 "+alg, func(t *testing.T) {
			r.EditClient("app", func(c *idp.Client) { c.Metadata.IDTokenAlg, c.Metadata.AccessTokenAlg = alg, alg })
			tokens := r.rp.Grant(r.b, "nonce", "n-"+alg)
			header, id := r.Verified(tokens.String("id_token"))
			if header.Algorithm != alg || header.KeyID == "" {
				t.Errorf("alg %s, kid %q", header.Algorithm, header.KeyID)
			}
			life := id["exp"].(float64) - id["iat"].(float64)
			if id["iss"] != r.URL || id["aud"] != "app" && !reflect.DeepEqual(id["aud"], []any{"app"}) || id["sub"] != r.taro.Subject || id["nonce"] != "n-"+alg ||
				life <= 0 || life > 600 || int64(id["iat"].(float64)) != r.Clock.Now().Unix() {
				t.Errorf("claims %v", id)
			}
			short, long := sha256.Sum256([]byte(tokens.String("access_token"))), sha512.Sum512([]byte(tokens.String("access_token")))
			half := short[:16]
			if alg == "EdDSA" { // Ed25519 is defined over SHA-512
				half = long[:32]
			}
			if want := base64.RawURLEncoding.EncodeToString(half); id["at_hash"] != want {
				t.Errorf("ID-12: at_hash %v, want %s", id["at_hash"], want)
			}
			if accessHeader, _ := r.Verified(tokens.String("access_token")); accessHeader.Algorithm != alg {
				t.Errorf("access token signed with %s", accessHeader.Algorithm)
			}
		})
	}
	if sub := r.taro.Subject; len(sub) > 255 || strings.Contains(sub, r.taro.LoginName) || strings.Contains(sub, "@") || sub == r.taro.ID {
		t.Errorf("ID-08: sub %q says who it is", sub)
	}
}

// ID-03 SU-09: each way of signing in says what it was, and nothing that it was not.
func TestAuthenticationMethods(t *testing.T) {
	r := newRig(t)
	hanako := r.AddAccount(idptest.Customer{Login: "10000002"})
	key := r.withPasskey(r.taro)
	byPasskey := func() *idptest.Browser {
		b := r.NewBrowser()
		b.Get("/account")
		b.PasskeySignIn(key)
		return b
	}
	for name, c := range map[string]struct {
		b        *idptest.Browser
		acr, amr string
	}{
		"ID-03 password and mailed code": {r.signedIn(hanako), assurance.Email.ACR(), "mca pwd"},
		"ID-03 password and TOTP":        {r.signedIn(r.taro), assurance.MFA.ACR(), "mfa otp pwd"},
		"ID-03 synced passkey":           {byPasskey(), assurance.PhishingResistant.ACR(), "mfa pop swk user"},
	} {
		t.Run(name, func(t *testing.T) {
			claims := idptest.Answer{JSON: idptest.Claims(t, r.rp.Grant(c.b).String("id_token"))}
			if got := strings.Join(claims.Strings("amr"), " "); claims.String("acr") != c.acr || got != c.amr {
				t.Errorf("acr %s amr %s, want %s %s", claims.String("acr"), got, c.acr, c.amr)
			}
		})
	}
	t.Run("ID-03 an older method is not mixed in", func(t *testing.T) {
		b := byPasskey()
		r.Clock.Advance(time.Minute)
		b.Authorize("app", idptest.Redirect, "prompt", "login")
		claims := idptest.Answer{JSON: idptest.Claims(t, r.rp.Exchange(r.reauthenticate(b, r.taro).Response(t, idptest.Redirect).Get("code")).String("id_token"))}
		if got := strings.Join(claims.Strings("amr"), " "); got != "mfa otp pwd" || claims.String("acr") != assurance.MFA.ACR() {
			t.Errorf("after a password and TOTP: acr %s amr %s", claims.String("acr"), got)
		}
	})
	t.Run("SU-09 published weakest first, the operations after the levels", func(t *testing.T) {
		list, _ := r.Call(http.MethodGet, "/.well-known/openid-configuration", "").JSON["acr_values_supported"].([]any)
		if len(list) < 4 || !reflect.DeepEqual(list[:3], []any{"urn:sekisho:acr:email", "urn:sekisho:acr:mfa", "phr"}) || !slices.Contains(list, any("urn:sekisho:op:withdrawal")) {
			t.Errorf("acr_values_supported %v", list)
		}
	})
}

// ID-05 ID-11: the ways to bring a token to userinfo, and all the ways not to.
func TestUserInfoEndpoint(t *testing.T) {
	r := newRig(t)
	tokens := r.rp.Grant(r.b)
	access := tokens.String("access_token")
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	body := url.Values{"access_token": {access}}.Encode()
	for name, a := range map[string]idptest.Answer{
		"GET": r.Userinfo(access), "POST with a header": r.Call("POST", "/userinfo", "", "Authorization", "Bearer "+access),
		"POST with a form": r.Call("POST", "/userinfo", body, form...), "another case of the scheme": r.Call("GET", "/userinfo", "", "Authorization", "bEaReR "+access),
	} {
		if a.Status != http.StatusOK || a.String("sub") != r.taro.Subject || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("ID-05 %s: %d %s", name, a.Status, a.Body)
		}
	}
	retyped, err := r.Ring.Sign("ES256", keys.KindIDToken, idptest.Claims(t, access))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := r.Ring.Sign("ES256", keys.KindAccessToken, changed(t, access, "aud", []string{idptest.API}))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := r.Ring.Sign("ES256", keys.KindAccessToken, changed(t, access, "iss", "https://evil.example"))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(access, ".")
	for name, a := range map[string]idptest.Answer{
		"no token": r.Call("GET", "/userinfo", ""), "a token in the query": r.Call("GET", "/userinfo?"+body, ""), "a form by GET": r.Call("GET", "/userinfo", body, form...),
		"another scheme": r.Call("GET", "/userinfo", "", "Authorization", "Basic "+access), "DPoP": r.Call("GET", "/userinfo", "", "Authorization", "DPoP "+access),
		"nonsense": r.Userinfo("nonsense"), "ID-11 an ID token": r.Userinfo(tokens.String("id_token")), "ID-11 a refresh token": r.Userinfo(tokens.String("refresh_token")),
		"ID-11 its claims as an ID token": r.Userinfo(retyped), "for another resource only": r.Userinfo(elsewhere), "of another issuer": r.Userinfo(foreign),
		"unsigned": r.Userinfo(parts[0] + "." + parts[1] + "."), "cookies": r.Call("GET", "/userinfo", "", "Cookie", "sekisho-session="+r.b.Cookie("sekisho-session")),
	} {
		if a.Status != http.StatusUnauthorized || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer") && name != "DPoP" || a.JSON["sub"] != nil {
			t.Errorf("ID-05 %s: %d %q %s", name, a.Status, a.Header.Get("WWW-Authenticate"), a.Body)
		}
	}
	if a := r.Call("POST", "/userinfo", body, append(form, "Authorization", "Bearer "+access)...); a.Status != http.StatusBadRequest {
		t.Errorf("ID-05: a token in two places answers %d", a.Status)
	}
	if c := r.Call("GET", "/userinfo", "").Header.Get("WWW-Authenticate"); strings.Contains(c, "error") {
		t.Errorf("ID-05: without a token the challenge says %q", c)
	}
}

func changed(t *testing.T, jwt, name string, value any) map[string]any {
	t.Helper()
	c := idptest.Claims(t, jwt)
	c[name] = value
	return c
}

// ID-06 ID-07 ID-09: claims by scope and by request, honest about what was proved.
func TestUserInfoClaims(t *testing.T) {
	r := newRig(t)
	a := r.AddAccount(idptest.Customer{Login: "10000004", TOTP: true, Profile: idp.Profile{Name: "山田 太郎", PhoneNumber: "+81312345678"}})
	b := r.signedIn(a)
	claims := func(pairs ...string) map[string]any {
		t.Helper()
		answer := r.Userinfo(r.rp.Grant(b, pairs...).String("access_token"))
		if answer.Status != http.StatusOK {
			t.Fatalf("userinfo: %d %s", answer.Status, answer.Body)
		}
		return answer.JSON
	}
	if got := claims(); len(got) != 1 || got["sub"] != a.Subject {
		t.Errorf("ID-06: openid alone gives %v", got)
	}
	if got := claims("scope", "openid email"); got["email"] != a.Email || got["email_verified"] != true || got["name"] != nil {
		t.Errorf("ID-06: email gives %v", got)
	}
	if got := claims("scope", "openid profile"); got["name"] != "山田 太郎" || got["email"] != nil || got["phone_number"] != nil {
		t.Errorf("ID-06: profile gives %v", got)
	}
	if got := claims("scope", "openid phone"); got["phone_number"] != "+81312345678" || got["phone_number_verified"] == true {
		t.Errorf("ID-06: a number nobody proved is given as %v", got)
	}
	got := claims("claims", `{"userinfo":{"email":{"essential":true},"acr":null,"auth_time":null,"unknown":{"essential":true}}}`)
	if got["email"] != a.Email || got["acr"] != assurance.MFA.ACR() || got["auth_time"] == nil || got["name"] != nil {
		t.Errorf("ID-09: the claims request gives %v", got)
	}
	id := idptest.Claims(t, r.rp.Grant(b, "claims", `{"id_token":{"name":{"essential":true},"iss":{"value":"https://evil.example"},"aud":null}}`).String("id_token"))
	if id["name"] != "山田 太郎" || id["iss"] != r.URL {
		t.Errorf("ID-09: in the ID token: %v", id)
	}
	t.Run("ID-07 signed", func(t *testing.T) {
		r.EditClient("app", func(c *idp.Client) { c.Metadata.UserinfoAlg = "ES256" })
		answer := r.Userinfo(r.rp.Grant(b, "scope", "openid email").String("access_token"))
		if !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/jwt") {
			t.Fatalf("Content-Type %q", answer.Header.Get("Content-Type"))
		}
		header, c := r.Verified(answer.Body)
		if header.Algorithm != "ES256" || c["iss"] != r.URL || c["aud"] != "app" || c["sub"] != a.Subject || c["email"] != a.Email {
			t.Errorf("%v %v", header, c)
		}
		if r.Userinfo(answer.Body).Status != http.StatusUnauthorized || r.rp.Active(answer.Body) {
			t.Error("ID-11: a userinfo answer serves as a token")
		}
		r.refused(t, b.Authorize("app", idptest.Redirect, "id_token_hint", answer.Body), "invalid_request")
	})
}

// ID-10 SU-07: introspection tells the resource server what it must know, and anybody
// else one word.
func TestIntrospectionEndpoint(t *testing.T) {
	r := newRig(t)
	rs := r.resourceServer()
	stranger := r.NewRelyingParty("other-api", func(m *idp.ClientMetadata) {
		*m = idp.ClientMetadata{ClientName: "Other", TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ResourceServer: []string{"https://other.example"}}
	})
	tokens := r.rp.Grant(r.b, "acr_values", "urn:sekisho:op:trade", "scope", "openid email")
	access := tokens.String("access_token")
	claims := idptest.Claims(t, access)
	a := rs.Post("/introspect", "token", access, "token_type_hint", "refresh_token")
	for name, want := range map[string]any{
		"active": true, "client_id": "app", "scope": "openid email", "sub": r.taro.Subject, "iss": r.URL, "acr": "urn:sekisho:op:trade", "sekisho_level": assurance.MFA.ACR(),
		"auth_time": claims["auth_time"], "exp": claims["exp"], "iat": claims["iat"], "jti": claims["jti"],
	} {
		if a.JSON[name] != want {
			t.Errorf("ID-10 SU-07: %s is %v, want %v", name, a.JSON[name], want)
		}
	}
	if a.Header.Get("Cache-Control") != "no-store" || len(a.Strings("amr")) == 0 {
		t.Errorf("ID-10: %v %s", a.Header, a.Body)
	}
	other, err := r.Ring.Sign("ES256", keys.KindAccessToken, changed(t, access, "iss", "https://evil.example"))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]idptest.Answer{
		"another audience's": stranger.Post("/introspect", "token", access), "an ID token": rs.Post("/introspect", "token", tokens.String("id_token")),
		"a refresh token": r.rp.Post("/introspect", "token", tokens.String("refresh_token")), "nonsense": rs.Post("/introspect", "token", "x"),
		"malformed": rs.Post("/introspect", "token", access+"x"), "another issuer's": rs.Post("/introspect", "token", other), "very long": rs.Post("/introspect", "token", strings.Repeat("x", 20000)),
	} {
		var said map[string]any
		if err := json.Unmarshal([]byte(b.Body), &said); err != nil || b.Status != http.StatusOK || !reflect.DeepEqual(said, map[string]any{"active": false}) {
			t.Errorf("ID-10 %s: %d %s", name, b.Status, b.Body)
		}
	}
	r.NewRelyingParty("public", func(m *idp.ClientMetadata) {
		m.TokenEndpointAuthMethod, m.GrantTypes = idp.AuthNone, []string{"authorization_code"}
	})
	for name, b := range map[string]idptest.Answer{
		"nobody": r.PostForm("/introspect", url.Values{"token": {access}}), "a public client": r.PostForm("/introspect", url.Values{"token": {access}, "client_id": {"public"}}),
		"the token itself": r.PostForm("/introspect", url.Values{"token": {access}}, "Authorization", "Bearer "+access),
	} {
		if b.Status != http.StatusUnauthorized || b.JSON["active"] != nil {
			t.Errorf("ID-10 asked by %s: %d %s", name, b.Status, b.Body)
		}
	}
	if b := rs.Post("/introspect"); b.Status != http.StatusBadRequest {
		t.Errorf("ID-10: without a token: %d", b.Status)
	}
}
