package provider

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/clientauth"
	"sekisho/idp/httpsafe"
	"sekisho/idp/keys"
	"sekisho/idp/logout"
	"sekisho/idp/oidc"
	"sekisho/idp/settings"
	"sekisho/idp/token"
	loginui "sekisho/login-ui"
)

// recorder hands queued audit records on; it is the audit interface of every endpoint.
type recorder struct{ p *Provider }

func (r recorder) Record(ctx context.Context, rec idp.AuditRecord) { r.p.record(ctx, rec) }

func (p *Provider) openEndpoints(context.Context) error {
	if err := p.openBindings(); err != nil {
		return err
	}
	document, err := p.discoveryDocument()
	if err != nil {
		return err
	}
	p.discovery = document
	p.routes = slices.Concat(p.publicRoutes(), p.protocolRoutes(), p.registrationRoutes(), p.pageRoutes())
	protocol := map[string]bool{}
	for _, r := range p.routes {
		if r.Kind.protocol() {
			protocol[r.Path] = true
		}
	}
	refuse := refusals(p.Site, protocol)
	cors := httpsafe.CORS{
		Allowed: (&originCache{list: p.opt.Store.Clients, now: p.now}).allowed, Methods: []string{http.MethodGet, http.MethodPost},
		Headers: []string{"authorization", "content-type", "dpop"},
	}
	front := edge{
		issuer: p.issuer, trusted: p.cfg.Listen.TrustedProxies, cookies: p.cookies, log: p.log, now: p.now, refuse: refuse,
		limit: newPerAddress(rateLimit(p.cfg.Throttle.Requests), p.now), observe: p.metrics.observe(p.now), moved: p.moved(), languages: p.cfg.Languages,
	}
	with := around{refuse: refuse, cors: cors.Wrap, nonce: p.proofs.Offer, critical: whileAudited(p.Recorder.Err, refuse)}
	p.handler = withoutCertificates(p.cfg.Listen.MTLS.ProxyHeader, front.wrap(mount(p.routes, with)))
	p.openMutualTLS(front, with)
	return nil
}

func (p *Provider) publicRoutes() []Route {
	get := http.MethodGet
	var routes []Route
	discovery := oidc.ServeDocument(func() []byte { return p.discovery }, oidc.DiscoveryMaxAge)
	for _, path := range oidc.WellKnownPaths(p.issuer) {
		routes = append(routes, Route{path, get, Public, discovery})
	}
	routes = append(routes, Route{"/.well-known/oauth-protected-resource", get, Public, oidc.ServeDocument(p.protectedResource(), oidc.DiscoveryMaxAge)})
	if origins := p.cfg.Passkey.RelatedOrigins; len(origins) > 0 {
		routes = append(routes, Route{relatedOriginsPath, get, Public, oidc.ServeDocument(relatedOrigins(origins), oidc.DiscoveryMaxAge)})
	}
	return append(routes,
		Route{jwksPath, get, Public, oidc.ServeDocument(p.Ring.JWKS, oidc.DiscoveryMaxAge)},
		Route{"/assets/{file}", get, Public, p.Site.Assets()},
	)
}

func (p *Provider) protocolRoutes() []Route {
	c := p.cfg
	clients := &clientauth.Authenticator{
		Issuer: c.Issuer, Clients: p.Clients, Replay: p.opt.Store, Audit: recorder{p}, Now: p.now, Logger: p.log, ClockSkew: c.Tokens.ClockSkew,
		Keys:     p.clientKeys,
		Throttle: &clientauth.FailureLimiter{Limit: clientFailures, Now: p.now}, Authorities: p.authorities,
	}
	minter := &token.Minter{Keys: p.Ring, Issuer: c.Issuer, Lifetimes: token.Lifetimes{
		AccessToken: c.Tokens.Access, IDToken: c.Tokens.IDToken, RefreshIdle: c.Tokens.RefreshIdle, Grace: c.Tokens.RefreshGrace,
	}, Subjects: p.subjects}
	claims := &token.Accounts{Store: p.opt.Store}
	verifier := &token.Verifier{Keys: p.Ring, Issuer: c.Issuer, Store: p.opt.Store, Clients: p.Clients, Now: p.now, Proofs: p.proofs, Subjects: p.subjects}
	userinfo := &token.UserInfo{Verifier: verifier, Claims: claims, Audit: recorder{p}, Logger: p.log}
	post := http.MethodPost
	routes := append(p.deviceRoutes(clients), []Route{
		{pushedPath, post, Protocol, p.pushedEndpoint(clients)},
		{tokenPath, post, Protocol, &token.Endpoint{Clients: clients, Store: p.opt.Store, Minter: minter, Claims: claims, Audit: recorder{p}, Now: p.now, Logger: p.log, Proofs: p.proofs, Exchange: p.exchange(verifier), Devices: p.deviceStore()}},
		{introspectPath, post, Server, &token.Introspection{Clients: clients, Verifier: verifier, Audit: recorder{p}, Logger: p.log, Signer: p.Ring}},
		{revokePath, post, Protocol, &token.Revocation{Clients: clients, Verifier: verifier, Store: p.opt.Store, Now: p.now, Logger: p.log, Fill: p.fill}},
		{userinfoPath, http.MethodGet, Protocol, userinfo},
		{userinfoPath, post, Protocol, userinfo},
		{withdrawalPath, post, Server, p.withdrawals(verifier)},
	}...)
	if p.redemptionEndpoint() != "" {
		redemption := &token.Redemption{Clients: clients, Verifier: verifier, Store: p.opt.Store, Fill: p.fill, Audit: recorder{p}, Logger: p.log}
		routes = append(routes, Route{redeemPath, post, Server, redemption})
	}
	return routes
}

func (p *Provider) pageRoutes() []Route {
	get, post := http.MethodGet, http.MethodPost
	authorization := p.authorizeEndpoint()
	ending := &logout.Handler{
		Path: logoutPath, Sessions: p.sessions, Clients: p.Clients, Store: p.opt.Store, VerifyHint: p.verifyHint, Subjects: p.subjects,
		Frames: p.frames, Committed: p.committed,
		Pages: logoutPages{p}, CSRF: p.csrf, Cookies: p.cookies, Fill: p.fill, Now: p.now, Log: p.log,
	}
	routes := []Route{
		{authorizePath, get, Entry, authorization},
		{authorizePath, post, Entry, authorization},
		{logoutPath, get, Entry, http.HandlerFunc(ending.Endpoint)},
		{logoutPath, post, Entry, http.HandlerFunc(ending.Endpoint)},
		{logoutPath + "/confirm", post, Page, http.HandlerFunc(ending.Confirm)},
		{"/", get, Page, http.HandlerFunc(p.home)},
		{"/help/signin", get, Page, p.static(func(f loginui.Frame) loginui.Page { return loginui.Help{Frame: f} })},
		{"/help/environments", get, Page, p.static(func(f loginui.Frame) loginui.Page { return loginui.Environments{Frame: f} })},
	}
	for _, r := range p.signIn().Routes() {
		kind := Page
		if r.JSON {
			kind = Script
		}
		routes = append(routes, Route{"/interaction/{id}" + r.Path, r.Method, kind, r.Handler})
	}
	for _, r := range p.settingsHandler().Routes() {
		routes = append(routes, Route{r.Path, r.Method, Page, r.Handler})
	}
	return slices.Concat(routes, p.recoveryRoutes(), p.reissueRoutes(), p.tryRoutes(), p.devicePages())
}

func (p *Provider) settingsHandler() *settings.Handler {
	return &settings.Handler{
		Engine: p.engine, Store: p.opt.Store, Accounts: p.opt.Store, Site: p.Site, CSRF: p.csrf, Sessions: p.sessions,
		Passwords: p.methods.Password, TOTP: p.methods.TOTP, Passkeys: p.methods.Passkey, Invitation: p.invitations,
		Throttle: p.methods.Throttle, Mail: p.Composer, Stop: p.stopCodes(), ClientIP: httpsafe.ClientIP, Fill: p.fill, Record: p.record,
		Log: p.log, Now: p.now, Committed: p.committed, Logout: p.endSession, LogoutAll: p.endSessions, Issuer: p.cfg.Issuer, MaxPasskeys: p.cfg.Passkey.Max, MinPassword: p.cfg.Password.MinLength,
		Transaction: p.ownTransaction(), ChangeAsks: p.changeAsks, Contact: p.contact(),
		RecoveryCodes: p.recoveryCodes(), OperationName: p.operationName, Age: p.passwordAge(),
		Environments: p.environments(), Questions: p.questions(), Letters: p.Letters(), Details: p.details,
	}
}

// verifyHint accepts any genuine ID token of this issuer, expired or signed by a retired
// key (AZ-21, LO-03, DJ-04).
func (p *Provider) verifyHint(raw string) (oidc.IDTokenHint, error) {
	return oidc.VerifyIDTokenHint(raw, p.cfg.Issuer, func(jws string) ([]byte, error) {
		return p.Ring.Verify(keys.KindIDToken, jws)
	})
}

// discoveryDocument is generated from what is wired here.
func (p *Provider) discoveryDocument() ([]byte, error) {
	issuer := p.cfg.Issuer
	acr := p.levels()
	for _, name := range slices.Sorted(maps.Keys(p.policy.Operations)) {
		acr = append(acr, assurance.OperationPrefix+name)
	}
	return oidc.Discovery(oidc.DiscoveryFacts{
		Issuer: issuer, Authorization: issuer + authorizePath, Token: issuer + tokenPath, JWKS: issuer + jwksPath,
		UserInfo: issuer + userinfoPath, Introspection: issuer + introspectPath, Revocation: issuer + revokePath, EndSession: issuer + logoutPath,
		Scopes: Scopes, Claims: token.StandardClaims(), ACRValues: acr, GrantTypes: p.grantTypes(),
		AuthMethods:              p.authMethods(idp.AuthNone, idp.AuthClientSecretBasic, idp.AuthClientSecretPost, idp.AuthPrivateKeyJWT),
		IntrospectionAuthMethods: p.authMethods(idp.AuthClientSecretBasic, idp.AuthClientSecretPost, idp.AuthPrivateKeyJWT),
		AssertionAlgs:            clientauth.Algorithms(), IDTokenAlgs: p.Ring.Algorithms(), UserInfoAlgs: p.Ring.Algorithms(),
		UILocales: p.cfg.Languages, DPoPAlgs: oidc.DPoPAlgorithms(), MutualTLS: p.cfg.Listen.MTLS.Origin, RequestFacts: p.requestFacts(),
		BackChannelLogout: true, FrontChannelLogout: true,
		Registration: p.registrationEndpoint(),
		Device:       p.deviceEndpoint(),
	})
}

// levels are those that somebody can reach here: hardware counts where the firm trusts the
// attestation of some.
func (p *Provider) levels() []string {
	return slices.DeleteFunc(assurance.ACRValues(), func(acr string) bool {
		return acr == assurance.PhishingResistantHardware.ACR() && !p.hardware
	})
}

// relatedOrigins is the document by which browsers let other origins use the RP ID
// (WebAuthn L3 section 5.11). It is absent unless a firm configures it (PA-13).
func relatedOrigins(origins []string) func() []byte {
	body, err := json.Marshal(map[string][]string{"origins": origins})
	if err != nil {
		panic("provider: origins are plain strings: " + err.Error())
	}
	return func() []byte { return body }
}
