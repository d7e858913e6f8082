package session

import (
	"context"
	"errors"
	"net/http"
	"time"

	"sekisho/idp"
)

// Store is what reading and ending sessions needs.
type Store interface {
	SessionByHash(ctx context.Context, hash []byte) (*idp.Session, *idp.Account, error)
	TouchSession(ctx context.Context, id string, at time.Time) error
	RenewSession(ctx context.Context, id string, at time.Time, idle time.Duration) error
}

// Jar reads and writes one kind of cookie (idp/httpsafe).
type Jar interface {
	// Get returns "" when the cookie is absent, sent twice or malformed.
	Get(r *http.Request) string
	Set(w http.ResponseWriter, value string)
	Clear(w http.ResponseWriter)
}

// Lifetimes bound every session (SE-05, SE-11; NIST SP 800-63B-4 section 2.2.3).
type Lifetimes struct {
	Idle     time.Duration // at most this long between two uses
	Absolute time.Duration // at most this long since the last authentication
	Max      int           // live sessions per account; the oldest end
}

// Sessions reads the session of a request and prepares new ones.
type Sessions struct {
	Store     Store
	Jar       Jar
	Lifetimes Lifetimes
	Now       func() time.Time
}

// Current returns the live session of the request and its active account, or nils when
// there is none. An error means that storage could not answer; callers fail closed.
func (s *Sessions) Current(r *http.Request) (*idp.Session, *idp.Account, error) {
	sess, account, err := s.Peek(r)
	if sess == nil || err != nil {
		return nil, nil, err
	}
	if now := s.Now(); now.Sub(sess.LastSeenAt) >= time.Minute {
		if err := s.Store.TouchSession(r.Context(), sess.ID, now); err != nil {
			return nil, nil, err
		}
		sess.LastSeenAt = now
	}
	return sess, account, nil
}

// Peek is Current for a request that is no use of the session, so that asking how long it
// lasts does not make it last.
func (s *Sessions) Peek(r *http.Request) (*idp.Session, *idp.Account, error) {
	value := s.Jar.Get(r)
	if value == "" {
		return nil, nil, nil
	}
	sess, account, err := s.Store.SessionByHash(r.Context(), idp.HashSecret(value))
	if errors.Is(err, idp.ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if !sess.Live(s.Now(), s.Lifetimes.Idle) || account.Status != idp.AccountActive || account.ID != sess.AccountID {
		return nil, nil, nil
	}
	return sess, account, nil
}

// Prepared is a session about to be committed together with the events that earned it.
type Prepared struct {
	Session idp.Session
	New     bool
	EndsID  string // the browser's previous session, of another account, that ends in the same transaction
	Cookie  string // secret for the cookie, to be set only after the commit
}

// Prepare makes the session that a finished ceremony of accountID leads to. The same
// account's live session is kept and gets a new secret; anybody else's ends (SE-03, SE-13).
func (s *Sessions) Prepare(current *idp.Session, accountID, ip, userAgent string) Prepared {
	now := s.Now()
	secret := idp.NewSecret()
	p := Prepared{Cookie: secret}
	if current != nil && current.AccountID == accountID {
		p.Session = *current
	} else {
		p.New = true
		p.Session = idp.Session{ID: idp.NewID(), SID: idp.NewID(), AccountID: accountID, CreatedAt: now}
		if current != nil {
			p.EndsID = current.ID
		}
	}
	p.Session.Events = nil
	p.Session.Hash = idp.HashSecret(secret)
	p.Session.LastSeenAt, p.Session.ExpiresAt = now, now.Add(s.Lifetimes.Absolute)
	p.Session.IP, p.Session.UserAgent = ip, userAgent
	return p
}
