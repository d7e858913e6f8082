package provider

import (
	"sekisho/config"
	"sekisho/idp/assurance"
	"sekisho/idp/authn/recoverycode"
	"sekisho/idp/httpsafe"
	"sekisho/idp/recovery"
)

func (p *Provider) recoveryCodes() *recoverycode.Service {
	return &recoverycode.Service{Store: p.opt.Store, Vault: p.Vault, Now: p.now}
}

func (p *Provider) recoveryRoutes() []Route {
	p.recovery = &recovery.Handler{
		Engine: p.engine, Store: p.opt.Store, Site: p.Site, CSRF: p.csrf, Codes: p.methods.Codes, Recovery: p.recoveryCodes(),
		TOTP: p.methods.TOTP, Passkeys: p.methods.Passkey, Passwords: p.methods.Password, Throttle: p.methods.Throttle,
		Mail: p.Composer, Errands: p.errands(), ClientIP: httpsafe.ClientIP, Fill: p.fill, Record: p.record, Log: p.log, Now: p.now,
		Committed: p.committed, Policy: func() assurance.Policy { return p.policy },
		Hold: p.cfg.Recovery.Hold, MailWaits: p.cfg.NewEnvironment.Check != config.CheckNone, MinPassword: p.cfg.Password.MinLength,
		Questions: p.questions(),
	}
	var routes []Route
	for _, r := range p.recovery.Routes() {
		kind := Page
		if r.JSON {
			kind = Script
		}
		routes = append(routes, Route{r.Path, r.Method, kind, r.Handler})
	}
	return routes
}
