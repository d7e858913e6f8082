package storage_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// approvedIssue is an authorization for one transaction.
func approvedIssue(t *testing.T, s *storage.Store, session idp.Session) storage.IssueCode {
	t.Helper()
	issue := authorization(t, s, session)
	issue.Grant.Details, issue.Grant.Receipt, issue.Grant.SingleUse = []byte(`[{"amount":1,"type":"withdrawal"}]`), "a.b.c", true
	issue.Transaction = &idp.Transaction{
		ID: idp.NewID(), GrantID: issue.Grant.ID, AccountID: issue.Grant.AccountID, ClientID: issue.Grant.ClientID, Type: "withdrawal",
		Details: issue.Grant.Details, Receipt: "a.b.c", ApprovedAt: start(), GoodUntil: start().Add(time.Hour),
	}
	return issue
}

func TestTransactions(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		session := signIn(t, s, createAccount(t, s).ID, "cred")
		t.Run("RA-02 what was approved comes back as it was", func(t *testing.T) {
			issue := approvedIssue(t, s, session)
			must(t, s.IssueCode(t.Context(), issue))
			state, _, err := s.GrantState(t.Context(), issue.Grant.ID, "none")
			must(t, err)
			if string(state.Details) != string(issue.Grant.Details) || state.Receipt != "a.b.c" || !state.SingleUse || !state.RedeemedAt.IsZero() {
				t.Errorf("%+v", state.Grant)
			}
			kept, err := s.Transactions(t.Context(), issue.Grant.AccountID, 10)
			must(t, err)
			one, err := s.Transaction(t.Context(), issue.Grant.AccountID, issue.Transaction.ID)
			must(t, err)
			if one.Receipt != "a.b.c" || !one.GoodUntil.Equal(issue.Transaction.GoodUntil) || !one.RedeemedAt.IsZero() || !one.RevokedAt.IsZero() {
				t.Errorf("%+v", one)
			}
			_, err = s.Transaction(t.Context(), "another", issue.Transaction.ID)
			wantErr(t, err, idp.ErrNotFound)
			if len(kept) != 1 || kept[0].ID != issue.Transaction.ID || kept[0].Receipt != "a.b.c" || !kept[0].ApprovedAt.Equal(issue.Transaction.ApprovedAt) {
				t.Errorf("%+v", kept)
			}
		})
		t.Run("fifty uses of one approval, one counts", func(t *testing.T) {
			issue := approvedIssue(t, s, session)
			must(t, s.IssueCode(t.Context(), issue))
			tally(t, race(func(int) error {
				return s.RedeemTransaction(t.Context(), issue.Grant.ID, start().Add(time.Second), idp.Effects{})
			}), 1, idp.ErrConsumed)
			state, _, err := s.GrantState(t.Context(), issue.Grant.ID, "none")
			must(t, err)
			if state.RedeemedAt.IsZero() || state.Live(start().Add(2*time.Second)) {
				t.Errorf("%+v", state.Grant)
			}
			if one, err := s.Transaction(t.Context(), issue.Grant.AccountID, issue.Transaction.ID); err != nil || one.RedeemedAt.IsZero() {
				t.Errorf("%+v %v", one, err)
			}
		})
		t.Run("nothing else can be used up", func(t *testing.T) {
			revoked, plain := approvedIssue(t, s, session), authorization(t, s, session)
			must(t, s.IssueCode(t.Context(), revoked))
			must(t, s.IssueCode(t.Context(), plain))
			must(t, s.RevokeGrant(t.Context(), revoked.Grant.ID, revoked.Grant.ClientID, start(), idp.Effects{}))
			if one, err := s.Transaction(t.Context(), revoked.Grant.AccountID, revoked.Transaction.ID); err != nil || one.RevokedAt.IsZero() {
				t.Errorf("%+v %v", one, err)
			}
			for _, id := range []string{revoked.Grant.ID, plain.Grant.ID, "unknown"} {
				wantErr(t, s.RedeemTransaction(t.Context(), id, start(), idp.Effects{}), idp.ErrConsumed)
			}
		})
	})
}
