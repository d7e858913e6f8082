package loginui

import "time"

// PasskeyOffer offers a passkey after a sign-in by password, and first of all when an
// account is opened. JSON: {Base}/enrol/options, {Base}/enrol/finish. Posts: {Base}/offer
// (choice=later|never).
type PasskeyOffer struct {
	Frame
	Welcome     bool // the account was just opened
	InApp       bool // inside of an app: nothing can be added here (D6)
	DefaultName string
	Conditional bool      // the browser may add one without a dialog
	From        time.Time // from when it would count for everything; zero: at once
}

// WelcomeCodes offers recovery codes when an account is opened. Posts: {Base} (nothing).
type WelcomeCodes struct {
	Frame
	CheckHref string // proves the new passkey first; "": not needed
	LaterHref string
}

// Signal is what the device may be told about its passkeys (WebAuthn L3 section 5.1.10).
// Ids are base64url. It is for the signed-in customer only.
type Signal struct {
	RPID, UserID      string
	Credentials       []string // all that are accepted; the device drops the others
	Name, DisplayName string
}

// Unusable is what the customer's type of account may not use (E7). What is registered
// all the same is shown, with the reason.
type Unusable struct{ Passkeys, TOTP, EmailCode, RecoveryCodes bool }

func (PasskeyOffer) template() string { return "passkey_offer" }
func (WelcomeCodes) template() string { return "welcome_codes" }

// NoticePasskeyInApp: a passkey cannot be added from inside of an app (D6).
const NoticePasskeyInApp = "passkey_in_app"

// NoticeKindForbidden: this type of account may not use the authenticator (E7).
const NoticeKindForbidden = "kind_forbidden"
