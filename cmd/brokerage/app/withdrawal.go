package brokerage

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
)

// withdrawal pays out what the customer approved: exactly that, and once. The order of the
// steps is what protects both sides. What is asked for is held against the approval before
// anything happens; the money is set aside before the approval is used up, so that no
// approval is lost to an account that is short; and it leaves only when the provider has said
// that the approval was good until now.
func (a *API) withdrawal(w http.ResponseWriter, r *http.Request, t accessToken) {
	var wd Withdrawal
	if !decode(w, r, &wd) {
		return
	}
	if !t.approves(wd) {
		a.wantsApproval(w, t, wd)
		return
	}
	if code := a.books.setAside(t.Subject, wd); code != "" {
		problem(w, http.StatusUnprocessableEntity, code)
		return
	}
	used, err := a.redemption.use(r.Context(), t.raw)
	var unasked *redemptionError
	switch {
	case errors.As(err, &unasked):
		a.books.putBack(t.Subject, wd)
		a.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "approval not used up, nothing withdrawn",
			slog.String("approval", unasked.Code), slog.String("error", err.Error()))
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusServiceUnavailable, unasked.Code)
	case err != nil || !used.Active || used.Subject != t.Subject || !sameMeaning(used.Details, transactionOf(&wd)):
		a.books.putBack(t.Subject, wd)
		a.wantsApproval(w, t, wd)
	default:
		done := a.books.withdrawn(t.Subject, wd)
		done.Proof = proofOf(t)
		reply(w, http.StatusCreated, done)
	}
}

// wantsApproval is the challenge of RFC 9470 with the transaction that has to be approved, in
// the words of RFC 9396 section 2, so that a client knows all it needs to start again.
func (a *API) wantsApproval(w http.ResponseWriter, t accessToken, wd Withdrawal) {
	withdrawalRule.demand(w, t)
	reply(w, http.StatusUnauthorized, map[string]any{
		"error": "insufficient_user_authentication", "authorization_details": transactionOf(&wd),
	})
}

// approves reports whether a token was granted for this withdrawal and nothing else.
func (t accessToken) approves(w Withdrawal) bool { return sameMeaning(t.Details, transactionOf(&w)) }

// sameMeaning reports whether JSON says what wanted does: the same members with the same
// values, no member more and none less, whatever their order and spelling.
func sameMeaning(raw json.RawMessage, wanted any) bool {
	written, err := json.Marshal(wanted)
	if err != nil {
		return false
	}
	granted, ok := meaning(raw)
	if !ok {
		return false
	}
	expected, ok := meaning(written)
	return ok && reflect.DeepEqual(granted, expected)
}

// meaning reads JSON, numbers as they are written: 5e4 is not the amount that was shown.
func meaning(raw []byte) (value any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err := d.Decode(&value)
	return value, err == nil && value != nil
}
