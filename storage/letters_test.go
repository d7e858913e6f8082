package storage_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// letterTo queues a letter with temporary passwords of the kinds.
func letterTo(accountID string, at time.Time, kinds ...idp.PasswordKind) idp.IssueLetter {
	l := idp.IssueLetter{Letter: idp.Letter{
		ID: idp.NewID(), AccountID: accountID, Origin: idp.LetterFromWeb, Sealed: []byte("sealed"), DueOn: "2026-11-24",
		CreatedAt: at, ExpiresAt: at.Add(30 * 24 * time.Hour),
	}, Effects: effects("letter.requested")}
	for _, kind := range kinds {
		l.Letter.Kinds += string(kind) + " "
		l.Passwords = append(l.Passwords, idp.TemporaryPassword{ID: idp.NewID(), Kind: kind, Hash: "hash", CreatedAt: at, ExpiresAt: l.Letter.ExpiresAt})
	}
	return l
}

func (l letterCheck) is(id string, want idp.LetterState) {
	l.t.Helper()
	got, err := l.s.Letter(l.t.Context(), id)
	must(l.t, err)
	if got.State != want || (want == idp.LetterQueued) != (got.Sealed != nil) || (want == idp.LetterQueued) != got.EndedAt.IsZero() {
		l.t.Errorf("letter is %s, sealed %d bytes, ended %s; want %s", got.State, len(got.Sealed), got.EndedAt, want)
	}
}

type letterCheck struct {
	t *testing.T
	s *storage.Store
}

// A9: a letter is printed once, its temporary password used once, however many try; what
// was sealed in it is gone with the printing.
func TestLettersAreUsedOnce(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		check := letterCheck{t, s}
		a, at := createAccount(t, s), start()
		l := letterTo(a.ID, at, idp.LoginPassword, idp.TransactionPassword)
		must(t, s.IssueLetter(t.Context(), l))
		check.is(l.Letter.ID, idp.LetterQueued)
		tally(t, race(func(int) error { return s.PrintLetter(t.Context(), l.Letter.ID, at, effects("letter.printed")) }), 1, idp.ErrConsumed)
		check.is(l.Letter.ID, idp.LetterPrinted)
		if n := rows(t, s, "audit_records", "event = 'letter.printed'"); n != 1 {
			t.Errorf("%d records of one printing", n)
		}
		session, kept := signIn(t, s, a.ID, "x"), signIn(t, s, a.ID, "y")
		tally(t, race(func(i int) error {
			return s.RedeemTemporary(t.Context(), idp.RedeemTemporary{
				ID: l.Passwords[0].ID, KeepSessionID: kept.ID, At: at, Effects: effects("temporarypassword.used"),
				Password: idp.Password{AccountID: a.ID, Kind: idp.LoginPassword, Hash: "own"},
			})
		}), 1, idp.ErrConsumed)
		if n := rows(t, s, "audit_records", "event = 'temporarypassword.used'"); n != 1 {
			t.Errorf("%d records of one use", n)
		}
		if sessionLive(t, s, session) || !sessionLive(t, s, kept) {
			t.Error("the sessions from before are not ended, or the one that is kept is")
		}
		if p, err := s.Password(t.Context(), a.ID, idp.LoginPassword); err != nil || p.Hash != "own" || p.MustChange {
			t.Errorf("%+v, %v", p, err)
		}
		if _, err := s.TemporaryPassword(t.Context(), a.ID, idp.TransactionPassword); err != nil {
			t.Errorf("the other temporary password went with the first: %v", err)
		}
		other := createAccount(t, s)
		wantErr(t, s.RedeemTemporary(t.Context(), idp.RedeemTemporary{ID: l.Passwords[1].ID, At: at,
			Password: idp.Password{AccountID: other.ID, Kind: idp.TransactionPassword, Hash: "own"}}), idp.ErrConsumed)
		wantErr(t, s.RedeemTemporary(t.Context(), idp.RedeemTemporary{ID: l.Passwords[1].ID, At: at,
			Password: idp.Password{AccountID: a.ID, Kind: idp.LoginPassword, Hash: "own"}}), idp.ErrConsumed)
		wantErr(t, s.RedeemTemporary(t.Context(), idp.RedeemTemporary{ID: l.Passwords[1].ID, At: l.Letter.ExpiresAt,
			Password: idp.Password{AccountID: a.ID, Kind: idp.TransactionPassword, Hash: "own"}}), idp.ErrConsumed)
		must(t, s.SetAccountStatus(t.Context(), a.ID, idp.AccountLocked, idp.Effects{}))
		wantErr(t, s.RedeemTemporary(t.Context(), idp.RedeemTemporary{ID: l.Passwords[1].ID, At: at,
			Password: idp.Password{AccountID: a.ID, Kind: idp.TransactionPassword, Hash: "own"}}), idp.ErrLocked)
		wantErr(t, s.IssueLetter(t.Context(), letterTo(a.ID, at, idp.LoginPassword)), idp.ErrLocked)
	})
}

// A9: of requests on the web at the same moment one queues a letter.
func TestOneLetterAtATime(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		check := letterCheck{t, s}
		a, at := createAccount(t, s), start()
		tally(t, race(func(int) error {
			l := letterTo(a.ID, at, idp.LoginPassword)
			l.NotSince = at.Add(-time.Hour)
			return s.IssueLetter(t.Context(), l)
		}), 1, idp.ErrExists)
		list, err := s.Letters(t.Context(), storage.LetterFilter{AccountID: a.ID})
		must(t, err)
		if len(list) != 1 || list[0].Sealed != nil {
			t.Fatalf("%+v", list)
		}
		must(t, s.PrintLetter(t.Context(), list[0].ID, at, idp.Effects{}))
		again := letterTo(a.ID, at, idp.LoginPassword)
		again.NotSince = at.Add(-time.Hour)
		wantErr(t, s.IssueLetter(t.Context(), again), idp.ErrExists)
		again.NotSince = at // printed at at: its time is over
		must(t, s.IssueLetter(t.Context(), again))
		if p, err := s.TemporaryPassword(t.Context(), a.ID, idp.LoginPassword); err != nil || p.LetterID != again.Letter.ID {
			t.Errorf("the newer letter's password is not the one: %+v, %v", p, err)
		}
		desk := letterTo(a.ID, at, idp.LoginPassword) // the desk may, and the one in the queue has nothing to say any more
		must(t, s.IssueLetter(t.Context(), desk))
		check.is(again.Letter.ID, idp.LetterVoid)
		due, err := s.Letters(t.Context(), storage.LetterFilter{State: idp.LetterQueued, DueBy: "2026-11-23"})
		must(t, err)
		if len(due) != 0 {
			t.Errorf("due too early: %+v", due)
		}
	})
}

// A9: whatever ends a letter ends its temporary passwords and what is sealed in it: a
// password the customer chose, a stop code, a freeze, the desk, time.
func TestLettersEnd(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		check := letterCheck{t, s}
		at := start()
		queued := func() (idp.Account, idp.IssueLetter) {
			a := createAccount(t, s)
			l := letterTo(a.ID, at, idp.LoginPassword)
			code := idp.StopCode{ID: idp.NewID(), AccountID: a.ID, SessionID: idp.LetterStop + l.Letter.ID, Lookup: idp.HashSecret(idp.NewSecret()),
				CodeMAC: []byte("mac"), SignedInAt: at, ExpiresAt: at.Add(time.Hour)}
			l.StopCode = &code
			must(t, s.IssueLetter(t.Context(), l))
			return a, l
		}
		gone := func(a idp.Account) {
			t.Helper()
			_, err := s.TemporaryPassword(t.Context(), a.ID, idp.LoginPassword)
			wantErr(t, err, idp.ErrNotFound)
		}
		a, l := queued()
		must(t, s.SetPassword(t.Context(), idp.Password{AccountID: a.ID, Kind: idp.LoginPassword, Hash: "own", ChangedAt: at}, "", idp.Effects{}))
		check.is(l.Letter.ID, idp.LetterVoid)
		gone(a)

		a, l = queued()
		tally(t, race(func(int) error {
			return s.StopLetter(t.Context(), *l.StopCode, l.Letter.ID, "stop_code", at, effects("letter.voided"))
		}), 1, idp.ErrConsumed)
		check.is(l.Letter.ID, idp.LetterVoid)
		gone(a)
		wantErr(t, s.PrintLetter(t.Context(), l.Letter.ID, at, idp.Effects{}), idp.ErrConsumed)
		wantErr(t, s.VoidLetter(t.Context(), l.Letter.ID, "again", at, idp.Effects{}), idp.ErrConsumed)

		a, l = queued()
		_, theirs := queued()
		wantErr(t, s.StopLetter(t.Context(), *l.StopCode, theirs.Letter.ID, "stop_code", at, idp.Effects{}), idp.ErrConsumed)
		check.is(theirs.Letter.ID, idp.LetterQueued)
		wantErr(t, s.StopLetter(t.Context(), *l.StopCode, l.Letter.ID, "stop_code", at.Add(time.Hour), idp.Effects{}), idp.ErrExpired)
		must(t, s.PrintLetter(t.Context(), l.Letter.ID, at, idp.Effects{}))
		must(t, s.StopLetter(t.Context(), *l.StopCode, l.Letter.ID, "stop_code", at, idp.Effects{}))
		gone(a) // on paper and worthless

		a, l = queued()
		code, _ := stopCode(t, s, a.ID, at.Add(-time.Minute))
		must(t, s.Freeze(t.Context(), freeze(code, at)))
		check.is(l.Letter.ID, idp.LetterVoid)
		gone(a)

		a, l = queued()
		must(t, s.VoidLetter(t.Context(), l.Letter.ID, "lost", at, idp.Effects{}))
		gone(a)
		wantErr(t, s.VoidLetter(t.Context(), idp.NewID(), "lost", at, idp.Effects{}), idp.ErrNotFound)
		wantErr(t, s.PrintLetter(t.Context(), idp.NewID(), at, idp.Effects{}), idp.ErrNotFound)

		a, l = queued()
		over := l.Letter.ExpiresAt
		wantErr(t, s.PrintLetter(t.Context(), l.Letter.ID, over, idp.Effects{}), idp.ErrExpired)
		if n, err := s.ExpireLetters(t.Context(), over.Add(-time.Second), 10); err != nil || n != 0 {
			t.Errorf("%d ended before their time: %v", n, err)
		}
		if n, err := s.ExpireLetters(t.Context(), over, 1); err != nil || n != 1 {
			t.Errorf("%d ended of a batch of one: %v", n, err)
		}
		for n := 1; n > 0; {
			var err error
			n, err = s.ExpireLetters(t.Context(), over, 10)
			must(t, err)
		}
		check.is(l.Letter.ID, idp.LetterExpired)
		if n := rows(t, s, "letters", "sealed IS NOT NULL"); n != 0 {
			t.Errorf("A9: %d letters keep what was sealed in them", n)
		}
		_, err := s.DeleteExpired(t.Context(), over, 100)
		must(t, err)
		gone(a)
	})
}
