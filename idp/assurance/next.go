package assurance

import (
	"slices"
	"time"

	"sekisho/idp"
)

// Kind says what has to happen next.
type Kind string

const (
	Satisfied    Kind = "satisfied"
	Authenticate Kind = "authenticate"  // sign in or step up with Methods
	EnrolPasskey Kind = "enrol_passkey" // nothing the account holds reaches; a passkey would
	CoolingOff   Kind = "cooling_off"   // not before AvailableFrom: its passkeys are too new, or the account is held
	Unmet        Kind = "unmet"         // unmet_authentication_requirements
	Denied       Kind = "denied"        // the firm has switched the operation off
	// TransactionPassword: level and freshness are met; the operation wants this as well.
	TransactionPassword Kind = "transaction_password"
)

// Outcome is the decision. ACR, Level, AMR, AuthTime and CeremonyID are set when
// Satisfied and describe one ceremony.
type Outcome struct {
	Kind       Kind
	ACR        string // value for the token: the one asked for, else the plain level
	Level      Level
	AMR        []string
	AuthTime   time.Time
	CeremonyID string
	// Methods are the first factors to offer, strongest first; set for Authenticate, and for
	// TransactionPassword where a stronger proof does instead (A12). A password implies one
	// of SecondFactors.
	Methods       []idp.Method
	SecondFactors []idp.Method // second factors worth asking for, strongest first
	Operation     string       // bare name of the operation satisfied, or asked for first
	AvailableFrom time.Time    // for CoolingOff
	// Reason is a code: login, max_age, level, operation_once, no_passkey, cooling_off,
	// recovery_hold, denied, unreachable, transaction_password; "" when Satisfied.
	Reason     string
	DenyReason map[string]string // language → text, for Denied
	// TransactionToo: whatever is done about the level, the transaction password is wanted
	// besides and was not given yet (B12).
	TransactionToo bool
}

// Next decides. An alternative that is satisfied wins in the order asked, with the newest
// proof that satisfies it (SU-02); a higher level satisfies a lower ask. Otherwise it says
// what could reach one. An account that has proved nothing is only ever told to
// authenticate as long as it holds anything to do so with: what it lacks is for nobody
// else to know.
func (p Policy) Next(asked Asked, accountID string, events []idp.AuthenticationEvent, h Holdings, now time.Time) Outcome {
	needs := p.needs(asked.ACRValues, now)
	if asked.Essential && len(asked.ACRValues) > 0 && needs[0].acr == "" {
		return Outcome{Kind: Unmet, Reason: reasonUnreachable}
	}
	open := needs[:0:0]
	for _, n := range needs {
		if !n.rule.Deny {
			open = append(open, n)
		}
	}
	if len(open) == 0 {
		return Outcome{Kind: Denied, Operation: needs[0].operation, Reason: reasonDenied, DenyReason: needs[0].rule.DenyReason}
	}
	if open = released(open, h.HeldUntil, now); len(open) == 0 {
		return Outcome{Kind: CoolingOff, Operation: needs[0].operation, Reason: reasonHeld, AvailableFrom: h.HeldUntil}
	}
	proved := proofs(accountID, events, now.Add(clockTolerance))
	given := asked.gaveTransactionPassword(accountID, events, now)
	if out, done := p.settle(asked, open, proved, given, h, now); done {
		return out
	}
	out := p.lacking(asked, open, proved, h, now)
	out.TransactionToo = !given && !slices.ContainsFunc(open, func(n need) bool { return !n.rule.alwaysTransaction() })
	return out
}

// released drops the needs that the account's hold after a recovery shuts for now (RC-12).
// However strong a proof is, it may be of the very person the hold is there to stop.
func released(open []need, heldUntil, now time.Time) []need {
	if !now.Before(heldUntil) {
		return open
	}
	free := open[:0:0]
	for _, n := range open {
		if !n.rule.RespectHold {
			free = append(free, n)
		}
	}
	return free
}

func satisfied(n need, proof Achieved) Outcome {
	acr := n.acr
	if acr == "" {
		acr = proof.Level.ACR()
	}
	return Outcome{Kind: Satisfied, ACR: acr, Level: proof.Level, AMR: proof.AMR, AuthTime: proof.AuthTime,
		CeremonyID: proof.CeremonyID, Operation: n.operation}
}

// lacking says what could satisfy one of the open needs, none of which is satisfied.
func (p Policy) lacking(asked Asked, open []need, proved []Achieved, h Holdings, now time.Time) Outcome {
	out := Outcome{Kind: Authenticate, Operation: open[0].operation, Reason: why(asked, open[0], proved, now)}
	var reach offer
	if h.Known {
		for _, n := range open {
			reach = reach.together(p.within(h, n.rule))
		}
		if len(proved) == 0 && len(reach.methods()) == 0 {
			reach = p.within(h, OperationPolicy{})
		}
	} else {
		reach = p.anyone()
	}
	out.Methods, out.SecondFactors = reach.methods(), reach.seconds
	if len(out.Methods) > 0 {
		return out
	}
	return p.unreachable(out, open, h)
}

// unreachable is for a known account that holds nothing which reaches any open need.
func (p Policy) unreachable(out Outcome, open []need, h Holdings) Outcome {
	for _, n := range open {
		if h.onlyTrustLacks(n.rule) {
			// Before enrolment: a further passkey would only have to cool off as well.
			out.Kind, out.Reason, out.AvailableFrom = CoolingOff, reasonCoolingOff, h.EarliestTrust
			return out
		}
	}
	for _, n := range open {
		if h.CanEnrolPasskey && n.rule.Level <= PhishingResistant {
			out.Kind, out.Reason = EnrolPasskey, reasonNoPasskey
			return out
		}
	}
	out.Kind, out.Reason = Unmet, reasonUnreachable
	return out
}

// why is the reason code of the proof that came closest to the need.
func why(asked Asked, n need, proved []Achieved, now time.Time) string {
	closest := lacksProof
	for _, proof := range proved {
		closest = max(closest, asked.measure(n.rule, proof, now))
	}
	return reasons[closest]
}
