package audit

import (
	"context"
	"log/slog"
	"time"
)

// SealStore chains records that are not sealed yet, under a lock that lets one node do it
// at a time; *storage.Store is one.
type SealStore interface {
	SealAudit(ctx context.Context, mac func([]byte) []byte, max int) (int, error)
}

// Sealing is the loop that makes the trail tamper-evident (LG-04). What is younger than
// Every is not sealed yet; what is sealed cannot be edited, dropped or reordered without
// the key, which is not in the database.
type Sealing struct {
	Store  SealStore
	MAC    func([]byte) []byte // under keys.PurposeAudit
	Every  time.Duration       // default 5 s
	Max    int                 // records per seal; default 1000
	Logger *slog.Logger
}

// Run seals until ctx ends, and once more then.
func (s Sealing) Run(ctx context.Context) error {
	if s.Every <= 0 {
		s.Every = 5 * time.Second
	}
	if s.Max <= 0 {
		s.Max = 1000
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return s.all(last)
		case <-tick.C:
			if err := s.all(ctx); err != nil && ctx.Err() == nil {
				s.Logger.LogAttrs(ctx, slog.LevelError, "audit trail not sealed, will retry", slog.String("error", err.Error()))
			}
		}
	}
}

func (s Sealing) all(ctx context.Context) error {
	for {
		n, err := s.Store.SealAudit(ctx, s.MAC, s.Max)
		if err != nil || n < s.Max {
			return err
		}
	}
}
