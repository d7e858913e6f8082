package oidc

import (
	"context"
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/details"
)

// ClientLookup finds registered clients. *storage.Store and any cache over it satisfy it.
type ClientLookup interface {
	// Client returns idp.ErrNotFound for an unknown id.
	Client(ctx context.Context, id string) (*idp.Client, error)
}

// Rules is what the provider's configuration adds to the specifications.
type Rules struct {
	// Scopes lists every scope that means something here. One that a client asks for
	// beyond its own list is refused; a scope nobody knows is ignored.
	Scopes []string
	// Development admits http://localhost redirect URIs. Only an issuer that is itself
	// http on localhost may set it.
	Development bool
	// RequirePushed: every client pushes its requests (RFC 9126 5).
	RequirePushed bool
	// Pushed finds what was pushed; nil: nothing is.
	Pushed  PushedRequests
	Objects ObjectRules
	// Details are the types of authorization_details; nil: none is taken.
	Details *details.Registry
}

// checking is one request on its way through the rules.
type checking struct {
	sent    parameters
	client  *idp.Client
	rules   Rules
	request *AuthorizationRequest

	pushed   bool   // by the client itself, not through the browser
	unopened *Error // what is wrong with the request object
}

func newChecking(ctx context.Context, sent parameters, client *idp.Client, rules Rules, pushed bool) *checking {
	c := &checking{sent: sent, client: client, rules: rules, pushed: pushed}
	c.openObject(ctx)
	mode := defaultMode(client) // until checkResponseMode knows better
	c.request = &AuthorizationRequest{
		ClientID: client.ID, RedirectURI: c.sent.get("redirect_uri"), ResponseMode: mode, ResponseAlg: signedAlg(client, mode),
	}
	return c
}

// authorizationRules run in this order once the client and its redirect URI are certain.
// The first that fails is the answer.
var authorizationRules = []func(*checking) *Error{
	checkState, // these two first: a refusal needs them
	checkResponseMode,
	checkNames,
	checkFrontChannel,
	checkRequestObject,
	checkUnsupported,
	checkResponseType,
	checkPKCE,
	checkDPoPKey,
	checkPrompt,
	checkScope,
	checkNonce,
	checkMaxAge,
	checkClaims,
	checkACRValues,
	checkDetails,
	checkResource,
	checkIDTokenHint,
	takeHints,
}

// ParseAuthorization reads and checks an authorization request from GET or POST (OIDC
// Core 3.1.2.1). The writer only serves to bound a POST body and may be nil. When it
// fails, the error says whether and where the browser may be redirected.
func ParseAuthorization(w http.ResponseWriter, r *http.Request, clients ClientLookup, rules Rules) (*AuthorizationRequest, *AuthorizationError) {
	sent, malformed := readParameters(w, r)
	if malformed != nil {
		return nil, onPage(malformed, "")
	}
	client, e := findClient(r.Context(), sent, clients)
	if e != nil {
		return nil, onPage(e, "")
	}
	if pushedURI(sent.get("request_uri")) {
		return takePushed(r.Context(), sent, client, rules)
	}
	return newChecking(r.Context(), sent, client, rules, false).run()
}

// run holds the request against every rule.
func (c *checking) run() (*AuthorizationRequest, *AuthorizationError) {
	if e := checkRedirectURI(c.sent, c.client, c.rules); e != nil {
		if c.unopened != nil || c.sent.get("request_uri") != "" {
			e = checkRequestObject(c) // a request that is elsewhere has its redirect_uri there
		}
		return nil, onPage(e, c.client.ID)
	}
	for _, rule := range authorizationRules {
		if e := rule(c); e != nil {
			refusal := c.request.Refuse(e.Code, e.Description)
			refusal.HoldForUser = c.client.Dynamic && c.sent.get("prompt") != PromptNone
			return nil, refusal
		}
	}
	return c.request, nil
}

const maxClientIDLength = 255

// findClient answers unknown, disabled and unreadable clients alike, so that a stranger
// learns nothing about who is registered (AZ-02).
func findClient(ctx context.Context, sent parameters, clients ClientLookup) (*idp.Client, *Error) {
	id := sent.get("client_id")
	if sent.repeated("client_id") || id == "" {
		return nil, NewError(InvalidRequest, "client_id is required exactly once")
	}
	unknown := NewError(InvalidRequest, "the client is not registered here")
	if len(id) > maxClientIDLength || !printable(id) {
		return nil, unknown
	}
	client, err := clients.Client(ctx, id)
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return nil, unknown
	case errors.Is(err, idp.ErrUnavailable):
		return nil, NewError(TemporarilyUnavailable, "the provider cannot answer at the moment")
	case err != nil:
		return nil, NewError(ServerError, "the provider could not process the request")
	case client == nil || client.Disabled:
		return nil, unknown
	}
	return client, nil
}

// checkNames refuses a known parameter sent twice, and names another parser could take
// for a known parameter (AZ-14, IN-01).
func checkNames(c *checking) *Error {
	if len(c.sent.duplicated) > 0 {
		return NewError(InvalidRequest, "a parameter was sent more than once")
	}
	if c.sent.disguised {
		return NewError(InvalidRequest, "a parameter name is not in the form the protocol uses")
	}
	return nil
}

// checkUnsupported refuses the registration parameter (OIDC Core 7.2.1), whose silent loss
// would weaken what the client believes it has.
func checkUnsupported(c *checking) *Error {
	if c.sent.get("registration") != "" {
		return NewError(RegistrationNotSupported, "the registration parameter is not supported")
	}
	return nil
}
