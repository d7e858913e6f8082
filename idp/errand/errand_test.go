package errand_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/errand"
	"sekisho/idp/keys"
)

type box []idp.OutboxMessage

func (b *box) AddOutbox(_ context.Context, m []idp.OutboxMessage) error {
	*b = append(*b, m...)
	return nil
}

// RC-01: what waits is sealed to its own message, dies in time, and wakes the outbox once it
// is written.
func TestErrand(t *testing.T) {
	kek, err := keys.NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	vault, err := keys.OpenVault(kek)
	if err != nil {
		t.Fatal(err)
	}
	now, woken := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), 0
	var waiting box
	q := errand.Queue{Store: &waiting, Vault: vault, Now: func() time.Time { return now }, Committed: func() { woken++ }}
	for _, job := range []string{"one", "two"} {
		if err := q.Put(t.Context(), "kind", time.Minute, job); err != nil {
			t.Fatal(err)
		}
	}
	if woken != 2 || len(waiting) != 2 || waiting[0].Kind != "kind" || !waiting[0].ExpiresAt.Equal(now.Add(time.Minute)) || string(waiting[0].Payload) == `"one"` {
		t.Errorf("woken %d, waiting %+v", woken, waiting)
	}
	var got string
	if err := q.Open(waiting[1], &got); err != nil || got != "two" {
		t.Errorf("%q %v", got, err)
	}
	moved := waiting[0]
	moved.Payload = waiting[1].Payload
	if err := q.Open(moved, &got); err == nil {
		t.Error("an errand opens as another message's")
	}
	q.Store = broken{}
	if err := q.Put(t.Context(), "kind", time.Minute, "three"); !errors.Is(err, idp.ErrUnavailable) || woken != 2 {
		t.Errorf("%v, woken %d", err, woken)
	}
}

type broken struct{}

func (broken) AddOutbox(context.Context, []idp.OutboxMessage) error { return idp.ErrUnavailable }
