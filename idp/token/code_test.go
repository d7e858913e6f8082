package token

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	zoidc "github.com/zitadel/oidc/v3/pkg/oidc"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/keys"
	"sekisho/idp/oidc"
)

func TestCodeExchange(t *testing.T) {
	g := newRig(t)
	auth := g.authorize(t, "web", nil)
	a := g.post(t, "/token", "web", auth.form())
	wantOK(t, a)
	t.Run("TK-08 nothing is cached", func(t *testing.T) {
		if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json;charset=UTF-8" {
			t.Fatalf("header %v", a.header)
		}
	})
	if a.text("token_type") != "Bearer" || a.body["expires_in"] != 300.0 || a.text("scope") != "openid profile trade offline_access" || a.text("refresh_token") == "" {
		t.Fatalf("answer %s", a.raw)
	}
	header, at := decode(t, a.text("access_token"))
	t.Run("TK-13 the access token is an RFC 9068 one", func(t *testing.T) {
		if header.ExtraHeaders["typ"] != "at+jwt" || at["iss"] != issuer || at["sub"] != g.account.Subject || at["client_id"] != "web" ||
			at["scope"] != "openid profile trade offline_access" || at["jti"] == nil || at["grant_id"] != auth.grant.ID {
			t.Fatalf("claims %v", at)
		}
		if aud := at["aud"].([]any); !slices.Contains(aud, any(api)) || slices.Contains(aud, any("web")) {
			t.Fatalf("aud %v", aud)
		}
	})
	t.Run("TK-14 it lives as long as is said", func(t *testing.T) {
		if at["exp"].(float64)-at["iat"].(float64) != 300 || at["iat"].(float64) != float64(epoch.Unix()) {
			t.Fatalf("claims %v", at)
		}
	})
	t.Run("SU-07 it says how and when the customer authenticated", func(t *testing.T) {
		if at["acr"] != "urn:sekisho:op:trade" || at["sekisho_level"] != "phr" || at["auth_time"] != float64(epoch.Add(-time.Minute).Unix()) || len(at["amr"].([]any)) != 4 {
			t.Fatalf("claims %v", at)
		}
	})
	idHeader, id := decode(t, a.text("id_token"))
	t.Run("ID-01 the ID token", func(t *testing.T) {
		if idHeader.Algorithm != keys.ES256 || id["iss"] != issuer || !slices.Equal(id["aud"].([]any), []any{"web"}) || id["sub"] != g.account.Subject ||
			id["nonce"] != "n-0S6" || id["sid"] != g.session.SID || id["exp"].(float64)-id["iat"].(float64) != 300 {
			t.Fatalf("header %v claims %v", idHeader, id)
		}
	})
	t.Run("ID-03 amr is the grant's", func(t *testing.T) {
		if !slices.Equal(id["amr"].([]any), []any{"pop", "swk", "user", "mfa"}) || id["acr"] != "urn:sekisho:op:trade" || id["sekisho_level"] != "phr" {
			t.Fatalf("claims %v", id)
		}
	})
	t.Run("ID-04 auth_time is the ceremony's", func(t *testing.T) {
		if id["auth_time"] != float64(epoch.Add(-time.Minute).Unix()) {
			t.Fatalf("claims %v", id)
		}
	})
	t.Run("ID-12 at_hash", func(t *testing.T) {
		if want, _ := zoidc.ClaimHash(a.text("access_token"), "ES256"); id["at_hash"] != want {
			t.Fatalf("at_hash %v, want %s", id["at_hash"], want)
		}
	})
	t.Run("TK-12 only hashes are stored", func(t *testing.T) {
		token, _, err := g.store.RefreshTokenState(t.Context(), idp.HashSecret(a.text("refresh_token")))
		must(t, err)
		if bytes.Contains(token.Hash, []byte(a.text("refresh_token"))) || len(a.text("refresh_token")) != 43 {
			t.Fatal("the refresh token is readable")
		}
	})
	if !g.trail.has(audit.TokenIssued) {
		t.Fatal("not recorded")
	}
}

func TestAlgorithmPerClient(t *testing.T) {
	g := newRig(t)
	for _, alg := range keys.Algorithms() {
		t.Run("ID-01 "+alg, func(t *testing.T) {
			g.change(t, "web", func(c *idp.Client) { c.Metadata.IDTokenAlg = alg })
			a := g.redeem(t, "web", nil)
			header, id := decode(t, a.text("id_token"))
			atHeader, _ := decode(t, a.text("access_token"))
			if header.Algorithm != alg || atHeader.Algorithm != alg {
				t.Fatalf("signed with %s and %s", header.Algorithm, atHeader.Algorithm)
			}
			if want, _ := zoidc.ClaimHash(a.text("access_token"), signatureAlgorithm(alg)); id["at_hash"] != want {
				t.Fatal("ID-12 at_hash of another algorithm")
			}
		})
	}
	t.Run("an unsigned ID token is a server error, never issued", func(t *testing.T) {
		g.change(t, "web", func(c *idp.Client) { c.Metadata.IDTokenAlg = "none" })
		wantError(t, g.post(t, "/token", "web", g.authorize(t, "web", nil).form()), 500, "server_error")
	})
	for name, c := range map[string]struct {
		client idp.ClientMetadata
		want   string
	}{
		"ID-02 an oidc client that registered none gets RS256": {idp.ClientMetadata{ClientProfile: idp.ProfileOIDC}, keys.RS256},
		"ID-02 a fapi2 client never gets RS256":                {idp.ClientMetadata{ClientProfile: idp.ProfileFAPI2, IDTokenAlg: keys.RS256}, ""},
		"ID-02 a fapi2 client that registered none":            {idp.ClientMetadata{ClientProfile: idp.ProfileFAPI2}, keys.ES256},
	} {
		t.Run(name, func(t *testing.T) {
			if got := idTokenAlg(&idp.Client{Metadata: c.client}, keys.Algorithms()); got != c.want {
				t.Fatalf("%q", got)
			}
		})
	}
}

func TestCodeBinding(t *testing.T) {
	g := newRig(t)
	verifier := idp.NewSecret()
	for name, c := range map[string]struct {
		client string
		edit   func(*idp.IssueCode)
		form   []string
		want   string // "" for success
	}{
		"TK-04 no verifier":                            {"web", nil, []string{"code_verifier", ""}, "invalid_grant"},
		"TK-04 wrong verifier":                         {"web", nil, []string{"code_verifier", verifier}, "invalid_grant"},
		"TK-04 too short":                              {"web", nil, []string{"code_verifier", verifier[:42]}, "invalid_grant"},
		"TK-04 too long":                               {"web", nil, []string{"code_verifier", strings.Repeat("a", 129)}, "invalid_grant"},
		"TK-04 other characters":                       {"web", nil, []string{"code_verifier", strings.Repeat("é", 43)}, "invalid_grant"},
		"TK-05 verifier without challenge":             {"legacy", noChallenge, []string{"code_verifier", verifier}, "invalid_grant"},
		"TK-05 no challenge where one is required":     {"web", noChallenge, []string{"code_verifier", ""}, "invalid_grant"},
		"neither, for the oidc profile":                {"legacy", noChallenge, []string{"code_verifier", ""}, ""},
		"TK-06 another redirect_uri":                   {"web", nil, []string{"redirect_uri", callback + "/x"}, "invalid_grant"},
		"TK-06 absent for oauth21":                     {"web", nil, []string{"redirect_uri", ""}, ""},
		"TK-06 absent for the oidc profile":            {"legacy", nil, []string{"redirect_uri", ""}, "invalid_grant"},
		"a resource beyond the grant":                  {"web", nil, []string{"resource", docs}, "invalid_target"},
		"TK-17 the grant has expired":                  {"web", func(i *idp.IssueCode) { i.Grant.ExpiresAt = i.At }, nil, "invalid_grant"},
		"the code has expired":                         {"web", func(i *idp.IssueCode) { i.Code.ExpiresAt = i.At }, nil, "invalid_grant"},
		"an unknown code":                              {"web", nil, []string{"code", idp.NewSecret()}, "invalid_grant"},
		"no code":                                      {"web", nil, []string{"code", ""}, "invalid_request"},
		"a public client without a challenge, as well": {"app", noChallenge, []string{"code_verifier", ""}, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			a := g.post(t, "/token", c.client, g.authorize(t, c.client, c.edit).form(c.form...))
			if c.want == "" {
				wantOK(t, a)
				return
			}
			wantError(t, a, http.StatusBadRequest, c.want)
		})
	}
	t.Run("TK-04 a wrong verifier burns the code", func(t *testing.T) {
		auth := g.authorize(t, "web", nil)
		wantError(t, g.post(t, "/token", "web", auth.form("code_verifier", verifier)), 400, "invalid_grant")
		wantError(t, g.post(t, "/token", "web", auth.form()), 400, "invalid_grant")
	})
	t.Run("TK-01 another client's code", func(t *testing.T) {
		auth := g.authorize(t, "web", nil)
		wantError(t, g.post(t, "/token", "web-b", auth.form()), 400, "invalid_grant")
		wantOK(t, g.post(t, "/token", "web", auth.form()))
	})
}

func noChallenge(i *idp.IssueCode) { i.Code.CodeChallenge = "" }

func TestCodeReuse(t *testing.T) {
	g := newRig(t)
	auth := g.authorize(t, "web", nil)
	first := g.post(t, "/token", "web", auth.form())
	wantOK(t, first)
	if !g.active(t, "api", first.text("access_token")) {
		t.Fatal("inactive before reuse")
	}
	t.Run("TK-02 a second redemption revokes what the first gave", func(t *testing.T) {
		wantError(t, g.post(t, "/token", "web", auth.form()), 400, "invalid_grant")
		if g.active(t, "api", first.text("access_token")) {
			t.Fatal("the access token is still active")
		}
		wantError(t, g.userinfo(t, first.text("access_token")), 401, "invalid_token")
		wantError(t, g.refresh(t, "web", first.text("refresh_token")), 400, "invalid_grant")
		if r := g.trail.last(audit.CodeReplayed); r.AccountID != g.account.ID || r.ClientID != "web" || r.Detail["grant"] != auth.grant.ID {
			t.Fatalf("recorded %+v", r)
		}
	})
	t.Run("TK-03 fifty at once", func(t *testing.T) {
		auth := g.authorize(t, "web", nil)
		var ok atomic.Int32
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				w := httptest.NewRecorder()
				g.mux.ServeHTTP(w, g.request("/token", "web", auth.form()))
				if w.Code == http.StatusOK {
					ok.Add(1)
				}
			})
		}
		wg.Wait()
		if ok.Load() != 1 {
			t.Fatalf("%d redemptions succeeded", ok.Load())
		}
	})
}

// TK-17: what happens between issuing and redeeming decides.
func TestCodeOfWhatHasEnded(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *rig, authorized) error{
		"TK-17 account locked": func(t *testing.T, g *rig, _ authorized) error {
			return g.store.SetAccountStatus(t.Context(), g.account.ID, idp.AccountLocked, idp.Effects{})
		},
		"TK-17 session ended": func(t *testing.T, g *rig, _ authorized) error {
			return g.store.EndSession(t.Context(), g.account.ID, g.session.ID, "logout", g.clock.now(), idp.Effects{})
		},
		"TK-17 grant revoked": func(t *testing.T, g *rig, a authorized) error {
			return g.store.RevokeGrant(t.Context(), a.grant.ID, "web", g.clock.now(), idp.Effects{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			auth := g.authorize(t, "web", func(i *idp.IssueCode) { i.Grant.Offline = false })
			must(t, end(t, g, auth))
			wantError(t, g.post(t, "/token", "web", auth.form()), 400, "invalid_grant")
		})
	}
}

func TestTokenRequestForm(t *testing.T) {
	g := newRig(t)
	for name, c := range map[string]struct {
		edit   func(*http.Request)
		status int
		code   string
	}{
		"TK-07 GET":                  {func(r *http.Request) { r.Method = http.MethodGet }, 405, "invalid_request"},
		"TK-07 query":                {func(r *http.Request) { r.URL.RawQuery = "client_id=web" }, 400, "invalid_request"},
		"TK-07 JSON":                 {func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 415, "invalid_request"},
		"TK-10 wrong secret":         {func(r *http.Request) { r.SetBasicAuth("web", "wrong") }, 401, "invalid_client"},
		"TK-10 unknown client":       {func(r *http.Request) { r.SetBasicAuth("nobody", "wrong") }, 401, "invalid_client"},
		"TK-01 without its own name": {func(r *http.Request) { r.Header.Del("Authorization") }, 401, "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			r := g.request("/token", "web", g.authorize(t, "web", nil).form())
			c.edit(r)
			a := g.do(t, r)
			wantError(t, a, c.status, c.code)
			if challenged := a.header.Get("WWW-Authenticate") != ""; challenged != (c.code == "invalid_client" && r.Header.Get("Authorization") != "") {
				t.Fatalf("TK-10 WWW-Authenticate %q", a.header.Get("WWW-Authenticate"))
			}
			if a.header.Get("Cache-Control") != "no-store" {
				t.Fatal("TK-08 an error may be cached")
			}
		})
	}
	t.Run("TK-10 unknown client and wrong secret hear the same", func(t *testing.T) {
		r, s := g.request("/token", "nobody", url.Values{}), g.request("/token", "web", url.Values{})
		s.SetBasicAuth("web", "wrong")
		if one, other := g.do(t, r), g.do(t, s); one.raw != other.raw || one.status != other.status {
			t.Fatalf("%s and %s", one.raw, other.raw)
		}
	})
	t.Run("TK-07 a parameter twice", func(t *testing.T) {
		form := g.authorize(t, "web", nil).form()
		form.Add("code", "x")
		wantError(t, g.post(t, "/token", "web", form), 400, "invalid_request")
	})
	for _, grant := range []string{"password", "implicit", "urn:ietf:params:oauth:grant-type:device_code", "AUTHORIZATION_CODE"} {
		t.Run("TK-09 "+grant, func(t *testing.T) {
			wantError(t, g.post(t, "/token", "web", formOf("grant_type", grant, "username", "u", "password", "p")), 400, "unsupported_grant_type")
		})
	}
	t.Run("TK-09 a grant the client is not registered for", func(t *testing.T) {
		wantError(t, g.post(t, "/token", "code-only", formOf("grant_type", "client_credentials")), 400, "unauthorized_client")
	})
	t.Run("no grant type", func(t *testing.T) {
		wantError(t, g.post(t, "/token", "web", formOf("code", "x")), 400, "invalid_request")
	})
	t.Run("a client without the refresh grant gets no refresh token", func(t *testing.T) {
		if a := g.redeem(t, "code-only", nil); a.text("refresh_token") != "" {
			t.Fatalf("answer %s", a.raw)
		}
	})
	t.Run("TK-18 no ID token without openid", func(t *testing.T) {
		a := g.redeem(t, "web", func(i *idp.IssueCode) { i.Grant.Scopes = []string{"trade"} })
		if a.text("id_token") != "" || a.text("scope") != "trade" {
			t.Fatalf("answer %s", a.raw)
		}
		if _, at := decode(t, a.text("access_token")); !slices.Equal(at["aud"].([]any), []any{api}) {
			t.Fatalf("TK-13 aud %v", at["aud"])
		}
	})
}

// recognised stands for client authentication where the client's proof is not the subject.
type recognised struct{ client *idp.Client }

// A fapi2 client fails closed where nothing checks proofs.
func TestFAPI2ClientGetsNoBearerToken(t *testing.T) {
	g := newRig(t)
	c := &idp.Client{ID: "fapi", Metadata: idp.ClientMetadata{
		ClientProfile: idp.ProfileFAPI2, TokenEndpointAuthMethod: idp.AuthPrivateKeyJWT, Scope: "trade",
		GrantTypes: []string{"authorization_code", "refresh_token", "client_credentials"},
	}}
	g.token.Clients = recognised{c}
	for _, grant := range c.Metadata.GrantTypes {
		a := g.post(t, "/token", "", formOf("grant_type", grant, "code", "x", "refresh_token", "x"))
		wantError(t, a, 400, "invalid_request")
	}
}

func TestClaimsRequestInIDToken(t *testing.T) {
	g := newRig(t)
	g.change(t, "web", func(c *idp.Client) {
		c.Metadata.Scope = "openid profile trade"
		c.Metadata.Claims = map[string]string{"entitlements": "permissions", "iss": "login_name"}
	})
	a := g.redeem(t, "web", func(i *idp.IssueCode) {
		i.Grant.Claims = []byte(`{"id_token":{"name":{"essential":true},"email":null,"entitlements":null,"iss":null,"unknown":null}}`)
	})
	_, id := decode(t, a.text("id_token"))
	if id["name"] != "関所 花子" || len(id["entitlements"].([]any)) != 2 {
		t.Fatalf("ID-09 claims %v", id)
	}
	if _, leaked := id["email"]; leaked {
		t.Fatal("ID-06 a claim beyond the client's allow list")
	}
	if id["iss"] != issuer {
		t.Fatal("a claim mapping replaced a protocol claim")
	}
}

func TestAccessTokenLifetime(t *testing.T) {
	fapi := &idp.Client{Metadata: idp.ClientMetadata{ClientProfile: idp.ProfileFAPI2, AccessTokenSeconds: 3600}}
	if got := (Lifetimes{}).Defaults().accessTokenFor(fapi); got != 10*time.Minute {
		t.Fatalf("TK-14 fapi2 tokens live %v", got)
	}
	g := newRig(t)
	a := g.redeem(t, "web", func(i *idp.IssueCode) { i.Grant.ExpiresAt = i.At.Add(90 * time.Second) })
	if a.body["expires_in"] != 90.0 {
		t.Fatalf("a token outlives its grant: %s", a.raw)
	}
}

func (c recognised) Authenticate(*http.Request, oidc.Form) (*idp.Client, *oidc.Error) {
	return c.client, nil
}
