package httpsafe

import "net/http"

// watchedWriter remembers what was answered.
type watchedWriter struct {
	http.ResponseWriter
	status int // 0 until the header is written
	bytes  int64
}

func watch(w http.ResponseWriter) *watchedWriter { return &watchedWriter{ResponseWriter: w} }

func (w *watchedWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watchedWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the real writer.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
