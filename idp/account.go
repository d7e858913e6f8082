package idp

import "time"

// AccountStatus says whether an End-User account may be used at all.
type AccountStatus string

const (
	AccountInvited AccountStatus = "invited" // no authenticator yet; only an invitation code opens it
	AccountActive  AccountStatus = "active"
	AccountLocked  AccountStatus = "locked" // by the desk or by the customer's own freeze; never by wrong passwords
)

// AccountKind separates personal from corporate customers (policy E7, A8).
type AccountKind string

const (
	Personal  AccountKind = "personal"
	Corporate AccountKind = "corporate"
)

// Account is an End-User account.
type Account struct {
	ID          string // internal, NewID
	Subject     string // OIDC sub: opaque, never reassigned, at most 255 ASCII characters (ID-08)
	LoginName   string // the customer code (お客様コード) in canonical form, unique
	Kind        AccountKind
	Status      AccountStatus
	UserHandle  []byte // WebAuthn user.id, 32 random bytes, stable (PG-14)
	Profile     Profile
	Permissions []string // delivered to relying parties as a claim where the client's mapping asks
	Locale      string   // "ja" or "en"; "" when the customer never chose
	CreatedAt   time.Time
	UpdatedAt   time.Time
	LockedAt    time.Time // zero unless Status is locked
	LockReason  string    // LockedByOperator, LockedNotMe
	// Choices count within the firm's bounds; ChoicesVersion counts their changes.
	Choices        FactorChoices
	ChoicesVersion int
}

// Profile is the set of standard claims (OIDC Core 5.1) the firm holds about a customer.
type Profile struct {
	Name          string   `json:"name,omitempty"`
	GivenName     string   `json:"given_name,omitempty"`
	FamilyName    string   `json:"family_name,omitempty"`
	Birthdate     string   `json:"birthdate,omitempty"` // YYYY-MM-DD
	Gender        string   `json:"gender,omitempty"`
	Zoneinfo      string   `json:"zoneinfo,omitempty"`
	PhoneNumber   string   `json:"phone_number,omitempty"` // E.164
	PhoneVerified bool     `json:"phone_number_verified,omitempty"`
	Address       *Address `json:"address,omitempty"`
}

// Address is the OIDC Core 5.1.1 address claim.
type Address struct {
	Formatted     string `json:"formatted,omitempty"`
	StreetAddress string `json:"street_address,omitempty"`
	Locality      string `json:"locality,omitempty"`
	Region        string `json:"region,omitempty"`
	PostalCode    string `json:"postal_code,omitempty"`
	Country       string `json:"country,omitempty"`
}

// EmailPurpose tells the registered address from the separate security address (B4).
type EmailPurpose string

const (
	EmailRegistered EmailPurpose = "registered"
	EmailSecurity   EmailPurpose = "security"
)

// Email is one mail address of an account. Only a verified address receives codes.
type Email struct {
	ID         string
	AccountID  string
	Address    string // as mail is sent to
	Canonical  string // as it is looked up; see CanonicalEmail
	Purpose    EmailPurpose
	VerifiedAt time.Time // zero while unverified
	CreatedAt  time.Time
}

// Verified reports whether the provider itself has seen the address answer (ID-06).
func (e Email) Verified() bool { return !e.VerifiedAt.IsZero() }

// Invitation opens an invited account once. The code itself is mailed or printed and
// stored as a keyed MAC.
type Invitation struct {
	ID         string
	AccountID  string
	CodeMAC    []byte
	Attempts   int // counted before the code is compared
	CreatedAt  time.Time
	ExpiresAt  time.Time
	ConsumedAt time.Time
}
