package token

import (
	"net/http"

	"sekisho/idp/oidc"
)

// bearer takes the access token from the Authorization header or, in a form POST, from
// the body (RFC 6750 2.1, 2.2). One in the query string is not looked at (ID-05). found is
// false when the request has none; using both places is an invalid request.
func bearer(w http.ResponseWriter, r *http.Request) (p presented, found bool, e *oidc.Error) {
	token := ""
	inBody := r.Method == http.MethodPost && r.Header.Get("Content-Type") != ""
	if inBody {
		form, e := oidc.ParseForm(w, r)
		if e != nil {
			return p, false, e
		}
		token = form.Get("access_token")
	}
	if token == "" {
		return authorization(r)
	}
	if len(r.Header.Values("Authorization")) > 0 {
		return p, false, oidc.NewError(oidc.InvalidRequest, "the access token was sent more than once")
	}
	return presented{token: token}, true, nil
}
