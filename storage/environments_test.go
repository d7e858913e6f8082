package storage_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func newEnvironment(accountID, secret string) idp.Environment {
	now := start()
	return idp.Environment{
		ID: idp.NewID(), AccountID: accountID, Hash: idp.HashSecret(secret), RotatedAt: now, Browser: "Chrome", Platform: "Windows",
		Network: "192.0.2.0/24", Language: "ja", CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
	}
}

// arrive is a sign-in that says where it comes from.
func arrive(t testing.TB, s *storage.Store, use *idp.EnvironmentUse) error {
	t.Helper()
	return s.Authenticate(t.Context(), storage.Authenticate{Session: newSession(use.Environment.AccountID), NewSession: true, Environment: use})
}

// A10: of many sign-ins with one secret one replaces it; the others sign in all the same,
// keep no secret, and the one they showed is still remembered as the one before.
func TestEnvironmentRotation(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := createAccount(t, s)
		first := newEnvironment(account.ID, "first")
		added := &idp.EnvironmentUse{Environment: first, Max: 3}
		must(t, arrive(t, s, added))
		if !added.Kept {
			t.Error("a new environment is not kept")
		}
		uses := make([]*idp.EnvironmentUse, contenders)
		tally(t, race(func(i int) error {
			next := first
			next.Hash, next.RotatedAt = idp.HashSecret(idp.NewID()), start()
			uses[i] = &idp.EnvironmentUse{Environment: next, Presented: first.Hash, Max: 3}
			return arrive(t, s, uses[i])
		}), contenders, nil)
		held, err := s.Environment(t.Context(), account.ID, first.ID)
		must(t, err)
		kept := 0
		for _, use := range uses {
			if use.Kept {
				kept++
				if string(held.Hash) != string(use.Environment.Hash) {
					t.Error("the secret that was kept is not the one stored")
				}
			}
		}
		if kept != 1 || string(held.PreviousHash) != string(first.Hash) {
			t.Errorf("A10: %d secrets kept, want 1; the one before %x", kept, held.PreviousHash)
		}
	})
}

func TestEnvironments(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		account, other := createAccount(t, s), createAccount(t, s)
		var all []idp.Environment
		for i := range 5 {
			e := newEnvironment(account.ID, idp.NewID())
			e.LastSeenAt = e.LastSeenAt.Add(time.Duration(i) * time.Minute)
			must(t, arrive(t, s, &idp.EnvironmentUse{Environment: e, Max: 3}))
			all = append(all, e)
		}
		theirs := newEnvironment(other.ID, "theirs")
		must(t, arrive(t, s, &idp.EnvironmentUse{Environment: theirs, Max: 3}))
		t.Run("A10 no more than the most are kept, the last seen first", func(t *testing.T) {
			list, err := s.Environments(ctx, account.ID, start())
			must(t, err)
			if len(list) != 3 || list[0].ID != all[4].ID || list[2].ID != all[2].ID {
				t.Errorf("%d environments: %+v", len(list), list)
			}
		})
		t.Run("A10 a copied one goes when the next is added", func(t *testing.T) {
			e := newEnvironment(account.ID, "after")
			e.LastSeenAt = e.LastSeenAt.Add(time.Hour)
			must(t, arrive(t, s, &idp.EnvironmentUse{Environment: e, ForgetID: all[4].ID, Max: 3}))
			_, err := s.Environment(ctx, account.ID, all[4].ID)
			wantErr(t, err, idp.ErrNotFound)
		})
		t.Run("A10 one is forgotten, by its account only", func(t *testing.T) {
			wantErr(t, s.ForgetEnvironment(ctx, account.ID, theirs.ID, effects("environment.forgotten")), idp.ErrNotFound)
			_, err := s.Environment(ctx, account.ID, theirs.ID)
			wantErr(t, err, idp.ErrNotFound)
			must(t, s.ForgetEnvironment(ctx, account.ID, all[3].ID, effects("environment.forgotten")))
			wantErr(t, s.ForgetEnvironment(ctx, account.ID, all[3].ID, effects("environment.forgotten")), idp.ErrNotFound)
			if n := rows(t, s, "audit_records", "event = 'environment.forgotten'"); n != 1 {
				t.Errorf("%d records, want 1", n)
			}
			gone := &idp.EnvironmentUse{Environment: all[3], Presented: all[3].Hash, Max: 3}
			must(t, arrive(t, s, gone))
			if gone.Kept {
				t.Error("a forgotten environment came back")
			}
		})
		t.Run("A10 a changed transaction password says nothing about them", func(t *testing.T) {
			must(t, s.SetPassword(ctx, idp.Password{AccountID: account.ID, Kind: idp.TransactionPassword, Hash: "h"}, "", idp.Effects{}))
			if list, err := s.Environments(ctx, account.ID, start()); err != nil || len(list) == 0 {
				t.Errorf("%d left, %v", len(list), err)
			}
		})
		t.Run("A10 a changed password makes all of the account unknown", func(t *testing.T) {
			must(t, s.SetPassword(ctx, idp.Password{AccountID: account.ID, Kind: idp.LoginPassword, Hash: "h"}, "", idp.Effects{}))
			if list, err := s.Environments(ctx, account.ID, start()); err != nil || len(list) != 0 {
				t.Errorf("%d left, %v", len(list), err)
			}
			if list, err := s.Environments(ctx, other.ID, start()); err != nil || len(list) != 1 {
				t.Errorf("another account has %d, %v", len(list), err)
			}
		})
		t.Run("A10 a freeze does too", func(t *testing.T) {
			code := idp.StopCode{ID: idp.NewID(), AccountID: other.ID, SessionID: idp.NewID(), Lookup: []byte("l"), CodeMAC: []byte("m"), SignedInAt: start(), ExpiresAt: start().Add(time.Hour)}
			must(t, s.Authenticate(ctx, storage.Authenticate{Session: newSession(other.ID), NewSession: true, StopCode: &code}))
			must(t, s.Freeze(ctx, idp.Freeze{Code: code, Reason: idp.LockedNotMe, At: start()}))
			if n := rows(t, s, "environments", "1 = 1"); n != 0 {
				t.Errorf("%d left", n)
			}
		})
		t.Run("A10 a lock by the desk does too", func(t *testing.T) {
			must(t, arrive(t, s, &idp.EnvironmentUse{Environment: newEnvironment(account.ID, "locked"), Max: 3}))
			must(t, s.SetAccountStatus(ctx, account.ID, idp.AccountLocked, idp.Effects{}))
			if n := rows(t, s, "environments", "1 = 1"); n != 0 {
				t.Errorf("%d left", n)
			}
			must(t, s.SetAccountStatus(ctx, account.ID, idp.AccountActive, idp.Effects{}))
		})
		t.Run("A10 time forgets the rest", func(t *testing.T) {
			e := newEnvironment(account.ID, "last")
			must(t, arrive(t, s, &idp.EnvironmentUse{Environment: e, Max: 3}))
			if list, err := s.Environments(ctx, account.ID, e.ExpiresAt); err != nil || len(list) != 0 {
				t.Errorf("%d after their time, %v", len(list), err)
			}
			drain(t, s, e.ExpiresAt)
			if n := rows(t, s, "environments", "1 = 1"); n != 0 {
				t.Errorf("%d left", n)
			}
		})
	})
}
