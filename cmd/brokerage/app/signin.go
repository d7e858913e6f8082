package brokerage

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// authorization is one authorization request this browser is on its way with.
type authorization struct {
	nonce    string
	verifier string
	acr      []string // "" asks for nothing
	maxAge   string   // seconds, or ""
	form     string   // the form to complete afterwards, or ""
	returnTo string
	subject  string // who must come back; "" for a sign-in
	begun    time.Time
	details  []detail // the transaction to be approved; nil: none
}

const authorizationLifetime = 30 * time.Minute

// errProvider: the provider could not be asked at all.
var errProvider = errors.New("provider not reachable")

// authorizeAt sends the browser to the authorization endpoint.
func (s *Site) authorizeAt(w http.ResponseWriter, r *http.Request, x *session, a authorization) error {
	d, err := s.issuer.discover(r.Context())
	if err != nil {
		s.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "sign-in not possible", slog.String("error", err.Error()))
		return errProvider
	}
	state := rand.Text()
	a.nonce, a.verifier, a.begun = rand.Text(), oauth2.GenerateVerifier(), s.cfg.Now()
	s.sessions.within(func() {
		x.asked[state] = a
		x.remember(state)
	})
	opts := []oauth2.AuthCodeOption{
		oidc.Nonce(a.nonce), oauth2.S256ChallengeOption(a.verifier),
		oauth2.SetAuthURLParam("resource", s.cfg.Resource),
		oauth2.SetAuthURLParam("ui_locales", s.pages.language(r)),
	}
	if len(a.acr) > 0 {
		opts = append(opts, oauth2.SetAuthURLParam("acr_values", strings.Join(a.acr, " ")))
	}
	if a.maxAge != "" {
		opts = append(opts, oauth2.SetAuthURLParam("max_age", a.maxAge))
	}
	target := s.client(d).AuthCodeURL(state, opts...)
	if len(a.details) > 0 {
		if !d.pushes() {
			s.cfg.Logger.LogAttrs(r.Context(), slog.LevelError, "the provider takes no withdrawals to be approved")
			return errProvider
		}
		if target, err = s.push(r.Context(), d, target, a.details); err != nil {
			s.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "transaction not taken", slog.String("error", err.Error()))
			return errProvider
		}
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

func (s *Site) client(d *discovered) *oauth2.Config {
	endpoint := d.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if s.cfg.PrivateKey != nil {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: s.cfg.ClientID, ClientSecret: s.cfg.ClientSecret, Endpoint: endpoint,
		RedirectURL: s.cfg.BaseURL + "/callback", Scopes: []string{oidc.ScopeOpenID, "profile"},
	}
}

// signIn begins a sign-in. It also serves customers who are sent here by a bookmark, or by
// the provider (OIDC Core 4): then iss names it, and no other is taken.
func (s *Site) signIn(w http.ResponseWriter, r *http.Request) {
	if iss := r.URL.Query().Get("iss"); iss != "" && iss != s.cfg.Issuer {
		s.pages.trouble(w, r, http.StatusBadRequest, "stale")
		return
	}
	x := s.sessions.of(r)
	if x == nil {
		x = s.sessions.begin(w)
	}
	if err := s.authorizeAt(w, r, x, authorization{returnTo: "/holdings"}); err != nil {
		s.pages.unavailable(w, r)
	}
}

// callback takes the authorization response (RFC 6749 section 4.1.2). The state is used up
// whatever the outcome, and belongs to this browser's session alone.
func (s *Site) callback(w http.ResponseWriter, r *http.Request) {
	x := s.sessions.of(r)
	var a authorization
	found := false
	if x != nil {
		state := r.URL.Query().Get("state")
		s.sessions.within(func() {
			a, found = x.asked[state]
			delete(x.asked, state)
		})
	}
	if !found || s.cfg.Now().Sub(a.begun) > authorizationLifetime {
		s.pages.trouble(w, r, http.StatusBadRequest, "stale")
		return
	}
	d, err := s.issuer.discover(r.Context())
	if err != nil {
		s.failed(w, r, x, a, "temporarily_unavailable")
		return
	}
	// RFC 9207: a response of another server must not be redeemed at this one.
	iss := r.URL.Query().Get("iss")
	if iss != "" && iss != s.cfg.Issuer || iss == "" && d.SendsISS {
		s.pages.trouble(w, r, http.StatusBadRequest, "stale")
		return
	}
	if code := r.URL.Query().Get("error"); code != "" {
		s.failed(w, r, x, a, code)
		return
	}
	got, err := s.redeem(r.Context(), d, a, r.URL.Query().Get("code"))
	if err != nil {
		s.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "code not redeemed", slog.String("error", err.Error()))
		s.failed(w, r, x, a, "server_error")
		return
	}
	s.arrived(w, r, x, a, got)
}

// redeemed is a token response that was checked.
type redeemed struct {
	token    *oauth2.Token
	customer customer
	approval *approval // of the transaction that was asked for
}

func (s *Site) redeem(ctx context.Context, d *discovered, a authorization, code string) (redeemed, error) {
	ctx = oidc.ClientContext(ctx, s.cfg.HTTPClient)
	opts := []oauth2.AuthCodeOption{oauth2.VerifierOption(a.verifier), oauth2.SetAuthURLParam("resource", s.cfg.Resource)}
	if s.cfg.PrivateKey != nil {
		assertion, err := s.assertion()
		if err != nil {
			return redeemed{}, err
		}
		opts = append(opts, oauth2.SetAuthURLParam("client_assertion_type", assertionType),
			oauth2.SetAuthURLParam("client_assertion", assertion))
	}
	token, err := s.client(d).Exchange(ctx, code, opts...)
	if err != nil {
		return redeemed{}, scrub(err)
	}
	if token.ExpiresIn > 0 {
		token.Expiry = s.cfg.Now().Add(time.Duration(token.ExpiresIn) * time.Second) // by this site's clock
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := d.VerifierContext(ctx, &oidc.Config{ClientID: s.cfg.ClientID, SupportedSigningAlgs: algorithms, Now: s.cfg.Now}).Verify(ctx, raw)
	if err != nil {
		return redeemed{}, err
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.nonce)) != 1 {
		return redeemed{}, errors.New("nonce is not this request's")
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return redeemed{}, err
		}
	}
	var claims struct{ ACR, Name, SID string }
	if err := id.Claims(&claims); err != nil {
		return redeemed{}, err
	}
	if claims.Name == "" {
		claims.Name = s.nameOf(ctx, d, token, id.Subject)
	}
	got := redeemed{token: token, customer: customer{Subject: id.Subject, Name: claims.Name, IDToken: raw, SID: claims.SID, ACR: claims.ACR}}
	if len(a.details) > 0 {
		got.approval, err = s.approvalOf(ctx, d, token, id.Subject, a.details)
	}
	return got, err
}

// nameOf asks userinfo for the name to greet with. A site without it still works.
func (s *Site) nameOf(ctx context.Context, d *discovered, token *oauth2.Token, subject string) string {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	info, err := d.UserInfo(ctx, oauth2.StaticTokenSource(token))
	var claims struct{ Name string }
	if err != nil || info.Subject != subject || info.Claims(&claims) != nil {
		return ""
	}
	return claims.Name
}

// scrub keeps the error code of a token endpoint and drops its body, which may echo input.
func scrub(err error) error {
	var re *oauth2.RetrieveError
	if errors.As(err, &re) {
		return errors.New("token endpoint: " + strconv.Itoa(re.Response.StatusCode) + " " + strconv.Quote(re.ErrorCode))
	}
	return err
}

// arrived puts the tokens into the session and goes on with what the customer was doing.
func (s *Site) arrived(w http.ResponseWriter, r *http.Request, x *session, a authorization, got redeemed) {
	if a.subject != "" && a.subject != got.customer.Subject {
		// Somebody else proved themselves. Their proof is not this customer's.
		s.failed(w, r, x, a, "another_customer")
		return
	}
	if len(a.acr) > 0 && !slices.Contains(a.acr, got.customer.ACR) {
		s.failed(w, r, x, a, "unmet_authentication_requirements")
		return
	}
	s.sessions.within(func() {
		if x.customer != nil && x.customer.Subject != got.customer.Subject {
			x.forms, x.receipts, x.tokens, x.approved = map[string]*form{}, map[string]*Receipt{}, map[string]*oauth2.Token{}, nil
		}
		c := got.customer
		x.customer = &c
		s.arrivedToken(x, a, got.token)
		if got.approval != nil {
			x.approved = got.approval
		}
	})
	s.sessions.renew(w, r, x)
	if a.form != "" {
		s.resume(w, r, x, a.form)
		return
	}
	http.Redirect(w, r, local(a.returnTo), http.StatusSeeOther)
}

// failed explains an authorization that ended without a code. A waiting form is shown
// again with every entry in it; nothing is tried again by itself.
func (s *Site) failed(w http.ResponseWriter, r *http.Request, x *session, a authorization, code string) {
	why := reasonFor(code)
	s.cfg.Logger.LogAttrs(r.Context(), slog.LevelInfo, "authorization ended without a code", slog.String("reason", why))
	if a.form != "" {
		s.giveBack(w, r, x, a.form, why)
		return
	}
	s.sessions.within(func() { x.notice = why })
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// reasonFor maps error codes to the closed list of texts; a code from the wire is never shown.
func reasonFor(code string) string {
	switch code {
	case "access_denied", "unmet_authentication_requirements", "another_customer":
		return code
	case "login_required", "interaction_required", "account_selection_required":
		return "access_denied"
	}
	return "temporarily_unavailable"
}

// local keeps a redirect on this site.
func local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, `\`) {
		return "/"
	}
	return path
}

// signOut ends this site's session and then the provider's (OIDC RP-Initiated Logout 1.0).
func (s *Site) signOut(w http.ResponseWriter, r *http.Request) {
	c := s.sessions.customerOf(s.sessions.of(r))
	s.sessions.end(w, r)
	after := s.cfg.BaseURL + "/signed-out"
	d, err := s.issuer.discover(r.Context())
	if c == nil || err != nil || d.EndSession == "" {
		http.Redirect(w, r, after, http.StatusSeeOther)
		return
	}
	u, err := url.Parse(d.EndSession)
	if err != nil {
		http.Redirect(w, r, after, http.StatusSeeOther)
		return
	}
	q := u.Query()
	q.Set("id_token_hint", c.IDToken)
	q.Set("post_logout_redirect_uri", after)
	q.Set("client_id", s.cfg.ClientID)
	q.Set("ui_locales", s.pages.language(r))
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}
