package settings

import (
	"context"
	"net/http"

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

// recoveryCodesNew makes a set in place of the one there is.
func (h *Handler) recoveryCodesNew(w http.ResponseWriter, r *http.Request, c visitor) {
	h.makeCodes(w, r, c, "")
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
