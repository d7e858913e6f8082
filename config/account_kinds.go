package config

// AccountKinds says which authenticators each type of account may use (row E7).
type AccountKinds struct {
	Personal  Authenticators `koanf:"personal" doc:"Accounts of private customers."`
	Corporate Authenticators `koanf:"corporate" doc:"Accounts of companies."`
}

// Authenticators of one type of account. One that is switched off is neither offered nor
// accepted; what customers registered before stays stored and works again when it is
// switched on.
type Authenticators struct {
	Passkey       bool `koanf:"passkey" doc:"Signing in and stepping up with passkeys, and adding them."`
	TOTP          bool `koanf:"totp" doc:"One-time passwords of authenticator apps."`
	EmailCode     bool `koanf:"email_code" doc:"Mailed codes as the second factor of a password."`
	RecoveryCodes bool `koanf:"recovery_codes" doc:"Recovery codes on paper, for an account whose device was lost."`
}

func everyAuthenticator() AccountKinds {
	all := Authenticators{Passkey: true, TOTP: true, EmailCode: true, RecoveryCodes: true}
	return AccountKinds{Personal: all, Corporate: all}
}

func (c *Config) checkAccountKinds() (problems Problems) {
	for key, a := range map[string]Authenticators{"personal": c.AccountKinds.Personal, "corporate": c.AccountKinds.Corporate} {
		if !a.Passkey && !a.TOTP && !a.EmailCode {
			problems.add("account_kinds."+key, "leaves nothing to sign in with", "allow passkey, totp or email_code")
		}
	}
	return problems
}
