package signin

import (
	"net/http"
	"time"

	"sekisho/idp/assurance"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/authorize"
	"sekisho/idp/httpsafe"
	loginui "sekisho/login-ui"
)

const mediationConditional = "conditional"

// conditional reads which kind of registration is asked for. Without a dialog one is begun
// only where an offer is shown, that is minutes after a password and a second factor in
// this very interaction, and where the firm allows it; anywhere else a script in the page
// could add a passkey that nobody asked for.
func (h *Handler) conditional(w http.ResponseWriter, r *http.Request, v *authorize.Visit) (conditional, ok bool) {
	var body optionsBody
	err := httpsafe.DecodeJSON(w, r, &body)
	if err != nil || body.Mediation != "" && body.Mediation != mediationConditional {
		h.jsonError(w, r, v, http.StatusBadRequest, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasskeyRejected})
		return false, false
	}
	if body.Mediation == "" {
		return false, true
	}
	if !h.ConditionalCreate || v.Step.Kind != authorize.StepPasskeyOffer {
		h.jsonError(w, r, v, http.StatusForbidden, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasskeyRejected})
		return false, false
	}
	return true, true
}

func (h *Handler) beginEnrolment(r *http.Request, v *authorize.Visit, conditional bool) (passkey.Ceremony, error) {
	if conditional {
		return h.Methods.Passkey.BeginConditional(r.Context(), v.Account, h.ceremony(r, v))
	}
	return h.Methods.Passkey.BeginRegistration(r.Context(), v.Account, h.ceremony(r, v))
}

// trustEnrolled is the end of a new passkey's cooling-off. One that was added without a
// dialog has it whatever the proof: the customer did nothing that would vouch for it.
func (h *Handler) trustEnrolled(v *authorize.Visit, proof assurance.Achieved, mediation string) time.Time {
	from := v.Input.Policy.TrustedFromProof(h.Now(), proof)
	if mediation != mediationConditional {
		return from
	}
	if late := v.Input.Policy.TrustedFrom(h.Now(), assurance.None); late.After(from) {
		return late
	}
	return from
}
