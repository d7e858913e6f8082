package signin

import (
	"context"
	"net/http"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authorize"
	"sekisho/idp/environment"
	"sekisho/idp/session"
)

// proved is a ceremony whose last factor was just verified.
type proved struct {
	account *idp.Account
	events  []idp.AuthenticationEvent // of this ceremony only, oldest first
	passkey *idp.PasskeyUse

	transaction *authorize.TransactionStage // proved in the same go (B12)
	assertion   *authorize.Assertion        // over the transaction shown
}

// complete commits a finished ceremony: session, events, credential state, progress,
// audit and mail in one transaction, and only then the cookie (PA-11, SE-03).
func (h *Handler) complete(w http.ResponseWriter, r *http.Request, v *authorize.Visit, p proved) error {
	if v.StepsUp() && v.Session.AccountID != p.account.ID {
		return idp.ErrRejected
	}
	for i := range p.events {
		p.events[i].CeremonyID, p.events[i].AccountID = v.Progress.CeremonyID, p.account.ID
	}
	unasked := p.account.Locale == ""
	p.account = h.spokenTo(r, v, p.account)
	next := h.Sessions.Prepare(v.Session, p.account.ID, h.ClientIP(r), r.UserAgent())
	seen, arrival, secret, err := h.arrives(r, p.account.ID, next.New)
	if err != nil {
		return err
	}
	effects, stop, err := h.signInEffects(r.Context(), v, p, next, seen.Verdict)
	if err != nil {
		return err
	}
	before := v.Progress
	var earlier *idp.Proved
	if p.passkey == nil {
		earlier = &idp.Proved{PasswordSetAt: before.PasswordSetAt, CredentialID: p.events[len(p.events)-1].CredentialID}
	}
	v.Progress.SpeakOf(p.account.ID)
	v.Progress.Complete(next.Session.ID)
	if p.transaction != nil {
		v.Progress.Transaction = p.transaction
	}
	if v.Step.Approves {
		v.Progress.Approval = approvalOf(v.Progress.CeremonyID, p)
	}
	v.Interaction.Progress = v.Progress.Encode()
	err = h.Store.Authenticate(r.Context(), idp.Authenticate{
		Interaction: v.Interaction, Session: next.Session, NewSession: next.New, Events: p.events,
		Passkey: p.passkey, MaxSessions: h.MaxSessions, EndSessionID: next.EndsID, Proved: earlier, Effects: effects, StopCode: stop, Environment: arrival,
		Ended: func(id, accountID, reason string) idp.AuditRecord {
			return h.Fill(r.Context(), idp.AuditRecord{
				At: h.Now(), Event: audit.SessionEnded, Result: audit.OK, Reason: reason, Actor: audit.System, AccountID: accountID, SessionID: id,
			})
		},
	})
	if err != nil {
		v.Progress = before // nothing of it happened
		return err
	}
	h.Committed()
	h.Sessions.Jar.Set(w, next.Cookie)
	h.Known.Remember(w, r, arrival, secret)
	if unasked {
		// Mails speak the language of the pages from the first sign-in on.
		if err := h.Store.SetLocale(r.Context(), p.account.ID, p.account.Locale); err != nil {
			h.Log.WarnContext(r.Context(), "language not kept, will be tried at the next sign-in", "error", err)
		}
	}
	return nil
}

// spokenTo is the account with the language of the page for one that never chose.
func (h *Handler) spokenTo(r *http.Request, v *authorize.Visit, account *idp.Account) *idp.Account {
	if account.Locale != "" {
		return account
	}
	copied := *account
	copied.Locale = h.frame(r, v).Lang
	return &copied
}

// signInEffects is the audit trail and the mails of a finished ceremony, with the stop
// code that the mails carry.
func (h *Handler) signInEffects(ctx context.Context, v *authorize.Visit, p proved, next session.Prepared, from environment.Verdict) (idp.Effects, *idp.StopCode, error) {
	event := audit.SignInSucceeded
	if !next.New {
		event = audit.StepUpSucceeded
	}
	last := p.events[len(p.events)-1]
	effects := idp.Effects{Audit: []idp.AuditRecord{h.Fill(ctx, idp.AuditRecord{
		At: h.Now(), Event: event, Result: "ok", Actor: "customer", AccountID: p.account.ID,
		ClientID: v.Interaction.ClientID, SessionID: next.Session.ID,
		Detail: map[string]string{"method": string(last.Method), "credential": last.CredentialID},
	})}}
	if t := p.transaction; t != nil && t.Proof != nil {
		effects.Audit = append(effects.Audit, h.Fill(ctx, h.transactionVerified(v)))
	}
	if !next.New {
		return effects, nil, nil
	}
	effects.Audit = append(effects.Audit, h.Fill(ctx, idp.AuditRecord{
		At: h.Now(), Event: audit.SessionStarted, Result: audit.OK, Actor: audit.Customer, AccountID: p.account.ID,
		ClientID: v.Interaction.ClientID, SessionID: next.Session.ID,
	}))
	if from != environment.Known {
		effects.Audit = append(effects.Audit, h.Fill(ctx, idp.AuditRecord{
			At: h.Now(), Event: audit.SignInNewDevice, Result: audit.OK, Reason: string(from), Actor: audit.Customer, AccountID: p.account.ID, SessionID: next.Session.ID,
		}))
	}
	if from == environment.Copied {
		effects.Audit = append(effects.Audit, h.Fill(ctx, idp.AuditRecord{
			At: h.Now(), Event: audit.EnvironmentReused, Result: audit.Denied, Actor: audit.Customer, AccountID: p.account.ID, SessionID: next.Session.ID,
		}))
	}
	mails, stop, err := h.mailSignIn(ctx, p.account, next, from == environment.Known)
	effects.Outbox = mails
	return effects, stop, err
}

func (h *Handler) verifiedEmails(ctx context.Context, accountID string) ([]idp.Email, error) {
	all, err := h.Store.Emails(ctx, accountID)
	if err != nil {
		return nil, err
	}
	return idp.CodeAddresses(all), nil
}
