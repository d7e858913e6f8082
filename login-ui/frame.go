package loginui

import (
	"slices"
	"time"
)

// Page is one of the page structs of this package. Each embeds Frame.
type Page interface {
	frame() Frame
	template() string // file in templates/ without .html
}

// Frame is what every page has around its own content.
type Frame struct {
	Lang       string   // "ja" or "en"; "" lets Render choose by Lang(r, nil)
	CSRF       string   // form token; in every form as "csrf", in JSON calls as X-CSRF-Token
	Base       string   // path the page's forms are relative to: /interaction/ID or /account
	FormAction []string // more CSP form-action sources: the origins a form on this page may be redirected to
	ClientName string   // where the customer is going; "" on own pages
	Notice     *Notice
	Person     string // signed-in customer's name; shows the way to log out
	ReturnHref string // back to the relying party, where there is such a place

	Ends *Ending // when the session or sign-in of this page ends; nil: it does not, or nobody is warned
}

func (f Frame) frame() Frame { return f }

// Notice is one message above the page's content.
type Notice struct {
	Kind      NoticeKind
	Code      string    // one of the Notice… constants; an unknown one is shown as NoticeFailed
	Until     time.Time // when a pause ends, where the code has one
	Left      int       // attempts left, where the code has them; 0: not said
	Reference string    // the request's reference, so that the desk can find it
}

// NoticeKind chooses colour, icon and how a screen reader announces.
type NoticeKind string

const (
	Bad  NoticeKind = "bad"
	Good NoticeKind = "good"
	Info NoticeKind = "info"
)

// Notice codes. Each has texts for what happened, what was not harmed and what to do next.
const (
	NoticeLoginFailed          = "login_failed"           // wrong name or password, never which
	NoticePasswordLocked       = "password_locked"        // Until
	NoticePasswordHardLocked   = "password_hard_locked"   // only the desk or a passkey opens it
	NoticePasskeyCancelled     = "passkey_cancelled"      // the dialog was dismissed or timed out
	NoticePasskeyFailed        = "passkey_failed"         // the assertion did not verify
	NoticePasskeyUnknown       = "passkey_unknown"        // no such credential here any more
	NoticePasskeyExpired       = "passkey_expired"        // the challenge was too old
	NoticePasskeyExists        = "passkey_exists"         // this device already holds one
	NoticePasskeyLimit         = "passkey_limit"          // cap of passkeys reached
	NoticePasskeyUnavailable   = "passkey_unavailable"    // the browser refused to try
	NoticePasskeyRejected      = "passkey_rejected"       // an enrolment the firm's policy does not take
	NoticeNetwork              = "network"                // the browser could not reach us
	NoticeCodeWrong            = "code_wrong"             // Left
	NoticeCodeExpired          = "code_expired"           //
	NoticeCodeSpent            = "code_spent"             // too many tries at this code; a new one is needed
	NoticeCodeLocked           = "code_locked"            // Until; second factor paused
	NoticeCodeWait             = "code_wait"              // Until; resend asked too early
	NoticeCodeSent             = "code_sent"              //
	NoticePasswordRefused      = "password_refused"       // reasons are on the page
	NoticeCurrentPasswordWrong = "current_password_wrong" //
	NoticeNameInvalid          = "name_invalid"           //
	NoticeInviteFailed         = "invite_failed"          // Left
	NoticeInviteSpent          = "invite_spent"           // expired or too many tries
	NoticeFormExpired          = "form_expired"           // CSRF token of another session or too old
	NoticeRateLimited          = "rate_limited"           // Until
	NoticeFailed               = "failed"                 // something on our side; Reference
	NoticeSessionExpired       = "session_expired"        //
	NoticeSignedOut            = "signed_out"             //
	NoticePasskeyAdded         = "passkey_added"          //
	NoticePasskeyRenamed       = "passkey_renamed"        //
	NoticePasskeyRemoved       = "passkey_removed"        //
	NoticeTOTPAdded            = "totp_added"             //
	NoticeTOTPRemoved          = "totp_removed"           //
	NoticePasswordChanged      = "password_changed"       //
	NoticeSessionEnded         = "session_ended"          // one other device signed out
	NoticeSessionsEnded        = "sessions_ended"         // all other devices
	NoticeAppRevoked           = "app_revoked"            //
	NoticeRecoverSent          = "recover_sent"           // or not: it is the same for every name
	NoticeRecoveryCodeWrong    = "recovery_code_wrong"    // Left
	NoticeLostNothing          = "lost_nothing"           // a lost device was reported, but not what was on it
)

// NoticeCodes lists every code, for tests and the gallery.
func NoticeCodes() []string {
	return append(slices.Concat(transactionNotices(), contactNotices(), standingNotices(), choiceNotices(), environmentNotices(), questionNotices(), reissueNotices(), deviceNotices(), []string{NoticePasskeyInApp, NoticeKindForbidden}),
		NoticeLoginFailed, NoticePasswordLocked, NoticePasswordHardLocked, NoticePasskeyCancelled, NoticePasskeyFailed,
		NoticePasskeyUnknown, NoticePasskeyExpired, NoticePasskeyExists, NoticePasskeyLimit, NoticePasskeyUnavailable,
		NoticePasskeyRejected, NoticeNetwork, NoticeCodeWrong, NoticeCodeExpired, NoticeCodeSpent, NoticeCodeLocked,
		NoticeCodeWait, NoticeCodeSent, NoticePasswordRefused, NoticeCurrentPasswordWrong, NoticeNameInvalid,
		NoticeInviteFailed, NoticeInviteSpent, NoticeFormExpired, NoticeRateLimited, NoticeFailed, NoticeSessionExpired,
		NoticeSignedOut, NoticePasskeyAdded, NoticePasskeyRenamed, NoticePasskeyRemoved, NoticeTOTPAdded,
		NoticeTOTPRemoved, NoticePasswordChanged, NoticeSessionEnded, NoticeSessionsEnded, NoticeAppRevoked,
		NoticeStopCodeFailed, NoticeNotificationsSaved, NoticeRecoverSent, NoticeRecoveryCodeWrong, NoticeLostNothing,
	)
}

// noticeField names the input a code is about, so that the message can link to it and
// the input can point back.
var noticeField = map[string]string{
	NoticeLoginFailed: "login", NoticeCodeWrong: "code", NoticeCodeExpired: "code", NoticeCodeSpent: "code",
	NoticePasswordRefused: "new", NoticeCurrentPasswordWrong: "current", NoticeNameInvalid: "name",
	NoticeInviteFailed: "code", NoticeTransactionWrong: "transaction_password", NoticeStopCodeFailed: "code", NoticeRecoveryCodeWrong: "recovery_code", NoticeLostNothing: "passkeys",
}
