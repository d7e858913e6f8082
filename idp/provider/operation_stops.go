package provider

import (
	"context"
	"log/slog"
	"maps"
	"sync/atomic"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

// topicStops is the change stamp that every stop of an operation moves.
const topicStops = "operations"

// stopsEvery is how often a node looks whether an operation was switched off (B17).
const stopsEvery = 500 * time.Millisecond

// stopsStore reads what operators switched off. *storage.Store satisfies it.
type stopsStore interface {
	OperationStops(ctx context.Context) ([]idp.OperationStop, error)
	ChangeStamps(ctx context.Context) (map[string]int64, error)
}

// operationStops is the firm's policy with what operators have switched off on top. A node
// that cannot read the stops keeps those it knows; it could issue nothing anyway.
type operationStops struct {
	store   stopsStore
	base    assurance.Policy
	log     *slog.Logger
	stamp   atomic.Int64
	current atomic.Pointer[assurance.Policy]
}

func openOperationStops(ctx context.Context, store stopsStore, base assurance.Policy, log *slog.Logger) (*operationStops, error) {
	s := &operationStops{store: store, base: base, log: log}
	return s, s.poll(ctx)
}

func (s *operationStops) policy() assurance.Policy { return *s.current.Load() }

// poll looks for changes once. The stamp is read before the stops, so that a change
// between the two is seen again and not missed.
func (s *operationStops) poll(ctx context.Context) error {
	stamps, err := s.store.ChangeStamps(ctx)
	if err != nil {
		return err
	}
	if s.current.Load() != nil && stamps[topicStops] == s.stamp.Load() {
		return nil
	}
	stops, err := s.store.OperationStops(ctx)
	if err != nil {
		return err
	}
	policy := stopped(s.base, stops)
	s.current.Store(&policy)
	s.stamp.Store(stamps[topicStops])
	return nil
}

func (s *operationStops) run(ctx context.Context) {
	tick := time.NewTicker(stopsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.poll(ctx); err != nil && ctx.Err() == nil {
				s.log.ErrorContext(ctx, "stopped operations not read", "error", err)
			}
		}
	}
}

// stopped is the policy with these operations denied. A name that the configuration no
// longer has stops nothing.
func stopped(p assurance.Policy, stops []idp.OperationStop) assurance.Policy {
	p.Operations = maps.Clone(p.Operations)
	for _, stop := range stops {
		if stop.Operation == idp.SignInChoice {
			p.SignIn.Deny, p.SignIn.DenyReason = true, stop.Reason
			continue
		}
		if rule, ok := p.Operations[stop.Operation]; ok {
			rule.Deny, rule.DenyReason = true, stop.Reason
			p.Operations[stop.Operation] = rule
		}
	}
	return p
}

// RefreshOperations makes what an operator just switched visible on this node at once.
func (p *Provider) RefreshOperations(ctx context.Context) error { return p.stops.poll(ctx) }
