package httpsafe

import "net/http"

// embedded are the destinations of a document inside of another one (Fetch section 2.2.5).
var embedded = map[string]bool{"iframe": true, "frame": true, "embed": true, "object": true, "fencedframe": true}

// TopLevel refuses a page to a browser that says it is to be shown inside of another page
// (D6). The headers that forbid framing keep browsers from showing it; this keeps the page,
// with its form token, from being sent at all.
func TopLevel(refuse Refusal) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if embedded[r.Header.Get("Sec-Fetch-Dest")] {
				refuse(w, r, http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
