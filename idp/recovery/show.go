package recovery

import (
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/password"
	"sekisho/idp/authorize"
	"sekisho/idp/httpsafe"
	loginui "sekisho/login-ui"
)

func (h *Handler) frame(r *http.Request, v *visit) loginui.Frame {
	return loginui.Frame{Lang: v.lang, Base: v.path(), CSRF: h.CSRF.Token(h.Engine.Browser.Get(r), v.ix.ID), Notice: v.notice}
}

// show is the page of what is missing. It changes nothing (RC-06).
func (h *Handler) show(w http.ResponseWriter, r *http.Request, v *visit) {
	switch {
	case v.progress.MailAt.IsZero():
		h.Site.Render(w, r, http.StatusOK, loginui.RecoverMail{Frame: h.frame(r, v)})
	case v.progress.SecondAt.IsZero():
		p := loginui.RecoverProof{Frame: h.frame(r, v), Suspended: !v.progress.LostAt.IsZero()}
		if err := h.offers(r.Context(), v, &p); err != nil {
			h.failed(w, r, err)
			return
		}
		h.Site.Render(w, r, http.StatusOK, p)
	default:
		if reason := h.barred(v.account); reason != "" {
			h.showBarred(w, r, v, reason)
			return
		}
		h.showPassword(w, r, v, nil)
	}
}

func (h *Handler) showPassword(w http.ResponseWriter, r *http.Request, v *visit, reasons []password.Reason) {
	p := loginui.RecoverPassword{
		Frame: h.frame(r, v), MinLength: h.MinPassword, LoginName: v.account.LoginName,
		LostPasskeys: r.PostFormValue("lost_passkeys") != "", LostTOTP: r.PostFormValue("lost_totp") != "",
		HoldUntil: h.Now().Add(h.Hold),
	}
	for _, reason := range reasons {
		p.Reasons = append(p.Reasons, string(reason))
	}
	if !v.mayRemove() {
		h.Site.Render(w, r, http.StatusOK, p)
		return
	}
	passkeys, err := h.Store.Passkeys(r.Context(), v.account.ID)
	if err == nil {
		p.Passkeys = len(passkeys)
		_, err = h.Store.TOTP(r.Context(), v.account.ID)
		p.TOTP = err == nil
	}
	if (err == nil || errors.Is(err, idp.ErrNotFound)) && r.Method == http.MethodGet {
		err = h.tickReported(r, v, &p)
	}
	if err == nil || errors.Is(err, idp.ErrNotFound) {
		p.LostTransaction = r.PostFormValue("lost_transaction") != ""
		p.Transaction, err = h.holdsTransaction(r, v)
	}
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		h.failed(w, r, err)
		return
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

// tickReported ticks what was reported lost: whoever presses on without reading must not
// bring it back for a thief (RC-11). Taking the tick away is the customer's own word that
// it was found.
func (h *Handler) tickReported(r *http.Request, v *visit, p *loginui.RecoverPassword) error {
	state, err := h.Store.Recovery(r.Context(), v.account.ID)
	if err != nil {
		return err
	}
	p.LostPasskeys, p.LostTOTP = !state.PasskeysSuspendedAt.IsZero(), !state.TOTPSuspendedAt.IsZero()
	p.Reported = p.LostPasskeys || p.LostTOTP
	return nil
}

func (h *Handler) showBarred(w http.ResponseWriter, r *http.Request, v *visit, reason string) {
	h.Site.Render(w, r, http.StatusForbidden, loginui.RecoverRefused{Frame: loginui.Frame{Lang: v.lang}, Corporate: reason == "corporate"})
}

func (h *Handler) formRefused(w http.ResponseWriter, r *http.Request) {
	h.Record(r.Context(), idp.AuditRecord{At: h.Now(), Event: audit.CSRFRejected, Result: audit.Denied, Actor: audit.Customer})
	h.trouble(w, r, http.StatusForbidden, loginui.ErrorFormExpired)
}

// openFailed answers a recovery that cannot go on here: too old, finished, of another
// browser, or voided by a newer one, a sign-in or a change of password (RC-02).
func (h *Handler) openFailed(w http.ResponseWriter, r *http.Request, err error) {
	status, code := h.openFailure(r, err)
	h.trouble(w, r, status, code)
}

func (h *Handler) openFailure(r *http.Request, err error) (int, string) {
	switch {
	case errors.Is(err, authorize.ErrForeignBrowser):
		return http.StatusForbidden, loginui.ErrorOtherBrowser
	case errors.Is(err, authorize.ErrFinished), errors.Is(err, idp.ErrConsumed), errors.Is(err, idp.ErrConflict):
		return http.StatusGone, loginui.ErrorFinished
	case errors.Is(err, idp.ErrNotFound), errors.Is(err, idp.ErrExpired), errors.Is(err, idp.ErrLocked):
		return http.StatusGone, loginui.ErrorExpired
	case errors.Is(err, idp.ErrUnavailable):
		h.Log.ErrorContext(r.Context(), "recovery not readable", "error", err)
		return http.StatusServiceUnavailable, loginui.ErrorUnavailable
	default:
		h.Log.ErrorContext(r.Context(), "recovery failed", "error", err)
		return http.StatusInternalServerError, loginui.ErrorFailed
	}
}

// failed answers trouble on our side: nothing was changed, and the reference finds the log line.
func (h *Handler) failed(w http.ResponseWriter, r *http.Request, err error) { h.openFailed(w, r, err) }

func (h *Handler) trouble(w http.ResponseWriter, r *http.Request, status int, code string) {
	h.Site.Render(w, r, status, loginui.Error{Code: code, Status: status, Reference: httpsafe.RequestID(r.Context()), RetryHref: "/recover"})
}
