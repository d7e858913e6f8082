package settings

import (
	"net/http"
	"slices"
	"strings"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/contact"
	loginui "sekisho/login-ui"
)

const profileBase = "/account/profile"

// contactRoutes are the pages of registered data. Looking at masks needs a session;
// everything else a fresh proof; undoing needs neither, for whoever changed the address
// may have both (RC-07).
func (h *Handler) contactRoutes() []Route {
	get, post := http.MethodGet, http.MethodPost
	registered, security := idp.EmailRegistered, idp.EmailSecurity
	return []Route{
		{profileBase, get, SignedIn, h.guarded("profile", SignedIn, h.profile)},
		{profileBase + "/reveal", post, Fresh, h.guarded("profile", Fresh, h.revealProfile)},
		{profileBase + "/email", get, Fresh, h.guarded("profile_email", Fresh, h.emailPage(registered))},
		{profileBase + "/email", post, Fresh, h.guarded("profile_email", Fresh, h.emailChange(registered))},
		{profileBase + "/security-email", get, Fresh, h.guarded("profile_security_email", Fresh, h.emailPage(security))},
		{profileBase + "/security-email", post, Fresh, h.guarded("profile_security_email", Fresh, h.emailChange(security))},
		{profileBase + "/security-email/remove", post, Fresh, h.guarded("profile_security_email", Fresh, h.emailRemove)},
		{profileBase + "/confirm", get, Fresh, h.guarded("profile_confirm", Fresh, h.emailConfirmPage)},
		{profileBase + "/confirm", post, Fresh, h.guarded("profile_confirm", Fresh, h.emailConfirm)},
		{profileBase + "/confirm/send", post, Fresh, h.guarded("profile_confirm", Fresh, h.emailResend)},
		{profileBase + "/phone", get, Fresh, h.guarded("profile_phone", Fresh, h.phonePage)},
		{profileBase + "/phone", post, Fresh, h.guarded("profile_phone", Fresh, h.phoneChange)},
		{"/undo", get, Anyone, http.HandlerFunc(h.undoPage)},
		{"/undo", post, Anyone, http.HandlerFunc(h.undo)},
	}
}

// contactPath is where a page of registered data lives, by the key stored in an
// interaction; the security centre for every other key.
func contactPath(page string) string {
	switch page {
	case "profile":
		return profileBase
	case "profile_email":
		return profileBase + "/email"
	case "profile_security_email":
		return profileBase + "/security-email"
	case "profile_confirm":
		return profileBase + "/confirm"
	case "profile_phone":
		return profileBase + "/phone"
	case "security_question":
		return questionPath
	}
	return "/account"
}

// profileDone are the notices a redirect to the page may name.
var profileDone = []string{
	loginui.NoticeEmailChanged, loginui.NoticeSecurityEmailChanged, loginui.NoticeSecurityEmailRemoved, loginui.NoticePhoneChanged,
}

func (h *Handler) profileFrame(r *http.Request, c visitor) loginui.Frame {
	f := h.frame(r, c)
	f.Base = profileBase
	return f
}

// changed returns to the registered data, which then says what happened.
func (h *Handler) changed(w http.ResponseWriter, r *http.Request, code string) {
	h.Committed()
	http.Redirect(w, r, profileBase+"?done="+code, http.StatusSeeOther)
}

// actor is who changes something here, with the audit record of it.
func (h *Handler) actor(r *http.Request, c visitor, event string, detail map[string]string) contact.Actor {
	return contact.Actor{
		Account: c.account, SessionID: c.session.ID, Lang: c.mailLang(), IP: h.ip(r), Audit: h.Fill(r.Context(), h.event(c, event, detail)),
	}
}

// profile shows every value masked (A11, B14).
func (h *Handler) profile(w http.ResponseWriter, r *http.Request, c visitor) {
	if code := r.URL.Query().Get("done"); c.notice == nil && slices.Contains(profileDone, code) {
		c = c.with(loginui.Good, code)
	}
	h.showProfile(w, r, c, false)
}

// revealProfile shows the values in clear in the answer to one post and nowhere else: the
// answer is not stored, and loading the page again masks them (A11).
func (h *Handler) revealProfile(w http.ResponseWriter, r *http.Request, c visitor) {
	h.Record(r.Context(), h.event(c, audit.ProfileRevealed, nil))
	h.showProfile(w, r, c, true)
}

func (h *Handler) showProfile(w http.ResponseWriter, r *http.Request, c visitor, clear bool) {
	p := loginui.Profile{Frame: h.profileFrame(r, c), Clear: clear}
	show := func(value string, mask func(string) string) string {
		if clear || value == "" {
			return value
		}
		return mask(value)
	}
	emails, err := h.Store.Emails(r.Context(), c.account.ID)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	for _, e := range emails {
		address := show(e.Address, identifier.MaskEmail)
		if e.Purpose == idp.EmailSecurity {
			p.SecurityEmails = append(p.SecurityEmails, address)
		} else if p.Email == "" {
			p.Email, p.EmailVerified = address, e.Verified()
		}
	}
	postal, address := written(c.account.Profile.Address)
	p.Phone = show(c.account.Profile.PhoneNumber, identifier.MaskPhone)
	p.PostalCode = show(postal, identifier.MaskPostalCode)
	p.Address = show(address, identifier.MaskAddress)
	p.Birthdate = show(c.account.Profile.Birthdate, identifier.MaskBirthdate)
	h.Site.Render(w, r, http.StatusOK, p)
}

// written is an address as one writes it, the postal code apart.
func written(a *idp.Address) (postal, address string) {
	if a == nil {
		return "", ""
	}
	if a.Formatted != "" {
		return a.PostalCode, a.Formatted
	}
	return a.PostalCode, strings.Join([]string{a.Region, a.Locality, a.StreetAddress}, "")
}
