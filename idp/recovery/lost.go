package recovery

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

// lost stops what was on a lost device at once, after the mailed code alone (RC-11).
// Whoever holds the device must be quicker than that; whoever holds the mailbox only
// gains nothing by it, for what is suspended still sets the bar for every change of
// authenticators. To use it again, or to replace it, takes both proofs.
func (h *Handler) lost(w http.ResponseWriter, r *http.Request, v *visit) {
	if !h.wantsSecond(w, r, v) {
		return
	}
	passkeys, app := r.PostFormValue("passkeys") != "", r.PostFormValue("totp") != ""
	if !passkeys && !app {
		h.show(w, r, v.with(loginui.Bad, loginui.NoticeLostNothing))
		return
	}
	effects, err := h.tell(r, v, notify.DeviceLost, notify.Data{})
	if err != nil {
		h.failed(w, r, err)
		return
	}
	detail := map[string]string{"passkeys": strconv.FormatBool(passkeys), "totp": strconv.FormatBool(app)}
	effects.Audit = append(effects.Audit, h.event(r, v, audit.RecoverySuspended, audit.OK, detail))
	err = h.Store.SuspendLost(r.Context(), idp.LostDevice{
		InteractionID: v.ix.ID, AccountID: v.accountID(), Passkeys: passkeys, TOTP: app, At: h.Now(), Effects: effects,
	})
	if err != nil {
		h.openFailed(w, r, err)
		return
	}
	h.Committed()
	v.progress.LostAt = h.Now()
	if err := h.remember(r, v); err != nil {
		h.failed(w, r, err)
		return
	}
	http.Redirect(w, r, v.path(), http.StatusSeeOther)
}

// remember stores progress that proves nothing. When another post was faster its progress
// stands.
func (h *Handler) remember(r *http.Request, v *visit) error {
	body, err := json.Marshal(v.progress)
	if err != nil {
		return err
	}
	v.ix.Progress = body
	if err := h.Engine.Store.SaveInteraction(r.Context(), v.ix); !errors.Is(err, idp.ErrConflict) {
		return err
	}
	return nil
}
