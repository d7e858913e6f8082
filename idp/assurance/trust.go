package assurance

import (
	"time"

	"sekisho/idp"
)

// WantsTrust reports whether the operation, named as in Outcome, excludes what is still
// cooling off at now: a new passkey, and a first transaction password set by a weak proof.
// An operation that respects the hold after a recovery is as much worth stealing for.
func (p Policy) WantsTrust(operation string, now time.Time) bool {
	rule, known := p.Operations[operation]
	if !known {
		return false
	}
	rule = rule.inForce(now)
	return rule.TrustedPasskey || rule.RespectHold
}

// Recent is the strongest level that events proved within age of now; the zero value when
// none did. It is what an authenticator added now rests on.
func Recent(accountID string, events []idp.AuthenticationEvent, age time.Duration, now time.Time) Achieved {
	var best Achieved
	for _, a := range Achieve(accountID, events) {
		if now.Sub(a.AuthTime) <= age && a.Level > best.Level {
			best = a
		}
	}
	return best
}
