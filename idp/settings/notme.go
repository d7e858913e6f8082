package settings

import (
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/notify"
	"sekisho/idp/session"
	loginui "sekisho/login-ui"
)

// notMeScope is the form token's scope on the page where nothing is known of the visitor.
const notMeScope = "notme"

func (h *Handler) notMePage(w http.ResponseWriter, r *http.Request) { h.showNotMe(w, r, "", nil) }

func (h *Handler) showNotMe(w http.ResponseWriter, r *http.Request, login string, n *loginui.Notice) {
	f := loginui.Frame{Lang: loginui.Lang(r, nil), CSRF: h.CSRF.Token(h.Engine.Binding(w, r), notMeScope), Notice: n}
	h.Site.Render(w, r, http.StatusOK, loginui.NotMe{Frame: f, LoginName: login})
}

// notMe takes a customer code and a stop code and freezes the account: the one thing it
// can do, in whatever browser it is asked (B1). Unknown account, wrong, used and expired
// code get one answer.
func (h *Handler) notMe(w http.ResponseWriter, r *http.Request) {
	if !h.CSRF.Valid(r, h.Engine.Browser.Get(r), notMeScope) {
		h.formRefused(w, r, nil)
		return
	}
	login := r.PostFormValue("login")
	err := h.Throttle.StopCode(r.Context(), h.ip(r))
	if refusal, ok := throttle.AsRefusal(err); ok {
		h.showNotMe(w, r, login, &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeRateLimited, Until: refusal.Until})
		return
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	account, _, err := h.invited(r, login)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	code, err := h.Stop.Find(r.Context(), account, r.PostFormValue("code"))
	var page loginui.Page
	if err == nil {
		page, err = h.stop(r, account, *code)
	}
	switch {
	case err == nil:
		h.Committed()
		h.Site.Render(w, r, http.StatusOK, page)
	case errors.Is(err, idp.ErrRejected):
		h.Record(r.Context(), idp.AuditRecord{At: h.Now(), Event: audit.StopCodeFailed, Result: audit.Denied, Actor: audit.Customer, AccountID: idOf(account)})
		h.showNotMe(w, r, login, &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeStopCodeFailed})
	default:
		h.failed(w, r, err)
	}
}

// freeze uses the stop code; every verified address is told, also those that the freeze
// itself takes out of use.
func (h *Handler) freeze(r *http.Request, account *idp.Account, code idp.StopCode) error {
	ctx := r.Context()
	record := func(event string, detail map[string]string) idp.AuditRecord {
		return h.Fill(ctx, idp.AuditRecord{
			At: h.Now(), Event: event, Result: audit.OK, Reason: idp.LockedNotMe, Actor: audit.Customer,
			AccountID: account.ID, SessionID: code.SessionID, Detail: detail,
		})
	}
	effects := idp.Effects{Audit: []idp.AuditRecord{record(audit.AccountLocked, nil)}}
	emails, err := h.Store.Emails(ctx, account.ID)
	if err == nil {
		emails, err = h.Stop.Told(ctx, code, emails)
	}
	if err != nil {
		return err
	}
	lang := account.Locale
	if lang == "" {
		lang = loginui.Lang(r, nil)
	}
	effects.Outbox, err = h.Mail.ComposeAll(notify.AccountFrozen, emails, lang, notify.Data{At: h.Now(), Device: session.Describe(r.UserAgent()), IP: h.ip(r)})
	if err != nil {
		return err
	}
	return h.Stop.Use(ctx, idp.Freeze{Code: code, Effects: effects, Suspended: func(kind idp.AuthenticatorKind, id string) idp.AuditRecord {
		return record(audit.AuthenticatorSuspended, map[string]string{"kind": string(kind), "suspension": id})
	}})
}
