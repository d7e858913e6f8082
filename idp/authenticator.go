package idp

import "time"

// Method names an authentication method as recorded in events.
type Method string

const (
	MethodPasskey   Method = "passkey"
	MethodPassword  Method = "password"
	MethodTOTP      Method = "totp"
	MethodEmailCode Method = "email_code"
	// MethodTransactionPassword is asked for by some operations beside their level (A2). It
	// earns none: a second thing the customer knows is no second factor.
	MethodTransactionPassword Method = "transaction_password"
)

// AuthenticationEvent is one authenticator that was verified, with what the ceremony
// itself showed. Levels are a pure function of these (idp/assurance).
type AuthenticationEvent struct {
	ID           string    `json:"id"`
	AccountID    string    `json:"account_id"`
	CeremonyID   string    `json:"ceremony_id"` // one sign-in or step-up; factors combine only within it
	Method       Method    `json:"method"`
	CredentialID string    `json:"credential_id,omitempty"` // Passkey.ID, TOTP.ID, Email.ID
	At           time.Time `json:"at"`
	// The rest is set for passkeys only.
	UserVerified        bool      `json:"uv,omitempty"`
	BackupEligible      bool      `json:"be,omitempty"`
	BackupState         bool      `json:"bs,omitempty"`
	HardwareAttested    bool      `json:"hw,omitempty"`           // attestation the firm's policy trusts
	TrustedFrom         time.Time `json:"trusted_from,omitempty"` // end of the credential's cooling-off; zero: none
	AuthenticatorAAGUID string    `json:"aaguid,omitempty"`
}

// PasswordKind tells the login password from the transaction password (A2, B5).
type PasswordKind string

const (
	LoginPassword       PasswordKind = "login"
	TransactionPassword PasswordKind = "transaction"
)

// Password is a stored password hash in PHC or crypt form.
type Password struct {
	AccountID  string
	Kind       PasswordKind
	Hash       string
	MustChange bool
	ChangedAt  time.Time
	FourDigits bool // a transaction password of old, seen when it was used (A2); the next one clears it
	// TrustedFrom is the end of the cooling-off of a first transaction password; zero: none.
	// Changing it keeps it: whoever set it knows it, and could change it.
	TrustedFrom time.Time
	RemindedAt  time.Time // when its customer last put the notice about its age off (A13)
}

// Passkey is a WebAuthn credential record (WebAuthn L3 section 4, "credential record"; PG-18).
type Passkey struct {
	ID              string // internal
	AccountID       string
	CredentialID    []byte // unique over all accounts, at most 1023 bytes
	PublicKey       []byte // COSE_Key
	SignCount       uint32
	AAGUID          []byte
	Transports      []string
	UserVerified    bool // uvInitialized
	BackupEligible  bool
	BackupState     bool
	AttestationType string
	Attested        bool // hardware attestation verified against the firm's trust list
	RPID            string
	Name            string // the customer's word for it
	CreatedAt       time.Time
	LastUsedAt      time.Time // zero: never used to sign in
	AddedACR        string    // level of the session that added it (provenance)
	TrustedFrom     time.Time // before this it does not count for operations that exclude cooling-off credentials
}

// TOTP is an RFC 6238 authenticator. Secret is sealed under keys.PurposeTOTP.
type TOTP struct {
	ID          string
	AccountID   string
	Secret      []byte    // sealed
	ConfirmedAt time.Time // zero: enrolment not finished, never usable
	LastStep    int64     // greatest accepted time step; only a greater one is accepted (OT-01)
	CreatedAt   time.Time
	LastUsedAt  time.Time
}

// CodePurpose binds an e-mailed code to what it may be used for (OT-07).
type CodePurpose string

const (
	CodeSignIn        CodePurpose = "sign_in"
	CodeEnrolPasskey  CodePurpose = "enrol_passkey"
	CodeEnrolTOTP     CodePurpose = "enrol_totp"
	CodeVerifyAddress CodePurpose = "verify_address"
	CodeRecover       CodePurpose = "recover"
)

// EmailCode is an e-mailed one-time code. The code is stored as a keyed MAC.
type EmailCode struct {
	ID         string
	AccountID  string
	FlowID     string // the interaction that asked; another one cannot use it
	Purpose    CodePurpose
	EmailID    string
	CodeMAC    []byte
	Attempts   int
	CreatedAt  time.Time
	ExpiresAt  time.Time
	ConsumedAt time.Time
}

// ChallengeKind keeps registration and authentication challenges apart (PG-01, PA-01).
type ChallengeKind string

const (
	ChallengeCreate ChallengeKind = "webauthn.create"
	ChallengeGet    ChallengeKind = "webauthn.get"
)

// Challenge is one open WebAuthn ceremony, consumed at its first finish whatever the outcome.
type Challenge struct {
	ID          string
	Kind        ChallengeKind
	FlowID      string // interaction id
	BrowserHash []byte // HashSecret of the browser binding cookie
	AccountID   string // "" for a discoverable sign-in
	SessionData []byte // go-webauthn session data, JSON
	CreatedAt   time.Time
	ExpiresAt   time.Time
}

// PasskeyUse is what a verified assertion changes in the credential record (PA-11).
type PasskeyUse struct {
	PasskeyID   string
	SignCount   uint32
	BackupState bool
	UsedAt      time.Time
}
