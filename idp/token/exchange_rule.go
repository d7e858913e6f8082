package token

import (
	"slices"
	"time"

	"sekisho/idp"
)

// ExchangeRule is one rule of the firm: a resource server that may hand customers' requests
// on to another one (RFC 8693). There is one rule at most for a client and a target.
type ExchangeRule struct {
	Name     string
	Client   string
	From     []string      // resources of the client; the subject token was for one of them
	To       []string      // resources that the new token may be for, one at a time
	Scopes   []string      // the most it may have
	Lifetime time.Duration // the longest it may live; 0: like the client's other tokens
	// Unbound: a bearer token may be given for one that was bound to a key.
	Unbound bool
}

// Exchange is what the token exchange grant goes by; without rules it does not exist.
type Exchange struct {
	Rules    []ExchangeRule
	Verifier *Verifier
	// Final reports whether a proof ends with the token that was made for it: that of an
	// operation which is proved anew for each act, or is not to be done now.
	Final func(acr string) bool
}

// offered reports whether there is token exchange at all.
func (x *Exchange) offered() bool { return x != nil && len(x.Rules) > 0 }

// of are the client's rules.
func (x *Exchange) of(client *idp.Client) (rules []ExchangeRule) {
	for _, rule := range x.Rules {
		if rule.Client == client.ID {
			rules = append(rules, rule)
		}
	}
	return rules
}

// meant are the resources by which a token was meant for the client under the rule: the
// rule's, as far as the client is registered as their resource server.
func (rule ExchangeRule) meant(client *idp.Client) []string {
	return slices.DeleteFunc(slices.Clone(rule.From), func(resource string) bool {
		return !slices.Contains(client.Metadata.ResourceServer, resource)
	})
}

// scopesOf are those of a token's scopes that the rule lets pass. openid and offline_access
// never do: there is neither an ID token nor a refresh token at the end of an exchange.
func (rule ExchangeRule) scopesOf(held []string) []string {
	return slices.DeleteFunc(slices.Clone(held), func(scope string) bool {
		return !slices.Contains(rule.Scopes, scope) || scope == scopeOpenID || scope == scopeOfflineAccess
	})
}
