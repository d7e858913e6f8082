package token

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
)

func TestRefreshRotation(t *testing.T) {
	g := newRig(t)
	for _, client := range []string{"web", "app"} {
		t.Run("RT-02 rotation and replay of "+client, func(t *testing.T) {
			first := g.redeem(t, client, nil)
			second := g.refresh(t, client, first.text("refresh_token"))
			wantOK(t, second)
			if second.text("refresh_token") == first.text("refresh_token") || second.text("refresh_token") == "" {
				t.Fatal("not rotated")
			}
			g.clock.advance(11 * time.Second)
			third := g.refresh(t, client, second.text("refresh_token"))
			wantOK(t, third)
			wantError(t, g.refresh(t, client, first.text("refresh_token")), 400, "invalid_grant")
			for name, a := range map[string]answer{"newest": third, "second": second} {
				if got := g.refresh(t, client, a.text("refresh_token")); got.status == 200 {
					t.Errorf("the %s refresh token survived the replay", name)
				}
				if g.active(t, "api", a.text("access_token")) {
					t.Errorf("the %s access token survived the replay", name)
				}
			}
			if !g.trail.has(audit.RefreshReused) {
				t.Fatal("no security event")
			}
		})
	}
}

func TestRefreshGrace(t *testing.T) {
	g := newRig(t)
	first := g.redeem(t, "app", nil).text("refresh_token")
	second := g.refresh(t, "app", first)
	wantOK(t, second)
	t.Run("RT-04 a retry within the grace window gets the same successor", func(t *testing.T) {
		g.clock.advance(10*time.Second - time.Microsecond)
		again := g.refresh(t, "app", first)
		wantOK(t, again)
		if again.text("refresh_token") != second.text("refresh_token") || again.text("access_token") == second.text("access_token") {
			t.Fatalf("answer %s", again.raw)
		}
	})
	t.Run("RT-04 after it the family is revoked", func(t *testing.T) {
		g.clock.advance(time.Microsecond)
		wantError(t, g.refresh(t, "app", first), 400, "invalid_grant")
		wantError(t, g.refresh(t, "app", second.text("refresh_token")), 400, "invalid_grant")
	})
	t.Run("RT-04 the window is at most 10 s whatever is configured", func(t *testing.T) {
		if got := (Lifetimes{Grace: time.Hour}).Defaults().Grace; got != 10*time.Second {
			t.Fatalf("%v", got)
		}
	})
	t.Run("RT-04 twenty at once make one head", func(t *testing.T) {
		token := g.redeem(t, "app", nil).text("refresh_token")
		var mu sync.Mutex
		heads := map[string]bool{}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				w := httptest.NewRecorder()
				g.mux.ServeHTTP(w, g.request("/token", "app", formOf("grant_type", "refresh_token", "refresh_token", token)))
				mu.Lock()
				defer mu.Unlock()
				if w.Code == http.StatusOK {
					heads[refreshTokenIn(w.Body.Bytes())] = true
				}
			})
		}
		wg.Wait()
		if len(heads) != 1 {
			t.Fatalf("%d heads", len(heads))
		}
	})
}

func TestSuccessorOpensWithThePresentedTokenOnly(t *testing.T) {
	presented, successor := idp.NewSecret(), idp.NewSecret()
	sealed, err := sealSuccessor(presented, successor)
	must(t, err)
	if got, err := openSuccessor(presented, sealed); err != nil || got != successor {
		t.Fatalf("%q, %v", got, err)
	}
	if bytes.Contains(sealed, []byte(successor)) {
		t.Fatal("the successor is readable")
	}
	if _, err := openSuccessor(idp.NewSecret(), sealed); err == nil {
		t.Fatal("another token opened it")
	}
	for i := range sealed {
		if _, err := openSuccessor(presented, sealed[:i]); err == nil {
			t.Fatal("a part of it opened")
		}
	}
}

func TestRefreshWithoutRotation(t *testing.T) {
	g := newRig(t)
	token := g.redeem(t, "legacy", nil).text("refresh_token")
	t.Run("RT-03 a confidential client's token stays the same", func(t *testing.T) {
		if !rotates(&idp.Client{Metadata: idp.ClientMetadata{ClientProfile: idp.ProfileOAuth21}}) ||
			rotates(&idp.Client{Metadata: idp.ClientMetadata{ClientProfile: idp.ProfileFAPI2, TokenEndpointAuthMethod: idp.AuthPrivateKeyJWT}}) {
			t.Fatal("the rule is wrong for oauth21 or fapi2")
		}
		for range 3 {
			g.clock.advance(time.Minute)
			a := g.refresh(t, "legacy", token)
			wantOK(t, a)
			if a.text("refresh_token") != token {
				t.Fatalf("answer %s", a.raw)
			}
		}
	})
	t.Run("RT-08 use moves the idle end", func(t *testing.T) {
		g.clock.advance(23 * time.Hour)
		wantOK(t, g.refresh(t, "legacy", token))
		g.clock.advance(23 * time.Hour)
		wantOK(t, g.refresh(t, "legacy", token))
	})
	t.Run("RT-08 the grant's end is absolute", func(t *testing.T) {
		g.clock.advance(2*time.Hour - 3*time.Minute - time.Second)
		wantOK(t, g.refresh(t, "legacy", token))
		g.clock.advance(time.Second)
		wantError(t, g.refresh(t, "legacy", token), 400, "invalid_grant")
	})
	t.Run("RT-03 a token that rotated before the client changed gets its grace", func(t *testing.T) {
		g := newRig(t)
		first := g.redeem(t, "web", nil).text("refresh_token")
		second := g.refresh(t, "web", first).text("refresh_token")
		g.change(t, "web", func(c *idp.Client) { c.Metadata.ClientProfile = idp.ProfileOIDC })
		if a := g.refresh(t, "web", first); a.text("refresh_token") != second {
			t.Fatalf("answer %s", a.raw)
		}
		g.clock.advance(10 * time.Second)
		wantError(t, g.refresh(t, "web", first), 400, "invalid_grant")
		wantError(t, g.refresh(t, "web", second), 400, "invalid_grant")
	})
}

func TestRefreshExpiry(t *testing.T) {
	g := newRig(t)
	t.Run("RT-08 idle", func(t *testing.T) {
		token := g.redeem(t, "web", nil).text("refresh_token")
		g.clock.advance(24 * time.Hour)
		wantError(t, g.refresh(t, "web", token), 400, "invalid_grant")
	})
	t.Run("RT-08 sliding cannot pass the absolute end", func(t *testing.T) {
		token := g.redeem(t, "web", func(i *idp.IssueCode) { i.Grant.ExpiresAt = i.At.Add(30 * time.Hour) }).text("refresh_token")
		g.clock.advance(20 * time.Hour)
		a := g.refresh(t, "web", token)
		wantOK(t, a)
		g.clock.advance(10 * time.Hour)
		wantError(t, g.refresh(t, "web", a.text("refresh_token")), 400, "invalid_grant")
	})
}

func TestRefreshBinding(t *testing.T) {
	g := newRig(t)
	t.Run("RT-01 another client", func(t *testing.T) {
		token := g.redeem(t, "web", nil).text("refresh_token")
		wantError(t, g.refresh(t, "web-b", token), 400, "invalid_grant")
		wantError(t, g.refresh(t, "app", token), 400, "invalid_grant")
		wantOK(t, g.refresh(t, "web", token))
	})
	t.Run("RT-01 without the client's authentication", func(t *testing.T) {
		token := g.redeem(t, "web", nil).text("refresh_token")
		a := g.post(t, "/token", "", formOf("grant_type", "refresh_token", "refresh_token", token, "client_id", "web"))
		wantError(t, a, 401, "invalid_client")
	})
	t.Run("no token, an unknown token, an access token", func(t *testing.T) {
		wantError(t, g.refresh(t, "web", ""), 400, "invalid_request")
		wantError(t, g.refresh(t, "web", idp.NewSecret()), 400, "invalid_grant")
		wantError(t, g.refresh(t, "web", g.redeem(t, "web", nil).text("access_token")), 400, "invalid_grant")
	})
}

func TestRefreshNarrowing(t *testing.T) {
	g := newRig(t)
	token := g.redeem(t, "legacy", func(i *idp.IssueCode) { i.Grant.Resources = []string{api, docs} }).text("refresh_token")
	t.Run("RT-06 narrower", func(t *testing.T) {
		a := g.refresh(t, "legacy", token, "scope", "trade", "resource", docs)
		wantOK(t, a)
		_, at := decode(t, a.text("access_token"))
		if a.text("scope") != "trade" || at["scope"] != "trade" || !slices.Equal(at["aud"].([]any), []any{docs}) || a.text("id_token") != "" {
			t.Fatalf("TK-18 answer %s, claims %v", a.raw, at)
		}
	})
	t.Run("RT-06 the next may return to the whole", func(t *testing.T) {
		a := g.refresh(t, "legacy", token)
		wantOK(t, a)
		_, at := decode(t, a.text("access_token"))
		if a.text("scope") != "openid profile trade offline_access" || !slices.Equal(at["aud"].([]any), []any{api, docs, issuer}) {
			t.Fatalf("answer %s, claims %v", a.raw, at)
		}
	})
	t.Run("RT-06 never wider", func(t *testing.T) {
		wantError(t, g.refresh(t, "legacy", token, "scope", "trade read"), 400, "invalid_scope")
		wantError(t, g.refresh(t, "legacy", token, "resource", "https://elsewhere.example"), 400, "invalid_target")
	})
	t.Run("RT-06 never wider on a retry either, and the token stays good", func(t *testing.T) {
		first := g.redeem(t, "web", nil).text("refresh_token")
		wantError(t, g.refresh(t, "web", first, "scope", "read"), 400, "invalid_scope")
		wantOK(t, g.refresh(t, "web", first))
		wantError(t, g.refresh(t, "web", first, "scope", "read"), 400, "invalid_scope")
		wantOK(t, g.refresh(t, "web", first))
	})
}

func TestRefreshKeepsTheAssurance(t *testing.T) {
	g := newRig(t)
	first := g.redeem(t, "web", nil)
	g.clock.advance(time.Hour)
	second := g.refresh(t, "web", first.text("refresh_token"))
	wantOK(t, second)
	for _, kind := range []string{"id_token", "access_token"} {
		t.Run("RT-07 "+kind, func(t *testing.T) {
			_, was := decode(t, first.text(kind))
			_, is := decode(t, second.text(kind))
			for _, name := range []string{"iss", "sub", "auth_time", "acr", "sekisho_level", "sid"} {
				if is[name] != was[name] {
					t.Errorf("%s was %v, is %v", name, was[name], is[name])
				}
			}
			if !slices.Equal(is["aud"].([]any), was["aud"].([]any)) || !slices.Equal(is["amr"].([]any), was["amr"].([]any)) {
				t.Errorf("was %v, is %v", was, is)
			}
			if is["nonce"] != nil || is["iat"].(float64) != was["iat"].(float64)+3600 {
				t.Errorf("is %v", is)
			}
		})
	}
}

// RT-09: events that end a grant or its session end its refresh tokens.
func TestRefreshOfWhatHasEnded(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *rig, authorized) error{
		"RT-09 account locked": func(t *testing.T, g *rig, _ authorized) error {
			return g.store.SetAccountStatus(t.Context(), g.account.ID, idp.AccountLocked, idp.Effects{})
		},
		"RT-09 password changed": func(t *testing.T, g *rig, a authorized) error {
			return g.store.SetPassword(t.Context(), idp.Password{AccountID: g.account.ID, Kind: idp.LoginPassword, Hash: "$argon2id$x", ChangedAt: g.clock.now()}, "", idp.Effects{})
		},
		"RT-09 consent withdrawn": func(t *testing.T, g *rig, a authorized) error {
			return g.store.RevokeConsent(t.Context(), g.account.ID, a.client, g.clock.now(), idp.Effects{})
		},
		"RT-09 grant revoked": func(t *testing.T, g *rig, a authorized) error {
			return g.store.RevokeGrant(t.Context(), a.grant.ID, a.client, g.clock.now(), idp.Effects{})
		},
		"RT-09 logout": func(t *testing.T, g *rig, _ authorized) error {
			return g.store.EndSession(t.Context(), g.account.ID, g.session.ID, "logout", g.clock.now(), idp.Effects{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			auth := g.authorize(t, "web", func(i *idp.IssueCode) { i.Grant.Offline = name != "RT-09 logout" })
			tokens := g.post(t, "/token", "web", auth.form())
			wantOK(t, tokens)
			must(t, end(t, g, auth))
			wantError(t, g.refresh(t, "web", tokens.text("refresh_token")), 400, "invalid_grant")
			if g.active(t, "api", tokens.text("access_token")) {
				t.Fatal("the access token is still active")
			}
			wantError(t, g.userinfo(t, tokens.text("access_token")), 401, "invalid_token")
		})
	}
}
