package httpsafe

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
)

// Refusal writes an answer that no handler wrote: a page or JSON, as the path demands.
// It gets a status and nothing else, so that it cannot say too much (LG-06).
type Refusal func(w http.ResponseWriter, r *http.Request, status int)

// PlainRefusal is the Refusal without pages: the status text and the request id.
func PlainRefusal(w http.ResponseWriter, r *http.Request, status int) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintf(w, "%s %s\n", http.StatusText(status), RequestID(r.Context()))
}

// Recover answers a panic with 500 and keeps the process alive. The stack goes to the
// log under the request id; the panic value does not, because it may hold a secret. An
// answer already begun cannot be taken back: its connection is cut.
func Recover(log *slog.Logger, refuse Refusal) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen := watch(w)
			defer func() {
				cause := recover()
				if cause == nil {
					return
				}
				if cause == http.ErrAbortHandler {
					panic(cause)
				}
				log.ErrorContext(r.Context(), "panic recovered", "request_id", RequestID(r.Context()),
					"kind", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
				if seen.status != 0 {
					panic(http.ErrAbortHandler)
				}
				discardBegun(w.Header())
				refuse(w, r, http.StatusInternalServerError)
			}()
			next.ServeHTTP(seen, r)
		})
	}
}

// discardBegun drops what the failed handler had prepared: a cookie or a redirect of a
// half-done act must not reach the browser.
func discardBegun(h http.Header) {
	for _, name := range []string{"Set-Cookie", "Location", "Content-Type", "Content-Length", "Content-Encoding", "Etag", "Cache-Control"} {
		h.Del(name)
	}
}
