package idp

import "time"

// StopCode is what a mail about a sign-in carries, so that the customer can freeze the
// account with nothing else (B1). The code itself is only in the mail.
type StopCode struct {
	ID         string
	AccountID  string
	SessionID  string    // of the sign-in that the mail told of
	Lookup     []byte    // keyed MAC of account and code: how the row is found
	CodeMAC    []byte    // keyed MAC of row, account, session and code
	SignedInAt time.Time // authenticators added from then on are in doubt
	ExpiresAt  time.Time
	ConsumedAt time.Time
}

// AddressDisputed is why authenticators are suspended when a change of address is undone
// after a recovery that may have used it.
const AddressDisputed = "address_disputed"

// Reasons an account is locked.
const (
	LockedByOperator = "operator" // the desk froze it
	LockedNotMe      = "not_me"   // the customer said that a sign-in was not theirs
)

// AuthenticatorKind names what was suspended.
type AuthenticatorKind string

const (
	SuspendedPasskey  AuthenticatorKind = "passkey"
	SuspendedTOTP     AuthenticatorKind = "totp"
	SuspendedEmail    AuthenticatorKind = "email"
	SuspendedPassword AuthenticatorKind = "password"
	// VoidedRecoveryCodes are not kept: nobody can hand back a paper they did not print.
	VoidedRecoveryCodes AuthenticatorKind = "recovery_codes"
)

// SuspendedAuthenticator is an authenticator taken out of use until the desk decides. It
// is in no list of authenticators and no ceremony finds it.
type SuspendedAuthenticator struct {
	ID          string // of the suspension
	AccountID   string
	Kind        AuthenticatorKind
	Name        string // passkey name, mail address, kind of password
	AddedAt     time.Time
	SuspendedAt time.Time
	Reason      string
}

// Freeze is what using a stop code changes, all or nothing: the code is used up, the
// account locked, every session and grant ended, and what was added since the sign-in
// suspended.
type Freeze struct {
	Code   StopCode
	Reason string
	At     time.Time
	// Suspended makes the audit record of each suspended authenticator; which they are is
	// known in the transaction only. nil: none is written.
	Suspended func(kind AuthenticatorKind, id string) AuditRecord
	Effects   Effects
}

// NoticeRequest is a relying party's request to tell a customer something, as it is
// remembered for retries.
type NoticeRequest struct {
	ID        []byte // SHA-256 of client and idempotency key
	ClientID  string
	BodyHash  []byte
	ExpiresAt time.Time
}
