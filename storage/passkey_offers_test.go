package storage_test

import (
	"testing"
	"time"

	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// A passkey is offered once in a while, to one of many tabs, and never after a no.
func TestPasskeyIsOfferedOnce(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		ctx, a, now := t.Context(), createAccount(t, s), start()
		offered := func(at time.Time) int {
			got := make([]bool, contenders)
			for i, err := range race(func(i int) (err error) {
				got[i], err = s.OfferPasskey(ctx, a.ID, at, at.Add(-time.Hour))
				return err
			}) {
				if err != nil {
					t.Errorf("contender %d: %v", i, err)
				}
			}
			n := 0
			for _, yes := range got {
				if yes {
					n++
				}
			}
			return n
		}
		if n := offered(now); n != 1 {
			t.Errorf("offered %d times at first, want 1", n)
		}
		if n := offered(now.Add(59 * time.Minute)); n != 0 {
			t.Errorf("offered %d times within the hour", n)
		}
		if n := offered(now.Add(time.Hour)); n != 1 {
			t.Errorf("offered %d times after the hour, want 1", n)
		}
		for range 2 {
			must(t, s.DeclinePasskey(ctx, a.ID, now, effects("passkey.offer_declined")))
		}
		if n := rows(t, s, "audit_records", "event = 'passkey.offer_declined'"); n != 1 {
			t.Errorf("%d declines on record, want 1", n)
		}
		if n := offered(now.Add(48 * time.Hour)); n != 0 {
			t.Errorf("offered %d times after a no", n)
		}
		b := createAccount(t, s)
		must(t, s.DeclinePasskey(ctx, b.ID, now, effects("passkey.offer_declined")))
		if yes, err := s.OfferPasskey(ctx, b.ID, now.Add(time.Hour), now); yes || err != nil {
			t.Errorf("offered after a no that came first: %v %v", yes, err)
		}
		if yes, err := s.OfferPasskey(ctx, "nobody", now, now); yes || err != nil {
			t.Errorf("nobody is offered a passkey: %v %v", yes, err)
		}
	})
}
