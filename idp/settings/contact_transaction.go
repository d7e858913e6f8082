package settings

import (
	"net/http"

	"sekisho/idp/audit"
	loginui "sekisho/login-ui"
)

// asksTransaction reports whether a change of registered data takes the transaction password
// too (A2). A customer who has none to give chooses one first; ok is false then.
func (h *Handler) asksTransaction(w http.ResponseWriter, r *http.Request, c visitor) (asked, ok bool) {
	if h.Transaction == nil || h.ChangeAsks == nil || !h.ChangeAsks() {
		return false, true
	}
	held, err := h.Transaction.Held(r.Context(), c.account.ID)
	switch {
	case err != nil:
		h.failed(w, r, err)
		return true, false
	case held == nil || held.MustChange || held.FourDigits && !h.Transaction.FourDigits:
		http.Redirect(w, r, "/account/transaction-password", http.StatusSeeOther)
		return true, false
	}
	return true, true
}

// transactionProved takes the transaction password of a change of registered data, where
// the firm asks for it, before anything else of the form is looked at.
func (h *Handler) transactionProved(w http.ResponseWriter, r *http.Request, c visitor, again pageFunc) bool {
	asked, ok := h.asksTransaction(w, r, c)
	if !asked || !ok {
		return ok
	}
	_, refusal, err := h.Transaction.Verify(r.Context(), c.account, r.PostFormValue("transaction_password"), h.ip(r))
	switch {
	case err != nil:
		h.failed(w, r, err)
		return false
	case refusal != nil:
		for event, reason := range refusal.Events() {
			rec := h.event(c, event, nil)
			rec.Result, rec.Reason = audit.Denied, reason
			h.Record(r.Context(), rec)
		}
		c.notice = &loginui.Notice{Kind: loginui.Bad, Code: string(refusal.Code), Until: refusal.Until}
		again(w, r, c)
		return false
	}
	rec := h.event(c, audit.TransactionPasswordVerified, map[string]string{"operation": "registered_data_change"})
	h.Record(r.Context(), rec)
	return true
}
