package assurance

import "time"

// Asked is what an authorization request, or one of the provider's own pages, asks for.
type Asked struct {
	ACRValues []string // in order of preference; levels and operations
	// Essential: acr was asked for as an essential claim (OIDC Core 5.5.1.1). Then values
	// that are all unknown are an unmet requirement, not an absent one.
	Essential bool
	MaxAge    *time.Duration // nil: not asked
	// ForceLogin (prompt=login) and a MaxAge of zero need a proof since Since.
	ForceLogin bool
	Since      time.Time // when the request began; zero: only this interaction's ceremony is recent enough
	CeremonyID string    // this interaction's
	// InteractionID is what a transaction password must have been given to; "" is never answered.
	InteractionID string
}

const (
	// clockTolerance is how far ahead of now an event may lie: nodes' clocks differ a
	// little, and a sign-in recorded by one node is read by the next a moment later.
	// Anything further ahead is a clock that jumped, and proves nothing yet.
	clockTolerance = 5 * time.Second
	// answerGrace keeps a proof given in answer to this very request good for this long
	// even when max_age is shorter; otherwise max_age=1 and a consent page never end.
	answerGrace = time.Minute
)

// shortfall says how far a proof gets against a need; a greater one got further.
type shortfall int

const (
	lacksProof shortfall = iota
	lacksLevel
	lacksTrust
	lacksThisCeremony
	lacksFreshness
	lacksNewLogin
	lacksNothing
)

// Reason codes of an Outcome.
var reasons = [...]string{
	lacksProof:        "login",
	lacksLevel:        "level",
	lacksTrust:        "cooling_off",
	lacksThisCeremony: "operation_once",
	lacksFreshness:    "max_age",
	lacksNewLogin:     "login",
}

const (
	reasonNoPasskey   = "no_passkey"
	reasonCoolingOff  = "cooling_off"
	reasonHeld        = "recovery_hold"
	reasonDenied      = "denied"
	reasonUnreachable = "unreachable"
	reasonTransaction = "transaction_password"
)

// measure holds one proof against one rule and the request.
func (a Asked) measure(rule OperationPolicy, proof Achieved, now time.Time) shortfall {
	age := now.Sub(proof.AuthTime)
	switch {
	case proof.Level == None || proof.Level < rule.Level:
		return lacksLevel
	case rule.TrustedPasskey && now.Before(proof.TrustedFrom):
		return lacksTrust
	case rule.Once && (a.CeremonyID == "" || proof.CeremonyID != a.CeremonyID):
		return lacksThisCeremony
	case rule.MaxAge > 0 && age > rule.MaxAge:
		return lacksFreshness
	case a.MaxAge != nil && *a.MaxAge <= 0 && !a.answers(proof):
		return lacksFreshness
	case a.MaxAge != nil && *a.MaxAge > 0 && age > *a.MaxAge && !(a.answers(proof) && age <= answerGrace):
		return lacksFreshness
	case a.ForceLogin && !a.answers(proof):
		return lacksNewLogin
	}
	return lacksNothing
}

// answers reports whether the proof was given in answer to the request: in this very
// interaction, whatever the clocks of two nodes say, or elsewhere at a time that lies after
// the request's beginning by more than those clocks may differ.
func (a Asked) answers(proof Achieved) bool {
	if a.CeremonyID != "" && proof.CeremonyID == a.CeremonyID {
		return true
	}
	return !a.Since.IsZero() && proof.AuthTime.After(a.Since.Add(clockTolerance))
}
