package provider

import (
	"net/url"

	"sekisho/idp/httpsafe"
)

// relatedOriginsPath is fetched by browsers from the RP ID's host (WebAuthn L3 section 5.11).
const relatedOriginsPath = "/.well-known/webauthn"

// moved is what the provider answers at its former hosts. The keys stay readable there, so
// that what was signed before the move can be verified until it ends, and so does the
// document by which passkeys of the old host work at the new one.
func (p *Provider) moved() httpsafe.Moved {
	page := browserPath(p.routes)
	return httpsafe.Moved{
		Hosts: p.formerHosts(), Issuer: p.cfg.Issuer,
		Page:  func(path string) bool { return path == authorizePath || path == logoutPath || page(path) },
		Still: func(path string) bool { return path == relatedOriginsPath || path == jwksPath },
	}
}

func (p *Provider) formerHosts() []string {
	var hosts []string
	for _, o := range p.cfg.FormerIssuers {
		if u, err := url.Parse(o); err == nil { // the configuration was validated
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}
