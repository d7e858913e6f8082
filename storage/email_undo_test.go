package storage_test

import (
	"errors"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestUndoEmailChange(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		t.Run("RC-07 fifty undos: one counts, everything is as before and nobody is signed in", func(t *testing.T) {
			account, old := withEmail(t, s)
			c := changeTo(t, s, account.ID, idp.EmailRegistered, old, idp.NewID()+"@new.example")
			session := signIn(t, s, account.ID, "cred")
			grant, _ := chain(t, s, session, true)
			code := newEmailCode(account.ID, idp.NewID())
			code.EmailID = c.ID
			must(t, s.IssueEmailCode(t.Context(), code, idp.Effects{}))
			list, err := s.UndoableEmailChanges(t.Context(), account.ID, start())
			if err != nil || len(list) != 1 || list[0].ID != c.ID || string(list[0].UndoMAC) != "mac" {
				t.Fatalf("undoable %+v, %v", list, err)
			}
			wantErr(t, s.UndoEmailChange(t.Context(), createAccount(t, s).ID, c.ID, start(), idp.Effects{}, nil), idp.ErrNotFound)
			before := rows(t, s, "audit_records", "event = 'email.change_undone'")
			tally(t, race(func(int) error {
				return s.UndoEmailChange(t.Context(), account.ID, c.ID, start(), effects("email.change_undone"), nil)
			}), 1, idp.ErrConsumed)
			if n := rows(t, s, "audit_records", "event = 'email.change_undone'"); n != before+1 {
				t.Errorf("%d undos on record, want 1", n-before)
			}
			if got := emailOf(t, s, account.ID, idp.EmailRegistered); got != old {
				t.Errorf("restored %+v, want %+v", got, old)
			}
			wantAddresses(t, s, account.ID, "registered "+old.Address)
			if sessionLive(t, s, session) || grantLive(t, s, grant.ID) {
				t.Error("a session or a grant outlived the undo")
			}
			wantErr(t, s.ConsumeEmailCode(t.Context(), code.ID, start()), idp.ErrConsumed)
			if list, err := s.UndoableEmailChanges(t.Context(), account.ID, start()); err != nil || len(list) != 0 {
				t.Errorf("still undoable: %+v, %v", list, err)
			}
		})
		t.Run("RC-07 not after its time", func(t *testing.T) {
			account, old := withEmail(t, s)
			c := changeTo(t, s, account.ID, idp.EmailRegistered, old, idp.NewID()+"@new.example")
			late := start().Add(72*time.Hour + time.Minute)
			wantErr(t, s.UndoEmailChange(t.Context(), account.ID, c.ID, late, idp.Effects{}, nil), idp.ErrExpired)
			if list, err := s.UndoableEmailChanges(t.Context(), account.ID, late); err != nil || len(list) != 0 {
				t.Errorf("offered: %+v, %v", list, err)
			}
			pending := emailChange(account.ID, idp.EmailRegistered, emailOf(t, s, account.ID, idp.EmailRegistered), "later@new.example")
			must(t, s.BeginEmailChange(t.Context(), pending, idp.Effects{}))
			wantErr(t, s.UndoEmailChange(t.Context(), account.ID, pending.ID, start(), idp.Effects{}, nil), idp.ErrNotFound)
		})
		t.Run("RC-07 later changes go too, those before stay", func(t *testing.T) {
			account, first := withEmail(t, s)
			changeTo(t, s, account.ID, idp.EmailSecurity, idp.Email{}, "own@sec.example")
			own := emailOf(t, s, account.ID, idp.EmailSecurity)
			undo := changeTo(t, s, account.ID, idp.EmailRegistered, first, "thief@one.example")
			changeTo(t, s, account.ID, idp.EmailRegistered, emailOf(t, s, account.ID, idp.EmailRegistered), "thief@two.example")
			removal := emailChange(account.ID, idp.EmailSecurity, own, "")
			removal.ConfirmedAt, removal.UndoMAC = start(), []byte("mac")
			must(t, s.RemoveEmail(t.Context(), removal, idp.Effects{}))
			theirs := changeTo(t, s, account.ID, idp.EmailSecurity, idp.Email{}, "thief@three.example")
			must(t, s.UndoEmailChange(t.Context(), account.ID, undo.ID, start(), idp.Effects{}, nil))
			wantAddresses(t, s, account.ID, "registered "+first.Address, "security own@sec.example")
			wantErr(t, s.UndoEmailChange(t.Context(), account.ID, theirs.ID, start(), idp.Effects{}, nil), idp.ErrConsumed)
		})
		t.Run("RC-07 confirming a change against undoing the one before: the undo has the last word", func(t *testing.T) {
			account, first := withEmail(t, s)
			done := changeTo(t, s, account.ID, idp.EmailRegistered, first, "second@e.example")
			next := emailChange(account.ID, idp.EmailRegistered, emailOf(t, s, account.ID, idp.EmailRegistered), "third@e.example")
			must(t, s.BeginEmailChange(t.Context(), next, idp.Effects{}))
			won := map[bool]int{}
			for i, err := range race(func(i int) error {
				if i%2 == 0 {
					return s.ConfirmEmailChange(t.Context(), confirmation(next))
				}
				return s.UndoEmailChange(t.Context(), account.ID, done.ID, start(), idp.Effects{}, nil)
			}) {
				if err == nil {
					won[i%2 == 0]++
				} else if !errors.Is(err, idp.ErrConsumed) {
					t.Errorf("a contender got %v", err)
				}
			}
			if won[false] != 1 || won[true] > 1 {
				t.Errorf("%d undos and %d confirmations succeeded", won[false], won[true])
			}
			wantAddresses(t, s, account.ID, "registered "+first.Address)
		})
		t.Run("in the end nothing is kept", func(t *testing.T) {
			drain(t, s, start().Add(34*24*time.Hour))
			if n := rows(t, s, "email_changes", "1 = 1"); n != 0 {
				t.Errorf("%d changes kept", n)
			}
		})
	})
}

func TestChangePhone(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := newAccount()
		account.Profile.PhoneNumber, account.Profile.PhoneVerified = "+819012345678", true
		must(t, s.CreateAccount(t.Context(), storage.NewAccount{Account: account}, idp.Effects{}))
		t.Run("ID-06 B15 fifty changes of one number: one counts, and it is not verified", func(t *testing.T) {
			tally(t, race(func(int) error {
				return s.ChangePhone(t.Context(), account.ID, "+819012345678", "+81312345678", effects("phone.changed"))
			}), 1, idp.ErrConflict)
			got, err := s.Account(t.Context(), account.ID)
			must(t, err)
			want := account.Profile
			want.PhoneNumber, want.PhoneVerified = "+81312345678", false
			if got.Profile != want {
				t.Errorf("profile %+v, want %+v", got.Profile, want)
			}
			if n := rows(t, s, "audit_records", "event = 'phone.changed'"); n != 1 {
				t.Errorf("%d changes on record", n)
			}
		})
		wantErr(t, s.ChangePhone(t.Context(), "unknown", "", "+81", idp.Effects{}), idp.ErrNotFound)
	})
}
