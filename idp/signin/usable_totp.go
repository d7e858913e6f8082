package signin

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authorize"
	loginui "sekisho/login-ui"
)

// usableTOTP is the account's authenticator app unless it was reported lost (RC-11);
// idp.ErrNotFound.
func (h *Handler) usableTOTP(ctx context.Context, accountID string) (*idp.TOTP, error) {
	t, lostAt, err := h.heldTOTP(ctx, accountID)
	if err == nil && !lostAt.IsZero() {
		err = fmt.Errorf("authenticator app is suspended: %w", idp.ErrNotFound)
	}
	return t, err
}

// heldTOTP is the account's authenticator app, and when it was reported lost; zero: it was
// not. idp.ErrNotFound.
func (h *Handler) heldTOTP(ctx context.Context, accountID string) (t *idp.TOTP, lostAt time.Time, err error) {
	if t, err = h.Store.TOTP(ctx, accountID); err != nil {
		return nil, lostAt, err
	}
	may, err := h.mayUse(ctx, accountID, idp.MethodTOTP)
	if err != nil {
		return nil, lostAt, err
	}
	if !may {
		return nil, lostAt, fmt.Errorf("authenticator apps are not for this kind of account: %w", idp.ErrNotFound)
	}
	state, err := h.Engine.Store.Recovery(ctx, accountID)
	if err == nil && idp.Suspends(state.TOTPSuspendedAt, t.ConfirmedAt) {
		lostAt = state.TOTPSuspendedAt
	}
	return t, lostAt, err
}

// mailWaits says until when a mailed code does nothing from a new environment for an
// account whose app was reported lost then.
func (h *Handler) mailWaits(lostAt time.Time) time.Time {
	if lostAt.IsZero() {
		return lostAt
	}
	return lostAt.Add(h.LostWait)
}

// tellWaits ends a sign-in whose password was right and whose only second factor left is
// the mailed code. A passkey and a recovery are not touched by it.
func (h *Handler) tellWaits(w http.ResponseWriter, r *http.Request, v *authorize.Visit, account *idp.Account, until time.Time) {
	h.Record(r.Context(), h.denied(v, account.ID, audit.SignInFailed, "device_lost"))
	v.Progress.Begin()
	h.tell(w, r, v, "bad", loginui.NoticeLostWaits, until)
}
