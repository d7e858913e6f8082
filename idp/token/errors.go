package token

import (
	"context"
	"errors"
	"log/slog"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// errGrant is the one answer to every code or refresh token that does not redeem; why is
// in the audit trail.
func errGrant() *oidc.Error {
	return oidc.NewError(oidc.InvalidGrant, "the code or token is invalid, expired, revoked or was issued to another client")
}

// reject records a refusal and returns it.
func (e *Endpoint) reject(r *request, err *oidc.Error) *oidc.Error {
	e.Audit.Record(r.ctx(), idp.AuditRecord{
		Event: audit.TokenRejected, Result: audit.Denied, Reason: string(err.Code), Actor: audit.ClientApp, ClientID: r.client.ID,
	})
	return err
}

func (e *Endpoint) trouble(r *request, err error) *oidc.Error {
	return trouble(r.ctx(), e.Logger, err)
}

// trouble is the answer when the provider itself failed; what failed goes to the log only.
func trouble(ctx context.Context, log *slog.Logger, err error) *oidc.Error {
	if log != nil {
		log.ErrorContext(ctx, "token endpoints", "error", err)
	}
	if errors.Is(err, idp.ErrUnavailable) {
		return oidc.NewError(oidc.TemporarilyUnavailable, "try again later")
	}
	return oidc.NewError(oidc.ServerError, "the request could not be processed")
}

// redeemFailed turns what storage or a rule said about a code or refresh token into the
// answer, and records it: rejected is the event for a value that is no good, reused the
// one for a single-use value that came again, whose grant is revoked by now.
func (e *Endpoint) redeemFailed(r *request, err error, rejected, reused string) *oidc.Error {
	record := idp.AuditRecord{Event: rejected, Result: audit.Denied, Actor: audit.ClientApp, ClientID: r.client.ID}
	var rule *oidc.Error
	var again *idp.ConsumedError
	answer := errGrant()
	switch {
	case errors.As(err, &rule):
		record.Reason, answer = string(rule.Code), rule
	case errors.As(err, &again):
		record.Event, record.Reason, record.AccountID = reused, "grant_revoked", again.AccountID
		record.Detail = map[string]string{"grant": again.GrantID}
	case errors.Is(err, idp.ErrConsumed):
		record.Event, record.Reason = reused, "grant_revoked"
	case errors.Is(err, idp.ErrNotFound):
		record.Reason = "unknown"
	case errors.Is(err, idp.ErrExpired):
		record.Reason = "expired"
	case errors.Is(err, idp.ErrRevoked):
		record.Reason = "revoked"
	default:
		return e.trouble(r, err)
	}
	e.Audit.Record(r.ctx(), record)
	return answer
}

func (e *Endpoint) recordIssued(r *request) {
	record := idp.AuditRecord{
		Event: audit.TokenIssued, Result: audit.OK, Actor: audit.ClientApp, ClientID: r.client.ID,
		Detail: map[string]string{"scope": joinScopes(r.issued.scopes), "grant_type": r.form.Get("grant_type")},
	}
	if r.form.Get("grant_type") == oidc.GrantRefreshToken {
		record.Event = audit.TokenRefreshed
	}
	if x := r.issued.exchanged; x != nil {
		record.Event = audit.TokenExchanged
		record.Detail["rule"], record.Detail["target"], record.Detail["from"] = x.rule, r.form.Get("resource"), x.from[len(x.from)-1]
	}
	if r.bound.Bound() {
		record.Detail["bound"] = r.bound.String()
	}
	if g := r.issued.grant; g != nil {
		record.AccountID, record.SessionID = g.AccountID, g.SessionID
		record.Detail["grant"], record.Detail["acr"] = g.ID, g.ACR
	}
	e.Audit.Record(r.ctx(), record)
}
