package audit_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// LG-02, LG-03: what the recorder cleaned is what both databases hold; a NUL or broken
// UTF-8 in one record does not take its batch down with it.
func TestLG02RecordsReachTheTable(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, store *storage.Store) {
		r := recorder(t, audit.Options{Store: store})
		ctx, stop := context.WithCancel(audit.WithRequest(t.Context(), audit.Request{ID: "req-1", IP: "192.0.2.7", UserAgent: "bad\x00\xff"}))
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		const n = 250
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				r.Record(ctx, idp.AuditRecord{
					Event: audit.ClientAuthFailed, Result: audit.Denied, Actor: audit.ClientApp, ClientID: "x\x00\r\n\xff",
					Detail: map[string]string{"n": fmt.Sprint(i)},
				})
			})
		}
		all.Wait()
		if err := r.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		got, err := store.AuditRecords(t.Context(), storage.AuditFilter{Event: audit.ClientAuthFailed, Limit: 1000})
		if err != nil || len(got) != n {
			t.Fatalf("%d of %d records in the table, %v", len(got), n, err)
		}
		seen := map[string]bool{}
		for _, rec := range got {
			seen[rec.Detail["n"]] = true
			if rec.ClientID != `x\u0000\u000d\u000a`+"\ufffd" {
				t.Fatalf("client id %q", rec.ClientID)
			}
			if rec.RequestID != "req-1" || rec.IP != "192.0.2.7" || rec.At.IsZero() {
				t.Fatalf("record %+v", rec)
			}
		}
		if len(seen) != n {
			t.Errorf("%d different records, want %d", len(seen), n)
		}
	})
}

// LG-05: a real database that goes away and comes back under a running recorder.
func TestLG05DatabaseGoneAndBack(t *testing.T) {
	url := storagetest.SQLiteURL(t)
	store := storagetest.Open(t, url)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	swap := &swappable{}
	closed := storagetest.Open(t, url)
	closed.Close()
	swap.set(closed)
	r := recorder(t, audit.Options{Store: swap, FailAfter: time.Nanosecond})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	for range 5 {
		r.Record(ctx, idp.AuditRecord{Event: audit.SignInFailed, Result: audit.Denied})
	}
	if err := r.Flush(ctx); err == nil {
		t.Fatal("flushed into a closed database")
	}
	if r.Healthy() {
		t.Error("healthy without a database")
	}
	swap.set(store)
	if err := r.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Errorf("did not heal: %v", err)
	}
	stop()
	<-done
	got, err := store.AuditRecords(t.Context(), storage.AuditFilter{})
	if err != nil || len(got) != 5 {
		t.Errorf("%d of 5 records, %v", len(got), err)
	}
}

type swappable struct {
	mu sync.Mutex
	to audit.Store
}

func (s *swappable) set(to audit.Store) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = to
}

func (s *swappable) AppendAudit(ctx context.Context, records []idp.AuditRecord) error {
	s.mu.Lock()
	to := s.to
	s.mu.Unlock()
	return to.AppendAudit(ctx, records)
}

func TestSealingLoopSealsEverything(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, store *storage.Store) {
		mac := func(b []byte) []byte {
			h := hmac.New(sha256.New, []byte("a key of the test"))
			h.Write(b)
			return h.Sum(nil)
		}
		var records []idp.AuditRecord
		for i := range 25 {
			records = append(records, idp.AuditRecord{Event: audit.TokenIssued, Result: audit.OK, Reason: fmt.Sprint(i)})
		}
		if err := store.AppendAudit(t.Context(), records); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop() // the last round seals what is left, more than one batch of it
		if err := (audit.Sealing{Store: store, MAC: mac, Max: 10}).Run(ctx); err != nil {
			t.Fatal(err)
		}
		if n, err := store.SealAudit(t.Context(), mac, 100); err != nil || n != 0 {
			t.Errorf("%d records were left unsealed, %v", n, err)
		}
		verdict, err := store.VerifyAudit(t.Context(), mac)
		if err != nil || !verdict.OK() {
			t.Errorf("verdict %+v, %v", verdict, err)
		}
	})
}
