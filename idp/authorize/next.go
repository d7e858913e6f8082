package authorize

import (
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

// StepKind names what the customer meets next, or how the interaction ends.
type StepKind string

// The steps of an interaction.
const (
	StepSignIn        StepKind = "sign_in"        // nobody is signed in, or another account is wanted
	StepReauth        StepKind = "reauth"         // the signed-in customer proves it again, or more strongly
	StepCode          StepKind = "code"           // second factor, or the check before an enrolment
	StepChooseAccount StepKind = "choose_account" // prompt=select_account
	StepPasskeyNeeded StepKind = "passkey_needed" // no held method reaches the level; enrolling one would
	StepCoolingOff    StepKind = "cooling_off"    // the passkey is too new for this operation
	StepEnrolDevice   StepKind = "enrol_device"
	// StepSuspended: what the account would have to prove to change authenticators was
	// reported lost and is out of use until a recovery is completed (RC-11).
	StepSuspended    StepKind = "suspended"
	StepEnrolDone    StepKind = "enrol_done"
	StepPasskeyOffer StepKind = "passkey_offer" // after a sign-in by password
	StepConsent      StepKind = "consent"
	StepDenied       StepKind = "denied" // the firm has switched the operation off (B17)
	StepFinish       StepKind = "finish"
	StepFail         StepKind = "fail" // Error says which authorization error
)

// Step is Next's answer.
type Step struct {
	Kind     StepKind
	Outcome  assurance.Outcome
	Error    string // authorization error code for StepFail
	MayOther bool   // the page offers to sign in as somebody else
	Code     CodeStage
	Together bool // the transaction password may be given on the same page (B12)
	Approves bool // the page shows the transaction, and answering it approves it
}

// Input is everything Next looks at. Session is nil unless it is live.
type Input struct {
	Demand   Demand
	Progress Progress
	Session  *idp.Session
	Account  *idp.Account // the session's
	Holdings assurance.Holdings
	Policy   assurance.Policy
	Enrol    assurance.OperationPolicy // what adding an authenticator needs of this account
	Consent  ConsentInput
	Now      time.Time

	Transaction TransactionHeld
	// Firm is the firm's own rule for signing in, without the customer's choice.
	Firm     assurance.OperationPolicy
	Question QuestionInput
	// CheckEnrolment asks for D3's additional check of accounts that have a passkey too.
	CheckEnrolment bool
	Subject        string // by which the asking client knows the account; "": the account's own
}

// subject is whom an answer to this client would be about.
func (in Input) subject() string {
	if in.Subject == "" {
		return in.Account.Subject
	}
	return in.Subject
}

// Subject is by what the asking client knows the customer who is signed in.
func (v *Visit) Subject() string { return v.Input.subject() }

// EnrolOperation is the provider's own operation "change my authenticators" (SU-11).
const EnrolOperation = "authenticator_change"

// Next decides what comes next. It is pure: the same input always gives the same step.
func Next(in Input) Step {
	for _, rule := range []func(Input) (Step, bool){
		newEnvironment, runningCeremony, mustChange, nobodySignedIn, chooseAccount, rightSubject, enrolment, assured, transacted, aged, securityQuestion, consent, offered,
	} {
		if step, decided := rule(in); decided {
			return step
		}
	}
	return Step{Kind: StepFinish, Outcome: in.outcome()}
}

func (in Input) outcome() assurance.Outcome {
	if in.Session == nil {
		return in.Policy.Next(in.Demand.asked(in.Progress), "", nil, assurance.Holdings{}, in.Now)
	}
	return in.Policy.Next(in.Demand.asked(in.Progress), in.Session.AccountID, in.events(), in.Holdings, in.Now)
}

// holdingsMatter reports whether what the account owns can make a difference. It cannot when
// what was proved satisfies the request already, which is most single sign-on; then it need
// not be read.
func (in Input) holdingsMatter() bool {
	return in.Progress.Enrol != nil || in.Progress.Offer != nil || in.Progress.changing() || in.Demand.EnrolPasskey || in.outcome().Kind != assurance.Satisfied
}

// runningCeremony: a verified first factor waits for its second.
func runningCeremony(in Input) (Step, bool) {
	p := in.Progress
	if p.AccountID == "" || p.Code == nil || p.Code.Purpose != idp.CodeSignIn {
		return Step{}, false
	}
	return Step{Kind: StepCode, Code: *p.Code}, true
}

func nobodySignedIn(in Input) (Step, bool) {
	if in.Session != nil && !in.Progress.Switch {
		return Step{}, false
	}
	if in.Demand.None {
		return fail("login_required"), true
	}
	out := in.Policy.Next(in.Demand.asked(in.Progress), "", nil, assurance.Holdings{}, in.Now)
	if out.Kind == assurance.Denied {
		return Step{Kind: StepDenied, Outcome: out}, true
	}
	return Step{Kind: StepSignIn, Outcome: out}, true
}

// chooseAccount: prompt=select_account is answered by the customer, or by having just signed in here.
func chooseAccount(in Input) (Step, bool) {
	if !in.Demand.SelectAccount || in.Progress.Chosen || in.Progress.Completed > 0 {
		return Step{}, false
	}
	return Step{Kind: StepChooseAccount, MayOther: true}, true
}

// rightSubject: tokens are never issued for another subject than the one hinted or
// claimed (AZ-21, AZ-22).
func rightSubject(in Input) (Step, bool) {
	if in.Demand.allows(in.subject()) {
		return Step{}, false
	}
	if in.Demand.None || in.Progress.Completed > 0 {
		return fail("login_required"), true
	}
	return Step{Kind: StepSignIn, Outcome: in.Policy.Next(in.Demand.asked(in.Progress), "", nil, assurance.Holdings{}, in.Now)}, true
}

// enrolment: a passkey is being added (D3): fresh sign-in at the strongest level the
// account has, one more check right now, the device, the list.
func enrolment(in Input) (Step, bool) {
	stage := in.Progress.Enrol
	if stage == nil {
		if !in.Demand.EnrolPasskey {
			return Step{}, false
		}
		stage = &EnrolStage{}
	}
	if stage.AddedID != "" {
		return Step{Kind: StepEnrolDone}, true
	}
	out := in.fresh()
	if out.Kind != assurance.Satisfied {
		return assuranceStep(in, out)
	}
	if stage.CheckedBy != "" || !in.checksEnrolment() {
		return Step{Kind: StepEnrolDevice, Outcome: out}, true
	}
	code := CodeStage{Method: idp.MethodEmailCode, Purpose: idp.CodeEnrolPasskey}
	if in.Holdings.TOTP {
		code.Method = idp.MethodTOTP
	}
	if in.Progress.Code != nil && in.Progress.Code.Purpose == idp.CodeEnrolPasskey {
		code = *in.Progress.Code
	}
	return Step{Kind: StepCode, Code: code, Outcome: out}, true
}

// checksEnrolment reports whether a code is asked for right before an enrolment (D3). An
// account with a passkey has just proved one, which is more than any code shows; the firm may
// want the code all the same. Whoever has nothing to receive one with is not asked for it.
func (in Input) checksEnrolment() bool {
	if in.Holdings.Passkeys == 0 {
		return true
	}
	return in.CheckEnrolment && (in.Holdings.TOTP || in.Holdings.Email)
}

func assured(in Input) (Step, bool) {
	out := in.outcome()
	if out.Kind == assurance.Satisfied || out.Kind == assurance.TransactionPassword {
		return Step{}, false
	}
	return assuranceStep(in, out)
}

func assuranceStep(in Input, out assurance.Outcome) (Step, bool) {
	if in.Demand.None {
		return fail(silentError(out)), true
	}
	if out.Operation == EnrolOperation && out.Kind == assurance.Unmet && (in.Holdings.SuspendedPasskeys > 0 || in.Holdings.SuspendedTOTP) {
		return Step{Kind: StepSuspended, Outcome: out}, true
	}
	switch out.Kind {
	case assurance.Authenticate:
		// A level or operation is proved by the very customer who is signed in (SU-06);
		// only a plain "sign in again" may turn into somebody else's sign-in.
		other := (out.Reason == "login" || out.Reason == "max_age") && in.Demand.anyone() && out.Operation == ""
		return Step{Kind: StepReauth, Outcome: out, MayOther: other}, true
	case assurance.EnrolPasskey:
		return Step{Kind: StepPasskeyNeeded, Outcome: out}, true
	case assurance.CoolingOff:
		return Step{Kind: StepCoolingOff, Outcome: out}, true
	case assurance.Denied:
		return Step{Kind: StepDenied, Outcome: out}, true
	default:
		return Step{Kind: StepFail, Error: "unmet_authentication_requirements", Outcome: out}, true
	}
}

// silentError maps what would need a page to prompt=none's error (AZ-17, AZ-18).
func silentError(out assurance.Outcome) string {
	switch {
	case out.Kind == assurance.Authenticate && (out.Reason == "login" || out.Reason == "max_age"):
		return "login_required"
	case out.Kind == assurance.Unmet || out.Kind == assurance.Denied:
		return "unmet_authentication_requirements"
	default:
		return "interaction_required"
	}
}

func fail(code string) Step { return Step{Kind: StepFail, Error: code} }
