package logo

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"sekisho/idp"
)

// Store keeps pictures. *storage.Store is one.
type Store interface {
	ClientLogo(ctx context.Context, clientID string) (*idp.ClientLogo, error)
	KeepClientLogo(ctx context.Context, logo idp.ClientLogo) error
}

// Fetcher reads a document of a client's site, bounded in time, size and address.
type Fetcher interface {
	Get(ctx context.Context, rawURL, accept string) ([]byte, error)
}

const (
	goodFor  = 7 * 24 * time.Hour // then it is looked at again
	retry    = time.Hour          // after a failure
	patience = 15 * time.Second   // of one attempt, storing included
	atOnce   = 4                  // attempts of one node at a time; others wait for the next page
)

// Shelf holds the pictures of clients and fetches them behind the pages' backs.
type Shelf struct {
	Store Store
	Fetch Fetcher
	Now   func() time.Time
	Log   *slog.Logger

	mu      sync.Mutex
	running map[string]bool // by client
	all     sync.WaitGroup
}

// Of is the picture of a client as PNG, or nil. It waits for nobody's site: what is missing or
// old is fetched meanwhile and is there for the next page. A page goes on without a picture,
// so trouble is told to the log alone.
func (s *Shelf) Of(ctx context.Context, c *idp.Client) []byte {
	uri := c.Metadata.LogoURI
	if uri == "" {
		return nil
	}
	kept, err := s.Store.ClientLogo(ctx, c.ID)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		s.Log.WarnContext(ctx, "picture of a client not read", "client", c.ID, "error", err)
		return nil
	}
	if kept == nil || kept.URI != uri {
		s.Want(c)
		return nil
	}
	age, limit := s.Now().Sub(kept.CheckedAt), goodFor
	if kept.Image == nil {
		limit = retry
	}
	if age >= limit {
		s.Want(c)
	}
	return kept.Image
}

// Want fetches the picture of a client in the background, once at a time.
func (s *Shelf) Want(c *idp.Client) {
	if c.Metadata.LogoURI == "" || !s.begin(c.ID) {
		return
	}
	id, uri := c.ID, c.Metadata.LogoURI
	s.all.Go(func() {
		defer s.end(id)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.fetch(ctx, id, uri); err != nil {
			s.Log.WarnContext(ctx, "picture of a client not kept", "client", id, "error", err)
		}
	})
}

// Wait returns when nothing is being fetched.
func (s *Shelf) Wait() { s.all.Wait() }

func (s *Shelf) begin(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[id] || len(s.running) >= atOnce {
		return false
	}
	if s.running == nil {
		s.running = map[string]bool{}
	}
	s.running[id] = true
	return true
}

func (s *Shelf) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, id)
}

// fetch keeps what there is to be had, and that there is nothing. A picture that cannot be
// looked at again stays.
func (s *Shelf) fetch(ctx context.Context, id, uri string) error {
	found := idp.ClientLogo{ClientID: id, URI: uri}
	raw, err := s.Fetch.Get(ctx, uri, "image/png, image/jpeg")
	if err == nil {
		found.Image, err = Draw(raw)
	}
	if err != nil {
		s.Log.InfoContext(ctx, "a client's picture cannot be had", "client", id, "error", err)
		if kept, err := s.Store.ClientLogo(ctx, id); err == nil && kept.URI == uri {
			found.Image = kept.Image
		}
	}
	found.CheckedAt = s.Now()
	return s.Store.KeepClientLogo(ctx, found)
}
