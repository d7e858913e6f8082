package httpsafe

import (
	"net/http"
)

// Limits of a request (IN-02).
const (
	MaxURLBytes    = 8 << 10
	MaxHeaderBytes = 16 << 10
	MaxFormBytes   = 64 << 10
	MaxJSONBytes   = 64 << 10
)

// Limit refuses a URL over MaxURLBytes (414), a body announced over maxBody (413) and a
// content coding (415), and cuts any other body at maxBody. http.Server bounds headers.
func Limit(maxBody int64, refuse Refusal) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case len(r.RequestURI) > MaxURLBytes:
				refuse(w, r, http.StatusRequestURITooLong)
			case r.ContentLength > maxBody:
				refuse(w, r, http.StatusRequestEntityTooLarge)
			case len(r.Header.Values("Content-Encoding")) > 0:
				// A compressed body can be far larger than what was sent (IN-03).
				refuse(w, r, http.StatusUnsupportedMediaType)
			default:
				r.Body = http.MaxBytesReader(w, r.Body, maxBody)
				next.ServeHTTP(w, r)
			}
		})
	}
}
