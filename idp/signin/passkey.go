package signin

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authorize"
	"sekisho/idp/httpsafe"
	loginui "sekisho/login-ui"
)

// offersPasskey reports whether this step may be answered with a passkey.
func offersPasskey(v *authorize.Visit) bool {
	return (v.Step.Kind == authorize.StepSignIn || v.Step.Kind == authorize.StepReauth) &&
		slices.Contains(v.Step.Outcome.Methods, idp.MethodPasskey)
}

// ceremony ties a WebAuthn challenge to this interaction in this browser (PA-01).
func (h *Handler) ceremony(r *http.Request, v *authorize.Visit) passkey.Binding {
	return passkey.Binding{FlowID: v.Interaction.ID, BrowserHash: idp.HashSecret(h.Engine.Browser.Get(r))}
}

type optionsBody struct {
	Mediation string `json:"mediation,omitempty"` // "conditional" for autofill
}

type optionsAnswer struct {
	ChallengeID string          `json:"challenge_id"`
	PublicKey   json.RawMessage `json:"publicKey"`
}

// passkeyOptions begins an assertion: for anybody's discoverable credential at sign-in,
// for the signed-in customer's own at a step-up (PA-02).
func (h *Handler) passkeyOptions(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	var body optionsBody
	if err := httpsafe.DecodeJSON(w, r, &body); err != nil {
		h.jsonError(w, r, v, http.StatusBadRequest, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasskeyFailed})
		return
	}
	if !offersPasskey(v) {
		h.jsonNext(w, v.Path())
		return
	}
	if !h.mayBegin(w, r, v) {
		return
	}
	var account *idp.Account
	if v.Step.Kind == authorize.StepReauth {
		account = v.Account
	}
	if v.Step.Approves {
		h.approvalOptions(w, r, v, body.Mediation)
		return
	}
	begun, err := h.Methods.Passkey.BeginAuthentication(r.Context(), account, body.Mediation == "conditional", h.ceremony(r, v))
	if err != nil {
		h.jsonFailed(w, r, v, err)
		return
	}
	writeJSON(w, http.StatusOK, optionsAnswer{begun.ChallengeID, begun.PublicKey})
}

// mayBegin bounds how many challenges a stranger can make us store (PA-14).
func (h *Handler) mayBegin(w http.ResponseWriter, r *http.Request, v *authorize.Visit) bool {
	err := h.Methods.Throttle.Ceremony(r.Context(), parseIP(h.ClientIP(r)))
	if refusal, ok := throttle.AsRefusal(err); ok {
		h.jsonError(w, r, v, http.StatusTooManyRequests, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeRateLimited, Until: refusal.Until})
		return false
	}
	if err != nil {
		h.jsonFailed(w, r, v, err)
		return false
	}
	return true
}

type finishBody struct {
	ChallengeID string          `json:"challenge_id"`
	Credential  json.RawMessage `json:"credential"`
	Name        string          `json:"name,omitempty"`
	Mediation   string          `json:"mediation,omitempty"` // of a registration
	// TransactionPassword is typed on the page whose button began this (B12).
	TransactionPassword string `json:"transaction_password,omitempty"`
}

// passkeyFinish verifies an assertion and signs the customer in, in one transaction with
// the credential's new state (PA-11).
func (h *Handler) passkeyFinish(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	var body finishBody
	if err := httpsafe.DecodeJSON(w, r, &body); err != nil {
		h.jsonError(w, r, v, http.StatusBadRequest, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasskeyFailed})
		return
	}
	if !offersPasskey(v) {
		h.jsonNext(w, v.Path())
		return
	}
	verified, err := h.Methods.Passkey.FinishAuthentication(r.Context(), passkey.Authentication{
		Binding: h.ceremony(r, v), ChallengeID: body.ChallengeID, Response: body.Credential,
	})
	if err != nil {
		h.passkeyRefused(w, r, v, body.Credential, err)
		return
	}
	if h.passkeyForbidden(w, r, v, verified.Account) {
		return
	}
	p := proved{account: verified.Account, events: []idp.AuthenticationEvent{verified.Event}, passkey: &verified.Use}
	if v.Step.Approves {
		if p.assertion, err = h.approvedBy(v, verified); err != nil {
			h.passkeyRefused(w, r, v, body.Credential, err)
			return
		}
	}
	if v.Step.Together && body.TransactionPassword != "" && !h.passkeyTogether(w, r, v, &p, body) {
		return
	}
	v.Progress.Begin()
	err = h.complete(w, r, v, p)
	if err != nil {
		h.passkeyRefused(w, r, v, body.Credential, err)
		return
	}
	h.jsonNext(w, v.Path())
}

// passkeyRefused gives one answer for unknown, disabled and wrong (PA-09).
func (h *Handler) passkeyRefused(w http.ResponseWriter, r *http.Request, v *authorize.Visit, response []byte, err error) {
	notice := loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasskeyFailed}
	switch {
	case errors.Is(err, idp.ErrExpired):
		notice.Code = loginui.NoticePasskeyExpired
	case conflict(err):
		h.jsonNext(w, v.Path())
		return
	case errors.Is(err, idp.ErrRejected), errors.Is(err, idp.ErrNotFound), errors.Is(err, idp.ErrConsumed), overtaken(err):
	default:
		h.jsonFailed(w, r, v, err)
		return
	}
	event := audit.PasskeyRejected
	if passkey.ReasonOf(err) == passkey.ReasonCounter {
		event = audit.PasskeyCounterRegressed
	}
	accountID := ""
	if v.Account != nil {
		accountID = v.Account.ID
	}
	h.Record(r.Context(), h.denied(v, accountID, event, string(passkey.ReasonOf(err))))
	h.refusePasskey(w, r, v, notice, response, err)
}
