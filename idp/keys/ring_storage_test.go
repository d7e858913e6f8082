package keys

import (
	"slices"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage/storagetest"
)

// DJ-04: two nodes on one database make one first key, rotate once, and switch at the
// same moment.
func TestTwoNodesOnOneDatabase(t *testing.T) {
	c := newClock()
	store := storagetest.SQLite(t, storagetest.Clock(c.now))
	v := newVault(t)
	nodes := make([]*Ring, 2)
	var wg sync.WaitGroup
	for i := range nodes {
		wg.Go(func() {
			r, err := OpenRing(t.Context(), RingOptions{Store: store, Vault: v, Algorithms: []string{ES256, EdDSA}, Now: c.now})
			if err != nil {
				t.Error(err)
			}
			nodes[i] = r
		})
	}
	wg.Wait()
	if t.Failed() || !slices.Equal(kids(t, nodes[0]), kids(t, nodes[1])) || len(kids(t, nodes[0])) != 2 {
		t.Fatal("the nodes do not publish the same two keys")
	}
	for i := range nodes {
		wg.Go(func() {
			if _, err := nodes[i].Rotate(t.Context(), ES256); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c.advance(time.Hour)
	for _, r := range nodes {
		mustRefresh(t, r)
	}
	_, one := signedBy(t, nodes[0], ES256)
	_, other := signedBy(t, nodes[1], ES256)
	if one != other {
		t.Fatal("the nodes sign with different keys")
	}
	stored, err := store.SigningKeys(t.Context())
	if err != nil || len(stored) != 3 {
		t.Fatalf("%d keys, %v", len(stored), err)
	}
	for _, k := range stored {
		if k.ID == one && k.State != idp.KeySigning {
			t.Fatalf("the signing key is %s", k.State)
		}
	}
}
