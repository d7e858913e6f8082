package provider

import (
	"context"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/notify"
)

// ClearTransactionPassword is the desk's answer to a forgotten or stopped transaction
// password (A7): it and its lock are gone, every verified address is told, and the customer
// chooses a new one with the strongest proof the account has. Nobody at the desk ever sets
// or sees one. idp.ErrNotFound when there is none.
func (p *Provider) ClearTransactionPassword(ctx context.Context, account *idp.Account) error {
	rec := idp.AuditRecord{At: p.now(), Event: audit.TransactionPasswordCleared, Result: audit.OK, Actor: audit.Operator, AccountID: account.ID}
	effects := idp.Effects{Audit: []idp.AuditRecord{p.fill(ctx, rec)}}
	emails, err := p.opt.Store.Emails(ctx, account.ID)
	if err != nil {
		return err
	}
	effects.Outbox, err = p.Composer.ComposeAll(notify.TransactionPasswordCleared, emails, account.Locale, notify.Data{At: p.now()})
	if err != nil {
		return err
	}
	if err := p.opt.Store.RemoveTransactionPassword(ctx, account.ID, effects); err != nil {
		return err
	}
	p.Worker.Notify()
	return p.methods.Throttle.Release(ctx, throttle.TransactionPassword, account.ID)
}
