package signin

import (
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/authorize"
	loginui "sekisho/login-ui"
)

// ending is what a page says of the end of its interaction, and warns of (C5).
func (h *Handler) ending(v *authorize.Visit) *loginui.Ending {
	at, fixed := h.Engine.Ends(v.Interaction)
	e := &loginui.Ending{Kind: loginui.EndingInteraction, At: at, Fixed: fixed, Stay: v.Path() + "/stay"}
	if v.Own != nil {
		e.Again = h.OwnPath(*v.Own)
	}
	return e
}

// postStay tells a page how long its interaction lasts, and makes it last when the customer
// said so. Nothing typed is lost, because the page stays as it is; it is drawn anew only
// when what was proved is too old to be kept.
func (h *Handler) postStay(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	var next string
	if r.PostFormValue("stay") == "1" {
		waiting := len(v.Progress.Pending)
		err := h.Engine.Prolong(r.Context(), v)
		switch {
		case errors.Is(err, idp.ErrExpired), errors.Is(err, idp.ErrConsumed):
			writeJSON(w, http.StatusOK, loginui.Remaining{})
			return
		case conflict(err), err == nil && len(v.Progress.Pending) < waiting:
			next = v.Path()
		case err != nil:
			h.failed(w, r, v, err)
			return
		}
	}
	at, fixed := h.Engine.Ends(v.Interaction)
	left := h.Site.Remaining(h.frame(r, v).Lang, at, fixed)
	left.Next = next
	writeJSON(w, http.StatusOK, left)
}
