package authorize

// EnvironmentCheck is what a password sign-in from a new environment is asked for beyond
// its usual second factor (A10).
type EnvironmentCheck string

const (
	CheckNone         EnvironmentCheck = "none"
	CheckFactor       EnvironmentCheck = "factor"        // the strongest second factor the account holds, and no other
	CheckPersonalData EnvironmentCheck = "personal_data" // birth date and postal code, unless there is an authenticator app
)

// StepPersonalData asks for birth date and postal code. It stands between the password and
// the second factor, which follows all the same.
const StepPersonalData StepKind = "personal_data"

// EnvironmentStage is what a running sign-in owes to its new environment.
type EnvironmentStage struct {
	Strongest    bool `json:"strongest,omitempty"`     // a mailed code does not stand in for the app
	PersonalData bool `json:"personal_data,omitempty"` // still to be given
	// Waits: the app was reported lost and nothing weaker does in its place yet (RC-11).
	Waits bool `json:"waits,omitempty"`
	// Unregistered: the check had nothing to compare with, so the second factor alone decides.
	Unregistered bool `json:"unregistered,omitempty"`
}

// Arrival is all that CheckEnvironment looks at, once a password was right.
type Arrival struct {
	Check      EnvironmentCheck
	Known      bool // the environment
	SteppingUp bool // in a live session, which sits in the environment it was made in
	TOTP       bool // the account holds a usable authenticator app
	Registered bool // the firm holds birth date and postal code
	AppLost    bool // the account's app was reported lost, and not long enough ago
}

// CheckEnvironment says what a password sign-in owes to where it comes from; nil when it
// owes nothing. A passkey sign-in never gets here: it cannot be given away. None of it earns
// a level or leaves an event: what a stranger can find out about a customer is no factor.
//
// An app that was reported lost is for a while as much in the way of a mailed code as one
// that works. Reporting takes the mailed code alone, so whoever has that and the password
// would otherwise shut out the app and come in without it (RC-11).
func CheckEnvironment(a Arrival) *EnvironmentStage {
	switch {
	case a.Check == CheckNone || a.Check == "" || a.Known || a.SteppingUp:
		return nil
	case a.AppLost:
		return &EnvironmentStage{Waits: true}
	case a.TOTP, a.Check == CheckFactor:
		return &EnvironmentStage{Strongest: true}
	case !a.Registered:
		return &EnvironmentStage{Unregistered: true}
	default:
		return &EnvironmentStage{PersonalData: true}
	}
}

// newEnvironment: the password was right and the second factor is not asked for yet.
func newEnvironment(in Input) (Step, bool) {
	p := in.Progress
	if p.AccountID == "" || p.Environment == nil || !p.Environment.PersonalData {
		return Step{}, false
	}
	return Step{Kind: StepPersonalData}, true
}
