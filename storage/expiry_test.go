package storage_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// drain deletes until nothing is left to delete, in batches of two.
func drain(t *testing.T, s *storage.Store, now time.Time) {
	t.Helper()
	for {
		n, err := s.DeleteExpired(t.Context(), now, 2)
		must(t, err)
		if n == 0 {
			return
		}
	}
}

func TestDeleteExpired(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := createAccount(t, s)
		session := signIn(t, s, account.ID, "cred")
		grant, head := chain(t, s, session, true)
		for range 5 {
			successor := refreshToken(grant.ID)
			_, err := rotateTo(t.Context(), s, head.Hash, start(), grace, successor)
			must(t, err)
			head = successor
		}
		must(t, s.CreateChallenge(t.Context(), newChallenge("f"), 5))
		must(t, s.IssueEmailCode(t.Context(), newEmailCode(account.ID, "f"), idp.Effects{}))
		must(t, s.SavePendingTOTP(t.Context(), idp.TOTP{ID: idp.NewID(), AccountID: account.ID, Secret: []byte("s"), CreatedAt: start()}))
		confirmed := createAccount(t, s)
		confirmTOTP(t, s, confirmed.ID)
		_, err := s.CountAttempt(t.Context(), "ip", idp.LockPolicy{Threshold: 3, Base: time.Second, Max: time.Minute, Forget: time.Hour}, start())
		must(t, err)
		_, err = s.CountAttempt(t.Context(), "account", idp.LockPolicy{Threshold: 3, Base: time.Second, Max: time.Minute, Forget: time.Hour, HardCap: 100}, start())
		must(t, err)
		_, _, err = s.TakeToken(t.Context(), "ip", idp.RateLimit{Every: time.Second, Burst: 2}, start())
		must(t, err)
		must(t, s.RevokeAccessToken(t.Context(), "jti", grant.ID, start().Add(time.Minute), idp.Effects{}))
		must(t, s.AppendAudit(t.Context(), []idp.AuditRecord{record(1)}))

		t.Run("nothing goes before its time", func(t *testing.T) {
			drain(t, s, start())
			for _, table := range []string{"challenges", "email_codes", "throttles", "rate_limits", "revoked_tokens", "interactions", "authorization_codes", "grants", "sessions"} {
				if rows(t, s, table, "1 = 1") == 0 {
					t.Errorf("%s is empty", table)
				}
			}
		})
		t.Run("OT-06 an unfinished enrolment goes after an hour, a finished one stays", func(t *testing.T) {
			drain(t, s, start().Add(61*time.Minute))
			_, err := s.PendingTOTP(t.Context(), account.ID)
			wantErr(t, err, idp.ErrNotFound)
			_, err = s.TOTP(t.Context(), confirmed.ID)
			must(t, err)
		})
		t.Run("a session stays while an offline grant rests on its events", func(t *testing.T) {
			drain(t, s, grant.ExpiresAt.Add(23*time.Hour))
			if rows(t, s, "sessions", "id = '"+session.ID+"'") != 1 || rows(t, s, "authentication_events", "session_id = '"+session.ID+"'") != 1 {
				t.Error("the session is gone")
			}
			if rows(t, s, "refresh_tokens", "1 = 1") != 6 {
				t.Error("links of the refresh chain are gone before reuse could be noticed")
			}
		})
		t.Run("in the end only what has no end is left", func(t *testing.T) {
			drain(t, s, start().Add(40*24*time.Hour))
			for table, left := range map[string]int{
				"challenges": 0, "email_codes": 0, "rate_limits": 0, "revoked_tokens": 0, "interactions": 0, "authorization_codes": 0,
				"refresh_tokens": 0, "grants": 0, "sessions": 0, "authentication_events": 0,
				"throttles": 1, "totps": 1, "accounts": 2, "audit_records": 1,
			} {
				if n := rows(t, s, table, "1 = 1"); n != left {
					t.Errorf("%s has %d rows, want %d", table, n, left)
				}
			}
		})
	})
}
