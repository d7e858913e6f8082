package httpsafe

import (
	"net/http"
	"strings"
)

// RequireHost answers 421 to a request for another host. Nothing here is ever built from
// the Host header; the check stops a foreign name (DNS rebinding, a cache keyed by host)
// from being served as if it were ours (IN-09). Hosts are as in a URL, with the port
// where it is not the scheme's own.
func RequireHost(refuse Refusal, hosts ...string) func(http.Handler) http.Handler {
	own := make(map[string]bool, len(hosts))
	for _, h := range hosts {
		own[strings.ToLower(h)] = true
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !own[strings.ToLower(r.Host)] {
				refuse(w, r, http.StatusMisdirectedRequest)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
