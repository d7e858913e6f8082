package clientauth

import (
	"net/http"
	"net/url"
	"strings"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// AssertionType is the only client_assertion_type there is (RFC 7523 2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// credentials is what one request presents, before anything is looked up.
type credentials struct {
	method    string
	clientID  string // "" for private_key_jwt without client_id
	secret    string
	assertion string
}

// errClient is the one answer to whoever fails to prove who they are. It says the same
// for an unknown client, a disabled one, another method and a wrong secret (TK-10).
func errClient() *oidc.Error {
	return oidc.NewError(oidc.InvalidClient, "client authentication failed")
}

// presented finds the one method a request uses. Two methods, or one of them twice, is
// an invalid request whatever they prove (CA-01; RFC 6749 2.3).
func presented(r *http.Request, form oidc.Form) (credentials, *oidc.Error) {
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return credentials{}, oidc.NewError(oidc.InvalidRequest, "more than one Authorization header")
	}
	used := 0
	for _, present := range []bool{len(headers) == 1, form.Has("client_secret"), form.Has("client_assertion") || form.Has("client_assertion_type")} {
		if present {
			used++
		}
	}
	switch {
	case used > 1:
		return credentials{}, oidc.NewError(oidc.InvalidRequest, "more than one client authentication method")
	case len(headers) == 1:
		return basic(r, form)
	case form.Has("client_secret"):
		return credentials{method: idp.AuthClientSecretPost, clientID: form.Get("client_id"), secret: form.Get("client_secret")}, nil
	case used == 1:
		return assertionOf(form)
	}
	return credentials{method: idp.AuthNone, clientID: form.Get("client_id")}, nil
}

// basic reads the Authorization header. Both halves are form-urlencoded before they are
// joined (RFC 6749 2.3.1; CA-10), which lets a client id hold a colon.
func basic(r *http.Request, form oidc.Form) (credentials, *oidc.Error) {
	user, password, ok := r.BasicAuth()
	if !ok {
		return credentials{}, errClient()
	}
	id, err := url.QueryUnescape(user)
	if err != nil {
		return credentials{}, errClient()
	}
	secret, err := url.QueryUnescape(password)
	if err != nil {
		return credentials{}, errClient()
	}
	if form.Has("client_id") && form.Get("client_id") != id {
		return credentials{}, oidc.NewError(oidc.InvalidRequest, "client_id differs from the authenticated client")
	}
	return credentials{method: idp.AuthClientSecretBasic, clientID: id, secret: secret}, nil
}

// assertionOf reads client_assertion; its type must come with it and be the one there is
// (CA-12).
func assertionOf(form oidc.Form) (credentials, *oidc.Error) {
	if !form.Has("client_assertion") || !form.Has("client_assertion_type") {
		return credentials{}, oidc.NewError(oidc.InvalidRequest, "client_assertion and client_assertion_type belong together")
	}
	if form.Get("client_assertion_type") != AssertionType {
		return credentials{}, errClient()
	}
	return credentials{method: idp.AuthPrivateKeyJWT, clientID: form.Get("client_id"), assertion: strings.TrimSpace(form.Get("client_assertion"))}, nil
}
