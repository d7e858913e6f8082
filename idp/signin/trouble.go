package signin

import (
	"encoding/json"
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/authorize"
	"sekisho/idp/httpsafe"
	loginui "sekisho/login-ui"
)

func conflict(err error) bool { return errors.Is(err, idp.ErrConflict) }

func spent(err error) bool { return errors.Is(err, idp.ErrConsumed) || errors.Is(err, idp.ErrConflict) }

// openFailed answers a request whose interaction cannot be worked off here.
func (h *Handler) openFailed(w http.ResponseWriter, r *http.Request, err error) {
	status, code := h.openFailure(r, err)
	h.Site.Render(w, r, status, loginui.Error{Code: code, Status: status, Reference: httpsafe.RequestID(r.Context())})
}

func (h *Handler) openFailure(r *http.Request, err error) (int, string) {
	switch {
	case errors.Is(err, idp.ErrNotFound), errors.Is(err, idp.ErrExpired), errors.Is(err, idp.ErrRevoked):
		return http.StatusGone, loginui.ErrorExpired
	case errors.Is(err, authorize.ErrFinished):
		return http.StatusGone, loginui.ErrorFinished
	case errors.Is(err, authorize.ErrForeignBrowser):
		return http.StatusForbidden, loginui.ErrorOtherBrowser
	case errors.Is(err, idp.ErrUnavailable):
		h.Log.ErrorContext(r.Context(), "interaction not readable", "error", err)
		return http.StatusServiceUnavailable, loginui.ErrorUnavailable
	default:
		h.Log.ErrorContext(r.Context(), "interaction failed", "error", err)
		return http.StatusInternalServerError, loginui.ErrorFailed
	}
}

// failed answers trouble on our side: nothing was changed, the interaction stands and the
// page says so, with the reference that finds the log line (LG-06).
func (h *Handler) failed(w http.ResponseWriter, r *http.Request, v *authorize.Visit, err error) {
	status, code := http.StatusInternalServerError, loginui.ErrorFailed
	if errors.Is(err, idp.ErrUnavailable) {
		status, code = http.StatusServiceUnavailable, loginui.ErrorUnavailable
	}
	h.Log.ErrorContext(r.Context(), "interaction step failed", "step", v.Step.Kind, "error", err)
	h.refuse(w, r, v, status, code)
}

func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, v *authorize.Visit, status int, code string) {
	f := h.frame(r, v)
	f.Notice = nil
	h.Site.Render(w, r, status, loginui.Error{Frame: f, Code: code, Status: status, Reference: httpsafe.RequestID(r.Context()), RetryHref: v.Path()})
}

// issueFailed: a second finish of the same interaction gets no second code (AZ-33).
func (h *Handler) issueFailed(w http.ResponseWriter, r *http.Request, v *authorize.Visit, err error) {
	if spent(err) {
		h.openFailed(w, r, authorize.ErrFinished)
		return
	}
	h.failed(w, r, v, err)
}

// jsonAnswer is what the page's script acts on.
type jsonAnswer struct {
	Next  string     `json:"next,omitempty"`
	Error *jsonError `json:"error,omitempty"`
}

type jsonError struct {
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the browser went away; nothing is left to tell it
}

func (h *Handler) jsonNext(w http.ResponseWriter, path string) {
	writeJSON(w, http.StatusOK, jsonAnswer{Next: path})
}

// jsonError answers a script call with a notice in the page's language.
func (h *Handler) jsonError(w http.ResponseWriter, r *http.Request, v *authorize.Visit, status int, n loginui.Notice) {
	n.Reference = httpsafe.RequestID(r.Context())
	title, detail := h.Site.NoticeText(h.frame(r, v).Lang, n)
	writeJSON(w, status, jsonAnswer{Error: &jsonError{Code: n.Code, Title: title, Detail: detail}})
}

func (h *Handler) jsonOpenFailed(w http.ResponseWriter, r *http.Request, err error) {
	status, _ := h.openFailure(r, err)
	title, detail := h.Site.NoticeText(loginui.Lang(r, nil), loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeSessionExpired})
	writeJSON(w, status, jsonAnswer{Error: &jsonError{Code: loginui.NoticeSessionExpired, Title: title, Detail: detail}})
}

func (h *Handler) jsonFailed(w http.ResponseWriter, r *http.Request, v *authorize.Visit, err error) {
	h.Log.ErrorContext(r.Context(), "interaction call failed", "step", v.Step.Kind, "error", err)
	status := http.StatusInternalServerError
	if errors.Is(err, idp.ErrUnavailable) {
		status = http.StatusServiceUnavailable
	}
	h.jsonError(w, r, v, status, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeFailed})
}
