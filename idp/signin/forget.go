package signin

import (
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/authorize"
	"sekisho/idp/httpsafe"
	loginui "sekisho/login-ui"
)

// What a device may do with the passkey it has just shown in vain. The two words are of
// one length, so that refusals stay alike to whoever only measures them (PA-09).
const (
	deviceKeeps = "keep"
	deviceDrops = "drop"
)

// refusal is a refused assertion with the advice for the device's own list.
type refusal struct {
	Error  *jsonError `json:"error"`
	Device string     `json:"device"`
}

// refusePasskey answers a refused assertion. Whoever shows a credential id that nobody has
// here learns that, and no more: ids are at least 128 random bits, so they cannot be
// guessed, and the answer is about the one shown only (WebAuthn L3 section 5.1.10.1).
func (h *Handler) refusePasskey(w http.ResponseWriter, r *http.Request, v *authorize.Visit, n loginui.Notice, response []byte, cause error) {
	n.Reference = httpsafe.RequestID(r.Context())
	title, detail := h.Site.NoticeText(h.frame(r, v).Lang, n)
	writeJSON(w, http.StatusUnprocessableEntity, refusal{&jsonError{Code: n.Code, Title: title, Detail: detail}, h.advice(r, v, response, cause)})
}

// advice is to drop a credential only when it is gone for good. One that was suspended may
// come back. The question is asked for every refusal, so that all take as long.
func (h *Handler) advice(r *http.Request, v *authorize.Visit, response []byte, cause error) string {
	suspended, err := h.Store.SuspendedPasskey(r.Context(), passkey.Presented(response))
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		h.Log.WarnContext(r.Context(), "no advice for the device", "error", err)
	}
	if err == nil && !suspended && v.Step.Kind == authorize.StepSignIn && passkey.ReasonOf(cause) == passkey.ReasonCredential {
		return deviceDrops
	}
	return deviceKeeps
}
