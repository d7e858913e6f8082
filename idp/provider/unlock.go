package provider

import (
	"context"
	"strings"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/throttle"
)

// Lockable names what wrong tries lock, as the desk calls it. There is no passkey among
// them: none is ever locked.
func Lockable() []string {
	return []string{
		string(throttle.TOTP), string(throttle.EmailCode), string(throttle.Password), string(throttle.TransactionPassword), string(throttle.Recovery),
		string(throttle.SecurityAnswer), string(throttle.PersonalData),
	}
}

// Desk is who acts for the firm and on what grounds, for the audit trail.
type Desk struct {
	Operator string   // the person, as the firm names its staff
	Because  string   // "" where no reason was given
	Identity []string // kinds of identity documents that were checked
}

// detail adds what the trail keeps of a desk to what it keeps of the act.
func (d Desk) detail(of map[string]string) map[string]string {
	of["identity"] = strings.Join(d.Identity, " ")
	for name, value := range map[string]string{"operator": d.Operator, "because": d.Because} {
		if value != "" {
			of[name] = value
		}
	}
	return of
}

// UnlockAuthenticators lifts locks after the desk checked who is asking (E5), hard ones too:
// all of them and the records of it in one transaction. It says how many were counting.
func (p *Provider) UnlockAuthenticators(ctx context.Context, account *idp.Account, authenticators []string, by Desk) (int64, error) {
	var effects idp.Effects
	var keys []string
	for _, name := range authenticators {
		keys = append(keys, p.methods.Throttle.Key(throttle.Factor(name), account.ID))
		effects.Audit = append(effects.Audit, p.fill(ctx, idp.AuditRecord{
			At: p.now(), Event: audit.AuthenticatorUnlocked, Result: audit.OK, Actor: audit.Operator, AccountID: account.ID,
			Detail: by.detail(map[string]string{"authenticator": name}),
		}))
	}
	return p.opt.Store.ReleaseLocks(ctx, keys, effects)
}
