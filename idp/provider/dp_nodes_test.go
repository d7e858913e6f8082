package provider_test

import (
	"net/http"
	"net/url"
	"testing"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// DP-03, DP-05: two nodes on one database take a proof once between them, and each takes
// the nonce that the other gave.
func TestProofsOnTwoNodes(t *testing.T) {
	onBothDatabases(t, proofsOnTwoNodes)
}

// onBothDatabases runs a test with one database for two nodes, each kind in turn.
func onBothDatabases(t *testing.T, test func(t *testing.T, clock *idptest.Clock, store *storage.Store)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB, ...storagetest.Option) *storage.Store{"SQLite": storagetest.SQLite, "PostgreSQL": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			clock := idptest.NewClock()
			test(t, clock, open(t, storagetest.Clock(clock.Now)))
		})
	}
}

func proofsOnTwoNodes(t *testing.T, clock *idptest.Clock, store *storage.Store) {
	kek := idptest.KEK(t)
	node := func() *idptest.Provider {
		return idptest.New(t, idptest.Options{Store: store, Clock: clock, KEK: kek, Edit: func(c *config.Config) {
			idptest.BehindProxy(c)
			c.Tokens.Algorithms, c.Tokens.DPoPNonce = []string{"ES256"}, config.NonceAlways
		}})
	}
	one, other := node(), node()
	rp := one.NewRelyingParty("app", func(m *idp.ClientMetadata) { m.IDTokenAlg = "ES256" })
	if err := other.Clients.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	k := idptest.NewDPoPKey(t, clock.Now)
	ask := func(p *idptest.Provider, proof string) idptest.Answer {
		return p.PostForm("/token", url.Values{"grant_type": {"client_credentials"}}, "Host", "id.example", "Authorization", "Basic "+basicAuth(rp.ID, rp.Secret), "DPoP", proof)
	}
	const here = "https://id.example/token"
	k.Nonce = ask(one, k.Proof("POST", here, nil)).Header.Get("DPoP-Nonce")
	proof := k.Proof("POST", here, nil)
	if a := ask(other, proof); a.Status != http.StatusOK {
		t.Fatalf("DP-05: the other node's nonce: %d %s", a.Status, a.Body)
	}
	refusedAs(t, ask(one, proof), "invalid_dpop_proof")
	if a := ask(one, k.Proof("POST", here, nil)); a.Status != http.StatusOK {
		t.Errorf("a new proof: %d %s", a.Status, a.Body)
	}
}
