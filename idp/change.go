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
	MaxSessions  int       // the account's oldest sessions beyond this end
	EndSessionID string    // a previous session of this browser that ends now
	Proved       *Proved   // what was verified before this transaction; nil for a passkey, which is verified in it
	StopCode     *StopCode // of the mail about this sign-in; nil when it carries none
	// Ended makes the audit record of each session that ends because of this one; which
	// they are is known in the transaction only. nil: none is written.
	Ended   func(sessionID, accountID, reason string) AuditRecord
	Effects Effects

	Environment *EnvironmentUse // where the sign-in comes from; nil: nothing changes about it
}

// Proved is what a password ceremony rests on: both must still be the account's.
type Proved struct {
	PasswordSetAt time.Time // ChangedAt of the very password that was verified; compared for being the same, not for being earlier
	CredentialID  string    // of the second factor: TOTP.ID or Email.ID
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
	PushedHash    []byte // of the pushed request this answers; it is used up with it
	Transaction   *Transaction
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
