package provider

import (
	"net/http"
	"strings"

	"sekisho/idp/assurance"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/clientauth"
	"sekisho/idp/device"
	"sekisho/idp/httpsafe"
	"sekisho/idp/keys"
	"sekisho/idp/signin"
	"sekisho/idp/token"
)

const devicePath = "/device_authorization"

// deviceEndpoint is "" where devices cannot be connected.
func (p *Provider) deviceEndpoint() string {
	if !p.cfg.Device.Enabled {
		return ""
	}
	return p.cfg.Issuer + devicePath
}

// deviceStore is nil where devices cannot be connected: then the token endpoint has no such grant.
func (p *Provider) deviceStore() token.DeviceStore {
	if !p.cfg.Device.Enabled {
		return nil
	}
	return p.opt.Store
}

func (p *Provider) userCodeMAC(code string) []byte {
	return p.Vault.MAC(keys.PurposeCode, []byte("device user code"), []byte(code))
}

// singleUse reports whether an acr value names an operation that is proved anew each time, by
// the policy in force or by what it will become.
func (p *Provider) singleUse(acr string) bool {
	name, operation := strings.CutPrefix(acr, assurance.OperationPrefix)
	if !operation {
		return false
	}
	rule, known := p.stops.policy().Operations[name]
	return known && (rule.Once || rule.Before != nil && rule.Before.Once)
}

func (p *Provider) deviceRoutes(clients *clientauth.Authenticator) []Route {
	if !p.cfg.Device.Enabled {
		return nil
	}
	c := p.cfg.Device
	return []Route{{devicePath, http.MethodPost, Protocol, &device.Endpoint{
		Issuer: p.cfg.Issuer, Clients: clients, Store: p.opt.Store, Rules: p.authorizationRules(), Proofs: p.proofs, SingleUse: p.singleUse,
		UserCodeMAC: p.userCodeMAC, ClientIP: httpsafe.ClientIP, Limit: rateLimit(c.Requests), Lifetime: c.Lifetime, Interval: c.Interval,
		Audit: recorder{p}, Now: p.now, Logger: p.log,
	}}}
}

// devicePages are where customers enter what a device shows.
func (p *Provider) devicePages() (routes []Route) {
	if !p.cfg.Device.Enabled {
		return nil
	}
	c := p.cfg.Device
	entry := &signin.DeviceEntry{
		Handler: p.signIn(), UserCodeMAC: p.userCodeMAC,
		Limits: throttle.DeviceEntry{Browser: rateLimit(c.EntryBrowser), Address: rateLimit(c.EntryAddress), All: rateLimit(c.EntryAll)},
	}
	for _, r := range entry.Routes() {
		routes = append(routes, Route{r.Path, r.Method, Page, r.Handler})
	}
	return routes
}
