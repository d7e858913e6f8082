package storage_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestAccounts(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		t.Run("an account comes back as it was given, by each of its names", func(t *testing.T) {
			account := newAccount()
			account.Profile.Address = &idp.Address{PostalCode: "100-0001", Country: "JP"}
			totp := idp.TOTP{ID: idp.NewID(), Secret: []byte("sealed"), ConfirmedAt: start()}
			must(t, s.CreateAccount(t.Context(), storage.NewAccount{
				Account: account, TOTP: &totp,
				Emails:    []idp.Email{{ID: idp.NewID(), Address: "A@e.example", Canonical: "a-" + account.ID, Purpose: idp.EmailRegistered, VerifiedAt: start()}},
				Passwords: []idp.Password{{Kind: idp.LoginPassword, Hash: "1"}, {Kind: idp.TransactionPassword, Hash: "2"}},
			}, effects("account.created")))
			for name, find := range map[string]func() (*idp.Account, error){
				"id":          func() (*idp.Account, error) { return s.Account(t.Context(), account.ID) },
				"subject":     func() (*idp.Account, error) { return s.AccountBySubject(t.Context(), account.Subject) },
				"user handle": func() (*idp.Account, error) { return s.AccountByUserHandle(t.Context(), account.UserHandle) },
				"login name":  func() (*idp.Account, error) { return s.AccountByLogin(t.Context(), account.LoginName) },
				"address":     func() (*idp.Account, error) { return s.AccountByLogin(t.Context(), "a-"+account.ID) },
			} {
				got, err := find()
				must(t, err)
				got.UpdatedAt = time.Time{}
				if !reflect.DeepEqual(*got, account) {
					t.Errorf("by %s: got %+v, want %+v", name, *got, account)
				}
			}
			if got, err := s.TOTP(t.Context(), account.ID); err != nil || got.ID != totp.ID {
				t.Errorf("TOTP %+v, %v", got, err)
			}
		})
		t.Run("ID-08 no two accounts share a name, a subject or a handle", func(t *testing.T) {
			taken := createAccount(t, s)
			for name, copy := range map[string]func(*idp.Account){
				"id":          func(a *idp.Account) { a.ID = taken.ID },
				"subject":     func(a *idp.Account) { a.Subject = taken.Subject },
				"login name":  func(a *idp.Account) { a.LoginName = taken.LoginName },
				"user handle": func(a *idp.Account) { a.UserHandle = taken.UserHandle },
			} {
				account := newAccount()
				copy(&account)
				if err := s.CreateAccount(t.Context(), storage.NewAccount{Account: account}, idp.Effects{}); err == nil {
					t.Errorf("two accounts share the %s", name)
				} else {
					wantErr(t, err, idp.ErrExists)
				}
			}
		})
		t.Run("an address signs in only when verified, registered and of one account", func(t *testing.T) {
			canonical := idp.NewID() + "@e.example"
			add := func(purpose idp.EmailPurpose, verified bool) (string, string) {
				account := newAccount()
				email := idp.Email{ID: idp.NewID(), Address: canonical, Canonical: canonical, Purpose: purpose}
				if verified {
					email.VerifiedAt = start()
				}
				must(t, s.CreateAccount(t.Context(), storage.NewAccount{Account: account, Emails: []idp.Email{email}}, idp.Effects{}))
				return account.ID, email.ID
			}
			id, emailID := add(idp.EmailRegistered, false)
			add(idp.EmailSecurity, true)
			_, err := s.AccountByLogin(t.Context(), canonical)
			wantErr(t, err, idp.ErrNotFound)
			wantErr(t, s.VerifyEmail(t.Context(), createAccount(t, s).ID, emailID, start(), idp.Effects{}), idp.ErrNotFound)
			for range 2 {
				must(t, s.VerifyEmail(t.Context(), id, emailID, start(), effects("email.verified")))
			}
			if n := rows(t, s, "audit_records", "event = 'email.verified'"); n != 1 {
				t.Errorf("%d verifications on record, want 1", n)
			}
			if got, err := s.AccountByLogin(t.Context(), canonical); err != nil || got.ID != id {
				t.Errorf("got %+v, %v", got, err)
			}
			add(idp.EmailRegistered, true)
			_, err = s.AccountByLogin(t.Context(), canonical)
			wantErr(t, err, idp.ErrNotFound)
		})
		t.Run("status and locale", func(t *testing.T) {
			account := createAccount(t, s)
			must(t, s.SetLocale(t.Context(), account.ID, "en"))
			must(t, s.SetAccountStatus(t.Context(), account.ID, idp.AccountLocked, idp.Effects{}))
			if got, err := s.Account(t.Context(), account.ID); err != nil || got.Locale != "en" || got.Status != idp.AccountLocked {
				t.Errorf("got %+v, %v", got, err)
			}
			wantErr(t, s.SetLocale(t.Context(), "unknown", "en"), idp.ErrNotFound)
			wantErr(t, s.SetAccountStatus(t.Context(), "unknown", idp.AccountLocked, idp.Effects{}), idp.ErrNotFound)
		})
	})
}

// directory is an account table to search: a01 to a05, the last one locked.
func directory(t testing.TB, s *storage.Store) {
	t.Helper()
	for i, name := range []string{"山田 太郎", "Yamada Hanako", "100%_!'\"", "鈴木 一郎", "Locked"} {
		account := newAccount()
		account.LoginName, account.Profile.Name = "a0"+string(rune('1'+i)), name
		if i == 4 {
			account.Status = idp.AccountLocked
		}
		must(t, s.CreateAccount(t.Context(), storage.NewAccount{Account: account, Emails: []idp.Email{
			{ID: idp.NewID(), Address: "x", Canonical: account.LoginName + "@mail.example", Purpose: idp.EmailSecurity},
		}}, idp.Effects{}))
	}
}

func logins(t testing.TB, s *storage.Store, f storage.AccountFilter) string {
	t.Helper()
	list, err := s.Accounts(t.Context(), f)
	must(t, err)
	var names []string
	for _, account := range list {
		names = append(names, account.LoginName)
	}
	return strings.Join(names, " ")
}

func TestAccountSearch(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		directory(t, s)
		for want, filter := range map[string]storage.AccountFilter{
			"a01 a02 a03 a04 a05": {},
			"a01 a02":             {Limit: 2},
			"a03 a04":             {Limit: 2, After: "a02"},
			"a05":                 {Status: "locked"},
			"a02":                 {Query: "yAMADA"},
			"a01":                 {Query: "山田"},
			"a04":                 {Query: "A04@mail"},
			"a03":                 {Query: "0%_!'\""},
		} {
			if got := logins(t, s, filter); got != want {
				t.Errorf("%+v: got %q, want %q", filter, got, want)
			}
		}
	})
}

// IN-11: whatever is typed into the search finds what it is part of and nothing else.
func FuzzAccountSearch(f *testing.F) {
	for _, probe := range []string{
		"' OR '1'='1", "'; DROP TABLE accounts; --", "%", "_", "!%", "\\", "a0_", "\x00", "\xff\xfe", "?", "$1", "@name", "@", "a01' --",
		"') UNION SELECT * FROM clients --", "%%%", "!", "ａ０１", "A01", ":a", "{{.}}",
	} {
		f.Add(probe)
	}
	store := storagetest.Memory(f)
	directory(f, store)
	names := []string{"山田 太郎", "yamada hanako", "100%_!'\"", "鈴木 一郎", "locked"}
	f.Fuzz(func(t *testing.T, query string) {
		var want []string
		asked := strings.ToLower(strings.ReplaceAll(strings.ToValidUTF8(query, "\uFFFD"), "\x00", "\uFFFD"))
		for i, name := range names {
			login := "a0" + string(rune('1'+i))
			if strings.Contains(login, asked) || strings.Contains(name, asked) || strings.Contains(login+"@mail.example", asked) {
				want = append(want, login)
			}
		}
		if got := logins(t, store, storage.AccountFilter{Query: query}); got != strings.Join(want, " ") {
			t.Errorf("IN-11 %q: got %q, want %q", query, got, want)
		}
		if _, err := store.AccountByLogin(t.Context(), query); err != nil && query != "a01" {
			wantErr(t, err, idp.ErrNotFound)
		}
		if got := logins(t, store, storage.AccountFilter{Status: query, After: query}); query != "" && query != "active" && query != "locked" && got != "" {
			t.Errorf("IN-11 status %q: got %q", query, got)
		}
	})
}

// IN-11: the same probes on PostgreSQL.
func TestProbesOnPostgres(t *testing.T) {
	s := storagetest.Postgres(t)
	directory(t, s)
	for _, probe := range []string{"' OR '1'='1", "'; DROP TABLE accounts; --", "\x00", "\xff\xfe", "\\", "a0_", "%", "$1", "@name", "!%"} {
		want := ""
		if probe == "%" {
			want = "a03"
		}
		if got := logins(t, s, storage.AccountFilter{Query: probe}); got != want {
			t.Errorf("IN-11 %q: got %q, want %q", probe, got, want)
		}
		_, err := s.AccountByLogin(t.Context(), probe)
		wantErr(t, err, idp.ErrNotFound)
		_, err = s.Client(t.Context(), probe)
		wantErr(t, err, idp.ErrNotFound)
		_, err = s.Interaction(t.Context(), probe)
		wantErr(t, err, idp.ErrNotFound)
		must(t, s.AppendAudit(t.Context(), []idp.AuditRecord{{Event: probe, UserAgent: probe, Detail: map[string]string{"x": probe}}}))
	}
	if got := logins(t, s, storage.AccountFilter{}); got != "a01 a02 a03 a04 a05" {
		t.Errorf("IN-11 after the probes: %q", got)
	}
}
