package recovery

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

// How a proof is named in the audit trail.
const (
	byMail         = "email_code"
	byRecoveryCode = "recovery_code"
	byTOTP         = "totp"
	byPasskey      = "passkey"
)

// mailedCode takes the first proof. Every way in which it can be wrong, and a name nobody
// has, get one answer (RC-01).
func (h *Handler) mailedCode(w http.ResponseWriter, r *http.Request, v *visit) {
	if !v.progress.MailAt.IsZero() {
		http.Redirect(w, r, v.path(), http.StatusSeeOther)
		return
	}
	attempt, ok := h.attempt(w, r, v, throttle.Recovery)
	if !ok {
		return
	}
	_, err := h.Codes.Verify(r.Context(), v.accountID(), v.ix.ID, idp.CodeRecover, r.PostFormValue("code"))
	if errors.Is(err, idp.ErrRejected) {
		// There was a code and it was another one. Where there is none the look-up has asked
		// once more why; the answer must not be quicker for names somebody has (RC-01).
		if _, err := h.Codes.Open(r.Context(), v.ix.ID, idp.CodeRecover); err != nil && !errors.Is(err, idp.ErrNotFound) {
			h.failed(w, r, err)
			return
		}
	}
	if wrong(err) || errors.Is(err, idp.ErrTooMany) {
		h.refused(w, r, v, attempt, byMail, loginui.NoticeCodeWrong)
		return
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	v.progress.MailAt = h.Now()
	h.prove(w, r, v, attempt, byMail, idp.RecoveryProof{First: true})
}

// recoveryCode takes a code from the customer's paper as the second proof.
func (h *Handler) recoveryCode(w http.ResponseWriter, r *http.Request, v *visit) {
	if !h.wantsSecond(w, r, v) || h.forbidden(w, r, v, byRecoveryCode, func(u assurance.Use) bool { return u.RecoveryCodes }) {
		return
	}
	attempt, ok := h.attempt(w, r, v, throttle.Recovery)
	if !ok {
		return
	}
	effects, err := h.tell(r, v, notify.RecoveryCodeUsed, notify.Data{})
	if err != nil {
		h.failed(w, r, err)
		return
	}
	effects.Audit = append(effects.Audit, h.event(r, v, audit.RecoveryCodeUsed, audit.OK, nil))
	v.progress.SecondAt, v.progress.Second = h.Now(), byRecoveryCode
	h.prove(w, r, v, attempt, byRecoveryCode, idp.RecoveryProof{
		RecoveryCode: h.Recovery.MAC(v.accountID(), r.PostFormValue("recovery_code")), Effects: effects,
	})
}

// totpCode takes the authenticator app as the second proof. Guesses count where those of
// sign-in do: it is the same secret.
func (h *Handler) totpCode(w http.ResponseWriter, r *http.Request, v *visit) {
	if !h.wantsSecond(w, r, v) || h.forbidden(w, r, v, byTOTP, func(u assurance.Use) bool { return u.TOTP }) {
		return
	}
	attempt, ok := h.attempt(w, r, v, throttle.TOTP)
	if !ok {
		return
	}
	_, err := h.TOTP.Verify(r.Context(), v.accountID(), r.PostFormValue("code"))
	if wrong(err) {
		h.refused(w, r, v, attempt, byTOTP, loginui.NoticeCodeWrong)
		return
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	v.progress.SecondAt, v.progress.Second = h.Now(), byTOTP
	h.prove(w, r, v, attempt, byTOTP, idp.RecoveryProof{})
}

// wantsSecond reports whether the recovery waits for its second proof; otherwise it shows
// what it does wait for.
func (h *Handler) wantsSecond(w http.ResponseWriter, r *http.Request, v *visit) bool {
	if v.account != nil && v.progress.SecondAt.IsZero() {
		return true
	}
	http.Redirect(w, r, v.path(), http.StatusSeeOther)
	return false
}

// attempt counts a guess before the secret is looked at.
func (h *Handler) attempt(w http.ResponseWriter, r *http.Request, v *visit, f throttle.Factor) (throttle.Attempt, bool) {
	attempt, err := h.Throttle.Begin(r.Context(), f, v.subject(), h.ip(r))
	if refusal, refused := throttle.AsRefusal(err); refused {
		v.notice = &loginui.Notice{Kind: loginui.Bad, Code: lockedNotice(f), Until: refusal.Until}
		h.show(w, r, v)
		return attempt, false
	}
	if err != nil {
		h.failed(w, r, err)
		return attempt, false
	}
	return attempt, true
}

func wrong(err error) bool {
	return errors.Is(err, idp.ErrRejected) || errors.Is(err, idp.ErrNotFound) || errors.Is(err, idp.ErrExpired) || errors.Is(err, idp.ErrConsumed)
}

// refused answers a wrong proof on the page it was typed on.
func (h *Handler) refused(w http.ResponseWriter, r *http.Request, v *visit, a throttle.Attempt, method, notice string) {
	h.Record(r.Context(), h.event(r, v, audit.RecoveryFailed, audit.Denied, map[string]string{"method": method}))
	state, err := h.Throttle.Failed(r.Context(), a)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	v.notice = &loginui.Notice{Kind: loginui.Bad, Code: notice, Left: state.Left}
	if state.Locked(h.Now()) {
		v.notice = &loginui.Notice{Kind: loginui.Bad, Code: lockedNotice(a.Factor), Until: state.LockedUntil}
	}
	h.show(w, r, v)
}

// prove commits a proof and shows what comes next.
func (h *Handler) prove(w http.ResponseWriter, r *http.Request, v *visit, a throttle.Attempt, method string, p idp.RecoveryProof) {
	err := h.commit(r, v, method, p)
	if errors.Is(err, idp.ErrRejected) {
		v.progress.SecondAt, v.progress.Second = time.Time{}, ""
		h.refused(w, r, v, a, method, loginui.NoticeRecoveryCodeWrong)
		return
	}
	if err != nil && !errors.Is(err, idp.ErrConflict) { // then another post of this browser was faster
		h.openFailed(w, r, err)
		return
	}
	if err := h.Throttle.Succeeded(r.Context(), a); err != nil {
		h.Log.ErrorContext(r.Context(), "attempts not cleared", "error", err) // the proof itself is committed
	}
	h.Committed()
	http.Redirect(w, r, v.path(), http.StatusSeeOther)
}

// commit stores the visit's progress with what the proof used up.
func (h *Handler) commit(r *http.Request, v *visit, method string, p idp.RecoveryProof) error {
	body, err := json.Marshal(v.progress)
	if err != nil {
		return err
	}
	v.ix.Progress = body
	p.Interaction, p.AccountID, p.At = v.ix, v.accountID(), h.Now()
	p.Effects.Audit = append(p.Effects.Audit, h.event(r, v, audit.RecoveryProved, audit.OK, map[string]string{"method": method}))
	return h.Store.ProveRecovery(r.Context(), p)
}

// tell writes a mail to every verified address (RC-04).
func (h *Handler) tell(r *http.Request, v *visit, kind notify.Kind, data notify.Data) (idp.Effects, error) {
	var e idp.Effects
	emails, err := h.Store.Emails(r.Context(), v.accountID())
	if err != nil {
		return e, err
	}
	data.At = h.Now()
	e.Outbox, err = h.Mail.ComposeAll(kind, emails, v.mailLang(), data)
	return e, err
}
