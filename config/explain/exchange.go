package explain

import (
	"maps"
	"slices"
)

// exchange tells which servers may go on for a customer at which others.
func (t *teller) exchange() {
	for _, name := range slices.Sorted(maps.Keys(t.c.Tokens.Exchange)) {
		rule := t.c.Tokens.Exchange[name]
		t.tell("exchange.rule", "Client", rule.Client, "From", t.list(rule.From), "To", t.list(rule.To))
		t.either(len(rule.Scopes) > 0, "exchange.scopes", "exchange.no_scopes", "Scopes", t.list(rule.Scopes))
		t.either(rule.Lifetime > 0, "exchange.lifetime", "exchange.no_lifetime", "For", t.duration(rule.Lifetime))
		t.either(rule.Unbound, "exchange.unbound", "exchange.bound")
	}
}
