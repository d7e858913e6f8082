package token

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	zoidc "github.com/zitadel/oidc/v3/pkg/oidc"

	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/idp/oidc"
)

// faulty is a database of which the grants cannot be read.
type faulty struct {
	GrantStore
	fault error
}

func (f *faulty) GrantState(ctx context.Context, id string, jtis ...string) (*idp.GrantState, bool, error) {
	if f.fault != nil {
		return nil, false, f.fault
	}
	return f.GrantStore.GrantState(ctx, id, jtis...)
}

// exchanging lets the rig's resource server api go on at docs, and docs at api.
func (g *rig) exchanging(t testing.TB) *faulty {
	t.Helper()
	store := &faulty{GrantStore: g.store}
	for _, id := range []string{"api", "docs"} {
		g.change(t, id, func(c *idp.Client) { c.Metadata.GrantTypes = []string{oidc.GrantTokenExchange} })
	}
	g.token.Exchange = &Exchange{
		Verifier: &Verifier{Keys: ring(), Issuer: issuer, Store: store, Clients: g.dir, Now: g.clock.now},
		Final:    func(string) bool { return false },
		Rules: []ExchangeRule{
			{Name: "there", Client: "api", From: []string{api}, To: []string{docs}, Scopes: []string{"trade", "openid", "offline_access"}},
			{Name: "back", Client: "docs", From: []string{docs}, To: []string{api}, Scopes: []string{"trade"}},
		},
	}
	return store
}

func (g *rig) exchange(t testing.TB, by, subject, resource string) answer {
	t.Helper()
	return g.post(t, "/token", by, formOf("grant_type", oidc.GrantTokenExchange, "subject_token", subject, "subject_token_type", string(zoidc.AccessTokenType), "resource", resource))
}

// Where a dependency does not answer nothing is exchanged.
func TestExchangeFailsClosed(t *testing.T) {
	g := newRig(t)
	store := g.exchanging(t)
	subject := g.redeem(t, "web", nil).text("access_token")
	for fault, code := range map[error]string{fmt.Errorf("reading: %w", idp.ErrUnavailable): "temporarily_unavailable", context.DeadlineExceeded: "server_error"} {
		store.fault = fault
		if a := g.exchange(t, "api", subject, docs); a.status < 500 || a.text("error") != code || a.text("access_token") != "" {
			t.Errorf("%v: %d %s", fault, a.status, a.raw)
		}
	}
	store.fault = nil
	a := g.exchange(t, "api", subject, docs)
	wantOK(t, a)
	if a.text("id_token") != "" || a.text("refresh_token") != "" || a.text("scope") != "trade" { // whatever a rule says
		t.Errorf("answer %s", a.raw)
	}
}

// A loop of rules ends at the third hand, and never lengthens what it began with.
func TestExchangeInALoop(t *testing.T) {
	g := newRig(t)
	g.exchanging(t)
	token := g.redeem(t, "web", nil).text("access_token")
	_, first := decode(t, token)
	for i, by := range []string{"api", "docs", "api"} {
		g.clock.advance(time.Second)
		a := g.exchange(t, by, token, map[string]string{"api": docs, "docs": api}[by])
		wantOK(t, a)
		token = a.text("access_token")
		if _, claims := decode(t, token); claims["exp"].(float64) > first["exp"].(float64) || len(claims["sekisho_from"].([]any)) != i+1 {
			t.Errorf("claims %v", claims)
		}
	}
	wantError(t, g.exchange(t, "docs", token, api), 400, "invalid_request")
}

// A chain of actors that no exchange makes is worth nothing, even well signed.
func TestActorsThatCannotBe(t *testing.T) {
	g := newRig(t)
	g.exchanging(t)
	a := g.authorize(t, "web", nil)
	wantOK(t, g.post(t, "/token", "web", a.form()))
	actor := func(names ...string) (chain *zoidc.ActorClaims) {
		for _, name := range names {
			chain = &zoidc.ActorClaims{Subject: name, Actor: chain}
		}
		return chain
	}
	mint := func(client string, chain *zoidc.ActorClaims) string {
		now := g.clock.now()
		token, err := ring().Sign(keys.ES256, keys.KindAccessToken, &AccessTokenClaims{GrantID: a.grant.ID, TokenClaims: zoidc.TokenClaims{
			Issuer: issuer, Subject: g.account.Subject, Audience: []string{docs}, ClientID: client, JWTID: idp.NewID(), Actor: chain,
			IssuedAt: zoidc.FromTime(now), Expiration: zoidc.FromTime(now.Add(time.Minute)),
		}})
		must(t, err)
		return token
	}
	if !g.active(t, "docs", mint("api", actor("client:api"))) || !g.active(t, "docs", mint("api", actor("client:docs", "client:api"))) {
		t.Fatal("a chain that can be is refused")
	}
	for name, token := range map[string]string{
		"nobody":                  mint("api", nil),
		"another client":          mint("api", actor("client:docs")),
		"the customer":            mint("api", actor(g.account.Subject)),
		"one without a name":      mint("api", actor("", "client:api")),
		"one that is not there":   mint("api", actor("client:gone", "client:api")),
		"one that may not":        mint("api", actor("client:web-b", "client:api")),
		"the customer's own app":  mint("web", actor("client:web")),
		"a public client":         mint("app", actor("client:app")),
		"more hands than allowed": mint("api", actor("client:api", "client:docs", "client:api", "client:api")),
	} {
		if g.active(t, "docs", token) {
			t.Errorf("%s acts", name)
		}
		if a := g.exchange(t, "docs", token, api); a.status != http.StatusBadRequest || a.text("error") != "invalid_request" {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
}
