package settings

import (
	"net/http"
	"net/netip"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/httpsafe"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

func (h *Handler) ip(r *http.Request) netip.Addr {
	ip, _ := netip.ParseAddr(h.ClientIP(r)) // an unreadable one counts as one shared source
	return ip
}

// endSession signs one other browser out. Another account's session is not found (SE-06).
func (h *Handler) endSession(w http.ResponseWriter, r *http.Request, c visitor) {
	id := httpsafe.PathVar(r, "id")
	effects, err := h.effects(r, c, audit.SessionEnded, map[string]string{"session": id, "reason": "other_device"}, notify.SessionsEnded, notify.Data{})
	if err == nil {
		err = h.Store.EndSession(r.Context(), c.account.ID, id, "other_device", h.Now(), effects)
	}
	if err != nil {
		h.notFoundOr(w, r, c, err)
		return
	}
	h.done(w, r, loginui.NoticeSessionEnded)
}

// endOthers signs every other browser out, with the tokens that hang on them (SE-07).
func (h *Handler) endOthers(w http.ResponseWriter, r *http.Request, c visitor) {
	effects, err := h.effects(r, c, audit.SessionEnded, map[string]string{"session": "others", "reason": "other_device"}, notify.SessionsEnded, notify.Data{AllDevices: true})
	if err == nil {
		_, err = h.Store.EndSessions(r.Context(), c.account.ID, c.session.ID, "other_device", h.Now(), effects)
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	h.done(w, r, loginui.NoticeSessionsEnded)
}

// revokeApp withdraws what a client was given: consent, grants, tokens (CN-02).
func (h *Handler) revokeApp(w http.ResponseWriter, r *http.Request, c visitor) {
	id := httpsafe.PathVar(r, "id")
	rec := h.event(c, audit.ConsentRevoked, nil)
	rec.ClientID = id
	err := h.Store.RevokeConsent(r.Context(), c.account.ID, id, h.Now(), idp.Effects{Audit: []idp.AuditRecord{h.Fill(r.Context(), rec)}})
	if err != nil {
		h.notFoundOr(w, r, c, err)
		return
	}
	h.done(w, r, loginui.NoticeAppRevoked)
}

func (h *Handler) logout(w http.ResponseWriter, r *http.Request, c visitor) {
	frames, err := h.Logout(w, r, c.session)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	h.Site.Render(w, r, http.StatusOK, loginui.LoggedOut{Frame: loginui.Frame{Lang: c.lang}, Frames: frames})
}

// endAll signs out everywhere, here too; every relying party is told (CN-02, LO-05).
func (h *Handler) endAll(w http.ResponseWriter, r *http.Request, c visitor) {
	effects, err := h.effects(r, c, audit.SessionEnded, map[string]string{"session": "all", "reason": "everywhere"}, notify.SessionsEnded, notify.Data{AllDevices: true})
	effects.Session = "" // this one ends in the same transaction
	var frames []string
	if err == nil {
		frames, err = h.LogoutAll(w, r, c.session, effects)
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	h.Committed()
	h.Site.Render(w, r, http.StatusOK, loginui.LoggedOut{Frame: loginui.Frame{Lang: c.lang}, Frames: frames})
}
