package storage_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// account of failures as a reader of idp.LockPolicy would keep it.
type lockModel struct {
	failures, inARow int
	countedAt        time.Time
	lockedUntil      time.Time
	hard             bool
}

func (m *lockModel) count(p idp.LockPolicy, now time.Time) idp.Lock {
	if m.hard || now.Before(m.lockedUntil) {
		return idp.Lock{Failures: m.failures, LockedUntil: m.lockedUntil, Hard: m.hard}
	}
	if p.Forget > 0 && !m.countedAt.IsZero() && !now.Before(m.countedAt.Add(p.Forget)) && !now.Before(m.lockedUntil.Add(p.Forget)) {
		m.failures = 0
	}
	m.failures++
	m.inARow++
	m.countedAt, m.lockedUntil = now, time.Time{}
	if m.failures >= p.Threshold {
		length := p.Base
		for range m.failures - p.Threshold {
			length = min(2*length, p.Max)
		}
		m.lockedUntil = now.Add(min(length, p.Max))
	}
	m.hard = p.HardCap > 0 && m.inARow >= p.HardCap
	return idp.Lock{Failures: m.failures}
}

func TestThrottleModel(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		rapid.Check(t, func(r *rapid.T) {
			policy := idp.LockPolicy{
				Threshold: rapid.IntRange(1, 5).Draw(r, "threshold"),
				Base:      time.Duration(rapid.Int64Range(1, 100).Draw(r, "base")) * time.Second,
				Max:       time.Duration(rapid.Int64Range(100, 5000).Draw(r, "max")) * time.Second,
				HardCap:   rapid.SampledFrom([]int{0, 1, 4, 9}).Draw(r, "cap"),
				Forget:    time.Duration(rapid.SampledFrom([]int64{0, 60, 4000}).Draw(r, "forget")) * time.Second,
			}
			key, now, model := idp.NewID(), start(), &lockModel{}
			for range rapid.IntRange(1, 20).Draw(r, "attempts") {
				now = now.Add(time.Duration(rapid.SampledFrom([]int64{0, 1, 30, 200, 6000}).Draw(r, "pause")) * time.Second)
				got, err := s.CountAttempt(t.Context(), key, policy, now)
				if err != nil {
					r.Fatal(err)
				}
				if want := model.count(policy, now); got != want {
					r.Fatalf("attempt ran under %+v, want %+v", got, want)
				}
				state, err := s.LockState(t.Context(), key)
				if want := (idp.Lock{Failures: model.failures, LockedUntil: model.lockedUntil, Hard: model.hard}); err != nil || state != want {
					r.Fatalf("state %+v, %v, want %+v", state, err, want)
				}
			}
		})
	})
}

func TestThrottle(t *testing.T) {
	policy := idp.LockPolicy{Threshold: 5, Base: time.Minute, Max: time.Hour, HardCap: 100}
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		t.Run("PW-09 OT-03 fifty attempts at once: no more than the threshold are let through", func(t *testing.T) {
			now, passed := start(), make(chan bool, contenders)
			tally(t, race(func(int) error {
				lock, err := s.CountAttempt(t.Context(), "account", policy, now)
				passed <- !lock.Locked(now)
				return err
			}), contenders, nil)
			close(passed)
			through := 0
			for ok := range passed {
				if ok {
					through++
				}
			}
			if through != policy.Threshold {
				t.Errorf("%d attempts were let through, want %d", through, policy.Threshold)
			}
		})
		t.Run("PW-09 a hard lock outlasts everything but a rebind, which clears no other key", func(t *testing.T) {
			capped := idp.LockPolicy{Threshold: 1000, Base: time.Second, Max: time.Second, HardCap: 3, Forget: time.Minute}
			now := start()
			for range 3 {
				now = now.Add(time.Hour) // failures are forgotten in between, the cap is not
				_, err := s.CountAttempt(t.Context(), "totp", capped, now)
				must(t, err)
				_, err = s.CountAttempt(t.Context(), "password", policy, now)
				must(t, err)
			}
			later := now.Add(10 * 365 * 24 * time.Hour)
			_, err := s.DeleteExpired(t.Context(), later, 1000)
			must(t, err)
			if lock, err := s.CountAttempt(t.Context(), "totp", capped, later); err != nil || !lock.Hard {
				t.Errorf("lock %+v, %v, want a hard one", lock, err)
			}
			must(t, s.ClearAttempts(t.Context(), "totp", "unknown"))
			must(t, s.ClearAttempts(t.Context()))
			if lock, err := s.LockState(t.Context(), "totp"); err != nil || lock != (idp.Lock{}) {
				t.Errorf("lock %+v, %v, want none", lock, err)
			}
			if lock, err := s.LockState(t.Context(), "password"); err != nil || lock.Failures != 3 {
				t.Errorf("lock %+v, %v, want 3 failures", lock, err)
			}
		})
		t.Run("counting is one statement", func(t *testing.T) {
			ctx, counter := storage.WithStatementCounter(t.Context())
			_, err := s.CountAttempt(ctx, "counted", policy, start())
			must(t, err)
			_, _, err = s.TakeToken(ctx, "counted", idp.RateLimit{Every: time.Second, Burst: 3}, start())
			must(t, err)
			if counter.Count() != 2 {
				t.Errorf("%d statements: %q", counter.Count(), counter.Statements())
			}
		})
	})
}

func TestTakeToken(t *testing.T) {
	limit := idp.RateLimit{Every: 10 * time.Second, Burst: 7}
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		t.Run("fifty requests at once share one allowance", func(t *testing.T) {
			now, taken := start(), make(chan bool, contenders)
			tally(t, race(func(int) error {
				ok, _, err := s.TakeToken(t.Context(), "ip", limit, now)
				taken <- ok
				return err
			}), contenders, nil)
			close(taken)
			n := 0
			for ok := range taken {
				if ok {
					n++
				}
			}
			if n != limit.Burst {
				t.Errorf("%d requests passed, want %d", n, limit.Burst)
			}
		})
		t.Run("waiting as long as it says is enough, and no longer than needed", func(t *testing.T) {
			now := start()
			for range limit.Burst {
				ok, _, err := s.TakeToken(t.Context(), "steady", limit, now)
				must(t, err)
				if !ok {
					t.Fatal("refused within the burst")
				}
			}
			ok, wait, err := s.TakeToken(t.Context(), "steady", limit, now)
			must(t, err)
			if ok || wait != limit.Every {
				t.Fatalf("%v after %v, want a wait of %v", ok, wait, limit.Every)
			}
			for _, step := range []struct {
				at time.Duration
				ok bool
			}{{wait - time.Microsecond, false}, {wait, true}, {wait, false}, {24 * time.Hour, true}} {
				if ok, _, err := s.TakeToken(t.Context(), "steady", limit, now.Add(step.at)); err != nil || ok != step.ok {
					t.Errorf("after %v: %v, %v", step.at, ok, err)
				}
			}
		})
		t.Run("no limit", func(t *testing.T) {
			if ok, _, err := s.TakeToken(t.Context(), "free", idp.RateLimit{}, start()); err != nil || !ok {
				t.Errorf("%v, %v", ok, err)
			}
		})
	})
}
