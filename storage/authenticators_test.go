package storage_test

import (
	"reflect"
	"testing"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func newPasskey(accountID string) idp.Passkey {
	return idp.Passkey{
		ID: idp.NewID(), AccountID: accountID, CredentialID: []byte(idp.NewSecret()), PublicKey: []byte{1, 2}, SignCount: 4294967295,
		AAGUID: make([]byte, 16), Transports: []string{"internal", "hybrid"}, UserVerified: true, BackupEligible: true,
		AttestationType: "none", RPID: "sekisho.example", Name: "iPhone", CreatedAt: start(), AddedACR: "phr", TrustedFrom: start(),
	}
}

func TestPasskeys(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account, other := createAccount(t, s), createAccount(t, s)

		t.Run("PG-13 one credential is stored once, whoever finishes with it", func(t *testing.T) {
			credential := []byte(idp.NewSecret())
			tally(t, race(func(i int) error {
				passkey := newPasskey([]string{account.ID, other.ID}[i%2])
				passkey.CredentialID = credential
				return s.AddPasskey(t.Context(), passkey, contenders, effects("passkey.added"))
			}), 1, idp.ErrExists)
			if n := rows(t, s, "audit_records", "event = 'passkey.added'"); n != 1 {
				t.Errorf("%d additions on record, want 1", n)
			}
		})
		t.Run("D5 the cap holds, however many are added at once", func(t *testing.T) {
			account := createAccount(t, s)
			tally(t, race(func(int) error {
				return s.AddPasskey(t.Context(), newPasskey(account.ID), 3, idp.Effects{})
			}), 3, idp.ErrTooMany)
			if list, err := s.Passkeys(t.Context(), account.ID); err != nil || len(list) != 3 {
				t.Errorf("%d passkeys, %v", len(list), err)
			}
		})
		t.Run("a known credential is the better answer at the cap", func(t *testing.T) {
			account := createAccount(t, s)
			passkey := newPasskey(account.ID)
			must(t, s.AddPasskey(t.Context(), passkey, 1, idp.Effects{}))
			passkey.ID = idp.NewID()
			wantErr(t, s.AddPasskey(t.Context(), passkey, 1, idp.Effects{}), idp.ErrExists)
		})
		t.Run("stored as given, renamed by its owner only", func(t *testing.T) {
			account := createAccount(t, s)
			passkey := newPasskey(account.ID)
			must(t, s.AddPasskey(t.Context(), passkey, 3, idp.Effects{}))
			wantErr(t, s.RenamePasskey(t.Context(), other.ID, passkey.ID, "theirs"), idp.ErrNotFound)
			passkey.Name = "会社の端末"
			must(t, s.RenamePasskey(t.Context(), account.ID, passkey.ID, passkey.Name))
			got, err := s.PasskeyByCredentialID(t.Context(), passkey.CredentialID)
			must(t, err)
			if !reflect.DeepEqual(*got, passkey) {
				t.Errorf("got %+v, want %+v", *got, passkey)
			}
			_, err = s.PasskeyByCredentialID(t.Context(), []byte("unknown"))
			wantErr(t, err, idp.ErrNotFound)
			wantErr(t, s.AddPasskey(t.Context(), newPasskey("unknown"), 3, idp.Effects{}), idp.ErrNotFound)
		})
	})
}

func TestRemoveAuthenticator(t *testing.T) {
	type authenticator struct {
		add    func(t *testing.T, s *storage.Store, accountID string) string
		remove func(s *storage.Store) func(*testing.T, string, string, string) error
	}
	kinds := map[string]authenticator{
		"passkey": {
			add: func(t *testing.T, s *storage.Store, accountID string) string {
				passkey := newPasskey(accountID)
				must(t, s.AddPasskey(t.Context(), passkey, 3, idp.Effects{}))
				return passkey.ID
			},
			remove: func(s *storage.Store) func(*testing.T, string, string, string) error {
				return func(t *testing.T, accountID, id, keep string) error {
					return s.RemovePasskey(t.Context(), accountID, id, keep, effects("removed"))
				}
			},
		},
		"totp": {
			add: func(t *testing.T, s *storage.Store, accountID string) string { return confirmTOTP(t, s, accountID).ID },
			remove: func(s *storage.Store) func(*testing.T, string, string, string) error {
				return func(t *testing.T, accountID, id, keep string) error {
					return s.RemoveTOTP(t.Context(), accountID, id, keep, effects("removed"))
				}
			},
		},
	}
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		for name, kind := range kinds {
			t.Run("SE-07 RT-09 removing a "+name+" ends what rests on it", func(t *testing.T) {
				account := createAccount(t, s)
				id := kind.add(t, s, account.ID)
				mine, resting, elsewhere := signIn(t, s, account.ID, id), signIn(t, s, account.ID, id), signIn(t, s, account.ID, "another")
				loggedOut := signIn(t, s, account.ID, id)
				kept, _ := chain(t, s, mine, true)
				dies, _ := chain(t, s, resting, true)
				lives, _ := chain(t, s, elsewhere, true)
				offline, _ := chain(t, s, loggedOut, true)
				must(t, s.EndSession(t.Context(), account.ID, loggedOut.ID, "logout", start(), idp.Effects{}))
				if !grantLive(t, s, offline.ID) {
					t.Fatal("LO-08: an offline grant died with its session")
				}
				wantErr(t, kind.remove(s)(t, createAccount(t, s).ID, id, mine.ID), idp.ErrNotFound)
				must(t, kind.remove(s)(t, account.ID, id, mine.ID))
				if !sessionLive(t, s, mine) || sessionLive(t, s, resting) || !sessionLive(t, s, elsewhere) {
					t.Error("the wrong sessions ended")
				}
				if !grantLive(t, s, kept.ID) || grantLive(t, s, dies.ID) || !grantLive(t, s, lives.ID) || grantLive(t, s, offline.ID) {
					t.Error("the wrong grants were revoked")
				}
				wantErr(t, kind.remove(s)(t, account.ID, id, mine.ID), idp.ErrNotFound)
			})
		}
	})
}

func confirmTOTP(t testing.TB, s *storage.Store, accountID string) idp.TOTP {
	t.Helper()
	totp := idp.TOTP{ID: idp.NewID(), AccountID: accountID, Secret: []byte("sealed"), CreatedAt: start()}
	must(t, s.SavePendingTOTP(t.Context(), totp))
	must(t, s.ConfirmTOTP(t.Context(), accountID, totp.ID, 100, start(), idp.Effects{}))
	return totp
}

func TestTOTP(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := createAccount(t, s)
		totp := confirmTOTP(t, s, account.ID)

		t.Run("OT-01 only a greater step is accepted", func(t *testing.T) {
			for _, step := range []int64{99, 100} {
				wantErr(t, s.AcceptTOTPStep(t.Context(), totp.ID, step, start()), idp.ErrConsumed)
			}
			must(t, s.AcceptTOTPStep(t.Context(), totp.ID, 101, start()))
			wantErr(t, s.AcceptTOTPStep(t.Context(), totp.ID, 101, start()), idp.ErrConsumed)
		})
		t.Run("OT-02 fifty submissions of one step: one succeeds", func(t *testing.T) {
			tally(t, race(func(int) error { return s.AcceptTOTPStep(t.Context(), totp.ID, 200, start()) }), 1, idp.ErrConsumed)
		})
		t.Run("OT-06 a pending one is not usable and is replaced by the next", func(t *testing.T) {
			first := idp.TOTP{ID: idp.NewID(), AccountID: account.ID, Secret: []byte("1")}
			second := idp.TOTP{ID: idp.NewID(), AccountID: account.ID, Secret: []byte("2"), ConfirmedAt: start()}
			must(t, s.SavePendingTOTP(t.Context(), first))
			wantErr(t, s.AcceptTOTPStep(t.Context(), first.ID, 300, start()), idp.ErrConsumed)
			must(t, s.SavePendingTOTP(t.Context(), second))
			wantErr(t, s.ConfirmTOTP(t.Context(), account.ID, first.ID, 300, start(), idp.Effects{}), idp.ErrConsumed)
			pending, err := s.PendingTOTP(t.Context(), account.ID)
			must(t, err)
			if pending.ID != second.ID || !pending.ConfirmedAt.IsZero() {
				t.Errorf("pending %+v", pending)
			}
			if confirmed, err := s.TOTP(t.Context(), account.ID); err != nil || confirmed.ID != totp.ID {
				t.Errorf("E2: the token in use is %+v, %v", confirmed, err)
			}
			wantErr(t, s.ConfirmTOTP(t.Context(), createAccount(t, s).ID, second.ID, 300, start(), idp.Effects{}), idp.ErrConsumed)
			must(t, s.ConfirmTOTP(t.Context(), account.ID, second.ID, 300, start(), effects("totp.added")))
			wantErr(t, s.AcceptTOTPStep(t.Context(), second.ID, 300, start()), idp.ErrConsumed)
			wantErr(t, s.AcceptTOTPStep(t.Context(), totp.ID, 400, start()), idp.ErrConsumed)
			if confirmed, err := s.TOTP(t.Context(), account.ID); err != nil || confirmed.ID != second.ID || confirmed.LastStep != 300 {
				t.Errorf("E2: after the exchange the token is %+v, %v", confirmed, err)
			}
		})
		t.Run("fifty confirmations: one succeeds", func(t *testing.T) {
			account := createAccount(t, s)
			pending := idp.TOTP{ID: idp.NewID(), AccountID: account.ID, Secret: []byte("1")}
			must(t, s.SavePendingTOTP(t.Context(), pending))
			tally(t, race(func(int) error {
				return s.ConfirmTOTP(t.Context(), account.ID, pending.ID, 7, start(), idp.Effects{})
			}), 1, idp.ErrConsumed)
		})
	})
}

func TestPasswords(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := createAccount(t, s)
		password := idp.Password{AccountID: account.ID, Kind: idp.LoginPassword, Hash: "one", MustChange: true, ChangedAt: start()}

		t.Run("kinds are separate", func(t *testing.T) {
			must(t, s.SetPassword(t.Context(), password, "", idp.Effects{}))
			got, err := s.Password(t.Context(), account.ID, idp.LoginPassword)
			must(t, err)
			if !reflect.DeepEqual(*got, password) {
				t.Errorf("got %+v, want %+v", *got, password)
			}
			_, err = s.Password(t.Context(), account.ID, idp.TransactionPassword)
			wantErr(t, err, idp.ErrNotFound)
		})
		t.Run("an upgraded hash never overwrites a newer password", func(t *testing.T) {
			must(t, s.UpgradePasswordHash(t.Context(), account.ID, idp.LoginPassword, "older", "stale"))
			must(t, s.UpgradePasswordHash(t.Context(), account.ID, idp.LoginPassword, "one", "one-stronger"))
			got, err := s.Password(t.Context(), account.ID, idp.LoginPassword)
			must(t, err)
			if got.Hash != "one-stronger" || !got.MustChange {
				t.Errorf("got %+v", got)
			}
		})
		t.Run("RT-09 SE-07 a change ends every other session and grant", func(t *testing.T) {
			mine, other := signIn(t, s, account.ID, "a"), signIn(t, s, account.ID, "b")
			kept, _ := chain(t, s, mine, true)
			online, _ := chain(t, s, other, false)
			offline, _ := chain(t, s, other, true)
			password.Hash = "two"
			must(t, s.SetPassword(t.Context(), password, mine.ID, effects("password.changed")))
			if !sessionLive(t, s, mine) || sessionLive(t, s, other) {
				t.Error("the wrong sessions ended")
			}
			if !grantLive(t, s, kept.ID) || grantLive(t, s, online.ID) || grantLive(t, s, offline.ID) {
				t.Error("the wrong grants were revoked")
			}
		})
		t.Run("without account", func(t *testing.T) {
			wantErr(t, s.SetPassword(t.Context(), idp.Password{AccountID: "unknown", Kind: idp.LoginPassword}, "", idp.Effects{}), idp.ErrNotFound)
		})
	})
}
