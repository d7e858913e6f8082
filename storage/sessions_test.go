package storage_test

import (
	"reflect"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestAuthenticate(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := createAccount(t, s)

		t.Run("a session comes back with its account and events, in two statements", func(t *testing.T) {
			session := signIn(t, s, account.ID, "cred")
			ctx, counter := storage.WithStatementCounter(t.Context())
			got, owner, err := s.SessionByHash(ctx, session.Hash)
			must(t, err)
			if counter.Count() > 2 || counter.Reads() != counter.Count() {
				t.Errorf("%d statements: %q", counter.Count(), counter.Statements())
			}
			if !reflect.DeepEqual(*got, session) {
				t.Errorf("session %+v, want %+v", *got, session)
			}
			owner.UpdatedAt = time.Time{}
			if !reflect.DeepEqual(*owner, account) {
				t.Errorf("account %+v, want %+v", *owner, account)
			}
		})
		t.Run("SE-03 a renewed session answers to its new secret only", func(t *testing.T) {
			session := signIn(t, s, account.ID, "cred")
			renewed := session
			renewed.Hash, renewed.ExpiresAt = idp.HashSecret(idp.NewSecret()), session.ExpiresAt.Add(time.Hour)
			stepUp := idp.AuthenticationEvent{AccountID: account.ID, CeremonyID: "2", Method: idp.MethodPasskey, At: start().Add(time.Second)}
			must(t, s.Authenticate(t.Context(), storage.Authenticate{Session: renewed, Events: []idp.AuthenticationEvent{stepUp}}))
			if sessionLive(t, s, session) {
				t.Error("the old secret still opens the session")
			}
			got, _, err := s.SessionByHash(t.Context(), renewed.Hash)
			must(t, err)
			if got.ID != session.ID || got.SID != session.SID || len(got.Events) != 2 || !got.ExpiresAt.Equal(renewed.ExpiresAt) {
				t.Errorf("renewed session %+v", got)
			}
		})
		t.Run("SE-15 SE-04 an unknown or ended session is never adopted", func(t *testing.T) {
			never := newSession(account.ID)
			wantErr(t, s.Authenticate(t.Context(), storage.Authenticate{Session: never}), idp.ErrRevoked)
			ended := signIn(t, s, account.ID, "cred")
			must(t, s.EndSession(t.Context(), account.ID, ended.ID, "logout", start(), idp.Effects{}))
			if sessionLive(t, s, ended) {
				t.Error("the ended session still answers")
			}
			ended.Hash = idp.HashSecret("new")
			wantErr(t, s.Authenticate(t.Context(), storage.Authenticate{Session: ended}), idp.ErrRevoked)
			foreign := signIn(t, s, createAccount(t, s).ID, "cred")
			foreign.AccountID = account.ID
			wantErr(t, s.Authenticate(t.Context(), storage.Authenticate{Session: foreign}), idp.ErrRevoked)
		})
		t.Run("the browser's earlier session ends, whoever's it was", func(t *testing.T) {
			earlier := signIn(t, s, createAccount(t, s).ID, "cred")
			session := newSession(account.ID)
			must(t, s.Authenticate(t.Context(), storage.Authenticate{Session: session, NewSession: true, EndSessionID: earlier.ID}))
			if sessionLive(t, s, earlier) || !sessionLive(t, s, session) {
				t.Error("the wrong session is alive")
			}
		})
		t.Run("an account that is not active", func(t *testing.T) {
			locked := createAccount(t, s)
			must(t, s.SetAccountStatus(t.Context(), locked.ID, idp.AccountLocked, idp.Effects{}))
			wantErr(t, s.Authenticate(t.Context(), storage.Authenticate{Session: newSession(locked.ID), NewSession: true}), idp.ErrLocked)
			wantErr(t, s.Authenticate(t.Context(), storage.Authenticate{Session: newSession("unknown"), NewSession: true}), idp.ErrNotFound)
		})
		t.Run("an interaction is moved on by one of fifty", func(t *testing.T) {
			read := createInteraction(t, s)
			tally(t, race(func(int) error {
				mine := read
				mine.Progress = []byte(`{"proved":true}`)
				err := s.Authenticate(t.Context(), storage.Authenticate{Interaction: &mine, Session: newSession(account.ID), NewSession: true, Effects: effects("signin")})
				if err == nil && mine.Version != 1 {
					t.Errorf("version %d after it was saved", mine.Version)
				}
				return err
			}), 1, idp.ErrConflict)
			if n := rows(t, s, "audit_records", "event = 'signin'"); n != 1 {
				t.Errorf("%d sign-ins on record, want 1", n)
			}
		})
	})
}

func TestSignatureCounter(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := createAccount(t, s)
		use := func(t *testing.T, passkey idp.Passkey, count uint32) (idp.Session, error) {
			session := newSession(account.ID)
			return session, s.Authenticate(t.Context(), storage.Authenticate{Session: session, NewSession: true,
				Passkey: &idp.PasskeyUse{PasskeyID: passkey.ID, SignCount: count, BackupState: true, UsedAt: start()}, Effects: effects("use")})
		}
		for _, c := range []struct {
			name     string
			stored   uint32
			asserted uint32
			ok       bool
		}{
			{"both zero", 0, 0, true}, {"begins to count", 0, 1, true}, {"grows", 7, 8, true},
			{"stays", 7, 7, false}, {"falls", 7, 6, false}, {"falls to zero", 7, 0, false},
		} {
			t.Run("PA-08 PA-11 a counter that "+c.name, func(t *testing.T) {
				passkey := newPasskey(account.ID)
				passkey.SignCount = c.stored
				must(t, s.AddPasskey(t.Context(), passkey, 100, idp.Effects{}))
				before := rows(t, s, "audit_records", "event = 'use'")
				session, err := use(t, passkey, c.asserted)
				got, readErr := s.PasskeyByCredentialID(t.Context(), passkey.CredentialID)
				must(t, readErr)
				recorded := rows(t, s, "audit_records", "event = 'use'") - before
				if c.ok {
					must(t, err)
					if got.SignCount != c.asserted || !got.BackupState || got.LastUsedAt.IsZero() || !sessionLive(t, s, session) || recorded != 1 {
						t.Errorf("passkey %+v", got)
					}
					return
				}
				wantErr(t, err, idp.ErrRejected)
				if !reflect.DeepEqual(*got, passkey) || sessionLive(t, s, session) || recorded != 0 {
					t.Errorf("a refused assertion left something: %+v", got)
				}
			})
		}
		t.Run("PA-08 fifty assertions with one counter: one passes", func(t *testing.T) {
			passkey := newPasskey(account.ID)
			passkey.SignCount = 1
			must(t, s.AddPasskey(t.Context(), passkey, 100, idp.Effects{}))
			tally(t, race(func(int) error { _, err := use(t, passkey, 2); return err }), 1, idp.ErrRejected)
		})
	})
}

func TestSessionCap(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := createAccount(t, s)
		enter := func(i int) (idp.Session, error) {
			session := newSession(account.ID)
			session.CreatedAt = session.CreatedAt.Add(time.Duration(i) * time.Second)
			return session, s.Authenticate(t.Context(), storage.Authenticate{Session: session, NewSession: true, MaxSessions: 3})
		}
		t.Run("SE-11 the oldest beyond the cap end", func(t *testing.T) {
			var list []idp.Session
			for i := range 5 {
				session, err := enter(i)
				must(t, err)
				list = append(list, session)
			}
			for i, session := range list {
				if live := sessionLive(t, s, session); live != (i >= 2) {
					t.Errorf("session %d live: %v", i, live)
				}
			}
		})
		t.Run("SE-11 fifty sign-ins at once leave no more than the cap", func(t *testing.T) {
			tally(t, race(func(i int) error { _, err := enter(i); return err }), contenders, nil)
			live, err := s.Sessions(t.Context(), account.ID)
			must(t, err)
			if len(live) != 3 {
				t.Errorf("%d sessions, want 3", len(live))
			}
		})
	})
}

func TestEndSession(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account, stranger := createAccount(t, s), createAccount(t, s)

		t.Run("SE-06 another account's session is not found and goes on", func(t *testing.T) {
			session := signIn(t, s, account.ID, "cred")
			wantErr(t, s.EndSession(t.Context(), stranger.ID, session.ID, "ended", start(), idp.Effects{}), idp.ErrNotFound)
			if !sessionLive(t, s, session) {
				t.Error("the session ended")
			}
		})
		t.Run("LO-08 grants of the session die, offline ones do not", func(t *testing.T) {
			session := signIn(t, s, account.ID, "cred")
			bound, token := chain(t, s, session, false)
			offline, _ := chain(t, s, session, true)
			must(t, s.EndSession(t.Context(), account.ID, session.ID, "logout", start(), effects("ended")))
			must(t, s.EndSession(t.Context(), account.ID, session.ID, "logout", start(), effects("ended")))
			if n := rows(t, s, "audit_records", "event = 'ended'"); n != 1 {
				t.Errorf("%d ends on record, want 1", n)
			}
			if grantLive(t, s, bound.ID) || !grantLive(t, s, offline.ID) {
				t.Error("the wrong grant died")
			}
			_, err := rotateTo(t.Context(), s, token.Hash, start(), grace, refreshToken(bound.ID))
			wantErr(t, err, idp.ErrRevoked)
		})
		t.Run("SE-06 all but one", func(t *testing.T) {
			account := createAccount(t, s)
			mine, other := signIn(t, s, account.ID, "cred"), signIn(t, s, account.ID, "cred")
			foreign := signIn(t, s, stranger.ID, "cred")
			n, err := s.EndSessions(t.Context(), account.ID, mine.ID, "others", start(), idp.Effects{})
			must(t, err)
			if n != 1 || !sessionLive(t, s, mine) || sessionLive(t, s, other) || !sessionLive(t, s, foreign) {
				t.Errorf("%d sessions ended", n)
			}
			list, err := s.Sessions(t.Context(), account.ID)
			must(t, err)
			if len(list) != 1 || !reflect.DeepEqual(list[0], mine) {
				t.Errorf("sessions %+v, want %+v", list, mine)
			}
		})
		t.Run("SE-07 a locked account has neither sessions nor grants", func(t *testing.T) {
			account := createAccount(t, s)
			session := signIn(t, s, account.ID, "cred")
			offline, _ := chain(t, s, session, true)
			must(t, s.SetAccountStatus(t.Context(), account.ID, idp.AccountLocked, idp.Effects{}))
			must(t, s.SetAccountStatus(t.Context(), account.ID, idp.AccountActive, idp.Effects{}))
			if sessionLive(t, s, session) || grantLive(t, s, offline.ID) {
				t.Error("unlocking brought something back")
			}
		})
		t.Run("a session past its absolute end kills what is bound to it", func(t *testing.T) {
			session := newSession(account.ID)
			session.ExpiresAt = start().Add(-time.Second)
			must(t, s.Authenticate(t.Context(), storage.Authenticate{Session: session, NewSession: true}))
			bound, _ := chainAt(t, s, session)
			if grantLive(t, s, bound) {
				t.Error("SE-04: the grant outlived the session")
			}
		})
		t.Run("being seen moves forward only, a minute at a time", func(t *testing.T) {
			session := signIn(t, s, account.ID, "cred")
			for _, step := range []struct{ at, want time.Duration }{
				{59 * time.Second, 0}, {time.Minute, time.Minute}, {30 * time.Second, time.Minute}, {time.Hour, time.Hour},
			} {
				must(t, s.TouchSession(t.Context(), session.ID, session.LastSeenAt.Add(step.at)))
				got, _, err := s.SessionByHash(t.Context(), session.Hash)
				must(t, err)
				if seen := got.LastSeenAt.Sub(session.LastSeenAt); seen != step.want {
					t.Errorf("touched after %v: seen after %v, want %v", step.at, seen, step.want)
				}
			}
			must(t, s.TouchSession(t.Context(), "unknown", start()))
		})
	})
}

// chainAt issues a code without redeeming it and returns the grant.
func chainAt(t testing.TB, s *storage.Store, session idp.Session) (string, []byte) {
	t.Helper()
	issue := issueCode(t, s, session, false)
	return issue.Grant.ID, issue.Code.Hash
}

func TestInteractions(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		t.Run("AZ-33 fifty saves of one version: one wins", func(t *testing.T) {
			read := createInteraction(t, s)
			tally(t, race(func(int) error {
				mine := read
				mine.Progress, mine.Request = []byte(`{"step":1}`), []byte(`{"scope":"everything"}`)
				return s.SaveInteraction(t.Context(), &mine)
			}), 1, idp.ErrConflict)
			got, err := s.Interaction(t.Context(), read.ID)
			must(t, err)
			read.Progress, read.Version = []byte(`{"step":1}`), 1
			if !reflect.DeepEqual(*got, read) {
				t.Errorf("got %+v, want %+v: only the progress may change", *got, read)
			}
		})
		t.Run("AZ-33 finished once, then never changed", func(t *testing.T) {
			interaction := createInteraction(t, s)
			tally(t, race(func(int) error {
				return s.FinishInteraction(t.Context(), interaction.ID, 0, start(), effects("declined"))
			}), 1, idp.ErrConsumed)
			wantErr(t, s.SaveInteraction(t.Context(), &interaction), idp.ErrConsumed)
			wantErr(t, s.FinishInteraction(t.Context(), "unknown", 0, start(), idp.Effects{}), idp.ErrNotFound)
			_, err := s.Interaction(t.Context(), "unknown")
			wantErr(t, err, idp.ErrNotFound)
		})
	})
}
