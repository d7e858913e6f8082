package token

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/keys"
	"sekisho/storage"
)

func TestClientCredentials(t *testing.T) {
	g := newRig(t)
	ask := func(more ...string) answer {
		return g.post(t, "/token", "web", formOf(append([]string{"grant_type", "client_credentials"}, more...)...))
	}
	a := ask("scope", "trade", "resource", docs)
	wantOK(t, a)
	_, at := decode(t, a.text("access_token"))
	t.Run("TK-15 sub is in a namespace of its own", func(t *testing.T) {
		if at["sub"] != "client:web" || strings.Contains(g.account.Subject, ":") {
			t.Fatalf("claims %v", at)
		}
	})
	t.Run("TK-16 neither refresh token nor ID token", func(t *testing.T) {
		if a.text("refresh_token") != "" || a.text("id_token") != "" {
			t.Fatalf("answer %s", a.raw)
		}
	})
	t.Run("TK-13 no customer, no assurance", func(t *testing.T) {
		for _, name := range []string{"acr", "amr", "auth_time", "sid", "grant_id", "sekisho_level"} {
			if at[name] != nil {
				t.Errorf("%s is %v", name, at[name])
			}
		}
		if !slices.Equal(at["aud"].([]any), []any{docs}) || a.text("scope") != "trade" {
			t.Fatalf("claims %v", at)
		}
	})
	t.Run("TK-16 openid is refused", func(t *testing.T) {
		wantError(t, ask("scope", "openid"), 400, "invalid_scope")
		wantError(t, ask("scope", "trade openid"), 400, "invalid_scope")
		wantError(t, ask("scope", "offline_access"), 400, "invalid_scope")
		wantError(t, ask("scope", "email"), 400, "invalid_scope")
	})
	t.Run("TK-16 a public client is refused", func(t *testing.T) {
		wantError(t, g.post(t, "/token", "app", formOf("grant_type", "client_credentials", "scope", "trade")), 400, "unauthorized_client")
	})
	t.Run("beyond the registration", func(t *testing.T) {
		wantError(t, ask("scope", "admin"), 400, "invalid_scope")
		wantError(t, ask("resource", "https://elsewhere.example"), 400, "invalid_target")
	})
	t.Run("asked for nothing", func(t *testing.T) {
		a := ask()
		wantOK(t, a)
		_, at := decode(t, a.text("access_token"))
		if a.text("scope") != "trade read" || !slices.Equal(at["aud"].([]any), []any{api}) {
			t.Fatalf("answer %s, claims %v", a.raw, at)
		}
	})
	t.Run("TK-15 it is no customer's token at userinfo", func(t *testing.T) {
		wantError(t, g.userinfo(t, a.text("access_token")), 403, "insufficient_scope")
	})
	t.Run("introspection by its resource server and by itself", func(t *testing.T) {
		token := a.text("access_token")
		if !g.active(t, "docs", token) || !g.active(t, "web", token) || g.active(t, "api", token) {
			t.Fatal("the wrong party knows")
		}
		g.change(t, "web", func(c *idp.Client) { c.Disabled = true })
		if g.active(t, "docs", token) {
			t.Fatal("a disabled client's token is active")
		}
	})
}

func TestUserInfo(t *testing.T) {
	g := newRig(t)
	a := g.redeem(t, "web", func(i *idp.IssueCode) { i.Grant.Scopes = []string{"openid", "email", "trade"} })
	token := a.text("access_token")
	form := func(pairs ...string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/userinfo", strings.NewReader(formOf(pairs...).Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	}
	bare := func(method, path string) *http.Request { return httptest.NewRequest(method, path, nil) }
	with := func(r *http.Request, authorization string) *http.Request {
		r.Header.Set("Authorization", authorization)
		return r
	}
	for name, r := range map[string]*http.Request{
		"ID-05 GET":              with(bare(http.MethodGet, "/userinfo"), "Bearer "+token),
		"ID-05 GET, lower case":  with(bare(http.MethodGet, "/userinfo"), "bearer "+token),
		"ID-05 POST with header": with(bare(http.MethodPost, "/userinfo"), "Bearer "+token),
		"ID-05 POST with body":   form("access_token", token),
	} {
		t.Run(name, func(t *testing.T) {
			got := g.do(t, r)
			wantOK(t, got)
			_, id := decode(t, a.text("id_token"))
			if got.text("sub") != id["sub"] || got.header.Get("Cache-Control") != "no-store" {
				t.Fatalf("TK-08 %v %s", got.header, got.raw)
			}
		})
	}
	t.Run("ID-06 claims of the granted scopes only, and honest", func(t *testing.T) {
		got := g.userinfo(t, token)
		if got.text("email") != "Hanako@example.jp" || got.body["email_verified"] != false || len(got.body) != 3 {
			t.Fatalf("%s", got.raw)
		}
		must(t, verifyRegistered(t, g))
		if got := g.userinfo(t, token); got.body["email_verified"] != true {
			t.Fatalf("%s", got.raw)
		}
	})
	for name, r := range map[string]*http.Request{
		"ID-05 no token":             bare(http.MethodGet, "/userinfo"),
		"ID-05 token in the query":   bare(http.MethodGet, "/userinfo?access_token="+token),
		"another scheme":             with(bare(http.MethodGet, "/userinfo"), "Basic "+token),
		"an empty bearer":            with(bare(http.MethodGet, "/userinfo"), "Bearer "),
		"an empty token in the body": form("access_token", ""),
	} {
		t.Run(name, func(t *testing.T) {
			got := g.do(t, r)
			if got.status != 401 || got.header.Get("WWW-Authenticate") != "Bearer" {
				t.Fatalf("%d %v", got.status, got.header)
			}
		})
	}
	refreshToken := a.text("refresh_token")
	for name, bad := range map[string]string{
		"ID-05 a bad token":   "x.y.z",
		"ID-11 ID token":      a.text("id_token"),
		"ID-11 refresh token": refreshToken,
		"ID-11 logout token":  signedAs(t, keys.KindLogoutToken, a.text("access_token")),
	} {
		t.Run(name, func(t *testing.T) {
			got := g.userinfo(t, bad)
			wantError(t, got, 401, "invalid_token")
			if !strings.Contains(got.header.Get("WWW-Authenticate"), `error="invalid_token"`) {
				t.Fatalf("%v", got.header)
			}
		})
	}
	t.Run("ID-05 without openid", func(t *testing.T) {
		got := g.userinfo(t, g.redeem(t, "web", func(i *idp.IssueCode) { i.Grant.Scopes = []string{"trade"} }).text("access_token"))
		wantError(t, got, 403, "insufficient_scope")
		if !strings.Contains(got.header.Get("WWW-Authenticate"), `scope="openid"`) {
			t.Fatalf("%v", got.header)
		}
	})
	t.Run("the token in both places", func(t *testing.T) {
		wantError(t, g.do(t, with(form("access_token", token), "Bearer "+token)), 400, "invalid_request")
	})
	t.Run("another method", func(t *testing.T) {
		wantError(t, g.do(t, with(bare(http.MethodPut, "/userinfo"), "Bearer "+token)), 405, "invalid_request")
	})
	t.Run("TK-14 expired", func(t *testing.T) {
		g.clock.advance(5 * time.Minute)
		wantError(t, g.userinfo(t, token), 401, "invalid_token")
	})
}

// verifyRegistered lets the registered address answer.
func verifyRegistered(t *testing.T, g *rig) error {
	emails, err := g.store.Emails(t.Context(), g.account.ID)
	must(t, err)
	for _, e := range emails {
		if e.Purpose == idp.EmailRegistered {
			return g.store.VerifyEmail(t.Context(), g.account.ID, e.ID, g.clock.now(), idp.Effects{})
		}
	}
	return idp.ErrNotFound
}

// signedAs signs a token's claims again as another kind.
func signedAs(t *testing.T, kind keys.Kind, token string) string {
	t.Helper()
	_, claims := decode(t, token)
	out, err := ring().Sign(keys.ES256, kind, claims)
	must(t, err)
	return out
}

func TestUserInfoClaims(t *testing.T) {
	g := newRig(t)
	t.Run("ID-06 every scope", func(t *testing.T) {
		got := g.userinfo(t, g.redeem(t, "web", func(i *idp.IssueCode) {
			i.Grant.Scopes = []string{"openid", "profile", "phone", "address"}
		}).text("access_token"))
		wantOK(t, got)
		for _, name := range []string{"name", "given_name", "family_name", "birthdate", "zoneinfo", "locale", "updated_at", "phone_number", "phone_number_verified", "address"} {
			if got.body[name] == nil {
				t.Errorf("%s is missing: %s", name, got.raw)
			}
		}
		if got.body["gender"] != nil || got.body["email"] != nil || got.body["phone_number_verified"] != false {
			t.Errorf("%s", got.raw)
		}
	})
	t.Run("ID-09 claims request and mapping", func(t *testing.T) {
		g.change(t, "web", func(c *idp.Client) {
			c.Metadata.Claims = map[string]string{"rights": "permissions", "sub": "login_name", "none": "nothing"}
		})
		got := g.userinfo(t, g.redeem(t, "web", func(i *idp.IssueCode) {
			i.Grant.Scopes = []string{"openid"}
			i.Grant.Claims = []byte(`{"userinfo":{"birthdate":{"essential":true},"gender":{"essential":true},"acr":null,"auth_time":null,"amr":null,"shoe_size":null}}`)
		}).text("access_token"))
		wantOK(t, got)
		if got.text("birthdate") != "1960-04-01" || len(got.body["rights"].([]any)) != 2 || got.text("acr") != "urn:sekisho:op:trade" ||
			got.body["auth_time"] != float64(epoch.Add(-time.Minute).Unix()) || got.text("sub") != g.account.Subject || len(got.body) != 6 {
			t.Fatalf("%s", got.raw)
		}
	})
	t.Run("ID-06 a claims request does not reach beyond the client's scopes", func(t *testing.T) {
		g.change(t, "web-b", func(c *idp.Client) { c.Metadata.Scope = "openid trade" })
		got := g.userinfo(t, g.redeem(t, "web-b", func(i *idp.IssueCode) {
			i.Grant.Scopes = []string{"openid"}
			i.Grant.Claims = []byte(`{"userinfo":{"email":null,"name":null}}`)
		}).text("access_token"))
		wantOK(t, got)
		if len(got.body) != 1 {
			t.Fatalf("%s", got.raw)
		}
	})
	t.Run("ID-07 signed", func(t *testing.T) {
		g.change(t, "legacy", func(c *idp.Client) { c.Metadata.UserinfoAlg = keys.PS256 })
		got := g.userinfo(t, g.redeem(t, "legacy", nil).text("access_token"))
		wantOK(t, got)
		header, claims := decode(t, strings.TrimSpace(got.raw))
		if got.header.Get("Content-Type") != "application/jwt" || got.header.Get("Cache-Control") != "no-store" || header.Algorithm != keys.PS256 ||
			claims["iss"] != issuer || claims["aud"] != "legacy" || claims["sub"] != g.account.Subject || claims["name"] == nil {
			t.Fatalf("%v %v %v", got.header, header, claims)
		}
		if _, err := ring().Verify(keys.KindIDToken, got.raw); err == nil {
			t.Fatal("a userinfo response passes for an ID token")
		}
	})
	t.Run("ID-07 an algorithm nobody holds", func(t *testing.T) {
		g.change(t, "legacy", func(c *idp.Client) { c.Metadata.UserinfoAlg = "none" })
		wantError(t, g.userinfo(t, g.redeem(t, "legacy", nil).text("access_token")), 500, "server_error")
	})
}

func TestIntrospection(t *testing.T) {
	g := newRig(t)
	a := g.redeem(t, "web", nil)
	token := a.text("access_token")
	got := g.post(t, "/introspect", "api", formOf("token", token, "token_type_hint", "refresh_token"))
	wantOK(t, got)
	t.Run("ID-10 an active token", func(t *testing.T) {
		if got.body["active"] != true || got.text("client_id") != "web" || got.text("scope") != "openid profile trade offline_access" ||
			got.text("sub") != g.account.Subject || got.text("token_type") != "Bearer" || got.body["exp"] == nil || got.text("iss") != issuer {
			t.Fatalf("%s", got.raw)
		}
	})
	t.Run("SU-07 with its assurance", func(t *testing.T) {
		if got.text("acr") != "urn:sekisho:op:trade" || got.text("sekisho_level") != "phr" || got.body["auth_time"] != float64(epoch.Add(-time.Minute).Unix()) {
			t.Fatalf("%s", got.raw)
		}
	})
	if got.header.Get("Cache-Control") != "no-store" {
		t.Fatal("TK-08 it may be cached")
	}
	for name, c := range map[string]struct{ caller, token string }{
		"ID-10 another audience's server": {"docs", token},
		"ID-10 another client":            {"web-b", token},
		"ID-10 malformed":                 {"api", "x"},
		"ID-10 altered":                   {"api", token + "x"},
		"ID-11 ID token":                  {"api", a.text("id_token")},
		"ID-11 refresh token":             {"api", a.text("refresh_token")},
		"ID-11 its own refresh token":     {"web", a.text("refresh_token")},
		"ID-11 logout token":              {"api", signedAs(t, keys.KindLogoutToken, token)},
	} {
		t.Run(name, func(t *testing.T) {
			if g.active(t, c.caller, c.token) {
				t.Fatal("active")
			}
		})
	}
	t.Run("ID-10 the client itself", func(t *testing.T) {
		if !g.active(t, "web", token) {
			t.Fatal("inactive")
		}
	})
	t.Run("ID-10 authentication is required", func(t *testing.T) {
		wantError(t, g.post(t, "/introspect", "", formOf("token", token)), 401, "invalid_client")
		wantError(t, g.post(t, "/introspect", "app", formOf("token", token)), 401, "invalid_client")
		wantError(t, g.post(t, "/introspect", "api", formOf("nothing", "x")), 400, "invalid_request")
	})
	t.Run("ID-10 expired", func(t *testing.T) {
		g.clock.advance(5 * time.Minute)
		if g.active(t, "api", token) {
			t.Fatal("active")
		}
	})
	t.Run("the client is disabled", func(t *testing.T) {
		token := g.redeem(t, "web", nil).text("access_token")
		g.change(t, "web", func(c *idp.Client) { c.Disabled = true })
		if g.active(t, "api", token) {
			t.Fatal("active")
		}
		wantError(t, g.userinfo(t, token), 401, "invalid_token")
	})
	if !g.trail.has(audit.TokenIntrospected) {
		t.Fatal("not recorded")
	}
}

func TestRevocation(t *testing.T) {
	g := newRig(t)
	revoke := func(client, token string) answer { return g.post(t, "/revoke", client, formOf("token", token)) }
	t.Run("RT-11 a refresh token and with it its access tokens", func(t *testing.T) {
		for _, client := range []string{"web", "app"} {
			a := g.redeem(t, client, nil)
			wantOK(t, revoke(client, a.text("refresh_token")))
			wantError(t, g.refresh(t, client, a.text("refresh_token")), 400, "invalid_grant")
			if g.active(t, "api", a.text("access_token")) {
				t.Fatal("the access token lives on")
			}
			wantOK(t, revoke(client, a.text("refresh_token")))
		}
	})
	t.Run("RT-11 a refresh token that was rotated away", func(t *testing.T) {
		first := g.redeem(t, "web", nil).text("refresh_token")
		second := g.refresh(t, "web", first).text("refresh_token")
		wantOK(t, revoke("web", first))
		wantError(t, g.refresh(t, "web", second), 400, "invalid_grant")
	})
	t.Run("an access token alone", func(t *testing.T) {
		a := g.redeem(t, "web", nil)
		wantOK(t, revoke("web", a.text("access_token")))
		wantOK(t, revoke("web", a.text("access_token")))
		if g.active(t, "api", a.text("access_token")) {
			t.Fatal("still active")
		}
		wantError(t, g.userinfo(t, a.text("access_token")), 401, "invalid_token")
		wantOK(t, g.refresh(t, "web", a.text("refresh_token")))
	})
	t.Run("RT-11 another client's token stays alive", func(t *testing.T) {
		a := g.redeem(t, "web", nil)
		wantOK(t, revoke("web-b", a.text("access_token")))
		wantOK(t, revoke("web-b", a.text("refresh_token")))
		if !g.active(t, "api", a.text("access_token")) {
			t.Fatal("revoked by a stranger")
		}
		wantOK(t, g.refresh(t, "web", a.text("refresh_token")))
	})
	t.Run("RT-11 an unknown token", func(t *testing.T) {
		wantOK(t, revoke("web", idp.NewSecret()))
		wantOK(t, revoke("web", "x.y.z"))
	})
	t.Run("RT-11 authentication is required", func(t *testing.T) {
		a := g.redeem(t, "web", nil)
		wantError(t, g.post(t, "/revoke", "", formOf("token", a.text("refresh_token"), "client_id", "web")), 401, "invalid_client")
		wantOK(t, g.refresh(t, "web", a.text("refresh_token")))
	})
	t.Run("no token", func(t *testing.T) {
		wantError(t, g.post(t, "/revoke", "web", formOf("token_type_hint", "access_token")), 400, "invalid_request")
	})
	t.Run("a client's own token rests on no grant", func(t *testing.T) {
		a := g.post(t, "/token", "web", formOf("grant_type", "client_credentials"))
		wantError(t, revoke("web", a.text("access_token")), 400, "unsupported_token_type")
	})
	records, err := g.store.AuditRecords(t.Context(), storage.AuditFilter{Event: audit.TokenRevoked, Limit: 100})
	must(t, err)
	if len(records) != 4 {
		t.Fatalf("%d revocations recorded", len(records))
	}
}
