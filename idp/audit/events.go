package audit

// The closed list of event names. The part before the dot is the subject, the part after
// it what happened to it.
const (
	SignInSucceeded = "signin.succeeded"
	SignInFailed    = "signin.failed"
	SignInLocked    = "signin.locked"
	SignInCancelled = "signin.cancelled"
	SignInNewDevice = "signin.new_device"

	StepUpSucceeded = "stepup.succeeded"
	StepUpFailed    = "stepup.failed"
	StepUpCancelled = "stepup.cancelled"
	StepUpUnmet     = "stepup.unmet"

	EnvironmentChecked   = "environment.checked"
	EnvironmentFailed    = "environment.check_failed"
	EnvironmentUnchecked = "environment.unchecked"
	EnvironmentReused    = "environment.reused"
	EnvironmentForgotten = "environment.forgotten"

	SecurityAnswerSet = "securityanswer.set"

	PasskeyAdded            = "passkey.added"
	PasskeyRemoved          = "passkey.removed"
	PasskeyRenamed          = "passkey.renamed"
	PasskeyRejected         = "passkey.rejected"
	PasskeyOfferDeclined    = "passkey.offer_declined"
	PasskeyCounterRegressed = "passkey.counter_regressed"

	TOTPEnrolled = "totp.enrolled"
	TOTPRemoved  = "totp.removed"
	TOTPFailed   = "totp.failed"
	TOTPReplayed = "totp.replayed"

	PasswordChanged  = "password.changed"
	PasswordFailed   = "password.failed"
	PasswordLocked   = "password.locked"
	PasswordUpgraded = "password.upgraded"

	TransactionPasswordSet      = "transactionpassword.set"
	TransactionPasswordChanged  = "transactionpassword.changed"
	TransactionPasswordVerified = "transactionpassword.verified"
	TransactionPasswordFailed   = "transactionpassword.failed"
	TransactionPasswordLocked   = "transactionpassword.locked"
	TransactionPasswordCleared  = "transactionpassword.cleared"

	EmailCodeSent      = "emailcode.sent"
	EmailCodeFailed    = "emailcode.failed"
	EmailCodeThrottled = "emailcode.throttled"
	EmailVerified      = "email.verified"

	EmailChangeStarted = "email.change_started"
	EmailChanged       = "email.changed"
	EmailRemoved       = "email.removed"
	EmailChangeUndone  = "email.change_undone"
	EmailUndoFailed    = "email.undo_failed"
	PhoneChanged       = "phone.changed"
	ProfileRevealed    = "profile.revealed"
	ProfileCheckFailed = "profile.check_failed"

	ConsentGiven    = "consent.given"
	ConsentDeclined = "consent.declined"
	ConsentRevoked  = "consent.revoked"

	AuthorizationRejected = "authorization.rejected"
	CodeIssued            = "code.issued"

	TransactionApproved = "transaction.approved"
	TransactionRevealed = "transaction.revealed"
	TransactionRedeemed = "transaction.redeemed"
	TransactionReused   = "transaction.reused"
	TransactionDisowned = "transaction.disowned"

	DeviceRequested = "device.requested"
	DeviceApproved  = "device.approved"
	DeviceDenied    = "device.denied"
	DeviceDisowned  = "device.disowned"
	DeviceRedeemed  = "device.redeemed"
	DeviceRejected  = "device.rejected"
	DeviceReplayed  = "device.replayed"
	DeviceUnknown   = "device.unknown"
	CodeRejected    = "code.rejected"
	CodeReplayed    = "code.replayed"

	TokenIssued       = "token.issued"
	TokenRefreshed    = "token.refreshed"
	TokenExchanged    = "token.exchanged"
	TokenRevoked      = "token.revoked"
	TokenRejected     = "token.rejected"
	TokenIntrospected = "token.introspected"
	RefreshReused     = "refresh.reused"
	AssertionReplayed = "assertion.replayed"
	ProofReplayed     = "dpop.replayed"

	ClientAuthFailed = "client.auth_failed"
	ClientCreated    = "client.created"
	ClientUpdated    = "client.updated"
	ClientDeleted    = "client.deleted"

	ClientRegistrationRejected = "client.registration_rejected"
	InitialTokenCreated        = "registrationtoken.created"
	InitialTokenRevoked        = "registrationtoken.revoked"

	KeyAdded     = "key.added"
	KeySigning   = "key.signing"
	KeyRetired   = "key.retired"
	KEKRewrapped = "kek.rewrapped"

	SessionStarted = "session.started"
	SessionEnded   = "session.ended"
	LogoutTold     = "logout.told"
	LogoutUntold   = "logout.untold"

	AccountCreated     = "account.created"
	AccountImported    = "account.imported"
	AccountActivated   = "account.activated"
	AccountLocked      = "account.locked"
	AccountUnlocked    = "account.unlocked"
	InvitationIssued   = "invitation.issued"
	InvitationFailed   = "invitation.failed"
	InvitationAccepted = "invitation.accepted"

	StopCodeFailed         = "stopcode.failed"
	AuthenticatorSuspended = "authenticator.suspended"
	AuthenticatorRestored  = "authenticator.restored"
	NotificationChanged    = "notification.changed"
	NoticeAccepted         = "notice.accepted"
	NoticeRejected         = "notice.rejected"
	RecoveryBegun          = "recovery.begun"
	RecoveryProved         = "recovery.proved"
	RecoveryFailed         = "recovery.failed"
	RecoveryRefused        = "recovery.refused"
	RecoverySuspended      = "recovery.suspended"
	RecoveryCompleted      = "recovery.completed"
	RecoveryHoldEnded      = "recovery.hold_ended"
	RecoveryCodesCreated   = "recoverycodes.created"
	RecoveryCodeUsed       = "recoverycode.used"
	FactorChoiceTightened  = "factorchoice.tightened"
	FactorChoiceLoosened   = "factorchoice.loosened"
	OperationStopped       = "operation.stopped"
	OperationResumed       = "operation.resumed"

	LetterRequested       = "letter.requested"
	LetterRefused         = "letter.refused"
	LetterPrinted         = "letter.printed"
	LetterVoided          = "letter.voided"
	TemporaryUsed         = "temporarypassword.used"
	AuthenticatorUnlocked = "authenticator.unlocked"

	AuthzDenied     = "authz.denied"
	CSRFRejected    = "csrf.rejected"
	ThrottleLimited = "throttle.limited"
	ThrottleSpray   = "throttle.spray"

	AuditGap     = "audit.gap"
	AuditExpired = "audit.expired"
)

// Results a record may have.
const (
	OK     = "ok"
	Denied = "denied"
	Failed = "error"
)

// Actors a record may name.
const (
	Customer  = "customer"
	ClientApp = "client"
	Operator  = "operator"
	System    = "system"
)

// Event documents one name.
type Event struct {
	Name string
	Says string
	// InTransaction: the record is written as idp.Effects with the change, never queued.
	InTransaction bool
}

// Events is the closed list with its meaning, for LOG.md, dashboards and tests.
func Events() []Event { return append([]Event(nil), events...) }

// Known reports whether name is on the list.
func Known(name string) bool { _, ok := known[name]; return ok }

var events = []Event{
	{SignInSucceeded, "a customer reached an assurance level at sign-in; detail: acr, amr, method", true},
	{SignInFailed, "a first factor was wrong, unknown or not allowed; detail: method", false},
	{SignInLocked, "a sign-in was refused unseen because that authenticator is locked", false},
	{SignInCancelled, "the customer went back to the relying party", false},
	{SignInNewDevice, "sign-in from a browser not seen before or after a long silence; a mail went out; reason: unknown, changed, copied", true},
	{EnvironmentChecked, "birth date and postal code were right at a sign-in from a new environment; no level is earned by it", false},
	{EnvironmentFailed, "birth date or postal code was wrong at a sign-in from a new environment", false},
	{EnvironmentUnchecked, "a new environment was not checked by birth date and postal code, because they are not registered; the mailed code decided", false},
	{EnvironmentReused, "a sign-in showed a secret of a known browser that another one had replaced: the cookie was copied. The environment was forgotten", true},
	{EnvironmentForgotten, "the customer made a known browser unknown again; detail: environment", true},
	{SecurityAnswerSet, "a security question was answered, replacing an earlier answer", true},
	{StepUpSucceeded, "a stronger or fresher proof was given inside a session; detail: operation, acr", true},
	{StepUpFailed, "a proof asked for inside a session was wrong", false},
	{StepUpCancelled, "the customer declined the step-up; the session stays as it was", false},
	{StepUpUnmet, "no authenticator of the customer can reach what was asked", false},
	{PasskeyAdded, "a passkey was registered; detail: aaguid, level it was added from", true},
	{PasskeyRemoved, "a passkey was deleted", true},
	{PasskeyRenamed, "a passkey was renamed", false},
	{PasskeyOfferDeclined, "the customer does not want to be offered a passkey after signing in any more", false},
	{PasskeyRejected, "an assertion or attestation did not verify; reason says which check", false},
	{PasskeyCounterRegressed, "the signature counter went back: possibly a cloned authenticator", false},
	{TOTPEnrolled, "an authenticator app was confirmed, replacing an earlier one", true},
	{TOTPRemoved, "the authenticator app was removed", true},
	{TOTPFailed, "a TOTP code was wrong", false},
	{TOTPReplayed, "a TOTP code was right but had been used", false},
	{PasswordChanged, "a password was set; other sessions and their grants ended", true},
	{PasswordFailed, "a password was wrong where it was not a sign-in (change, transaction)", false},
	{PasswordLocked, "consecutive failures started a lock; reason: temporary or hard", false},
	{PasswordUpgraded, "a legacy hash was replaced after a correct password", false},
	{TransactionPasswordSet, "a customer's first transaction password was set", true},
	{TransactionPasswordChanged, "the transaction password was changed; other sessions and their grants ended", true},
	{TransactionPasswordVerified, "the transaction password was given to an operation; detail: operation, interaction", false},
	{TransactionPasswordFailed, "a transaction password was wrong, for an operation or a change", false},
	{TransactionPasswordLocked, "a transaction password was refused unseen, or a failure started a lock; reason: refused, temporary or hard", false},
	{TransactionPasswordCleared, "a forgotten or stopped transaction password was removed, by the desk or by its customer's recovery", true},
	{EmailCodeSent, "a one-time code was committed to the outbox; detail: purpose", true},
	{EmailCodeFailed, "an e-mailed code was wrong, expired, used or over its attempts", false},
	{EmailCodeThrottled, "a code was not sent because of a limit", false},
	{EmailVerified, "a mail address answered with its code", true},
	{EmailChangeStarted, "a change of a mail address was asked for and waits for its code; detail: purpose", true},
	{EmailChanged, "a new mail address answered and took the place of the old one; detail: purpose", true},
	{EmailRemoved, "a security mail address was removed", true},
	{EmailChangeUndone, "an undo code restored the earlier mail address; every session and grant ended", true},
	{EmailUndoFailed, "an undo code was wrong, used or too late", false},
	{PhoneChanged, "the registered telephone number was changed; it counts as not verified", true},
	{ProfileRevealed, "registered data was shown in clear after a fresh proof", false},
	{ProfileCheckFailed, "the current address or number typed to change it was wrong; detail: field", false},
	{ConsentGiven, "the customer allowed a client; detail: scopes", true},
	{ConsentDeclined, "the customer refused a client", false},
	{ConsentRevoked, "a consent and its grants were withdrawn", true},
	{AuthorizationRejected, "an authorization request broke a rule; reason is the error code", false},
	{CodeIssued, "an authorization code was issued; detail: acr", true},
	{TransactionApproved, "the customer approved a transaction; detail: operation, grant, method, credential", true},
	{TransactionRevealed, "an approved transaction was shown in clear, or its receipt handed out, after a fresh proof; detail: receipt", false},
	{TransactionRedeemed, "a resource server used an approved transaction up; detail: grant", true},
	{TransactionReused, "a resource server asked to use a transaction up that is used, over or none; detail: grant where it is known", false},
	{TransactionDisowned, "the customer said that a transaction to be approved is not theirs; nothing was granted; detail: operation", true},
	{DeviceRequested, "a device asked for its customer's word (RFC 8628); detail: scope", false},
	{DeviceApproved, "the customer connected a device; detail: grant, acr, scope, and where it asked from: ip, device", true},
	{DeviceDenied, "the customer did not connect a device, or could not be signed in as it asked; reason is what the device was told", true},
	{DeviceDisowned, "the customer said that a device is not theirs or that somebody sent them its code; nothing was connected", true},
	{DeviceRedeemed, "a connected device took its tokens; detail: grant", false},
	{DeviceRejected, "a device got no tokens: it was denied, too late, unknown, another client's, or the grant had ended", false},
	{DeviceReplayed, "a device code that had been used was presented again; its grant was revoked", false},
	{DeviceUnknown, "a user code that no device shows was entered", false},
	{CodeRejected, "a code was unknown, expired, another client's or had a wrong verifier", false},
	{CodeReplayed, "a used code was presented again; its grant was revoked", false},
	{TokenIssued, "tokens were issued for a code; detail: acr, scopes", false},
	{TokenRefreshed, "a refresh token was exchanged", false},
	{TokenExchanged, "a resource server got a token for another resource, to go on for the customer (RFC 8693); detail: rule, target, from (the token it was given), grant", false},
	{TokenRevoked, "a token or grant was revoked on request", true},
	{TokenRejected, "a token request or a bearer token was refused", false},
	{TokenIntrospected, "a resource server asked about a token", false},
	{RefreshReused, "a rotated refresh token was presented again; its grant was revoked", false},
	{AssertionReplayed, "a client assertion or other jti was presented twice", false},
	{ProofReplayed, "a DPoP proof was presented twice", false},
	{ClientAuthFailed, "a client could not prove who it is; reason says which check", false},
	{ClientCreated, "a client was registered", true},
	{ClientUpdated, "a client was changed; detail: which fields", true},
	{ClientDeleted, "a client was deleted and its grants revoked", true},
	{ClientRegistrationRejected, "a client that registers itself, or manages its registration, was refused; reason says why", false},
	{InitialTokenCreated, "a token was made by which clients can be registered; detail: which", true},
	{InitialTokenRevoked, "such a token was ended; detail: which", true},
	{KeyAdded, "a signing key was generated and published", true},
	{KeySigning, "a signing key took over", true},
	{KeyRetired, "a signing key left the JWKS", true},
	{KEKRewrapped, "an operator sealed what the database holds again under the primary key-encryption key; detail: how much", true},
	{SessionStarted, "an SSO session began", true},
	{SessionEnded, "an SSO session ended; reason: logout, replaced, too_many_sessions, other_device, everywhere", true},
	{LogoutTold, "a relying party took the logout token of a session (Back-Channel Logout 1.0); detail: reason (what ended the session), attempts", true},
	{LogoutUntold, "a relying party was not told and will not be: it answered no, or a day of attempts failed; detail: reason, attempts", true},
	{AccountCreated, "an account was created by itself", true},
	{AccountImported, "a batch of accounts was imported; theirs is the record with the instant of their creation. detail: import, source, accounts, first_line, last_line", true},
	{AccountActivated, "an invited account became active", true},
	{AccountLocked, "an account was frozen; everything under it ended; reason: not_me when the customer did it by a stop code", true},
	{AccountUnlocked, "a frozen account became active again", true},
	{InvitationIssued, "an invitation code was issued, voiding earlier ones", true},
	{InvitationFailed, "an invitation code was wrong, expired, used or over its attempts", false},
	{InvitationAccepted, "an invitation was used", true},
	{StopCodeFailed, "a stop code was wrong, expired or used, or its account unknown", false},
	{AuthenticatorSuspended, "an authenticator or address added since a disowned sign-in was taken out of use; detail: kind, suspension", true},
	{AuthenticatorRestored, "the desk put a suspended authenticator back into use; detail: kind, suspension; of one reported lost: credential, identity, operator, because", true},
	{NotificationChanged, "the customer switched an optional mail on or off; detail: kind, wanted", true},
	{NoticeAccepted, "a relying party's notice was queued for the customer; detail: kind, mails", true},
	{NoticeRejected, "a relying party's notice was refused; reason says why", false},
	{RecoveryBegun, "a recovery was asked for; without an account when nobody who may recover has the name", false},
	{RecoveryProved, "one of the two proofs of a recovery was given; detail: method", true},
	{RecoveryFailed, "a proof of a recovery was wrong; detail: method", false},
	{RecoveryRefused, "both proofs were given, but this account is not recovered online; reason: corporate, passwords_off, locked", false},
	{RecoverySuspended, "a lost device was reported: authenticators stopped, every session and grant ended; detail: passkeys, totp", true},
	{RecoveryCompleted, "a new password was set by two proofs, every session and grant ended and the hold began; detail: held_until, removed", true},
	{RecoveryHoldEnded, "the desk ended the hold after a recovery before its time", true},
	{RecoveryCodesCreated, "a set of recovery codes was made, voiding the one before", true},
	{RecoveryCodeUsed, "a recovery code was used up", true},
	{FactorChoiceTightened, "the customer chose what to be asked for at an operation, no less than before; detail: operation, factor, anew, transaction_password", true},
	{FactorChoiceLoosened, "the customer chose to be asked for less at an operation, within the firm's bounds; reason: chosen or authenticator_removed; detail as above", true},
	{OperationStopped, "an operator switched an operation off; detail: operation, reason_ja, reason_en", true},
	{OperationResumed, "an operator took the stop of an operation away; detail: operation", true},
	{LetterRequested, "a letter with temporary passwords was queued; detail: letter, kinds, due, and for one that the desk ordered identity", true},
	{LetterRefused, "a letter asked for on the web was not queued; the asker got the same answer; reason: no_match, corporate, no_address, waiting, locked", false},
	{LetterPrinted, "a letter was printed, and what it says was forgotten here; detail: letter", true},
	{LetterVoided, "a letter was stopped or replaced and its temporary passwords ended; reason: stop_code or the desk's; detail: letter", true},
	{TemporaryUsed, "a temporary password was used and a lasting one took its place; detail: kind", true},
	{AuthenticatorUnlocked, "the desk lifted the lock of an authenticator after checking identity documents; detail: authenticator, identity, operator, because", true},
	{AuthzDenied, "an authenticated party asked for something that is not its own or above its level", false},
	{CSRFRejected, "a form or cross-origin request failed its origin or form-token check", false},
	{ThrottleLimited, "a rate limit was reached", false},
	{ThrottleSpray, "failures over many accounts from one place passed the threshold", false},
	{AuditGap, "records were lost to the table while the sink was down; detail: how many. They are in the log stream", false},
	{AuditExpired, "records older than the configured retention were deleted; detail: how many, and up to when", false},
}

var known = func() map[string]struct{} {
	m := make(map[string]struct{}, len(events))
	for _, e := range events {
		m[e.Name] = struct{}{}
	}
	return m
}()
