package audit

import (
	"context"
	"log/slog"
	"time"

	"sekisho/idp"
)

// Run writes batches until ctx ends, then writes what is left, giving the database five
// more seconds. One Run per Recorder.
func (r *Recorder) Run(ctx context.Context) error {
	w := writer{r: r, ctx: context.WithoutCancel(ctx)}
	tick := time.NewTicker(r.opt.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return w.finish()
		case rec := <-w.room():
			w.batch = append(w.batch, rec)
			if len(w.batch) >= r.opt.Batch {
				w.write()
			}
		case <-tick.C:
			w.write()
		case done := <-r.flush:
			done <- w.drain(w.ctx)
		}
	}
}

// writer is the state of one Run.
type writer struct {
	r     *Recorder
	ctx   context.Context
	batch []idp.AuditRecord
}

// room is the queue while the batch has space; a batch that could not be written stops
// taking records, so that the queue fills and Record begins to push back.
func (w *writer) room() <-chan idp.AuditRecord {
	if len(w.batch) >= w.r.opt.Batch {
		return nil
	}
	return w.r.queue
}

func (w *writer) write() error { return w.writeWithin(w.ctx) }

func (w *writer) writeWithin(ctx context.Context) error {
	r := w.r
	lost := r.lost.Load()
	if len(w.batch) == 0 && lost == 0 {
		return nil
	}
	out := w.batch
	if lost > 0 {
		out = append(out[:len(out):len(out)], r.gap(lost))
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := r.opt.Store.AppendAudit(ctx, out); err != nil {
		r.failed(w.ctx, err)
		return err
	}
	w.batch = w.batch[:0]
	r.lost.Add(-lost)
	r.succeeded(w.ctx)
	return nil
}

// drain writes everything queued at this moment.
func (w *writer) drain(ctx context.Context) error {
	for {
		for len(w.batch) < w.r.opt.Batch {
			select {
			case rec := <-w.r.queue:
				w.batch = append(w.batch, rec)
				continue
			default:
			}
			break
		}
		if len(w.batch) == 0 && w.r.lost.Load() == 0 {
			return nil
		}
		if err := w.writeWithin(ctx); err != nil {
			return err
		}
	}
}

func (w *writer) finish() error {
	ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
	defer cancel()
	err := w.drain(ctx)
	if err != nil {
		w.r.opt.Logger.LogAttrs(w.ctx, slog.LevelError, "audit records left in the log stream only at stop",
			slog.Int("records", len(w.batch)+len(w.r.queue)), slog.String("error", err.Error()))
	}
	return err
}

func (r *Recorder) failed(ctx context.Context, err error) {
	r.mu.Lock()
	first := r.failing.IsZero()
	if first {
		r.failing = r.opt.Now()
	}
	r.cause = err
	r.mu.Unlock()
	if first {
		r.opt.Logger.LogAttrs(ctx, slog.LevelError, "audit table not writable, records are queued", slog.String("error", err.Error()))
	}
}

func (r *Recorder) succeeded(ctx context.Context) {
	r.mu.Lock()
	since := r.failing
	r.failing, r.cause = time.Time{}, nil
	r.mu.Unlock()
	if !since.IsZero() {
		r.opt.Logger.LogAttrs(ctx, slog.LevelInfo, "audit table writable again", slog.Time("since", since))
	}
}
