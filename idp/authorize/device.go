package authorize

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
	"sekisho/idp/session"
)

// DeviceStore connects waiting devices (RFC 8628) with the interactions that answer them.
type DeviceStore interface {
	// ClaimDeviceCode ties a waiting device to an interaction of this browser; idp.ErrNotFound
	// for every other code than one that waits and that no other browser entered.
	ClaimDeviceCode(ctx context.Context, userCode []byte, interactionID string, browserHash []byte, at time.Time) (*idp.DeviceCode, error)
	// ApproveDevice finishes the interaction with a grant for the device; idp.ErrConsumed,
	// idp.ErrConflict; idp.ErrExpired when the device waits no longer, or for another interaction.
	ApproveDevice(ctx context.Context, a idp.ApproveDevice) error
	// DenyDevice finishes the interaction and tells the device no.
	DenyDevice(ctx context.Context, hash []byte, interactionID string, version int, at time.Time, effects idp.Effects) error
}

// Device is the device that waits for this visit's answer; nil for every other visit.
func (v *Visit) Device() *oidc.DeviceAsking {
	if v.Request == nil {
		return nil
	}
	return v.Request.Device
}

// BeginDevice begins and keeps the interaction in which the customer of this browser answers
// the device that shows a user code. idp.ErrNotFound when there is none to answer here.
func (e *Engine) BeginDevice(w http.ResponseWriter, r *http.Request, userCode []byte) (*Visit, error) {
	ix := &idp.Interaction{ID: idp.NewID(), Kind: idp.InteractionAuthorize}
	code, err := e.Store.ClaimDeviceCode(r.Context(), userCode, ix.ID, idp.HashSecret(e.Binding(w, r)), e.Now())
	if err != nil {
		return nil, err
	}
	ix.ClientID, ix.Request = code.ClientID, code.Request
	if err := json.Unmarshal(code.Request, &oidc.AuthorizationRequest{}); err != nil {
		return nil, fmt.Errorf("stored device request: %w", err)
	}
	v, err := e.begin(r, ix)
	if err != nil {
		return nil, err
	}
	return v, e.Keep(w, r, v)
}

// Connect finishes a visit whose step is StepFinish with a grant for the device that waits.
// The mails go out with it. The customer's word was given on the page that showed the device,
// in this very interaction: without it there is no connection, whatever was agreed to before.
func (e *Engine) Connect(ctx context.Context, v *Visit, mails []idp.OutboxMessage) error {
	device := v.Device()
	if device == nil || v.Progress.Consented == nil {
		return fmt.Errorf("a device without its approval: %w", idp.ErrRejected)
	}
	now := e.Now()
	grant := e.grantOf(v, now)
	record := idp.AuditRecord{
		At: now, Event: audit.DeviceApproved, Result: audit.OK, Actor: audit.Customer,
		AccountID: grant.AccountID, ClientID: grant.ClientID, SessionID: grant.SessionID,
		Detail: map[string]string{
			"grant": grant.ID, "acr": grant.ACR, "scope": strings.Join(grant.Scopes, " "), "ip": device.IP, "device": session.Describe(device.UserAgent),
		},
	}
	return e.Store.ApproveDevice(ctx, idp.ApproveDevice{
		InteractionID: v.Interaction.ID, Version: v.Interaction.Version, Hash: device.Hash,
		Grant: grant, Consent: e.newConsent(v, now), At: now,
		Effects: idp.Effects{Audit: []idp.AuditRecord{e.Fill(ctx, record)}, Outbox: mails},
	})
}

// Operation is the operation that this visit's answer is for; "" without.
func (v *Visit) Operation() string { return v.Input.outcome().Operation }
