package storage_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// Only the interaction that holds a device answers for it, and a code that was fetched is
// never fetched again, however late.
func TestDeviceAnswers(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		session := signIn(t, s, createAccount(t, s).ID, "cred")
		t.Run("a page left behind says no for nobody", func(t *testing.T) {
			code := newDevice(t, s)
			earlier := approval(t, s, session, code)
			later := approval(t, s, session, code)
			must(t, s.DenyDevice(t.Context(), code.Hash, earlier.InteractionID, earlier.Version, earlier.At, idp.Effects{}))
			_, err := poll(t, s, code, start(), nil)
			wantErr(t, err, idp.ErrPending)
			must(t, s.ApproveDevice(t.Context(), later))
		})
		t.Run("a replay after its time ends the grant too", func(t *testing.T) {
			code := newDevice(t, s)
			a := approval(t, s, session, code)
			must(t, s.ApproveDevice(t.Context(), a))
			_, err := poll(t, s, code, start(), refreshToken(a.Grant.ID))
			must(t, err)
			_, err = poll(t, s, code, code.ExpiresAt.Add(time.Second), refreshToken(a.Grant.ID))
			wantErr(t, err, idp.ErrConsumed)
			if grantLive(t, s, a.Grant.ID) || rows(t, s, "refresh_tokens", "grant_id = '"+a.Grant.ID+"'") != 1 {
				t.Error("a code fetched twice")
			}
		})
	})
}
