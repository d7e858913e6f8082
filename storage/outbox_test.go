package storage_test

import (
	"reflect"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestOutbox(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		now := start()
		lease := func(t *testing.T, at time.Time) []idp.OutboxMessage {
			t.Helper()
			messages, err := s.LeaseOutbox(t.Context(), 100, at, time.Minute)
			must(t, err)
			return messages
		}
		t.Run("leased, failed, come back, delivered", func(t *testing.T) {
			message := idp.OutboxMessage{ID: idp.NewID(), Kind: "mail", AccountID: "a", Payload: []byte("sealed"), CreatedAt: now, NotBefore: now, ExpiresAt: now.Add(time.Hour)}
			must(t, s.AddOutbox(t.Context(), []idp.OutboxMessage{message}))
			wantErr(t, s.AddOutbox(t.Context(), []idp.OutboxMessage{message}), idp.ErrExists)
			if got := lease(t, now.Add(-time.Second)); len(got) != 0 {
				t.Errorf("leased before it is due: %+v", got)
			}
			got := lease(t, now)
			message.Attempts = 1
			if len(got) != 1 || !reflect.DeepEqual(got[0], message) {
				t.Fatalf("leased %+v, want %+v", got, message)
			}
			if got := lease(t, now.Add(59*time.Second)); len(got) != 0 {
				t.Errorf("leased twice: %+v", got)
			}
			must(t, s.OutboxFailed(t.Context(), message.ID, now.Add(10*time.Minute), "451"))
			if got := lease(t, now.Add(9*time.Minute)); len(got) != 0 {
				t.Errorf("leased before its next time: %+v", got)
			}
			got = lease(t, now.Add(10*time.Minute))
			if len(got) != 1 || got[0].Attempts != 2 || got[0].LastError != "451" {
				t.Fatalf("leased %+v", got)
			}
			if pending, oldest, err := s.OutboxStats(t.Context()); err != nil || pending != 1 || !oldest.Equal(now) {
				t.Errorf("%d pending since %v, %v", pending, oldest, err)
			}
			if got := lease(t, now.Add(30*time.Minute)); len(got) != 1 || got[0].Attempts != 3 {
				t.Errorf("not leased again after a worker died: %+v", got)
			}
			for range 2 {
				must(t, s.OutboxDelivered(t.Context(), message.ID))
			}
			if pending, oldest, err := s.OutboxStats(t.Context()); err != nil || pending != 0 || !oldest.IsZero() {
				t.Errorf("%d pending since %v, %v", pending, oldest, err)
			}
		})
		t.Run("what is pointless by now is not delivered but deleted", func(t *testing.T) {
			must(t, s.AddOutbox(t.Context(), []idp.OutboxMessage{{ID: idp.NewID(), Kind: "mail", NotBefore: now, ExpiresAt: now.Add(time.Minute)}}))
			if got := lease(t, now.Add(time.Minute)); len(got) != 0 {
				t.Errorf("leased %+v", got)
			}
			if n, err := s.DeleteExpired(t.Context(), now.Add(time.Minute), 10); err != nil || n != 1 {
				t.Errorf("%d deleted, %v", n, err)
			}
		})
		t.Run("IN-12 fifty workers lease every message once", func(t *testing.T) {
			var batch []idp.OutboxMessage
			for range 200 {
				batch = append(batch, idp.OutboxMessage{Kind: "mail", NotBefore: now})
			}
			must(t, s.AddOutbox(t.Context(), batch))
			var mu sync.Mutex
			seen := map[string]int{}
			tally(t, race(func(int) error {
				messages, err := s.LeaseOutbox(t.Context(), 7, now, time.Minute)
				mu.Lock()
				defer mu.Unlock()
				for _, message := range messages {
					seen[message.ID]++
				}
				return err
			}), contenders, nil)
			for _, message := range lease(t, now) { // what all of them skipped
				seen[message.ID]++
			}
			for id, times := range seen {
				if times != 1 {
					t.Errorf("%s was leased %d times", id, times)
				}
			}
			if len(seen) != len(batch) {
				t.Errorf("%d messages were leased, want %d", len(seen), len(batch))
			}
		})
	})
}
