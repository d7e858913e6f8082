package throttle

import (
	"context"
	"net/netip"

	"sekisho/idp"
)

// DeviceEntry limits entering the codes that devices show (RFC 8628 5.1). None may be off:
// a code is short, and every one that waits is one more that a guess may hit.
type DeviceEntry struct {
	Browser idp.RateLimit // in one browser
	Address idp.RateLimit // from one IPv4 address or IPv6 /64
	All     idp.RateLimit // at the whole provider
}

// EnterDeviceCode asks whether this browser, named by a secret of its own, may try a code
// from ip. It is asked before a code is looked up. A *Refusal of kind idp.ErrTooMany says no.
func (s *Service) EnterDeviceCode(ctx context.Context, l DeviceEntry, browser string, ip netip.Addr) error {
	return s.take(ctx, s.Now(),
		limit{"device:browser:" + s.mac("device", browser), l.Browser},
		limit{"device:address:" + address(ip), l.Address},
		limit{"device", l.All},
	)
}
