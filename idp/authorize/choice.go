package authorize

import (
	"context"
	"errors"
	"slices"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

// policyOf is the firm's policy with what the customer of this browser chose (B7). Where
// somebody else is about to sign in, and before anybody is known, it is the firm's alone;
// the choice counts from the moment the account is known.
func (e *Engine) policyOf(v *Visit) assurance.Policy {
	if v.Account == nil || v.Progress.Switch {
		return e.Policy()
	}
	return e.Policy().Chosen(v.Account.Choices)
}

// FallsShort reports whether a session proves less than its customer wants for signing in,
// although the account could prove it. Where it could not, the pages on which such a choice
// is taken back stay open.
func (e *Engine) FallsShort(sess *idp.Session, account *idp.Account, h assurance.Holdings) bool {
	wanted := assurance.ChosenLevel(account.Choices[idp.SignInChoice].Factor)
	if wanted == assurance.None || !e.Policy().Reaches(h, wanted) {
		return false
	}
	return !slices.ContainsFunc(assurance.Achieve(sess.AccountID, sess.Events), func(a assurance.Achieved) bool { return a.Level >= wanted })
}

// together marks a step at which the transaction password is given on the same page as the
// proof that is asked for anyway (B12): the customer is signed in, the operation wants both,
// and there is one to be given. Elsewhere it follows on a page of its own.
func (e *Engine) together(ctx context.Context, v *Visit) error {
	in := v.Input
	switch {
	case v.Session == nil || !v.StepsUp() || in.Demand.None || in.Progress.Transaction != nil || in.Progress.Must != nil:
		return nil
	case v.Step.Kind == StepReauth && v.Step.Outcome.TransactionToo:
	case v.Step.Kind == StepCode && v.Step.Code.Method == idp.MethodTOTP && v.Step.Code.Purpose == idp.CodeSignIn &&
		in.Progress.AccountID == v.Account.ID && in.outcome().TransactionToo:
		v.Step.Outcome = in.outcome() // the code page names the operation
	default:
		return nil
	}
	row, err := e.Store.Password(ctx, v.Account.ID, idp.TransactionPassword)
	if errors.Is(err, idp.ErrNotFound) {
		return nil
	}
	v.Step.Together = err == nil && !row.MustChange && (e.FourDigits || !row.FourDigits)
	return err
}
