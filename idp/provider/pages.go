package provider

import (
	"context"
	"errors"
	"net/http"
	"os"

	"sekisho/idp"
	"sekisho/idp/httpsafe"
	"sekisho/idp/keys"
	"sekisho/idp/logout"
	"sekisho/idp/oidc"
	loginui "sekisho/login-ui"
)

func (p *Provider) openPages(context.Context) (err error) {
	p.cookies = httpsafe.Cookies{Secure: p.issuer.Scheme == "https"}
	p.csrf = httpsafe.NewCSRF(cookieMAC{p.Vault})
	firm := p.cfg.Firm
	var mark []byte
	if firm.Mark != "" {
		if mark, err = os.ReadFile(firm.Mark); err != nil {
			return err
		}
	}
	p.Site, err = loginui.New(loginui.Options{
		Firm: loginui.Firm{
			Name: loginui.Words(firm.Name), Mark: mark, Accent: firm.Accent, AccentDark: firm.AccentDark,
			HelpLine: firm.HelpDesk.Phone, HelpHours: loginui.Words(firm.HelpDesk.Hours), AccountWord: loginui.Words(firm.AccountWord), Location: p.zone(),
		},
		Issuer: p.cfg.Issuer, Secure: p.cookies.Secure, Now: p.now, Logger: p.log,
		Keyboard:   loginui.Keyboard{Off: !p.cfg.Password.Keyboard.Enabled, Shuffle: p.cfg.Password.Keyboard.Shuffle},
		WarnBefore: p.cfg.Session.WarnBefore, Rules: passwordRules(p.cfg.Password),
	})
	return err
}

// cookieMAC is the vault under the purpose of cookies and form tokens.
type cookieMAC struct{ vault *keys.Vault }

func (m cookieMAC) MAC(parts ...[]byte) []byte { return m.vault.MAC(keys.PurposeCookie, parts...) }

func (m cookieMAC) VerifyMAC(mac []byte, parts ...[]byte) bool {
	return m.vault.VerifyMAC(keys.PurposeCookie, mac, parts...)
}

func (p *Provider) jar(name httpsafe.CookieName) httpsafe.Jar {
	return httpsafe.Jar{Cookies: p.cookies, Cookie: name}
}

// authorizationPage shows an authorization error that must not reach the relying party by
// itself: what went wrong for the customer, the protocol's words for the developer.
func (p *Provider) authorizationPage(w http.ResponseWriter, r *http.Request, e *oidc.AuthorizationError) {
	page := loginui.Error{
		Frame: loginui.Frame{Lang: loginui.Lang(r, nil)}, Code: loginui.ErrorBadRequest, Status: e.HTTPStatus(),
		Reference: httpsafe.RequestID(r.Context()), OAuthError: string(e.Code), OAuthDescription: e.Description,
	}
	switch {
	case e.Code == oidc.TemporarilyUnavailable:
		page.Code = loginui.ErrorUnavailable
	case e.Code == oidc.ServerError:
		page.Code = loginui.ErrorFailed
	case e.HoldForUser:
		page.ReturnHref = p.respond.Location(e)
	case e.Code == oidc.InvalidRequestURI:
		page.Code = loginui.ErrorExpired
	case e.ClientID == "":
		page.Code = loginui.ErrorUnknownClient
	case !e.Redirectable && e.Code != oidc.InvalidRequestObject && e.Code != oidc.RequestURINotSupported:
		page.Code = loginui.ErrorRedirectURI
	}
	p.Site.Render(w, r, e.HTTPStatus(), page)
}

// formPost renders the self-submitting response page of response_mode=form_post.
func (p *Provider) formPost(w http.ResponseWriter, r *http.Request, action string, fields [][2]string) {
	p.Site.Render(w, r, http.StatusOK, loginui.FormPost{Frame: loginui.Frame{Lang: loginui.Lang(r, nil)}, Action: action, Fields: fields})
}

// logoutPages is what idp/logout shows.
type logoutPages struct{ p *Provider }

func (l logoutPages) ConfirmLogout(w http.ResponseWriter, r *http.Request, client *idp.Client, token, formAction string) {
	f := loginui.Frame{Lang: loginui.Lang(r, nil), CSRF: token, Base: logoutPath, ClientName: clientName(client, loginui.Lang(r, nil))}
	if formAction != "" {
		f.FormAction = []string{formAction}
	}
	l.p.Site.Render(w, r, http.StatusOK, loginui.LogoutConfirm{Frame: f})
}

func (l logoutPages) LoggedOut(w http.ResponseWriter, r *http.Request, client *idp.Client) {
	lang := loginui.Lang(r, nil)
	l.p.Site.Render(w, r, http.StatusOK, loginui.LoggedOut{Frame: loginui.Frame{Lang: lang, ClientName: clientName(client, lang)}})
}

func (l logoutPages) LogoutFailed(w http.ResponseWriter, r *http.Request, status int) {
	code := loginui.ErrorLogoutRequest
	switch status {
	case http.StatusForbidden:
		code = loginui.ErrorFormExpired
	case http.StatusServiceUnavailable:
		code = loginui.ErrorUnavailable
	case http.StatusInternalServerError:
		code = loginui.ErrorFailed
	}
	l.p.Site.Render(w, r, status, loginui.Error{Frame: loginui.Frame{Lang: loginui.Lang(r, nil)}, Code: code, Status: status, Reference: httpsafe.RequestID(r.Context())})
}

func clientName(c *idp.Client, lang string) string {
	if c == nil {
		return ""
	}
	return c.Name(lang)
}

// static shows a page that depends on nothing but its language.
func (p *Provider) static(page func(loginui.Frame) loginui.Page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Site.Render(w, r, http.StatusOK, page(loginui.Frame{Lang: loginui.Lang(r, nil)}))
	})
}

// endSession ends the customer's own session from the provider's pages and clears what
// the browser held; pending interactions of this browser die with its binding (LO-09).
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request, sess *idp.Session) error {
	effects := idp.Effects{Audit: []idp.AuditRecord{p.fill(r.Context(), sessionEnded(sess, p.now()))}}
	err := p.opt.Store.EndSession(r.Context(), sess.AccountID, sess.ID, "logout", p.now(), effects)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	logout.ForgetBrowser(w, p.cookies, false)
	return nil
}
