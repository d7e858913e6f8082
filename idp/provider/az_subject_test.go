package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp/idptest"
	"sekisho/idp/keys"
)

// AZ-21: only a genuine ID token for this very client is a hint.
func TestIDTokenHint(t *testing.T) {
	r := newRig(t)
	other := r.NewRelyingParty("other", nil)
	tokens := r.rp.Grant(r.b)
	genuine := tokens.String("id_token")
	claims := idptest.Claims(t, genuine)
	header, _ := r.Verified(genuine)
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(genuine, ".")
	changed := func(name string, value any) map[string]any {
		c := idptest.Claims(t, genuine)
		c[name] = value
		return c
	}
	ours := func(kind keys.Kind, claims any) string {
		signed, err := r.Ring.Sign("ES256", kind, claims)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	for name, hint := range map[string]string{
		"another key":                 idptest.SignJWT(t, jose.ES256, own, claims, "typ", "JWT"),
		"another key under our kid":   idptest.SignJWT(t, jose.ES256, own, claims, "typ", "JWT", "kid", header.KeyID),
		"HMAC with our kid":           idptest.SignJWT(t, jose.HS256, []byte(r.rp.Secret), claims, "typ", "JWT", "kid", header.KeyID),
		"alg none":                    idptest.Unsigned(t, map[string]any{"alg": "none", "typ": "JWT", "kid": header.KeyID}, claims, ""),
		"alg None":                    idptest.Unsigned(t, map[string]any{"alg": "None", "typ": "JWT", "kid": header.KeyID}, claims, parts[2]),
		"signature taken off":         parts[0] + "." + parts[1] + ".",
		"signature of another":        parts[0] + "." + parts[1] + "." + strings.Split(r.rp.Grant(r.b).String("id_token"), ".")[2],
		"another subject written in":  parts[0] + "." + strings.Split(idptest.Unsigned(t, nil, changed("sub", "someone"), ""), ".")[1] + "." + parts[2],
		"another issuer":              ours(keys.KindIDToken, changed("iss", "https://evil.example")),
		"issuer with a slash":         ours(keys.KindIDToken, changed("iss", r.URL+"/")),
		"another client's":            other.Grant(r.b).String("id_token"),
		"two audiences":               ours(keys.KindIDToken, changed("aud", []string{"app", "other"})),
		"no subject":                  ours(keys.KindIDToken, changed("sub", "")),
		"an access token":             tokens.String("access_token"),
		"an ID token's claims, typed": ours(keys.KindAccessToken, claims),
		"a refresh token":             tokens.String("refresh_token"),
		"nonsense":                    "nonsense",
	} {
		t.Run("AZ-21 "+name, func(t *testing.T) {
			r.refused(t, r.b.Authorize("app", idptest.Redirect, "id_token_hint", hint), "invalid_request")
			r.refused(t, r.b.Authorize("app", idptest.Redirect, "id_token_hint", hint, "prompt", "none"), "invalid_request")
		})
	}
	t.Run("AZ-21 genuine, and genuine but expired", func(t *testing.T) {
		r.rp.Grant(r.b, "id_token_hint", genuine, "prompt", "none")
		r.Clock.Advance(30 * time.Minute)
		r.rp.Grant(r.b, "id_token_hint", genuine, "prompt", "none")
	})
}

// AZ-21 AZ-22: a request that names a customer is answered about that one or not at all.
func TestNamedSubject(t *testing.T) {
	r := newRig(t)
	hanako := r.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	hint := r.rp.Grant(r.signedIn(hanako)).String("id_token")
	requests := map[string][]string{
		"AZ-21 hinted":                  {"id_token_hint", hint},
		"AZ-22 claimed in the ID token": {"claims", `{"id_token":{"sub":{"value":"` + hanako.Subject + `"}}}`},
		"AZ-22 claimed at userinfo":     {"claims", `{"userinfo":{"sub":{"value":"` + hanako.Subject + `"}}}`},
		"AZ-22 one of several":          {"claims", `{"id_token":{"sub":{"essential":true,"values":["nobody","` + hanako.Subject + `"]}}}`},
	}
	for name, pairs := range requests {
		t.Run(name, func(t *testing.T) {
			r.refused(t, r.b.Authorize("app", idptest.Redirect, append(pairs, "prompt", "none")...), "login_required")
			t.Run("the right customer signs in", func(t *testing.T) {
				b := r.signedIn(r.taro)
				r.waits(t, b.Authorize("app", idptest.Redirect, pairs...), "/password")
				r.Clock.Advance(30 * time.Second)
				page := b.PasswordSignIn(r.Provider, hanako)
				tokens := r.rp.Exchange(page.Response(t, idptest.Redirect).Get("code"))
				if sub := idptest.Claims(t, tokens.String("id_token"))["sub"]; sub != hanako.Subject {
					t.Errorf("token about %v", sub)
				}
			})
			t.Run("the wrong customer signs in", func(t *testing.T) {
				b := r.NewBrowser()
				r.waits(t, b.Authorize("app", idptest.Redirect, pairs...), "/password")
				r.Clock.Advance(30 * time.Second)
				r.refused(t, b.PasswordSignIn(r.Provider, r.taro), "login_required")
			})
		})
	}
	t.Run("AZ-22 two subjects that cannot both be", func(t *testing.T) {
		claims := `{"id_token":{"sub":{"value":"` + r.taro.Subject + `"}},"userinfo":{"sub":{"value":"` + hanako.Subject + `"}}}`
		r.refused(t, r.signedIn(r.taro).Authorize("app", idptest.Redirect, "claims", claims), "invalid_request")
	})
	t.Run("AZ-22 the one who is signed in", func(t *testing.T) {
		r.rp.Grant(r.signedIn(r.taro), "prompt", "none", "claims", `{"id_token":{"sub":{"value":"`+r.taro.Subject+`"}}}`)
	})
}

// AZ-23: a login hint fills a field in and says nothing about who exists.
func TestLoginHint(t *testing.T) {
	r := newRig(t)
	ids := r.taro.LoginName
	known, unknown := r.NewBrowser().Authorize("app", idptest.Redirect, "login_hint", ids), r.NewBrowser().Authorize("app", idptest.Redirect, "login_hint", "99999999")
	strip := func(p *idptest.Page, hint string) string {
		body := strings.ReplaceAll(strings.ReplaceAll(p.Body, hint, "HINT"), p.URL.Path, "PATH")
		return strings.ReplaceAll(body, p.CSRF(), "CSRF")
	}
	if known.Form(t, "/password").Values.Get("login") != ids {
		t.Error("the field is not filled in")
	}
	if strip(known, ids) != strip(unknown, "99999999") {
		t.Error("AZ-23: a known and an unknown customer code give different pages")
	}
	probe := `"><script>alert(1)</script>`
	page := r.NewBrowser().Authorize("app", idptest.Redirect, "login_hint", probe)
	if strings.Contains(page.Body, "<script>alert") {
		t.Error("AZ-23: the hint is not escaped")
	}
	hanako := r.AddAccount(idptest.Customer{Login: "10000002"})
	claims := idptest.Claims(t, r.rp.Grant(r.b, "login_hint", hanako.LoginName).String("id_token"))
	if claims["sub"] != r.taro.Subject {
		t.Errorf("AZ-23: the hint switched the account to %v", claims["sub"])
	}
}
