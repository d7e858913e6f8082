package storage_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// What was asked for in a session is not done after the session was ended, however far the
// request had come: each act is refused as a whole.
func TestEffectsHoldTheSession(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		for name, act := range map[string]func(a idp.Account, e idp.Effects) error{
			"passkey": func(a idp.Account, e idp.Effects) error {
				return s.AddPasskey(t.Context(), passkeyOf(a.ID, "late", start()), 9, e)
			},
			"password": func(a idp.Account, e idp.Effects) error {
				return s.SetPassword(t.Context(), idp.Password{AccountID: a.ID, Kind: idp.LoginPassword, Hash: "late"}, e.Session, e)
			},
			"transaction password": func(a idp.Account, e idp.Effects) error {
				return s.AddPassword(t.Context(), idp.Password{AccountID: a.ID, Kind: idp.TransactionPassword, Hash: "late"}, e)
			},
			"recovery codes": func(a idp.Account, e idp.Effects) error {
				return s.ReplaceRecoveryCodes(t.Context(), a.ID, macs(9), start(), e)
			},
			"app": func(a idp.Account, e idp.Effects) error {
				app := idp.TOTP{ID: idp.NewID(), AccountID: a.ID, Secret: []byte("sealed"), CreatedAt: start()}
				must(t, s.SavePendingTOTP(t.Context(), app))
				return s.ConfirmTOTP(t.Context(), a.ID, app.ID, 1, start(), e)
			},
		} {
			t.Run(name, func(t *testing.T) {
				a := createAccount(t, s)
				session := signIn(t, s, a.ID, "any")
				e := effects("too.late")
				e.Session = session.ID
				must(t, s.EndSession(t.Context(), a.ID, session.ID, "test", start(), idp.Effects{}))
				wantErr(t, act(a, e), idp.ErrRevoked)
				keys, err := s.Passkeys(t.Context(), a.ID)
				must(t, err)
				codes, err := s.RecoveryCodes(t.Context(), a.ID)
				must(t, err)
				if len(keys) > 0 || codes.Total > 0 || rows(t, s, "audit_records", "event = 'too.late'") > 0 {
					t.Error("something of it was written")
				}
				_, err = s.TOTP(t.Context(), a.ID)
				wantErr(t, err, idp.ErrNotFound)
				for _, kind := range []idp.PasswordKind{idp.LoginPassword, idp.TransactionPassword} {
					_, err = s.Password(t.Context(), a.ID, kind)
					wantErr(t, err, idp.ErrNotFound)
				}
			})
		}
	})
}

// B1: of a freeze and fifty enrolments at the same moment, no enrolment arrives after it:
// what came before is suspended, what comes later is refused.
func TestFreezeRacesWithEnrolment(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		a := createAccount(t, s)
		code, session := stopCode(t, s, a.ID, start())
		var freezing sync.WaitGroup
		freezing.Go(func() { must(t, s.Freeze(t.Context(), freeze(code, start()))) })
		for _, err := range race(func(int) error {
			e := idp.Effects{Session: session.ID}
			return s.AddPasskey(t.Context(), passkeyOf(a.ID, "late", start()), 99, e)
		}) {
			if err != nil && !errors.Is(err, idp.ErrRevoked) {
				t.Error(err)
			}
		}
		freezing.Wait()
		keys, err := s.Passkeys(t.Context(), a.ID)
		must(t, err)
		if len(keys) != 0 {
			t.Errorf("B1: %d passkeys arrived after the freeze", len(keys))
		}
	})
}

// RT-09: the session of a password ceremony is made only while the very password and the
// factor that were proved are the account's, whatever two nodes' clocks say.
func TestAuthenticateHoldsWhatWasProved(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		a, at := createAccount(t, s), start()
		must(t, s.SetPassword(t.Context(), idp.Password{AccountID: a.ID, Kind: idp.LoginPassword, Hash: "old", ChangedAt: at}, "", idp.Effects{}))
		app := addTOTP(t, s, a.ID)
		try := func(p idp.Proved) error {
			return s.Authenticate(t.Context(), storage.Authenticate{Session: newSession(a.ID), NewSession: true, Proved: &p})
		}
		must(t, try(idp.Proved{PasswordSetAt: at, CredentialID: app.ID}))
		wantErr(t, try(idp.Proved{PasswordSetAt: at, CredentialID: "another"}), idp.ErrExpired)
		behind := at.Add(-3 * time.Second) // changed later, by a node whose clock is behind
		must(t, s.SetPassword(t.Context(), idp.Password{AccountID: a.ID, Kind: idp.LoginPassword, Hash: "new", ChangedAt: behind}, "", idp.Effects{}))
		wantErr(t, try(idp.Proved{PasswordSetAt: at, CredentialID: app.ID}), idp.ErrExpired)
		must(t, try(idp.Proved{PasswordSetAt: behind, CredentialID: app.ID}))
		lost := createAccount(t, s) // RC-11: reported lost between the code and the session
		must(t, s.SetPassword(t.Context(), idp.Password{AccountID: lost.ID, Kind: idp.LoginPassword, Hash: "lost", ChangedAt: at}, "", idp.Effects{}))
		gone := addTOTP(t, s, lost.ID)
		must(t, s.SuspendLost(t.Context(), idp.LostDevice{InteractionID: admitted(t, s, lost.ID).ID, AccountID: lost.ID, TOTP: true, At: start()}))
		wantErr(t, s.Authenticate(t.Context(), storage.Authenticate{Session: newSession(lost.ID), NewSession: true,
			Proved: &idp.Proved{PasswordSetAt: at, CredentialID: gone.ID}}), idp.ErrExpired)
		must(t, s.RemoveTOTP(t.Context(), a.ID, app.ID, "", idp.Effects{}))
		wantErr(t, try(idp.Proved{PasswordSetAt: behind, CredentialID: app.ID}), idp.ErrExpired)
	})
}

// RC-02 B1: what nodes dated a few seconds apart is taken to the safe side.
func TestClocksApart(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		t.Run("RC-02 a sign-in dated before the recovery it came after", func(t *testing.T) {
			a := createAccount(t, s)
			ix := admitted(t, s, a.ID)
			session := newSession(a.ID)
			session.CreatedAt = ix.CreatedAt.Add(-3 * time.Second)
			must(t, s.Authenticate(t.Context(), storage.Authenticate{Session: session, NewSession: true}))
			wantErr(t, s.CompleteRecovery(t.Context(), completion(ix, a.ID)), idp.ErrConsumed)
		})
		t.Run("RC-11 a passkey dated after the report of its loss", func(t *testing.T) {
			a := createAccount(t, s)
			k := passkeyOf(a.ID, "lost", start().Add(3*time.Second))
			must(t, s.AddPasskey(t.Context(), k, 9, idp.Effects{}))
			ix := admitted(t, s, a.ID)
			must(t, s.SuspendLost(t.Context(), idp.LostDevice{InteractionID: ix.ID, AccountID: a.ID, Passkeys: true, At: start()}))
			wantErr(t, s.Authenticate(t.Context(), storage.Authenticate{Session: newSession(a.ID), NewSession: true,
				Passkey: &idp.PasskeyUse{PasskeyID: k.ID, UsedAt: start()}}), idp.ErrRejected)
		})
		t.Run("B1 a passkey dated before the sign-in it came after", func(t *testing.T) {
			a := createAccount(t, s)
			code, _ := stopCode(t, s, a.ID, start())
			must(t, s.AddPasskey(t.Context(), passkeyOf(a.ID, "late", code.SignedInAt.Add(-3*time.Second)), 9, idp.Effects{}))
			must(t, s.Freeze(t.Context(), freeze(code, start())))
			keys, err := s.Passkeys(t.Context(), a.ID)
			must(t, err)
			if len(keys) != 0 {
				t.Error("B1: it is still in use")
			}
		})
	})
}

// PG-17: of fifty removals at once the last way to sign in stays.
func TestLastWayInStaysInARace(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		a := createAccount(t, s)
		session := signIn(t, s, a.ID, "any")
		ids := make([]string, contenders)
		for i := range ids {
			k := passkeyOf(a.ID, "one", start())
			ids[i] = k.ID
			must(t, s.AddPasskey(t.Context(), k, 99, idp.Effects{}))
		}
		tally(t, race(func(i int) error {
			return s.RemovePasskey(t.Context(), a.ID, ids[i], session.ID, idp.Effects{Session: session.ID, WayIn: &idp.WayIn{Password: true, EmailCode: true}})
		}), contenders-1, idp.ErrLastWayIn)
	})
}
