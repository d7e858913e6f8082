package provider

import (
	"net/http"
	"slices"
	"strings"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/fetch"
	"sekisho/idp/oidc"
	"sekisho/idp/register"
)

// fetchOptions say how addresses that clients registered are fetched.
func (p *Provider) fetchOptions() fetch.Options {
	o := p.opt.Fetch
	o.Allowed = slices.Concat(o.Allowed, p.cfg.Outbound.AllowedNetworks)
	return o
}

// registrationEndpoint is "" where clients cannot register themselves.
func (p *Provider) registrationEndpoint() string {
	if !p.cfg.Registration.Enabled() {
		return ""
	}
	return p.cfg.Issuer + registerPath
}

func (p *Provider) registrationRoutes() []Route {
	c := p.cfg.Registration
	if !c.Enabled() {
		return nil
	}
	h := &register.Handler{
		URL: p.registrationEndpoint(), Rules: MetadataRules(p.cfg), Store: p.opt.Store, Fetch: fetch.New(p.fetchOptions()),
		Policy: register.Policy{
			Open: c.Policy == config.RegistrationOpen, Profile: idp.ClientProfile(c.Profile), Scopes: c.Scopes, Resources: c.Resources,
			MaxClients: c.MaxClients, RequireStatement: c.RequireStatement,
		},
		Now: p.now, Log: p.log, Record: p.record, Fill: p.fill, Changed: p.Clients.Poll, Picture: p.Logos.Want,
	}
	if len(c.Statements) > 0 {
		h.Statements = &register.Statements{Issuers: map[string]string{}, Keys: p.clientKeys, Now: p.now}
		for _, s := range c.Statements {
			h.Statements.Issuers[s.Issuer] = s.JWKSURI
		}
	}
	slowed := newPerAddress(rateLimit(c.Rate), p.now).wrap(plainRefusals(map[string]bool{registerPath: true}))
	own := registerPath + "/{id}"
	return []Route{
		{registerPath, http.MethodPost, Server, slowed(http.HandlerFunc(h.Register))},
		{own, http.MethodGet, Server, slowed(http.HandlerFunc(h.Read))},
		{own, http.MethodPut, Server, slowed(http.HandlerFunc(h.Update))},
		{own, http.MethodDelete, Server, slowed(http.HandlerFunc(h.Delete))},
	}
}

// isProtocol reports whether a path is a protocol endpoint's: one of the table's, or a
// client's registration.
func isProtocol(paths map[string]bool, path string) bool {
	return paths[path] || paths[registerPath] && strings.HasPrefix(path, registerPath+"/")
}

// resourceScopes are those that ask for something of a resource; a longer life is none.
func resourceScopes() []string {
	return slices.DeleteFunc(slices.Clone(Scopes), func(scope string) bool { return scope == oidc.ScopeOfflineAccess })
}

// protectedResource is the document about userinfo as a resource (RFC 9728).
func (p *Provider) protectedResource() func() []byte {
	document, err := oidc.ProtectedResource(oidc.DiscoveryFacts{
		Issuer: p.cfg.Issuer, JWKS: p.cfg.Issuer + jwksPath, Scopes: resourceScopes(), UserInfoAlgs: p.Ring.Algorithms(),
		DPoPAlgs: oidc.DPoPAlgorithms(), MutualTLS: p.cfg.Listen.MTLS.Origin,
	})
	if err != nil {
		panic("provider: the facts are plain strings: " + err.Error())
	}
	return func() []byte { return document }
}
