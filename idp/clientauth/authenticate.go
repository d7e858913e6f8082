package clientauth

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/mtls"
	"sekisho/idp/oidc"
)

// Clients finds clients; *Directory is one.
type Clients interface {
	Client(ctx context.Context, id string) (*idp.Client, error)
}

// ReplayStore remembers single-use identifiers for all nodes. *storage.Store is one.
type ReplayStore interface {
	// UseJTI records hash under namespace until exp, in one atomic statement.
	// idp.ErrConsumed: it was recorded before.
	UseJTI(ctx context.Context, namespace string, hash []byte, exp time.Time) error
}

// Throttle slows down failed attempts. A key is one client at one address, so that a
// stranger elsewhere never locks the client out (CA-11).
type Throttle interface {
	// Blocked reports whether an attempt under key must be refused unseen.
	Blocked(key string) bool
	// Failed counts a failed attempt under key.
	Failed(key string)
}

// Recorder receives audit records; *audit.Recorder is one.
type Recorder interface {
	Record(ctx context.Context, record idp.AuditRecord)
}

// Authenticator authenticates clients. All fields but Logger are required.
type Authenticator struct {
	Issuer   string // the audience of every assertion
	Clients  Clients
	Replay   ReplayStore
	Keys     *ClientKeys
	Throttle Throttle
	Audit    Recorder
	Now      func() time.Time
	// ClockSkew is how far a client's clock may be off; default 30 s.
	ClockSkew time.Duration
	Logger    *slog.Logger
	// Authorities issue the certificates of tls_client_auth clients; nil: nobody does.
	Authorities *mtls.Authorities
}

// failure says why authentication failed, for the audit trail only.
type failure struct {
	reason string
	err    error // a dependency that did not answer; nil when the client is at fault
}

func refuse(reason string) *failure { return &failure{reason: reason} }

// Authenticate returns the client that makes the request, proved by its registered
// method; a public client proves nothing but names itself. Errors: invalid_request for
// two methods, invalid_client for everything the client got wrong, status 429 after many
// failures, temporarily_unavailable when a dependency does not answer.
func (a *Authenticator) Authenticate(r *http.Request, form oidc.Form) (*idp.Client, *oidc.Error) {
	ctx := r.Context()
	cred, e := presented(r, form)
	if e != nil {
		a.record(ctx, audit.ClientAuthFailed, "", "malformed")
		return nil, e
	}
	claimed := cred.clientID
	if cred.method == idp.AuthPrivateKeyJWT && claimed == "" {
		claimed = unverifiedSubject(cred.assertion)
	}
	if claimed == "" {
		a.record(ctx, audit.ClientAuthFailed, "", "no_client_id")
		return nil, errClient()
	}
	key := throttleKey(claimed, audit.RequestFrom(ctx).IP)
	if a.Throttle.Blocked(key) {
		a.record(ctx, audit.ThrottleLimited, claimed, "client_auth")
		e := errClient()
		e.Status = http.StatusTooManyRequests
		return nil, e
	}
	client, fail := a.prove(ctx, cred, claimed)
	if fail == nil {
		return client, nil
	}
	if fail.err != nil {
		return nil, a.trouble(ctx, fail.err)
	}
	a.Throttle.Failed(key)
	event := audit.ClientAuthFailed
	if fail.reason == reasonReplayed {
		event = audit.AssertionReplayed
	}
	a.record(ctx, event, claimed, fail.reason)
	return nil, errClient()
}

// prove looks the client up and checks the presented credentials by its one method.
func (a *Authenticator) prove(ctx context.Context, cred credentials, claimed string) (*idp.Client, *failure) {
	client, err := a.Clients.Client(ctx, claimed)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, refuse("unknown_client")
	}
	if err != nil {
		return nil, &failure{err: err}
	}
	if client.Disabled {
		return nil, refuse("disabled_client")
	}
	if cred.method == idp.AuthNone && client.UsesCertificate() { // nothing in the request but the certificate around it
		if fail := a.checkCertificate(ctx, client); fail != nil {
			return nil, fail
		}
		return client, nil
	}
	if cred.method != client.Metadata.TokenEndpointAuthMethod {
		return nil, refuse("other_method")
	}
	if client.Metadata.ClientProfile == idp.ProfileFAPI2 && cred.method != idp.AuthPrivateKeyJWT {
		return nil, refuse("method_below_profile") // FAPI 2.0 SP 5.3.2.1: never a shared secret
	}
	switch cred.method {
	case idp.AuthNone:
		return client, nil
	case idp.AuthClientSecretBasic, idp.AuthClientSecretPost:
		if !secretMatches(client, cred.secret) {
			return nil, refuse("wrong_secret")
		}
		return client, nil
	case idp.AuthPrivateKeyJWT:
		if fail := a.checkAssertion(ctx, client, cred.assertion); fail != nil {
			return nil, fail
		}
		return client, nil
	}
	return nil, refuse("unsupported_method")
}

// secretMatches compares hashes in constant time; secrets have 256 bits of their own, so
// a fast hash is enough (CA-10, TL-03).
func secretMatches(client *idp.Client, secret string) bool {
	return len(client.SecretHash) > 0 && subtle.ConstantTimeCompare(idp.HashSecret(secret), client.SecretHash) == 1
}

func (a *Authenticator) record(ctx context.Context, event, clientID, reason string) {
	a.Audit.Record(ctx, idp.AuditRecord{
		Event: event, Result: audit.Denied, Reason: reason, Actor: audit.ClientApp, ClientID: clientID,
	})
}

// trouble is the answer when a dependency failed; what failed goes to the log only.
func (a *Authenticator) trouble(ctx context.Context, err error) *oidc.Error {
	if a.Logger != nil {
		a.Logger.ErrorContext(ctx, "client authentication", "error", err)
	}
	if errors.Is(err, idp.ErrUnavailable) {
		return oidc.NewError(oidc.TemporarilyUnavailable, "try again later")
	}
	return oidc.NewError(oidc.ServerError, "the request could not be processed")
}
