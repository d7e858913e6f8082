package provider

import (
	"context"
	"strings"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/throttle"
)

// Lockable names the authenticators that wrong tries lock, as the desk calls them. There
// is no passkey among them: none is ever locked.
func Lockable() []string {
	return []string{string(throttle.TOTP), string(throttle.EmailCode), string(throttle.Password), string(throttle.TransactionPassword), string(throttle.Recovery)}
}

// UnlockAuthenticators lifts locks after the desk checked who is asking (E5). The trail
// says which documents were looked at before anything is lifted.
func (p *Provider) UnlockAuthenticators(ctx context.Context, account *idp.Account, authenticators, identity []string) error {
	var records []idp.AuditRecord
	for _, name := range authenticators {
		records = append(records, p.fill(ctx, idp.AuditRecord{
			At: p.now(), Event: audit.AuthenticatorUnlocked, Result: audit.OK, Actor: audit.Operator, AccountID: account.ID,
			Detail: map[string]string{"authenticator": name, "identity": strings.Join(identity, " ")},
		}))
	}
	if err := p.opt.Store.AppendAudit(ctx, records); err != nil {
		return err
	}
	for _, name := range authenticators {
		if err := p.methods.Throttle.Release(ctx, throttle.Factor(name), account.ID); err != nil {
			return err
		}
	}
	return nil
}
