package recovery

import (
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/notify"
)

// holdsTransaction reports whether the account has a transaction password to forget.
func (h *Handler) holdsTransaction(r *http.Request, v *visit) (bool, error) {
	_, err := h.Store.Password(r.Context(), v.account.ID, idp.TransactionPassword)
	if errors.Is(err, idp.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// removesTransaction adds the record and the mails of a forgotten transaction password that
// goes (A8). No other is set here: the customer chooses one after signing in, with the
// strongest proof the account has, like a first one.
func (h *Handler) removesTransaction(r *http.Request, v *visit, e *idp.Effects) (bool, error) {
	held, err := h.holdsTransaction(r, v)
	if err != nil || !held {
		return false, err
	}
	mails, err := h.tell(r, v, notify.TransactionPasswordCleared, notify.Data{})
	if err != nil {
		return false, err
	}
	e.Outbox = append(e.Outbox, mails.Outbox...)
	e.Audit = append(e.Audit, h.event(r, v, audit.TransactionPasswordCleared, audit.OK, nil))
	return true, nil
}
