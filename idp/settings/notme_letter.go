package settings

import (
	"context"
	"net/http"

	"sekisho/idp"
	loginui "sekisho/login-ui"
)

// LetterStopper stops a letter by the code of the mail that told of it.
type LetterStopper interface {
	// StopBy reports by ok whether the code is a letter's at all.
	StopBy(ctx context.Context, code idp.StopCode) (ok bool, err error)
}

// stop does what the code is for: it stops a letter, or freezes the account.
func (h *Handler) stop(r *http.Request, account *idp.Account, code idp.StopCode) (loginui.Page, error) {
	f := loginui.Frame{Lang: loginui.Lang(r, nil)}
	if ok, err := h.Letters.StopBy(r.Context(), code); ok || err != nil {
		return loginui.LetterStopped{Frame: f}, err
	}
	return loginui.Frozen{Frame: f}, h.freeze(r, account, code)
}
