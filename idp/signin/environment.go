package signin

import (
	"errors"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authorize"
	"sekisho/idp/environment"
	loginui "sekisho/login-ui"
)

func (h *Handler) environmentRoutes() []Route {
	return []Route{{"/personal-data", http.MethodPost, false, h.form(h.postPersonalData)}}
}

// owedByEnvironment is what a right password owes to where it comes from (A10). app says
// whether the account holds a usable authenticator app, waits until when one that was
// reported lost keeps a mailed code from doing in its place.
func (h *Handler) owedByEnvironment(r *http.Request, v *authorize.Visit, account *idp.Account, app bool, waits time.Time) (*authorize.EnvironmentStage, error) {
	arrival := authorize.Arrival{
		Check: h.NewEnvironment, SteppingUp: v.StepsUp(), TOTP: app, AppLost: h.Now().Before(waits), Registered: environment.PersonalRegistered(account.Profile),
	}
	if authorize.CheckEnvironment(arrival) == nil { // whatever the environment is; it need not be read
		return nil, nil
	}
	seen, err := h.Known.Look(r, account.ID)
	if err != nil {
		return nil, err
	}
	arrival.Known = seen.Verdict == environment.Known
	owed := authorize.CheckEnvironment(arrival)
	if owed != nil && owed.Unregistered {
		h.Record(r.Context(), h.denied(v, account.ID, audit.EnvironmentUnchecked, "not_registered"))
	}
	return owed, nil
}

// postPersonalData takes birth date and postal code, guessed at under a counter of their
// own: it locks neither the password nor a passkey. A right answer earns no level and
// leaves no event; the second factor comes next.
func (h *Handler) postPersonalData(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind != authorize.StepPersonalData {
		h.back(w, r, v)
		return
	}
	account, err := h.Store.Account(r.Context(), v.Progress.AccountID)
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	attempt, err := h.Methods.Throttle.Begin(r.Context(), throttle.PersonalData, throttle.Known(account.ID), parseIP(h.ClientIP(r)))
	if refusal, ok := throttle.AsRefusal(err); ok {
		h.tellPersonalDataLocked(w, r, v, refusal)
		return
	}
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	if !environment.PersonalMatches(account.Profile, r.PostFormValue("birthdate"), r.PostFormValue("postal_code")) {
		h.wrongPersonalData(w, r, v, account, attempt)
		return
	}
	if err := h.Methods.Throttle.Succeeded(r.Context(), attempt); err != nil {
		h.failed(w, r, v, err)
		return
	}
	rec := h.denied(v, account.ID, audit.EnvironmentChecked, "")
	rec.Result = audit.OK
	h.Record(r.Context(), rec)
	v.Progress.Environment.PersonalData, v.Progress.Notice = false, nil
	h.askMailedCode(w, r, v, account)
}

func (h *Handler) tellPersonalDataLocked(w http.ResponseWriter, r *http.Request, v *authorize.Visit, refusal *throttle.Refusal) {
	h.Record(r.Context(), h.denied(v, v.Progress.AccountID, audit.SignInLocked, string(throttle.PersonalData)))
	code := loginui.NoticePersonalDataLocked
	switch {
	case errors.Is(refusal, idp.ErrTooMany):
		code = loginui.NoticeRateLimited
	case refusal.Hard:
		code = loginui.NoticePersonalDataHardLocked
	}
	h.tell(w, r, v, "bad", code, refusal.Until)
}

func (h *Handler) wrongPersonalData(w http.ResponseWriter, r *http.Request, v *authorize.Visit, account *idp.Account, attempt throttle.Attempt) {
	h.Record(r.Context(), h.denied(v, account.ID, audit.EnvironmentFailed, "personal_data"))
	state, err := h.Methods.Throttle.Failed(r.Context(), attempt)
	switch {
	case err != nil:
		h.failed(w, r, v, err)
	case state.Locked(h.Now()):
		h.tell(w, r, v, "bad", loginui.NoticePersonalDataLocked, state.LockedUntil)
	default:
		h.tell(w, r, v, "bad", loginui.NoticePersonalDataWrong, time.Time{})
	}
}

// arrives is where a new session's sign-in comes from, the change to its record and the
// secret for its cookie. A step-up stays where it is.
func (h *Handler) arrives(r *http.Request, accountID string, fresh bool) (environment.Seen, *idp.EnvironmentUse, string, error) {
	if !fresh {
		return environment.Seen{Verdict: environment.Known}, nil, "", nil
	}
	seen, err := h.Known.Look(r, accountID)
	if err != nil {
		return seen, nil, "", err
	}
	use, secret := h.Known.Next(accountID, seen)
	return seen, use, secret, nil
}
