package storage_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestRenewals(t *testing.T) {
	const idle = time.Hour
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		t.Run("C5 a session that was renewed lasts, but never beyond its absolute end", func(t *testing.T) {
			session := signIn(t, s, createAccount(t, s).ID, "a")
			at := session.LastSeenAt.Add(50 * time.Minute)
			must(t, s.RenewSession(t.Context(), session.ID, at, idle))
			got, _, err := s.SessionByHash(t.Context(), session.Hash)
			must(t, err)
			if !got.LastSeenAt.Equal(at) || !got.ExpiresAt.Equal(session.ExpiresAt) {
				t.Errorf("seen %s, ends %s", got.LastSeenAt, got.ExpiresAt)
			}
			must(t, s.RenewSession(t.Context(), session.ID, at.Add(-time.Minute), idle)) // an older request comes late
			if got, _, err = s.SessionByHash(t.Context(), session.Hash); err != nil || !got.LastSeenAt.Equal(at) {
				t.Errorf("moved back to %s: %v", got.LastSeenAt, err)
			}
			wantErr(t, s.RenewSession(t.Context(), session.ID, at.Add(idle), idle), idp.ErrNotFound)
			wantErr(t, s.RenewSession(t.Context(), session.ID, session.ExpiresAt, 100*24*time.Hour), idp.ErrNotFound)
			wantErr(t, s.RenewSession(t.Context(), "unknown", at, idle), idp.ErrNotFound)
		})
		t.Run("C5 fifty renewals and the end: what ended stays ended", func(t *testing.T) {
			session := signIn(t, s, createAccount(t, s).ID, "a")
			at := session.LastSeenAt.Add(time.Minute)
			for _, err := range race(func(i int) error {
				if i == contenders/2 {
					return s.EndSession(t.Context(), session.AccountID, session.ID, "logout", at, idp.Effects{})
				}
				if err := s.RenewSession(t.Context(), session.ID, at, idle); err != nil {
					wantErr(t, err, idp.ErrNotFound)
				}
				return nil
			}) {
				must(t, err)
			}
			wantErr(t, s.RenewSession(t.Context(), session.ID, at, idle), idp.ErrNotFound)
			if sessionLive(t, s, session) {
				t.Error("it lives again")
			}
		})
		t.Run("C5 fifty prolong one interaction: one does, and its progress stands", func(t *testing.T) {
			now := start()
			ix := idp.Interaction{ID: idp.NewID(), Kind: idp.InteractionOwn, BrowserHash: []byte{1}, Request: []byte("{}"), Progress: []byte("{}"), CreatedAt: now, ExpiresAt: now.Add(30 * time.Minute)}
			must(t, s.CreateInteraction(t.Context(), ix))
			at, until := now.Add(29*time.Minute), now.Add(59*time.Minute)
			tally(t, race(func(int) error {
				mine := ix
				return s.ProlongInteraction(t.Context(), &mine, at, until, now.Add(-time.Hour))
			}), 1, idp.ErrConflict)
			got, err := s.Interaction(t.Context(), ix.ID)
			must(t, err)
			if !got.ExpiresAt.Equal(until) || got.Version != ix.Version+1 {
				t.Errorf("%+v", got)
			}
			late, old := *got, *got
			wantErr(t, s.ProlongInteraction(t.Context(), &late, until, until.Add(time.Hour), now.Add(-time.Hour)), idp.ErrExpired)
			wantErr(t, s.ProlongInteraction(t.Context(), &old, at, until, now), idp.ErrExpired)
			must(t, s.FinishInteraction(t.Context(), ix.ID, got.Version, at, idp.Effects{}))
			wantErr(t, s.ProlongInteraction(t.Context(), got, at, until, now.Add(-time.Hour)), idp.ErrConsumed)
		})
		t.Run("A13 a reminder put off is of this password, not of the next", func(t *testing.T) {
			account := createAccount(t, s)
			first := idp.Password{AccountID: account.ID, Kind: idp.LoginPassword, Hash: "1", ChangedAt: start().Add(-time.Hour)}
			must(t, s.AddPassword(t.Context(), first, idp.Effects{}))
			must(t, s.PutReminderOff(t.Context(), account.ID, idp.LoginPassword, first.ChangedAt, start()))
			got, err := s.Password(t.Context(), account.ID, idp.LoginPassword)
			must(t, err)
			off := got.RemindedAt
			if off.IsZero() || !got.ChangedAt.Equal(first.ChangedAt) {
				t.Errorf("%+v", got)
			}
			must(t, s.PutReminderOff(t.Context(), account.ID, idp.LoginPassword, first.ChangedAt.Add(-time.Hour), off.Add(time.Hour)))
			must(t, s.PutReminderOff(t.Context(), account.ID, idp.TransactionPassword, first.ChangedAt, off.Add(time.Hour)))
			if got, err = s.Password(t.Context(), account.ID, idp.LoginPassword); err != nil || !got.RemindedAt.Equal(off) {
				t.Errorf("%+v %v", got, err)
			}
		})
	})
}
