package settings

import (
	"errors"
	"fmt"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	loginui "sekisho/login-ui"
)

func (h *Handler) phonePage(w http.ResponseWriter, r *http.Request, c visitor) {
	asked, ok := h.asksTransaction(w, r, c)
	if !ok {
		return
	}
	p := loginui.PhoneChange{Frame: h.profileFrame(r, c), New: r.PostFormValue("new"), Transaction: asked}
	if number := c.account.Profile.PhoneNumber; number != "" {
		p.Current = identifier.MaskPhone(number)
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

// phoneChange takes the current number, of which only a mask is shown, and the new one
// (B15). The new one counts as not verified: nobody proved it (ID-06, B9).
func (h *Handler) phoneChange(w http.ResponseWriter, r *http.Request, c visitor) {
	current := c.account.Profile.PhoneNumber
	check := func() error { return samePhone(current, r.PostFormValue("current")) }
	if !h.currentProved(w, r, c, "phone", check, h.phonePage) {
		return
	}
	next, err := identifier.Phone(r.PostFormValue("new"))
	if err != nil {
		h.phonePage(w, r, c.with(loginui.Bad, loginui.NoticePhoneInvalid))
		return
	}
	if samePhone(current, next) == nil && current != "" {
		h.phonePage(w, r, c.with(loginui.Bad, loginui.NoticePhoneSame))
		return
	}
	err = h.Contact.ChangePhone(r.Context(), h.actor(r, c, audit.PhoneChanged, nil), current, next)
	if errors.Is(err, idp.ErrConflict) {
		h.showProfile(w, r, c.with(loginui.Bad, loginui.NoticeChangeGone), false)
		return
	}
	if err != nil {
		h.failed(w, r, err)
		return
	}
	h.changed(w, r, loginui.NoticePhoneChanged)
}

// samePhone compares numbers however they are written; idp.ErrRejected. Records from other
// systems may hold one that is no E.164 number: that has to be typed as it stands.
func samePhone(registered, typed string) error {
	if registered == "" || registered == typed {
		return nil
	}
	a, err := identifier.Phone(registered)
	b, err2 := identifier.Phone(typed)
	if err != nil || err2 != nil || a != b {
		return fmt.Errorf("current telephone number: %w", idp.ErrRejected)
	}
	return nil
}
