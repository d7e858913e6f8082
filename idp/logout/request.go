package logout

import (
	"net/http"
	"net/url"

	"sekisho/idp/httpsafe"
	"sekisho/idp/oidc"
)

func parse(w http.ResponseWriter, r *http.Request) (oidc.Form, *oidc.Error) {
	if r.Method == http.MethodPost {
		return oidc.ParseForm(w, r)
	}
	return oidc.ParseQuery(r)
}

func requestOf(f oidc.Form) Request {
	return Request{
		IDTokenHint:           f.Get("id_token_hint"),
		ClientID:              f.Get("client_id"),
		PostLogoutRedirectURI: f.Get("post_logout_redirect_uri"),
		State:                 f.Get("state"),
	}
}

// repeatAsGet: a form posted by the relying party's site comes without SameSite=Lax
// cookies, so the session it is about would not be seen and stay alive. The same request
// as a GET brings them. What does not fit into a URL is worked off as it is.
func repeatAsGet(w http.ResponseWriter, f oidc.Form, path string) bool {
	again := url.Values{}
	for _, name := range []string{"id_token_hint", "client_id", "post_logout_redirect_uri", "state"} {
		if f.Has(name) {
			again.Set(name, f.Get(name))
		}
	}
	target := path
	if len(again) > 0 {
		target += "?" + again.Encode()
	}
	if len(target) > httpsafe.MaxURLBytes-256 {
		return false
	}
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
	return true
}
