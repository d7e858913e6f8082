package authorize

import (
	"context"
	"slices"
	"strings"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
)

// IssueStore commits the end of an interaction.
type IssueStore interface {
	// IssueCode finishes the interaction and stores grant, code and consent in one
	// transaction; idp.ErrConsumed when it, or the pushed request it began with, was
	// finished before.
	IssueCode(ctx context.Context, issue idp.IssueCode) error
	// UsePushedRequest uses a pushed request up without a code; idp.ErrConsumed.
	UsePushedRequest(ctx context.Context, hash []byte, at time.Time) error
}

// Issue finishes a visit whose step is StepFinish with an authorization code.
func (e *Engine) Issue(ctx context.Context, v *Visit) (code string, err error) {
	now := e.Now()
	grant := e.grantOf(v, now)
	code = idp.NewSecret()
	record := idp.AuthorizationCode{
		Hash: idp.HashSecret(code), GrantID: grant.ID, ClientID: v.Client.ID,
		RedirectURI: v.Request.RedirectURI, CodeChallenge: v.Request.CodeChallenge, Nonce: v.Request.Nonce,
		AuthTimeAsked: v.Request.AuthTimeAsked, CreatedAt: now, ExpiresAt: now.Add(e.Limits.Code),
		DPoPKey: v.Request.DPoPKey,
	}
	transaction, err := e.approved(v, &grant, now)
	if err != nil {
		return "", err
	}
	return code, e.Store.IssueCode(ctx, idp.IssueCode{
		InteractionID: v.Interaction.ID, Version: v.Interaction.Version,
		Grant: grant, Code: record, Consent: e.newConsent(v, now), At: now,
		Effects:    idp.Effects{Audit: e.issueAudit(ctx, v, grant, now)},
		PushedHash: v.Request.Pushed, Transaction: transaction,
	})
}

// grantOf is what a finished visit gives its client. The assurance comes from the decided
// outcome and from nowhere else (SU-04).
func (e *Engine) grantOf(v *Visit, now time.Time) idp.Grant {
	out := v.Step.Outcome
	scopes := GrantedScopes(v.Input.Demand, v.Progress, v.Input.Consent)
	return idp.Grant{
		ID: idp.NewID(), AccountID: v.Account.ID, ClientID: v.Client.ID,
		SessionID: v.Session.ID, SID: v.Session.SID,
		Scopes: scopes, Resources: v.Request.Resources, Claims: v.Request.Claims,
		ACR: out.ACR, Level: out.Level.ACR(), AMR: out.AMR, AuthTime: out.AuthTime,
		Offline: slices.Contains(scopes, "offline_access"), CreatedAt: now, // A session-bound grant also ends with its session (idp.GrantState).
		ExpiresAt: now.Add(e.Limits.Grant),
	}
}

func (e *Engine) newConsent(v *Visit, now time.Time) *idp.Consent {
	if v.Progress.Consented == nil {
		return nil
	}
	return &idp.Consent{
		AccountID: v.Account.ID, ClientID: v.Client.ID, Scopes: v.Progress.Consented,
		Fingerprint: v.Input.Consent.Print, GivenAt: now,
	}
}

func (e *Engine) issueAudit(ctx context.Context, v *Visit, g idp.Grant, now time.Time) []idp.AuditRecord {
	base := idp.AuditRecord{
		At: now, Event: audit.CodeIssued, Result: audit.OK, Actor: audit.Customer,
		AccountID: g.AccountID, ClientID: g.ClientID, SessionID: g.SessionID,
		Detail: map[string]string{"acr": g.ACR, "level": g.Level, "scope": strings.Join(g.Scopes, " "), "grant": g.ID},
	}
	records := []idp.AuditRecord{e.Fill(ctx, base)}
	if len(g.Details) > 0 {
		records = append(records, e.Fill(ctx, approvedRecord(v, base)))
	}
	if v.Progress.Consented != nil {
		given := base
		given.Event = audit.ConsentGiven
		records = append(records, e.Fill(ctx, given))
	}
	return records
}
