package provider

import (
	"maps"
	"slices"
	"strings"

	"sekisho/idp/assurance"
	"sekisho/idp/token"
)

// exchange is token exchange by the firm's rules; nil without any.
func (p *Provider) exchange(verifier *token.Verifier) *token.Exchange {
	if !p.cfg.Tokens.ExchangeOffered() {
		return nil
	}
	out := &token.Exchange{Verifier: verifier, Final: p.finalProof}
	for _, name := range slices.Sorted(maps.Keys(p.cfg.Tokens.Exchange)) {
		c := p.cfg.Tokens.Exchange[name]
		out.Rules = append(out.Rules, token.ExchangeRule{
			Name: name, Client: c.Client, From: c.From, To: c.To, Scopes: c.Scopes, Lifetime: c.Lifetime, Unbound: c.Unbound,
		})
	}
	return out
}

// finalProof reports whether a proof is for one act, which is done where its token was sent:
// a resource server takes such a token once by its jti, and an exchange would make more of
// them. An operation that is switched off, or is none any more, is not handed on either.
func (p *Provider) finalProof(acr string) bool {
	name, ok := strings.CutPrefix(acr, assurance.OperationPrefix)
	if !ok {
		return false
	}
	rule, known := p.stops.policy().Rule(name, p.now())
	return !known || rule.Once || rule.Deny
}
