package settings

import (
	"context"
	"net/http"

	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

func (h *Handler) recoveryCodesPage(w http.ResponseWriter, r *http.Request, c visitor) {
	state, err := h.RecoveryCodes.State(r.Context(), c.account.ID)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	h.Site.Render(w, r, http.StatusOK, loginui.RecoveryCodes{Frame: h.frame(r, c), Total: state.Total, Left: state.Left, CreatedAt: state.CreatedAt})
}

// recoveryCodesNew makes a set and shows it in the answer to this very post: it is in no
// URL, no history and no second page (OT-11).
func (h *Handler) recoveryCodesNew(w http.ResponseWriter, r *http.Request, c visitor) {
	effects, err := h.effects(r, c, audit.RecoveryCodesCreated, nil, notify.RecoveryCodesCreated, notify.Data{})
	if err != nil {
		h.failed(w, r, err)
		return
	}
	codes, err := h.RecoveryCodes.Replace(r.Context(), c.account.ID, effects)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	h.Committed()
	h.Site.Render(w, r, http.StatusOK, loginui.RecoveryCodesNew{
		Frame: h.frame(r, c), MaskedLogin: identifier.MaskLogin(c.account.LoginName), Codes: codes, CreatedAt: h.Now(),
	})
}

// fillRecovery says how many recovery codes are left and until when the account is held.
func (h *Handler) fillRecovery(ctx context.Context, c visitor, p *loginui.Security) error {
	state, err := h.RecoveryCodes.State(ctx, c.account.ID)
	if err != nil {
		return err
	}
	p.RecoveryCodes, p.RecoveryCodesLeft = state.Total > 0, state.Left
	if h.Now().Before(c.holdings.HeldUntil) {
		p.HeldUntil = c.holdings.HeldUntil
	}
	p.Suspended = c.holdings.SuspendedPasskeys > 0 || c.holdings.SuspendedTOTP
	return nil
}
