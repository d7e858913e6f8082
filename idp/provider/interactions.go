package provider

import (
	"context"
	"net/http"

	"sekisho/idp/assurance"
	"sekisho/idp/authorize"
	"sekisho/idp/httpsafe"
	"sekisho/idp/oidc"
	"sekisho/idp/session"
	"sekisho/idp/settings"
	"sekisho/idp/signin"
)

func (p *Provider) openInteractions(context.Context) error {
	c := p.cfg
	p.sessions = &session.Sessions{
		Store: p.opt.Store, Jar: p.jar(httpsafe.SessionCookie), Now: p.now,
		Lifetimes: session.Lifetimes{Idle: c.Session.Idle, Absolute: c.Session.Absolute, Max: c.Session.MaxPerAccount},
	}
	p.browser = p.jar(httpsafe.BrowserCookie)
	p.engine = &authorize.Engine{
		Store: p.opt.Store, Clients: p.Clients, Sessions: p.sessions, Browser: p.browser,
		Policy: func() assurance.Policy { return p.policy }, Now: p.now, Fill: p.fill, Subjects: p.subjects,
		FourDigits: c.Password.Transaction.FourDigits,
		Limits: authorize.Limits{
			Interaction: c.Interaction.Lifetime, Code: c.Tokens.Code, Grant: c.Tokens.RefreshAbsolute,
			EnrolFresh: enrolFresh, Passkeys: c.Passkey.Max,
		},
	}
	p.respond = oidc.Responder{Issuer: c.Issuer, FormPost: p.formPost, Page: p.authorizationPage}
	return nil
}

func (p *Provider) signIn() *signin.Handler {
	known := p.jar(httpsafe.KnownCookie)
	known.Life = knownBrowserLife
	return &signin.Handler{
		Engine: p.engine, Store: p.opt.Store, Site: p.Site, CSRF: p.csrf, Sessions: p.sessions,
		Known:   &session.KnownBrowsers{Jar: known, MAC: p.Vault.MAC},
		Methods: p.methods, Mail: p.Composer, Stop: p.stopCodes(), Respond: p.respond, OwnPath: settings.OwnPath,
		ClientIP: httpsafe.ClientIP, Fill: p.fill, Record: p.record, Log: p.log, Now: p.now, Committed: p.Worker.Notify,
		MaxSessions: p.cfg.Session.MaxPerAccount, MaxPasskeys: p.cfg.Passkey.Max,
	}
}

func (p *Provider) authorizeEndpoint() http.Handler {
	return &authorize.Endpoint{
		Engine: p.engine, Respond: p.respond, VerifyHint: p.verifyHint, Record: p.record, Log: p.log,
		Rules: oidc.Rules{Scopes: Scopes, Development: p.issuer.Scheme == "http"},
	}
}
