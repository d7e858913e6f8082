package register

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// Store keeps registrations. *storage.Store is one; its comments say what is atomic.
type Store interface {
	InitialToken(ctx context.Context, hash []byte) (*idp.InitialToken, error)
	RegisterClient(ctx context.Context, r idp.Registration, effects idp.Effects) error
	InitialTokenOf(ctx context.Context, clientID string) (*idp.InitialToken, error)
	RegisteredClient(ctx context.Context, clientID string, tokenHash []byte) (*idp.Client, error)
	UpdateRegistration(ctx context.Context, client *idp.Client, tokenHash, next []byte, effects idp.Effects) error
	DeleteRegistration(ctx context.Context, clientID string, tokenHash []byte, effects idp.Effects) error
}

// Policy is what the firm decides for clients that register themselves.
type Policy struct {
	Open             bool // without an initial access token
	Profile          idp.ClientProfile
	Scopes           []string
	Resources        []string
	MaxClients       int
	RequireStatement bool
}

// Handler serves both endpoints. All fields but Statements are required.
type Handler struct {
	URL        string // of the registration endpoint
	Policy     Policy
	Rules      oidc.MetadataRules
	Store      Store
	Fetch      oidc.Fetcher
	Statements *Statements // nil: software statements mean nothing here
	Now        func() time.Time
	Log        *slog.Logger
	Record     func(ctx context.Context, rec idp.AuditRecord)
	Fill       func(ctx context.Context, rec idp.AuditRecord) idp.AuditRecord
	// Changed makes a change known to this node at once.
	Changed func(ctx context.Context) error
	// Picture is told of a client whose logo_uri may be new; nil: nobody wants to know.
	Picture func(c *idp.Client)
}

// Register answers POST to the registration endpoint (RFC 7591 section 3).
func (h *Handler) Register(w http.ResponseWriter, r *http.Request) {
	initial, e := h.initialToken(r)
	if e != nil {
		h.refuse(w, r, "", e)
		return
	}
	policy := h.Policy
	policy.narrow(initial)
	meta, e := h.read(w, r, policy, nil)
	if e != nil {
		h.refuse(w, r, "", e)
		return
	}
	now := h.Now()
	client := &idp.Client{ID: idp.NewID(), Dynamic: true, Metadata: meta, Version: 1, CreatedAt: now, UpdatedAt: now}
	secret := fitSecret(client)
	token := idp.NewSecret()
	err := h.Store.RegisterClient(r.Context(), idp.Registration{
		Client: client, TokenHash: idp.HashSecret(token), InitialToken: initial, MaxClients: h.Policy.MaxClients, At: now,
	}, h.effects(r, audit.ClientCreated, client.ID, initial))
	switch {
	case errors.Is(err, idp.ErrRejected): // another request was faster
		h.refuse(w, r, "", errToken())
		return
	case errors.Is(err, idp.ErrTooMany):
		e := oidc.NewError(oidc.TemporarilyUnavailable, "no more clients can be registered here")
		e.Status = http.StatusForbidden
		h.refuse(w, r, "", e)
		return
	case err != nil:
		h.failed(w, r, err)
		return
	}
	h.changed(r)
	h.picture(client)
	h.answer(w, r, http.StatusCreated, client, secret, token)
}

// narrow applies what an initial access token says about the clients it is for.
func (p *Policy) narrow(initial *idp.InitialToken) {
	if initial == nil {
		return
	}
	if initial.Scope != "" {
		p.Scopes = within(initial.Scope, p.Scopes)
	}
	if initial.Profile != "" {
		p.Profile = initial.Profile
	}
}

// initialToken is the token the request brings, nil where none is needed and none came. It
// is looked at first, so that nobody without one makes the provider do anything.
func (h *Handler) initialToken(r *http.Request) (*idp.InitialToken, *oidc.Error) {
	token, sent, e := bearer(r)
	switch {
	case e != nil:
		return nil, e
	case !sent && h.Policy.Open:
		return nil, nil
	case !sent:
		return nil, errMissing()
	}
	initial, err := h.Store.InitialToken(r.Context(), idp.HashSecret(token))
	switch {
	case errors.Is(err, idp.ErrNotFound), err == nil && !initial.Usable(h.Now()):
		return nil, errToken()
	case err != nil:
		return nil, h.trouble(r.Context(), err)
	}
	return initial, nil
}

// fitSecret gives a client the secret its method needs and takes away one it does not use.
func fitSecret(c *idp.Client) (secret string) {
	switch method := c.Metadata.TokenEndpointAuthMethod; {
	case method != idp.AuthClientSecretBasic && method != idp.AuthClientSecretPost:
		c.SecretHash = nil
	case c.SecretHash == nil:
		secret = idp.NewSecret()
		c.SecretHash = idp.HashSecret(secret)
	}
	return secret
}

func (h *Handler) effects(r *http.Request, event, clientID string, initial *idp.InitialToken) idp.Effects {
	rec := idp.AuditRecord{At: h.Now(), Event: event, Result: audit.OK, Actor: audit.ClientApp, ClientID: clientID}
	if initial != nil {
		rec.Detail = map[string]string{"token": initial.ID}
	}
	return idp.Effects{Audit: []idp.AuditRecord{h.Fill(r.Context(), rec)}}
}

func (h *Handler) picture(c *idp.Client) {
	if h.Picture != nil {
		h.Picture(c)
	}
}

// changed is for this node; others look for changes by themselves.
func (h *Handler) changed(r *http.Request) {
	if err := h.Changed(r.Context()); err != nil {
		h.Log.WarnContext(r.Context(), "client change not read yet", "error", err)
	}
}
