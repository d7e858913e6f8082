package idp

import "time"

// LogoutDelivery is one relying party that has to be told that a session of its customer
// is over (OIDC Back-Channel Logout 1.0). It exists if and only if what ended the session
// was committed.
type LogoutDelivery struct {
	ID        string
	ClientID  string
	AccountID string
	SessionID string
	SID       string // the sid claim of the ID tokens the client was given
	Reason    string // what ended the session, for the audit trail
	CreatedAt time.Time
	NotBefore time.Time
	Attempts  int
	LastError string // a class, never an address or an answer's text
}
