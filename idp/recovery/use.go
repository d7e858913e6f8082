package recovery

import (
	"net/http"

	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	loginui "sekisho/login-ui"
)

// forbidden answers a proof that the account's kind may not use (E7), true when it did.
func (h *Handler) forbidden(w http.ResponseWriter, r *http.Request, v *visit, method string, allows func(assurance.Use) bool) bool {
	if allows(h.Engine.Use(v.account.Kind)) {
		return false
	}
	h.Record(r.Context(), h.event(r, v, audit.RecoveryFailed, audit.Denied, map[string]string{"method": method, "reason": "account_kind"}))
	v.notice = &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeKindForbidden}
	if method == byPasskey {
		h.scriptError(w, r, http.StatusForbidden, *v.notice)
		return true
	}
	h.show(w, r, v)
	return true
}
