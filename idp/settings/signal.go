package settings

import (
	"context"
	"slices"

	"sekisho/idp"
	loginui "sekisho/login-ui"
)

// SignalStore says what must not be forgotten by a device although it cannot be used.
type SignalStore interface {
	SuspendedAuthenticators(ctx context.Context, accountID string) ([]idp.SuspendedAuthenticator, error)
}

// fillSignal lets the page tell the device which passkeys are accepted, so that its own
// list stays true after one was renamed or removed here. While passkeys are suspended it
// is told nothing: the desk may put them back, but what a device has dropped is gone.
func (h *Handler) fillSignal(ctx context.Context, c visitor, held []idp.Passkey, p *loginui.Security) error {
	suspended, err := h.Store.SuspendedAuthenticators(ctx, c.account.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(suspended, func(s idp.SuspendedAuthenticator) bool { return s.Kind == idp.SuspendedPasskey }) {
		return nil
	}
	s := loginui.Signal(h.Passkeys.Signals(c.account, held))
	p.Signal = &s
	return nil
}
