package storage_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// every is one call of each kind of work, for faults that must look the same everywhere.
func every(ctx context.Context, s *storage.Store) map[string]error {
	_, clientErr := s.Client(ctx, "x")
	_, _, sessionErr := s.SessionByHash(ctx, []byte("x"))
	_, lockErr := s.CountAttempt(ctx, "x", idp.LockPolicy{Threshold: 1}, start())
	_, expiredErr := s.DeleteExpired(ctx, start(), 1)
	_, sealErr := s.SealAudit(ctx, macWith("key"), 1)
	_, statusErr := s.MigrationStatus(ctx)
	return map[string]error{
		"Client": clientErr, "SessionByHash": sessionErr, "CountAttempt": lockErr, "DeleteExpired": expiredErr, "SealAudit": sealErr,
		"MigrationStatus": statusErr,
		"Ping":            s.Ping(ctx),
		"Migrate":         s.Migrate(ctx),
		"UseJTI":          s.UseJTI(ctx, "x", []byte("x"), start()),
		"CreateAccount":   s.CreateAccount(ctx, storage.NewAccount{Account: newAccount()}, idp.Effects{}),
		"RedeemCode":      redeem(ctx, s, storage.IssueCode{At: start()}, nil),
		"AppendAudit":     s.AppendAudit(ctx, []idp.AuditRecord{record(1)}),
	}
}

func TestUnavailable(t *testing.T) {
	check := func(t *testing.T, ctx context.Context, s *storage.Store) {
		t.Helper()
		for name, err := range every(ctx, s) {
			if !errors.Is(err, idp.ErrUnavailable) {
				t.Errorf("%s: got %v, want %v", name, err, idp.ErrUnavailable)
			}
		}
	}
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		check(t, ctx, s)
		if n := rows(t, s, "accounts", "1 = 1") + rows(t, s, "audit_records", "1 = 1"); n != 0 {
			t.Errorf("%d rows were written for callers who had gone", n)
		}
		s.Close()
		check(t, t.Context(), s)
	})
	for _, url := range []string{
		"postgres://nobody@127.0.0.1:1/none?sslmode=disable&connect_timeout=2",
		"sqlite:" + filepath.Join(t.TempDir(), "missing", "folder.db"),
	} {
		if _, err := storage.Open(t.Context(), storage.Options{URL: url}); !errors.Is(err, idp.ErrUnavailable) {
			t.Errorf("%.20s: got %v", url, err)
		}
	}
	for _, url := range []string{"", "mysql://secret@host/x", "postgres://user:secret@host:notaport/x"} {
		_, err := storage.Open(t.Context(), storage.Options{URL: url})
		if err == nil || errors.Is(err, idp.ErrUnavailable) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v", url, err)
		}
	}
}

// A database that fails in the middle of a redemption has neither consumed the code nor
// written a token, and the same request succeeds when it is back.
func TestFaultInTheMiddle(t *testing.T) {
	faults := map[string]func(t *testing.T, s *storage.Store, cancel func()){
		"the caller goes away": func(t *testing.T, s *storage.Store, cancel func()) {
			cancel()
			must(t, s.Tamper(t.Context(), "SELECT 1")) // on SQLite this waits until the connection was given up
		},
		"the server ends the connection": func(t *testing.T, s *storage.Store, cancel func()) {
			if !s.OnPostgres() {
				cancel()
				return
			}
			must(t, s.Tamper(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"))
		},
	}
	suite := func(t *testing.T, s *storage.Store) {
		session := signIn(t, s, createAccount(t, s).ID, "cred")
		for name, fail := range faults {
			t.Run(name, func(t *testing.T) {
				issue := issueCode(t, s, session, false)
				token := refreshToken(issue.Grant.ID)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				err := s.RedeemCode(ctx, issue.Code.Hash, "client-a", start(), func(idp.AuthorizationCode, idp.GrantState) (*idp.RefreshToken, error) {
					fail(t, s, cancel)
					return token, nil
				})
				wantErr(t, err, idp.ErrUnavailable)
				if _, _, err := s.RefreshTokenState(t.Context(), token.Hash); !errors.Is(err, idp.ErrNotFound) {
					t.Errorf("half of it was written: %v", err)
				}
				must(t, redeem(t.Context(), s, issue, token))
			})
		}
	}
	storagetest.Each(t, suite)
	t.Run("memory", func(t *testing.T) {
		store := storagetest.Open(t, "sqlite::memory:")
		must(t, store.Migrate(t.Context()))
		suite(t, store)
	})
}

// Effects that cannot be written take their change with them.
func TestNothingHalfWritten(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		bad := effects("half")
		must(t, s.AddOutbox(ctx, bad.Outbox)) // the same message id cannot be queued twice
		account := createAccount(t, s)
		session := signIn(t, s, account.ID, "cred")
		grant, _ := chain(t, s, session, true)
		passkey := newPasskey(account.ID)
		must(t, s.AddPasskey(ctx, passkey, 5, idp.Effects{}))
		invited, invitation, email := invite(t, s)
		client := newClient()
		must(t, s.CreateClient(ctx, client, idp.Effects{}))
		issue := authorization(t, s, session)
		issue.Effects = bad
		interaction := createInteraction(t, s)
		before := everything(t, s)
		for name, err := range map[string]error{
			"IssueCode":        s.IssueCode(ctx, issue),
			"CreateAccount":    s.CreateAccount(ctx, storage.NewAccount{Account: newAccount()}, bad),
			"SetAccountStatus": s.SetAccountStatus(ctx, account.ID, idp.AccountLocked, bad),
			"AcceptInvitation": s.AcceptInvitation(ctx, storage.AcceptInvitation{InvitationID: invitation.ID, AccountID: invited.ID,
				VerifiedEmailID: email.ID, At: start(), Password: idp.Password{Kind: idp.LoginPassword}, Effects: bad}),
			"ReplaceInvitation": s.ReplaceInvitation(ctx, idp.Invitation{ID: "i", AccountID: invited.ID, CodeMAC: []byte("m")}, bad),
			"VerifyEmail":       s.VerifyEmail(ctx, invited.ID, email.ID, start(), bad),
			"SetPassword":       s.SetPassword(ctx, idp.Password{AccountID: account.ID, Kind: idp.LoginPassword}, "", bad),
			"AddPasskey":        s.AddPasskey(ctx, newPasskey(account.ID), 5, bad),
			"RemovePasskey":     s.RemovePasskey(ctx, account.ID, passkey.ID, "", bad),
			"IssueEmailCode":    s.IssueEmailCode(ctx, newEmailCode(account.ID, "f"), bad),
			"FinishInteraction": s.FinishInteraction(ctx, interaction.ID, 0, start(), bad),
			"Authenticate": s.Authenticate(ctx, storage.Authenticate{Interaction: &interaction, Session: newSession(account.ID),
				NewSession: true, EndSessionID: session.ID, Effects: bad}),
			"EndSession":        s.EndSession(ctx, account.ID, session.ID, "x", start(), bad),
			"RevokeConsent":     s.RevokeConsent(ctx, account.ID, "client-a", start(), bad),
			"RevokeGrant":       s.RevokeGrant(ctx, grant.ID, "client-a", start(), bad),
			"RevokeAccessToken": s.RevokeAccessToken(ctx, "jti", grant.ID, start(), bad),
			"CreateClient":      s.CreateClient(ctx, newClient(), bad),
			"DeleteClient":      s.DeleteClient(ctx, client.ID, bad),
			"AddSigningKey": s.AddSigningKey(ctx, idp.SigningKey{ID: "k", Algorithm: "ES256", Sealed: []byte("s"),
				Public: []byte("p"), State: idp.KeySigning}, bad),
		} {
			if !errors.Is(err, idp.ErrExists) {
				t.Errorf("%s: got %v, want %v", name, err, idp.ErrExists)
			}
		}
		if after := everything(t, s); after != before {
			t.Errorf("something was written:\n%s\nwas\n%s", after, before)
		}
		if interaction.Version != 0 {
			t.Error("the version in memory went ahead of the database")
		}
	})
}

// everything is a picture of the state those methods change.
func everything(t *testing.T, s *storage.Store) string {
	t.Helper()
	var picture strings.Builder
	for _, c := range [][2]string{
		{"accounts", "status = 'active'"}, {"accounts", "1 = 1"}, {"invitations", "consumed_at = 0"}, {"emails", "verified_at = 0"},
		{"passwords", "1 = 1"}, {"passkeys", "1 = 1"}, {"email_codes", "1 = 1"}, {"interactions", "finished_at = 0 AND version = 0"},
		{"sessions", "ended_at = 0"}, {"authorization_codes", "1 = 1"}, {"grants", "revoked_at = 0"}, {"revoked_tokens", "1 = 1"},
		{"clients", "1 = 1"}, {"change_stamps", "stamp = 2"}, {"signing_keys", "1 = 1"}, {"audit_records", "1 = 1"}, {"outbox", "1 = 1"},
	} {
		picture.WriteString(c[0] + " " + c[1] + ": " + strings.Repeat("|", rows(t, s, c[0], c[1])) + "\n")
	}
	return picture.String()
}

// A full disk is a database that does not answer, not one that loses half a change.
func TestFullDatabase(t *testing.T) {
	s := storagetest.SQLite(t)
	session := signIn(t, s, createAccount(t, s).ID, "cred")
	must(t, s.Tamper(t.Context(), "PRAGMA max_page_count = 1")) // as many pages as it has now
	big := idp.AuditRecord{Event: "fill", UserAgent: strings.Repeat("x", 4000)}
	var err error
	written := 0
	for range 1000 {
		issue := authorizationNow(session)
		if err = s.CreateInteraction(t.Context(), idp.Interaction{ID: issue.InteractionID, BrowserHash: []byte{}, ExpiresAt: start().Add(time.Hour)}); err != nil {
			break
		}
		issue.Effects.Audit = []idp.AuditRecord{big}
		if err = s.IssueCode(t.Context(), issue); err != nil {
			break
		}
		written++
	}
	wantErr(t, err, idp.ErrUnavailable)
	for table, want := range map[string]int{"grants": written, "authorization_codes": written, "audit_records": written} {
		if n := rows(t, s, table, "1 = 1"); n != want {
			t.Errorf("%s has %d rows after %d changes", table, n, want)
		}
	}
	if !sessionLive(t, s, session) {
		t.Error("a full database cannot even be read")
	}
}

// authorizationNow is an authorization whose interaction is still to be written.
func authorizationNow(session idp.Session) storage.IssueCode {
	now := start()
	id := idp.NewID()
	return storage.IssueCode{InteractionID: idp.NewID(), At: now,
		Grant: idp.Grant{ID: id, AccountID: session.AccountID, SessionID: session.ID, ExpiresAt: now.Add(time.Hour)},
		Code:  idp.AuthorizationCode{Hash: idp.HashSecret(idp.NewSecret()), GrantID: id, ExpiresAt: now.Add(time.Minute)}}
}

func TestFileIsPrivate(t *testing.T) {
	url := storagetest.SQLiteURL(t)
	s := storagetest.Open(t, url)
	must(t, s.Migrate(t.Context()))
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(strings.TrimPrefix(url, "sqlite:") + suffix)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", info.Name(), info.Mode())
		}
	}
}
