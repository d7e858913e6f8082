package backchannel

import (
	"context"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"sekisho/idp"
)

// Store holds what is to be told; *storage.Store is one. No two leases overlap, and a
// client never has more than perClient of them at once.
type Store interface {
	LeaseLogouts(ctx context.Context, n, perClient int, now time.Time, lease time.Duration) ([]idp.LogoutDelivery, error)
	LogoutSettled(ctx context.Context, id string, effects idp.Effects) error
	LogoutPutOff(ctx context.Context, id string, next time.Time, class string) error
	LogoutsPending(ctx context.Context) (pending int, oldest time.Time, err error)
	Account(ctx context.Context, id string) (*idp.Account, error)
}

// Clients finds a registered client; idp.ErrNotFound.
type Clients interface {
	Client(ctx context.Context, id string) (*idp.Client, error)
}

// Minter signs a logout token for a client; *token.Minter is one.
type Minter interface {
	LogoutToken(client *idp.Client, subject, sid string, at time.Time) (string, error)
}

// Teller sends a form and returns the status of the answer; *fetch.Fetcher is one.
type Teller interface {
	Tell(ctx context.Context, rawURL string, form url.Values) (status int, err error)
}

// Outcomes of an attempt, as metrics count them.
const (
	Delivered = "delivered"
	Retried   = "retried"
	GivenUp   = "given_up"
)

// Metrics are optional hooks; nil ones are not called. They must not block.
type Metrics struct {
	Outcome func(outcome string)
	Backlog func(pending int, oldest time.Duration) // after every idle poll
}

// Options of a Worker. Store, Clients, Minter and Teller are required; zero values of the
// rest are good.
type Options struct {
	Store   Store
	Clients Clients
	Minter  Minter
	Teller  Teller
	Now     func() time.Time
	Logger  *slog.Logger
	Metrics Metrics

	InFlight  int           // deliveries at once on this node; default 32
	PerClient int           // of those to one client, on all nodes together; default 4
	Lease     time.Duration // must exceed the teller's timeout; default 1 min
	Poll      time.Duration // how often an idle worker looks by itself; default 2 s
	Base      time.Duration // first retry after Base/2..Base, doubling; default 2 s
	Max       time.Duration // longest pause between retries; default 10 min
	GiveUp    time.Duration // after this long a delivery is given up; default 24 h
	Grace     time.Duration // for deliveries in flight at stop; default 5 s
}

func (o *Options) defaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	for _, n := range []struct {
		field    *int
		standard int
	}{{&o.InFlight, 32}, {&o.PerClient, 4}} {
		if *n.field <= 0 {
			*n.field = n.standard
		}
	}
	for _, d := range []struct {
		field    *time.Duration
		standard time.Duration
	}{
		{&o.Lease, time.Minute}, {&o.Poll, 2 * time.Second}, {&o.Base, 2 * time.Second},
		{&o.Max, 10 * time.Minute}, {&o.GiveUp, 24 * time.Hour}, {&o.Grace, 5 * time.Second},
	} {
		if *d.field <= 0 {
			*d.field = d.standard
		}
	}
}

// Worker tells relying parties. Any number of nodes may run one.
type Worker struct {
	opt  Options
	wake chan struct{}
}

// New completes the options.
func New(o Options) *Worker {
	o.defaults()
	return &Worker{opt: o, wake: make(chan struct{}, 1)}
}

// Notify says that the end of a session was committed. It never blocks.
func (w *Worker) Notify() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. Deliveries in flight then have Grace to finish; the rest stay
// in the database and are leased by another node, or by this one after its restart.
func (w *Worker) Run(ctx context.Context) error {
	inFlight, cancel := w.graced(ctx)
	defer cancel()
	var all sync.WaitGroup
	defer all.Wait()
	free, done := w.opt.InFlight, make(chan struct{}, w.opt.InFlight)
	poll := time.NewTicker(w.opt.Poll)
	defer poll.Stop()
	for ctx.Err() == nil {
		batch := w.lease(ctx, free)
		free -= len(batch)
		for _, d := range batch {
			all.Go(func() {
				w.settle(inFlight, d)
				done <- struct{}{}
			})
		}
		if free == w.opt.InFlight {
			w.backlog(ctx)
		}
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-poll.C:
		case <-done: // its place, and its client's, is free again
			free++
		}
		for len(done) > 0 {
			<-done
			free++
		}
	}
	return nil
}

func (w *Worker) lease(ctx context.Context, n int) []idp.LogoutDelivery {
	if n == 0 {
		return nil
	}
	batch, err := w.opt.Store.LeaseLogouts(ctx, n, w.opt.PerClient, w.opt.Now(), w.opt.Lease)
	if err != nil && ctx.Err() == nil {
		w.opt.Logger.LogAttrs(ctx, slog.LevelError, "logout deliveries not reachable", slog.String("error", err.Error()))
	}
	return batch
}

// graced outlives ctx by Grace.
func (w *Worker) graced(ctx context.Context) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(w.opt.Grace, cancel) })
	return out, func() { stop(); cancel() }
}

func (w *Worker) backlog(ctx context.Context) {
	if w.opt.Metrics.Backlog == nil {
		return
	}
	pending, oldest, err := w.opt.Store.LogoutsPending(ctx)
	if err != nil {
		return // the next lease reports the same database
	}
	var age time.Duration
	if pending > 0 {
		age = w.opt.Now().Sub(oldest)
	}
	w.opt.Metrics.Backlog(pending, age)
}
