package config

import (
	"path/filepath"
	"time"
)

const (
	day = 24 * time.Hour

	sampleFirmJA = "見本証券"
	sampleFirmEN = "Sample Securities"
)

// Default is what holds where the file and the environment say nothing. It does not
// validate by itself: the issuer and, in production, the firm's own particulars are missing.
func Default() *Config {
	return &Config{
		Preset:    PresetDefault,
		Mode:      Production,
		Languages: []string{"ja", "en"},
		TimeZone:  "Asia/Tokyo",
		Listen: Listen{Addr: ":9000", ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
			IdleTimeout: 2 * time.Minute, DrainTimeout: 15 * time.Second},
		Operations: Operations{Addr: "127.0.0.1:9100"},
		Database:   Database{URL: "sqlite:sekisho.db", MaxConns: 20},
		KEK:        KEK{Env: "SEKISHO_KEK"},
		Firm: Firm{
			Name:        Text{"ja": sampleFirmJA, "en": sampleFirmEN},
			AccountWord: Text{"ja": "お客様コード", "en": "Customer code"},
		},
		Mail: Mail{Kind: MailDevelopment, SMTP: SMTP{TLS: SMTPStartTLS, PasswordEnv: "SEKISHO_SMTP_PASSWORD", Timeout: 15 * time.Second},
			MailboxAddr: "localhost:9002"},
		Session:      Session{Idle: time.Hour, Absolute: day, MaxPerAccount: 10, WarnBefore: 2 * time.Minute},
		Interaction:  Interaction{Lifetime: 30 * time.Minute},
		Invitation:   Invitation{Lifetime: 14 * day, Attempts: 5},
		Contact:      Contact{UndoFor: 3 * day, SharedAddresses: true},
		Recovery:     Recovery{Hold: day},
		Letters:      defaultLetters(),
		Identity:     defaultIdentity(),
		Assurance:    defaultAssurance(),
		AccountKinds: everyAuthenticator(),
		Passkey:      Passkey{Max: 3, Attestation: AttestationNone, OfferEvery: 30 * day},
		Password: Password{MinLength: 12, MinScore: 2, Argon2: Argon2{MemoryKiB: 19456, Time: 2, Threads: 1},
			Parallel: 4, Queue: 64, Pepper: Pepper{ID: "1", Env: "SEKISHO_PEPPER"},
			NoticeAfter: 365 * day, NoticeAgain: 90 * day, Keyboard: PasswordKeyboard{Enabled: true, Shuffle: "off"},
			Transaction: TransactionPassword{MinLength: 8, MinScore: 2, FourDigits: true}},
		EmailCode: EmailCode{Digits: 6, TTL: 10 * time.Minute, Attempts: 5, ResendAfter: time.Minute},
		Throttle:  defaultThrottle(),
		Notices:   defaultNotices(),
		Logout:    defaultLogout(),
		Tokens: Tokens{Code: time.Minute, Access: 5 * time.Minute, IDToken: 10 * time.Minute,
			RefreshIdle: 30 * day, RefreshAbsolute: 90 * day, RefreshGrace: 10 * time.Second, ClockSkew: 30 * time.Second,
			Algorithms: []string{"ES256", "RS256", "PS256", "EdDSA"},
			KeyOverlap: day, KeyKeepAfter: 2 * time.Hour, RotateEvery: 90 * day, DPoPNonce: NonceNever, PushedRequest: 90 * time.Second},
		Audit: Audit{RetentionDays: 2557, SealEvery: time.Minute},
		Log:   Log{Level: "info", Format: "json"},

		NewEnvironment: NewEnvironment{Check: CheckFactor},
		Registration:   defaultRegistration(),
		Device:         defaultDevice(),
		Transactions:   defaultTransactions(),
	}
}

func defaultAssurance() Assurance {
	stricter := []string{"totp", "passkey", "anew"}
	once := Operation{Level: LevelPhishingResistant, Once: true, TrustedPasskey: true, RespectHold: true}
	return Assurance{
		SignIn: Operation{Level: LevelEmail, MaxAge: 8 * time.Hour, Choices: stricter[:2]},
		Operations: map[string]Operation{
			"trade":                 {Level: LevelEmail, MaxAge: 15 * time.Minute, Choices: stricter},
			"registered_data":       {Level: LevelEmail, MaxAge: 15 * time.Minute, Choices: stricter},
			"authenticator_change":  {Level: LevelEmail, MaxAge: 5 * time.Minute},
			"withdrawal":            once,
			"payout_account_change": once,
		},
		CoolingOff: day, ImmediateFrom: LevelMFA, PasswordAllowed: true, EmailCodeAllowed: true,
	}
}

func defaultThrottle() Throttle {
	lock := Lock{Threshold: 5, Base: time.Minute, Max: 12 * time.Hour, HardCap: 100, Forget: 7 * day}
	return Throttle{
		Password: lock, TransactionPassword: lock, TOTP: lock, EmailCode: lock, Invitation: lock, Recovery: lock,
		Address:    Rate{Every: 6 * time.Second, Burst: 60},
		Network:    Rate{Every: time.Second, Burst: 300},
		Failures:   Rate{Every: time.Second, Burst: 600},
		Alarm:      10 * time.Minute,
		UnderAlarm: Rate{Every: 2 * time.Minute, Burst: 3},

		SendAccount:       Rate{Every: 5 * time.Minute, Burst: 3},
		SendMailbox:       Rate{Every: 5 * time.Minute, Burst: 3},
		SendAddress:       Rate{Every: 30 * time.Second, Burst: 20},
		SendAll:           Rate{Every: 50 * time.Millisecond, Burst: 500},
		Ceremonies:        Rate{Every: 2 * time.Second, Burst: 60},
		CeremoniesNetwork: Rate{Every: 250 * time.Millisecond, Burst: 300},
		PushedRequests:    Rate{Every: 5 * time.Millisecond, Burst: 2000},
		Requests:          Rate{Every: 20 * time.Millisecond, Burst: 400},
	}
}

// Demo is a development provider on localhost for trying the product out: an invented
// firm, state under dataDir ("" keeps it in memory), mail that stays in the process and a
// cooling-off short enough to watch. The caller puts the KEK where it looks for it.
func Demo(dataDir string) *Config {
	c := Default()
	c.Mode = Development
	c.Issuer = "http://localhost:9000"
	c.Listen.Addr = "localhost:9000"
	c.Operations.Addr = "localhost:9003"
	c.Database.URL = "sqlite::memory:"
	if dataDir != "" {
		c.Database.URL = "sqlite:" + filepath.Join(dataDir, "sekisho.db")
		c.KEK.File = filepath.Join(dataDir, "kek")
	}
	c.Firm.Name = Text{"ja": "青葉証券", "en": "Aoba Securities"}
	c.Firm.HelpDesk = HelpDesk{Phone: "0120-000-000", Hours: Text{"ja": "平日 8:00〜18:00", "en": "Weekdays, 8:00–18:00 (Japan time)"}}
	c.Mail.From = "no-reply@aoba.example"
	c.Assurance.CoolingOff = time.Minute
	c.Device.Enabled = true
	c.Passkey.OfferEvery = 0 // the demo leads to the passkey at the withdrawal
	c.Log.Format = "text"
	c.complete()
	return c
}
