package config

import "time"

// Attestation policies for passkeys.
const (
	AttestationNone     = "none"
	AttestationHardware = "hardware"
)

// Passkey is the WebAuthn relying party.
type Passkey struct {
	RPID              string        `koanf:"rp_id" doc:"Relying party ID: the issuer's host or a parent domain of it. Passkeys are lost when it changes. Empty: the issuer's host."`
	Origins           []string      `koanf:"origins" doc:"Origins at which passkeys may be used. Empty: the issuer."`
	RelatedOrigins    []string      `koanf:"related_origins" doc:"Further origins of other domains, published at /.well-known/webauthn."`
	Max               int           `koanf:"max" validate:"min=1,max=20" doc:"Passkeys per account."`
	Attestation       string        `koanf:"attestation" validate:"oneof=none hardware" doc:"none asks for no attestation. hardware asks for it and verifies it against attestation_roots; only that can earn phrh."`
	AttestationRoots  string        `koanf:"attestation_roots" doc:"PEM file of the attestation roots the firm trusts."`
	OfferEvery        time.Duration `koanf:"offer_every" validate:"min=0s,max=8760h" doc:"After signing in by password in a browser that can hold a passkey, a customer without one is offered to add it, at most this often. 0: never."`
	ConditionalCreate bool          `koanf:"conditional_create" doc:"Whether a browser that can may add a passkey without a dialog, right after a sign-in by password and second factor. Off: on a shared machine the passkey would be in somebody else's hands before the customer was asked."`
	AlwaysCheck       bool          `koanf:"always_check" doc:"Whether a mailed code or the authenticator app is asked for right before every passkey that is added. Off: an account that has a passkey proves one instead, not longer than 5 min ago."`
	AndroidOrigins    []string      `koanf:"android_origins" validate:"unique" doc:"Origins of the firm's own Android apps (android:apk-key-hash:…), which may sign in with passkeys. None may add one: that takes a browser."`
	AttestationModels []string      `koanf:"attestation_models" validate:"unique,dive,uuid" doc:"AAGUIDs of the authenticator models whose attestation, verified against attestation_roots, earns phrh."`
}

// Password is the policy for login passwords and the cost of their hashes.
type Password struct {
	MinLength  int      `koanf:"min_length" validate:"min=8,max=64" doc:"Least number of characters (Unicode code points)."`
	Classes    []string `koanf:"classes" validate:"unique,dive,oneof=lower upper digit symbol" doc:"Kinds of characters that must appear: lower, upper, digit, symbol. Off by default: length protects better."`
	Symbols    string   `koanf:"symbols" doc:"Which characters count as symbols; empty: all that are neither letter nor digit."`
	MinScore   int      `koanf:"min_score" validate:"min=0,max=4" doc:"Least strength by estimate, 0 to 4; 0 switches the estimate off."`
	ExtraWords []string `koanf:"extra_words" doc:"Words customers must not build a password on, such as the names of the firm and its services."`
	Argon2     Argon2   `koanf:"argon2" doc:"Cost of new hashes (Argon2id). Older hashes are renewed at the next sign-in."`
	Parallel   int      `koanf:"parallel" validate:"min=1,max=256" doc:"Hashes computed at a time; each takes argon2.memory_kib."`
	Queue      int      `koanf:"queue" validate:"min=0,max=10000" doc:"Sign-ins that may wait for a hash; beyond it customers are asked to try again."`
	Pepper     Pepper   `koanf:"pepper" doc:"Secret mixed into every hash and kept outside the database."`

	NoticeAfter time.Duration    `koanf:"notice_after" validate:"omitempty,min=720h,max=87840h" doc:"A login or transaction password unchanged for this long puts a notice before its customer after signing in with it. It never forces a change. 0s: no notice."`
	NoticeAgain time.Duration    `koanf:"notice_again" validate:"min=24h,max=8784h" doc:"A customer who put the notice off is not shown it again for this long."`
	Keyboard    PasswordKeyboard `koanf:"keyboard" doc:"The on-screen keyboard (ソフトウェアキーボード) beside every password field."`

	Transaction TransactionPassword `koanf:"transaction" doc:"The transaction password (取引パスワード), a second one that some operations ask for."`
}

// Argon2 is the cost of one password hash (RFC 9106).
type Argon2 struct {
	MemoryKiB uint32 `koanf:"memory_kib" validate:"min=8,max=4194304" doc:"Memory in KiB."`
	Time      uint32 `koanf:"time" validate:"min=1,max=100" doc:"Passes over the memory."`
	Threads   uint8  `koanf:"threads" validate:"min=1,max=64" doc:"Lanes, computed side by side."`
}

// Pepper names the pepper in use and those that old hashes still need.
type Pepper struct {
	ID      string            `koanf:"id" validate:"required,alphanum,max=32" doc:"Name of the pepper in use, written into each hash. A new pepper needs a new name."`
	File    string            `koanf:"file" doc:"File with the pepper, at least 16 bytes."`
	Env     string            `koanf:"env" doc:"Environment variable with the pepper, used when file is empty."`
	Retired map[string]string `koanf:"retired" doc:"Earlier peppers that stored hashes still name: name to file."`
	Secret  Secret            `koanf:"-"`
	Old     map[string]Secret `koanf:"-"`
}

// TOTP is RFC 6238 as every authenticator app does it: six digits, 30 seconds, one step of
// drift. None of these is a choice.
type TOTP struct {
	Issuer string `koanf:"issuer" validate:"excludes=:" doc:"Name shown in authenticator apps. Empty: the firm's name in the first language."`
}

// EmailCode is a code sent by mail.
type EmailCode struct {
	Digits      int           `koanf:"digits" validate:"min=6,max=10" doc:"Digits of a code."`
	TTL         time.Duration `koanf:"ttl" validate:"min=1m,max=10m" doc:"How long a code can be used."`
	Attempts    int           `koanf:"attempts" validate:"min=1,max=10" doc:"Wrong codes after which the sign-in must start again."`
	ResendAfter time.Duration `koanf:"resend_after" validate:"min=10s,max=10m" doc:"Least time between two mails of one sign-in."`
}
