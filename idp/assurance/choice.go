package assurance

import (
	"maps"
	"slices"
	"time"

	"sekisho/idp"
)

// Bounds say what a customer may choose for an operation (B7). The zero value: nothing.
type Bounds struct {
	TOTP, Passkey, Anew, TransactionPassword bool // more than the rule
	None                                     bool // nothing beyond signing in
}

// AuthenticatorChange is the provider's own operation. It asks for the strongest the
// account has, so there is nothing to choose, and a choice that cannot be met must not
// shut the very pages where it is taken back.
const AuthenticatorChange = "authenticator_change"

// Chosen is the policy as it holds for a customer with these choices. No rule of it asks
// for less than Least of the firm's. The receiver is not touched.
func (p Policy) Chosen(choices idp.FactorChoices) Policy {
	if len(choices) == 0 {
		return p
	}
	age := p.SignIn.shortestAge()
	p.SignIn = p.SignIn.chosen(signingIn(choices[idp.SignInChoice]), age)
	p.Operations = maps.Clone(p.Operations)
	for name, rule := range p.Operations {
		if c, ok := choices[name]; ok && name != AuthenticatorChange && name != idp.SignInChoice {
			p.Operations[name] = rule.chosen(c, age)
		}
	}
	return p
}

// signingIn is a choice as far as it can be one about signing in, which is itself the least
// there is and never asks for the transaction password.
func signingIn(c idp.FactorChoice) idp.FactorChoice {
	if c.TransactionPassword = false; c.Factor == idp.FactorNone {
		c.Factor = idp.FactorFirm
	}
	return c
}

// Least is the policy at the loosest choices the firm's bounds allow.
func (p Policy) Least() Policy {
	choices := idp.FactorChoices{}
	for name := range p.Operations {
		choices[name] = idp.FactorChoice{Factor: idp.FactorNone}
	}
	return p.Chosen(choices)
}

// chosen applies a choice to every rule of the chain, the one until a date included. What
// asks for more is kept although the firm offers it no longer: a customer's protection is
// never dropped unasked. What asks for less counts only while the firm allows it, and the
// transaction password only where the firm has one to ask for.
func (o OperationPolicy) chosen(c idp.FactorChoice, signInAge time.Duration) OperationPolicy {
	if o.Before != nil {
		before := o.Before.chosen(c, signInAge)
		o.Before = &before
	}
	switch c.Factor {
	case idp.FactorNone:
		if o.Bounds.None {
			o = o.waived(signInAge)
		}
	case idp.FactorTOTP:
		o.Level = max(o.Level, MFA)
	case idp.FactorPasskey:
		o.Level = max(o.Level, PhishingResistant)
	}
	o.Once = o.Once || c.Anew
	if c.TransactionPassword && o.Bounds.TransactionPassword {
		o.TransactionPassword, o.TransactionOr = true, None
	}
	return o
}

// waived asks for nothing beyond signing in. What the firm's desk or a recovery holds back
// stays held back.
func (o OperationPolicy) waived(signInAge time.Duration) OperationPolicy {
	o.Level, o.Once, o.TransactionPassword, o.TransactionOr = None, false, false, None
	if o.MaxAge > 0 && signInAge > 0 {
		o.MaxAge = max(o.MaxAge, signInAge)
	} else {
		o.MaxAge = 0
	}
	return o
}

// shortestAge is the strictest limit of the chain; 0: there is none.
func (o OperationPolicy) shortestAge() time.Duration {
	age := o.MaxAge
	for b := o.Before; b != nil; b = b.Before {
		if b.MaxAge > 0 && (age == 0 || b.MaxAge < age) {
			age = b.MaxAge
		}
	}
	return age
}

// weaker reports whether some rule of the chain asks for less than its counterpart in b.
func (o OperationPolicy) weaker(b OperationPolicy) bool {
	if o.Level < b.Level || b.Once && !o.Once || b.TransactionPassword && !o.TransactionPassword ||
		b.alwaysTransaction() && !o.alwaysTransaction() || b.MaxAge > 0 && (o.MaxAge == 0 || o.MaxAge > b.MaxAge) {
		return true
	}
	return o.Before != nil && b.Before != nil && o.Before.weaker(*b.Before)
}

// rule is the firm's chain of rules for an operation or for signing in.
func (p Policy) rule(operation string) (OperationPolicy, bool) {
	if operation == idp.SignInChoice {
		return p.SignIn, true
	}
	o, ok := p.Operations[operation]
	return o, ok && operation != AuthenticatorChange
}

// Rule is what applies to an operation, or to signing in, at now; false when there is no
// such operation or nothing about it to choose.
func (p Policy) Rule(operation string, now time.Time) (OperationPolicy, bool) {
	o, ok := p.rule(operation)
	o = o.inForce(now)
	o.Level = max(o.Level, p.SignIn.inForce(now).Level)
	return o, ok
}

// Loosens reports whether a customer who moves from one choice to another is asked for
// less, now or at another time of the rule's dates.
func (p Policy) Loosens(operation string, from, to idp.FactorChoice) bool {
	o, ok := p.rule(operation)
	age := p.SignIn.shortestAge()
	return ok && o.chosen(to, age).weaker(o.chosen(from, age))
}

// Allows reports whether the bounds in force at now let a customer make the choice.
func (p Policy) Allows(operation string, c idp.FactorChoice, now time.Time) bool {
	o, ok := p.Rule(operation, now)
	if !ok || c.Anew && !o.Bounds.Anew || c.TransactionPassword && !o.Bounds.TransactionPassword {
		return false
	}
	switch c.Factor {
	case idp.FactorFirm:
		return true
	case idp.FactorNone:
		return o.Bounds.None && operation != idp.SignInChoice
	case idp.FactorTOTP:
		return o.Bounds.TOTP
	case idp.FactorPasskey:
		return o.Bounds.Passkey
	}
	return false
}

// Reaches reports whether the account holds something that can prove the level.
func (p Policy) Reaches(h Holdings, level Level) bool {
	return len(p.within(h, OperationPolicy{Level: level}).methods()) > 0
}

// ChosenLevel is the level a factor stands for; None for those that ask for no more.
func ChosenLevel(factor string) Level {
	switch factor {
	case idp.FactorTOTP:
		return MFA
	case idp.FactorPasskey:
		return PhishingResistant
	}
	return None
}

// Stranded lists the operations whose choice asks for what an account with these holdings
// cannot prove, in order of their names.
func (p Policy) Stranded(choices idp.FactorChoices, h Holdings) []string {
	var out []string
	for name, c := range choices {
		if level := ChosenLevel(c.Factor); level != None && !p.Reaches(h, level) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
