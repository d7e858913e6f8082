package settings

import (
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authn/totp"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

// totpPage shows the pending enrolment of this session, or begins one (A3, OT-06). A
// confirmed authenticator keeps working until the new one is confirmed (E2).
func (h *Handler) totpPage(w http.ResponseWriter, r *http.Request, c visitor) {
	enrolment, err := h.TOTP.Pending(r.Context(), c.account, c.session.ID)
	if errors.Is(err, idp.ErrNotFound) || errors.Is(err, idp.ErrExpired) {
		enrolment, err = h.TOTP.Enrol(r.Context(), c.account, c.session.ID)
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	h.showTOTP(w, r, c, enrolment)
}

func (h *Handler) showTOTP(w http.ResponseWriter, r *http.Request, c visitor, e totp.Enrolment) {
	h.Site.Render(w, r, http.StatusOK, loginui.TOTPEnrol{
		Frame: h.frame(r, c), Secret: e.Secret, OTPAuthURI: e.URI, Replaces: c.holdings.TOTP,
	})
}

func (h *Handler) totpConfirm(w http.ResponseWriter, r *http.Request, c visitor) {
	attempt, ok := h.beginAttempt(w, r, c, throttle.TOTP, h.totpPage)
	if !ok {
		return
	}
	effects, err := h.effects(r, c, audit.TOTPEnrolled, nil, notify.TOTPEnrolled, notify.Data{})
	if err == nil {
		_, err = h.TOTP.Confirm(r.Context(), c.account.ID, c.session.ID, r.PostFormValue("code"), effects)
	}
	h.endAttempt(w, r, c, attempt, err, audit.TOTPFailed, h.totpPage, loginui.NoticeTOTPAdded)
}

func (h *Handler) totpRemovePage(w http.ResponseWriter, r *http.Request, c visitor) {
	if !c.holdings.TOTP && h.Engine.Use(c.account.Kind).TOTP {
		h.trouble(w, r, http.StatusNotFound, loginui.ErrorNotFound)
		return
	}
	h.Site.Render(w, r, http.StatusOK, loginui.TOTPRemove{Frame: h.frame(r, c), Stranded: h.named(c, h.strandedWithout(c, noTOTP))})
}

// totpRemove ends the use of the authenticator app against a current code (E4).
func (h *Handler) totpRemove(w http.ResponseWriter, r *http.Request, c visitor) {
	stranded := h.strandedWithout(c, noTOTP)
	if len(stranded) > 0 && r.PostFormValue("fall_back") == "" {
		h.totpRemovePage(w, r, c) // nothing is loosened unasked
		return
	}
	attempt, ok := h.beginAttempt(w, r, c, throttle.TOTP, h.totpRemovePage)
	if !ok {
		return
	}
	effects, err := h.effects(r, c, audit.TOTPRemoved, nil, notify.TOTPRemoved, notify.Data{})
	if err == nil {
		effects.WayIn = h.wayIn()
		err = h.TOTP.Remove(r.Context(), c.account.ID, r.PostFormValue("code"), c.session.ID, effects)
	}
	if errors.Is(err, idp.ErrLastWayIn) { // the code was right
		if err := h.Throttle.Succeeded(r.Context(), attempt); err != nil {
			h.Log.ErrorContext(r.Context(), "attempts not cleared", "error", err)
		}
		h.totpRemovePage(w, r, c.with(loginui.Bad, loginui.NoticeLastWayIn))
		return
	}
	if err == nil {
		err = h.fallBack(r, c, stranded) // after the code was right; should it fail, the stricter choice stands
	}
	h.endAttempt(w, r, c, attempt, err, audit.TOTPFailed, h.totpRemovePage, loginui.NoticeTOTPRemoved)
}

// beginAttempt counts a guess before the secret is looked at; a locked factor shows the
// page again with the time of the lock.
func (h *Handler) beginAttempt(w http.ResponseWriter, r *http.Request, c visitor, f throttle.Factor, again pageFunc) (throttle.Attempt, bool) {
	attempt, err := h.Throttle.Begin(r.Context(), f, throttle.Known(c.account.ID), h.ip(r))
	if refusal, refused := throttle.AsRefusal(err); refused {
		c.notice = &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeCodeLocked, Until: refusal.Until}
		again(w, r, c)
		return attempt, false
	}
	if err != nil {
		h.failed(w, r, err)
		return attempt, false
	}
	return attempt, true
}

func (h *Handler) endAttempt(w http.ResponseWriter, r *http.Request, c visitor, a throttle.Attempt, err error, event string, again pageFunc, done string) {
	switch {
	case err == nil:
		if err := h.Throttle.Succeeded(r.Context(), a); err != nil {
			h.Log.ErrorContext(r.Context(), "attempts not cleared", "error", err) // the change itself is committed
		}
		h.done(w, r, done)
	case errors.Is(err, idp.ErrRejected), errors.Is(err, idp.ErrExpired), errors.Is(err, idp.ErrNotFound):
		rec := h.event(c, event, nil)
		rec.Result = audit.Denied
		h.Record(r.Context(), rec)
		state, err := h.Throttle.Failed(r.Context(), a)
		if err != nil {
			h.failed(w, r, err)
			return
		}
		c.notice = &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeCodeWrong, Left: state.Left}
		if state.Locked(h.Now()) {
			c.notice = &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeCodeLocked, Until: state.LockedUntil}
		}
		again(w, r, c)
	default:
		h.failed(w, r, err)
	}
}
