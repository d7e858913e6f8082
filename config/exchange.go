package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Exchange is one rule of token exchange (RFC 8693): which resource server may hand
// customers' requests on, and to which other one.
type Exchange struct {
	Client   string        `koanf:"client" validate:"required" doc:"The client_id of the resource server that hands on. It is registered for the grant type, and as the resource server of what from names."`
	From     []string      `koanf:"from" validate:"min=1,unique,dive,required" doc:"Its own resources. The customer's token must be for one of them."`
	To       []string      `koanf:"to" validate:"min=1,unique,dive,required" doc:"The resources it may get tokens for, one at a time. A client has one rule for each."`
	Scopes   []string      `koanf:"scopes" validate:"unique,dive,oneof=profile email phone address" doc:"The most such a token may have of the scopes of the customer's token. None: it has none."`
	Lifetime time.Duration `koanf:"lifetime" validate:"omitempty,min=10s,max=1h" doc:"The longest such a token lives. It never lives longer than the customer's token, or than other tokens of the client. 0s: no limit of its own."`
	Unbound  bool          `koanf:"unbound" doc:"Whether a bearer token may be given for a customer's token that is bound to a key. Never for tokens of clients of the profile fapi2."`
}

// ExchangeOffered reports whether there is any rule, and with it the grant type.
func (t Tokens) ExchangeOffered() bool { return len(t.Exchange) > 0 }

// checkExchange: a client and a target decide on one rule, and no rule leads back to where
// the token came from, or to the provider itself.
func (c *Config) checkExchange() (problems Problems) {
	leads := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.Tokens.Exchange)) {
		rule, key := c.Tokens.Exchange[name], "tokens.exchange."+name
		if !mapKey(name) {
			problems.add(key, "is not a usable name", "use lower-case letters, digits and single underscores")
		}
		for list, resources := range map[string][]string{"from": rule.From, "to": rule.To} {
			for i, resource := range resources {
				if at := fmt.Sprintf("%s.%s.%d", key, list, i); !isResource(resource) {
					problems.add(at, fmt.Sprintf("%q is no absolute URI without fragment", resource), "write the resource as the clients' registrations do")
				} else if resource == c.Issuer {
					problems.add(at, "is the provider itself", "name a resource of another server")
				}
			}
		}
		for i, to := range rule.To {
			at := fmt.Sprintf("%s.to.%d", key, i)
			if slices.Contains(rule.From, to) {
				problems.add(at, "is where the token comes from", "name another resource")
			}
			way := rule.Client + " " + to
			if other, taken := leads[way]; taken && other != name {
				problems.add(at, fmt.Sprintf("is a target of the rule %s for the same client already", other), "put it into one of the rules")
			}
			leads[way] = name
		}
	}
	slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Key, b.Key) })
	return problems
}

// isResource is what a resource indicator may be (RFC 8707 section 2).
func isResource(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && (u.Host != "" || u.Opaque != "") && !strings.ContainsAny(s, "# ")
}
