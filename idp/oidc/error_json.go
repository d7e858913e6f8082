package oidc

import (
	"encoding/json"
	"net/http"
	"strings"
)

// ContentTypeJSON is the media type of every JSON answer (TK-08, HD-05).
const ContentTypeJSON = "application/json;charset=UTF-8"

// WriteJSON answers an API request. Nothing in it may be cached, because nearly all of
// it is about one grant or one customer. A value that cannot be encoded answers 500.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"server_error"}`)
	}
	h := w.Header()
	h.Set("Content-Type", ContentTypeJSON)
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

type errorBody struct {
	Error       ErrorCode `json:"error"`
	Description string    `json:"error_description,omitempty"`
}

// WriteError answers an API request with a protocol error (RFC 6749 section 5.2). An
// invalid_client names the scheme to use when the client tried the Authorization
// header, and only then.
func WriteError(w http.ResponseWriter, r *http.Request, e *Error) {
	if e.Code == InvalidClient && r.Header.Get("Authorization") != "" {
		w.Header().Set("WWW-Authenticate", `Basic realm="client", charset="UTF-8"`)
	}
	WriteJSON(w, e.HTTPStatus(), errorBody{e.Code, DescriptionText(e.Description)})
}

// WriteBearerError refuses an access token (RFC 6750 section 3, RFC 9470 section 3). A
// request that carried no token at all passes nil: its challenge says nothing more.
func WriteBearerError(w http.ResponseWriter, e *Error) {
	if e == nil {
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.Header().Add("WWW-Authenticate", SchemeDPoP+" "+dpopAlgs) // RFC 9449 7.1
		WriteJSON(w, http.StatusUnauthorized, struct{}{})
		return
	}
	attributes := []string{`error="` + string(e.Code) + `"`}
	if d := DescriptionText(e.Description); d != "" {
		attributes = append(attributes, `error_description="`+d+`"`)
	}
	for _, a := range e.Challenge {
		attributes = append(attributes, a[0]+`="`+DescriptionText(a[1])+`"`)
	}
	scheme := "Bearer"
	if e.Scheme == SchemeDPoP {
		scheme, attributes = SchemeDPoP, append(attributes, dpopAlgs)
	}
	w.Header().Set("WWW-Authenticate", scheme+" "+strings.Join(attributes, ", "))
	WriteJSON(w, e.HTTPStatus(), errorBody{e.Code, DescriptionText(e.Description)})
}
