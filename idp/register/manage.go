package register

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/httpsafe"
	"sekisho/idp/oidc"
)

// Read answers GET of a registration (RFC 7592 section 2.1). The secret is not in it: only
// its hash is kept.
func (h *Handler) Read(w http.ResponseWriter, r *http.Request) {
	client, token, e := h.own(r)
	if e != nil {
		h.refuse(w, r, h.clientID(r), e)
		return
	}
	h.answer(w, r, http.StatusOK, client, "", token)
}

// Update answers PUT (RFC 7592 section 2.2). What is sent is the whole registration: a
// member left out goes back to its default. The answer has a new registration access token.
func (h *Handler) Update(w http.ResponseWriter, r *http.Request) {
	client, token, e := h.own(r)
	if e != nil {
		h.refuse(w, r, h.clientID(r), e)
		return
	}
	policy, e := h.policyFor(r.Context(), client)
	if e != nil {
		h.refuse(w, r, client.ID, e)
		return
	}
	meta, e := h.read(w, r, policy, client)
	if e != nil {
		h.refuse(w, r, client.ID, e)
		return
	}
	changed := *client
	changed.Metadata = meta
	secret := fitSecret(&changed)
	next := idp.NewSecret()
	err := h.Store.UpdateRegistration(r.Context(), &changed, idp.HashSecret(token), idp.HashSecret(next), h.effects(r, audit.ClientUpdated, client.ID, nil))
	switch {
	case errors.Is(err, idp.ErrNotFound):
		h.refuse(w, r, client.ID, errToken())
		return
	case errors.Is(err, idp.ErrConflict):
		e := oidc.NewError(oidc.InvalidRequest, "the registration was changed meanwhile; nothing was written")
		e.Status = http.StatusConflict
		h.refuse(w, r, client.ID, e)
		return
	case err != nil:
		h.failed(w, r, err)
		return
	}
	h.changed(r)
	h.picture(&changed)
	h.answer(w, r, http.StatusOK, &changed, secret, next)
}

// policyFor is what a registered client may become: what the token it was registered with
// allowed, whenever it asks. Once that token is known no more, no more than it is.
func (h *Handler) policyFor(ctx context.Context, client *idp.Client) (Policy, *oidc.Error) {
	policy := h.Policy
	initial, err := h.Store.InitialTokenOf(ctx, client.ID)
	switch {
	case errors.Is(err, idp.ErrNotFound):
		policy.Scopes = nil
	case err != nil:
		return policy, h.trouble(ctx, err)
	}
	policy.narrow(initial)
	policy.Profile = client.Metadata.ClientProfile // as it was registered
	return policy, nil
}

// Delete answers DELETE (RFC 7592 section 2.3): everything granted to the client ends with it.
func (h *Handler) Delete(w http.ResponseWriter, r *http.Request) {
	client, token, e := h.own(r)
	if e != nil {
		h.refuse(w, r, h.clientID(r), e)
		return
	}
	err := h.Store.DeleteRegistration(r.Context(), client.ID, idp.HashSecret(token), h.effects(r, audit.ClientDeleted, client.ID, nil))
	switch {
	case errors.Is(err, idp.ErrNotFound):
		h.refuse(w, r, client.ID, errToken())
		return
	case err != nil:
		h.failed(w, r, err)
		return
	}
	h.changed(r)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	w.WriteHeader(http.StatusNoContent)
}

// own finds the client that the request's token manages. An unknown client, another one's
// token and a client that an operator disabled are answered alike (RFC 7592 section 2.1).
func (h *Handler) own(r *http.Request) (*idp.Client, string, *oidc.Error) {
	token, sent, e := bearer(r)
	if e != nil {
		return nil, "", e
	}
	if !sent {
		return nil, "", errMissing()
	}
	client, err := h.Store.RegisteredClient(r.Context(), h.clientID(r), idp.HashSecret(token))
	switch {
	case errors.Is(err, idp.ErrNotFound), err == nil && client.Disabled:
		return nil, "", errToken()
	case err != nil:
		return nil, "", h.trouble(r.Context(), err)
	}
	return client, token, nil
}

// clientID is the one in the path.
func (h *Handler) clientID(r *http.Request) string { return httpsafe.PathVar(r, "id") }

// notInUpdate may not be in an update (RFC 7592 section 2.2): they are the provider's.
var notInUpdate = []string{"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"}

// checkIdentity holds an update to the client it is about: its client_id is there, and a
// secret that is sent is the client's own, for nobody chooses their own.
func checkIdentity(top map[string]json.RawMessage, client *idp.Client) *oidc.Error {
	for _, name := range notInUpdate {
		if _, sent := top[name]; sent {
			return oidc.NewError(oidc.InvalidRequest, name+" may not be in an update")
		}
	}
	var id, secret string
	if json.Unmarshal(top["client_id"], &id) != nil || id != client.ID {
		return oidc.NewError(oidc.InvalidRequest, "client_id must be in an update, and be the client's")
	}
	raw, sent := top["client_secret"]
	if !sent {
		return nil
	}
	if json.Unmarshal(raw, &secret) != nil || len(client.SecretHash) == 0 ||
		subtle.ConstantTimeCompare(idp.HashSecret(secret), client.SecretHash) != 1 {
		return oidc.NewError(oidc.InvalidRequest, "client_secret is not the client's; leave it out")
	}
	return nil
}
