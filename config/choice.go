package config

import (
	"maps"
	"slices"
	"strings"
)

// checkChoices: a choice that cannot be made or that would undo what it belongs to is a
// mistake in the rule.
func (c *Config) checkChoices() (problems Problems) {
	rules := c.rules()
	for _, key := range slices.Sorted(maps.Keys(rules)) {
		o, at := rules[key], key+".choices"
		signIn := strings.HasPrefix(key, "assurance.sign_in")
		switch {
		case o.TransactionOr != "" && !o.TransactionPassword:
			problems.add(key+".transaction_or", "is set although transaction_password is not", "leave it out, or ask for the transaction password")
		case signIn && slices.Contains(o.Choices, "none"):
			problems.add(at, "offers none, but signing in is the least there is", "leave none out")
		case signIn && slices.Contains(o.Choices, "transaction_password"):
			problems.add(at, "offers transaction_password, but signing in never asks for it", "leave it out")
		case slices.Contains(o.Choices, "transaction_password") && !c.Password.Transaction.Enabled:
			problems.add(at, "offers transaction_password although password.transaction.enabled is not set", "enable it, or leave this out")
		case len(o.Choices) > 0 && (key == authenticatorChange || strings.HasPrefix(key, authenticatorChange+".")):
			problems.add(at, "is set, but changing an authenticator always asks for the strongest one the customer has", "leave it out")
		}
	}
	if _, taken := c.Assurance.Operations["sign_in"]; taken {
		problems.add("assurance.operations.sign_in", "is the name of the rule for signing in", "choose another name")
	}
	return problems
}
