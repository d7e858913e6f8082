package idp

import "time"

// Transaction is one transaction that a customer approved (RFC 9396), with its receipt.
type Transaction struct {
	ID         string
	GrantID    string
	AccountID  string
	ClientID   string
	Type       string
	Details    []byte // authorization_details in canonical form
	Receipt    string // signed JWT
	ApprovedAt time.Time

	GoodUntil  time.Time // no token of it is good any more from then on; zero: good for more than one act
	RedeemedAt time.Time // when the one act was done
	RevokedAt  time.Time // of its grant, as long as that is kept
}
