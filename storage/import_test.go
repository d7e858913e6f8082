package storage_test

import (
	"context"
	"fmt"
	"regexp"
	"testing"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// crowd is a batch of accounts with a mail address and a password each.
func crowd(n int) []storage.NewAccount {
	batch := make([]storage.NewAccount, n)
	for i := range batch {
		account := newAccount()
		batch[i] = storage.NewAccount{
			Account:   account,
			Emails:    []idp.Email{{ID: idp.NewID(), Address: "x", Canonical: account.ID + "@e.example", Purpose: idp.EmailRegistered, VerifiedAt: start(), CreatedAt: start()}},
			Passwords: []idp.Password{{Kind: idp.LoginPassword, Hash: "h", ChangedAt: start()}},
		}
	}
	return batch
}

func imported(n int) idp.Effects {
	return idp.Effects{Audit: []idp.AuditRecord{{Event: "account.imported", Detail: map[string]string{"accounts": fmt.Sprint(n)}}}}
}

func TestImportAccounts(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		t.Run("a batch is written whole, with one record", func(t *testing.T) {
			batch := crowd(1203) // not a multiple of a statement's rows
			batch[7].TOTP = &idp.TOTP{ID: idp.NewID(), Secret: []byte("sealed"), ConfirmedAt: start()}
			batch[8].Passwords = append(batch[8].Passwords, idp.Password{Kind: idp.TransactionPassword, Hash: "t"})
			created, err := s.ImportAccounts(t.Context(), batch, imported)
			must(t, err)
			if len(created) != len(batch) {
				t.Fatalf("%d of %d created", len(created), len(batch))
			}
			for _, i := range []int{0, 7, 8, 499, 500, 1202} {
				a := batch[i].Account
				if got, err := s.AccountByLogin(t.Context(), a.LoginName); err != nil || got.ID != a.ID || got.Profile.Name != a.Profile.Name || !got.CreatedAt.Equal(a.CreatedAt) {
					t.Errorf("account %d: %+v, %v", i, got, err)
				}
				if got, err := s.AccountByLogin(t.Context(), batch[i].Emails[0].Canonical); err != nil || got.ID != a.ID {
					t.Errorf("account %d by address: %+v, %v", i, got, err)
				}
				if got, err := s.Password(t.Context(), a.ID, idp.LoginPassword); err != nil || got.Hash != "h" {
					t.Errorf("password of %d: %+v, %v", i, got, err)
				}
			}
			if got, err := s.TOTP(t.Context(), batch[7].Account.ID); err != nil || got.ID != batch[7].TOTP.ID {
				t.Errorf("TOTP: %+v, %v", got, err)
			}
			if got, err := s.Password(t.Context(), batch[8].Account.ID, idp.TransactionPassword); err != nil || got.Hash != "t" {
				t.Errorf("transaction password: %+v, %v", got, err)
			}
			if n := rows(t, s, "audit_records", "event = 'account.imported'"); n != 1 {
				t.Errorf("%d audit records of one batch", n)
			}
		})
		t.Run("what is there is left as it is, whatever of it is taken", func(t *testing.T) {
			taken, batch := createAccount(t, s), crowd(5)
			batch[0].Account.ID = taken.ID
			batch[1].Account.LoginName = taken.LoginName
			batch[2].Account.UserHandle = taken.UserHandle
			batch[3].Account.Subject = taken.Subject
			created, err := s.ImportAccounts(t.Context(), batch, imported)
			must(t, err)
			if len(created) != 1 || created[0] != batch[4].Account.ID {
				t.Errorf("created %v, want only the last", created)
			}
			if _, err := s.Password(t.Context(), taken.ID, idp.LoginPassword); err == nil {
				t.Error("an existing account got the password of a row")
			}
			if n := rows(t, s, "audit_records", `detail LIKE '%"accounts":"1"%'`); n != 1 {
				t.Errorf("%d records of the one account", n)
			}
			known, err := s.KnownAccounts(t.Context(), []string{batch[0].Account.ID}, []string{batch[4].Account.LoginName, "nobody"})
			must(t, err)
			if len(known) != 2 || known[taken.LoginName] != taken.ID || known[batch[4].Account.LoginName] != batch[4].Account.ID {
				t.Errorf("known: %v", known)
			}
			_, err = s.ImportAccounts(t.Context(), batch[4:], imported)
			wantErr(t, err, idp.ErrExists)
			before := rows(t, s, "audit_records", "1 = 1")
			batch[4].Account.Subject = idp.NewID()
			if created, err = s.ImportAccounts(t.Context(), batch[4:], imported); err != nil || len(created) != 0 {
				t.Errorf("a second time: %v, %v", created, err)
			}
			if n := rows(t, s, "audit_records", "1 = 1"); n != before {
				t.Error("a batch that wrote nothing left a record")
			}
		})
		t.Run("a batch that fails leaves nothing", func(t *testing.T) {
			batch := crowd(3)
			batch[2].Emails[0].ID = batch[1].Emails[0].ID
			_, err := s.ImportAccounts(t.Context(), batch, imported)
			wantErr(t, err, idp.ErrExists)
			_, err = s.Account(t.Context(), batch[0].Account.ID)
			wantErr(t, err, idp.ErrNotFound)
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			_, err = s.ImportAccounts(gone, crowd(1), imported)
			wantErr(t, err, idp.ErrUnavailable)
		})
	})
}

// Many runs of one file at once, as after an impatient restart, write each account once.
func TestImportAccountsRace(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		batch := crowd(40)
		won := make([]int, contenders)
		errs := race(func(i int) error {
			mine := make([]storage.NewAccount, len(batch))
			for n, row := range batch { // the same accounts with subjects of the run's own
				other := newAccount()
				row.Account.Subject, row.Account.UserHandle = other.Subject, other.UserHandle
				row.Emails = []idp.Email{{ID: idp.NewID(), Address: "x", Canonical: row.Account.ID, Purpose: idp.EmailRegistered}}
				mine[n] = row
			}
			created, err := s.ImportAccounts(context.Background(), mine, imported)
			won[i] = len(created)
			return err
		})
		tally(t, errs, contenders, nil)
		total := 0
		for _, n := range won {
			total += n
		}
		if n := rows(t, s, "accounts", "1 = 1"); n != len(batch) || total != len(batch) {
			t.Errorf("%d accounts, %d said to be created, want %d", n, total, len(batch))
		}
		for _, table := range []string{"emails", "passwords"} {
			if n := rows(t, s, table, "1 = 1"); n != len(batch) {
				t.Errorf("%d rows of %s, want %d", n, table, len(batch))
			}
		}
	})
}

// signInLookups are the reads that a sign-in makes for the account and its authenticators, with what they ask.
func signInLookups(s *storage.Store, a storage.NewAccount) map[string]struct {
	ask  func(ctx context.Context) error
	args []any
} {
	type lookup = struct {
		ask  func(ctx context.Context) error
		args []any
	}
	id, login := a.Account.ID, a.Account.LoginName
	byName := func(name string) lookup {
		return lookup{func(ctx context.Context) error { _, err := s.AccountByLogin(ctx, name); return err }, []any{name, name, "registered", name}}
	}
	return map[string]lookup{
		"account by login name":   byName(login),
		"account by mail address": byName(a.Emails[0].Canonical),
		"account by nobody's":     {func(ctx context.Context) error { _, _ = s.AccountByLogin(ctx, "nobody"); return nil }, []any{"nobody", "nobody", "registered", "nobody"}},
		"account":                 {func(ctx context.Context) error { _, err := s.Account(ctx, id); return err }, []any{id}},
		"account by user handle": {func(ctx context.Context) error {
			_, err := s.AccountByUserHandle(ctx, a.Account.UserHandle)
			return err
		}, []any{a.Account.UserHandle}},
		"account by subject": {func(ctx context.Context) error { _, err := s.AccountBySubject(ctx, a.Account.Subject); return err }, []any{a.Account.Subject}},
		"emails":             {func(ctx context.Context) error { _, err := s.Emails(ctx, id); return err }, []any{id}},
		"password":           {func(ctx context.Context) error { _, err := s.Password(ctx, id, idp.LoginPassword); return err }, []any{id, "login", 1}},
		"TOTP":               {func(ctx context.Context) error { _, err := s.TOTP(ctx, id); return err }, []any{id, 1}},
		"passkeys":           {func(ctx context.Context) error { _, err := s.Passkeys(ctx, id); return err }, []any{id}},
	}
}

var (
	placeholder = regexp.MustCompile(`\$\d+|\?`)
	wholeTable  = regexp.MustCompile(`Seq Scan|SCAN (a|accounts|emails|passwords|totps|passkeys)\b`)
)

// The lookups of a sign-in are the same statements, and find their rows by an index,
// however many accounts there are.
func TestSignInLookupsUseIndexes(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		counts := map[string]int{}
		for _, size := range []int{1, 5000} {
			var last storage.NewAccount
			for done := 0; done < size; done += 1000 {
				batch := crowd(min(1000, size))
				for i := range batch {
					batch[i].TOTP = &idp.TOTP{ID: idp.NewID(), Secret: []byte("sealed"), ConfirmedAt: start()}
				}
				_, err := s.ImportAccounts(t.Context(), batch, imported)
				must(t, err)
				last = batch[len(batch)-1]
			}
			must(t, s.Tamper(t.Context(), `INSERT INTO passkeys SELECT id, id, user_handle, user_handle, 0, NULL, NULL, 1=1, 1=0, 1=0, '', 1=0, '', '', 0, 0, '', 0
				FROM accounts WHERE id NOT IN (SELECT id FROM passkeys)`))
			must(t, s.Tamper(t.Context(), "ANALYZE"))
			for name, lookup := range signInLookups(s, last) {
				ctx, counter := storage.WithStatementCounter(t.Context())
				must(t, lookup.ask(ctx))
				if before, ok := counts[name]; ok && before != counter.Count() {
					t.Errorf("%s: %d statements with few accounts, %d with many", name, before, counter.Count())
				}
				counts[name] = counter.Count()
				if counter.Count() != 1 {
					t.Errorf("%s: %d statements", name, counter.Count())
				}
				if size == 1 {
					continue // a database may as well read a table of one row
				}
				statement := counter.Statements()[0]
				plan, err := s.Explain(t.Context(), statement, lookup.args[:len(placeholder.FindAllString(statement, -1))]...)
				must(t, err)
				if plan == "" || wholeTable.MatchString(plan) {
					t.Errorf("%s reads a whole table:\n%s\n%s", name, statement, plan)
				}
			}
		}
	})
}
