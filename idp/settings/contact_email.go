package settings

import (
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authn/throttle"
	loginui "sekisho/login-ui"
)

func purposeDetail(p idp.EmailPurpose) map[string]string {
	return map[string]string{"purpose": string(p)}
}

// emailPage asks for the current address of a purpose, of which only a mask is shown, and
// for the new one (B15).
func (h *Handler) emailPage(purpose idp.EmailPurpose) pageFunc {
	return func(w http.ResponseWriter, r *http.Request, c visitor) {
		asked, ok := h.asksTransaction(w, r, c)
		if !ok {
			return
		}
		emails, err := h.Contact.Emails(r.Context(), c.account.ID, purpose)
		if err != nil {
			h.failed(w, r, err)
			return
		}
		p := loginui.EmailChange{Frame: h.profileFrame(r, c), Purpose: string(purpose), New: r.PostFormValue("new"), Transaction: asked}
		for _, e := range emails {
			masked := identifier.MaskEmail(e.Address)
			if p.Current == "" {
				p.Current = masked
			}
			if purpose == idp.EmailSecurity {
				p.Removable = append(p.Removable, loginui.AddressChoice{ID: e.ID, Masked: masked})
			}
		}
		h.Site.Render(w, r, http.StatusOK, p)
	}
}

// emailChange takes both addresses and sends a code to the new one. Nothing changes before
// it has answered (RC-07).
func (h *Handler) emailChange(purpose idp.EmailPurpose) pageFunc {
	again := h.emailPage(purpose)
	return func(w http.ResponseWriter, r *http.Request, c visitor) {
		ctx := r.Context()
		check := func() error { return h.Contact.CheckCurrent(ctx, c.account.ID, purpose, r.PostFormValue("current")) }
		if !h.currentProved(w, r, c, string(purpose)+"_email", check, again) {
			return
		}
		change, err := h.Contact.Begin(ctx, h.actor(r, c, audit.EmailChangeStarted, purposeDetail(purpose)), purpose, r.PostFormValue("new"))
		switch {
		case errors.Is(err, identifier.ErrMalformed):
			again(w, r, c.with(loginui.Bad, loginui.NoticeAddressInvalid))
		case errors.Is(err, idp.ErrExists):
			again(w, r, c.with(loginui.Bad, loginui.NoticeAddressSame))
		case err != nil:
			h.failed(w, r, err)
		default:
			h.sendChangeCode(w, r, c, change)
		}
	}
}

// currentProved counts a guess at what is registered before it is compared (B15), and
// shows the page again when it is wrong or guessed at too often.
func (h *Handler) currentProved(w http.ResponseWriter, r *http.Request, c visitor, field string, check func() error, again pageFunc) bool {
	if !h.transactionProved(w, r, c, again) {
		return false
	}
	ctx := r.Context()
	attempt, err := h.Throttle.Begin(ctx, throttle.RegisteredData, throttle.Known(c.account.ID), h.ip(r))
	if refusal, refused := throttle.AsRefusal(err); refused {
		c.notice = &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeRateLimited, Until: refusal.Until}
		again(w, r, c)
		return false
	}
	if err == nil {
		err = check()
	}
	if errors.Is(err, idp.ErrRejected) {
		rec := h.event(c, audit.ProfileCheckFailed, map[string]string{"field": field})
		rec.Result = audit.Denied
		h.Record(ctx, rec)
		state, err := h.Throttle.Failed(ctx, attempt)
		if err != nil {
			h.failed(w, r, err)
			return false
		}
		c.notice = &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeCurrentDataWrong, Left: state.Left}
		again(w, r, c)
		return false
	}
	if err == nil {
		err = h.Throttle.Succeeded(ctx, attempt)
	}
	if err != nil {
		h.failed(w, r, err)
	}
	return err == nil
}

// sendChangeCode mails the code of a pending change and leads to where it is typed.
func (h *Handler) sendChangeCode(w http.ResponseWriter, r *http.Request, c visitor, change *idp.EmailChange) {
	ctx := r.Context()
	detail := map[string]string{"purpose": string(idp.CodeVerifyAddress)}
	_, err := h.Contact.SendCode(ctx, h.actor(r, c, audit.EmailCodeSent, detail), change)
	if errors.Is(err, idp.ErrTooMany) {
		rec := h.event(c, audit.EmailCodeThrottled, detail)
		rec.Result = audit.Denied
		h.Record(ctx, rec)
		c.notice = &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeCodeSpent}
		if refusal, ok := throttle.AsRefusal(err); ok {
			c.notice = &loginui.Notice{Kind: loginui.Info, Code: loginui.NoticeCodeWait, Until: refusal.Until}
		}
		h.showEmailConfirm(w, r, c, change)
		return
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	h.Committed()
	http.Redirect(w, r, profileBase+"/confirm", http.StatusSeeOther)
}

// pendingChange is the change this session waits to confirm. Without one the registered
// data are shown, which are as they were.
func (h *Handler) pendingChange(w http.ResponseWriter, r *http.Request, c visitor) (*idp.EmailChange, bool) {
	change, err := h.Contact.Pending(r.Context(), c.account.ID, c.session.ID)
	if errors.Is(err, idp.ErrNotFound) {
		h.showProfile(w, r, c.with(loginui.Bad, loginui.NoticeChangeGone), false)
		return nil, false
	}
	if err != nil {
		h.failed(w, r, err)
		return nil, false
	}
	return change, true
}

func (h *Handler) emailConfirmPage(w http.ResponseWriter, r *http.Request, c visitor) {
	if change, ok := h.pendingChange(w, r, c); ok {
		h.showEmailConfirm(w, r, c, change)
	}
}

func (h *Handler) showEmailConfirm(w http.ResponseWriter, r *http.Request, c visitor, change *idp.EmailChange) {
	p := loginui.EmailConfirm{Frame: h.profileFrame(r, c), Purpose: string(change.Purpose), Address: change.NewAddress, CanResend: true}
	sent, err := h.Contact.CodeSent(r.Context(), change)
	if err == nil {
		p.ExpiresAt, p.ResendAt, p.CanResend = sent.ExpiresAt, sent.ResendAt, !h.Now().Before(sent.ResendAt)
	} else if !errors.Is(err, idp.ErrNotFound) {
		h.failed(w, r, err)
		return
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

// emailResend sends another code; the earlier one is void.
func (h *Handler) emailResend(w http.ResponseWriter, r *http.Request, c visitor) {
	if change, ok := h.pendingChange(w, r, c); ok {
		h.sendChangeCode(w, r, c, change)
	}
}

// emailConfirm takes the code from the new address.
func (h *Handler) emailConfirm(w http.ResponseWriter, r *http.Request, c visitor) {
	ctx := r.Context()
	change, ok := h.pendingChange(w, r, c)
	if !ok {
		return
	}
	attempt, ok := h.beginAttempt(w, r, c, throttle.EmailCode, h.emailConfirmPage)
	if !ok {
		return
	}
	err := h.Contact.Confirm(ctx, h.actor(r, c, audit.EmailChanged, purposeDetail(change.Purpose)), change, r.PostFormValue("code"))
	if code := confirmNotice(err); code != "" {
		rec := h.event(c, audit.EmailCodeFailed, nil)
		rec.Result, rec.Reason = audit.Denied, code
		h.Record(ctx, rec)
		state, err := h.Throttle.Failed(ctx, attempt)
		if err != nil {
			h.failed(w, r, err)
			return
		}
		c.notice = &loginui.Notice{Kind: loginui.Bad, Code: code, Left: state.Left}
		if state.Locked(h.Now()) {
			c.notice = &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeCodeLocked, Until: state.LockedUntil}
		}
		h.emailConfirmPage(w, r, c)
		return
	}
	if err == nil || errors.Is(err, idp.ErrExists) { // the code was right
		if err := h.Throttle.Succeeded(ctx, attempt); err != nil {
			h.Log.ErrorContext(ctx, "attempts not cleared", "error", err)
		}
	}
	h.confirmed(w, r, c, change.Purpose, err)
}

func (h *Handler) confirmed(w http.ResponseWriter, r *http.Request, c visitor, purpose idp.EmailPurpose, err error) {
	switch {
	case errors.Is(err, idp.ErrExists):
		h.showProfile(w, r, c.with(loginui.Bad, loginui.NoticeAddressTaken), false)
	case err != nil:
		h.failed(w, r, err)
	case purpose == idp.EmailSecurity:
		h.changed(w, r, loginui.NoticeSecurityEmailChanged)
	default:
		h.changed(w, r, loginui.NoticeEmailChanged)
	}
}

// confirmNotice is what a customer is told about a code that did not confirm; "" when it
// did, and for trouble on our side.
func confirmNotice(err error) string {
	switch {
	case errors.Is(err, idp.ErrRejected):
		return loginui.NoticeCodeWrong
	case errors.Is(err, idp.ErrExpired), errors.Is(err, idp.ErrNotFound), errors.Is(err, idp.ErrConsumed):
		return loginui.NoticeCodeExpired
	case errors.Is(err, idp.ErrTooMany):
		return loginui.NoticeCodeSpent
	}
	return ""
}

// emailRemove takes a security address away. Codes then go to the registered one (B4).
func (h *Handler) emailRemove(w http.ResponseWriter, r *http.Request, c visitor) {
	by := h.actor(r, c, audit.EmailRemoved, nil)
	by.WayIn = h.wayIn()
	err := h.Contact.Remove(r.Context(), by, r.PostFormValue("address"))
	if errors.Is(err, idp.ErrLastWayIn) {
		h.emailPage(idp.EmailSecurity)(w, r, c.with(loginui.Bad, loginui.NoticeLastWayIn))
		return
	}
	if err != nil {
		h.notFoundOr(w, r, c, err)
		return
	}
	h.changed(w, r, loginui.NoticeSecurityEmailRemoved)
}
