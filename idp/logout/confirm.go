package logout

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"sekisho/idp"
	"sekisho/idp/httpsafe"
	"sekisho/idp/oidc"
)

// pending is where the browser goes after the customer has confirmed. It travels inside
// the form token, which is a MAC over it, so it needs no row and cannot be edited.
type pending struct {
	ClientID    string `json:"c,omitempty"`
	RedirectURI string `json:"r,omitempty"`
	State       string `json:"s,omitempty"`
}

const confirmScope = "logout "

func (h *Handler) askFirst(w http.ResponseWriter, r *http.Request, d Decision, client *idp.Client) {
	next := pending{RedirectURI: d.RedirectURI, State: d.State}
	formAction := ""
	if client != nil {
		next.ClientID = client.ID
	}
	if d.RedirectURI != "" {
		formAction = oidc.RedirectOrigin(d.RedirectURI)
	}
	raw, err := json.Marshal(next)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	note := base64.RawURLEncoding.EncodeToString(raw)
	token := h.CSRF.Token(h.binding(r), confirmScope+note) + "." + note
	h.Pages.ConfirmLogout(w, r, client, token, formAction)
}

// Confirm ends the session that the customer asked to end, and only by a form of this
// browser's own (LO-02).
func (h *Handler) Confirm(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost || h.CSRF.CheckOrigin(r) != nil || httpsafe.ParseForm(r) != nil {
		h.Pages.LogoutFailed(w, r, http.StatusForbidden)
		return
	}
	session, _, err := h.Sessions.Current(r)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	if session == nil { // it ended while the page was open
		h.leave(w, r, Decision{}, nil)
		return
	}
	token, note, _ := strings.Cut(r.PostForm.Get(httpsafe.CSRFField), ".")
	if !h.CSRF.Verify(token, h.binding(r), confirmScope+note) {
		h.Pages.LogoutFailed(w, r, http.StatusForbidden)
		return
	}
	var next pending
	raw, err := base64.RawURLEncoding.DecodeString(note)
	if err == nil {
		err = json.Unmarshal(raw, &next)
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	client, err := h.lookUp(r.Context(), next.ClientID)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	// Decided again, since the registration may have changed meanwhile.
	uri, _ := redirectURI(Request{PostLogoutRedirectURI: next.RedirectURI}, client)
	d := Decision{Action: End, RedirectURI: uri}
	if uri != "" {
		d.State = next.State
	}
	h.endAndLeave(w, r, d, client, session)
}

// binding is the cookie of the session that is to end: a token made for another browser
// or an earlier session is worth nothing.
func (h *Handler) binding(r *http.Request) string {
	return httpsafe.Jar{Cookies: h.Cookies, Cookie: httpsafe.SessionCookie}.Get(r)
}
