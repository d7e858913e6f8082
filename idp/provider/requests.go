package provider

import (
	"net/http"

	"sekisho/idp/clientauth"
	"sekisho/idp/keys"
	"sekisho/idp/oidc"
	"sekisho/idp/par"
)

// authorizationRules hold for every authorization request, through the browser or pushed.
func (p *Provider) authorizationRules() oidc.Rules {
	return oidc.Rules{
		Scopes: Scopes, Development: p.issuer.Scheme == "http", RequirePushed: p.cfg.Tokens.RequirePushed,
		Details: p.details, Pushed: &par.Requests{Store: p.opt.Store, Now: p.now},
		Objects: oidc.ObjectRules{Signatures: p.clientKeys, Issuer: p.cfg.Issuer, Now: p.now, ClockSkew: p.cfg.Tokens.ClockSkew},
	}
}

func (p *Provider) pushedEndpoint(clients *clientauth.Authenticator) http.Handler {
	return &par.Endpoint{
		Clients: clients, Store: p.opt.Store, Rules: p.authorizationRules(), Proofs: p.proofs, VerifyHint: p.verifyHint,
		Limit: rateLimit(p.cfg.Throttle.PushedRequests), Lifetime: p.cfg.Tokens.PushedRequest, Audit: recorder{p}, Now: p.now, Logger: p.log,
	}
}

// signResponse signs an authorization response (JARM).
func (p *Provider) signResponse(alg string, claims any) (string, error) {
	return p.Ring.Sign(alg, keys.KindAuthorizationResponse, claims)
}

func (p *Provider) requestFacts() oidc.RequestFacts {
	return oidc.RequestFacts{
		PushedRequests: p.cfg.Issuer + pushedPath, RequirePushed: p.cfg.Tokens.RequirePushed,
		RequestObjectAlgs: oidc.RequestObjectAlgorithms(), ResponseAlgs: p.Ring.Algorithms(), IntrospectionAlgs: p.Ring.Algorithms(),
		DetailTypes: p.details.Names(), Redemption: p.redemptionEndpoint(),
	}
}
