package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"sekisho/idp"
	"sekisho/idp/audit"
)

// sink is a table that can be out of order.
type sink struct {
	mu      sync.Mutex
	down    error
	records []idp.AuditRecord
	batches []int
}

func (s *sink) AppendAudit(_ context.Context, records []idp.AuditRecord) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return s.down
	}
	s.records = append(s.records, records...)
	s.batches = append(s.batches, len(records))
	return nil
}

func (s *sink) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

func (s *sink) got() []idp.AuditRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]idp.AuditRecord(nil), s.records...)
}

func recorder(t *testing.T, o audit.Options) *audit.Recorder {
	t.Helper()
	r, err := audit.NewRecorder(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// LG-02: what a record carries without the caller naming it.
func TestLG02RecordsCarryTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{}
		var lines bytes.Buffer
		r := recorder(t, audit.Options{Store: s, Stream: slog.New(slog.NewJSONHandler(&lines, nil))})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		request := audit.WithRequest(ctx, audit.Request{ID: "req-1", IP: "::ffff:192.0.2.7", UserAgent: "Firefox"})
		r.Record(request, idp.AuditRecord{
			Event: audit.SignInFailed, Result: audit.Denied, Reason: "wrong_password", Actor: audit.Customer, AccountID: "a1", ClientID: "c1",
			Detail: map[string]string{"method": "password"},
		})
		time.Sleep(250 * time.Millisecond)
		got := s.got()
		if len(got) != 1 {
			t.Fatalf("%d records after 250 ms of the clock", len(got))
		}
		rec := got[0]
		if rec.RequestID != "req-1" || rec.IP != "192.0.2.7" || rec.UserAgent != "Firefox" || rec.At.IsZero() || rec.At.Location() != time.UTC {
			t.Errorf("record %+v", rec)
		}
		var line map[string]any
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("stream line is not JSON: %v", err)
		}
		for k, want := range map[string]string{"msg": "signin.failed", "reason": "wrong_password", "request": "req-1", "account": "a1"} {
			if line[k] != want {
				t.Errorf("stream %s = %v, want %s", k, line[k], want)
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// LG-03
func TestLG03NoValueForgesALine(t *testing.T) {
	attack := "root\r\n{\"msg\":\"signin.succeeded\"}\x1b[2J\x00\u2028\u202e\xff end"
	var lines bytes.Buffer
	r := recorder(t, audit.Options{Store: &sink{}, Stream: slog.New(slog.NewTextHandler(&lines, nil))})
	ctx := audit.WithRequest(t.Context(), audit.Request{ID: attack, UserAgent: attack + strings.Repeat("x", 1<<20)})
	rec := idp.AuditRecord{
		Event: audit.ClientAuthFailed, Reason: attack, Actor: attack, AccountID: attack, ClientID: attack, SessionID: attack,
		IP: "192.0.2.7\r\nforged", Detail: map[string]string{attack: attack},
	}
	r.Record(ctx, rec)
	if n := strings.Count(lines.String(), "\n"); n != 1 {
		t.Errorf("one record made %d lines", n)
	}
	filled := r.Fill(ctx, rec)
	values := []string{filled.Reason, filled.Actor, filled.AccountID, filled.ClientID, filled.SessionID, filled.RequestID, filled.UserAgent, filled.IP}
	for k, v := range filled.Detail {
		values = append(values, k, v)
	}
	for _, v := range append(values, lines.String()[:lines.Len()-1]) {
		if strings.ContainsAny(v, "\r\n\x1b\x00\u2028\u202e") || !utf8.ValidString(v) {
			t.Errorf("raw control character or broken text in %q", v)
		}
	}
	if !strings.Contains(filled.ClientID, `\u000d\u000a`) {
		t.Errorf("the attempt itself is not visible: %q", filled.ClientID)
	}
	if n := utf8.RuneCountInString(audit.Clean(strings.Repeat("葉", 5000), 256)); n != 257 {
		t.Errorf("an over-long value kept %d characters", n)
	}
	if filled.IP != "" {
		t.Errorf("IP %q is not an address", filled.IP)
	}
}

// LG-05: the rule of the package doc, step by step.
func TestLG05SinkDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{down: fmt.Errorf("gone: %w", idp.ErrUnavailable)}
		var stream bytes.Buffer
		r := recorder(t, audit.Options{
			Store: s, Stream: slog.New(slog.NewJSONHandler(&stream, nil)), Queue: 10, Batch: 5,
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		record := func(i int) {
			r.Record(ctx, idp.AuditRecord{Event: audit.SignInFailed, Result: audit.Denied, Reason: fmt.Sprint("n", i)})
		}
		for i := range 3 {
			record(i)
		}
		time.Sleep(time.Second)
		if err := r.Err(); err != nil {
			t.Errorf("a short outage refuses nobody, got %v", err)
		}
		time.Sleep(6 * time.Second)
		if err := r.Err(); !errors.Is(err, audit.ErrSinkDown) || !errors.Is(err, idp.ErrUnavailable) {
			t.Errorf("after FailAfter: %v", err)
		}
		// Batch 5 + queue 10 hold 15; the rest block and are lost to the table.
		before := time.Now()
		for i := 3; i < 18; i++ {
			record(i)
		}
		if waited := time.Since(before); waited != 3*100*time.Millisecond {
			t.Errorf("recording into a full queue held its callers for %v", waited)
		}
		if r.Healthy() {
			t.Error("healthy with records lost")
		}
		if n := strings.Count(stream.String(), `"msg":"signin.failed"`); n != 18 {
			t.Errorf("the stream has %d of 18", n)
		}
		s.set(nil)
		time.Sleep(2 * time.Second)
		if err := r.Err(); err != nil {
			t.Errorf("did not heal: %v", err)
		}
		var kept, gap int
		for _, rec := range s.got() {
			switch rec.Event {
			case audit.SignInFailed:
				if rec.Reason != fmt.Sprint("n", kept) {
					t.Errorf("record %d is %s: order lost", kept, rec.Reason)
				}
				kept++
			case audit.AuditGap:
				gap++
				if rec.Detail["records"] != "3" {
					t.Errorf("gap says %v", rec.Detail)
				}
			}
		}
		if kept != 15 || gap != 1 {
			t.Errorf("%d records and %d gap records in the table, want 15 and 1", kept, gap)
		}
		stop()
		<-done
	})
}

func TestStopAndFlushWriteEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{}
		r := recorder(t, audit.Options{Store: s, Every: time.Hour, Batch: 100})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		for range 250 {
			r.Record(ctx, idp.AuditRecord{Event: audit.TokenIssued, Result: audit.OK})
		}
		if err := r.Flush(ctx); err != nil || len(s.got()) != 250 {
			t.Fatalf("flush wrote %d, %v", len(s.got()), err)
		}
		for _, n := range s.batches {
			if n > 100 {
				t.Errorf("a batch of %d", n)
			}
		}
		for range 7 {
			r.Record(ctx, idp.AuditRecord{Event: audit.TokenIssued, Result: audit.OK})
		}
		stop()
		if err := <-done; err != nil || len(s.got()) != 257 {
			t.Errorf("stop left %d of 257 written, %v", len(s.got()), err)
		}
	})
}

// LG-07: how much of a browser is kept is the firm's choice.
func TestLG07Privacy(t *testing.T) {
	for name, c := range map[string]struct {
		privacy audit.Privacy
		ip      string
		wantIP  string
		wantUA  string
	}{
		"full":       {audit.Privacy{}, "192.0.2.77", "192.0.2.77", "Firefox"},
		"network v4": {audit.Privacy{IP: "network"}, "192.0.2.77", "192.0.2.0/24", "Firefox"},
		"network v6": {audit.Privacy{IP: "network"}, "2001:db8:1:2::3", "2001:db8:1::/48", "Firefox"},
		"none":       {audit.Privacy{IP: "none", DropBrowser: true}, "192.0.2.77", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := recorder(t, audit.Options{Store: &sink{}, Privacy: c.privacy})
			ctx := audit.WithRequest(t.Context(), audit.Request{IP: c.ip, UserAgent: "Firefox"})
			got := r.Fill(ctx, idp.AuditRecord{Event: audit.TokenIssued})
			if got.IP != c.wantIP || got.UserAgent != c.wantUA {
				t.Errorf("kept %q %q", got.IP, got.UserAgent)
			}
			if again := r.Fill(ctx, got); again.IP != c.wantIP {
				t.Errorf("filling twice changed the address to %q", again.IP)
			}
		})
	}
}
