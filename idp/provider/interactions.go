package provider

import (
	"context"
	"net/http"

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
		Policy: p.stops.policy, Now: p.now, Fill: p.fill, Subjects: p.subjects,
		FourDigits: c.Password.Transaction.FourDigits, CheckEnrolment: c.Passkey.AlwaysCheck,
		Limits: authorize.Limits{
			Interaction: c.Interaction.Lifetime, Code: c.Tokens.Code, Grant: c.Tokens.RefreshAbsolute,
			Use:        accountUse(c.AccountKinds),
			EnrolFresh: enrolFresh, Passkeys: c.Passkey.Max,
		},
	}
	p.engine.Receipts = p.approvals()
	p.askQuestions()
	p.respond = oidc.Responder{Issuer: c.Issuer, FormPost: p.formPost, Page: p.authorizationPage, Sign: p.signResponse, Now: p.now}
	return nil
}

func (p *Provider) signIn() *signin.Handler {
	return &signin.Handler{
		Engine: p.engine, Store: p.opt.Store, Site: p.Site, CSRF: p.csrf, Sessions: p.sessions,
		Known:   p.environments(),
		Methods: p.methods, Mail: p.Composer, Stop: p.stopCodes(), Respond: p.respond, OwnPath: settings.OwnPath,
		ClientIP: httpsafe.ClientIP, Fill: p.fill, Record: p.record, Log: p.log, Now: p.now, Committed: p.committed,
		MaxSessions: p.cfg.Session.MaxPerAccount, MaxPasskeys: p.cfg.Passkey.Max, OfferEvery: p.cfg.Passkey.OfferEvery, ConditionalCreate: p.cfg.Passkey.ConditionalCreate,
		Age: p.passwordAge(), MinPassword: p.cfg.Password.MinLength, Details: p.details, Logo: p.Logos.Of,
		Questions: p.questions(), NewEnvironment: authorize.EnvironmentCheck(p.cfg.NewEnvironment.Check), LostWait: p.cfg.Recovery.Hold,
	}
}

func (p *Provider) authorizeEndpoint() http.Handler {
	return &authorize.Endpoint{
		Engine: p.engine, Respond: p.respond, VerifyHint: p.verifyHint, Record: p.record, Log: p.log,
		Rules: p.authorizationRules(),
	}
}
