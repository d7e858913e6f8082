package token

import (
	"context"
	"errors"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// DeviceStore redeems what customers approved for devices. *storage.Store is one.
type DeviceStore interface {
	// RedeemDevice notes the request and takes what was approved, in one transaction under
	// the conditions of RedeemCode. Until somebody answered it is idp.ErrPending, or
	// idp.ErrTooSoon when the interval was not kept, and mint is not asked; idp.ErrDenied;
	// idp.ErrExpired; idp.ErrNotFound; idp.ErrConsumed; idp.ErrRevoked.
	RedeemDevice(ctx context.Context, hash []byte, clientID string, now time.Time,
		mint func(idp.DeviceCode, idp.GrantState) (*idp.RefreshToken, error)) (*idp.DeviceCode, error)
}

// deviceGrant is the device grant (RFC 8628 3.4).
type deviceGrant struct{}

func (deviceGrant) offered(e *Endpoint) bool { return e.Devices != nil }

func (deviceGrant) check(r *request) *oidc.Error {
	switch {
	case r.client.Metadata.ClientProfile == idp.ProfileFAPI2:
		return oidc.NewError(oidc.UnauthorizedClient, "the client is not registered for this grant type")
	case !r.form.Has("device_code"):
		return oidc.NewError(oidc.InvalidRequest, "device_code is missing")
	}
	return checkNoDetails(r)
}

func (deviceGrant) redeem(e *Endpoint, r *request) (issuance, *oidc.Error) {
	now := e.Now()
	refresh := idp.NewSecret() // outside mint, which may run again
	var out issuance
	asked, err := e.Devices.RedeemDevice(r.ctx(), idp.HashSecret(r.form.Get("device_code")), r.client.ID, now,
		func(code idp.DeviceCode, state idp.GrantState) (*idp.RefreshToken, error) {
			if e := checkCodeKey(code.DPoPKey, r.bound); e != nil {
				return nil, e
			}
			aud, beyond := audience(r.form.List("resource"), state.Resources, state.Scopes, e.Minter.Issuer)
			if beyond != nil {
				return nil, beyond
			}
			grant := state.Grant
			out = issuance{subject: state.Subject, scopes: grant.Scopes, audience: aud, grant: &grant, at: now, held: state.HeldUntil}
			if !r.client.HasGrant(oidc.GrantRefreshToken) {
				return nil, nil
			}
			out.refresh = refresh
			token := newRefreshToken(refresh, &grant, now, e.Minter.Lifetimes)
			token.BoundTo = boundTo(r)
			return token, nil
		})
	if err != nil {
		return issuance{}, e.deviceFailed(r, asked, err)
	}
	e.Audit.Record(r.ctx(), idp.AuditRecord{
		Event: audit.DeviceRedeemed, Result: audit.OK, Actor: audit.ClientApp, ClientID: r.client.ID,
		AccountID: out.grant.AccountID, SessionID: out.grant.SessionID, Detail: map[string]string{"grant": out.grant.ID},
	})
	return out, nil
}

// deviceFailed says why there is nothing for the device (RFC 8628 3.5). That it waits is how
// every request but the last one goes, and nothing to record; a proof of the wrong key is
// told while it still waits, before anything is used up.
func (e *Endpoint) deviceFailed(r *request, asked *idp.DeviceCode, err error) *oidc.Error {
	waiting := errors.Is(err, idp.ErrPending) || errors.Is(err, idp.ErrTooSoon)
	if waiting {
		if wrong := checkCodeKey(asked.DPoPKey, r.bound); wrong != nil {
			return e.reject(r, wrong)
		}
	}
	var answer *oidc.Error
	switch {
	case errors.Is(err, idp.ErrPending):
		return oidc.NewError(oidc.AuthorizationPending, "the customer has not answered yet")
	case errors.Is(err, idp.ErrTooSoon):
		return oidc.NewError(oidc.SlowDown, "wait five seconds longer between requests from now on")
	case errors.Is(err, idp.ErrDenied):
		answer = oidc.NewError(oidc.AccessDenied, "the customer said no")
	case errors.Is(err, idp.ErrExpired):
		answer = oidc.NewError(oidc.ExpiredToken, "nobody answered in time; begin anew")
	default:
		return e.redeemFailed(r, err, audit.DeviceRejected, audit.DeviceReplayed)
	}
	e.Audit.Record(r.ctx(), idp.AuditRecord{
		Event: audit.DeviceRejected, Result: audit.Denied, Reason: string(answer.Code), Actor: audit.ClientApp, ClientID: r.client.ID,
	})
	return answer
}
