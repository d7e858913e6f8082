package signin

import (
	"errors"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authn/transaction"
	"sekisho/idp/authorize"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

// agedRoutes are the notice about an old password (A13).
func (h *Handler) agedRoutes() []Route {
	return []Route{
		{"/password-age", http.MethodPost, false, h.form(h.postAged)},
		{"/password-age/new", http.MethodPost, false, h.form(h.postAgedChange)},
	}
}

// agedLogin is the stage of a login password that was right, nil where nothing is to be said.
func (h *Handler) agedLogin(v *authorize.Visit, accountID string, verified password.Verified) *authorize.AgedStage {
	if v.Step.Kind != authorize.StepSignIn || !h.Age.Due(verified.ChangedAt, verified.RemindedAt, h.Now()) {
		return nil
	}
	return &authorize.AgedStage{AccountID: accountID, Kind: idp.LoginPassword, ChangedAt: verified.ChangedAt}
}

// agedTransaction speaks of the transaction password, unless there is something else to
// say of one already.
func (h *Handler) agedTransaction(v *authorize.Visit, given transaction.Given) {
	if v.Progress.Aged == nil && !given.FourDigits && h.Age.Due(given.ChangedAt, given.RemindedAt, h.Now()) {
		v.Progress.Aged = &authorize.AgedStage{AccountID: v.Account.ID, Kind: idp.TransactionPassword, ChangedAt: given.ChangedAt}
	}
}

func (h *Handler) agedPage(r *http.Request, v *authorize.Visit, reasons []string) loginui.Page {
	f := h.frame(r, v)
	if v.Step.Kind == authorize.StepPasswordAgeChange {
		return loginui.PasswordAgeChange{Frame: f, MinLength: h.MinPassword, Reasons: reasons, LoginName: v.Account.LoginName}
	}
	return loginui.PasswordAge{Frame: f, Transaction: v.Progress.Aged.Kind == idp.TransactionPassword, ChangedAt: v.Progress.Aged.ChangedAt, Again: h.Age.Again}
}

// postAged takes "change now" or "later"; later is remembered, so that nobody is asked at
// each sign-in.
func (h *Handler) postAged(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind != authorize.StepPasswordAge {
		h.back(w, r, v)
		return
	}
	stage := v.Progress.Aged
	v.Progress.Notice = nil
	switch {
	case r.PostFormValue("choice") != "change":
		if err := h.Store.PutReminderOff(r.Context(), stage.AccountID, stage.Kind, stage.ChangedAt, h.Now()); err != nil {
			h.failed(w, r, v, err)
			return
		}
		v.Progress.Aged = nil
	case stage.Kind == idp.TransactionPassword && v.Progress.Transaction != nil:
		v.Progress.Aged, v.Progress.Transaction.Change = nil, true
	default:
		stage.Change = true
	}
	h.keep(w, r, v)
}

// cancelAgedChange returns to the notice, from which the customer can go on.
func (h *Handler) cancelAgedChange(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	v.Progress.Aged.Change, v.Progress.Notice = false, nil
	h.keep(w, r, v)
}

// postAgedChange changes the login password of the customer who just signed in with it, by
// the same rules as on the customer's own pages, and goes on with what was asked for.
func (h *Handler) postAgedChange(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind != authorize.StepPasswordAgeChange {
		h.back(w, r, v)
		return
	}
	attempt, err := h.Methods.Throttle.Begin(r.Context(), throttle.Password, throttle.Known(v.Account.ID), parseIP(h.ClientIP(r)))
	if refusal, ok := throttle.AsRefusal(err); ok {
		h.tellLocked(w, r, v, refusal)
		return
	}
	var c password.Change
	if err == nil {
		c, err = h.agedChange(r, v)
	}
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	err = h.Methods.Password.Change(r.Context(), c)
	var policy *password.PolicyError
	switch {
	case errors.As(err, &policy): // the current one was right
		if err := h.Methods.Throttle.Succeeded(r.Context(), attempt); err != nil {
			h.failed(w, r, v, err)
			return
		}
		v.Progress.Notice = &authorize.Notice{Kind: string(loginui.Bad), Code: loginui.NoticePasswordRefused}
		h.Site.Render(w, r, http.StatusOK, h.agedPage(r, v, agedReasons(policy)))
	case errors.Is(err, idp.ErrRejected):
		h.Record(r.Context(), h.denied(v, v.Account.ID, audit.PasswordFailed, ""))
		if _, err := h.Methods.Throttle.Failed(r.Context(), attempt); err != nil {
			h.failed(w, r, v, err)
			return
		}
		h.tell(w, r, v, string(loginui.Bad), loginui.NoticeCurrentPasswordWrong, time.Time{})
	case errors.Is(err, idp.ErrRevoked): // the session ended elsewhere
		h.back(w, r, v)
	case err != nil:
		h.failed(w, r, v, err)
	default:
		h.agedChanged(w, r, v, attempt)
	}
}

func (h *Handler) agedChanged(w http.ResponseWriter, r *http.Request, v *authorize.Visit, attempt throttle.Attempt) {
	if err := h.Methods.Throttle.Succeeded(r.Context(), attempt); err != nil {
		h.Log.ErrorContext(r.Context(), "attempts not cleared", "error", err) // the change itself is committed
	}
	h.Committed()
	v.Progress.Aged, v.Progress.Notice = nil, nil
	h.keep(w, r, v)
}

func agedReasons(policy *password.PolicyError) []string {
	out := make([]string, len(policy.Reasons))
	for i, reason := range policy.Reasons {
		out[i] = string(reason)
	}
	return out
}

// agedChange is what the form asks for, with its audit record and mails.
func (h *Handler) agedChange(r *http.Request, v *authorize.Visit) (password.Change, error) {
	ctx := r.Context()
	c := password.Change{
		Account: v.Account, Kind: idp.LoginPassword, Current: r.PostFormValue("current"), New: r.PostFormValue("new"), KeepSessionID: v.Session.ID,
		Context: password.Context{LoginName: v.Account.LoginName, AccountNumbers: []string{v.Account.LoginName}},
	}
	emails, err := h.Store.Emails(ctx, v.Account.ID)
	if err != nil {
		return c, err
	}
	for _, e := range emails {
		c.Context.Emails = append(c.Context.Emails, e.Address)
	}
	rec := h.denied(v, v.Account.ID, audit.PasswordChanged, "")
	rec.Result = audit.OK
	c.Effects.Audit, c.Effects.Session = []idp.AuditRecord{h.Fill(ctx, rec)}, v.Session.ID
	c.Effects.Outbox, err = h.mailAll(ctx, h.spokenTo(r, v, v.Account), notify.PasswordChanged, notify.Data{At: h.Now()})
	return c, err
}

// notOf is the stage unless it speaks of this kind, which was changed just now.
func notOf(stage *authorize.AgedStage, kind idp.PasswordKind) *authorize.AgedStage {
	if stage != nil && stage.Kind == kind {
		return nil
	}
	return stage
}
