package throttle

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"sekisho/idp"
)

// Refusal is why nothing was tried. Errors.Is finds its Kind.
type Refusal struct {
	Kind  error     // idp.ErrLocked or idp.ErrTooMany
	Until time.Time // when it is worth trying again; zero when Hard
	Hard  bool      // time does not lift it
}

func (r *Refusal) Error() string { return "throttled: " + r.Kind.Error() }

// Unwrap gives the kind to errors.Is.
func (r *Refusal) Unwrap() error { return r.Kind }

// AsRefusal finds a Refusal in an error chain.
func AsRefusal(err error) (*Refusal, bool) {
	var r *Refusal
	return r, errors.As(err, &r)
}

type limit struct {
	key  string
	rate idp.RateLimit
}

// take takes one token of each limit and stops at the first that has none.
func (s *Service) take(ctx context.Context, now time.Time, limits ...limit) error {
	for _, l := range limits {
		if l.rate == (idp.RateLimit{}) {
			continue
		}
		ok, wait, err := s.Store.TakeToken(ctx, l.key, l.rate, now)
		if err != nil {
			return err
		}
		if !ok {
			return &Refusal{Kind: idp.ErrTooMany, Until: now.Add(wait)}
		}
	}
	return nil
}

// Send asks whether a code may be sent for subject to the canonical mail address mailbox
// at the request of ip (OT-09). mailbox is "" when there is no address to send to; the
// other limits are then used up all the same, so that the answer is no oracle. A *Refusal
// of kind idp.ErrTooMany says no.
func (s *Service) Send(ctx context.Context, subject Subject, mailbox string, ip netip.Addr) error {
	if mailbox == "" {
		mailbox = subject.kind + ":" + subject.value
	}
	return s.take(ctx, s.Now(),
		limit{"send:address:" + address(ip), s.Limits.SendAddress},
		limit{"send:" + s.mac(subject.kind, subject.value), s.Limits.SendAccount},
		limit{"send:" + s.mac("mailbox", mailbox), s.Limits.SendMailbox},
		limit{"send", s.Limits.SendAll},
	)
}

// Ceremony asks whether ip may begin one more passkey ceremony, each of which stores a
// challenge (PA-14). It is the only limit passkeys have. A *Refusal of kind
// idp.ErrTooMany says no.
func (s *Service) Ceremony(ctx context.Context, ip netip.Addr) error {
	return s.take(ctx, s.Now(),
		limit{"ceremony:address:" + address(ip), s.Limits.Ceremonies},
		limit{"ceremony:network:" + network(ip), s.Limits.CeremoniesIn},
	)
}
