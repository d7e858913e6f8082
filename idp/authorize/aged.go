package authorize

import (
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

// Steps of the notice about an old password (A13). They come when everything asked for is
// proved, before consent; silent requests never meet them, and nothing is refused for it.
const (
	StepPasswordAge       StepKind = "password_age"        // change now, or later
	StepPasswordAgeChange StepKind = "password_age_change" // the customer changes the login password now
)

// PasswordAge is when the notice about an old password is shown.
type PasswordAge struct {
	After time.Duration // unchanged for so long; 0: never
	Again time.Duration // not within so long of the customer putting it off
}

// Old reports whether a password has been unchanged for long.
func (p PasswordAge) Old(changed, now time.Time) bool {
	return p.After > 0 && !changed.IsZero() && now.Sub(changed) >= p.After
}

// Due reports whether its customer is told so now.
func (p PasswordAge) Due(changed, reminded, now time.Time) bool {
	return p.Old(changed, now) && (reminded.IsZero() || now.Sub(reminded) >= p.Again)
}

// AgedStage is an old password that was given in this interaction and is to be spoken of.
type AgedStage struct {
	AccountID string           `json:"account_id"`
	Kind      idp.PasswordKind `json:"kind"`
	ChangedAt time.Time        `json:"changed_at"`
	Change    bool             `json:"change,omitempty"` // the customer changes it now
}

// aged shows the notice. Changing takes what changing an authenticator takes; where the
// customer cannot prove that now, the notice stands and can be put off.
func aged(in Input) (Step, bool) {
	stage := in.Progress.Aged
	switch {
	case stage == nil || in.Demand.None || in.Progress.Completed == 0 || stage.AccountID != in.Account.ID:
		return Step{}, false
	case !stage.Change:
		return Step{Kind: StepPasswordAge}, true
	}
	switch fresh := in.fresh(); fresh.Kind {
	case assurance.Satisfied:
		return Step{Kind: StepPasswordAgeChange}, true
	case assurance.Authenticate:
		return assuranceStep(in, fresh)
	default:
		return Step{Kind: StepPasswordAge}, true
	}
}

// changing reports whether a password is being changed here, for which what the account
// holds matters.
func (p Progress) changing() bool {
	return p.Aged != nil && p.Aged.Change || p.Transaction != nil && p.Transaction.Change
}
