package dpop_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// DP-03: fifty requests at once with one proof, on several nodes of either database: one
// gets through.
func TestProofOnSeveralNodes(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		k := keyOf(t, jose.ES256)
		proof := k.Proof("POST", endpoint, nil)
		var passed atomic.Int32
		var group sync.WaitGroup
		gate := make(chan struct{})
		for range 50 {
			v, _ := verifier()
			v.Replay = s
			group.Go(func() {
				<-gate
				if _, e := v.Key(post(proof)); e == nil {
					passed.Add(1)
				}
			})
		}
		close(gate)
		group.Wait()
		if passed.Load() != 1 {
			t.Errorf("DP-03: %d of 50 passed", passed.Load())
		}
	})
}
