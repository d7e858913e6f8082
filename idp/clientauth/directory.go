package clientauth

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sekisho/idp"
)

// topicClients is the change stamp that every write to a client moves.
const topicClients = "clients"

// maxHeld bounds the clients in memory; above it the directory starts afresh.
const maxHeld = 20_000

// DirectoryStore reads clients. *storage.Store satisfies it.
type DirectoryStore interface {
	// Client returns one client; idp.ErrNotFound when there is none.
	Client(ctx context.Context, id string) (*idp.Client, error)
	// ChangeStamps returns a number per topic that grows with every committed change.
	ChangeStamps(ctx context.Context) (map[string]int64, error)
}

// DirectoryOptions: Store is required; zero values of the rest are good.
type DirectoryOptions struct {
	Store DirectoryStore
	// PollEvery is how often Run looks for changes. Default 500 ms.
	PollEvery time.Duration
	// TrustFor is how long held clients are used after the last successful poll.
	// Default 5 s.
	TrustFor time.Duration
	Now      func() time.Time
	Logger   *slog.Logger
}

// Directory is a read-through cache of clients, safe for concurrent use. The clients it
// returns are shared and must not be changed.
type Directory struct {
	opts DirectoryOptions

	mu     sync.RWMutex
	held   map[string]*idp.Client
	stamp  int64
	polled time.Time
	// generation grows whenever held is emptied. A client read before that and stored
	// after it would bring back the state the emptying was about.
	generation int
}

// OpenDirectory makes a directory that has polled once. Start Run to keep it warm.
func OpenDirectory(ctx context.Context, o DirectoryOptions) (*Directory, error) {
	if o.PollEvery <= 0 {
		o.PollEvery = 500 * time.Millisecond
	}
	if o.TrustFor <= 0 {
		o.TrustFor = 5 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	d := &Directory{opts: o, held: map[string]*idp.Client{}}
	return d, d.Poll(ctx)
}

// Client returns a client by id, from memory when it is held and polling works.
// idp.ErrNotFound: no such client.
func (d *Directory) Client(ctx context.Context, id string) (*idp.Client, error) {
	d.mu.RLock()
	c, generation := d.held[id], d.generation
	trusted := d.opts.Now().Before(d.polled.Add(d.opts.TrustFor))
	d.mu.RUnlock()
	if c != nil && trusted {
		return c, nil
	}
	c, err := d.opts.Store.Client(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if generation == d.generation {
		if len(d.held) >= maxHeld {
			d.forget()
		}
		d.held[id] = c
	}
	return c, nil
}

// Poll looks for changes once and forgets every held client when there are some. It is
// also how a process makes its own change visible at once.
func (d *Directory) Poll(ctx context.Context) error {
	asked := d.opts.Now()
	stamps, err := d.opts.Store.ChangeStamps(ctx)
	if err != nil {
		return fmt.Errorf("client directory: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if stamp := stamps[topicClients]; stamp != d.stamp {
		d.stamp = stamp
		d.forget()
	}
	d.polled = asked
	return nil
}

// Run polls until ctx ends.
func (d *Directory) Run(ctx context.Context) {
	tick := time.NewTicker(d.opts.PollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := d.Poll(ctx); err != nil && ctx.Err() == nil {
				d.opts.Logger.ErrorContext(ctx, "client changes not read", "error", err)
			}
		}
	}
}

// forget empties the directory; the caller holds the lock.
func (d *Directory) forget() {
	d.held = map[string]*idp.Client{}
	d.generation++
}
