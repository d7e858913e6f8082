package signin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/password"
	"sekisho/idp/authorize"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

func mustOf(v password.Verified) *authorize.MustChange {
	if !v.MustChange {
		return nil
	}
	return &authorize.MustChange{TemporaryID: v.TemporaryID}
}

// showMustChange asks for the new password that a temporary one is good for (A9).
func (h *Handler) showMustChange(w http.ResponseWriter, r *http.Request, v *authorize.Visit, reasons []password.Reason) {
	account, err := h.Store.Account(r.Context(), v.Progress.AccountID)
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	p := loginui.MustChange{Frame: h.frame(r, v), MinLength: h.MinPassword, LoginName: account.LoginName, Letter: v.Progress.Must.TemporaryID != ""}
	for _, reason := range reasons {
		p.Reasons = append(p.Reasons, string(reason))
	}
	if len(reasons) > 0 {
		p.Notice = &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasswordRefused}
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

// postMustChange puts the customer's own password in the place of the temporary one, once,
// and only then makes the session that both factors earned.
func (h *Handler) postMustChange(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind != authorize.StepMustChange {
		h.back(w, r, v)
		return
	}
	account, err := h.Store.Account(r.Context(), v.Progress.AccountID)
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	if err := h.stillHas(r.Context(), v, account); errors.Is(err, idp.ErrNotFound) {
		h.Record(r.Context(), h.denied(v, account.ID, audit.SignInFailed, "overtaken"))
		v.Progress.Begin()
		h.tell(w, r, v, "bad", loginui.NoticeSessionExpired, time.Time{})
		return
	} else if err != nil {
		h.failed(w, r, v, err)
		return
	}
	switch err := h.mustChange(r, v, account); {
	case err == nil:
		h.Committed()
		h.signedIn(w, r, v, proved{account: account, events: v.Progress.Pending})
	case errors.As(err, new(*password.PolicyError)):
		var policy *password.PolicyError
		errors.As(err, &policy)
		h.showMustChange(w, r, v, policy.Reasons)
	case errors.Is(err, idp.ErrConsumed), errors.Is(err, idp.ErrLocked):
		notice := loginui.NoticeTemporaryGone
		if v.Progress.Must.TemporaryID == "" && errors.Is(err, idp.ErrConsumed) {
			notice = loginui.NoticePasswordReplaced
		}
		v.Progress.Begin() // used in another window, stopped or too old: the ceremony is over
		h.tell(w, r, v, "bad", notice, time.Time{})
	default:
		h.failed(w, r, v, err)
	}
}

// stillHas holds the factor that the ceremony was proved with against what the account has
// now: an app or an address that was reported lost or exchanged meanwhile sets no password
// (RC-11). idp.ErrNotFound.
func (h *Handler) stillHas(ctx context.Context, v *authorize.Visit, account *idp.Account) error {
	last := v.Progress.Pending[len(v.Progress.Pending)-1]
	if last.Method == idp.MethodTOTP {
		t, err := h.usableTOTP(ctx, account.ID)
		if err == nil && t.ID != last.CredentialID {
			err = idp.ErrNotFound
		}
		return err
	}
	emails, err := h.verifiedEmails(ctx, account.ID)
	if err == nil && !slices.ContainsFunc(emails, func(e idp.Email) bool { return e.ID == last.CredentialID }) {
		err = idp.ErrNotFound
	}
	return err
}

func (h *Handler) mustChange(r *http.Request, v *authorize.Visit, account *idp.Account) error {
	ctx := r.Context()
	c := password.Change{
		Account: account, Kind: idp.LoginPassword, New: r.PostFormValue("new"),
		Context: password.Context{LoginName: account.LoginName, AccountNumbers: []string{account.LoginName}},
	}
	if v.StepsUp() && v.Session.AccountID == account.ID {
		c.KeepSessionID = v.Session.ID
	}
	emails, err := h.Store.Emails(ctx, account.ID)
	if err != nil {
		return err
	}
	for _, e := range emails {
		c.Context.Emails = append(c.Context.Emails, e.Address)
	}
	rec := h.denied(v, account.ID, audit.TemporaryUsed, "")
	rec.Result, rec.Detail = audit.OK, map[string]string{"kind": string(idp.LoginPassword)}
	changed := rec
	changed.Event = audit.PasswordChanged
	c.Effects.Audit = []idp.AuditRecord{h.Fill(ctx, rec), h.Fill(ctx, changed)}
	if c.Effects.Outbox, err = h.mailAll(ctx, h.spokenTo(r, v, account), notify.TemporaryUsed, notify.Data{At: h.Now(), IP: parseIP(h.ClientIP(r))}); err != nil {
		return err
	}
	if id := v.Progress.Must.TemporaryID; id != "" {
		v.Progress.PasswordSetAt, err = h.Methods.Password.Redeem(ctx, id, c)
		return err
	}
	proved := idp.Password{AccountID: account.ID, Kind: c.Kind, ChangedAt: v.Progress.PasswordSetAt}
	next, err := h.Methods.Password.New(ctx, account.ID, c.Kind, c.New, c.Context)
	if err != nil {
		return err
	}
	if err := h.Store.ReplaceMarked(ctx, proved, next, c.KeepSessionID, c.Effects); err != nil {
		return err
	}
	v.Progress.PasswordSetAt = next.ChangedAt
	return nil
}
