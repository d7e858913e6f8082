package authorize

import (
	"context"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

// Fresh decides whether a session may change its account's authenticators right now: the
// same engine and the same rule as for a relying party's step-up (SU-11).
func (e *Engine) Fresh(ctx context.Context, sess *idp.Session, account *idp.Account) (assurance.Outcome, assurance.Holdings, error) {
	now := e.Now()
	h, err := HoldingsOf(ctx, e.Store, sess.AccountID, e.Limits.Passkeys, now)
	if err != nil {
		return assurance.Outcome{}, h, err
	}
	h = e.Use(account.Kind).Restrict(h)
	policy := withOperation(e.Policy(), EnrolOperation, EnrolRequirement(h, e.Limits.EnrolFresh))
	asked := assurance.Asked{ACRValues: []string{assurance.OperationPrefix + EnrolOperation}}
	return policy.Next(asked, sess.AccountID, e.Use(account.Kind).Admit(sess.Events), h, now), h, nil
}
