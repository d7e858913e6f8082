package storage_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// withEmail creates an account with a verified registered address.
func withEmail(t testing.TB, s *storage.Store) (idp.Account, idp.Email) {
	t.Helper()
	account := newAccount()
	address := idp.NewID() + "@old.example"
	email := idp.Email{
		ID: idp.NewID(), AccountID: account.ID, Address: address, Canonical: address, Purpose: idp.EmailRegistered,
		VerifiedAt: start(), CreatedAt: start(),
	}
	must(t, s.CreateAccount(t.Context(), storage.NewAccount{Account: account, Emails: []idp.Email{email}}, idp.Effects{}))
	return account, email
}

// emailChange prepares a change of old, which may be empty, to an address.
func emailChange(accountID string, purpose idp.EmailPurpose, old idp.Email, to string) idp.EmailChange {
	return idp.EmailChange{
		ID: idp.NewID(), AccountID: accountID, SessionID: "session", Purpose: purpose,
		OldID: old.ID, OldAddress: old.Address, OldCanonical: old.Canonical, OldVerifiedAt: old.VerifiedAt, OldCreatedAt: old.CreatedAt,
		NewAddress: to, NewCanonical: to, CreatedAt: start(), ExpiresAt: start().Add(30 * time.Minute),
	}
}

func confirmation(c idp.EmailChange) idp.ConfirmEmailChange {
	return idp.ConfirmEmailChange{
		ID: c.ID, AccountID: c.AccountID, SessionID: c.SessionID, At: start(), UndoMAC: []byte("mac"),
		UndoUntil: start().Add(72 * time.Hour), Effects: effects("email.changed"),
	}
}

// changeTo begins and confirms a change, and returns it.
func changeTo(t testing.TB, s *storage.Store, accountID string, purpose idp.EmailPurpose, old idp.Email, to string) idp.EmailChange {
	t.Helper()
	c := emailChange(accountID, purpose, old, to)
	must(t, s.BeginEmailChange(t.Context(), c, idp.Effects{}))
	must(t, s.ConfirmEmailChange(t.Context(), confirmation(c)))
	return c
}

func addresses(t testing.TB, s *storage.Store, accountID string) []string {
	t.Helper()
	emails, err := s.Emails(t.Context(), accountID)
	must(t, err)
	var out []string
	for _, e := range emails {
		out = append(out, string(e.Purpose)+" "+e.Address)
	}
	slices.Sort(out)
	return out
}

func emailOf(t testing.TB, s *storage.Store, accountID string, purpose idp.EmailPurpose) idp.Email {
	t.Helper()
	emails, err := s.Emails(t.Context(), accountID)
	must(t, err)
	for _, e := range emails {
		if e.Purpose == purpose {
			return e
		}
	}
	t.Fatalf("no %s address", purpose)
	return idp.Email{}
}

func wantAddresses(t testing.TB, s *storage.Store, accountID string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := addresses(t, s, accountID); !slices.Equal(got, want) {
		t.Errorf("addresses %q, want %q", got, want)
	}
}

func TestEmailChange(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		t.Run("RC-07 B4 nothing changes before the new address has answered", func(t *testing.T) {
			account, old := withEmail(t, s)
			to := idp.NewID() + "@new.example"
			c := emailChange(account.ID, idp.EmailRegistered, old, to)
			must(t, s.BeginEmailChange(t.Context(), c, effects("email.change_started")))
			wantAddresses(t, s, account.ID, "registered "+old.Address)
			_, err := s.AccountByLogin(t.Context(), to)
			wantErr(t, err, idp.ErrNotFound)
			pending, err := s.PendingEmailChange(t.Context(), account.ID, "session")
			must(t, err)
			if !reflect.DeepEqual(*pending, c) {
				t.Errorf("pending %+v, want %+v", *pending, c)
			}
			_, err = s.PendingEmailChange(t.Context(), account.ID, "another session")
			wantErr(t, err, idp.ErrNotFound)
			must(t, s.ConfirmEmailChange(t.Context(), confirmation(c)))
			wantAddresses(t, s, account.ID, "registered "+to)
			if got, err := s.AccountByLogin(t.Context(), to); err != nil || got.ID != account.ID {
				t.Errorf("the new address: %v", err)
			}
			_, err = s.AccountByLogin(t.Context(), old.Canonical)
			wantErr(t, err, idp.ErrNotFound)
		})
		t.Run("RC-07 fifty confirmations: one counts", func(t *testing.T) {
			account, old := withEmail(t, s)
			c := emailChange(account.ID, idp.EmailRegistered, old, idp.NewID()+"@new.example")
			must(t, s.BeginEmailChange(t.Context(), c, idp.Effects{}))
			before := rows(t, s, "audit_records", "event = 'email.changed'")
			tally(t, race(func(int) error { return s.ConfirmEmailChange(t.Context(), confirmation(c)) }), 1, idp.ErrConsumed)
			wantAddresses(t, s, account.ID, "registered "+c.NewAddress)
			if n := rows(t, s, "audit_records", "event = 'email.changed'"); n != before+1 {
				t.Errorf("%d changes on record, want 1", n-before)
			}
		})
		t.Run("only in its session, in time, and while the old address is there", func(t *testing.T) {
			account, old := withEmail(t, s)
			c := emailChange(account.ID, idp.EmailRegistered, old, idp.NewID()+"@new.example")
			must(t, s.BeginEmailChange(t.Context(), c, idp.Effects{}))
			foreign := confirmation(c)
			foreign.SessionID = "another"
			wantErr(t, s.ConfirmEmailChange(t.Context(), foreign), idp.ErrConsumed)
			foreign = confirmation(c)
			foreign.AccountID = createAccount(t, s).ID
			wantErr(t, s.ConfirmEmailChange(t.Context(), foreign), idp.ErrConsumed)
			late := confirmation(c)
			late.At = c.ExpiresAt
			wantErr(t, s.ConfirmEmailChange(t.Context(), late), idp.ErrExpired)
			gone := emailChange(account.ID, idp.EmailRegistered, idp.Email{ID: "gone"}, idp.NewID()+"@new.example")
			must(t, s.BeginEmailChange(t.Context(), gone, idp.Effects{}))
			wantErr(t, s.ConfirmEmailChange(t.Context(), confirmation(gone)), idp.ErrConflict)
			wantErr(t, s.ConfirmEmailChange(t.Context(), confirmation(c)), idp.ErrConsumed) // the later change dropped it
			wantAddresses(t, s, account.ID, "registered "+old.Address)
		})
		t.Run("OT-07 codes sent to the old address are void", func(t *testing.T) {
			account, old := withEmail(t, s)
			code := newEmailCode(account.ID, idp.NewID())
			code.EmailID = old.ID
			must(t, s.IssueEmailCode(t.Context(), code, idp.Effects{}))
			changeTo(t, s, account.ID, idp.EmailRegistered, old, idp.NewID()+"@new.example")
			wantErr(t, s.ConsumeEmailCode(t.Context(), code.ID, start()), idp.ErrConsumed)
		})
		t.Run("RC-07 two customers, one address: shared names nobody, exclusive goes to one", func(t *testing.T) {
			for _, exclusive := range []bool{false, true} {
				to := idp.NewID() + "@wanted.example"
				var asked [2]idp.EmailChange
				for i := range asked {
					account, old := withEmail(t, s)
					asked[i] = emailChange(account.ID, idp.EmailRegistered, old, to)
					must(t, s.BeginEmailChange(t.Context(), asked[i], idp.Effects{}))
				}
				errs := race(func(i int) error {
					c := confirmation(asked[i%2])
					c.Exclusive = exclusive
					return s.ConfirmEmailChange(t.Context(), c)
				})
				won := 0
				for _, err := range errs {
					switch {
					case err == nil:
						won++
					case !errors.Is(err, idp.ErrConsumed) && !(exclusive && errors.Is(err, idp.ErrExists)):
						t.Errorf("a contender got %v", err)
					}
				}
				_, err := s.AccountByLogin(t.Context(), to)
				if exclusive && (won != 1 || err != nil) || !exclusive && (won != 2 || !errors.Is(err, idp.ErrNotFound)) {
					t.Errorf("exclusive %v: %d got it, found by it: %v", exclusive, won, err)
				}
				if n := rows(t, s, "address_locks", "1 = 1"); n != 0 {
					t.Errorf("%d locks left", n)
				}
			}
		})
		t.Run("B4 a security address goes once, the registered one never", func(t *testing.T) {
			account, registered := withEmail(t, s)
			changeTo(t, s, account.ID, idp.EmailSecurity, idp.Email{}, "codes@sec.example")
			_, err := s.AccountByLogin(t.Context(), "codes@sec.example")
			wantErr(t, err, idp.ErrNotFound)
			sec := emailOf(t, s, account.ID, idp.EmailSecurity)
			remove := func(id string) error {
				c := emailChange(account.ID, idp.EmailSecurity, sec, "")
				c.OldID, c.ConfirmedAt, c.UndoMAC = id, start(), []byte("mac")
				return s.RemoveEmail(t.Context(), c, effects("email.removed"))
			}
			wantErr(t, remove(registered.ID), idp.ErrNotFound)
			tally(t, race(func(int) error { return remove(sec.ID) }), 1, idp.ErrNotFound)
			wantAddresses(t, s, account.ID, "registered "+registered.Address)
		})
	})
}
