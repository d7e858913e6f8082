package provider

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"sekisho/idp/audit"
	"sekisho/idp/httpsafe"
	"sekisho/idp/oidc"
	loginui "sekisho/login-ui"
)

// edge is what every request of the public listener passes, outermost first.
type edge struct {
	issuer  *url.URL
	trusted []netip.Prefix
	cookies httpsafe.Cookies
	log     *slog.Logger
	now     func() time.Time
	refuse  httpsafe.Refusal
	limit   *perAddress
	observe func(http.Handler) http.Handler
	moved   httpsafe.Moved

	languages []string // of the pages
}

func (e edge) wrap(h http.Handler) http.Handler {
	layers := []func(http.Handler) http.Handler{
		httpsafe.WithRequestID,
		httpsafe.WithClientAddress(e.trusted),
		withAuditContext,
		e.observe,
		httpsafe.AccessLog(e.log, e.now),
		httpsafe.SecurityHeaders(e.issuer.Scheme == "https"),
		loginui.Speak(e.languages),
		httpsafe.Recover(e.log, e.refuse),
		httpsafe.RequireHost(e.refuse, append(e.moved.Hosts, e.issuer.Host)...),
		e.limit.wrap(e.refuse),
		e.moved.Wrap,
		httpsafe.Limit(httpsafe.MaxFormBytes, e.refuse),
		e.cookies.RefuseDuplicates(e.refuse),
	}
	for i := len(layers) - 1; i >= 0; i-- {
		h = layers[i](h)
	}
	return h
}

// withAuditContext gives every audit record of the request its id, address and browser.
func withAuditContext(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := audit.WithRequest(r.Context(), audit.Request{
			ID: httpsafe.RequestID(r.Context()), IP: httpsafe.ClientIP(r), UserAgent: r.UserAgent(),
		})
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// whileAudited shuts a route while audit records cannot be written: nobody signs in, gets
// a token or changes a setting that nobody could account for later (LG-05).
func whileAudited(sink func() error, refuse httpsafe.Refusal) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if sink() != nil {
				w.Header().Set("Retry-After", "10")
				refuse(w, r, http.StatusServiceUnavailable)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// refusals maps a bare status to a page, to JSON at the protocol endpoints, or to the
// notice that a page's own script shows.
func refusals(site *loginui.Site, protocol map[string]bool) httpsafe.Refusal {
	codes := map[int]string{
		http.StatusNotFound: loginui.ErrorNotFound, http.StatusMethodNotAllowed: loginui.ErrorMethod,
		http.StatusRequestEntityTooLarge: loginui.ErrorTooLarge, http.StatusRequestURITooLong: loginui.ErrorTooLarge,
		http.StatusTooManyRequests: loginui.ErrorRateLimited, http.StatusServiceUnavailable: loginui.ErrorUnavailable,
		http.StatusInternalServerError: loginui.ErrorFailed,
	}
	return func(w http.ResponseWriter, r *http.Request, status int) {
		if isProtocol(protocol, r.URL.Path) {
			code := oidc.InvalidRequest
			if status >= http.StatusInternalServerError {
				code = oidc.ServerError
			}
			oidc.WriteError(w, r, &oidc.Error{Code: code, Status: status, Description: http.StatusText(status)})
			return
		}
		if httpsafe.IsJSON(r) {
			refuseScript(w, r, site, status)
			return
		}
		code := codes[status]
		if code == "" {
			code = loginui.ErrorBadRequest
		}
		w.Header().Set("Cache-Control", "no-store")
		site.Render(w, r, status, loginui.Error{Code: code, Status: status, Reference: httpsafe.RequestID(r.Context())})
	}
}

// refuseScript answers a script call as its handler would: the page shows the notice.
func refuseScript(w http.ResponseWriter, r *http.Request, site *loginui.Site, status int) {
	n := loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeFailed, Reference: httpsafe.RequestID(r.Context())}
	if status == http.StatusTooManyRequests {
		n.Code = loginui.NoticeRateLimited
	}
	title, detail := site.NoticeText(loginui.Lang(r, nil), n)
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": n.Code, "title": title, "detail": detail}})
}
