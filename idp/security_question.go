package idp

import "time"

// SecurityAnswer is a customer's answer to one of the firm's security questions (A5). It is
// no authenticator: it earns no level and counts only as one of the two proofs of a
// recovery, where the firm says so.
type SecurityAnswer struct {
	AccountID  string
	QuestionID string // of the firm's list
	Hash       string // like a password's
	SetAt      time.Time
}
