package loginui

import "time"

// SignIn is the login page and, with Reauth, the step-up page.
// Posts: {Base}/password (login, password), {Base}/cancel.
// JSON: {Base}/passkey/options, {Base}/passkey.
type SignIn struct {
	Frame
	LoginHint    string // pre-fills only (AZ-23)
	PasskeyOnly  bool   // nothing else can reach what was asked
	Reauth       bool   // the customer is known; the name is not asked again
	MaskedLogin  string // with Reauth
	MayOther     bool   // with Reauth: offers to sign in as somebody else, POST {Base}/account (choice=other)
	Operation    string // "withdrawal" or urn:sekisho:op:withdrawal; "" for a plain sign-in
	Reason       string // assurance.Outcome.Reason
	InviteHref   string // to open an account first and come back; "": not offered
	ShowPassword bool
	ShowPasskey  bool
	// TransactionToo: the transaction password is typed on this page and sent with the
	// passkey's answer (B12).
	TransactionToo bool
}

// Code asks for an e-mailed code or a TOTP.
// Posts: {Base}/code (code), {Base}/code/send (address), {Base}/code/method (method), {Base}/cancel.
type Code struct {
	Frame
	Kind          string // "email" or "totp"
	Purpose       string // idp.CodePurpose
	MaskedAddress string // where the code went
	Addresses     []AddressChoice
	ExpiresAt     time.Time // zero with Kind "email": nothing was sent yet, the customer chooses an address first
	ResendAt      time.Time
	CanResend     bool
	Other         string // "email" or "totp": the alternative, "" when there is none
	// TransactionToo: the transaction password is a second field of the form (B12), for Operation.
	TransactionToo bool
	Operation      string

	NewEnvironment bool // with "totp": why there is no alternative

	Transaction *TransactionCard // what the code approves; nil: nothing
}

// AddressChoice is one verified address a code may go to (D3).
type AddressChoice struct{ ID, Masked string }

// PasskeyNeeded tells that the operation needs a passkey and offers to add one.
// Posts: {Base}/enrol (start), {Base}/cancel.
type PasskeyNeeded struct {
	Frame
	Operation string
	Immediate bool      // a passkey added now counts at once
	From      time.Time // otherwise: from when it would count
	CanEnrol  bool
	Phone     string // the desk, when it differs from the firm's help line
}

// CoolingOff tells from when the customer's new passkey counts. Posts: {Base}/cancel.
type CoolingOff struct {
	Frame
	Operation string
	From      time.Time
	Held      bool // not the passkey: the account, after a recovery
	Password  bool // not the passkey: the transaction password, which is new
	Early     bool // held, and the passkey that will be needed too can be added meanwhile
}

// Denied tells that the firm has switched an operation off (B17). Posts: {Base}/cancel.
type Denied struct {
	Frame
	Operation string
	Reason    string // the firm's own sentence in the page's language; "" for the plain one
}

// EnrolPasskey is the page from which the device's own dialog is opened.
// JSON: {Base}/enrol/options, {Base}/enrol/finish. Posts: {Base}/cancel.
type EnrolPasskey struct {
	Frame
	Count, Max  int
	DefaultName string
	InApp       bool // inside of an app: nothing can be added here (D6)
}

// PasskeyAdded lists the passkeys after one was added (D3). Posts: ContinueAction.
type PasskeyAdded struct {
	Frame
	Passkeys       []PasskeyItem
	Added          PasskeyItem
	ContinueAction string
	TrustedFrom    time.Time // zero: it counts for everything at once
}

// Consent asks whether a client may have what it asked for (CN-01).
// Posts: {Base}/consent (decision=allow|deny). The form carries no scopes.
type Consent struct {
	Frame
	Client   ClientCard
	Scopes   []ScopeItem
	Lifetime time.Duration // of the access given; 0: until the session ends

	Transaction *TransactionCard // what the client will be told was approved; nil: nothing
}

// ClientCard is what a customer may know a client by.
type ClientCard struct {
	Name, Domain      string
	Verified          bool // registered by the firm, not over the wire
	PolicyURI, TOSURI string
	Logo              []byte // a PNG of our own drawing; nil: its first letter is shown
}

// ScopeItem is one scope asked for. A scope without a text of its own is shown by its name.
type ScopeItem struct{ Scope string }

// ChooseAccount asks whether to go on as the signed-in customer.
// Posts: {Base}/account (choice=continue|other).
type ChooseAccount struct {
	Frame
	Name, MaskedLogin string
}

// Invite opens an invited account. Posts: {Base}/invite (login, code).
type Invite struct {
	Frame
	LoginName string
	From      string // the interaction to go on with afterwards, sent back as "from"
}

// NewPassword sets a first password, or replaces one that must be changed.
// Posts: {Base}/password/new (new; current unless First).
type NewPassword struct {
	Frame
	First     bool
	MinLength int
	Reasons   []string // why the last try was refused: the reason codes of idp/authn/password
	LoginName string   // for the browser's password store
}

func (SignIn) template() string        { return "signin" }
func (Code) template() string          { return "code" }
func (PasskeyNeeded) template() string { return "passkey_needed" }
func (CoolingOff) template() string    { return "cooling_off" }
func (Denied) template() string        { return "denied" }
func (EnrolPasskey) template() string  { return "enrol_passkey" }
func (PasskeyAdded) template() string  { return "passkey_added" }
func (Consent) template() string       { return "consent" }
func (ChooseAccount) template() string { return "choose_account" }
func (Invite) template() string        { return "invite" }
func (NewPassword) template() string   { return "new_password" }
