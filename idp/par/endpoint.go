package par

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// Authenticator finds out which client makes a request; *clientauth.Authenticator is one.
type Authenticator interface {
	Authenticate(r *http.Request, form oidc.Form) (*idp.Client, *oidc.Error)
}

// Proofs checks DPoP proofs and uses them up; *dpop.Verifier is one.
type Proofs interface {
	// Key is the thumbprint of the key a request proves, "" when it has no proof.
	Key(r *http.Request) (jkt string, e *oidc.Error)
}

// Recorder receives audit records; *audit.Recorder is one.
type Recorder interface {
	Record(ctx context.Context, record idp.AuditRecord)
}

// Store keeps pushed requests and counts them. *storage.Store satisfies it.
type Store interface {
	PushRequest(ctx context.Context, request idp.PushedRequest) error
	// TakeToken takes one request from the key's allowance, or says how long to wait.
	TakeToken(ctx context.Context, key string, l idp.RateLimit, now time.Time) (ok bool, retryAfter time.Duration, err error)
}

// Endpoint is the pushed authorization request endpoint. All fields but Logger are required.
type Endpoint struct {
	Clients Authenticator
	Store   Store
	Rules   oidc.Rules
	Proofs  Proofs
	// VerifyHint verifies an id_token_hint of this issuer, expired or not.
	VerifyHint func(raw string) (oidc.IDTokenHint, error)
	// Limit is how often one client may push. With Lifetime it bounds what one client can
	// have stored (PR-12).
	Limit idp.RateLimit
	// Lifetime of a request_uri: how long the client may take to send the browser.
	Lifetime time.Duration
	Audit    Recorder
	Now      func() time.Time
	Logger   *slog.Logger
}

// request is one pushed request on its way through the phases.
type request struct {
	w      http.ResponseWriter
	http   *http.Request
	form   oidc.Form
	client *idp.Client
	asked  *oidc.AuthorizationRequest
	answer answer
}

// answer is the successful response (RFC 9126 2.2).
type answer struct {
	RequestURI string `json:"request_uri"`
	ExpiresIn  int64  `json:"expires_in"` // seconds
}

// phases run in this order. The first error ends the request; nothing of it is stored
// before the last.
var phases = []func(*Endpoint, *request) *oidc.Error{
	(*Endpoint).parse,        // 1 POST, a form, every parameter once
	(*Endpoint).authenticate, // 2 which client; it must prove it
	(*Endpoint).limit,        // 3 not too many
	(*Endpoint).check,        // 4 every rule of the authorization endpoint
	(*Endpoint).hint,         // 5 whom the client expects
	(*Endpoint).bind,         // 6 the key that the code will be bound to
	(*Endpoint).keep,         // 7 store it under a name nobody can guess
}

// ServeHTTP answers one pushed request.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r := &request{w: w, http: hr}
	for _, phase := range phases {
		if err := phase(e, r); err != nil {
			e.refused(r, err)
			oidc.WriteError(w, hr, err)
			return
		}
	}
	oidc.WriteJSON(w, http.StatusCreated, r.answer)
}

// refused records a refusal; that of a client that proved nothing is recorded where it failed,
// and the nonce that a first proof lacks is how things go.
func (e *Endpoint) refused(r *request, err *oidc.Error) {
	if r.client == nil || err.Code == oidc.UseDPoPNonce {
		return
	}
	e.Audit.Record(r.http.Context(), idp.AuditRecord{
		At: e.Now(), Event: audit.AuthorizationRejected, Result: audit.Denied, Reason: string(err.Code), Actor: audit.ClientApp, ClientID: r.client.ID,
	})
}
