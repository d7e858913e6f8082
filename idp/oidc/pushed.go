package oidc

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"sekisho/idp"
)

// RequestURIPrefix begins every request_uri of a pushed request (RFC 9126 2.2). One that
// begins otherwise is an address, and is never fetched (JA-07).
const RequestURIPrefix = "urn:ietf:params:oauth:request_uri:"

// PushedRequests finds pushed requests.
type PushedRequests interface {
	// Pushed returns the checked request behind a request_uri. idp.ErrNotFound;
	// idp.ErrExpired; idp.ErrConsumed when an authorization was completed with it.
	Pushed(ctx context.Context, uri string) (*AuthorizationRequest, error)
}

// mustPush reports whether a client may send its requests through the browser at all (FAPI
// 2.0 Security Profile 5.3.2.2, RFC 9126 5 and 6).
func mustPush(client *idp.Client, rules Rules) bool {
	m := client.Metadata
	return m.ClientProfile == idp.ProfileFAPI2 || m.RequirePushed || rules.RequirePushed
}

// takePushed works a pushed request off. What else the browser brings is not looked at: it
// comes from the customer's side of the connection (RFC 9101 5; PR-09, SU-10). There is no
// redirect URI to trust before the request is found, so every refusal is a page.
func takePushed(ctx context.Context, sent parameters, client *idp.Client, rules Rules) (*AuthorizationRequest, *AuthorizationError) {
	if sent.get("request") != "" || sent.repeated("request") {
		return nil, onPage(NewError(InvalidRequest, "request and request_uri exclude each other"), client.ID)
	}
	unusable := NewError(InvalidRequestURI, unusableURI)
	if rules.Pushed == nil {
		return nil, onPage(unusable, client.ID)
	}
	request, err := rules.Pushed.Pushed(ctx, sent.get("request_uri"))
	switch {
	case errors.Is(err, idp.ErrNotFound), errors.Is(err, idp.ErrExpired), errors.Is(err, idp.ErrConsumed):
		return nil, onPage(unusable, client.ID)
	case errors.Is(err, idp.ErrUnavailable):
		return nil, onPage(NewError(TemporarilyUnavailable, "the provider cannot answer at the moment"), client.ID)
	case err != nil:
		return nil, onPage(NewError(ServerError, "the provider could not process the request"), client.ID)
	case request.ClientID != client.ID: // PR-04
		return nil, onPage(unusable, client.ID)
	case !MatchRedirectURI(client, request.RedirectURI): // its registration changed since
		return nil, onPage(unusable, client.ID)
	}
	return request, nil
}

// unusableURI does not say which: who has a request_uri of somebody else learns nothing.
const unusableURI = "the request_uri is not of this client, expired, or was used before"

// PushedUsed refuses a pushed request with which an authorization was completed meanwhile.
func PushedUsed(q *AuthorizationRequest) *AuthorizationError {
	return onPage(NewError(InvalidRequestURI, unusableURI), q.ClientID)
}

// CheckPushed checks an authorization request that an authenticated client pushes by every
// rule that holds at the authorization endpoint (RFC 9126 2.1; PR-07). Parameters of the
// client's authentication in the same form mean nothing here.
func CheckPushed(ctx context.Context, form Form, client *idp.Client, rules Rules) (*AuthorizationRequest, *Error) {
	if _, sent := form.values["request_uri"]; sent {
		return nil, NewError(InvalidRequest, "request_uri must not be pushed")
	}
	if id := form.Get("client_id"); id != "" && id != client.ID {
		return nil, NewError(InvalidRequest, "client_id differs from the authenticated client")
	}
	sent := parametersOf(maps.Clone(form.values))
	sent.values["client_id"] = client.ID
	request, refused := newChecking(ctx, sent, client, rules, true).run()
	if refused != nil {
		return nil, NewError(refused.Code, refused.Description)
	}
	return request, nil
}

func pushedURI(uri string) bool { return strings.HasPrefix(uri, RequestURIPrefix) }

// names of authorization parameters that an object or a form may hold, without those that
// name another source of parameters.
var innerParameters = slices.DeleteFunc(slices.Clone(authorizationParameters), func(name string) bool { return name == "request" || name == "request_uri" })
