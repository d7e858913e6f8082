package signin

import (
	"context"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authorize"
	loginui "sekisho/login-ui"
)

// mayUse reports whether the account's kind may use a method (E7). Only where some kind
// may not is the account looked at.
func (h *Handler) mayUse(ctx context.Context, accountID string, m idp.Method) (bool, error) {
	if !h.Engine.Forbids(m) {
		return true, nil
	}
	account, err := h.Store.Account(ctx, accountID)
	if err != nil {
		return false, err
	}
	return h.Engine.Use(account.Kind).Allows(m), nil
}

// kindForbids refuses a method that the account's kind may not use, before anything that
// was sent is looked at.
func (h *Handler) kindForbids(r *http.Request, v *authorize.Visit, account *idp.Account, m idp.Method, event string) *loginui.Notice {
	if h.Engine.Use(account.Kind).Allows(m) {
		return nil
	}
	h.Record(r.Context(), h.denied(v, account.ID, event, "account_kind"))
	return &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeKindForbidden}
}

// passkeyForbidden answers a script call about a passkey that may not be used, true when
// it did.
func (h *Handler) passkeyForbidden(w http.ResponseWriter, r *http.Request, v *authorize.Visit, account *idp.Account) bool {
	n := h.kindForbids(r, v, account, idp.MethodPasskey, audit.PasskeyRejected)
	if n != nil {
		h.jsonError(w, r, v, http.StatusForbidden, *n)
	}
	return n != nil
}
