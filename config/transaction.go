package config

import (
	"maps"
	"slices"
	"strings"
)

// TransactionPassword is the policy for the second password of a customer. How it is
// hashed and which words it must not be built on is said for login passwords.
type TransactionPassword struct {
	Enabled    bool     `koanf:"enabled" doc:"Whether customers have a transaction password at all. Operations ask for it by transaction_password."`
	MinLength  int      `koanf:"min_length" validate:"min=6,max=64" doc:"Least number of characters of a new one (Unicode code points)."`
	Classes    []string `koanf:"classes" validate:"unique,dive,oneof=lower upper digit symbol" doc:"Kinds of characters that must appear in a new one: lower, upper, digit, symbol."`
	Symbols    string   `koanf:"symbols" doc:"Which characters count as symbols; empty: all that are neither letter nor digit."`
	MinScore   int      `koanf:"min_score" validate:"min=0,max=4" doc:"Least strength of a new one by estimate, 0 to 4; 0 switches the estimate off."`
	FourDigits bool     `koanf:"four_digits" doc:"Whether one of four digits that a customer still has is taken; the customer is told to change it. Off: it has to be changed at its next use. A new one never has four digits."`
}

// authenticatorChange is the operation of the provider's own pages, which ask for the
// strongest authenticator of the account and nothing else.
const authenticatorChange = "assurance.operations.authenticator_change"

// checkTransactionPassword: an operation that asks for what nobody can have would be shut,
// and a password beside signing in would be a second login password.
func (c *Config) checkTransactionPassword() (problems Problems) {
	rules := c.rules()
	for _, key := range slices.Sorted(maps.Keys(rules)) {
		at := key + ".transaction_password"
		switch {
		case !rules[key].TransactionPassword:
		case strings.HasPrefix(key, "assurance.sign_in"):
			problems.add(at, "is set, but signing in never asks for it", "set it at the operations that are to ask")
		case key == authenticatorChange || strings.HasPrefix(key, authenticatorChange+"."):
			problems.add(at, "is set, but changing an authenticator asks for the strongest one the customer has", "leave it out")
		case !c.Password.Transaction.Enabled:
			problems.add(at, "is set although password.transaction.enabled is not", "enable it, or leave this out")
		}
	}
	return problems
}
