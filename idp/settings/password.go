package settings

import (
	"context"
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

func (h *Handler) passwordPage(w http.ResponseWriter, r *http.Request, c visitor) {
	h.showPassword(w, r, c, nil)
}

func (h *Handler) showPassword(w http.ResponseWriter, r *http.Request, c visitor, reasons []string) {
	h.Site.Render(w, r, http.StatusOK, loginui.PasswordChange{
		Frame: h.frame(r, c), MinLength: h.MinPassword, Reasons: reasons, LoginName: c.account.LoginName,
	})
}

// passwordChange takes the current password and the new one. The account is the session's,
// whatever the form says (PW-07).
func (h *Handler) passwordChange(w http.ResponseWriter, r *http.Request, c visitor) {
	attempt, ok := h.beginAttempt(w, r, c, throttle.Password, h.passwordPage)
	if !ok {
		return
	}
	context, err := h.passwordContext(r.Context(), c.account)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	effects, err := h.effects(r, c, audit.PasswordChanged, nil, notify.PasswordChanged, notify.Data{})
	if err != nil {
		h.failed(w, r, err)
		return
	}
	err = h.Passwords.Change(r.Context(), password.Change{
		Account: c.account, Kind: idp.LoginPassword, Current: r.PostFormValue("current"), New: r.PostFormValue("new"),
		Context: context, KeepSessionID: c.session.ID, Effects: effects,
	})
	var policy *password.PolicyError
	if errors.As(err, &policy) {
		if err := h.Throttle.Succeeded(r.Context(), attempt); err != nil { // the current one was right
			h.failed(w, r, err)
			return
		}
		h.showPassword(w, r, c.with(loginui.Bad, loginui.NoticePasswordRefused), words(policy.Reasons))
		return
	}
	if errors.Is(err, idp.ErrRejected) {
		h.wrongCurrent(w, r, c, attempt)
		return
	}
	h.endAttempt(w, r, c, attempt, err, audit.PasswordFailed, h.passwordPage, loginui.NoticePasswordChanged)
}

func (h *Handler) wrongCurrent(w http.ResponseWriter, r *http.Request, c visitor, a throttle.Attempt) {
	rec := h.event(c, audit.PasswordFailed, nil)
	rec.Result = audit.Denied
	h.Record(r.Context(), rec)
	if _, err := h.Throttle.Failed(r.Context(), a); err != nil {
		h.failed(w, r, err)
		return
	}
	h.showPassword(w, r, c.with(loginui.Bad, loginui.NoticeCurrentPasswordWrong), nil)
}

// passwordContext is what a new password must not contain (PW-03, A1).
func (h *Handler) passwordContext(ctx context.Context, account *idp.Account) (password.Context, error) {
	c := password.Context{LoginName: account.LoginName, AccountNumbers: []string{account.LoginName}}
	emails, err := h.Store.Emails(ctx, account.ID)
	for _, e := range emails {
		c.Emails = append(c.Emails, e.Address)
	}
	return c, err
}

func words(reasons []password.Reason) []string {
	out := make([]string, len(reasons))
	for i, r := range reasons {
		out[i] = string(r)
	}
	return out
}
