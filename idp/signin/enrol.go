package signin

import (
	"errors"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/authorize"
	"sekisho/idp/httpsafe"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

// postEnrol starts adding a passkey inside an interaction whose level needs one.
func (h *Handler) postEnrol(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind == authorize.StepPasskeyNeeded {
		v.Progress.Enrol, v.Progress.Notice = &authorize.EnrolStage{}, nil
	}
	h.keep(w, r, v)
}

func (h *Handler) enrolOptions(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if !h.enrols(w, r, v) {
		return
	}
	conditional, ok := h.conditional(w, r, v)
	if !ok {
		return
	}
	if !h.mayBegin(w, r, v) {
		return
	}
	begun, err := h.beginEnrolment(r, v, conditional)
	if errors.Is(err, idp.ErrTooMany) {
		h.jsonError(w, r, v, http.StatusConflict, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasskeyLimit})
		return
	}
	if err != nil {
		h.jsonFailed(w, r, v, err)
		return
	}
	writeJSON(w, http.StatusOK, optionsAnswer{begun.ChallengeID, begun.PublicKey})
}

// enrolFinish stores the new passkey with where it came from: the level it was added
// from decides from when it counts for operations that need trust.
func (h *Handler) enrolFinish(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	var body finishBody
	if err := httpsafe.DecodeJSON(w, r, &body); err != nil {
		h.jsonError(w, r, v, http.StatusBadRequest, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasskeyRejected})
		return
	}
	if !h.enrols(w, r, v) {
		return
	}
	name := passkey.CleanName(body.Name)
	if name == "" {
		name = deviceName(r, h.frame(r, v).Lang)
	}
	proof := h.proof(v)
	key, err := h.Methods.Passkey.FinishRegistration(r.Context(), passkey.Registration{
		Binding: h.ceremony(r, v), Account: v.Account, ChallengeID: body.ChallengeID, Response: body.Credential, Name: name,
		Conditional: body.Mediation == mediationConditional,
		AddedACR:    proof.Level.ACR(), TrustedFrom: h.trustEnrolled(v, proof, body.Mediation),
		Effects: func(k idp.Passkey) (idp.Effects, error) { return h.enrolEffects(r, v, k, body.Mediation) },
	})
	if err != nil {
		h.enrolRefused(w, r, v, err)
		return
	}
	h.Committed()
	stage := authorize.EnrolStage{AddedID: key.ID}
	if o := v.Progress.Offer; o != nil {
		stage.CheckedBy, stage.CheckedAt = o.By, v.Step.Outcome.AuthTime
	}
	if v.Progress.Enrol != nil {
		stage.CheckedBy, stage.CheckedAt = v.Progress.Enrol.CheckedBy, v.Progress.Enrol.CheckedAt
	}
	v.Progress.Enrol, v.Progress.Offer, v.Progress.Notice = &stage, nil, nil
	if err := h.Engine.Save(r.Context(), v); err != nil && !conflict(err) {
		h.jsonFailed(w, r, v, err)
		return
	}
	h.jsonNext(w, v.Path())
}

// enrolEffects: the audit record, and a mail to every verified address (D4).
func (h *Handler) enrolEffects(r *http.Request, v *authorize.Visit, k idp.Passkey, mediation string) (idp.Effects, error) {
	ctx := r.Context()
	rec := idp.AuditRecord{
		At: h.Now(), Event: audit.PasskeyAdded, Result: audit.OK, Actor: audit.Customer, AccountID: v.Account.ID, SessionID: v.Session.ID,
		Detail: map[string]string{"passkey": k.ID, "added_acr": k.AddedACR},
	}
	if mediation != "" {
		rec.Detail["mediation"] = mediation
	}
	mails, err := h.mailAll(ctx, v.Account, notify.PasskeyAdded, notify.Data{At: h.Now(), PasskeyName: k.Name})
	return idp.Effects{Audit: []idp.AuditRecord{h.Fill(ctx, rec)}, Outbox: mails, Session: v.Session.ID}, err
}

func (h *Handler) enrolRefused(w http.ResponseWriter, r *http.Request, v *authorize.Visit, err error) {
	notice := loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasskeyRejected}
	switch {
	case errors.Is(err, idp.ErrRevoked): // the session ended meanwhile; the dispatcher asks who is there
		h.jsonNext(w, v.Path())
		return
	case errors.Is(err, idp.ErrExists):
		notice.Code = loginui.NoticePasskeyExists
	case errors.Is(err, idp.ErrTooMany):
		notice.Code = loginui.NoticePasskeyLimit
	case errors.Is(err, idp.ErrExpired):
		notice.Code = loginui.NoticePasskeyExpired
	case errors.Is(err, idp.ErrRejected), errors.Is(err, idp.ErrNotFound), errors.Is(err, idp.ErrConsumed):
	default:
		h.jsonFailed(w, r, v, err)
		return
	}
	h.Record(r.Context(), h.denied(v, v.Account.ID, audit.PasskeyRejected, string(passkey.ReasonOf(err))))
	h.jsonError(w, r, v, http.StatusUnprocessableEntity, notice)
}

// showEnrolDone lists the customer's passkeys after one was added (D3).
func (h *Handler) showEnrolDone(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	keys, err := h.Store.Passkeys(r.Context(), v.Account.ID)
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	p := loginui.PasskeyAdded{Frame: h.frame(r, v), ContinueAction: v.Path() + "/enrol/done"}
	for _, k := range keys {
		item := loginui.PasskeyItem{ID: k.ID, Name: k.Name, Provider: passkey.ProviderName(k.AAGUID), Synced: k.BackupEligible, CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt, TrustedFrom: k.TrustedFrom}
		p.Passkeys = append(p.Passkeys, item)
		if k.ID == v.Progress.Enrol.AddedID {
			p.Added = item
			if k.TrustedFrom.After(h.Now()) {
				p.TrustedFrom = k.TrustedFrom
			}
		}
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

// postEnrolDone leaves the list: back to what the interaction was for, or to the own page.
func (h *Handler) postEnrolDone(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind != authorize.StepEnrolDone {
		h.back(w, r, v)
		return
	}
	v.Progress.Enrol, v.Progress.Notice = nil, nil
	if v.Own != nil && v.Own.EnrolPasskey {
		h.finish(w, r, v)
		return
	}
	h.keep(w, r, v)
}

// cancelEnrol leaves an enrolment without ending the interaction it belongs to.
func (h *Handler) cancelEnrol(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	v.Progress.Enrol, v.Progress.Code = nil, nil
	h.tell(w, r, v, "info", loginui.NoticePasskeyCancelled, time.Time{})
}
