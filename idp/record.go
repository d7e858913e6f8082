package idp

import "time"

// AuditRecord is one security event (LG-02). Values are plain facts; secrets never.
type AuditRecord struct {
	ID        int64 // given by storage
	At        time.Time
	Event     string // dotted, e.g. "signin.succeeded"; the list is idp/audit
	Result    string // "ok", "denied", "error"
	Reason    string // a code, not a sentence
	Actor     string // "customer", "client", "operator", "system"
	AccountID string
	ClientID  string
	SessionID string
	RequestID string
	IP        string
	UserAgent string
	Detail    map[string]string
}

// OutboxMessage is something to be delivered if and only if its transaction commits.
type OutboxMessage struct {
	ID        string
	Kind      string // "mail"
	AccountID string
	Payload   []byte // sealed under keys.PurposeOutbox: it may hold a one-time code
	CreatedAt time.Time
	NotBefore time.Time
	ExpiresAt time.Time // after this it is pointless to deliver; zero: never
	Attempts  int
	LastError string
}

// Effects are committed with the state change they belong to, or not at all.
type Effects struct {
	Audit  []AuditRecord
	Outbox []OutboxMessage
	// Session is the one in which the change was asked for, "" without. When it has ended
	// meanwhile nothing is written and it is ErrRevoked: whatever ended it did not mean to
	// be overtaken. A recovery of the account that is on its way is void (RC-02): whoever
	// has a session does not need it, and what it was proved by may have just been replaced.
	Session string
	// WayIn refuses the change with ErrLastWayIn when nothing would be left to sign in
	// with (PG-17). It needs Session. nil: not asked.
	WayIn *WayIn
}

// WayIn is what the firm lets customers sign in with besides passkeys.
type WayIn struct {
	Password  bool // at all
	EmailCode bool // after it; an authenticator app always may
}

// LockPolicy is a growing lock after consecutive failures (B2, PW-09). The n-th lock
// lasts Base << (n-1), at most Max.
type LockPolicy struct {
	Threshold int           // failures until the first lock
	Base      time.Duration // length of the first lock
	Max       time.Duration
	HardCap   int           // consecutive failures after which the authenticator stays locked until rebound; 0: none
	Forget    time.Duration // failures older than this no longer count; 0: never forgotten
}

// Lock is the state of one throttle key after an attempt was counted.
type Lock struct {
	Failures    int
	LockedUntil time.Time // zero: not locked
	Hard        bool
}

// Locked reports whether an attempt at now must be refused unseen.
func (l Lock) Locked(now time.Time) bool { return l.Hard || now.Before(l.LockedUntil) }

// RateLimit is a GCRA limit: Burst at once, then one per Every.
type RateLimit struct {
	Every time.Duration
	Burst int
}
