package reissue

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/errand"
	"sekisho/idp/httpsafe"
	"sekisho/idp/letter"
	loginui "sekisho/login-ui"
)

// factor is what wrong answers count against. It locks this page for a name and nothing else.
const factor throttle.Factor = "reissue"

// scope is the form token's.
const scope = "reissue"

// Store finds accounts. *storage.Store satisfies it.
type Store interface {
	AccountByLogin(ctx context.Context, canonical string) (*idp.Account, error)
}

// Handler serves the page. All fields are required.
type Handler struct {
	Store    Store
	Letters  *letter.Service
	Throttle *throttle.Service
	Site     *loginui.Site
	CSRF     *httpsafe.CSRF
	// Binding is the browser's binding secret; it may set the cookie.
	Binding   func(w http.ResponseWriter, r *http.Request) string
	Bound     func(r *http.Request) string
	ClientIP  func(*http.Request) string
	Errands   errand.Queue
	Record    func(ctx context.Context, rec idp.AuditRecord)
	Now       func() time.Time
	Log       *slog.Logger
	Committed func() // mails were queued; wakes the outbox
}

// Page shows the form.
func (h *Handler) Page(w http.ResponseWriter, r *http.Request) { h.show(w, r, "", nil) }

func (h *Handler) show(w http.ResponseWriter, r *http.Request, login string, n *loginui.Notice) {
	f := loginui.Frame{Lang: loginui.Lang(r, nil), CSRF: h.CSRF.Token(h.Binding(w, r), scope), Notice: n}
	h.Site.Render(w, r, http.StatusOK, loginui.Reissue{Frame: f, LoginName: login})
}

// Post takes a request. Before the answer it does the same for every name: it counts the
// attempt. Only what cannot be anybody's is told apart.
func (h *Handler) Post(w http.ResponseWriter, r *http.Request) {
	if !h.CSRF.Valid(r, h.Bound(r), scope) {
		h.Record(r.Context(), idp.AuditRecord{At: h.Now(), Event: audit.CSRFRejected, Result: audit.Denied, Actor: audit.Customer})
		h.trouble(w, r, http.StatusForbidden, loginui.ErrorFormExpired)
		return
	}
	login := r.PostFormValue("login")
	a := asked{Birthdate: digits(r.PostFormValue("birthdate")), Postal: digits(r.PostFormValue("postal_code"))}
	if canonical, err := identifier.Lookup(login); err == nil {
		a.Login = canonical
	}
	ip, _ := netip.ParseAddr(h.ClientIP(r)) // an unreadable one counts as one shared source
	attempt, readable := throttle.Attempt{}, len(a.Birthdate) == 8 && len(a.Postal) == 7
	err := h.Throttle.Ceremony(r.Context(), ip)
	if err == nil && readable {
		// By the name and not by the account: an account has two names, and a limit they
		// shared would tell that both are one's.
		attempt, err = h.Throttle.Begin(r.Context(), factor, throttle.Unknown(a.Login), ip)
	}
	if refusal, ok := throttle.AsRefusal(err); ok {
		h.show(w, r, login, &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeRateLimited, Until: refusal.Until})
		return
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	if !readable {
		h.show(w, r, login, &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeReissueMissing})
		return
	}
	if err := h.post(r, a, attempt); err != nil {
		h.failed(w, r, err)
		return
	}
	h.Site.Render(w, r, http.StatusOK, loginui.ReissueAccepted{Frame: loginui.Frame{Lang: loginui.Lang(r, nil)}})
}

// decide compares and, where it matches, queues the letter.
func (h *Handler) decide(ctx context.Context, a asked, attempt throttle.Attempt) error {
	account, err := h.Store.AccountByLogin(ctx, a.Login)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	reason := refusal(account, a)
	if reason == "" {
		if _, err = h.Letters.Issue(ctx, letter.Order{Account: account, Origin: idp.LetterFromWeb, Actor: audit.Customer}); err == nil {
			h.Committed()
			return h.Throttle.Succeeded(ctx, attempt)
		}
		if reason = why(err); reason == "" {
			return err
		}
	}
	rec := idp.AuditRecord{At: h.Now(), Event: audit.LetterRefused, Result: audit.Denied, Reason: reason, Actor: audit.Customer}
	if account != nil {
		rec.AccountID = account.ID
	}
	h.Record(ctx, rec)
	_, err = h.Throttle.Failed(ctx, attempt)
	return err
}

// refusal says why no letter is sent, "" when one is. Corporate customers are served by the
// desk (A8).
func refusal(account *idp.Account, a asked) string {
	switch {
	case account == nil || !matches(account.Profile, a):
		return "no_match"
	case account.Kind == idp.Corporate:
		return "corporate"
	case account.Status != idp.AccountActive:
		return "locked"
	}
	return ""
}

func why(err error) string {
	switch {
	case errors.Is(err, idp.ErrExists):
		return "waiting"
	case errors.Is(err, letter.ErrNoAddress):
		return "no_address"
	case errors.Is(err, idp.ErrLocked):
		return "locked"
	}
	return ""
}

func (h *Handler) failed(w http.ResponseWriter, r *http.Request, err error) {
	status, code := http.StatusInternalServerError, loginui.ErrorFailed
	if errors.Is(err, idp.ErrUnavailable) {
		status, code = http.StatusServiceUnavailable, loginui.ErrorUnavailable
	}
	h.Log.ErrorContext(r.Context(), "request for a letter failed", "error", err)
	h.trouble(w, r, status, code)
}

func (h *Handler) trouble(w http.ResponseWriter, r *http.Request, status int, code string) {
	h.Site.Render(w, r, status, loginui.Error{Code: code, Status: status, Reference: httpsafe.RequestID(r.Context()), RetryHref: "/reissue"})
}
