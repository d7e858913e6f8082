package signin

import (
	"net/http"
	"slices"
	"strings"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/authorize"
	loginui "sekisho/login-ui"
)

// considerOffer marks a sign-in by password, just before it is completed, as one after
// which a passkey is offered: always where the account is being opened, else once in a
// while, where the page's script found that the browser can hold one. Never on the way to
// an operation, where a customer has something else in mind.
func (h *Handler) considerOffer(r *http.Request, v *authorize.Visit, account *idp.Account, by idp.Method) {
	if v.StepsUp() || slices.ContainsFunc(v.Input.Demand.ACRValues, isOperation) || v.Input.Demand.EnrolPasskey {
		return
	}
	if v.Own == nil || v.Own.Page != authorize.WelcomePage {
		if h.OfferEvery <= 0 || r.PostFormValue("passkeys") != "1" || passkey.InApp(r.UserAgent()) {
			return
		}
		now := h.Now()
		due, err := h.Store.OfferPasskey(r.Context(), account.ID, now, now.Add(-h.OfferEvery))
		if err != nil { // no reason to fail a sign-in
			h.Log.WarnContext(r.Context(), "passkey not offered", "error", err)
		}
		if !due {
			return
		}
	}
	v.Progress.SpeakOf(account.ID)
	v.Progress.Offer = &authorize.OfferStage{CeremonyID: v.Progress.CeremonyID, By: by}
}

func isOperation(acr string) bool { return strings.HasPrefix(acr, assurance.OperationPrefix) }

func (h *Handler) showOffer(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	f := h.frame(r, v)
	h.Site.Render(w, r, http.StatusOK, loginui.PasskeyOffer{
		Frame: f, Welcome: v.Own != nil && v.Own.Page == authorize.WelcomePage, InApp: passkey.InApp(r.UserAgent()),
		DefaultName: deviceName(r, f.Lang), Conditional: h.ConditionalCreate, From: v.Input.Policy.TrustedFromProof(h.Now(), h.proof(v)),
	})
}

// postOffer leaves the offer for later, or for good.
func (h *Handler) postOffer(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind != authorize.StepPasskeyOffer {
		h.back(w, r, v)
		return
	}
	if r.PostFormValue("choice") == "never" {
		rec := h.denied(v, v.Account.ID, audit.PasskeyOfferDeclined, "")
		rec.Result = audit.OK
		effects := idp.Effects{Audit: []idp.AuditRecord{h.Fill(r.Context(), rec)}}
		if err := h.Store.DeclinePasskey(r.Context(), v.Account.ID, h.Now(), effects); err != nil {
			h.failed(w, r, v, err)
			return
		}
	}
	v.Progress.Offer, v.Progress.Notice = nil, nil
	h.keep(w, r, v)
}

// enrols reports whether a script call may add a passkey now. Inside of an app it may not,
// whatever the page showed (D6).
func (h *Handler) enrols(w http.ResponseWriter, r *http.Request, v *authorize.Visit) bool {
	if v.Step.Kind != authorize.StepEnrolDevice && v.Step.Kind != authorize.StepPasskeyOffer {
		h.jsonNext(w, v.Path())
		return false
	}
	if passkey.InApp(r.UserAgent()) {
		h.Record(r.Context(), h.denied(v, v.Account.ID, audit.PasskeyRejected, "in_app"))
		h.jsonError(w, r, v, http.StatusForbidden, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasskeyInApp})
		return false
	}
	return !h.passkeyForbidden(w, r, v, v.Account)
}
