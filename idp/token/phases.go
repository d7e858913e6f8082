package token

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	zoidc "github.com/zitadel/oidc/v3/pkg/oidc"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// Authenticator finds out which client makes a request; *clientauth.Authenticator is one.
type Authenticator interface {
	Authenticate(r *http.Request, form oidc.Form) (*idp.Client, *oidc.Error)
}

// Recorder receives audit records; *audit.Recorder is one.
type Recorder interface {
	Record(ctx context.Context, record idp.AuditRecord)
}

// Endpoint is the token endpoint (RFC 6749 3.2). All fields but Logger are required.
type Endpoint struct {
	Clients Authenticator
	Store   Store
	Minter  *Minter
	Claims  AccountClaims
	Audit   Recorder
	Now     func() time.Time
	Logger  *slog.Logger
	// Proofs checks DPoP proofs; *dpop.Verifier is one.
	Proofs Proofs
	// Exchange is what token exchange goes by; nil where it is not offered.
	Exchange *Exchange
	// Devices redeems approvals of devices; nil: there is no device grant.
	Devices DeviceStore
}

// Store is what the grants need. *storage.Store satisfies it.
type Store interface {
	CodeStore
	RefreshStore
}

// request is one token request on its way through the phases.
type request struct {
	w      http.ResponseWriter
	http   *http.Request
	form   oidc.Form
	client *idp.Client
	grant  grantType
	bound  idp.Confirmation // what the request proved
	issued issuance
	answer tokenResponse
}

func (r *request) ctx() context.Context { return r.http.Context() }

// grantType is what one grant adds to the phases.
type grantType interface {
	// check looks at the parameters only.
	check(r *request) *oidc.Error
	// redeem is the grant's one atomic act. It says what is to be issued.
	redeem(e *Endpoint, r *request) (issuance, *oidc.Error)
}

// grantTypes is the closed list (TK-09).
var grantTypes = map[string]grantType{
	oidc.GrantAuthorizationCode: codeGrant{},
	oidc.GrantRefreshToken:      refreshGrant{},
	oidc.GrantClientCredentials: clientCredentialsGrant{},
	oidc.GrantTokenExchange:     exchangeGrant{},
	oidc.GrantDeviceCode:        deviceGrant{},
}

// phases run in this order for every grant. The first error ends the request; nothing is
// written to the database before phase 6, and nothing can fail for a client's fault after
// it.
var phases = []func(*Endpoint, *request) *oidc.Error{
	(*Endpoint).parse,        // 1 POST, a form, every parameter once
	(*Endpoint).authenticate, // 2 which client
	(*Endpoint).selectGrant,  // 3 a grant that exists and the client is registered for
	(*Endpoint).constrain,    // 4 the key that the tokens are bound to, proved before anything is used up
	(*Endpoint).check,        // 5 the grant's parameters
	(*Endpoint).redeem,       // 6 the grant's atomic act
	(*Endpoint).mint,         // 7 sign
}

// ServeHTTP answers one token request.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r := &request{w: w, http: hr}
	for _, phase := range phases {
		if err := phase(e, r); err != nil {
			oidc.WriteError(w, hr, err)
			return
		}
	}
	oidc.WriteJSON(w, http.StatusOK, &r.answer)
}

func (e *Endpoint) parse(r *request) (err *oidc.Error) {
	r.form, err = oidc.ParseForm(r.w, r.http)
	return err
}

func (e *Endpoint) authenticate(r *request) (err *oidc.Error) {
	r.client, err = e.Clients.Authenticate(r.http, r.form)
	return err
}

func (e *Endpoint) selectGrant(r *request) *oidc.Error {
	name := r.form.Get("grant_type")
	if name == "" {
		return oidc.NewError(oidc.InvalidRequest, "grant_type is missing")
	}
	grant, ok := grantTypes[name]
	if optional, is := grant.(interface{ offered(*Endpoint) bool }); is {
		ok = optional.offered(e)
	}
	if !ok {
		return e.reject(r, oidc.NewError(oidc.UnsupportedGrantType, "the grant type is not supported"))
	}
	if !r.client.HasGrant(name) {
		return e.reject(r, oidc.NewError(oidc.UnauthorizedClient, "the client is not registered for this grant type"))
	}
	r.grant = grant
	return nil
}

func (e *Endpoint) check(r *request) *oidc.Error {
	if err := r.grant.check(r); err != nil {
		return e.reject(r, err)
	}
	return nil
}

func (e *Endpoint) redeem(r *request) (err *oidc.Error) {
	r.issued, err = r.grant.redeem(e, r)
	return err
}

// mint signs what the grant gave. A failure here is the provider's own.
func (e *Endpoint) mint(r *request) *oidc.Error {
	r.issued.bound = r.bound
	if r.issued.grant != nil { // whatever the grant was: no client learns another subject than its own
		r.issued.subject = e.Minter.Subjects.Subject(r.client, r.issued.subject)
	}
	if r.issued.subject == "" {
		return e.trouble(r, errNoSubject)
	}
	access, life, err := e.Minter.accessToken(r.client, &r.issued)
	if err != nil {
		return e.trouble(r, err)
	}
	r.answer.approved(r.issued.grant)
	r.answer.AccessTokenResponse = zoidc.AccessTokenResponse{
		AccessToken: access, TokenType: tokenType(r.bound), ExpiresIn: uint64(life / time.Second),
		RefreshToken: r.issued.refresh, Scope: r.issued.scopes,
	}
	if r.issued.grant != nil && slices.Contains(r.issued.scopes, scopeOpenID) {
		extra, err := e.idTokenExtra(r)
		if err != nil {
			return e.trouble(r, err)
		}
		if r.answer.IDToken, err = e.Minter.idToken(r.client, &r.issued, access, extra); err != nil {
			return e.trouble(r, err)
		}
	}
	e.recordIssued(r)
	return nil
}
