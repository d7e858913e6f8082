package authorize

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// Binding returns the browser's binding secret, setting the cookie when the browser has
// none yet. It authenticates nobody; it ties interactions to the browser they began in.
func (e *Engine) Binding(w http.ResponseWriter, r *http.Request) string {
	if value := e.Browser.Get(r); value != "" {
		return value
	}
	value := idp.NewSecret()
	e.Browser.Set(w, value)
	return value
}

// Begin makes a visit of a checked authorization request without storing anything, so
// that prompt=none leaves no row behind (AZ-17).
func (e *Engine) Begin(r *http.Request, req *oidc.AuthorizationRequest) (*Visit, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	return e.begin(r, &idp.Interaction{Kind: idp.InteractionAuthorize, ClientID: req.ClientID, Request: body})
}

// BeginOwn makes a visit for one of the provider's own pages.
func (e *Engine) BeginOwn(r *http.Request, req OwnRequest) (*Visit, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	return e.begin(r, &idp.Interaction{Kind: idp.InteractionOwn, Request: body})
}

func (e *Engine) begin(r *http.Request, ix *idp.Interaction) (*Visit, error) {
	now := e.Now()
	if ix.ID == "" {
		ix.ID = idp.NewID()
	}
	ix.CreatedAt, ix.ExpiresAt = now, now.Add(e.Limits.Interaction)
	sess, account, err := e.Sessions.Current(r)
	if err != nil {
		return nil, err
	}
	v := &Visit{Interaction: ix, Session: sess, Account: account}
	if account != nil {
		v.Progress.SpeakOf(account.ID)
	}
	if err := e.decode(r.Context(), v); err != nil {
		return nil, err
	}
	return v, e.Decide(r.Context(), v)
}

// Keep stores a visit begun by Begin, bound to this browser.
func (e *Engine) Keep(w http.ResponseWriter, r *http.Request, v *Visit) error {
	v.Interaction.BrowserHash = idp.HashSecret(e.Binding(w, r))
	v.Interaction.Progress = v.Progress.Encode()
	return e.Store.CreateInteraction(r.Context(), *v.Interaction)
}

// Path is where the interaction is worked off.
func (v *Visit) Path() string { return "/interaction/" + v.Interaction.ID }

// Abandon ends an interaction without a grant. The client is answered, so a pushed request
// is used up; in which tab that happened first makes no difference.
func (e *Engine) Abandon(ctx context.Context, v *Visit, event, reason string) error {
	rec := idp.AuditRecord{At: e.Now(), Event: event, Result: audit.Denied, Reason: reason, Actor: audit.Customer, ClientID: v.Interaction.ClientID}
	if v.Account != nil {
		rec.AccountID, rec.SessionID = v.Account.ID, v.Session.ID
	}
	if v.Request != nil {
		if err := e.Store.UsePushedRequest(ctx, v.Request.Pushed, e.Now()); err != nil && !errors.Is(err, idp.ErrConsumed) {
			return err
		}
	}
	effects := idp.Effects{Audit: []idp.AuditRecord{e.Fill(ctx, rec)}}
	if d := v.Device(); d != nil {
		return e.Store.DenyDevice(ctx, d.Hash, v.Interaction.ID, v.Interaction.Version, e.Now(), effects)
	}
	return e.Store.FinishInteraction(ctx, v.Interaction.ID, v.Interaction.Version, e.Now(), effects)
}
