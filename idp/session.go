package idp

import "time"

// Session is an SSO session at the provider. The cookie holds a secret of which only
// the hash is stored; it is replaced at every change of level (SE-03) while ID and SID stay.
type Session struct {
	ID         string
	Hash       []byte // HashSecret of the cookie value
	SID        string // the sid claim: public, different per session, not the cookie (LO-07)
	AccountID  string
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time // absolute end; re-authentication moves it
	EndedAt    time.Time
	EndReason  string
	IP         string
	UserAgent  string
	Events     []AuthenticationEvent // oldest first
}

// Live reports whether the session may still be used at now, given the idle limit.
func (s *Session) Live(now time.Time, idle time.Duration) bool {
	return s != nil && s.EndedAt.IsZero() && now.Before(s.ExpiresAt) && now.Before(s.LastSeenAt.Add(idle))
}

// ClockTolerance is how far the clocks of two nodes may be apart. What one node dated and
// another compares is given that much, always to the safe side.
const ClockTolerance = 5 * time.Second

// InteractionKind says what finishing an interaction leads to.
type InteractionKind string

const (
	InteractionAuthorize InteractionKind = "authorize" // an authorization request of a relying party
	InteractionOwn       InteractionKind = "own"       // one of the provider's own pages asks for sign-in or step-up
	InteractionInvite    InteractionKind = "invite"    // an invitation being accepted
	InteractionRecover   InteractionKind = "recover"   // a customer without a session regains an account
)

// Interaction is one authorization request (or own-page visit) being worked off in one
// browser. Request and Progress are JSON that storage does not read.
type Interaction struct {
	ID          string // in the path; useless without the browser's binding cookie
	Kind        InteractionKind
	BrowserHash []byte // HashSecret of the binding cookie (AZ-33)
	ClientID    string // "" for own pages
	Request     []byte // the checked authorization request; never changed after creation
	Progress    []byte // what has been proved so far; changed only by compare-and-set on Version
	Version     int
	CreatedAt   time.Time
	ExpiresAt   time.Time
	FinishedAt  time.Time
}
