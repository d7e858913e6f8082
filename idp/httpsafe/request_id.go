package httpsafe

import (
	"context"
	"net/http"
	"strings"

	"sekisho/idp"
)

type requestIDKey struct{}

// RequestIDHeader carries the id back, so that a relying party's developer can name it.
const RequestIDHeader = "X-Request-Id"

// WithRequestID gives every request an id of our own. One that came with the request is
// ignored: it would let a stranger choose what a log line is found by. The id is short
// enough to be read out to a help desk.
func WithRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := newRequestID()
		w.Header().Set(RequestIDHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// newRequestID is 60 random bits as XXXX-XXXX-XXXX, without the letters that are taken
// for digits.
func newRequestID() string {
	id := strings.ToUpper(idp.NewID())
	return id[0:4] + "-" + id[4:8] + "-" + id[8:12]
}

// RequestID is the id of the request under ctx, or "" outside of one.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
