package throttle

import (
	"context"
	"net/netip"
)

// StopCode asks whether ip may try one more stop code. Only addresses are counted, never
// the account: a stop code has 80 random bits, so nobody guesses one, and a lock on the
// account would let a stranger keep the customer from freezing it. A *Refusal of kind
// idp.ErrTooMany says no.
func (s *Service) StopCode(ctx context.Context, ip netip.Addr) error {
	return s.take(ctx, s.Now(),
		limit{"stop:address:" + address(ip), s.Limits.Address},
		limit{"stop:network:" + network(ip), s.Limits.Network},
	)
}
