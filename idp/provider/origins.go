package provider

import (
	"context"
	"sync"
	"time"

	"sekisho/idp"
)

// originCache holds the origins clients are registered for, so that CORS costs a request
// no statement (DJ-05). A change arrives within originsFor.
type originCache struct {
	list func(context.Context) ([]*idp.Client, error)
	now  func() time.Time

	mu    sync.Mutex
	until time.Time
	held  map[string]bool
}

const originsFor = 2 * time.Second

// allowed reports whether some enabled client is registered for this origin. When the
// clients cannot be read the last answer stands; without one, nobody is allowed.
func (c *originCache) allowed(ctx context.Context, origin string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); !now.Before(c.until) {
		if clients, err := c.list(ctx); err == nil {
			c.held = map[string]bool{}
			for _, client := range clients {
				for _, o := range client.Metadata.AllowedOrigins {
					c.held[o] = c.held[o] || !client.Disabled
				}
			}
		}
		c.until = now.Add(originsFor)
	}
	return c.held[origin]
}
