package notify

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"sekisho/idp"
)

// Store is the outbox; *storage.Store is one. A lease hides a message from every other
// worker until it has run out, and no two leases overlap.
type Store interface {
	LeaseOutbox(ctx context.Context, n int, now time.Time, lease time.Duration) ([]idp.OutboxMessage, error)
	OutboxDelivered(ctx context.Context, id string) error
	OutboxFailed(ctx context.Context, id string, next time.Time, lastError string) error
	OutboxStats(ctx context.Context) (pending int, oldest time.Time, err error)
}

// Sender transmits one mail. A nil error means the next system has taken responsibility.
type Sender interface {
	Send(ctx context.Context, m Mail) error
}

// Metrics are optional hooks; nil ones are not called. They must not block.
type Metrics struct {
	Delivered func(k Kind, waited time.Duration)
	Failed    func(class string)
	Expired   func(kind string)                       // given up: its time passed while it was leased; the store drops the others
	Backlog   func(pending int, oldest time.Duration) // after every idle poll
}

// WorkerOptions: Store, Vault and Sender are required; zero values of the rest are good.
type WorkerOptions struct {
	Store   Store
	Vault   Vault
	Sender  Sender
	Logger  *slog.Logger
	Now     func() time.Time
	Metrics Metrics
	// Errands do what messages of other kinds than mail ask for, at least once each; an
	// error puts the message back as it does for a mail.
	Errands map[string]func(ctx context.Context, m idp.OutboxMessage) error
	Batch   int           // mails in flight at once per node; default 8
	Lease   time.Duration // must exceed the sender's timeout; default 1 min
	Poll    time.Duration // how often an idle worker looks by itself; default 2 s
	Base    time.Duration // first retry after Base/2..Base, doubling; default 2 s
	Max     time.Duration // longest retry; default 5 min
	Refused time.Duration // retry when the server refused the recipient; default 6 h
	Grace   time.Duration // for mails in flight at stop; default 10 s
}

// Worker delivers what the outbox holds. Any number of nodes may run one.
type Worker struct {
	opt  WorkerOptions
	wake chan struct{}
}

// NewWorker completes the options.
func NewWorker(o WorkerOptions) (*Worker, error) {
	if o.Store == nil || o.Vault == nil || o.Sender == nil {
		return nil, errors.New("notify: a worker needs a store, a vault and a sender")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Batch <= 0 {
		o.Batch = 8
	}
	for _, d := range []struct {
		field    *time.Duration
		standard time.Duration
	}{
		{&o.Lease, time.Minute}, {&o.Poll, 2 * time.Second}, {&o.Base, 2 * time.Second},
		{&o.Max, 5 * time.Minute}, {&o.Refused, 6 * time.Hour}, {&o.Grace, 10 * time.Second},
	} {
		if *d.field <= 0 {
			*d.field = d.standard
		}
	}
	return &Worker{opt: o, wake: make(chan struct{}, 1)}, nil
}

// Notify says that a message was committed. It never blocks and may be called often.
func (w *Worker) Notify() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. Mails in flight then have Grace to finish; the rest stay in
// the outbox and are leased by another node, or by this one after its restart.
func (w *Worker) Run(ctx context.Context) error {
	idle := time.NewTimer(0)
	defer idle.Stop()
	for {
		n, err := w.round(ctx)
		if err != nil && ctx.Err() == nil {
			w.opt.Logger.LogAttrs(ctx, slog.LevelError, "outbox not reachable", slog.String("error", err.Error()))
		}
		if ctx.Err() != nil {
			return nil
		}
		if n == w.opt.Batch && err == nil {
			continue // a full batch: there is probably more
		}
		w.backlog(ctx)
		idle.Reset(w.opt.Poll)
		select {
		case <-ctx.Done():
			return nil
		case <-w.wake:
		case <-idle.C:
		}
	}
}

// round leases one batch and settles every message in it.
func (w *Worker) round(ctx context.Context) (int, error) {
	batch, err := w.opt.Store.LeaseOutbox(ctx, w.opt.Batch, w.opt.Now(), w.opt.Lease)
	if err != nil {
		return 0, fmt.Errorf("notify: lease: %w", err)
	}
	inFlight, cancel := w.graced(ctx)
	defer cancel()
	var all sync.WaitGroup
	for _, m := range batch {
		all.Go(func() { w.settle(inFlight, m) })
	}
	all.Wait()
	return len(batch), nil
}

// graced outlives ctx by Grace.
func (w *Worker) graced(ctx context.Context) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(w.opt.Grace, cancel) })
	return out, func() { stop(); cancel() }
}

// settle tries one message. If the note of the outcome cannot be written the lease runs
// out and the message is tried again: at least once, never lost.
func (w *Worker) settle(ctx context.Context, m idp.OutboxMessage) {
	now := w.opt.Now()
	if !m.ExpiresAt.IsZero() && !now.Before(m.ExpiresAt) {
		w.log(ctx, slog.LevelWarn, "mail given up: its time has passed", m, slog.String("last_error", m.LastError))
		if w.opt.Metrics.Expired != nil {
			w.opt.Metrics.Expired(m.Kind)
		}
		w.note(ctx, m, w.opt.Store.OutboxDelivered(ctx, m.ID))
		return
	}
	err := w.deliver(ctx, m)
	if err == nil {
		w.note(ctx, m, w.opt.Store.OutboxDelivered(ctx, m.ID))
		return
	}
	class := failure(err)
	if w.opt.Metrics.Failed != nil {
		w.opt.Metrics.Failed(class)
	}
	next := w.opt.Now().Add(w.delay(m.Attempts, err))
	w.log(ctx, slog.LevelWarn, "mail not delivered, will retry", m, slog.String("error", class), slog.Time("next", next))
	w.note(ctx, m, w.opt.Store.OutboxFailed(ctx, m.ID, next, class))
}

// deliver transmits a mail or runs an errand.
func (w *Worker) deliver(ctx context.Context, m idp.OutboxMessage) error {
	if errand, ok := w.opt.Errands[m.Kind]; ok {
		ctx, cancel := context.WithTimeout(ctx, w.opt.Lease*3/4)
		defer cancel()
		return errand(ctx, m)
	}
	mail, err := Unseal(w.opt.Vault, m)
	if err == nil {
		err = w.send(ctx, mail)
	}
	if err == nil && w.opt.Metrics.Delivered != nil {
		w.opt.Metrics.Delivered(mail.Kind, w.opt.Now().Sub(m.CreatedAt))
	}
	return err
}

// send never outlives the lease: otherwise another node would send the same mail meanwhile.
func (w *Worker) send(ctx context.Context, mail Mail) error {
	ctx, cancel := context.WithTimeout(ctx, w.opt.Lease*3/4)
	defer cancel()
	return w.opt.Sender.Send(ctx, mail)
}

// delay doubles from Base to Max with half of it random, so that a mail server that comes
// back is not met by every waiting mail in the same second.
func (w *Worker) delay(attempts int, err error) time.Duration {
	var se *SendError
	if errors.As(err, &se) && se.Refused {
		return w.opt.Refused
	}
	d := w.opt.Max
	if before := max(attempts-1, 0); before < 30 && w.opt.Base<<before < w.opt.Max { // the lease has counted this attempt
		d = w.opt.Base << before
	}
	half := int64(d / 2)
	if half == 0 {
		return d
	}
	n, err := rand.Int(rand.Reader, big.NewInt(half))
	if err != nil {
		return d
	}
	return time.Duration(half + n.Int64())
}

// failure is what may be stored and logged of an error: a class, never an address.
func failure(err error) string {
	var se *SendError
	if errors.As(err, &se) {
		return se.Error()
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "interrupted"
	}
	return "sender"
}

func (w *Worker) note(ctx context.Context, m idp.OutboxMessage, err error) {
	if err != nil {
		w.log(ctx, slog.LevelError, "outcome of a mail not recorded; its lease will run out", m, slog.String("error", err.Error()))
	}
}

func (w *Worker) log(ctx context.Context, level slog.Level, what string, m idp.OutboxMessage, more ...slog.Attr) {
	attrs := append([]slog.Attr{slog.String("outbox_id", m.ID), slog.Int("attempts", m.Attempts)}, more...)
	w.opt.Logger.LogAttrs(ctx, level, what, attrs...)
}

func (w *Worker) backlog(ctx context.Context) {
	if w.opt.Metrics.Backlog == nil {
		return
	}
	pending, oldest, err := w.opt.Store.OutboxStats(ctx)
	if err != nil {
		return // the next round reports the same database
	}
	var age time.Duration
	if pending > 0 && !oldest.IsZero() {
		age = w.opt.Now().Sub(oldest)
	}
	w.opt.Metrics.Backlog(pending, age)
}
