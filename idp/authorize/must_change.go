package authorize

// StepMustChange demands a new password before a sign-in comes to anything (A9).
const StepMustChange StepKind = "must_change"

// MustChange says that the password of the running ceremony is good only for being changed.
type MustChange struct {
	// TemporaryID names the temporary password of a letter; "": the stored password itself is marked.
	TemporaryID string `json:"temporary_id,omitempty"`
}

// mustChange: a sign-in whose password is a temporary one has its second factor and stops
// here. It has made no session, so there is none that another tab, another request or
// prompt=none could use; only a new password leads on.
func mustChange(in Input) (Step, bool) {
	p := in.Progress
	if p.Must == nil || p.AccountID == "" || len(p.Pending) < 2 {
		return Step{}, false
	}
	if in.Demand.None {
		return fail("login_required"), true
	}
	return Step{Kind: StepMustChange}, true
}
