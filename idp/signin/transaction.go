package signin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/transaction"
	"sekisho/idp/authorize"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

// transactionRoutes take the transaction password on the way to an operation. They are
// forms only: there is nothing a script would add.
func (h *Handler) transactionRoutes() []Route {
	return []Route{
		{"/transaction-password", http.MethodPost, false, h.form(h.postTransaction)},
		{"/transaction-password/new", http.MethodPost, false, h.form(h.postTransactionSet)},
		{"/transaction-password/advice", http.MethodPost, false, h.form(h.postTransactionAdvice)},
		{"/transaction-password/instead", http.MethodPost, false, h.form(h.postTransactionInstead)},
	}
}

func (h *Handler) showTransaction(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	f := h.frame(r, v)
	card, err := h.transactionCard(f.Lang, v)
	if err != nil {
		h.failed(w, r, v, errors.Join(errNotShown, err))
		return
	}
	if v.Step.Kind == authorize.StepTransactionAdvice {
		h.Site.Render(w, r, http.StatusOK, loginui.TransactionPasswordAdvice{Frame: f, Operation: v.Step.Outcome.Operation, Transaction: card})
		return
	}
	if f.Notice == nil { // a pause that began in another interaction is told before anything is typed
		standing, err := h.Methods.Transaction.Standing(r.Context(), v.Account.ID)
		if err != nil {
			h.failed(w, r, v, err)
			return
		}
		if standing != nil {
			f.Notice = &loginui.Notice{Kind: loginui.Bad, Code: string(standing.Code), Until: standing.Until}
		}
	}
	if v.Step.Kind == authorize.StepTransactionSet {
		h.Site.Render(w, r, http.StatusOK, h.transactionSetPage(f, v, card, nil))
		return
	}
	h.Site.Render(w, r, http.StatusOK, loginui.TransactionPassword{
		Frame: f, Operation: v.Step.Outcome.Operation, Instead: len(v.Step.Outcome.Methods) > 0, Transaction: card,
	})
}

func (h *Handler) transactionSetPage(f loginui.Frame, v *authorize.Visit, card *loginui.TransactionCard, reasons []string) loginui.Page {
	held := v.Input.Transaction
	from := usable(v, password.Change{TrustedFrom: v.Input.Policy.TrustedFromProof(h.Now(), h.proof(v))})
	return loginui.TransactionPasswordSet{
		Frame: f, Action: v.Path() + "/transaction-password/new", Operation: v.Step.Outcome.Operation, First: !held.Any,
		FourDigits: held.FourDigits, MustChange: held.MustChange, MinLength: h.Methods.Transaction.MinLength, Reasons: reasons, UsableFrom: from, Transaction: card,
	}
}

// postTransaction takes the transaction password, at no other step than its own: before
// the level is met nobody gets to guess at it (A2, B12).
func (h *Handler) postTransaction(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind != authorize.StepTransactionPassword {
		h.back(w, r, v)
		return
	}
	given, refusal, err := h.Methods.Transaction.Verify(r.Context(), v.Account, r.PostFormValue("transaction_password"), parseIP(h.ClientIP(r)))
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	if refusal != nil {
		h.transactionRefused(r.Context(), v, refusal)
		h.tell(w, r, v, "bad", string(refusal.Code), refusal.Until)
		return
	}
	v.Progress.Notice = nil
	if given.Temporary {
		v.Progress.Transaction = &authorize.TransactionStage{Temporary: true}
		h.keep(w, r, v)
		return
	}
	if given.MustChange { // the next page says so, from what is stored
		h.back(w, r, v)
		return
	}
	v.Progress.Transaction = v.Given(given.Event)
	v.Progress.Transaction.Advise = given.FourDigits
	h.agedTransaction(v, given)
	h.keepGiven(w, r, v)
}

// keepGiven stores a proof. The trail says so only when it counts.
func (h *Handler) keepGiven(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	err := h.Engine.Save(r.Context(), v)
	if err == nil {
		h.Record(r.Context(), h.transactionVerified(v))
	} else if !conflict(err) {
		h.failed(w, r, v, err)
		return
	}
	h.back(w, r, v)
}

func (h *Handler) transactionRefused(ctx context.Context, v *authorize.Visit, refusal *transaction.Refusal) {
	for event, reason := range refusal.Events() {
		h.Record(ctx, h.denied(v, v.Account.ID, event, reason))
	}
}

// postTransactionSet sets a first transaction password or changes the one there is. What
// was chosen here and now counts as given here.
func (h *Handler) postTransactionSet(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind != authorize.StepTransactionSet {
		h.back(w, r, v)
		return
	}
	c, err := h.transactionChange(r, v)
	if err != nil {
		h.failed(w, r, v, err)
		return
	}
	refusal, err := h.Methods.Transaction.Set(r.Context(), c, parseIP(h.ClientIP(r)))
	switch {
	case errors.Is(err, idp.ErrExists), errors.Is(err, idp.ErrRevoked): // another tab was faster, or ended the session
		h.back(w, r, v)
	case err != nil:
		h.failed(w, r, v, err)
	case refusal != nil && refusal.Code == transaction.Refused:
		f := h.frame(r, v)
		f.Notice = &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasswordRefused}
		card, err := h.transactionCard(f.Lang, v)
		if err != nil {
			h.failed(w, r, v, errors.Join(errNotShown, err))
			return
		}
		h.Site.Render(w, r, http.StatusOK, h.transactionSetPage(f, v, card, refusal.Words()))
	case refusal != nil:
		h.transactionRefused(r.Context(), v, refusal)
		h.tell(w, r, v, "bad", string(refusal.Code), refusal.Until)
	default:
		h.Committed()
		v.Progress.Notice, v.Progress.Aged = nil, notOf(v.Progress.Aged, idp.TransactionPassword)
		v.Progress.Transaction = v.Given(idp.AuthenticationEvent{At: h.Now()})
		h.keepGiven(w, r, v)
	}
}

// transactionChange is what the form asks for, about the customer of the session, with the
// audit record and the mails that go with it.
func (h *Handler) transactionChange(r *http.Request, v *authorize.Visit) (password.Change, error) {
	ctx := r.Context()
	c := password.Change{
		Account: v.Account, Current: r.PostFormValue("current"), New: r.PostFormValue("new"), KeepSessionID: v.Session.ID,
		TrustedFrom: v.Input.Policy.TrustedFromProof(h.Now(), h.proof(v)),
		Context:     password.Context{LoginName: v.Account.LoginName, AccountNumbers: []string{v.Account.LoginName}},
	}
	emails, err := h.Store.Emails(ctx, v.Account.ID)
	if err != nil {
		return c, err
	}
	for _, e := range emails {
		c.Context.Emails = append(c.Context.Emails, e.Address)
	}
	event, kind := audit.TransactionPasswordSet, notify.TransactionPasswordSet
	if v.Input.Transaction.Any {
		event, kind = audit.TransactionPasswordChanged, notify.TransactionPasswordChanged
	}
	rec := h.denied(v, v.Account.ID, event, "")
	rec.Result = audit.OK
	c.Effects.Audit, c.Effects.Session = []idp.AuditRecord{h.Fill(ctx, rec)}, v.Session.ID
	c.Effects.Outbox, err = h.mailAll(ctx, h.spokenTo(r, v, v.Account), kind, notify.Data{At: h.Now(), HeldUntil: usable(v, c)})
	return c, err
}

// usable is from when a first transaction password counts everywhere; zero: at once, and
// for one that is only changed.
func usable(v *authorize.Visit, c password.Change) time.Time {
	if v.Input.Transaction.Any {
		return time.Time{}
	}
	return c.TrustedFrom
}

// postTransactionAdvice goes on, or changes the four digits first.
func (h *Handler) postTransactionAdvice(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Step.Kind != authorize.StepTransactionAdvice {
		h.back(w, r, v)
		return
	}
	v.Progress.Transaction.Advise, v.Progress.Notice = false, nil
	v.Progress.Transaction.Change = r.PostFormValue("choice") == "change"
	h.keep(w, r, v)
}

// changesTransaction reports whether the customer is changing four digits that were taken
// already: leaving that page goes on to the operation, it does not give it up.
func changesTransaction(v *authorize.Visit) bool {
	return v.Progress.Transaction != nil && v.Progress.Transaction.Change
}

func (h *Handler) cancelTransactionChange(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	v.Progress.Transaction.Change, v.Progress.Transaction.Advise, v.Progress.Notice = false, v.Input.Transaction.FourDigits, nil
	h.keep(w, r, v)
}
