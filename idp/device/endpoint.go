package device

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// Path is where customers enter what a device shows, below the issuer.
const Path = "/device"

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

// Store keeps what waits, and counts. *storage.Store satisfies it.
type Store interface {
	// AddDeviceCode stores a request; idp.ErrExists when another one has its user code.
	AddDeviceCode(ctx context.Context, code idp.DeviceCode) error
	// TakeToken takes one request from the key's allowance, or says how long to wait.
	TakeToken(ctx context.Context, key string, l idp.RateLimit, now time.Time) (ok bool, retryAfter time.Duration, err error)
}

// Endpoint is the device authorization endpoint. All fields but Logger are required.
type Endpoint struct {
	Issuer  string
	Clients Authenticator
	Store   Store
	Rules   oidc.Rules
	Proofs  Proofs
	// SingleUse reports whether an acr value names an act that is proved anew each time.
	SingleUse func(acr string) bool
	// UserCodeMAC is under what a user code is kept; see keys.PurposeCode.
	UserCodeMAC func(code string) []byte
	ClientIP    func(*http.Request) string
	// Limit is how often one client, or one network address where the client is public, may
	// ask. With Lifetime it bounds what can be stored.
	Limit              idp.RateLimit
	Lifetime, Interval time.Duration
	Audit              Recorder
	Now                func() time.Time
	Logger             *slog.Logger
}

// request is one request on its way through the phases.
type request struct {
	w      http.ResponseWriter
	http   *http.Request
	form   oidc.Form
	client *idp.Client
	asked  *oidc.AuthorizationRequest
	answer answer
}

// answer is the successful response (RFC 8628 3.2).
type answer struct {
	DeviceCode              string `json:"device_code"`
	UserCode                string `json:"user_code"`
	VerificationURI         string `json:"verification_uri"`
	VerificationURIComplete string `json:"verification_uri_complete"`
	ExpiresIn               int64  `json:"expires_in"` // seconds
	Interval                int64  `json:"interval"`   // seconds
}

// phases run in this order. The first error ends the request; nothing of it is stored
// before the last.
var phases = []func(*Endpoint, *request) *oidc.Error{
	(*Endpoint).parse,        // 1 POST, a form, every parameter once
	(*Endpoint).authenticate, // 2 which client
	(*Endpoint).limit,        // 3 not too many
	(*Endpoint).check,        // 4 registered for it, and every rule of the authorization endpoint
	(*Endpoint).once,         // 5 nothing that is approved where it is shown
	(*Endpoint).bind,         // 6 the key that the tokens will be bound to
	(*Endpoint).keep,         // 7 store it, and hand out its two codes
}

// ServeHTTP answers one request.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r := &request{w: w, http: hr}
	for _, phase := range phases {
		if err := phase(e, r); err != nil {
			e.refused(r, err)
			oidc.WriteError(w, hr, err)
			return
		}
	}
	oidc.WriteJSON(w, http.StatusOK, r.answer)
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
