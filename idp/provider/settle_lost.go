package provider

import (
	"context"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/notify"
)

// SettleLost ends the suspension of what a customer reported lost, after the desk checked
// who is asking: the way on for whoever has no second proof left (RC-11). gone takes the
// authenticators away, and every verified address is told of each as of any removal (D4);
// otherwise they work again. It returns how many there were. idp.ErrNotFound when nothing
// is reported lost.
func (p *Provider) SettleLost(ctx context.Context, account *idp.Account, gone bool, by Desk) (n int, err error) {
	emails, err := p.opt.Store.Emails(ctx, account.ID)
	if err != nil {
		return 0, err
	}
	err = p.opt.Store.SettleLost(ctx, account.ID, gone, func(passkeys []idp.Passkey, app *idp.TOTP) (e idp.Effects, err error) {
		n = len(passkeys)
		add := func(kind idp.AuthenticatorKind, removed string, told notify.Kind, credential string, data notify.Data) error {
			rec := idp.AuditRecord{At: p.now(), Event: audit.AuthenticatorRestored, Result: audit.OK, Actor: audit.Operator, AccountID: account.ID}
			rec.Detail = by.detail(map[string]string{"kind": string(kind), "credential": credential})
			if gone {
				rec.Event = removed
				data.At = p.now()
				mails, err := p.Composer.ComposeAll(told, emails, account.Locale, data)
				if err != nil {
					return err
				}
				e.Outbox = append(e.Outbox, mails...)
			}
			e.Audit = append(e.Audit, p.fill(ctx, rec))
			return nil
		}
		for _, k := range passkeys {
			if err := add(idp.SuspendedPasskey, audit.PasskeyRemoved, notify.PasskeyRemoved, k.ID, notify.Data{PasskeyName: k.Name}); err != nil {
				return e, err
			}
		}
		if app != nil {
			n++
			err = add(idp.SuspendedTOTP, audit.TOTPRemoved, notify.TOTPRemoved, app.ID, notify.Data{})
		}
		return e, err
	})
	if err == nil {
		p.Worker.Notify()
	}
	return n, err
}
