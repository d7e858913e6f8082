package httpsafe

import (
	"net/http"
	"strings"
)

// RedirectToHTTPS is everything the plain http listener does: it sends a browser that
// asked for a page to the issuer's origin. An API request is refused instead, because a
// client that got a redirect would go on sending its secrets in the clear first (HD-03,
// ASVS 4.1.2). issuerOrigin is "https://host[:port]"; the Host header is not used.
func RedirectToHTTPS(issuerOrigin string, isBrowserPath func(path string) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		page := r.Method == http.MethodGet || r.Method == http.MethodHead
		if !page || len(r.RequestURI) > MaxURLBytes || !strings.HasPrefix(r.URL.Path, "/") || !isBrowserPath(r.URL.Path) {
			PlainRefusal(w, r, http.StatusForbidden)
			return
		}
		target := issuerOrigin + r.URL.EscapedPath()
		if r.URL.RawQuery != "" {
			target += "?" + r.URL.RawQuery
		}
		w.Header().Set("Location", target)
		w.WriteHeader(http.StatusMovedPermanently)
	})
}
