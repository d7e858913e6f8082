package oidc

// AuthorizationError ends an authorization request. Only a Redirectable one may reach
// the relying party through the browser; any other is a page at the provider, because
// the client or the redirect URI itself is in doubt (RFC 6749 section 4.1.2.1).
type AuthorizationError struct {
	Code         ErrorCode
	Description  string
	Status       int // of the page; 0 means what the code implies
	Redirectable bool
	ClientID     string // "" unless the client is known
	RedirectURI  string
	State        string
	ResponseMode string
	ResponseAlg  string // see AuthorizationRequest
	// HoldForUser: nobody has signed in and the client came over the wire, so the
	// browser is not sent there by itself; the page offers the way (AZ-28, RFC 9700 4.11.2).
	HoldForUser bool
}

// Error is for logs.
func (e *AuthorizationError) Error() string { return e.wire().Error() }

// HTTPStatus is the status of the error page.
func (e *AuthorizationError) HTTPStatus() int { return e.wire().HTTPStatus() }

func (e *AuthorizationError) wire() *Error {
	return &Error{Code: e.Code, Description: e.Description, Status: e.Status}
}

// onPage is an error before the redirect URI is certain.
func onPage(e *Error, clientID string) *AuthorizationError {
	return &AuthorizationError{Code: e.Code, Description: e.Description, Status: e.Status, ClientID: clientID}
}
