package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

// lost stops what was on a lost device at once, after the mailed code alone (RC-11).
// Whoever holds the device must be quicker than that; whoever holds the mailbox gains
// nothing by it, with the password neither: what is suspended still sets the bar for every
// change of authenticators, and for a while keeps a mailed code from doing in its place
// (authorize.CheckEnvironment). To use it again, or to replace it, takes both proofs.
func (h *Handler) lost(w http.ResponseWriter, r *http.Request, v *visit) {
	if !h.wantsSecond(w, r, v) {
		return
	}
	passkeys, app := r.PostFormValue("passkeys") != "", r.PostFormValue("totp") != ""
	if !passkeys && !app {
		h.show(w, r, v.with(loginui.Bad, loginui.NoticeLostNothing))
		return
	}
	from, err := h.mailedFrom(r.Context(), v.accountID(), app)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	effects, err := h.tell(r, v, notify.DeviceLost, notify.Data{MailedFrom: from})
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

// mailedFrom is from when password and mailed code sign in from a new environment again
// after an app was reported lost now; zero: they do. The first report of an app counts.
func (h *Handler) mailedFrom(ctx context.Context, accountID string, app bool) (time.Time, error) {
	if !app || !h.MailWaits {
		return time.Time{}, nil
	}
	state, err := h.Store.Recovery(ctx, accountID)
	if err != nil {
		return time.Time{}, err
	}
	since := h.Now()
	held, err := h.Store.TOTP(ctx, accountID)
	switch {
	case err != nil && !errors.Is(err, idp.ErrNotFound):
		return time.Time{}, err
	case err == nil && idp.Suspends(state.TOTPSuspendedAt, held.ConfirmedAt):
		since = state.TOTPSuspendedAt
	}
	if until := since.Add(h.Hold); h.Now().Before(until) {
		return until, nil
	}
	return time.Time{}, nil
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
