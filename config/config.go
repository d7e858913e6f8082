package config

import (
	"net/netip"
	"time"
)

// Modes of a provider.
const (
	Production  = "production"
	Development = "development"
)

// Config is everything a firm decides. The doc tag of a field is its documentation: the
// JSON Schema and error messages show it.
type Config struct {
	Issuer        string       `koanf:"issuer" validate:"required" doc:"Issuer identifier and public origin of the provider: scheme, host and, where needed, port. It never changes once relying parties know it."`
	Preset        string       `koanf:"preset" validate:"oneof=default reference-a reference-b reference-d" doc:"What holds where this file says nothing: default, or what one of three brokerages does (idp/spec/PRESETS.md)."`
	FormerIssuers []string     `koanf:"former_issuers" validate:"unique" doc:"Origins the provider had before. Pages asked for there are redirected to the issuer; protocol endpoints answer with an error that names it. Each needs a certificate as long as it is used."`
	Mode          string       `koanf:"mode" validate:"oneof=production development" doc:"production refuses to start with unsafe settings. development allows http on localhost and mail that is never sent."`
	Languages     []string     `koanf:"languages" validate:"min=1,unique,dive,oneof=ja en" doc:"Languages of pages and mails. The first is for whoever asks for none; a browser that asks for others only gets English, if that is among them."`
	TimeZone      string       `koanf:"time_zone" validate:"timezone" doc:"IANA time zone of the clock times shown to customers."`
	Listen        Listen       `koanf:"listen" doc:"The public listener."`
	Operations    Operations   `koanf:"operations" doc:"The operators' listener. It must not be reachable from outside."`
	Database      Database     `koanf:"database" doc:"Where everything is kept."`
	KEK           KEK          `koanf:"kek" doc:"Key-encryption keyset: what seals signing keys and TOTP secrets in the database. Made by: sekisho keys kek."`
	Firm          Firm         `koanf:"firm" doc:"What customers see of the firm."`
	Mail          Mail         `koanf:"mail" doc:"How codes and notices are sent."`
	Session       Session      `koanf:"session" doc:"Single sign-on sessions at the provider."`
	Interaction   Interaction  `koanf:"interaction" doc:"One authorization request being worked off in one browser."`
	Invitation    Invitation   `koanf:"invitation" doc:"Opening of new accounts by a code."`
	Contact       Contact      `koanf:"contact" doc:"How customers change their mail addresses."`
	Assurance     Assurance    `koanf:"assurance" doc:"How strongly and how recently customers must have signed in, by operation."`
	AccountKinds  AccountKinds `koanf:"account_kinds" doc:"Which authenticators each type of account may use."`
	Passkey       Passkey      `koanf:"passkey" doc:"Passkeys (WebAuthn)."`
	Password      Password     `koanf:"password" doc:"Login passwords. A second factor always follows one."`
	TOTP          TOTP         `koanf:"totp" doc:"One-time passwords of authenticator apps (RFC 6238)."`
	EmailCode     EmailCode    `koanf:"email_code" doc:"One-time codes sent by mail."`
	Recovery      Recovery     `koanf:"recovery" doc:"Regaining an account without signing in, by two proofs."`
	Throttle      Throttle     `koanf:"throttle" doc:"Limits on guessing, on mails sent and on requests."`
	Tokens        Tokens       `koanf:"tokens" doc:"Lifetimes of what relying parties receive, and the keys that sign it."`
	Notices       Notices      `koanf:"notices" doc:"Mails about sign-ins, and mails that relying parties ask for."`
	Audit         Audit        `koanf:"audit" doc:"The audit trail."`
	Log           Log          `koanf:"log" doc:"The program's own log, on standard error."`

	NewEnvironment   NewEnvironment   `koanf:"new_environment" doc:"Sign-ins from a device and browser that the account did not use before."`
	SecurityQuestion SecurityQuestion `koanf:"security_question" doc:"Security questions, for regaining an account; off unless enabled."`
	Letters          Letters          `koanf:"letters" doc:"Temporary passwords by post."`
	Identity         Identity         `koanf:"identity" doc:"Identity documents that the desk checks."`
	Logout           Logout           `koanf:"logout" doc:"How relying parties are told that a customer signed out."`
	Outbound         Outbound         `koanf:"outbound" doc:"Connections from the provider to relying parties."`
	Registration     Registration     `koanf:"registration" doc:"Relying parties that register themselves (RFC 7591, RFC 7592)."`
	Device           Device           `koanf:"device" doc:"Devices without a keyboard that a customer connects from elsewhere (RFC 8628)."`

	Transactions map[string]Transaction `koanf:"transactions" validate:"dive" doc:"Types of transactions that relying parties may ask customers to approve (authorization_details, RFC 9396), by name."`
}

// Listen is the public listener.
type Listen struct {
	Addr           string         `koanf:"addr" validate:"listen" doc:"Address and port to listen on, such as :9000 or 127.0.0.1:9000."`
	TLS            TLS            `koanf:"tls" doc:"Certificate of the listener. Leave empty where a trusted proxy ends TLS."`
	RedirectAddr   string         `koanf:"redirect_addr" validate:"omitempty,listen" doc:"Address and port of a plain http listener that sends browsers to the https issuer and refuses everything else, such as :80. Empty: none."`
	TrustedProxies []netip.Prefix `koanf:"trusted_proxies" doc:"Networks (CIDR) of the proxies whose Forwarded and X-Forwarded-For are believed. Nobody else's are."`
	ReadTimeout    time.Duration  `koanf:"read_timeout" validate:"min=1s,max=1m" doc:"Longest time to read a whole request."`
	WriteTimeout   time.Duration  `koanf:"write_timeout" validate:"min=1s,max=5m" doc:"Longest time to answer a request."`
	IdleTimeout    time.Duration  `koanf:"idle_timeout" validate:"min=1s,max=10m" doc:"How long an unused connection is kept."`
	DrainTimeout   time.Duration  `koanf:"drain_timeout" validate:"min=0s,max=5m" doc:"How long running requests may finish when the provider stops."`
	MTLS           MTLS           `koanf:"mtls" doc:"Client certificates (mutual TLS, RFC 8705), at addresses of their own so that no browser is asked for one."`
}

// TLS names a certificate.
type TLS struct {
	CertFile string `koanf:"cert_file" doc:"PEM file of the certificate and its chain."`
	KeyFile  string `koanf:"key_file" doc:"PEM file of the private key."`
}

// Enabled reports whether the listener itself speaks TLS.
func (t TLS) Enabled() bool { return t.CertFile != "" || t.KeyFile != "" }

// Operations is the listener for machines of the firm: health and metrics.
type Operations struct {
	Addr string `koanf:"addr" validate:"omitempty,listen" doc:"Address and port of /healthz, /readyz and /metrics. Empty switches the listener off."`
}

// Database says where state is kept.
type Database struct {
	URL      string `koanf:"url" validate:"required" doc:"sqlite:/path/to/file.db, or postgres://user:password@host/name. Pass a password in SEKISHO_DATABASE__URL rather than in the file."`
	MaxConns int    `koanf:"max_conns" validate:"min=1,max=1000" doc:"Most connections of this process to the database."`
}

// KEK names the key-encryption keyset. Exactly one of file and variable holds it.
type KEK struct {
	File   string `koanf:"file" doc:"File with the keyset."`
	Env    string `koanf:"env" doc:"Environment variable with the keyset, used when file is empty."`
	Secret Secret `koanf:"-"`
}

// Session bounds SSO sessions (NIST SP 800-63B-4 section 2.2.3).
type Session struct {
	Idle          time.Duration `koanf:"idle" validate:"min=1m,max=1h" doc:"A session unused for this long ends. At most 1h."`
	Absolute      time.Duration `koanf:"absolute" validate:"min=1m,max=24h" doc:"A session ends this long after the last authentication, used or not. At most 24h."`
	MaxPerAccount int           `koanf:"max_per_account" validate:"min=1,max=100" doc:"Live sessions per account; the oldest beyond it ends."`
	WarnBefore    time.Duration `koanf:"warn_before" validate:"min=20s,max=10m" doc:"How long before its end a customer is warned of the end of a session or sign-in and may stay. Less than idle."`
}

// Interaction bounds one sign-in.
type Interaction struct {
	Lifetime time.Duration `koanf:"lifetime" validate:"min=5m,max=1h" doc:"How long a customer may take over one sign-in."`
}

// Invitation bounds the opening of accounts.
type Invitation struct {
	Lifetime time.Duration `koanf:"lifetime" validate:"min=1h,max=2160h" doc:"How long an invitation code can be used."`
	Attempts int           `koanf:"attempts" validate:"min=1,max=20" doc:"Wrong codes after which the invitation is void."`
}

// Audit is the firm's duty to keep records.
type Audit struct {
	RetentionDays int           `koanf:"retention_days" validate:"min=0,max=36500" doc:"Days that audit records are kept; then they are deleted, seal by seal, so that what is left can still be verified. 0 keeps them for ever."`
	SealEvery     time.Duration `koanf:"seal_every" validate:"min=1s,max=1h" doc:"How often new records are sealed into the hash chain that shows tampering."`
}

// Log is the program's own log.
type Log struct {
	Level  string `koanf:"level" validate:"oneof=debug info warn error" doc:"Least severe entries to write."`
	Format string `koanf:"format" validate:"oneof=json text" doc:"json for machines, text for people."`
}
