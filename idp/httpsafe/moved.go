package httpsafe

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Moved is what the hosts answer at which the provider was before (B11).
type Moved struct {
	Hosts []string // as in a URL
	// Issuer is the origin the provider is at now, "https://host[:port]".
	Issuer string
	// Page reports whether people open a path with their browsers.
	Page func(path string) bool
	// Still reports whether a public document is served at the old host as well.
	Still func(path string) bool
}

// Wrap redirects pages to the same path of the issuer and nowhere else: neither the Host
// header nor a parameter says where. Everything else is refused with an error that names
// the issuer; a redirect would make clients send their secrets on to a host that they did
// not choose, and a discovery document would name another issuer than the one it was
// fetched from, which libraries must not accept (RFC 8414 section 3.3).
func (m Moved) Wrap(next http.Handler) http.Handler {
	former := map[string]bool{}
	for _, h := range m.Hosts {
		former[strings.ToLower(h)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		read := r.Method == http.MethodGet || r.Method == http.MethodHead
		switch {
		case !former[strings.ToLower(r.Host)] || read && m.Still(r.URL.Path):
			next.ServeHTTP(w, r)
		case read && len(r.RequestURI) <= MaxURLBytes && strings.HasPrefix(r.URL.Path, "/") && m.Page(r.URL.Path):
			m.redirect(w, r)
		default:
			m.refuse(w)
		}
	})
}

func (m Moved) redirect(w http.ResponseWriter, r *http.Request) {
	target := m.Issuer + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusFound)
}

func (m Moved) refuse(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(http.StatusGone)
	_ = json.NewEncoder(w).Encode(map[string]string{ // the client went away; nothing is left to tell it
		"error": "invalid_request", "error_description": "this provider has moved: its issuer is " + m.Issuer,
	})
}
