package storage_test

import (
	"fmt"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// A5: an account has one answer at most, whoever is fastest.
func TestSecurityAnswers(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		account := createAccount(t, s)
		_, err := s.SecurityAnswer(ctx, account.ID)
		wantErr(t, err, idp.ErrNotFound)
		answer := func(i int) idp.SecurityAnswer {
			return idp.SecurityAnswer{AccountID: account.ID, QuestionID: "pet", Hash: fmt.Sprint("hash", i), SetAt: start()}
		}
		tally(t, race(func(i int) error { return s.SetSecurityAnswer(ctx, answer(i), effects("securityanswer.set")) }), contenders, nil)
		if n := rows(t, s, "security_answers", "1 = 1"); n != 1 {
			t.Errorf("A5: %d answers", n)
		}
		held, err := s.SecurityAnswer(ctx, account.ID)
		must(t, err)
		must(t, s.UpgradeSecurityAnswer(ctx, account.ID, "another", "worse"))
		must(t, s.UpgradeSecurityAnswer(ctx, account.ID, held.Hash, "better"))
		if held, err = s.SecurityAnswer(ctx, account.ID); err != nil || held.Hash != "better" || held.QuestionID != "pet" {
			t.Errorf("A5: %+v, %v", held, err)
		}
		missing := answer(0)
		missing.AccountID = "nobody"
		wantErr(t, s.SetSecurityAnswer(ctx, missing, idp.Effects{}), idp.ErrNotFound)

		for name, c := range map[string]struct {
			signedIn time.Time
			left     int
		}{
			"A5 an older answer outlives a freeze":             {held.SetAt.Add(time.Hour), 1},
			"A5 one set since a disowned sign-in goes with it": {held.SetAt.Add(-time.Hour), 0},
		} {
			t.Run(name, func(t *testing.T) {
				must(t, s.SetAccountStatus(ctx, account.ID, idp.AccountActive, idp.Effects{}))
				must(t, s.SetSecurityAnswer(ctx, idp.SecurityAnswer{AccountID: account.ID, QuestionID: "pet", Hash: "h", SetAt: held.SetAt}, idp.Effects{}))
				code := idp.StopCode{ID: idp.NewID(), AccountID: account.ID, SessionID: idp.NewID(), Lookup: []byte(name), CodeMAC: []byte("m"), SignedInAt: c.signedIn, ExpiresAt: start().Add(2 * time.Hour)}
				must(t, s.Authenticate(ctx, storage.Authenticate{Session: newSession(account.ID), NewSession: true, StopCode: &code}))
				must(t, s.Freeze(ctx, idp.Freeze{Code: code, Reason: idp.LockedNotMe, At: start()}))
				if n := rows(t, s, "security_answers", "1 = 1"); n != c.left {
					t.Errorf("%d answers left, want %d", n, c.left)
				}
				wantErr(t, s.SetSecurityAnswer(ctx, answer(0), idp.Effects{}), idp.ErrLocked)
			})
		}
	})
}
