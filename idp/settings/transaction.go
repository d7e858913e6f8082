package settings

import (
	"context"
	"errors"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/transaction"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

// transactionRoutes are there where the firm has transaction passwords.
func (h *Handler) transactionRoutes() []Route {
	if h.Transaction == nil {
		return nil
	}
	const path, page = "/account/transaction-password", "transaction_password"
	return []Route{
		{path, http.MethodGet, Fresh, h.guarded(page, Fresh, h.transactionPage)},
		{path, http.MethodPost, Fresh, h.guarded(page, Fresh, h.transactionSet)},
	}
}

func (h *Handler) transactionPage(w http.ResponseWriter, r *http.Request, c visitor) {
	if c.notice == nil {
		standing, err := h.Transaction.Standing(r.Context(), c.account.ID)
		if err != nil {
			h.failed(w, r, err)
			return
		}
		if standing != nil {
			c.notice = &loginui.Notice{Kind: loginui.Bad, Code: string(standing.Code), Until: standing.Until}
		}
	}
	h.showTransaction(w, r, c, nil)
}

func (h *Handler) showTransaction(w http.ResponseWriter, r *http.Request, c visitor, reasons []string) {
	held, err := h.Transaction.Held(r.Context(), c.account.ID)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	p := loginui.TransactionPasswordSet{
		Frame: h.frame(r, c), Action: "/account/transaction-password", Own: true, First: held == nil,
		MinLength: h.Transaction.MinLength, Reasons: reasons,
	}
	if held == nil {
		p.UsableFrom = h.usableFrom(c)
	} else {
		p.FourDigits, p.MustChange = held.FourDigits, held.MustChange || held.FourDigits && !h.Transaction.FourDigits
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

// transactionSet sets a first transaction password, or changes it against the current one
// (A2, C12). The account is the session's, whatever the form says.
func (h *Handler) transactionSet(w http.ResponseWriter, r *http.Request, c visitor) {
	change, done, err := h.transactionChange(r, c)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	refusal, err := h.Transaction.Set(r.Context(), change, h.ip(r))
	switch {
	case errors.Is(err, idp.ErrExists): // another tab was faster; now it is a change
		http.Redirect(w, r, "/account/transaction-password", http.StatusSeeOther)
	case err != nil:
		h.failed(w, r, err)
	case refusal != nil && refusal.Code == transaction.Refused:
		h.showTransaction(w, r, c.with(loginui.Bad, loginui.NoticePasswordRefused), refusal.Words())
	case refusal != nil:
		for event, reason := range refusal.Events() {
			rec := h.event(c, event, nil)
			rec.Result, rec.Reason = audit.Denied, reason
			h.Record(r.Context(), rec)
		}
		c.notice = &loginui.Notice{Kind: loginui.Bad, Code: string(refusal.Code), Until: refusal.Until}
		h.showTransaction(w, r, c, nil)
	default:
		h.done(w, r, done)
	}
}

func (h *Handler) transactionChange(r *http.Request, c visitor) (change password.Change, done string, err error) {
	held, err := h.Transaction.Held(r.Context(), c.account.ID)
	if err != nil {
		return change, "", err
	}
	done, event, kind := loginui.NoticeTransactionSet, audit.TransactionPasswordSet, notify.TransactionPasswordSet
	if held != nil {
		done, event, kind = loginui.NoticeTransactionChanged, audit.TransactionPasswordChanged, notify.TransactionPasswordChanged
	}
	change = password.Change{Account: c.account, Current: r.PostFormValue("current"), New: r.PostFormValue("new"), KeepSessionID: c.session.ID}
	var data notify.Data
	if held == nil {
		change.TrustedFrom = h.usableFrom(c)
		data.HeldUntil = change.TrustedFrom
	}
	if change.Context, err = h.passwordContext(r.Context(), c.account); err != nil {
		return change, "", err
	}
	change.Effects, err = h.effects(r, c, event, nil, kind, data)
	return change, done, err
}

// usableFrom is from when a first transaction password set now counts everywhere. It rests
// on what the customer proved just now, as a passkey added now would; zero: at once.
func (h *Handler) usableFrom(c visitor) time.Time {
	proof := assurance.Recent(c.session.AccountID, c.session.Events, h.Engine.Limits.EnrolFresh, h.Now())
	return h.Engine.Policy().TrustedFromProof(h.Now(), proof)
}

// fillTransaction is the transaction password's row in the security centre.
func (h *Handler) fillTransaction(ctx context.Context, c visitor, p *loginui.Security) error {
	if h.Transaction == nil {
		return nil
	}
	p.Transaction = &loginui.TransactionItem{}
	held, err := h.Transaction.Held(ctx, c.account.ID)
	if err != nil || held == nil {
		return err
	}
	p.Transaction.ChangedAt, p.Transaction.FourDigits = held.ChangedAt, held.FourDigits
	if h.Now().Before(held.TrustedFrom) {
		p.Transaction.UsableFrom = held.TrustedFrom
	}
	p.Transaction.Aged = h.Age.Old(held.ChangedAt, h.Now())
	standing, err := h.Transaction.Standing(ctx, c.account.ID)
	if standing != nil {
		p.Transaction.LockedUntil, p.Transaction.HardLocked = standing.Until, standing.Code == transaction.HardLocked
	}
	return err
}
