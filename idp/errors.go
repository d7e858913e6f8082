package idp

import "errors"

// Sentinel errors. A layer wraps them with %w and context; only the web edge maps
// them to a page or a protocol error. Their texts never reach a browser.
var (
	// ErrNotFound: no such row, or not visible to the asking account (IDOR answers the same).
	ErrNotFound = errors.New("not found")
	// ErrExists: a unique value (login name, credential id, client id) is taken.
	ErrExists = errors.New("already exists")
	// ErrConflict: another request changed the row since it was read; nothing was written.
	ErrConflict = errors.New("changed meanwhile")
	// ErrExpired: the value was right but its time has passed.
	ErrExpired = errors.New("expired")
	// ErrConsumed: a single-use value was presented again. The storage method says what it revoked.
	ErrConsumed = errors.New("already used")
	// ErrTooMany: a configured cap (passkeys, attempts, open challenges) is reached.
	ErrTooMany = errors.New("limit reached")
	// ErrLocked: the authenticator or the account is locked at this time.
	ErrLocked = errors.New("locked")
	// ErrRevoked: the grant, session or account behind a value has ended.
	ErrRevoked = errors.New("revoked")
	// ErrRejected: a credential was checked and is wrong. It never says which part.
	ErrRejected = errors.New("rejected")
	// ErrLastWayIn: after the change nothing would be left to sign in with; nothing was written.
	ErrLastWayIn = errors.New("last way to sign in")
	// ErrUnavailable: the database, mail server or another dependency does not answer; the caller may retry.
	ErrUnavailable = errors.New("temporarily unavailable")
)
