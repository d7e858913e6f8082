package oidc

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// AZ-29: the characters of RFC 6749 appendix A.8 and no others.
func TestDescriptionCharacters(t *testing.T) {
	for c := range 256 {
		allowed := c >= 0x20 && c <= 0x21 || c >= 0x23 && c <= 0x5b || c >= 0x5d && c <= 0x7e
		if got := NewError(InvalidRequest, string([]byte{byte(c)})).Description; (got != "") != allowed {
			t.Errorf("AZ-29: %#x gives %q", c, got)
		}
	}
	w := httptest.NewRecorder()
	WriteError(w, get(""), &Error{Code: InvalidRequest, Description: "a\"b\\c\r\nd<é"})
	var body map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body["error_description"] != "abcd<" || len(body) != 2 {
		t.Errorf("AZ-29: %v %s", err, w.Body)
	}
	if strings.Contains(w.Body.String(), "<") {
		t.Error("AZ-29: markup in a JSON body")
	}
}

func TestErrorAnswers(t *testing.T) {
	for _, c := range []struct {
		name      string
		e         *Error
		authorize string
		status    int
		challenge string
	}{
		{"TK-10 with Authorization", NewError(InvalidClient, "no"), "Basic eA==", 401, `Basic realm="client", charset="UTF-8"`},
		{"TK-10 without Authorization", NewError(InvalidClient, "no"), "", 401, ""},
		{"TK-10 other errors", NewError(InvalidGrant, "no"), "Basic eA==", 400, ""},
		{"server error", NewError(ServerError, "no"), "", 500, ""},
		{"unavailable", NewError(TemporarilyUnavailable, "no"), "", 503, ""},
		{"own status", withStatus(413, "no"), "", 413, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, w := get(""), httptest.NewRecorder()
			if c.authorize != "" {
				r.Header.Set("Authorization", c.authorize)
			}
			WriteError(w, r, c.e)
			h := w.Header()
			if w.Code != c.status || h.Get("WWW-Authenticate") != c.challenge {
				t.Errorf("%d %q", w.Code, h.Get("WWW-Authenticate"))
			}
			if h.Get("Cache-Control") != "no-store" || h.Get("Pragma") != "no-cache" || h.Get("Content-Type") != "application/json;charset=UTF-8" {
				t.Errorf("TK-08: %v", h)
			}
			if got := strings.TrimSpace(w.Body.String()); got != `{"error":"`+string(c.e.Code)+`","error_description":"no"}` {
				t.Errorf("TK-10: %s", got)
			}
		})
	}
}

func TestBearerErrors(t *testing.T) {
	for _, c := range []struct {
		e      *Error
		status int
		want   string
	}{
		{nil, 401, "Bearer"},
		{NewError(InvalidToken, "expired"), 401, `Bearer error="invalid_token", error_description="expired"`},
		{&Error{Code: InsufficientScope, Challenge: [][2]string{{"scope", "openid"}}}, 403, `Bearer error="insufficient_scope", scope="openid"`},
		{&Error{Code: InsufficientUserAuthentication, Challenge: [][2]string{{"acr_values", "phr"}, {"max_age", "5\""}}}, 401,
			`Bearer error="insufficient_user_authentication", acr_values="phr", max_age="5"`},
	} {
		w := httptest.NewRecorder()
		WriteBearerError(w, c.e)
		if w.Code != c.status || w.Header().Get("WWW-Authenticate") != c.want || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%d %q, want %q", w.Code, w.Header().Get("WWW-Authenticate"), c.want)
		}
	}
	w := httptest.NewRecorder()
	if WriteJSON(w, http.StatusOK, func() {}); w.Code != 500 {
		t.Errorf("what cannot be encoded answers %d", w.Code)
	}
}
