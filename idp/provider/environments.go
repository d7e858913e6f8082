package provider

import (
	"sekisho/idp/environment"
	"sekisho/idp/httpsafe"
)

// environments is how browsers are recognised; sign-in and the customer's own pages share it.
func (p *Provider) environments() *environment.Browsers {
	jar := p.jar(httpsafe.KnownCookie)
	jar.Life = knownBrowserLife
	return &environment.Browsers{
		Store: p.opt.Store, Jar: jar, MAC: p.Vault.MAC, ClientIP: httpsafe.ClientIP, Now: p.now, Life: knownBrowserLife,
	}
}
