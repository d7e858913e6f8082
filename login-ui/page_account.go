package loginui

import "time"

// PasskeyItem is a passkey in the customer's words.
type PasskeyItem struct {
	ID          string
	Name        string // the customer's word for it
	Provider    string // by AAGUID, "" when unknown
	Synced      bool   // kept by a password manager, not bound to one device
	CreatedAt   time.Time
	LastUsedAt  time.Time // zero: never
	TrustedFrom time.Time // in the future: in its cooling-off
	Current     bool      // this very session signed in with it
}

// TOTPItem is the confirmed authenticator app.
type TOTPItem struct{ CreatedAt, LastUsedAt time.Time }

// SessionItem is one signed-in browser.
type SessionItem struct {
	ID         string
	Device     string // "Chrome · Windows"
	IP         string
	CreatedAt  time.Time
	LastSeenAt time.Time
	Current    bool
}

// AppItem is one client the customer has given access to.
type AppItem struct {
	ClientID, Name, Domain string
	Scopes                 []string
	Since                  time.Time
	OpenHref               string // where the application begins a sign-in (initiate_login_uri), or ""
}

// Security is the security centre at /account.
// Posts: {Base}/sessions/{id}/end, {Base}/sessions/end-others, {Base}/apps/{client}/revoke,
// {Base}/environments/{id}/forget, {Base}/logout.
type Security struct {
	Frame
	Name, MaskedLogin string
	Passkeys          []PasskeyItem
	MaxPasskeys       int
	TOTP              *TOTPItem
	PasswordChangedAt time.Time // zero: no password
	MaskedEmail       string
	Sessions          []SessionItem
	Apps              []AppItem
	Level             string // acr this session reached

	Unusable          Unusable         // by this type of account (E7)
	Signal            *Signal          // nil: the device's list is left alone
	Transaction       *TransactionItem // nil: the firm has no transaction passwords
	RecoveryCodes     bool             // a set was made
	RecoveryCodesLeft int
	HeldUntil         time.Time // withdrawals wait after a recovery; zero: they do not
	Suspended         bool      // a lost device was reported, and no recovery completed since
	PasswordAged      bool      // unchanged for long (A13)
	Environments      []EnvironmentItem
	Question          *QuestionItem // nil: the firm or the account has no security questions
}

// PasskeyRename posts {Base}/passkeys/{id}/rename (name).
type PasskeyRename struct {
	Frame
	Item PasskeyItem
}

// PasskeyRemove posts {Base}/passkeys/{id}/remove.
type PasskeyRemove struct {
	Frame
	Item PasskeyItem
	Last bool
	Left []string // with Last: what remains, "totp" and/or "password_email" (D9)
	// Stranded are the customer's own choices that could not be met without it; with any, the
	// form confirms (fall_back=1) that the firm's rule takes their place.
	Stranded []OperationName
}

// TOTPEnrol shows the shared secret and asks for a first code. The QR code is drawn
// from OTPAuthURI. Posts: {Base}/totp (code).
type TOTPEnrol struct {
	Frame
	Secret     string // grouped for reading, e.g. "JBSW Y3DP …"
	OTPAuthURI string // otpauth://totp/…
	Replaces   bool   // a confirmed one exists and works until this one is confirmed (E2)
}

// TOTPRemove asks for a last code. Posts: {Base}/totp/remove (code).
type TOTPRemove struct {
	Frame
	Stranded []OperationName // as in PasskeyRemove
}

// PasswordChange posts {Base}/password (current, new).
type PasswordChange struct {
	Frame
	MinLength int
	Reasons   []string
	LoginName string
}

// LogoutConfirm posts /logout/confirm.
type LogoutConfirm struct{ Frame }

// LoggedOut is the end of a logout.
type LoggedOut struct {
	Frame
	ContinueHref string // a checked post_logout_redirect_uri, "" when there is none
	// Frames are addresses of relying parties that are told by framing them (Front-Channel
	// Logout 1.0). With ContinueHref the page goes on by itself when all have loaded, or
	// after Wait.
	Frames []string
	Wait   time.Duration
}

// Environments is the page of recommended environments at /help/environments (D8).
type Environments struct{ Frame }

// Help is the page for those who cannot sign in, at /help/signin.
type Help struct{ Frame }

// Home is the page at /.
type Home struct {
	Frame
	Integration *Integration // for developers, below what customers need
	Devices     bool         // devices can be connected
}

// Error is a page for a request that cannot go on.
type Error struct {
	Frame
	Code             string // one of the Error… constants; an unknown one is shown as ErrorFailed
	Reference        string
	OAuthError       string // for the developer of the relying party
	OAuthDescription string
	RetryHref        string
	Status           int // informational; the HTTP status is Render's argument
}

// Error codes.
const (
	ErrorFailed        = "failed"          // 500
	ErrorUnavailable   = "unavailable"     // 503
	ErrorBadRequest    = "bad_request"     // an authorization request that cannot be worked off
	ErrorUnknownClient = "unknown_client"  // and nowhere to redirect to
	ErrorRedirectURI   = "redirect_uri"    // not a registered one
	ErrorExpired       = "expired"         // the interaction is too old or gone
	ErrorFinished      = "finished"        // the interaction was already worked off
	ErrorOtherBrowser  = "other_browser"   // begun in another browser
	ErrorFormExpired   = "form_expired"    // CSRF
	ErrorNotFound      = "not_found"       // 404
	ErrorMethod        = "method"          // 405
	ErrorTooLarge      = "too_large"       // 413
	ErrorRateLimited   = "rate_limited"    // 429
	ErrorAccount       = "account"         // the account cannot be used
	ErrorUnmet         = "unmet"           // what was asked cannot be reached with what the account has
	ErrorLogoutRequest = "logout_request"  // an end-session request that cannot be trusted
	ErrorDeclined      = "request_changed" // the client asked for something that needs the customer's yes first
)

// ErrorCodes lists every code, for tests and the gallery.
func ErrorCodes() []string {
	return []string{
		ErrorFailed, ErrorUnavailable, ErrorBadRequest, ErrorUnknownClient, ErrorRedirectURI, ErrorExpired, ErrorFinished,
		ErrorOtherBrowser, ErrorFormExpired, ErrorNotFound, ErrorMethod, ErrorTooLarge, ErrorRateLimited, ErrorAccount,
		ErrorUnmet, ErrorLogoutRequest, ErrorDeclined,
	}
}

// FormPost carries an authorization response by the form_post response mode. The script
// submits it; without script there is a button.
type FormPost struct {
	Frame
	Action string // the client's redirect URI; its origin joins form-action
	Fields [][2]string
}

func (Security) template() string       { return "security" }
func (PasskeyRename) template() string  { return "passkey_rename" }
func (PasskeyRemove) template() string  { return "passkey_remove" }
func (TOTPEnrol) template() string      { return "totp_enrol" }
func (TOTPRemove) template() string     { return "totp_remove" }
func (PasswordChange) template() string { return "password_change" }
func (LogoutConfirm) template() string  { return "logout_confirm" }
func (LoggedOut) template() string      { return "logged_out" }
func (Environments) template() string   { return "environments" }
func (Help) template() string           { return "help" }
func (Home) template() string           { return "home" }
func (Error) template() string          { return "error" }
func (FormPost) template() string       { return "form_post" }
