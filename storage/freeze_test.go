package storage_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// stopCode signs an account in with a stop code beside the session.
func stopCode(t *testing.T, s *storage.Store, accountID string, at time.Time) (idp.StopCode, idp.Session) {
	t.Helper()
	session := newSession(accountID)
	code := idp.StopCode{
		ID: idp.NewID(), AccountID: accountID, SessionID: session.ID, Lookup: idp.HashSecret(idp.NewSecret()),
		CodeMAC: []byte("mac"), SignedInAt: at, ExpiresAt: at.Add(7 * 24 * time.Hour),
	}
	must(t, s.Authenticate(t.Context(), storage.Authenticate{Session: session, NewSession: true, StopCode: &code}))
	return code, session
}

func freeze(code idp.StopCode, at time.Time) idp.Freeze {
	return idp.Freeze{Code: code, Reason: idp.LockedNotMe, At: at, Effects: effects("account.locked"),
		Suspended: func(kind idp.AuthenticatorKind, id string) idp.AuditRecord {
			return idp.AuditRecord{At: at, Event: "authenticator.suspended", Result: "ok", Actor: "customer", AccountID: code.AccountID,
				Detail: map[string]string{"kind": string(kind), "id": id}}
		}}
}

func passkeyOf(accountID, name string, at time.Time) idp.Passkey {
	return idp.Passkey{ID: idp.NewID(), AccountID: accountID, CredentialID: []byte(idp.NewID()), PublicKey: []byte("cose"), AAGUID: make([]byte, 16),
		Transports: []string{"internal"}, RPID: "example", Name: name, CreatedAt: at, AddedACR: "phr", TrustedFrom: at.Add(time.Hour)}
}

// invaded is an account with one of everything from before a sign-in and one of
// everything from after it.
func invaded(t *testing.T, s *storage.Store) (a idp.Account, code idp.StopCode, session idp.Session, later idp.Passkey, at time.Time) {
	t.Helper()
	at = start()
	a = newAccount()
	before, after := at.Add(-time.Hour), at.Add(time.Minute)
	must(t, s.CreateAccount(t.Context(), storage.NewAccount{
		Account: a,
		Emails: []idp.Email{
			{ID: idp.NewID(), Address: "old@e.example", Canonical: "old-" + a.ID, Purpose: idp.EmailRegistered, VerifiedAt: before, CreatedAt: before},
			{ID: idp.NewID(), Address: "new@e.example", Canonical: "new-" + a.ID, Purpose: idp.EmailSecurity, VerifiedAt: after, CreatedAt: after},
		},
		Passwords: []idp.Password{
			{Kind: idp.TransactionPassword, Hash: "old", ChangedAt: before}, {Kind: idp.LoginPassword, Hash: "new", ChangedAt: after, MustChange: true},
		},
		TOTP: &idp.TOTP{ID: idp.NewID(), Secret: []byte("sealed"), ConfirmedAt: after, CreatedAt: after, LastStep: 7},
	}, idp.Effects{}))
	code, session = stopCode(t, s, a.ID, at)
	must(t, s.AddPasskey(t.Context(), passkeyOf(a.ID, "old", before), 9, idp.Effects{}))
	later = passkeyOf(a.ID, "new", after)
	must(t, s.AddPasskey(t.Context(), later, 9, idp.Effects{}))
	must(t, s.SavePendingTOTP(t.Context(), idp.TOTP{ID: idp.NewID(), AccountID: a.ID, Secret: []byte("pending"), CreatedAt: after}))
	return a, code, session, later, at.Add(time.Hour)
}

// B1: what a stop code does, all at once.
func TestFreeze(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		a, code, session, later, now := invaded(t, s)
		grant, _ := chain(t, s, session, true)
		other := signIn(t, s, a.ID, "elsewhere")
		found, err := s.StopCode(ctx, a.ID, code.Lookup)
		must(t, err)
		if found.SessionID != session.ID || !found.SignedInAt.Equal(code.SignedInAt) || !found.ConsumedAt.IsZero() {
			t.Errorf("found %+v, want %+v", found, code)
		}
		_, err = s.StopCode(ctx, createAccount(t, s).ID, code.Lookup)
		wantErr(t, err, idp.ErrNotFound)

		must(t, s.Freeze(ctx, freeze(*found, now)))
		got, err := s.Account(ctx, a.ID)
		must(t, err)
		if got.Status != idp.AccountLocked || got.LockReason != idp.LockedNotMe || !got.LockedAt.Equal(now) {
			t.Errorf("B1: account %s, %q since %s", got.Status, got.LockReason, got.LockedAt)
		}
		if sessionLive(t, s, session) || sessionLive(t, s, other) || grantLive(t, s, grant.ID) {
			t.Error("B1: a session or an offline grant outlived the freeze")
		}
		t.Run("what was added since is in no list and no ceremony", func(t *testing.T) { outOfUse(t, s, a.ID, later) })
		list, err := s.SuspendedAuthenticators(ctx, a.ID)
		must(t, err)
		kinds := map[idp.AuthenticatorKind]string{}
		for _, l := range list {
			kinds[l.Kind] = l.Name
			if l.Reason != idp.LockedNotMe || !l.SuspendedAt.Equal(now) || l.AddedAt.Before(code.SignedInAt) {
				t.Errorf("suspended %+v", l)
			}
		}
		if len(list) != 4 || kinds[idp.SuspendedPasskey] != "new" || kinds[idp.SuspendedEmail] != "new@e.example" || kinds[idp.SuspendedPassword] != "login" {
			t.Errorf("B1: suspended %+v", list)
		}
		if n := rows(t, s, "audit_records", "event = 'authenticator.suspended'"); n != 4 {
			t.Errorf("LG-02: %d suspensions on record, want 4", n)
		}
		wantErr(t, s.Freeze(ctx, freeze(*found, now)), idp.ErrConsumed)
		wantErr(t, s.Authenticate(ctx, storage.Authenticate{Session: newSession(a.ID), NewSession: true}), idp.ErrLocked)

		must(t, s.SetAccountStatus(ctx, a.ID, idp.AccountActive, idp.Effects{}))
		got, err = s.Account(ctx, a.ID)
		must(t, err)
		if got.Status != idp.AccountActive || got.LockReason != "" || !got.LockedAt.IsZero() {
			t.Errorf("after the unlock: %+v", got)
		}
		t.Run("nor after the unlock", func(t *testing.T) { outOfUse(t, s, a.ID, later) })
		restores(t, s, a.ID, later, list)
	})
}

// outOfUse checks that only what is older than the sign-in can be found.
func outOfUse(t *testing.T, s *storage.Store, accountID string, later idp.Passkey) {
	t.Helper()
	ctx := t.Context()
	passkeys, err := s.Passkeys(ctx, accountID)
	must(t, err)
	if len(passkeys) != 1 || passkeys[0].Name != "old" {
		t.Errorf("B1: passkeys %+v", passkeys)
	}
	_, err = s.PasskeyByCredentialID(ctx, later.CredentialID)
	wantErr(t, err, idp.ErrNotFound)
	_, err = s.TOTP(ctx, accountID)
	wantErr(t, err, idp.ErrNotFound)
	_, err = s.PendingTOTP(ctx, accountID)
	wantErr(t, err, idp.ErrNotFound)
	emails, err := s.Emails(ctx, accountID)
	must(t, err)
	if len(emails) != 1 || emails[0].Address != "old@e.example" {
		t.Errorf("B1: addresses %+v", emails)
	}
	_, err = s.Password(ctx, accountID, idp.LoginPassword)
	wantErr(t, err, idp.ErrNotFound)
	_, err = s.Password(ctx, accountID, idp.TransactionPassword)
	must(t, err)
}

// restores lifts the suspensions, except of what was replaced meanwhile.
func restores(t *testing.T, s *storage.Store, accountID string, later idp.Passkey, list []idp.SuspendedAuthenticator) {
	t.Helper()
	ctx := t.Context()
	must(t, s.SetPassword(ctx, idp.Password{AccountID: accountID, Kind: idp.LoginPassword, Hash: "newest", ChangedAt: start()}, "", idp.Effects{}))
	var ids []string
	for _, l := range list {
		ids = append(ids, l.ID)
	}
	record := func(kind idp.AuthenticatorKind, _ string) idp.AuditRecord {
		return idp.AuditRecord{At: start(), Event: "authenticator.restored", Result: "ok", Actor: "operator", Detail: map[string]string{"kind": string(kind)}}
	}
	_, err := s.RestoreAuthenticators(ctx, createAccount(t, s).ID, ids[:1], record)
	wantErr(t, err, idp.ErrNotFound)
	_, err = s.RestoreAuthenticators(ctx, accountID, append([]string{"no-such"}, ids...), record)
	wantErr(t, err, idp.ErrNotFound)
	restored, err := s.RestoreAuthenticators(ctx, accountID, append(ids, ids[0]), record)
	must(t, err)
	if len(restored) != 3 {
		t.Errorf("restored %v of %+v, want all but the password", restored, list)
	}
	found, err := s.PasskeyByCredentialID(ctx, later.CredentialID)
	must(t, err)
	if found.ID != later.ID || found.Name != "new" || !found.TrustedFrom.Equal(later.TrustedFrom) || len(found.Transports) != 1 || string(found.PublicKey) != "cose" {
		t.Errorf("restored %+v, want %+v", found, later)
	}
	totp, err := s.TOTP(ctx, accountID)
	must(t, err)
	if string(totp.Secret) != "sealed" || totp.LastStep != 7 {
		t.Errorf("restored %+v", totp)
	}
	password, err := s.Password(ctx, accountID, idp.LoginPassword)
	must(t, err)
	if password.Hash != "newest" {
		t.Error("a newer password was replaced")
	}
	left, err := s.SuspendedAuthenticators(ctx, accountID)
	must(t, err)
	if len(left) != 1 || left[0].Kind != idp.SuspendedPassword {
		t.Errorf("left %+v", left)
	}
	if n := rows(t, s, "audit_records", "event = 'authenticator.restored'"); n != 3 {
		t.Errorf("%d restorations on record, want 3", n)
	}
}

// B1: a stop code freezes once, whoever else holds it.
func TestFreezeOnce(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		a := createAccount(t, s)
		code, _ := stopCode(t, s, a.ID, start())
		tally(t, race(func(int) error { return s.Freeze(t.Context(), freeze(code, start())) }), 1, idp.ErrConsumed)
		if n := rows(t, s, "audit_records", "event = 'account.locked'"); n != 1 {
			t.Errorf("B1: %d freezes on record, want 1", n)
		}
		if n := rows(t, s, "outbox", "1 = 1"); n != 1 {
			t.Errorf("B1: %d mails, want 1", n)
		}
	})
}

// B1: the first reason and time of a lock stay; an earlier sign-in's code still suspends
// more; expired codes and other accounts' codes do nothing.
func TestFreezeAgain(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		ctx, at := t.Context(), start()
		a := createAccount(t, s)
		first, _ := stopCode(t, s, a.ID, at)
		must(t, s.AddPasskey(ctx, passkeyOf(a.ID, "between", at.Add(time.Minute)), 9, idp.Effects{}))
		second, _ := stopCode(t, s, a.ID, at.Add(time.Hour))
		must(t, s.Freeze(ctx, freeze(second, at.Add(2*time.Hour))))
		if list, err := s.Passkeys(ctx, a.ID); err != nil || len(list) != 1 {
			t.Errorf("the later sign-in's code reaches back: %+v %v", list, err)
		}
		must(t, s.SetAccountStatus(ctx, a.ID, idp.AccountLocked, idp.Effects{}))
		must(t, s.Freeze(ctx, freeze(first, at.Add(3*time.Hour))))
		got, err := s.Account(ctx, a.ID)
		must(t, err)
		if got.LockReason != idp.LockedNotMe || !got.LockedAt.Equal(at.Add(2*time.Hour)) {
			t.Errorf("locked %q since %s", got.LockReason, got.LockedAt)
		}
		if list, err := s.Passkeys(ctx, a.ID); err != nil || len(list) != 0 {
			t.Errorf("B1: the earlier sign-in's code left %+v %v", list, err)
		}

		b := createAccount(t, s)
		code, _ := stopCode(t, s, b.ID, at)
		wantErr(t, s.Freeze(ctx, freeze(code, code.ExpiresAt)), idp.ErrExpired)
		foreign := code
		foreign.AccountID = a.ID
		wantErr(t, s.Freeze(ctx, freeze(foreign, at)), idp.ErrNotFound)
		if got, err := s.Account(ctx, b.ID); err != nil || got.Status != idp.AccountActive {
			t.Errorf("frozen without a good code: %+v %v", got, err)
		}
		for range 2 {
			_, err := s.DeleteExpired(ctx, code.ExpiresAt, 100)
			must(t, err)
		}
		_, err = s.StopCode(ctx, b.ID, code.Lookup)
		wantErr(t, err, idp.ErrNotFound)
	})
}
