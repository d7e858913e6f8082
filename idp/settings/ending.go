package settings

import (
	"encoding/json"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/authorize"
	loginui "sekisho/login-ui"
)

const stayPath = "/account/stay"

// ending is what a page says of the end of the customer's session, and warns of (C5).
func (h *Handler) ending(sess *idp.Session) *loginui.Ending {
	at, fixed := h.Sessions.Ends(sess)
	return &loginui.Ending{Kind: loginui.EndingSession, At: at, Fixed: fixed, Stay: stayPath, Again: "/account"}
}

// stay tells a page how long its session lasts, and makes it last when the customer said so.
// Asking alone is no use of the session, so this is not guarded like the other pages. For
// one that ended, here or elsewhere, the answer leads to the sign-in.
func (h *Handler) stay(w http.ResponseWriter, r *http.Request) {
	sess, account, err := h.Sessions.Peek(r)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	if sess == nil {
		h.begin(w, r, authorize.OwnRequest{Page: "account"}) // as every page of somebody who is not signed in
		return
	}
	c := visitor{session: sess, account: account, lang: loginui.Lang(r, nil)}
	if !h.CSRF.Valid(r, h.Engine.Browser.Get(r), sess.ID) {
		h.formRefused(w, r, &c)
		return
	}
	live := true
	if r.PostFormValue("stay") == "1" {
		if live, err = h.Sessions.Renew(r.Context(), sess); err != nil {
			h.failed(w, r, err)
			return
		}
	}
	if !live {
		writeRemaining(w, loginui.Remaining{})
		return
	}
	at, fixed := h.Sessions.Ends(sess)
	writeRemaining(w, h.Site.Remaining(c.lang, at, fixed))
}

func writeRemaining(w http.ResponseWriter, left loginui.Remaining) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(left) // the browser went away; nothing is left to tell it
}

// endedNotice tells a customer whose browser still holds the cookie of a session why it asks
// to sign in: the session ended by itself or elsewhere (C5).
func (h *Handler) endedNotice(r *http.Request, v *authorize.Visit) *authorize.Notice {
	if v.Session != nil || h.Sessions.Jar.Get(r) == "" {
		return v.Progress.Notice
	}
	return &authorize.Notice{Kind: string(loginui.Info), Code: loginui.NoticeSessionExpired}
}
