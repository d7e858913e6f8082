package provider_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/storage"
)

// PR-06, PR-12: what was pushed at one node is worked off at another, once between them,
// and a client's allowance is one for both.
func TestPushedRequestsOnTwoNodes(t *testing.T) {
	onBothDatabases(t, pushedRequestsOnTwoNodes)
}

func pushedRequestsOnTwoNodes(t *testing.T, clock *idptest.Clock, store *storage.Store) {
	kek := idptest.KEK(t)
	node := func() *idptest.Provider {
		return idptest.New(t, idptest.Options{Store: store, Clock: clock, KEK: kek, Edit: func(c *config.Config) {
			idptest.BehindProxy(c)
			c.Tokens.Algorithms, c.Throttle.PushedRequests = []string{"ES256"}, config.Rate{Every: time.Minute, Burst: 3}
		}})
	}
	one, other := node(), node()
	rp := one.NewRelyingParty("app", func(m *idp.ClientMetadata) { m.IDTokenAlg = "ES256" })
	a := one.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	if err := other.Clients.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	push := func(p *idptest.Provider) idptest.Answer {
		form := idptest.AuthorizeQuery("app", idptest.Redirect)
		return p.PostForm("/par", form, "Host", "id.example", "Authorization", basicOf(rp))
	}
	pushed := push(one)
	if pushed.Status != http.StatusCreated {
		t.Fatalf("%d %s", pushed.Status, pushed.Body)
	}
	at := "/authorize?" + url.Values{"client_id": {"app"}, "request_uri": {pushed.String("request_uri")}}.Encode()
	clock.Advance(31 * time.Second)
	b := other.ViaProxy("203.0.113.7", "")
	b.Get(at)
	if b.PasswordSignIn(other, a).Response(t, idptest.Redirect).Get("code") == "" {
		t.Fatalf("no code: %s", b.Page.Left)
	}
	(&rig{Provider: one, t: t}).onPage(t, one.ViaProxy("203.0.113.7", "").Get(at))
	push(other)
	if a, b := push(one), push(other); a.Status != http.StatusCreated || b.Status != http.StatusTooManyRequests {
		t.Errorf("PR-12: the third got %d, the fourth %d", a.Status, b.Status)
	}
}
