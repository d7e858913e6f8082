package authorize

import (
	"context"
	"errors"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

// Steps of the transaction password (A2, B12). They come after the level is met, so that
// nobody who could not reach the operation anyway gets to guess at it.
const (
	StepTransactionPassword StepKind = "transaction_password"        // asked for, once per interaction
	StepTransactionSet      StepKind = "transaction_password_set"    // the customer has none that may be used, or changes it now
	StepTransactionAdvice   StepKind = "transaction_password_advice" // the one given has four digits; nothing is refused for it
)

// ReasonNewTransactionPassword is why an operation waits: the transaction password is too
// new. Without it a phished password and mail code would choose the one thing that stands
// between them and a withdrawal.
const ReasonNewTransactionPassword = "new_transaction_password"

// TransactionStage is what an interaction knows about the transaction password.
type TransactionStage struct {
	// Proof is the right one, given here. It stands in the progress of this interaction and
	// nowhere else; CeremonyID is the interaction's own id.
	Proof *idp.AuthenticationEvent `json:"proof,omitempty"`
	// Advise: it has four digits, which the customer is told before going on. Change: the
	// customer changes it now.
	Advise bool `json:"advise,omitempty"`
	Change bool `json:"change,omitempty"`
	// Instead: the customer proves more instead, where the firm takes that (A12).
	Instead bool `json:"instead,omitempty"`
	// Temporary: the one given came by letter, and has to be changed before anything is accepted (A9).
	Temporary bool `json:"temporary,omitempty"`
}

// Given makes the stage of a transaction password that was right just now.
func (v *Visit) Given(e idp.AuthenticationEvent) *TransactionStage {
	e.ID, e.AccountID, e.CeremonyID, e.Method = idp.NewID(), v.Account.ID, v.Interaction.ID, idp.MethodTransactionPassword
	return &TransactionStage{Proof: &e}
}

// TransactionHeld is the stored transaction password of the customer, as far as what comes
// next depends on it.
type TransactionHeld struct {
	Any        bool
	FourDigits bool
	MustChange bool // a temporary one, or one of four digits where the firm takes those no more

	TrustedFrom time.Time // end of its cooling-off; zero: none
}

// heldTransaction looks the password up where it can matter. A proof given before the
// password was changed is taken back: what the old one opened is not finished with it.
func (e *Engine) heldTransaction(ctx context.Context, v *Visit, in *Input) error {
	if v.Progress.Transaction == nil && in.outcome().Kind != assurance.TransactionPassword {
		return nil
	}
	row, err := e.Store.Password(ctx, v.Account.ID, idp.TransactionPassword)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	if row != nil {
		in.Transaction = TransactionHeld{Any: true, FourDigits: row.FourDigits, MustChange: row.MustChange || row.FourDigits && !e.FourDigits, TrustedFrom: row.TrustedFrom}
	}
	if t := v.Progress.Transaction; t != nil && t.Temporary {
		in.Transaction.MustChange = true
	}
	if t := v.Progress.Transaction; t != nil && t.Proof != nil && (row == nil || in.Transaction.MustChange || t.Proof.At.Before(row.ChangedAt)) {
		v.Progress.Transaction = nil
	}
	in.Progress = v.Progress
	return nil
}

// events are what the session proved, and what was proved to this interaction alone.
func (in Input) events() []idp.AuthenticationEvent {
	events := in.Session.Events
	if t := in.Progress.Transaction; t != nil && t.Proof != nil {
		events = append(events[:len(events):len(events)], *t.Proof)
	}
	return events
}

// transacted: the operation wants the transaction password too. Setting or changing one
// takes what changing an authenticator takes.
func transacted(in Input) (Step, bool) {
	out := in.outcome()
	lacking := out.Kind == assurance.TransactionPassword
	var stage TransactionStage
	if in.Progress.Transaction != nil {
		stage = *in.Progress.Transaction
	}
	tooNew := in.Now.Before(in.Transaction.TrustedFrom) && in.Policy.WantsTrust(out.Operation, in.Now)
	if tooNew && (stage.Proof != nil || lacking && len(out.Methods) == 0) {
		out.Kind, out.Reason, out.AvailableFrom = assurance.CoolingOff, ReasonNewTransactionPassword, in.Transaction.TrustedFrom
		return assuranceStep(in, out)
	}
	switch {
	case !lacking && !stage.Advise && !stage.Change:
		return Step{}, false
	case in.Demand.None:
		return fail(silentError(out)), true
	case lacking && len(out.Methods) > 0 && (stage.Instead || tooNew || !in.Transaction.Any):
		return Step{Kind: StepReauth, Outcome: out}, true
	case lacking && in.Transaction.Any && !in.Transaction.MustChange:
		return Step{Kind: StepTransactionPassword, Outcome: out}, true
	case lacking || stage.Change:
		if fresh := in.fresh(); fresh.Kind != assurance.Satisfied {
			return assuranceStep(in, fresh)
		}
		return Step{Kind: StepTransactionSet, Outcome: out}, true
	default:
		return Step{Kind: StepTransactionAdvice, Outcome: out}, true
	}
}

// fresh holds the session against what changing authenticators needs (PG-16).
func (in Input) fresh() assurance.Outcome {
	policy := in.Policy
	policy.SignIn = in.Firm // a choice that cannot be met must not shut the way out of it
	policy.Operations = map[string]assurance.OperationPolicy{EnrolOperation: in.Enrol}
	asked := assurance.Asked{ACRValues: []string{assurance.OperationPrefix + EnrolOperation}, Since: in.Demand.Since, CeremonyID: in.Progress.CeremonyID}
	return policy.Next(asked, in.Session.AccountID, in.Session.Events, in.Holdings, in.Now)
}
