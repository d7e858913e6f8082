package idp

import "time"

// InitialToken lets its holder register clients over the wire (RFC 7591 section 3), a
// number of times, until it expires.
type InitialToken struct {
	ID        string
	Hash      []byte // HashSecret of the token
	Note      string // for whom it was made
	Scope     string // what its clients may be registered for; "": whatever the policy allows
	Profile   ClientProfile
	MaxUses   int
	Uses      int
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt time.Time
}

// Usable reports whether one more client may be registered with the token at now.
func (t *InitialToken) Usable(now time.Time) bool {
	return t.RevokedAt.IsZero() && now.Before(t.ExpiresAt) && t.Uses < t.MaxUses
}

// Registration is a client that registers itself.
type Registration struct {
	Client       *Client
	TokenHash    []byte // HashSecret of the registration access token (RFC 7592)
	InitialToken *InitialToken
	MaxClients   int // self-registered clients there may be in all
	At           time.Time
}
