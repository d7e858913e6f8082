package idp

import "time"

// EmailChange is one change of a mail address of an account: asked for, then confirmed by
// a code sent to the new address, then for a while undoable by a code sent to the earlier
// ones (RC-07). Until it is confirmed the table of addresses does not know the new one, so
// it can neither receive sign-in codes nor be a login name.
type EmailChange struct {
	ID        string // also the id of the new address once it is confirmed
	AccountID string
	SessionID string // the session that asked; no other one confirms it
	Purpose   EmailPurpose
	// The address that goes; all empty when there is none.
	OldID         string
	OldAddress    string
	OldCanonical  string
	OldVerifiedAt time.Time
	OldCreatedAt  time.Time
	// The address that comes; empty when one is only removed.
	NewAddress   string
	NewCanonical string
	CreatedAt    time.Time
	ExpiresAt    time.Time // last moment to confirm it; once confirmed, last moment to undo it
	ConfirmedAt  time.Time // zero while the new address has not answered
	UndoMAC      []byte    // keyed MAC of the undo code; nil while not confirmed
	UndoneAt     time.Time
}

// ConfirmEmailChange makes a change take effect, once.
type ConfirmEmailChange struct {
	ID, AccountID, SessionID string
	At                       time.Time
	UndoMAC                  []byte
	UndoUntil                time.Time
	// Exclusive refuses a registered address that is another account's verified one.
	Exclusive bool
	Effects   Effects
}

// CodeAddresses are the addresses one-time codes may go to: verified ones, a security
// address before the registered one (B4), else in the order given.
func CodeAddresses(emails []Email) []Email {
	var preferred, others []Email
	for _, e := range emails {
		switch {
		case !e.Verified():
		case e.Purpose == EmailSecurity:
			preferred = append(preferred, e)
		default:
			others = append(others, e)
		}
	}
	return append(preferred, others...)
}
