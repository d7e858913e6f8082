package idp

import "time"

// Grant is what one finished authorization gave one client: the root of its code,
// refresh tokens and access tokens, and the unit of revocation. The assurance in it
// is fixed for ever (RT-07).
type Grant struct {
	ID        string
	AccountID string
	ClientID  string
	SessionID string // Session.ID; the grant dies with it unless Offline
	SID       string // Session.SID
	Scopes    []string
	Resources []string
	Claims    []byte // the claims request (OIDC Core 5.5), JSON; nil when absent
	ACR       string // the value that was asked for, or the plain level
	Level     string // the plain level's acr
	AMR       []string
	AuthTime  time.Time
	Offline   bool
	CreatedAt time.Time
	ExpiresAt time.Time // absolute end of everything under the grant
	RevokedAt time.Time

	Details    []byte    // authorization_details as approved, canonical; nil without
	Receipt    string    // of the approval, a signed JWT
	SingleUse  bool      // its one access token is good for one act
	RedeemedAt time.Time // when that act was done
}

// GrantState is a grant with what decides whether it still stands, read in one statement.
type GrantState struct {
	Grant
	AccountStatus AccountStatus
	Subject       string
	SessionEnded  bool      // ended, absolutely expired, or gone; never set for an offline grant
	HeldUntil     time.Time // of the account's recovery hold (RC-12); zero: there never was one
}

// Live reports whether tokens under the grant may be issued or accepted at now (TK-17).
func (g *GrantState) Live(now time.Time) bool {
	return g.RevokedAt.IsZero() && g.RedeemedAt.IsZero() && now.Before(g.ExpiresAt) && g.AccountStatus == AccountActive && !g.SessionEnded
}

// AuthorizationCode is bound to everything AZ-26 lists, through its grant.
type AuthorizationCode struct {
	Hash          []byte // HashSecret of the code
	GrantID       string
	ClientID      string
	RedirectURI   string
	CodeChallenge string // S256; "" only for clients of the oidc profile that sent none
	Nonce         string
	AuthTimeAsked bool // max_age, require_auth_time or claims asked for auth_time
	CreatedAt     time.Time
	ExpiresAt     time.Time
	ConsumedAt    time.Time
	DPoPKey       string // thumbprint of the one key that may redeem it; "" when the request named none (RFC 9449 10)
}

// RefreshToken is one link of a grant's refresh chain.
type RefreshToken struct {
	Hash          []byte
	GrantID       string
	ClientID      string
	IssuedAt      time.Time
	IdleExpiresAt time.Time // the absolute end is the grant's
	RotatedAt     time.Time // zero: head of the chain
	// Successor is the next token sealed under a key derived from this token, so that a
	// retry within the grace window gets the same one and a database reader gets nothing.
	Successor []byte
	// BoundTo is the Confirmation of the key that must be proved again, for public clients;
	// a confidential client's token is bound by its authentication.
	BoundTo string
}

// Consent is remembered per account and client (CN-03).
type Consent struct {
	AccountID   string
	ClientID    string
	Scopes      []string
	Fingerprint string // of the client's name and redirect URIs, and of the claims asked
	GivenAt     time.Time
}

// SigningKeyState is where a signing key is in its life (DJ-04).
type SigningKeyState string

const (
	KeyPublished SigningKeyState = "published" // in the JWKS, not signing yet
	KeySigning   SigningKeyState = "signing"
	KeyRetiring  SigningKeyState = "retiring" // in the JWKS until its last token has expired
	KeyRetired   SigningKeyState = "retired"  // verifies id_token_hint only
)

// SigningKey is a private key sealed under keys.PurposeSigning.
type SigningKey struct {
	ID         string // kid
	Algorithm  string // ES256, RS256, PS256, EdDSA
	Generation int    // (Algorithm, Generation) is unique, so that two nodes starting at once make one key
	Sealed     []byte // PKCS#8, sealed
	Public     []byte // JWK, JSON
	State      SigningKeyState
	CreatedAt  time.Time
	SignsFrom  time.Time // first moment it may sign
	RetiresAt  time.Time // zero, or when it leaves the JWKS
}
