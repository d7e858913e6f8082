package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"sekisho/idp"
)

// Store appends records, all or none of a batch; *storage.Store is one.
type Store interface {
	AppendAudit(ctx context.Context, records []idp.AuditRecord) error
}

// Options: Store is required; zero values of the rest are good.
type Options struct {
	Store   Store
	Stream  *slog.Logger // one line per queued record; separate from the application's log
	Logger  *slog.Logger // the recorder's own troubles
	Now     func() time.Time
	Privacy Privacy
	Queue   int           // records waiting; default 4096
	Batch   int           // default 100
	Every   time.Duration // longest wait before a flush; default 200 ms
	Block   time.Duration // how long Record waits for room; default 100 ms
	// FailAfter is how long flushing may fail before Err says so; default 5 s. A restart
	// of the database shorter than that refuses nobody.
	FailAfter time.Duration
	// Lost, when set, is told of every record that reached the log stream only.
	Lost func(n int)
}

// ErrSinkDown is what Err wraps; it is an idp.ErrUnavailable.
var ErrSinkDown = fmt.Errorf("audit: records cannot be written: %w", idp.ErrUnavailable)

// Recorder queues and writes audit records. Start it with Run.
type Recorder struct {
	opt   Options
	queue chan idp.AuditRecord
	flush chan chan error
	lost  atomic.Int64 // not in the table since the last successful write

	mu      sync.Mutex
	failing time.Time // since when writing fails; zero: it does not
	cause   error
}

// NewRecorder completes the options.
func NewRecorder(o Options) (*Recorder, error) {
	if o.Store == nil {
		return nil, errors.New("audit: a store is required")
	}
	if o.Stream == nil {
		o.Stream = slog.New(slog.DiscardHandler)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Queue <= 0 {
		o.Queue = 4096
	}
	if o.Batch <= 0 {
		o.Batch = 100
	}
	if o.Every <= 0 {
		o.Every = 200 * time.Millisecond
	}
	if o.Block <= 0 {
		o.Block = 100 * time.Millisecond
	}
	if o.FailAfter <= 0 {
		o.FailAfter = 5 * time.Second
	}
	return &Recorder{opt: o, queue: make(chan idp.AuditRecord, o.Queue), flush: make(chan chan error)}, nil
}

// Fill completes rec with the request the context carries and the time, and cleans every
// value. Use it for records that travel in idp.Effects; Record calls it by itself.
func (r *Recorder) Fill(ctx context.Context, rec idp.AuditRecord) idp.AuditRecord {
	return fill(ctx, rec, r.opt.Now(), r.opt.Privacy)
}

// Record writes one line to the log stream at once and queues the record for the table.
// It waits at most Block when the queue is full and never fails the caller: the caller's
// refusal stands whether or not it could be recorded. See Err for what happens then.
func (r *Recorder) Record(ctx context.Context, rec idp.AuditRecord) {
	rec = r.Fill(ctx, rec)
	r.line(ctx, rec)
	select {
	case r.queue <- rec:
		return
	default:
	}
	wait := time.NewTimer(r.opt.Block)
	defer wait.Stop()
	// A customer who went away does not shorten the wait: hanging up must not unrecord.
	select {
	case r.queue <- rec:
	case <-wait.C:
		r.lost.Add(1)
		if r.opt.Lost != nil {
			r.opt.Lost(1)
		}
	}
}

// Err is nil while records reach the table. Otherwise it wraps ErrSinkDown and the edge
// answers security-critical requests with 503 (LG-05). It heals by itself.
func (r *Recorder) Err() error {
	if n := r.lost.Load(); n > 0 {
		return fmt.Errorf("%w: %d not in the table", ErrSinkDown, n)
	}
	if len(r.queue) == cap(r.queue) {
		return fmt.Errorf("%w: the queue is full", ErrSinkDown)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.failing.IsZero() && r.opt.Now().Sub(r.failing) >= r.opt.FailAfter {
		return fmt.Errorf("%w: %w", ErrSinkDown, r.cause)
	}
	return nil
}

// Healthy is Err as a readiness check.
func (r *Recorder) Healthy() bool { return r.Err() == nil }

// Flush writes what was queued before the call. It fails when Run has ended or the
// database refuses; the records then stay queued.
func (r *Recorder) Flush(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case r.flush <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *Recorder) line(ctx context.Context, rec idp.AuditRecord) {
	level := slog.LevelInfo
	if !Known(rec.Event) {
		level = slog.LevelError // a programming error, made visible without losing the record
	}
	r.opt.Stream.LogAttrs(ctx, level, rec.Event, attributes(rec)...)
}

func attributes(rec idp.AuditRecord) []slog.Attr {
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs, slog.Time("at", rec.At))
	for _, f := range [...]struct{ name, value string }{
		{"result", rec.Result}, {"reason", rec.Reason}, {"actor", rec.Actor}, {"account", rec.AccountID},
		{"client", rec.ClientID}, {"session", rec.SessionID}, {"request", rec.RequestID}, {"ip", rec.IP}, {"ua", rec.UserAgent},
	} {
		if f.value != "" {
			attrs = append(attrs, slog.String(f.name, f.value))
		}
	}
	if len(rec.Detail) > 0 {
		detail := make([]any, 0, len(rec.Detail))
		for k, v := range rec.Detail {
			detail = append(detail, slog.String(k, v))
		}
		attrs = append(attrs, slog.Group("detail", detail...))
	}
	return attrs
}

// gap is the record that tells the table what it does not hold.
func (r *Recorder) gap(n int64) idp.AuditRecord {
	return r.Fill(context.Background(), idp.AuditRecord{
		Event: AuditGap, Result: Failed, Actor: System, Reason: "sink_down",
		Detail: map[string]string{"records": strconv.FormatInt(n, 10)},
	})
}
