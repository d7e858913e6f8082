package signin

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authorize"
	loginui "sekisho/login-ui"
)

// postPassword takes the first factor of the fallback: login name and password, or the
// password alone where the customer is known. Unknown, wrong, locked and closed accounts
// take the same path and get the same answer (PW-08).
func (h *Handler) postPassword(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind != authorize.StepSignIn && v.Step.Kind != authorize.StepReauth || !slices.Contains(v.Step.Outcome.Methods, idp.MethodPassword) {
		h.back(w, r, v)
		return
	}
	typed := clip(r.PostFormValue("login"), 254)
	account, subject, err := h.subject(r, v, typed)
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	v.Progress.Begin()
	v.Progress.Login = typed
	attempt, err := h.Methods.Throttle.Begin(r.Context(), throttle.Password, subject, parseIP(h.ClientIP(r)))
	if refusal, ok := throttle.AsRefusal(err); ok {
		h.Record(r.Context(), h.denied(v, idOf(account), audit.SignInLocked, "password"))
		h.tellLocked(w, r, v, refusal)
		return
	}
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	verified, err := h.Methods.Password.Verify(r.Context(), account, idp.LoginPassword, r.PostFormValue("password"))
	if errors.Is(err, idp.ErrRejected) {
		h.wrongPassword(w, r, v, account, attempt)
		return
	}
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	if err := h.Methods.Throttle.Succeeded(r.Context(), attempt); err != nil {
		h.failed(w, r, v, err)
		return
	}
	v.Progress.PasswordSetAt = verified.ChangedAt
	v.Progress.Aged = h.agedLogin(v, account.ID, verified)
	if v.Progress.Must = mustOf(verified); v.Progress.Must != nil {
		v.Progress.Aged = nil // it is changed anyway
	}
	h.askSecondFactor(w, r, v, account, verified.Event)
}

// subject finds whose password this is to be. The account is nil when there is none; the
// attempt is then counted against the name, so that it locks the same way.
func (h *Handler) subject(r *http.Request, v *authorize.Visit, typed string) (*idp.Account, throttle.Subject, error) {
	if v.Step.Kind == authorize.StepReauth {
		return v.Account, throttle.Known(v.Account.ID), nil
	}
	canonical, err := identifier.Lookup(typed)
	if err != nil {
		return nil, throttle.Unknown("unusable"), nil
	}
	account, err := h.Store.AccountByLogin(r.Context(), canonical)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, throttle.Unknown(canonical), nil
	}
	if err != nil {
		return nil, throttle.Subject{}, err
	}
	return account, throttle.Known(account.ID), nil
}

func (h *Handler) wrongPassword(w http.ResponseWriter, r *http.Request, v *authorize.Visit, account *idp.Account, attempt throttle.Attempt) {
	h.Record(r.Context(), h.denied(v, idOf(account), audit.SignInFailed, "password"))
	state, err := h.Methods.Throttle.Failed(r.Context(), attempt)
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	notice := &authorize.Notice{Kind: "bad", Code: loginui.NoticeLoginFailed}
	if state.Locked(h.Now()) {
		h.Record(r.Context(), h.denied(v, idOf(account), audit.PasswordLocked, "temporary"))
		notice = &authorize.Notice{Kind: "bad", Code: loginui.NoticePasswordLocked, Until: state.LockedUntil}
	}
	v.Progress.Notice = notice
	h.keep(w, r, v)
}

func (h *Handler) tellLocked(w http.ResponseWriter, r *http.Request, v *authorize.Visit, refusal *throttle.Refusal) {
	code := loginui.NoticePasswordLocked
	switch {
	case errors.Is(refusal, idp.ErrTooMany):
		code = loginui.NoticeRateLimited
	case refusal.Hard:
		code = loginui.NoticePasswordHardLocked
	}
	h.tell(w, r, v, "bad", code, refusal.Until)
}

// askSecondFactor keeps the verified password as pending and asks for TOTP where the
// account has it, else for a mailed code (E3, B3). A password alone ends in nothing.
func (h *Handler) askSecondFactor(w http.ResponseWriter, r *http.Request, v *authorize.Visit, account *idp.Account, ev idp.AuthenticationEvent) {
	v.Progress.AccountID, v.Progress.Pending, v.Progress.Notice = account.ID, []idp.AuthenticationEvent{ev}, nil
	_, lostAt, err := h.heldTOTP(r.Context(), account.ID)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		h.failed(w, r, v, err)
		return
	}
	app, waits := err == nil && lostAt.IsZero(), h.mailWaits(lostAt)
	if m := v.Progress.Must; m != nil && m.TemporaryID != "" {
		waits = time.Time{} // a letter that arrived is a proof of its own
	}
	owed, failed := h.owedByEnvironment(r, v, account, app, waits)
	if failed != nil {
		h.failed(w, r, v, failed)
		return
	}
	if owed != nil && owed.Waits {
		h.tellWaits(w, r, v, account, waits)
		return
	}
	v.Progress.Environment = owed
	if app {
		v.Progress.Code = &authorize.CodeStage{Method: idp.MethodTOTP, Purpose: idp.CodeSignIn}
		h.keep(w, r, v)
		return
	}
	if owed != nil && owed.PersonalData {
		h.keep(w, r, v)
		return
	}
	h.askMailedCode(w, r, v, account)
}

func (h *Handler) askMailedCode(w http.ResponseWriter, r *http.Request, v *authorize.Visit, account *idp.Account) {
	notice, err := h.sendCode(r, v, account, authorize.CodeStage{Method: idp.MethodEmailCode, Purpose: idp.CodeSignIn}, "")
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	h.tell(w, r, v, string(notice.Kind), notice.Code, notice.Until)
}

func idOf(a *idp.Account) string {
	if a == nil {
		return ""
	}
	return a.ID
}

// clip bounds what is kept of a typed value.
func clip(s string, n int) string {
	if len(s) > n {
		return ""
	}
	return s
}
