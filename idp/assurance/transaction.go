package assurance

import (
	"slices"
	"time"

	"sekisho/idp"
)

// gaveTransactionPassword reports whether the events hold a transaction password of the
// account that was given to this very interaction. Such an event carries the interaction's
// own id where others carry their ceremony's, so it answers no other request, and no level,
// amr or auth_time is ever built on it (A2, D7).
func (a Asked) gaveTransactionPassword(accountID string, events []idp.AuthenticationEvent, now time.Time) bool {
	if accountID == "" || a.InteractionID == "" {
		return false
	}
	return slices.ContainsFunc(events, func(e idp.AuthenticationEvent) bool {
		return e.Method == idp.MethodTransactionPassword && e.AccountID == accountID && e.CeremonyID == a.InteractionID &&
			!e.At.IsZero() && !e.At.After(now.Add(clockTolerance))
	})
}

// settle takes the first need that a proof satisfies. A need that lacks the transaction
// password alone is what is asked for next when no other is satisfied outright.
func (p Policy) settle(asked Asked, accountID string, events []idp.AuthenticationEvent, open []need, proved []Achieved, now time.Time) (Outcome, bool) {
	given := asked.gaveTransactionPassword(accountID, events, now)
	var lacks *need
	for _, n := range open {
		for _, proof := range proved { // newest first
			if asked.measure(n.rule, proof, now) != lacksNothing {
				continue
			}
			if !n.rule.TransactionPassword || given {
				return satisfied(n, proof), true
			}
			if lacks == nil {
				lacks = &n
			}
		}
	}
	if lacks == nil {
		return Outcome{}, false
	}
	return Outcome{Kind: TransactionPassword, Operation: lacks.operation, Reason: reasonTransaction}, true
}

// AsksTransactionPassword reports whether the operation, where there is such a one, wants the
// transaction password at now.
func (p Policy) AsksTransactionPassword(operation string, now time.Time) bool {
	o, ok := p.Operations[operation]
	return ok && o.inForce(now).TransactionPassword
}
