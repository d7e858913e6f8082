package storage_test

import (
	"encoding/binary"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func recoveryOf(t *testing.T, s *storage.Store, accountID string) *idp.Interaction {
	t.Helper()
	now := start().Add(-time.Second)
	ix := idp.Interaction{
		ID: idp.NewID(), Kind: idp.InteractionRecover, BrowserHash: idp.HashSecret("browser"),
		Request: []byte(`{"account_id":"` + accountID + `"}`), Progress: []byte(`{}`), CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	}
	must(t, s.CreateInteraction(t.Context(), ix))
	return &ix
}

// admitted is a recovery whose first proof was given.
func admitted(t *testing.T, s *storage.Store, accountID string) *idp.Interaction {
	t.Helper()
	ix := recoveryOf(t, s, accountID)
	must(t, s.ProveRecovery(t.Context(), idp.RecoveryProof{Interaction: ix, AccountID: accountID, First: true, At: start()}))
	return ix
}

func completion(ix *idp.Interaction, accountID string) idp.CompleteRecovery {
	now := start()
	return idp.CompleteRecovery{
		InteractionID: ix.ID, Version: ix.Version, AccountID: accountID, Since: ix.CreatedAt, HeldUntil: now.Add(24 * time.Hour), At: now,
		Password: idp.Password{AccountID: accountID, Kind: idp.LoginPassword, Hash: "$new", ChangedAt: now},
	}
}

func macs(n byte) [][]byte {
	out := make([][]byte, 10)
	for i := range out {
		out[i] = idp.HashSecret(string([]byte{n, byte(i)}))
	}
	return out
}

func addPasskeyAt(t *testing.T, s *storage.Store, accountID string, at time.Time) idp.Passkey {
	t.Helper()
	k := idp.Passkey{
		ID: idp.NewID(), AccountID: accountID, CredentialID: []byte(idp.NewID()), PublicKey: []byte("key"), UserVerified: true,
		AttestationType: "none", RPID: "localhost", Name: "key", CreatedAt: at, AddedACR: "phr",
	}
	must(t, s.AddPasskey(t.Context(), k, 10, idp.Effects{}))
	return k
}

func addTOTP(t *testing.T, s *storage.Store, accountID string) idp.TOTP {
	t.Helper()
	app := idp.TOTP{ID: idp.NewID(), AccountID: accountID, Secret: []byte("sealed"), CreatedAt: start()}
	must(t, s.SavePendingTOTP(t.Context(), app))
	must(t, s.ConfirmTOTP(t.Context(), accountID, app.ID, 1, start(), idp.Effects{}))
	return app
}

func TestRecoveryCodes(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		use := func(accountID string, mac []byte) error {
			return s.ProveRecovery(t.Context(), idp.RecoveryProof{
				Interaction: recoveryOf(t, s, accountID), AccountID: accountID, RecoveryCode: mac, At: start(),
				Effects: idp.Effects{Audit: []idp.AuditRecord{{At: start(), Event: "recoverycode.used", Result: "ok", AccountID: accountID}}},
			})
		}
		t.Run("OT-11 fifty browsers with one code: one gets in", func(t *testing.T) {
			account := createAccount(t, s)
			set := macs(1)
			must(t, s.ReplaceRecoveryCodes(t.Context(), account.ID, set, start(), idp.Effects{}))
			tally(t, race(func(int) error { return use(account.ID, set[3]) }), 1, idp.ErrRejected)
			state, err := s.RecoveryCodes(t.Context(), account.ID)
			must(t, err)
			if state.Total != 10 || state.Left != 9 || state.CreatedAt.IsZero() {
				t.Errorf("state %+v after one use of ten", state)
			}
			records, err := s.AuditRecords(t.Context(), storage.AuditFilter{AccountID: account.ID, Limit: 100})
			must(t, err)
			if len(records) != 1 {
				t.Errorf("%d records of one use", len(records))
			}
		})
		t.Run("OT-11 a new set voids the old one, for this account only", func(t *testing.T) {
			account, other := createAccount(t, s), createAccount(t, s)
			must(t, s.ReplaceRecoveryCodes(t.Context(), account.ID, macs(2), start(), idp.Effects{}))
			must(t, s.ReplaceRecoveryCodes(t.Context(), other.ID, macs(3), start(), idp.Effects{}))
			must(t, s.ReplaceRecoveryCodes(t.Context(), account.ID, macs(4), start(), idp.Effects{}))
			wantErr(t, use(account.ID, macs(2)[0]), idp.ErrRejected)
			wantErr(t, use(account.ID, macs(3)[0]), idp.ErrRejected)
			must(t, use(account.ID, macs(4)[0]))
			must(t, use(other.ID, macs(3)[0]))
		})
	})
}

func TestCompleteRecovery(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		t.Run("RC-02 fifty completions of one recovery: one sets the password", func(t *testing.T) {
			account := createAccount(t, s)
			ix := admitted(t, s, account.ID)
			tally(t, race(func(i int) error {
				c := completion(ix, account.ID)
				c.Password.Hash = "$" + string(binary.BigEndian.AppendUint16([]byte("n"), uint16(i)+0x4141))
				return s.CompleteRecovery(t.Context(), c)
			}), 1, idp.ErrConsumed)
		})
		t.Run("RC-02 a newer recovery, a sign-in and a change of password each void it", func(t *testing.T) {
			for name, void := range map[string]func(accountID string){
				"newer":   func(id string) { admitted(t, s, id) },
				"sign-in": func(id string) { signIn(t, s, id, "any") },
				"password": func(id string) {
					must(t, s.SetPassword(t.Context(), completion(&idp.Interaction{}, id).Password, "", idp.Effects{}))
				},
			} {
				account := createAccount(t, s)
				ix := admitted(t, s, account.ID)
				void(account.ID)
				if err := s.CompleteRecovery(t.Context(), completion(ix, account.ID)); err == nil {
					t.Errorf("%s: completed all the same", name)
				} else {
					wantErr(t, err, idp.ErrConsumed)
				}
			}
		})
		t.Run("RC-03 without the first proof nothing is completed", func(t *testing.T) {
			account := createAccount(t, s)
			wantErr(t, s.CompleteRecovery(t.Context(), completion(recoveryOf(t, s, account.ID), account.ID)), idp.ErrConsumed)
		})
		t.Run("RC-04 RT-09 SE-07 every session and grant ends, what was lost is gone, the hold begins", func(t *testing.T) {
			account := createAccount(t, s)
			session := signIn(t, s, account.ID, "any")
			issue := authorization(t, s, session)
			must(t, s.IssueCode(t.Context(), issue))
			addPasskeyAt(t, s, account.ID, start())
			addTOTP(t, s, account.ID)
			ix := admitted(t, s, account.ID)
			c := completion(ix, account.ID)
			c.RemovePasskeys, c.RemoveTOTP, c.Since = true, true, start().Add(time.Minute)
			must(t, s.CompleteRecovery(t.Context(), c))
			if live, err := s.Sessions(t.Context(), account.ID); err != nil || len(live) != 0 {
				t.Errorf("sessions %v %v", live, err)
			}
			state, _, err := s.GrantState(t.Context(), issue.Grant.ID, "")
			must(t, err)
			if state.RevokedAt.IsZero() || !state.HeldUntil.Equal(c.HeldUntil) {
				t.Errorf("grant revoked at %v, held until %v", state.RevokedAt, state.HeldUntil)
			}
			if held, err := s.Passkeys(t.Context(), account.ID); err != nil || len(held) != 0 {
				t.Errorf("passkeys %v %v", held, err)
			}
			_, err = s.TOTP(t.Context(), account.ID)
			wantErr(t, err, idp.ErrNotFound)
		})
		t.Run("A8 a forgotten transaction password goes with it, nobody else's, and otherwise it stays", func(t *testing.T) {
			for name, forgotten := range map[string]bool{"forgot": true, "kept": false} {
				a, other := createAccount(t, s), createAccount(t, s)
				for _, id := range []string{a.ID, other.ID} {
					must(t, s.AddPassword(t.Context(), idp.Password{AccountID: id, Kind: idp.TransactionPassword, Hash: "$tx"}, idp.Effects{}))
				}
				c := completion(admitted(t, s, a.ID), a.ID)
				c.RemoveTransactionPassword = forgotten
				must(t, s.CompleteRecovery(t.Context(), c))
				if _, err := s.Password(t.Context(), a.ID, idp.TransactionPassword); (err != nil) != forgotten {
					t.Errorf("%s: %v", name, err)
				}
				if _, err := s.Password(t.Context(), other.ID, idp.TransactionPassword); err != nil {
					t.Errorf("%s: another customer's: %v", name, err)
				}
			}
		})
		t.Run("RC-12 the desk ends a hold once", func(t *testing.T) {
			account := createAccount(t, s)
			wantErr(t, s.EndHold(t.Context(), account.ID, start(), idp.Effects{}), idp.ErrNotFound)
			must(t, s.CompleteRecovery(t.Context(), completion(admitted(t, s, account.ID), account.ID)))
			now := start()
			tally(t, race(func(int) error { return s.EndHold(t.Context(), account.ID, now, idp.Effects{}) }), 1, idp.ErrNotFound)
			if r, err := s.Recovery(t.Context(), account.ID); err != nil || !r.HeldUntil.Equal(now) {
				t.Errorf("held until %v %v", r.HeldUntil, err)
			}
		})
		t.Run("RC-12 a second recovery never shortens the hold", func(t *testing.T) {
			account := createAccount(t, s)
			c := completion(admitted(t, s, account.ID), account.ID)
			must(t, s.CompleteRecovery(t.Context(), c))
			again := completion(admitted(t, s, account.ID), account.ID)
			again.HeldUntil, again.Since = start().Add(time.Minute), start().Add(time.Minute)
			must(t, s.CompleteRecovery(t.Context(), again))
			if r, err := s.Recovery(t.Context(), account.ID); err != nil || !r.HeldUntil.Equal(c.HeldUntil) {
				t.Errorf("held until %v (%v), want %v", r.HeldUntil, err, c.HeldUntil)
			}
		})
	})
}

func TestSuspendLost(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		suspend := func(ix *idp.Interaction, accountID string) error {
			return s.SuspendLost(t.Context(), idp.LostDevice{InteractionID: ix.ID, AccountID: accountID, Passkeys: true, TOTP: true, At: start()})
		}
		usable := func(accountID string, k idp.Passkey, app idp.TOTP, step int64) (passkey, totp error) {
			passkey = s.Authenticate(t.Context(), storage.Authenticate{
				Session: newSession(accountID), NewSession: true, Passkey: &idp.PasskeyUse{PasskeyID: k.ID, UsedAt: start()},
			})
			return passkey, s.AcceptTOTPStep(t.Context(), app.ID, step, start())
		}
		t.Run("RC-11 what was reported lost stops at once and works again after a completed recovery", func(t *testing.T) {
			account := createAccount(t, s)
			k, app := addPasskeyAt(t, s, account.ID, start().Add(-time.Hour)), addTOTP(t, s, account.ID)
			passkey, totp := usable(account.ID, k, app, 2)
			must(t, passkey)
			must(t, totp)
			ix := admitted(t, s, account.ID)
			must(t, suspend(ix, account.ID))
			if live, err := s.Sessions(t.Context(), account.ID); err != nil || len(live) != 0 {
				t.Errorf("sessions %v %v", live, err)
			}
			passkey, totp = usable(account.ID, k, app, 3)
			wantErr(t, passkey, idp.ErrRejected)
			wantErr(t, totp, idp.ErrConsumed)
			c := completion(ix, account.ID)
			c.Since = start().Add(time.Minute)
			must(t, s.CompleteRecovery(t.Context(), c))
			passkey, totp = usable(account.ID, k, app, 4)
			must(t, passkey)
			must(t, totp)
		})
		t.Run("RC-11 only the admitted recovery may, and of its own account", func(t *testing.T) {
			account, other := createAccount(t, s), createAccount(t, s)
			wantErr(t, suspend(recoveryOf(t, s, account.ID), account.ID), idp.ErrConsumed)
			wantErr(t, suspend(admitted(t, s, other.ID), account.ID), idp.ErrConsumed)
		})
	})
}
