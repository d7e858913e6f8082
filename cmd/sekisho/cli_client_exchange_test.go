package main

import (
	"slices"
	"strings"
	"testing"
)

const exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"

const exchangeTokens = `tokens: {algorithms: [ES256, RS256], exchange: {settlement: {client: trading-api, from: [https://api.aoba-sec.co.jp], to: [https://settlement.aoba-sec.co.jp]}}}`

// exchangeConfig is the desk's with a rule of token exchange.
var exchangeConfig = strings.Replace(deskConfig, "tokens: {algorithms: [ES256, RS256]}", exchangeTokens, 1)

// An operator registers resource servers for token exchange, where the firm has a rule for it.
func TestClientsThatExchange(t *testing.T) {
	d := migratedDesk(t)
	add := []string{"client", "add", "--id", "trading-api", "--grant-type", exchangeGrant, "--resource-server", "https://api.aoba-sec.co.jp"}
	d.fails(2, []string{"tokens.exchange"}, add...)
	file := d.write("exchange.yaml", exchangeConfig)
	with := func(args ...string) []string { return append(args, "--config", file) }
	var c shownClient
	d.json(&c, with(add...)...)
	if m := c.Metadata; !slices.Equal(m.GrantTypes, []string{exchangeGrant}) || !slices.Equal(m.ResourceServer, []string{"https://api.aoba-sec.co.jp"}) || m.ResponseTypes != nil {
		t.Errorf("made %+v", m)
	}
	c = shownClient{}
	if d.json(&c, with("client", "update", "trading-api", "--resource-server", "https://api.aoba-sec.co.jp,https://orders.aoba-sec.co.jp")...); len(c.Metadata.ResourceServer) != 2 {
		t.Errorf("updated %+v", c.Metadata)
	}
	d.fails(2, []string{"must authenticate"}, with(append(slices.Clone(add), "--auth-method", "none")...)...)
	d.fails(2, []string{"sekisho_resource_server"}, with("client", "add", "--grant-type", exchangeGrant)...)
	d.fails(2, []string{"exchange.yaml:", "tokens.exchange.settlement.to.0", "where the token comes from"}, "config", "check", "--config", d.write("exchange.yaml", strings.Replace(exchangeConfig, "https://settlement.", "https://api.", 1)))
}
