package logout

import (
	"net/http"
	"net/url"
	"strings"

	"sekisho/idp"
	"sekisho/idp/httpsafe"
)

// leave is where the browser goes once nobody is signed in. It removes nothing from the
// browser: a request without our cookies may be another site's, whose customer is signed
// in after all and must stay so.
func (h *Handler) leave(w http.ResponseWriter, r *http.Request, d Decision, client *idp.Client) {
	if d.RedirectURI == "" {
		h.Pages.LoggedOut(w, r, client)
		return
	}
	w.Header().Set("Location", withState(d.RedirectURI, d.State))
	w.WriteHeader(http.StatusSeeOther)
}

// ForgetBrowser follows a session that this very request has ended, and nothing else. It
// removes the session cookie and the cookie that binds open interactions
// to the browser, and has the browser drop what it cached of signed-in pages (SE-10,
// LO-09). Clear-Site-Data "cookies" reaches every host of the registrable domain. On the
// way to a relying party of the same domain it would take the cookie with which that one
// waits for the logout to come back, or with which a framed one knows the session it is to
// end, so it is left out there and set only where the provider's own page is the end.
func ForgetBrowser(w http.ResponseWriter, cookies httpsafe.Cookies, goesOn bool) {
	cookies.Clear(w, httpsafe.SessionCookie)
	cookies.Clear(w, httpsafe.BrowserCookie)
	kinds := `"cache", "cookies", "storage"`
	if goesOn {
		kinds = `"cache", "storage"`
	}
	w.Header().Set("Clear-Site-Data", kinds)
}

// withState appends state to the registered address, which is otherwise left as it is.
func withState(uri, state string) string {
	if state == "" {
		return uri
	}
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	return uri + separator + "state=" + strings.ReplaceAll(url.QueryEscape(state), "+", "%20")
}
