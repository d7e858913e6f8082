package audit

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"sekisho/idp"
)

// CutStore deletes the oldest sealed records, as many as one seal covers, if all of them
// are older than before, and so that what is left can still be verified. It returns how
// many went, and refuses when they were changed; *storage.Store is one.
type CutStore interface {
	CutAudit(ctx context.Context, before time.Time, mac func([]byte) []byte, verify func(message, mac []byte) bool) (records int, err error)
}

// Retention is the loop that ends the life of records the firm no longer has to keep.
type Retention struct {
	Store  CutStore
	Keep   time.Duration // 0: for ever
	MAC    func([]byte) []byte
	Verify func(message, mac []byte) bool
	Record func(context.Context, idp.AuditRecord)
	Every  time.Duration // default 1 h
	Now    func() time.Time
	Logger *slog.Logger
}

// Run deletes at once and then every so often, until ctx ends.
func (r Retention) Run(ctx context.Context) error {
	if r.Keep <= 0 {
		return nil
	}
	if r.Every <= 0 {
		r.Every = time.Hour
	}
	tick := time.NewTicker(r.Every)
	defer tick.Stop()
	for {
		if err := r.expire(ctx); err != nil && ctx.Err() == nil {
			r.Logger.LogAttrs(ctx, slog.LevelError, "audit records past their retention not deleted", slog.String("error", err.Error()))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// expire deletes all that is over and says so in the trail, also when it stops in between.
func (r Retention) expire(ctx context.Context) error {
	before, total := r.Now().UTC().Add(-r.Keep), 0
	defer func() {
		if total > 0 {
			r.Record(ctx, idp.AuditRecord{
				Event: AuditExpired, Result: OK, Actor: System,
				Detail: map[string]string{"records": strconv.Itoa(total), "before": before.Format(time.RFC3339)},
			})
		}
	}()
	for {
		n, err := r.Store.CutAudit(ctx, before, r.MAC, r.Verify)
		total += n
		if err != nil || n == 0 {
			return err
		}
	}
}
