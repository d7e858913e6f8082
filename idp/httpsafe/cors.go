package httpsafe

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// CORS lets browser-based clients read token, userinfo, JWKS and discovery answers. It
// never allows credentials: cookies mean nothing at those endpoints, and with them any
// registered origin could act as the customer. It is never put before the authorization
// endpoint (AZ-15).
type CORS struct {
	// Allowed reports whether some registered client has this exact origin.
	Allowed func(ctx context.Context, origin string) bool
	Methods []string
	// Headers a request may carry beyond the safe-listed ones; compared in lower case.
	Headers []string
}

const corsMaxAge = "600" // seconds a browser may remember a preflight

// Wrap answers preflights and marks answers to registered origins. Any other origin gets
// the plain answer without a CORS header, which its browser withholds from it (DJ-05).
func (c CORS) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		origin, allowed := c.origin(r)
		if allowed {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce, "+RequestIDHeader)
			w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		}
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			c.preflight(w, r, allowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (c CORS) origin(r *http.Request) (string, bool) {
	sent := r.Header.Values("Origin")
	if len(sent) != 1 || sent[0] == "" || sent[0] == "null" || len(sent[0]) > 512 {
		return "", false
	}
	return sent[0], c.Allowed(r.Context(), sent[0])
}

func (c CORS) preflight(w http.ResponseWriter, r *http.Request, allowed bool) {
	h := w.Header()
	h.Add("Vary", "Access-Control-Request-Method")
	h.Add("Vary", "Access-Control-Request-Headers")
	if !allowed || !slices.Contains(c.Methods, r.Header.Get("Access-Control-Request-Method")) {
		h.Del("Access-Control-Allow-Origin")
		w.WriteHeader(http.StatusForbidden)
		return
	}
	h.Set("Access-Control-Allow-Methods", strings.Join(c.Methods, ", "))
	h.Set("Access-Control-Allow-Headers", strings.Join(c.Headers, ", "))
	h.Set("Access-Control-Max-Age", corsMaxAge)
	w.WriteHeader(http.StatusNoContent)
}
