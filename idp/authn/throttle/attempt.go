package throttle

import (
	"context"
	"net/netip"
	"time"

	"sekisho/idp"
)

const (
	failuresKey = "failures"
	alarmKey    = "alarm"
)

// Attempt is one counted guess. It must end in Failed or Succeeded; an attempt that ends in
// neither stays counted.
type Attempt struct {
	Factor Factor
	Alarm  bool // the provider-wide alarm stood when it was made
	key    string
}

// Notice is what may be told to the person, for existing and missing accounts alike.
type Notice struct {
	Left        int       // attempts until the next lock, when few are left; else 0
	LockedUntil time.Time // zero: not locked
	Hard        bool      // locked until the desk or a rebinding lifts it
}

// Locked reports whether the factor is locked at now.
func (n Notice) Locked(now time.Time) bool { return n.Hard || now.Before(n.LockedUntil) }

// few is from how many attempts left on the person is told (B2: "a few more").
const few = 3

// Begin counts an attempt at factor before its secret is looked at. A *Refusal says that
// the secret must not be looked at: it wraps idp.ErrLocked when the factor of the subject
// is locked and idp.ErrTooMany when the network address has used up its rate. Attempts
// refused for their address do not count against the subject, so an attacker cannot keep a
// customer locked beyond what the address may try.
func (s *Service) Begin(ctx context.Context, factor Factor, subject Subject, ip netip.Addr) (Attempt, error) {
	now := s.Now()
	alarm, err := s.Alarmed(ctx)
	if err != nil {
		return Attempt{}, err
	}
	limits := []limit{
		{"try:address:" + address(ip), s.Limits.Address},
		{"try:network:" + network(ip), s.Limits.Network},
	}
	if alarm {
		limits = append(limits, limit{"alarmed:" + network(ip), s.Limits.UnderAlarm})
	}
	if err := s.take(ctx, now, limits...); err != nil {
		return Attempt{}, err
	}
	attempt := Attempt{Factor: factor, Alarm: alarm, key: s.factorKey(factor, subject)}
	lock, err := s.Store.CountAttempt(ctx, attempt.key, s.policy(factor), now)
	if err != nil {
		return Attempt{}, err
	}
	if lock.Locked(now) {
		return Attempt{}, &Refusal{Kind: idp.ErrLocked, Until: lock.LockedUntil, Hard: lock.Hard}
	}
	return attempt, nil
}

// Counted is an attempt that Begin counted before, for whoever judges it later.
func (s *Service) Counted(factor Factor, subject Subject) Attempt {
	return Attempt{Factor: factor, key: s.factorKey(factor, subject)}
}

// Failed records that the secret was wrong, raises the alarm when the whole provider sees
// too many failures, and says what the person may be told.
func (s *Service) Failed(ctx context.Context, a Attempt) (Notice, error) {
	now := s.Now()
	if s.Limits.Failures != (idp.RateLimit{}) {
		ok, _, err := s.Store.TakeToken(ctx, failuresKey, s.Limits.Failures, now)
		if err != nil {
			return Notice{}, err
		}
		if !ok {
			// A lock policy of one failure turns the shared counter into a flag with an end.
			flag := idp.LockPolicy{Threshold: 1, Base: s.Limits.Alarm, Max: s.Limits.Alarm, Forget: s.Limits.Alarm}
			standing, err := s.Store.CountAttempt(ctx, alarmKey, flag, now)
			if err != nil {
				return Notice{}, err
			}
			if s.Raised != nil && !standing.Locked(now) {
				s.Raised(ctx)
			}
		}
	}
	return s.notice(ctx, a.Factor, a.key, now)
}

// Succeeded forgets the failures of the factor that was proved, and of no other (PW-09).
func (s *Service) Succeeded(ctx context.Context, a Attempt) error {
	return s.Store.ClearAttempts(ctx, a.key)
}

// Key names the counter of a factor of an account, for whoever lifts its lock together with
// other changes.
func (s *Service) Key(factor Factor, accountID string) string {
	return s.factorKey(factor, Known(accountID))
}

// Release lifts a lock, hard or not: the desk did, or the authenticator was bound anew.
func (s *Service) Release(ctx context.Context, factor Factor, accountID string) error {
	return s.Store.ClearAttempts(ctx, s.factorKey(factor, Known(accountID)))
}

// State says how a factor of an account stands, counting nothing.
func (s *Service) State(ctx context.Context, factor Factor, accountID string) (Notice, error) {
	return s.notice(ctx, factor, s.factorKey(factor, Known(accountID)), s.Now())
}

// Alarmed reports whether the provider-wide alarm stands.
func (s *Service) Alarmed(ctx context.Context) (bool, error) {
	lock, err := s.Store.LockState(ctx, alarmKey)
	if err != nil {
		return false, err
	}
	return lock.Locked(s.Now()), nil
}

func (s *Service) notice(ctx context.Context, f Factor, key string, now time.Time) (Notice, error) {
	lock, err := s.Store.LockState(ctx, key)
	if err != nil {
		return Notice{}, err
	}
	n := Notice{Hard: lock.Hard}
	if now.Before(lock.LockedUntil) {
		n.LockedUntil = lock.LockedUntil
	}
	if !n.Locked(now) {
		if left := s.policy(f).Threshold - lock.Failures; left > 0 && left <= few {
			n.Left = left
		}
	}
	return n, nil
}
