package storage_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestSettleLost(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		lost := func(passkeys, app bool) (string, *idp.Interaction) {
			account := createAccount(t, s)
			addPasskeyAt(t, s, account.ID, start().Add(-time.Hour))
			addTOTP(t, s, account.ID)
			ix := admitted(t, s, account.ID)
			must(t, s.SuspendLost(t.Context(), idp.LostDevice{InteractionID: ix.ID, AccountID: account.ID, Passkeys: passkeys, TOTP: app, At: start()}))
			return account.ID, ix
		}
		nothing := func([]idp.Passkey, *idp.TOTP) (idp.Effects, error) { return idp.Effects{}, nil }
		t.Run("RC-11 only what was reported lost goes, once, and voids the recovery", func(t *testing.T) {
			account, ix := lost(true, false)
			tally(t, race(func(int) error {
				return s.SettleLost(t.Context(), account, true, func(k []idp.Passkey, app *idp.TOTP) (idp.Effects, error) {
					if len(k) != 1 || app != nil {
						t.Errorf("settles %d passkeys and %v", len(k), app)
					}
					return idp.Effects{}, nil
				})
			}), 1, idp.ErrNotFound)
			if held, err := s.Passkeys(t.Context(), account); err != nil || len(held) != 0 {
				t.Errorf("passkeys %v %v", held, err)
			}
			if _, err := s.TOTP(t.Context(), account); err != nil {
				t.Errorf("the app went too: %v", err)
			}
			c := completion(ix, account)
			c.Since = start().Add(time.Minute)
			wantErr(t, s.CompleteRecovery(t.Context(), c), idp.ErrConsumed)
		})
		t.Run("RC-11 what is put back works", func(t *testing.T) {
			account, _ := lost(true, true)
			must(t, s.SettleLost(t.Context(), account, false, nothing))
			state, err := s.Recovery(t.Context(), account)
			held, err2 := s.Passkeys(t.Context(), account)
			if err != nil || err2 != nil || !state.PasskeysSuspendedAt.IsZero() || !state.TOTPSuspendedAt.IsZero() || len(held) != 1 {
				t.Errorf("%+v %d %v %v", state, len(held), err, err2)
			}
		})
		t.Run("RC-11 what was added since stays", func(t *testing.T) {
			account, _ := lost(true, true)
			added := addPasskeyAt(t, s, account, start().Add(time.Hour))
			must(t, s.SettleLost(t.Context(), account, true, nothing))
			if held, err := s.Passkeys(t.Context(), account); err != nil || len(held) != 1 || held[0].ID != added.ID {
				t.Errorf("%v %v", held, err)
			}
		})
	})
}

// PW-09 E5: locks are lifted together with the record of it, or not at all.
func TestReleaseLocks(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		keys := []string{idp.NewID(), idp.NewID(), idp.NewID()}
		for _, key := range keys[:2] {
			if _, err := s.CountAttempt(t.Context(), key, idp.LockPolicy{HardCap: 1}, start()); err != nil {
				t.Fatal(err)
			}
		}
		twice := idp.OutboxMessage{ID: idp.NewID(), Kind: "x", Payload: []byte("x"), CreatedAt: start(), ExpiresAt: start().Add(time.Hour)}
		if _, err := s.ReleaseLocks(t.Context(), keys, idp.Effects{Outbox: []idp.OutboxMessage{twice, twice}}); err == nil {
			t.Error("effects that cannot be written were")
		}
		if lock, err := s.LockState(t.Context(), keys[0]); err != nil || !lock.Hard {
			t.Errorf("lifted without its record: %+v %v", lock, err)
		}
		if n, err := s.ReleaseLocks(t.Context(), keys, idp.Effects{}); err != nil || n != 2 {
			t.Errorf("lifted %d, %v", n, err)
		}
		if lock, err := s.LockState(t.Context(), keys[1]); err != nil || lock != (idp.Lock{}) {
			t.Errorf("%+v %v", lock, err)
		}
	})
}
