package httpsafe

import (
	"log/slog"
	"net/http"
	"time"
)

// AccessLog writes one record per request. It holds the path and never the query, a
// header with a credential, or a body: those carry codes, hints and tokens (SE-09).
func AccessLog(log *slog.Logger, now func() time.Time) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begun, seen := now(), watch(w)
			defer func() {
				status := seen.status
				if status == 0 {
					status = http.StatusOK
				}
				log.LogAttrs(r.Context(), slog.LevelInfo, "request",
					slog.String("request_id", RequestID(r.Context())),
					slog.String("method", LogText(r.Method, 16)),
					slog.String("path", LogText(r.URL.Path, 256)),
					slog.Int("status", status),
					slog.Int64("bytes", seen.bytes),
					slog.Int64("micros", now().Sub(begun).Microseconds()),
					slog.String("ip", ClientIP(r)),
					slog.String("user_agent", LogText(r.UserAgent(), 256)),
				)
			}()
			next.ServeHTTP(seen, r)
		})
	}
}
