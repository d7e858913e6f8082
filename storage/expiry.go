package storage

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// replayMemory is how long after its end a code or grant stays, so that presenting it
// again is still recognised and still revokes.
const replayMemory = 24 * time.Hour

// pendingTOTPLife is how long an unfinished enrolment stays (OT-06).
const pendingTOTPLife = time.Hour

// answeredMemory is how long after its end a pushed request stays: longer than an interaction
// that began with it may last, so that one begun in another tab is refused in the end.
const answeredMemory = 2 * time.Hour

// expiring lists what is deleted by time, children before parents. Each condition has one
// placeholder, the time, and is asked again of each row picked; after says how long past
// it a row stays. Used-up throttles with
// a hard cap have expires_at 0 and stay. A session stays while a grant that rests on its
// events stands.
var expiring = []struct {
	table, key, condition string
	after                 time.Duration
}{
	{"challenges", "id", "expires_at <= ?", 0},
	{"email_codes", "id", "expires_at <= ?", time.Hour},
	{"totps", "id", "confirmed_at = 0 AND created_at <= ?", pendingTOTPLife},
	{"throttles", "throttle_key", "expires_at > 0 AND expires_at <= ?", 0},
	{"rate_limits", "limit_key", "expires_at <= ?", 0},
	{"used_jtis", "hash", "expires_at <= ?", 0},
	{"revoked_tokens", "jti", "expires_at <= ?", 0},
	{"interactions", "id", "expires_at <= ?", 0},
	{"pushed_requests", "hash", "expires_at <= ?", answeredMemory},
	{"invitations", "id", "expires_at <= ?", 30 * 24 * time.Hour},
	{"email_changes", "id", "expires_at <= ?", 30 * 24 * time.Hour}, // a stop code takes them back for as long as it lives
	{"temporary_passwords", "id", "expires_at <= ?", 0},
	{"letters", "id", "sealed IS NULL AND expires_at <= ?", 366 * 24 * time.Hour},
	{"stop_codes", "id", "expires_at <= ?", 0},
	{"environments", "id", "expires_at <= ?", 0},
	{"notice_requests", "id", "expires_at <= ?", 0},
	{"initial_access_tokens", "id", "expires_at <= ?", 90 * 24 * time.Hour},
	{"outbox", "id", "expires_at > 0 AND expires_at <= ?", 0},
	{"authorization_codes", "hash", "expires_at <= ?", replayMemory},
	{"device_codes", "hash", "expires_at <= ?", replayMemory},
	{"refresh_tokens", "hash", "grant_id IN (SELECT id FROM grants WHERE expires_at <= ?)", replayMemory},
	{"grants", "id", `expires_at <= ?
		AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.grant_id = grants.id)
		AND NOT EXISTS (SELECT 1 FROM authorization_codes c WHERE c.grant_id = grants.id)`, replayMemory},
	{"sessions", "id", `expires_at <= ?
		AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.session_id = sessions.id AND g.revoked_at = 0)`, replayMemory},
}

// DeleteExpired deletes up to batch rows of every expiring table whose time is over at
// now, each batch as one short statement, and returns how many rows went. The caller
// repeats it until that is 0. Several nodes may do so at once. Audit records are not
// among them: see CutAudit.
func (s *Store) DeleteExpired(ctx context.Context, now time.Time, batch int) (int, error) {
	total := 0
	for _, e := range expiring {
		statement := "DELETE FROM " + e.table + " WHERE " + e.key + " IN (SELECT " + e.key + " FROM " + e.table +
			" WHERE " + e.condition + " LIMIT ?) AND " + e.condition
		over := micros(now.Add(-e.after))
		err := s.once(ctx, func(db *gorm.DB) error {
			n, err := exec(db, statement, over, max(batch, 1), over)
			total += int(n)
			return err
		})
		if err != nil {
			return total, err
		}
	}
	return total, nil
}
