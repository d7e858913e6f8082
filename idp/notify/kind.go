package notify

import (
	"net/netip"
	"time"
)

// Kind names one mail the provider writes. The list is closed.
type Kind string

const (
	SignInCode     Kind = "sign_in_code"
	EnrolCode      Kind = "enrol_code"          // before a passkey or an authenticator app is added
	VerifyAddress  Kind = "verify_address_code" // sent to the address that is to be verified
	Invitation     Kind = "invitation"
	PasskeyAdded   Kind = "passkey_added"
	PasskeyRemoved Kind = "passkey_removed"
	TOTPEnrolled   Kind = "totp_enrolled"
	TOTPRemoved    Kind = "totp_removed"
	// PasswordChanged is also sent when a desk reset it (PW-07).
	PasswordChanged Kind = "password_changed"
	NewDevice       Kind = "new_device" // a sign-in from a browser not seen before, or after a long silence (SE-12)
	SignInLocked    Kind = "sign_in_locked"
	SessionsEnded   Kind = "sessions_ended" // one device or all of them were signed out

	TransactionPasswordSet     Kind = "transaction_password_set"
	TransactionPasswordChanged Kind = "transaction_password_changed"
	TransactionPasswordCleared Kind = "transaction_password_cleared" // by the desk or in a recovery
	// The next three go to the addresses there were before, with the code that undoes the
	// change (RC-07); the two after them to the new address (B13).
	EmailChanged            Kind = "email_changed"
	SecurityEmailChanged    Kind = "security_email_changed"
	SecurityEmailRemoved    Kind = "security_email_removed"
	EmailRegistered         Kind = "email_registered"
	SecurityEmailRegistered Kind = "security_email_registered"
	EmailRestored           Kind = "email_restored" // a change was undone
	PhoneChanged            Kind = "phone_changed"
	SignIn                  Kind = "sign_in"        // from a browser seen before (B1); the customer may do without
	AccountFrozen           Kind = "account_frozen" // by a stop code
	// NotificationsChanged tells of a change of which optional mails are sent (A4).
	NotificationsChanged Kind = "notifications_changed"
	// WithdrawalRequested is asked for by a relying party (B16).
	WithdrawalRequested  Kind = "withdrawal_requested"
	RecoverCode          Kind = "recover_code"   // the first of a recovery's two proofs
	Recovered            Kind = "recovered"      // a new password was set without signing in (RC-04)
	DeviceLost           Kind = "device_lost"    // authenticators were suspended (RC-11)
	RecoveryCodesCreated Kind = "recovery_codes" // a new set; the old one is void
	RecoveryCodeUsed     Kind = "recovery_code_used"
	// What the customer is asked for at an operation (B7).
	FactorChoiceChanged  Kind = "factor_choice_changed"
	FactorChoiceLoosened Kind = "factor_choice_loosened"
	SecurityAnswerSet    Kind = "security_answer_set"
	LetterRequested      Kind = "letter_requested" // temporary passwords by post were asked for; carries a stop code
	LetterPrinted        Kind = "letter_printed"
	TemporaryUsed        Kind = "temporary_used" // a temporary password was used and changed
	DeviceConnected      Kind = "device_connected"
)

// Kinds is every kind, in the order of the constants.
func Kinds() []Kind {
	return []Kind{
		SignInCode, EnrolCode, VerifyAddress, Invitation, PasskeyAdded, PasskeyRemoved,
		TOTPEnrolled, TOTPRemoved, PasswordChanged, NewDevice, SignInLocked, SessionsEnded,
		TransactionPasswordSet, TransactionPasswordChanged, TransactionPasswordCleared,
		EmailChanged, SecurityEmailChanged, SecurityEmailRemoved, EmailRegistered, SecurityEmailRegistered, EmailRestored, PhoneChanged,
		SignIn, AccountFrozen, NotificationsChanged, WithdrawalRequested,
		RecoverCode, Recovered, DeviceLost, RecoveryCodesCreated, RecoveryCodeUsed, FactorChoiceChanged, FactorChoiceLoosened, SecurityAnswerSet,
		LetterRequested, LetterPrinted, TemporaryUsed, DeviceConnected,
	}
}

// carriesCode reports whether the mail is worthless without a code and its expiry.
func (k Kind) carriesCode() bool {
	return k == SignInCode || k == EnrolCode || k == VerifyAddress || k == Invitation || k == RecoverCode || k.undoes()
}

// undoes reports whether the mail carries the code that takes the change back.
func (k Kind) undoes() bool {
	return k == EmailChanged || k == SecurityEmailChanged || k == SecurityEmailRemoved
}

// tellsOfSignIn reports whether the mail carries a stop code: of a sign-in, or of a letter
// that is about to let somebody sign in.
func (k Kind) tellsOfSignIn() bool { return k == SignIn || k == NewDevice || k == LetterRequested }

// beforeVerified reports whether the mail may go to an address the provider has not yet
// seen answer: those two mails are how it comes to answer.
func (k Kind) beforeVerified() bool { return k == VerifyAddress || k == Invitation }

// Data is what a mail may say. Unset fields leave their line out. Strings are cleaned,
// shortened and stripped of anything a mail program would turn into a link.
type Data struct {
	Code        string     // 4 to 64 letters, digits and hyphens
	ExpiresAt   time.Time  // of the code
	At          time.Time  // when it happened; defaults to now
	Device      string     // as the provider describes it, e.g. "Chrome, Windows"
	IP          netip.Addr // of the browser
	PasskeyName string     // the customer's own word for it
	LockedUntil time.Time
	AllDevices  bool // for SessionsEnded: every session, not one
	// StopCode freezes the account when the sign-in was not the customer's; StopUntil is its end.
	StopCode    string
	StopUntil   time.Time
	Amount      Money     // for WithdrawalRequested
	Destination string    // masked; a MaskedAccount
	HeldUntil   time.Time // for Recovered: until then withdrawals wait
	MailedFrom  time.Time // for DeviceLost: from then a mailed code does from a new device again
}
