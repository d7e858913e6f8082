package config

import (
	"testing"
	"time"
)

func TestExchangeConfiguration(t *testing.T) {
	good := Exchange{Client: "trading", From: []string{"https://api.example"}, To: []string{"https://settlement.example"}, Scopes: []string{"profile"}, Lifetime: time.Minute}
	with := func(edit func(*Exchange)) func(*Config) {
		return func(c *Config) {
			rule := good
			edit(&rule)
			c.Tokens.Exchange = map[string]Exchange{"settlement": rule}
		}
	}
	for name, change := range map[string]func(*Config){
		"one rule": with(func(*Exchange) {}),
		"no limit": with(func(x *Exchange) { x.Lifetime = 0 }),
		"a urn":    with(func(x *Exchange) { x.To = []string{"urn:example:settlement"} }),
		"two clients to one target": func(c *Config) {
			other := good
			other.Client = "orders"
			c.Tokens.Exchange = map[string]Exchange{"one": good, "two": other}
		},
	} {
		c := ready()
		if change(c); c.Validate() != nil || !c.Tokens.ExchangeOffered() {
			t.Errorf("%s: %v", name, c.Validate())
		}
	}
	if ready().Tokens.ExchangeOffered() {
		t.Error("tokens are exchanged by default")
	}
	const key = "tokens.exchange.settlement"
	for name, x := range map[string]struct {
		change func(*Config)
		key    string
	}{
		"no client":          {with(func(x *Exchange) { x.Client = "" }), key + ".client"},
		"from nowhere":       {with(func(x *Exchange) { x.From = nil }), key + ".from"},
		"to nowhere":         {with(func(x *Exchange) { x.To = nil }), key + ".to"},
		"listed twice":       {with(func(x *Exchange) { x.To = append(x.To, x.To...) }), key + ".to"},
		"no address":         {with(func(x *Exchange) { x.To = []string{"settlement"} }), key + ".to.0"},
		"with a fragment":    {with(func(x *Exchange) { x.From = []string{"https://api.example/#a"} }), key + ".from.0"},
		"back to the start":  {with(func(x *Exchange) { x.To = x.From }), key + ".to.0"},
		"to the provider":    {func(c *Config) { with(func(x *Exchange) { x.To = []string{c.Issuer} })(c) }, key + ".to.0"},
		"an identity":        {with(func(x *Exchange) { x.Scopes = []string{"openid"} }), key + ".scopes.0"},
		"for ever":           {with(func(x *Exchange) { x.Scopes = []string{"offline_access"} }), key + ".scopes.0"},
		"too long":           {with(func(x *Exchange) { x.Lifetime = 2 * time.Hour }), key + ".lifetime"},
		"two rules, one way": {func(c *Config) { c.Tokens.Exchange = map[string]Exchange{"one": good, "two": good} }, "tokens.exchange.two.to.0"},
		"a name of no key":   {func(c *Config) { c.Tokens.Exchange = map[string]Exchange{"To Settlement": good} }, "tokens.exchange.To Settlement"},
	} {
		c := ready()
		x.change(c)
		err := c.Validate()
		if problems, ok := err.(Problems); !ok || len(problems) != 1 || problems[0].Key != x.key {
			t.Errorf("%s: %v, want %s", name, err, x.key)
		}
	}
}
