package storage_test

import (
	"strconv"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// A9: of any number of windows that change a marked password at once one does; what it set
// stands, and its session lives on.
func TestReplaceMarkedOnce(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := createAccount(t, s)
		marked := idp.Password{AccountID: account.ID, Kind: idp.LoginPassword, Hash: "brought", MustChange: true, ChangedAt: start()}
		must(t, s.SetPassword(t.Context(), marked, "", idp.Effects{}))
		next := func(i int) idp.Password {
			return idp.Password{AccountID: account.ID, Kind: idp.LoginPassword, Hash: strconv.Itoa(i), ChangedAt: start().Add(time.Duration(i+1) * time.Second)}
		}
		errs := race(func(i int) error {
			return s.ReplaceMarked(t.Context(), marked, next(i), "", idp.Effects{})
		})
		tally(t, errs, 1, idp.ErrConsumed)
		held, err := s.Password(t.Context(), account.ID, idp.LoginPassword)
		must(t, err)
		won, _ := strconv.Atoi(held.Hash)
		if held.MustChange || errs[won] != nil {
			t.Errorf("%+v stands, and its change says %v", held, errs[won])
		}
		wantErr(t, s.ReplaceMarked(t.Context(), *held, next(99), "", idp.Effects{}), idp.ErrConsumed) // not marked any more
		other := next(1)
		other.AccountID = "unknown"
		wantErr(t, s.ReplaceMarked(t.Context(), marked, other, "", idp.Effects{}), idp.ErrNotFound)
		stopped := createAccount(t, s) // by the desk, or by a code from a mail, while the page was open
		brought := idp.Password{AccountID: stopped.ID, Kind: idp.LoginPassword, Hash: "brought", MustChange: true, ChangedAt: start()}
		must(t, s.SetPassword(t.Context(), brought, "", idp.Effects{}))
		must(t, s.SetAccountStatus(t.Context(), stopped.ID, idp.AccountLocked, idp.Effects{}))
		late := next(1)
		late.AccountID = stopped.ID
		wantErr(t, s.ReplaceMarked(t.Context(), brought, late, "", idp.Effects{}), idp.ErrLocked)
	})
}
