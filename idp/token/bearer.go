package token

import (
	"net/http"
	"strings"

	"sekisho/idp/oidc"
)

// bearer takes the access token from the Authorization header or, in a form POST, from
// the body (RFC 6750 2.1, 2.2). One in the query string is not looked at (ID-05). found is
// false when the request has none; using both places is an invalid request.
func bearer(w http.ResponseWriter, r *http.Request) (token string, found bool, e *oidc.Error) {
	headers := r.Header.Values("Authorization")
	inBody := r.Method == http.MethodPost && r.Header.Get("Content-Type") != ""
	if inBody {
		form, e := oidc.ParseForm(w, r)
		if e != nil {
			return "", false, e
		}
		token = form.Get("access_token")
	}
	if len(headers) == 0 {
		return token, token != "", nil
	}
	if len(headers) > 1 || token != "" {
		return "", false, oidc.NewError(oidc.InvalidRequest, "the access token was sent more than once")
	}
	scheme, value, _ := strings.Cut(headers[0], " ")
	value = strings.TrimSpace(value)
	if !strings.EqualFold(scheme, "Bearer") || value == "" {
		return "", false, nil
	}
	return value, true, nil
}
