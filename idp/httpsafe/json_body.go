package httpsafe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// BodyError says why a request body was refused, as an HTTP status.
type BodyError struct{ Status int }

func (e *BodyError) Error() string {
	return fmt.Sprintf("request body refused: %s", http.StatusText(e.Status))
}

// DecodeJSON reads the body of a JSON endpoint into v. The media type must be
// application/json, which no form and no simple cross-site request can send (SE-08); the
// body must be one StrictJSON value of at most MaxJSONBytes without unknown members.
// Every failure is a *BodyError.
func DecodeJSON(w http.ResponseWriter, r *http.Request, v any) error {
	if !IsJSON(r) {
		return &BodyError{http.StatusUnsupportedMediaType}
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxJSONBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &BodyError{http.StatusRequestEntityTooLarge}
	}
	if err != nil || StrictJSON(raw) != nil {
		return &BodyError{http.StatusBadRequest}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if d.Decode(v) != nil {
		return &BodyError{http.StatusBadRequest}
	}
	return nil
}

// IsJSON reports whether the request's media type is application/json.
func IsJSON(r *http.Request) bool { return hasMediaType(r, "application/json") }

// IsForm reports whether the request's media type is that of an ordinary HTML form.
func IsForm(r *http.Request) bool { return hasMediaType(r, "application/x-www-form-urlencoded") }

// hasMediaType tolerates no parameter but charset=utf-8.
func hasMediaType(r *http.Request, want string) bool {
	sent := r.Header.Values("Content-Type")
	if len(sent) != 1 {
		return false
	}
	media, attributes, err := mime.ParseMediaType(sent[0])
	if err != nil || media != want {
		return false
	}
	for name, value := range attributes {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			return false
		}
	}
	return true
}
