package signin

import (
	"context"
	"fmt"

	"sekisho/idp"
)

// usableTOTP is the account's authenticator app unless it was reported lost (RC-11);
// idp.ErrNotFound.
func (h *Handler) usableTOTP(ctx context.Context, accountID string) (*idp.TOTP, error) {
	t, err := h.Store.TOTP(ctx, accountID)
	if err != nil {
		return nil, err
	}
	may, err := h.mayUse(ctx, accountID, idp.MethodTOTP)
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, fmt.Errorf("authenticator apps are not for this kind of account: %w", idp.ErrNotFound)
	}
	state, err := h.Engine.Store.Recovery(ctx, accountID)
	if err != nil {
		return nil, err
	}
	if idp.Suspends(state.TOTPSuspendedAt, t.ConfirmedAt) {
		return nil, fmt.Errorf("authenticator app is suspended: %w", idp.ErrNotFound)
	}
	return t, nil
}
