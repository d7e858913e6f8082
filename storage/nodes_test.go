package storage_test

import (
	"bytes"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestRestart(t *testing.T) {
	policy := idp.LockPolicy{Threshold: 2, Base: time.Hour, Max: time.Hour}
	storagetest.EachURL(t, func(t *testing.T, url string) {
		before := storagetest.Open(t, url)
		must(t, before.Migrate(t.Context()))
		session := signIn(t, before, createAccount(t, before).ID, "cred")
		fresh, used := issueCode(t, before, session, false), issueCode(t, before, session, false)
		must(t, redeem(t.Context(), before, used, nil))
		interaction := createInteraction(t, before)
		now := start()
		for range 2 {
			_, err := before.CountAttempt(t.Context(), "key", policy, now)
			must(t, err)
		}
		must(t, before.UseJTI(t.Context(), "client", []byte("jti"), now.Add(time.Hour)))
		must(t, before.Close())

		after := storagetest.Open(t, url)
		must(t, after.Migrate(t.Context()))
		t.Run("OP-03 sessions and interactions survive", func(t *testing.T) {
			if !sessionLive(t, after, session) {
				t.Error("the session is gone")
			}
			_, err := after.Interaction(t.Context(), interaction.ID)
			must(t, err)
		})
		t.Run("OP-03 an unused code is redeemed, a used one is recognised", func(t *testing.T) {
			must(t, redeem(t.Context(), after, fresh, nil))
			wantErr(t, redeem(t.Context(), after, used, nil), idp.ErrConsumed)
		})
		t.Run("OP-03 PW-09 throttles and replay memory survive", func(t *testing.T) {
			lock, err := after.CountAttempt(t.Context(), "key", policy, now.Add(time.Minute))
			must(t, err)
			if !lock.Locked(now.Add(time.Minute)) {
				t.Errorf("lock %+v", lock)
			}
			wantErr(t, after.UseJTI(t.Context(), "client", []byte("jti"), now.Add(time.Hour)), idp.ErrConsumed)
		})
	})
}

// Two nodes on one database; on SQLite two processes, such as the server and a command.
func TestTwoNodes(t *testing.T) {
	storagetest.EachURL(t, func(t *testing.T, url string) {
		nodes := []*storage.Store{storagetest.Open(t, url), storagetest.Open(t, url)}
		must(t, nodes[0].Migrate(t.Context()))
		node := func(i int) *storage.Store { return nodes[i%2] }
		account := createAccount(t, nodes[0])
		session := signIn(t, nodes[1], account.ID, "cred")

		t.Run("OP-03 TK-03 a code is redeemed on one of them", func(t *testing.T) {
			issue := issueCode(t, nodes[0], session, true)
			tally(t, race(func(i int) error {
				return redeem(t.Context(), node(i), issue, refreshToken(issue.Grant.ID))
			}), 1, idp.ErrConsumed)
		})
		t.Run("OP-03 RT-04 a refresh token gets one successor", func(t *testing.T) {
			grant, head := chain(t, nodes[0], session, true)
			now, rotations := start(), make([]storage.Rotation, contenders)
			tally(t, race(func(i int) (err error) {
				rotations[i], err = rotateTo(t.Context(), node(i), head.Hash, now, grace, refreshToken(grant.ID))
				return err
			}), contenders, nil)
			for _, rotation := range rotations {
				if !bytes.Equal(rotation.Token.Successor, rotations[0].Token.Successor) {
					t.Fatal("two successors were handed out")
				}
			}
		})
		t.Run("OP-03 OT-02 a step, a ceremony and an assertion are used on one of them", func(t *testing.T) {
			totp := confirmTOTP(t, nodes[0], account.ID)
			tally(t, race(func(i int) error { return node(i).AcceptTOTPStep(t.Context(), totp.ID, 200, start()) }), 1, idp.ErrConsumed)
			challenge := newChallenge("f")
			must(t, nodes[1].CreateChallenge(t.Context(), challenge, 5))
			tally(t, race(func(i int) error {
				_, err := node(i).ConsumeChallenge(t.Context(), challenge.ID, challenge.Kind, challenge.FlowID, challenge.BrowserHash, start())
				return err
			}), 1, idp.ErrNotFound)
			tally(t, race(func(i int) error { return node(i).UseJTI(t.Context(), "c", []byte("j"), start()) }), 1, idp.ErrConsumed)
		})
		t.Run("OP-03 what one ends is over on the other", func(t *testing.T) {
			must(t, nodes[0].EndSession(t.Context(), account.ID, session.ID, "logout", start(), idp.Effects{}))
			if sessionLive(t, nodes[1], session) {
				t.Error("SE-04: the session lives on")
			}
		})
	})
}

func TestMigrate(t *testing.T) {
	t.Run("OP-03 fifty nodes that start at once on one SQLite file", func(t *testing.T) {
		url := storagetest.SQLiteURL(t)
		tally(t, race(func(int) error {
			node, err := storage.Open(t.Context(), storage.Options{URL: url})
			if err != nil {
				return err
			}
			defer node.Close()
			return node.Migrate(t.Context())
		}), contenders, nil)
		migrated(t, storagetest.Open(t, url))
	})
	t.Run("OP-03 nodes that start at once on one PostgreSQL", func(t *testing.T) {
		url := storagetest.PostgresURL(t)
		first := storagetest.Open(t, url)
		must(t, first.Tamper(t.Context(), "DROP SCHEMA public CASCADE"))
		must(t, first.Tamper(t.Context(), "CREATE SCHEMA public"))
		list, err := first.MigrationStatus(t.Context())
		must(t, err)
		for _, migration := range list {
			if !migration.AppliedAt.IsZero() {
				t.Errorf("%s is applied to an empty database", migration.Name)
			}
		}
		errs := make(chan error, 3)
		for range cap(errs) {
			node := storagetest.Open(t, url)
			go func() { errs <- node.Migrate(t.Context()) }()
		}
		for range cap(errs) {
			must(t, <-errs)
		}
		migrated(t, first)
	})
}

// migrated fails the test unless every step is applied once and the schema works.
func migrated(t *testing.T, s *storage.Store) {
	t.Helper()
	list, err := s.MigrationStatus(t.Context())
	must(t, err)
	if len(list) == 0 {
		t.Error("there are no migrations")
	}
	for _, migration := range list {
		if migration.AppliedAt.IsZero() {
			t.Errorf("%s is not applied", migration.Name)
		}
	}
	createAccount(t, s)
}
