package assurance

import (
	"strings"
	"time"
)

// OperationPolicy is the firm's rule for one operation.
type OperationPolicy struct {
	Level          Level         // at least this; None: any level
	MaxAge         time.Duration // how old the proof may be; 0: no limit but the session's
	Once           bool          // must be proved in the very interaction that asks
	TrustedPasskey bool          // an authenticator that is still cooling off does not count
	// TransactionPassword is wanted besides, given to the very interaction that asks (A2, B12).
	TransactionPassword bool
	// From is when this rule begins; until then Before applies (D2). A rule with a date but
	// without Before applies at once, so that a missing line cannot open an operation.
	From   time.Time
	Before *OperationPolicy
	// Deny switches the operation off at once, whatever From says (B17). In Before it
	// keeps the operation shut until From.
	Deny       bool
	DenyReason map[string]string // language → text for the customer
	// RespectHold refuses the operation while the account is held after a recovery (RC-12).
	RespectHold bool
	// TransactionOr, where TransactionPassword is set: a proof of at least this level given in
	// the very interaction that asks does instead (A12). None: nothing does.
	TransactionOr Level
	Bounds        Bounds // of the customer's own choice (B7)
}

// inForce is the rule that applies at now.
func (o OperationPolicy) inForce(now time.Time) OperationPolicy {
	for !o.Deny && now.Before(o.From) && o.Before != nil {
		o = *o.Before
	}
	return o
}

// Policy is the firm's assurance policy. The zero value asks for any level at sign-in,
// knows no operation, allows passkeys only and trusts new ones at once.
type Policy struct {
	// SignIn applies when nothing was asked for and when a plain level was. Its level is
	// the floor of every operation, and its Deny shuts them all: each of them signs in.
	SignIn     OperationPolicy
	Operations map[string]OperationPolicy // by bare name: "withdrawal", not the acr value
	CoolingOff time.Duration              // how long a new passkey waits for trust
	// ImmediateFrom is the level from which a passkey added is trusted at once; None: never.
	ImmediateFrom    Level
	PasswordAllowed  bool
	EmailCodeAllowed bool
}

// TrustedFrom is when an authenticator added at addedAt, from a session at level from,
// becomes trusted; zero: at once. The caller must know that the level did not itself rest
// on an authenticator still cooling off; TrustedFromProof takes care of that.
func (p Policy) TrustedFrom(addedAt time.Time, from Level) time.Time {
	if p.CoolingOff <= 0 || p.ImmediateFrom != None && from >= p.ImmediateFrom {
		return time.Time{}
	}
	return addedAt.Add(p.CoolingOff)
}

// TrustedFromProof is TrustedFrom for an authenticator added on the strength of a proof.
// A proof that is itself cooling off hands on no trust: otherwise a phished password and
// mail code would add one passkey, and that one a second, trusted at once.
func (p Policy) TrustedFromProof(addedAt time.Time, a Achieved) time.Time {
	if addedAt.Before(a.TrustedFrom) {
		return later(a.TrustedFrom, p.TrustedFrom(addedAt, None))
	}
	return p.TrustedFrom(addedAt, a.Level)
}

// need is one alternative of what was asked, with the rule it comes to.
type need struct {
	acr       string // the value asked for; "" when nothing was
	operation string // bare name; "" for a plain level
	rule      OperationPolicy
}

// needs turns acr_values into alternatives in their order. Unknown values are dropped;
// when none is left, signing in is the only need.
func (p Policy) needs(acrValues []string, now time.Time) []need {
	signIn := p.SignIn.inForce(now)
	var out []need
	for _, v := range acrValues {
		if level, ok := ParseACR(v); ok {
			rule := signIn
			rule.Level = max(rule.Level, level)
			out = append(out, need{acr: v, rule: rule})
			continue
		}
		name, isOperation := strings.CutPrefix(v, OperationPrefix)
		operation, known := p.Operations[name]
		if !isOperation || !known {
			continue
		}
		rule := operation.inForce(now)
		rule.Level = max(rule.Level, signIn.Level)
		if signIn.Deny && !rule.Deny {
			rule.Deny, rule.DenyReason = true, signIn.DenyReason
		}
		out = append(out, need{acr: v, operation: name, rule: rule})
	}
	if len(out) == 0 {
		out = []need{{rule: signIn}}
	}
	return out
}
