package idp

import "time"

// The types below are the arguments and results of storage's multi-row acts. They live
// here so that packages can name them in their small store interfaces without importing storage.

// NewAccount is an account with what it is born with.
type NewAccount struct {
	Account    Account
	Emails     []Email
	Passwords  []Password
	TOTP       *TOTP
	Invitation *Invitation
}

// AcceptInvitation opens an invited account, once.
type AcceptInvitation struct {
	InvitationID    string
	AccountID       string
	Password        Password
	VerifiedEmailID string
	At              time.Time
	Effects         Effects
}

// Authenticate commits a finished ceremony: the session, its events, the credential's
// new state and the interaction's progress, all or nothing.
type Authenticate struct {
	Interaction  *Interaction // compare-and-set on Version, new Progress; nil when there is none
	Session      Session
	NewSession   bool
	Events       []AuthenticationEvent
	Passkey      *PasskeyUse
	MaxSessions  int    // the account's oldest sessions beyond this end
	EndSessionID string // a previous session of this browser that ends now
	Effects      Effects
}

// IssueCode finishes an interaction with a grant and its authorization code, once.
type IssueCode struct {
	InteractionID string
	Version       int
	Grant         Grant
	Code          AuthorizationCode
	Consent       *Consent
	At            time.Time
	Effects       Effects
}

// Rotation is the outcome of presenting a rotating refresh token.
type Rotation struct {
	Replayed bool         // within the grace window: Token.Successor holds the sealed successor
	Token    RefreshToken // the presented one
	Grant    GrantState
}

// ConsumedError says whose single-use value was presented again; its grant is already revoked.
type ConsumedError struct{ GrantID, AccountID, ClientID string }

func (e *ConsumedError) Error() string { return "already used: grant " + e.GrantID + " revoked" }

// Unwrap makes errors.Is(err, ErrConsumed) true.
func (e *ConsumedError) Unwrap() error { return ErrConsumed }

// AccountFilter selects accounts for listing, keyset-paginated by login name.
type AccountFilter struct {
	Query  string // part of the login name
	Status AccountStatus
	After  string // login name of the last one seen
	Limit  int    // at most 200
}

// AuditFilter selects audit records, oldest first.
type AuditFilter struct {
	AccountID, ClientID, Event string
	After                      int64
	Since, Until               time.Time
	Limit                      int
}

// AuditVerdict is what checking the audit chain found.
type AuditVerdict struct {
	Records int64 // checked
	Seals   int64
	Broken  bool
	At      int64 // id of the first record or seal that does not fit
	Reason  string
}
