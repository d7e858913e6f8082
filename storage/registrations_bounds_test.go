package storage_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// AD-04: fifty registrations at once where there is room for five.
func TestRegistrationsAreBounded(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		tally(t, race(func(int) error {
			r := registration(nil)
			r.MaxClients = 5
			return s.RegisterClient(t.Context(), r, idp.Effects{})
		}), 5, idp.ErrTooMany)
		if n, err := s.CountRows(t.Context(), "clients", "dynamic"); err != nil || n != 5 {
			t.Errorf("%d clients, %v", n, err)
		}
	})
}

// AD-04: what a client was registered with, for as long as that is known.
func TestInitialTokenOf(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		token := initialToken(1)
		must(t, s.CreateInitialToken(t.Context(), token, idp.Effects{}))
		by, open := registration(&token), registration(nil)
		must(t, s.RegisterClient(t.Context(), by, idp.Effects{}))
		must(t, s.RegisterClient(t.Context(), open, idp.Effects{}))
		if got, err := s.InitialTokenOf(t.Context(), by.Client.ID); err != nil || got == nil || got.ID != token.ID || got.Scope != "openid" {
			t.Errorf("%+v %v", got, err)
		}
		if got, err := s.InitialTokenOf(t.Context(), open.Client.ID); err != nil || got != nil {
			t.Errorf("%+v %v", got, err)
		}
		_, err := s.InitialTokenOf(t.Context(), "none")
		wantErr(t, err, idp.ErrNotFound)
		for n := 1; n > 0; {
			var err error
			n, err = s.DeleteExpired(t.Context(), start().Add(91*24*time.Hour), 500)
			must(t, err)
		}
		_, err = s.InitialTokenOf(t.Context(), by.Client.ID)
		wantErr(t, err, idp.ErrNotFound)
	})
}
