package storage_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestTransactionPasswords(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		stored := func(accountID string) *idp.Password {
			t.Helper()
			got, err := s.Password(t.Context(), accountID, idp.TransactionPassword)
			must(t, err)
			return got
		}
		t.Run("A2 fifty first passwords: one is stored, with its effects, and nobody is signed out", func(t *testing.T) {
			account := createAccount(t, s)
			session := signIn(t, s, account.ID, "a")
			grant, _ := chain(t, s, session, true)
			names := make([]string, 50)
			for i := range names {
				names[i] = idp.NewID()
			}
			won := make(chan int, len(names))
			tally(t, race(func(i int) error {
				err := s.AddPassword(t.Context(), idp.Password{AccountID: account.ID, Kind: idp.TransactionPassword, Hash: names[i], ChangedAt: start()}, effects("transactionpassword.set"))
				if err == nil {
					won <- i
				}
				return err
			}), 1, idp.ErrExists)
			if got := stored(account.ID); got.Hash != names[<-won] {
				t.Errorf("the stored one is another's: %+v", got)
			}
			if !sessionLive(t, s, session) || !grantLive(t, s, grant.ID) {
				t.Error("a session or grant ended")
			}
			if _, err := s.Password(t.Context(), account.ID, idp.LoginPassword); err == nil {
				t.Error("A2 B5: it became the login password")
			}
		})
		t.Run("A7 fifty removals: one is done, the login password and everybody else's stay", func(t *testing.T) {
			account, other := createAccount(t, s), createAccount(t, s)
			for _, id := range []string{account.ID, other.ID} {
				must(t, s.AddPassword(t.Context(), idp.Password{AccountID: id, Kind: idp.TransactionPassword, Hash: "1"}, idp.Effects{}))
				must(t, s.AddPassword(t.Context(), idp.Password{AccountID: id, Kind: idp.LoginPassword, Hash: "0"}, idp.Effects{}))
			}
			tally(t, race(func(int) error {
				return s.RemoveTransactionPassword(t.Context(), account.ID, effects("transactionpassword.cleared"))
			}), 1, idp.ErrNotFound)
			stored(other.ID)
			_, err := s.Password(t.Context(), account.ID, idp.LoginPassword)
			must(t, err)
		})
		t.Run("without account", func(t *testing.T) {
			wantErr(t, s.AddPassword(t.Context(), idp.Password{AccountID: "unknown", Kind: idp.TransactionPassword}, idp.Effects{}), idp.ErrNotFound)
		})
		t.Run("A2 the mark of four digits is of one password and goes with it", func(t *testing.T) {
			account, other := createAccount(t, s), createAccount(t, s)
			old := idp.Password{AccountID: account.ID, Kind: idp.TransactionPassword, Hash: "1", ChangedAt: start()}
			theirs := idp.Password{AccountID: other.ID, Kind: idp.TransactionPassword, Hash: "1", ChangedAt: start()}
			login := idp.Password{AccountID: account.ID, Kind: idp.LoginPassword, Hash: "0", ChangedAt: start()}
			must(t, s.AddPassword(t.Context(), old, idp.Effects{}))
			must(t, s.AddPassword(t.Context(), theirs, idp.Effects{}))
			must(t, s.AddPassword(t.Context(), login, idp.Effects{}))
			must(t, s.MarkFourDigits(t.Context(), old))
			must(t, s.MarkFourDigits(t.Context(), old))
			if !stored(account.ID).FourDigits || stored(other.ID).FourDigits {
				t.Error("the wrong one was marked")
			}
			if got, err := s.Password(t.Context(), account.ID, idp.LoginPassword); err != nil || got.FourDigits {
				t.Errorf("the login password: %+v, %v", got, err)
			}
			next := old
			next.Hash, next.ChangedAt = "2", start().Add(time.Minute)
			must(t, s.SetPassword(t.Context(), next, "", idp.Effects{}))
			must(t, s.MarkFourDigits(t.Context(), old)) // too late: it was about the one before
			if stored(account.ID).FourDigits {
				t.Error("the new one is marked")
			}
		})
	})
}
