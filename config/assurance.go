package config

import "time"

// Assurance levels by their acr value, weakest first.
const (
	LevelEmail                     = "urn:sekisho:acr:email"
	LevelMFA                       = "urn:sekisho:acr:mfa"
	LevelPhishingResistant         = "phr"
	LevelPhishingResistantHardware = "phrh"
)

var levels = []string{LevelEmail, LevelMFA, LevelPhishingResistant, LevelPhishingResistantHardware}

// Assurance is the firm's policy: who must prove what, how strongly and how recently.
type Assurance struct {
	SignIn           Operation            `koanf:"sign_in" doc:"What signing in needs. Its level is the least for every operation; its deny stops everybody."`
	Operations       map[string]Operation `koanf:"operations" validate:"dive" doc:"Operations that relying parties can ask for as acr_values=urn:sekisho:op:NAME. Names are lower-case letters, digits and single underscores."`
	CoolingOff       time.Duration        `koanf:"cooling_off" validate:"min=0s,max=720h" doc:"How long a newly added passkey does not count for operations with trusted_passkey."`
	ImmediateFrom    string               `koanf:"immediate_from" validate:"omitempty,level" doc:"A passkey added from a session of at least this level counts at once. Empty: every passkey waits."`
	PasswordAllowed  bool                 `koanf:"password_allowed" doc:"Whether customers may sign in with a password and a second factor at all."`
	EmailCodeAllowed bool                 `koanf:"email_code_allowed" doc:"Whether a mailed code may be that second factor. It earns the weakest level only."`
}

// Operation is the firm's rule for one operation.
type Operation struct {
	Level          string        `koanf:"level" validate:"omitempty,level" doc:"Least level: urn:sekisho:acr:email, urn:sekisho:acr:mfa, phr or phrh. Empty: whatever signing in needs."`
	MaxAge         time.Duration `koanf:"max_age" validate:"omitempty,min=1m,max=24h" doc:"How old the proof may be, at least 1m. 0s: as old as the session."`
	Once           bool          `koanf:"once" doc:"The proof must be given anew for each request."`
	TrustedPasskey bool          `koanf:"trusted_passkey" doc:"A passkey still cooling off does not count."`
	RespectHold    bool          `koanf:"respect_hold" doc:"Refused while the account is held after a recovery (recovery.hold)."`
	From           time.Time     `koanf:"from" doc:"When this rule begins (RFC 3339, such as 2026-10-01T00:00:00+09:00); until then the rule under before holds."`
	Before         *Operation    `koanf:"before" doc:"The rule until from."`
	Deny           bool          `koanf:"deny" doc:"Switches the operation off, at once and whatever from says."`
	DenyReason     Text          `koanf:"deny_reason" doc:"What customers are told while it is off, by language."`

	TransactionPassword bool   `koanf:"transaction_password" doc:"Besides, the transaction password is asked for in each request. Needs password.transaction.enabled; not for signing in."`
	TransactionOr       string `koanf:"transaction_or" validate:"omitempty,level" doc:"With transaction_password: a proof of at least this level, given in the very request, does instead. Empty: nothing does."`
	Name                Text   `koanf:"name" doc:"What customers call the operation, by language, such as 出金. Empty: the name the pages know, else the key."`
	// Choices bound what a customer may set for the operation.
	Choices []string `koanf:"choices" validate:"unique,dive,oneof=totp passkey anew transaction_password none" doc:"What customers may choose to be asked for: totp (at least an authenticator app), passkey, anew (each time), transaction_password, and none (nothing beyond signing in, less than this rule). Empty: nothing."`
}
