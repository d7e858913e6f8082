package settings

import (
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/contact"
	loginui "sekisho/login-ui"
)

// undoScope is the form token's scope on the page where nobody is known.
const undoScope = "undo"

func (h *Handler) undoPage(w http.ResponseWriter, r *http.Request) { h.showUndo(w, r, "", nil) }

func (h *Handler) showUndo(w http.ResponseWriter, r *http.Request, login string, n *loginui.Notice) {
	f := loginui.Frame{Lang: loginui.Lang(r, nil), Base: "/undo", CSRF: h.CSRF.Token(h.Engine.Binding(w, r), undoScope), Notice: n}
	h.Site.Render(w, r, http.StatusOK, loginui.Undo{Frame: f, LoginName: login})
}

// undo takes the customer code and the undo code together: which of them was wrong is
// never said. The code is typed into a form, so it stands in no address (RC-06, RC-07).
// Wrong codes are counted per network address and lock no account's page: a stranger must
// not be able to keep the customer from undoing what the stranger did.
func (h *Handler) undo(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !h.CSRF.Valid(r, h.Engine.Browser.Get(r), undoScope) {
		h.formRefused(w, r, nil)
		return
	}
	login := r.PostFormValue("login")
	attempt, err := h.Throttle.Begin(ctx, throttle.UndoCode, throttle.Unknown(h.ip(r).String()), h.ip(r))
	if refusal, ok := throttle.AsRefusal(err); ok {
		h.showUndo(w, r, login, &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeRateLimited, Until: refusal.Until})
		return
	}
	var account *idp.Account
	if err == nil {
		account, err = h.byCustomerCode(r, login)
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	a := contact.Actor{Account: account, Lang: loginui.Lang(r, nil), IP: h.ip(r)}
	if account != nil && account.Locale != "" {
		a.Lang = account.Locale
	}
	rec := idp.AuditRecord{At: h.Now(), Event: audit.EmailChangeUndone, Result: audit.OK, Actor: audit.Customer, AccountID: idOf(account)}
	a.Audit = h.Fill(ctx, rec)
	a.Suspended = func(kind idp.AuthenticatorKind, id string) idp.AuditRecord {
		taken := rec
		taken.Event, taken.Reason, taken.Detail = audit.AuthenticatorSuspended, idp.AddressDisputed, map[string]string{"kind": string(kind), "suspension": id}
		return h.Fill(ctx, taken)
	}
	switch err := h.Contact.Undo(ctx, a, r.PostFormValue("code")); {
	case errors.Is(err, idp.ErrRejected):
		rec.Event, rec.Result = audit.EmailUndoFailed, audit.Denied
		h.Record(ctx, rec)
		if _, err := h.Throttle.Failed(ctx, attempt); err != nil {
			h.failed(w, r, err)
			return
		}
		h.showUndo(w, r, login, &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeUndoFailed})
	case err != nil:
		h.failed(w, r, err)
	default:
		if err := h.Throttle.Succeeded(ctx, attempt); err != nil {
			h.Log.ErrorContext(ctx, "attempts not cleared", "error", err)
		}
		h.Committed()
		h.Site.Render(w, r, http.StatusOK, loginui.Undone{Frame: loginui.Frame{Lang: loginui.Lang(r, nil), Base: "/undo"}})
	}
}

// byCustomerCode is the account with that login name, or nil. Mail addresses name nobody
// here: which one is the customer's is just what is in dispute.
func (h *Handler) byCustomerCode(r *http.Request, login string) (*idp.Account, error) {
	canonical, err := identifier.LoginName(login)
	if err != nil {
		return nil, nil //nolint:nilerr // a name that cannot be is a name nobody has
	}
	account, err := h.Accounts.AccountByLogin(r.Context(), canonical)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, nil
	}
	return account, err
}
