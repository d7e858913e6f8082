package storage

import (
	"context"
	"errors"
	"math"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type throttleRow struct {
	Failures    int
	LockedUntil int64
	Hard        bool
}

// countFailure counts unless the key is locked; then it changes nothing and returns no
// row. failures starts again after the time to forget, in_a_row never does. SET reads the
// values from before, so the three expressions see the same state.
const countFailure = `INSERT INTO throttles (throttle_key, failures, in_a_row, locked_until, hard, counted_at, expires_at)
	VALUES (@key, 1, 1, @firstLock, @firstHard, @now, @expires)
	ON CONFLICT (throttle_key) DO UPDATE SET
		failures = ` + failuresNow + `,
		in_a_row = throttles.in_a_row + 1,
		locked_until = CASE
			WHEN ` + failuresNow + ` < CAST(@threshold AS BIGINT) THEN 0
			WHEN ` + failuresNow + ` - CAST(@threshold AS BIGINT) >= CAST(@steps AS BIGINT)
				THEN CAST(@now AS BIGINT) + CAST(@longest AS BIGINT)
			ELSE CAST(@now AS BIGINT) + (CAST(@base AS BIGINT) << CAST(` + failuresNow + ` - CAST(@threshold AS BIGINT) AS INTEGER)) END,
		hard = (throttles.in_a_row + 1 >= CAST(@cap AS BIGINT)),
		counted_at = excluded.counted_at,
		expires_at = excluded.expires_at
	WHERE throttles.hard = @no AND throttles.locked_until <= @now
	RETURNING failures, locked_until, hard`

const failuresNow = `(CASE WHEN throttles.counted_at + CAST(@forget AS BIGINT) <= CAST(@now AS BIGINT)
	AND throttles.locked_until + CAST(@forget AS BIGINT) <= CAST(@now AS BIGINT) THEN 1 ELSE throttles.failures + 1 END)`

// never is further away than any clock; as a count, more than will ever be counted.
const never = math.MaxInt64 / 4

// CountAttempt counts an attempt before it is verified. If the key is locked at now, it
// returns that lock and counts nothing. Otherwise the attempt may go on: the answer is
// not locked and holds the number of failures with this one; a lock that this count
// starts meets the next attempt, and LockState shows it. Counting is one conditional
// statement (PW-09); a retry counts again.
//
// From Threshold failures on each further one starts the next, longer lock. Forget makes
// old failures not count towards these locks, but never towards HardCap: what is locked
// hard stays so until ClearAttempts, and its row is never deleted.
func (s *Store) CountAttempt(ctx context.Context, key string, p idp.LockPolicy, now time.Time) (idp.Lock, error) {
	args := lockArgs(key, p, now)
	var lock idp.Lock
	err := s.once(ctx, func(db *gorm.DB) error {
		counted, err := one[throttleRow](db, countFailure, args)
		if err == nil {
			lock = idp.Lock{Failures: counted.Failures}
			return nil
		}
		if !errors.Is(err, idp.ErrNotFound) {
			return err
		}
		lock, err = lockState(db, key)
		if err == nil && !lock.Locked(now) {
			err = errAgain // cleared between the two statements
		}
		return err
	})
	return lock, err
}

func lockArgs(key string, p idp.LockPolicy, now time.Time) map[string]any {
	threshold, forget, hardCap, expires := int64(p.Threshold), p.Forget.Microseconds(), int64(p.HardCap), int64(0)
	longest := p.Max.Microseconds()
	if longest <= 0 {
		longest = (365 * 24 * time.Hour).Microseconds()
	}
	if threshold <= 0 {
		threshold = never
	}
	if hardCap <= 0 {
		hardCap = never
		if forget > 0 {
			expires = micros(now) + forget + longest
		}
	}
	if forget <= 0 {
		forget = never
	}
	base := min(max(p.Base.Microseconds(), 0), longest)
	steps := 0 // doublings that stay below Max; more could overflow
	for steps < 62 && base<<steps < longest && base > 0 && base<<steps > 0 {
		steps++
	}
	firstLock := int64(0)
	if threshold == 1 {
		firstLock = micros(now) + base
	}
	return map[string]any{
		"key": key, "now": micros(now), "threshold": threshold, "base": base, "longest": longest, "steps": steps,
		"cap": hardCap, "forget": forget, "expires": expires, "firstLock": firstLock, "firstHard": hardCap == 1, "no": false,
	}
}

// LockState returns the state without counting; a key never counted is the zero Lock.
func (s *Store) LockState(ctx context.Context, key string) (idp.Lock, error) {
	var lock idp.Lock
	err := s.look(ctx, func(db *gorm.DB) (err error) {
		lock, err = lockState(db, key)
		return err
	})
	return lock, err
}

func lockState(db *gorm.DB, key string) (idp.Lock, error) {
	row, err := one[throttleRow](db, "SELECT failures, locked_until, hard FROM throttles WHERE throttle_key = ?", key)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Lock{}, nil
	}
	if err != nil {
		return idp.Lock{}, err
	}
	return idp.Lock{Failures: row.Failures, LockedUntil: fromMicros(row.LockedUntil), Hard: row.Hard}, nil
}

// ClearAttempts forgets the keys, after a success or when the desk unlocks; hard locks
// too. One statement, harmless to repeat.
func (s *Store) ClearAttempts(ctx context.Context, keys ...string) error {
	if len(keys) == 0 {
		return nil
	}
	return s.once(ctx, func(db *gorm.DB) error {
		_, err := exec(db, "DELETE FROM throttles WHERE throttle_key IN ?", keys)
		return err
	})
}

// takeToken is the generic cell rate algorithm: a request conforms if the theoretical
// arrival time after it is at most burst intervals ahead. A refused one moves nothing.
const takeToken = `INSERT INTO rate_limits (limit_key, tat, allowed, expires_at)
	VALUES (@key, CAST(@now AS BIGINT) + CAST(@every AS BIGINT), @yes, CAST(@now AS BIGINT) + CAST(@span AS BIGINT))
	ON CONFLICT (limit_key) DO UPDATE SET
		allowed = ` + conforms + `,
		tat = CASE WHEN ` + conforms + ` THEN ` + arrival + ` + CAST(@every AS BIGINT) ELSE rate_limits.tat END,
		expires_at = ` + arrival + ` + CAST(@span AS BIGINT)
	RETURNING tat, allowed`

const (
	arrival  = `(CASE WHEN rate_limits.tat > CAST(@now AS BIGINT) THEN rate_limits.tat ELSE CAST(@now AS BIGINT) END)`
	conforms = `(` + arrival + ` + CAST(@every AS BIGINT) <= CAST(@now AS BIGINT) + CAST(@span AS BIGINT))`
)

// TakeToken takes one request from the key's allowance, or says how long to wait until
// one is there. One statement for all nodes together; a retry takes another. A limit
// without Every allows everything; a Burst below 1 counts as 1.
func (s *Store) TakeToken(ctx context.Context, key string, l idp.RateLimit, now time.Time) (ok bool, retryAfter time.Duration, err error) {
	every := l.Every.Microseconds()
	if every <= 0 {
		return true, 0, nil
	}
	span := every * int64(max(l.Burst, 1))
	var row *struct {
		Tat     int64
		Allowed bool
	}
	err = s.once(ctx, func(db *gorm.DB) (err error) {
		row, err = one[struct {
			Tat     int64
			Allowed bool
		}](db, takeToken, map[string]any{"key": key, "now": micros(now), "every": every, "span": span, "yes": true})
		return err
	})
	if err != nil {
		return false, 0, err
	}
	if row.Allowed {
		return true, 0, nil
	}
	return false, time.Duration(row.Tat+every-span-micros(now)) * time.Microsecond, nil
}
