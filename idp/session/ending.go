package session

import (
	"context"
	"errors"
	"time"

	"sekisho/idp"
)

// Ends says when a live session ends if it is not used any more, and whether that is its
// absolute end, which no use moves (C5).
func (s *Sessions) Ends(sess *idp.Session) (at time.Time, fixed bool) {
	if at = sess.LastSeenAt.Add(s.Lifetimes.Idle); at.Before(sess.ExpiresAt) {
		return at, false
	}
	return sess.ExpiresAt, true
}

// Renew uses the session because its customer said to stay. False: it ended meanwhile, and
// stays ended.
func (s *Sessions) Renew(ctx context.Context, sess *idp.Session) (bool, error) {
	now := s.Now()
	err := s.Store.RenewSession(ctx, sess.ID, now, s.Lifetimes.Idle)
	if errors.Is(err, idp.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if sess.LastSeenAt.Before(now) {
		sess.LastSeenAt = now
	}
	return true, nil
}
