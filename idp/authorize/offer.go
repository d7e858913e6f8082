package authorize

import (
	"sekisho/idp"
	"sekisho/idp/assurance"
)

// WelcomePage is the key of the page that a newly opened account arrives at.
const WelcomePage = "welcome"

// OfferStage is a passkey being offered right after a sign-in by password. The second
// factor of that very sign-in, in this interaction and browser, is the additional check
// that row D3 asks for before an enrolment; no other proof stands in for it.
type OfferStage struct {
	CeremonyID string     `json:"ceremony_id"`
	By         idp.Method `json:"by"` // the second factor
}

// offered comes last: what the interaction was for is decided, and nothing depends on
// what the customer makes of the offer. It ends by itself when the sign-in is no longer
// recent enough to add an authenticator on.
func offered(in Input) (Step, bool) {
	o := in.Progress.Offer
	if o == nil || in.Demand.None || o.CeremonyID != in.Progress.CeremonyID ||
		in.Holdings.Passkeys > 0 || in.Holdings.SuspendedPasskeys > 0 || !in.Holdings.CanEnrolPasskey {
		return Step{}, false
	}
	out := in.fresh()
	if out.Kind != assurance.Satisfied || out.CeremonyID != o.CeremonyID {
		return Step{}, false
	}
	return Step{Kind: StepPasskeyOffer, Outcome: out}, true
}
