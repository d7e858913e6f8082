package httpsafe

import (
	"log/slog"
	"net/http"
	"time"
)

// Timeouts of a connection (IN-05). A stranger who sends slowly holds one goroutine for
// a bounded time, never a database connection.
const (
	ReadHeaderTimeout = 5 * time.Second
	ReadTimeout       = 15 * time.Second
	WriteTimeout      = 30 * time.Second
	IdleTimeout       = 60 * time.Second
)

// NewServer is an http.Server with every bound set. The caller sets TLSConfig where TLS
// ends here.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:                      lastInChunks(handler),
		ReadHeaderTimeout:            ReadHeaderTimeout,
		ReadTimeout:                  ReadTimeout,
		WriteTimeout:                 WriteTimeout,
		IdleTimeout:                  IdleTimeout,
		MaxHeaderBytes:               MaxHeaderBytes,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		DisableGeneralOptionsHandler: true, // OPTIONS * is refused like any unknown route
	}
}

// lastInChunks closes the connection after a request in chunks. Whether it announced a
// length as well cannot be known any more here, and then whoever stands in front may have
// seen its end elsewhere (RFC 9112 section 6.3; IN-10).
func lastInChunks(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
