package clientauth

import (
	"sync"
	"sync/atomic"
	"testing"

	"sekisho/idp"
	"sekisho/storage/storagetest"
)

// CA-05: two nodes on one database accept an assertion once, also when both receive it at
// the same moment.
func TestAssertionOnTwoNodesOfOneDatabase(t *testing.T) {
	url := storagetest.SQLiteURL(t)
	one, other := storagetest.Open(t, url), storagetest.Open(t, url)
	if err := one.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	g, h := newRig(t), newRig(t)
	g.Replay, h.Replay = one, other
	for range 10 {
		assertion := g.assertion(t, "ES256", g.claims("fapi"))
		var ok atomic.Int32
		var wg sync.WaitGroup
		for _, node := range []*rig{g, h, g, h} {
			wg.Go(func() {
				if _, e := node.try(assertionForm(assertion), nil, "192.0.2.1"); e == nil {
					ok.Add(1)
				}
			})
		}
		wg.Wait()
		if ok.Load() != 1 {
			t.Fatalf("%d nodes accepted it", ok.Load())
		}
	}
}

// A change of a client is seen by another node's directory at its next poll.
func TestDirectoryOnTheDatabase(t *testing.T) {
	store := storagetest.SQLite(t)
	c := &idp.Client{ID: "web", Metadata: idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthNone}}
	if err := store.CreateClient(t.Context(), c, idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	d, err := OpenDirectory(t.Context(), DirectoryOptions{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	held, err := d.Client(t.Context(), "web")
	if err != nil || held.Disabled {
		t.Fatalf("%+v, %v", held, err)
	}
	changed := *held
	changed.Disabled = true
	if err := store.UpdateClient(t.Context(), &changed, idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	if err := d.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if held, err = d.Client(t.Context(), "web"); err != nil || !held.Disabled {
		t.Fatalf("%+v, %v", held, err)
	}
	if err := store.DeleteClient(t.Context(), "web", idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	if err := d.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if held, err = d.Client(t.Context(), "web"); err == nil {
		t.Fatalf("%+v", held)
	}
}
