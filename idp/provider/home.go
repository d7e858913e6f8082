package provider

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/httpsafe"
	"sekisho/idp/oidc"
	loginui "sekisho/login-ui"
)

// TryClient is the public client of the page on which a sign-in can be tried. The page is
// there in development, where this client is registered; a demonstration registers it.
const TryClient = "try-it"

const tryPath = "/try"

// TryMetadata is what TryClient is registered with.
func TryMetadata(c *config.Config) idp.ClientMetadata {
	return idp.ClientMetadata{
		ClientName: "Try it", ClientNameJA: "おためし", RedirectURIs: []string{c.Issuer + tryPath}, TokenEndpointAuthMethod: idp.AuthNone,
		GrantTypes: []string{oidc.GrantAuthorizationCode}, Scope: "openid profile email", ClientProfile: idp.ProfileOAuth21, FirstParty: true,
	}
}

// home is the page at the issuer's root: customers' ways first, then what developers need,
// read from the metadata document, the policy in force and the error codes (DJ-02).
func (p *Provider) home(w http.ResponseWriter, r *http.Request) {
	frame := loginui.Frame{Lang: loginui.Lang(r, nil)}
	groups, err := loginui.Members(p.discovery)
	if err == nil {
		var examples []loginui.Example
		if examples, err = p.examples(); err == nil {
			page := loginui.Home{Frame: frame, Devices: p.cfg.Device.Enabled, Integration: &loginui.Integration{
				Discovery: p.cfg.Issuer + oidc.WellKnownPaths(p.issuer)[0], Groups: groups, Levels: p.levels(),
				Operations: operationRules(p.stops.policy(), p.now()), Examples: examples,
			}}
			for _, code := range oidc.ErrorCodes() {
				page.Integration.Errors = append(page.Integration.Errors, string(code))
			}
			if p.tryable(r) {
				page.Integration.TryHref = tryPath
			}
			p.Site.Render(w, r, http.StatusOK, page)
			return
		}
	}
	p.log.ErrorContext(r.Context(), "page for developers not made", "error", err)
	p.Site.Render(w, r, http.StatusInternalServerError, loginui.Error{Frame: frame, Code: loginui.ErrorFailed, Reference: httpsafe.RequestID(r.Context())})
}

// operationRules are the firm's rules in force now, as a developer needs to know them.
func operationRules(policy assurance.Policy, now time.Time) []loginui.OperationRule {
	var out []loginui.OperationRule
	for _, name := range slices.Sorted(maps.Keys(policy.Operations)) {
		rule, _ := policy.Rule(name, now)
		out = append(out, loginui.OperationRule{
			ACR: assurance.OperationPrefix + name, Level: rule.Level.ACR(), MaxAge: rule.MaxAge, Once: rule.Once, Denied: rule.Deny || policy.SignIn.Deny,
			TransactionPassword: rule.TransactionPassword, TrustedPasskey: rule.TrustedPasskey, RespectHold: rule.RespectHold,
		})
	}
	return out
}

// tryable reports whether a sign-in can be tried here.
func (p *Provider) tryable(r *http.Request) bool {
	if p.cfg.Mode != config.Development {
		return false
	}
	client, err := p.Clients.Client(r.Context(), TryClient)
	return err == nil && slices.Contains(client.Metadata.RedirectURIs, p.cfg.Issuer+tryPath)
}

// tryRoutes are empty in production: the page does not exist there.
func (p *Provider) tryRoutes() []Route {
	if p.cfg.Mode != config.Development {
		return nil
	}
	return []Route{{tryPath, http.MethodGet, Page, http.HandlerFunc(p.try)}}
}

func (p *Provider) try(w http.ResponseWriter, r *http.Request) {
	frame := loginui.Frame{Lang: loginui.Lang(r, nil)}
	if !p.tryable(r) {
		p.Site.Render(w, r, http.StatusNotFound, loginui.Error{Frame: frame, Code: loginui.ErrorNotFound, Reference: httpsafe.RequestID(r.Context())})
		return
	}
	page := loginui.Try{
		Frame: frame, ClientID: TryClient, RedirectURI: p.cfg.Issuer + tryPath, Authorization: p.cfg.Issuer + authorizePath, Token: p.cfg.Issuer + tokenPath,
		ACRValues: p.levels(), Claims: loginui.TryClaims(),
	}
	for _, rule := range operationRules(p.stops.policy(), p.now()) {
		page.ACRValues = append(page.ACRValues, rule.ACR)
	}
	p.Site.Render(w, r, http.StatusOK, page)
}
