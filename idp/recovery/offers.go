package recovery

import (
	"context"
	"errors"

	"sekisho/idp"
	loginui "sekisho/login-ui"
)

// offers fills in by what the second proof may be given. What this kind of account may not
// use, and what was reported lost, is not offered (E7, RC-11). Until a loss is reported the
// page is the same whatever the account holds: whoever only reads the mailbox learns nothing.
// Afterwards it has to be true, for the customer is to be told when nothing is left.
func (h *Handler) offers(ctx context.Context, v *visit, p *loginui.RecoverProof) error {
	state, err := h.Store.Recovery(ctx, v.account.ID)
	if err != nil {
		return err
	}
	use := h.Engine.Use(v.account.Kind)
	p.Paper, p.App, p.Passkey = use.RecoveryCodes, use.TOTP, use.Passkey
	p.LostApp, p.LostPasskeys = !state.TOTPSuspendedAt.IsZero(), !state.PasskeysSuspendedAt.IsZero()
	if p.LostApp {
		if until := state.TOTPSuspendedAt.Add(h.Hold); h.MailWaits && h.Now().Before(until) {
			p.MailedFrom = until
		}
		app, err := h.Store.TOTP(ctx, v.account.ID)
		if err != nil && !errors.Is(err, idp.ErrNotFound) {
			return err
		}
		p.App = p.App && err == nil && !idp.Suspends(state.TOTPSuspendedAt, app.ConfirmedAt)
	}
	if p.LostPasskeys {
		p.Passkey = false
		passkeys, err := h.Store.Passkeys(ctx, v.account.ID)
		if err != nil {
			return err
		}
		for _, k := range passkeys {
			p.Passkey = p.Passkey || use.Passkey && !idp.Suspends(state.PasskeysSuspendedAt, k.CreatedAt)
		}
	}
	if p.LostApp || p.LostPasskeys {
		codes, err := h.Recovery.State(ctx, v.account.ID)
		if err != nil {
			return err
		}
		p.Paper = p.Paper && codes.Left > 0
	}
	p.Question, err = h.asks(ctx, v)
	return err
}
