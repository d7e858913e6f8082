package recovery

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

// barred says why an account whose owner gave both proofs is not recovered online all the
// same, "" when it is.
func (h *Handler) barred(account *idp.Account) string {
	switch {
	case account.Kind == idp.Corporate:
		return "corporate" // its administrator answers for it (A8)
	case account.Status != idp.AccountActive:
		return "locked"
	case !h.Policy().PasswordAllowed:
		return "passwords_off" // a new password would be a way in that policy shuts (PA-12)
	}
	return ""
}

// complete sets the new password. It signs nobody in (RC-04).
func (h *Handler) complete(w http.ResponseWriter, r *http.Request, v *visit) {
	if !v.proved() {
		http.Redirect(w, r, v.path(), http.StatusSeeOther)
		return
	}
	if reason := h.barred(v.account); reason != "" {
		h.bar(w, r, v, reason)
		return
	}
	about := password.Context{LoginName: v.account.LoginName, AccountNumbers: []string{v.account.LoginName}}
	emails, err := h.Store.Emails(r.Context(), v.account.ID)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	for _, e := range emails {
		about.Emails = append(about.Emails, e.Address)
	}
	next, err := h.Passwords.New(r.Context(), v.account.ID, idp.LoginPassword, r.PostFormValue("new"), about)
	var policy *password.PolicyError
	if errors.As(err, &policy) {
		h.showPassword(w, r, v.with(loginui.Bad, loginui.NoticePasswordRefused), policy.Reasons)
		return
	}
	if err == nil {
		err = h.regain(w, r, v, next)
	}
	if err != nil {
		h.openFailed(w, r, err)
	}
}

// regain commits the recovery and says what it did.
func (h *Handler) regain(w http.ResponseWriter, r *http.Request, v *visit, next idp.Password) error {
	done, held, err := h.consequences(r, v)
	if err != nil {
		return err
	}
	done.InteractionID, done.Version, done.AccountID = v.ix.ID, v.ix.Version, v.account.ID
	done.Password, done.Since, done.At, done.HeldUntil = next, v.ix.CreatedAt, h.Now(), held
	if err := h.Store.CompleteRecovery(r.Context(), done); err != nil {
		return err
	}
	h.Committed()
	h.release(r, v, done)
	h.Site.Render(w, r, http.StatusOK, loginui.Recovered{
		Frame: loginui.Frame{Lang: v.lang}, HeldUntil: held, RemovedPasskeys: done.RemovePasskeys, RemovedTOTP: done.RemoveTOTP,
		RemovedTransaction: done.RemoveTransactionPassword,
	})
	return nil
}

// consequences are what the recovery removes, and the records and mails about it.
func (h *Handler) consequences(r *http.Request, v *visit) (idp.CompleteRecovery, time.Time, error) {
	c := idp.CompleteRecovery{RemovePasskeys: r.PostFormValue("lost_passkeys") != "", RemoveTOTP: r.PostFormValue("lost_totp") != ""}
	if !v.mayRemove() {
		c.RemovePasskeys, c.RemoveTOTP = false, false
	}
	held := h.Now().Add(h.Hold)
	before, err := h.Store.Recovery(r.Context(), v.account.ID)
	if err != nil {
		return c, held, err
	}
	if before.HeldUntil.After(held) {
		held = before.HeldUntil
	}
	if c.Effects, err = h.tell(r, v, notify.Recovered, notify.Data{HeldUntil: held}); err != nil {
		return c, held, err
	}
	var removed []string
	if c.RemovePasskeys {
		removed = append(removed, "passkeys")
		err = h.removesPasskeys(r, v, &c.Effects)
	}
	if c.RemoveTOTP && err == nil {
		removed = append(removed, "totp")
		err = h.removesTOTP(r, v, &c.Effects)
	}
	if err == nil && v.mayRemove() && r.PostFormValue("lost_transaction") != "" {
		if c.RemoveTransactionPassword, err = h.removesTransaction(r, v, &c.Effects); c.RemoveTransactionPassword {
			removed = append(removed, "transaction_password")
		}
	}
	detail := map[string]string{"held_until": held.UTC().Format(time.RFC3339), "removed": strings.Join(removed, " "), "second": v.progress.Second}
	c.Effects.Audit = append(c.Effects.Audit,
		h.event(r, v, audit.RecoveryCompleted, audit.OK, detail), h.event(r, v, audit.PasswordChanged, audit.OK, nil))
	return c, held, err
}

// removesPasskeys adds a record and the mails of each passkey that goes (D4).
func (h *Handler) removesPasskeys(r *http.Request, v *visit, e *idp.Effects) error {
	held, err := h.Store.Passkeys(r.Context(), v.account.ID)
	if err != nil {
		return err
	}
	for _, k := range held {
		mails, err := h.tell(r, v, notify.PasskeyRemoved, notify.Data{PasskeyName: k.Name})
		if err != nil {
			return err
		}
		e.Outbox = append(e.Outbox, mails.Outbox...)
		e.Audit = append(e.Audit, h.event(r, v, audit.PasskeyRemoved, audit.OK, map[string]string{"passkey": k.ID}))
	}
	return nil
}

func (h *Handler) removesTOTP(r *http.Request, v *visit, e *idp.Effects) error {
	_, err := h.Store.TOTP(r.Context(), v.account.ID)
	if errors.Is(err, idp.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	mails, err := h.tell(r, v, notify.TOTPRemoved, notify.Data{})
	e.Outbox = append(e.Outbox, mails.Outbox...)
	e.Audit = append(e.Audit, h.event(r, v, audit.TOTPRemoved, audit.OK, nil))
	return err
}

// release lifts the locks of what was bound anew. The recovery is committed; a lock that
// stays ends by itself.
func (h *Handler) release(r *http.Request, v *visit, done idp.CompleteRecovery) {
	factors := []throttle.Factor{throttle.Password, throttle.Recovery}
	if done.RemoveTOTP {
		factors = append(factors, throttle.TOTP)
	}
	if done.RemoveTransactionPassword {
		factors = append(factors, throttle.TransactionPassword)
	}
	for _, f := range factors {
		if err := h.Throttle.Release(r.Context(), f, v.account.ID); err != nil {
			h.Log.ErrorContext(r.Context(), "lock not lifted after recovery", "factor", f, "error", err)
		}
	}
}

// bar ends a recovery that may not be completed online.
func (h *Handler) bar(w http.ResponseWriter, r *http.Request, v *visit, reason string) {
	rec := h.event(r, v, audit.RecoveryRefused, audit.Denied, nil)
	rec.Reason = reason
	h.Record(r.Context(), rec)
	h.showBarred(w, r, v, reason)
}
