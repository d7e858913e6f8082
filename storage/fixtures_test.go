package storage_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
)

// contenders is how many requests meet in a race: with 25, statements that are not
// atomic got away with it too often.
const contenders = 50

// start is when a test's requests arrive, as storage keeps it.
func start() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// race lets contenders run act at the same moment and returns their errors.
func race(act func(i int) error) []error {
	errs := make([]error, contenders)
	gate := make(chan struct{})
	var group sync.WaitGroup
	for i := range contenders {
		group.Go(func() {
			<-gate
			errs[i] = act(i)
		})
	}
	close(gate)
	group.Wait()
	return errs
}

// tally fails the test unless exactly won of the errors are nil and all others are lost.
func tally(t *testing.T, errs []error, won int, lost error) {
	t.Helper()
	got := 0
	for _, err := range errs {
		switch {
		case err == nil:
			got++
		case !errors.Is(err, lost):
			t.Errorf("a contender got %v, want success or %v", err, lost)
		}
	}
	if got != won {
		t.Errorf("%d of %d contenders succeeded, want %d", got, len(errs), won)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

func newAccount() idp.Account {
	id := idp.NewID()
	return idp.Account{
		ID: id, Subject: "sub-" + id, LoginName: "login-" + id, Kind: idp.Personal, Status: idp.AccountActive,
		UserHandle: []byte("handle-" + id), Profile: idp.Profile{Name: "関所 花子", GivenName: "花子", Birthdate: "1960-04-01"},
		Permissions: []string{"trade"}, Locale: "ja", CreatedAt: start(),
	}
}

func createAccount(t testing.TB, s *storage.Store) idp.Account {
	t.Helper()
	account := newAccount()
	must(t, s.CreateAccount(t.Context(), storage.NewAccount{Account: account}, idp.Effects{}))
	return account
}

func newSession(accountID string) idp.Session {
	now := start()
	return idp.Session{
		ID: idp.NewID(), Hash: idp.HashSecret(idp.NewSecret()), SID: idp.NewID(), AccountID: accountID,
		CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(8 * time.Hour), IP: "192.0.2.1", UserAgent: "Browser",
	}
}

// signIn makes a session that rests on the credential.
func signIn(t testing.TB, s *storage.Store, accountID, credentialID string) idp.Session {
	t.Helper()
	session := newSession(accountID)
	session.Events = []idp.AuthenticationEvent{{
		ID: idp.NewID(), AccountID: accountID, CeremonyID: idp.NewID(), Method: idp.MethodPasskey,
		CredentialID: credentialID, At: start(), UserVerified: true,
	}}
	must(t, s.Authenticate(t.Context(), storage.Authenticate{Session: session, NewSession: true, Events: session.Events}))
	return session
}

func createInteraction(t testing.TB, s *storage.Store) idp.Interaction {
	t.Helper()
	now := start()
	interaction := idp.Interaction{
		ID: idp.NewID(), Kind: idp.InteractionAuthorize, BrowserHash: idp.HashSecret("browser"), ClientID: "client-a",
		Request: []byte(`{"scope":"openid"}`), Progress: []byte(`{}`), CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	}
	must(t, s.CreateInteraction(t.Context(), interaction))
	return interaction
}

// authorization prepares an IssueCode for client-a in a fresh interaction.
func authorization(t testing.TB, s *storage.Store, session idp.Session) storage.IssueCode {
	t.Helper()
	interaction := createInteraction(t, s)
	now := start()
	grant := idp.Grant{
		ID: idp.NewID(), AccountID: session.AccountID, ClientID: "client-a", SessionID: session.ID, SID: session.SID,
		Scopes: []string{"openid", "offline_access"}, Resources: []string{"https://api.example"}, ACR: "phr", Level: "phr",
		AMR: []string{"pop", "user", "mfa"}, AuthTime: now, CreatedAt: now, ExpiresAt: now.Add(24 * time.Hour),
	}
	code := idp.AuthorizationCode{
		Hash: idp.HashSecret(idp.NewSecret()), GrantID: grant.ID, ClientID: grant.ClientID, RedirectURI: "https://rp.example/cb",
		CodeChallenge: "challenge", Nonce: "nonce", AuthTimeAsked: true, CreatedAt: now, ExpiresAt: now.Add(time.Minute),
	}
	return storage.IssueCode{InteractionID: interaction.ID, Grant: grant, Code: code, At: now}
}

// issueCode finishes an authorization; offline grants outlive their session.
func issueCode(t testing.TB, s *storage.Store, session idp.Session, offline bool) storage.IssueCode {
	t.Helper()
	issue := authorization(t, s, session)
	issue.Grant.Offline = offline
	must(t, s.IssueCode(t.Context(), issue))
	return issue
}

func refreshToken(grantID string) *idp.RefreshToken {
	now := start()
	return &idp.RefreshToken{
		Hash: idp.HashSecret(idp.NewSecret()), GrantID: grantID, ClientID: "client-a", IssuedAt: now, IdleExpiresAt: now.Add(time.Hour),
	}
}

// redeem exchanges the code for the refresh token, which may be nil.
func redeem(ctx context.Context, s *storage.Store, issue storage.IssueCode, token *idp.RefreshToken) error {
	return s.RedeemCode(ctx, issue.Code.Hash, issue.Code.ClientID, issue.At,
		func(idp.AuthorizationCode, idp.GrantState) (*idp.RefreshToken, error) { return token, nil })
}

// chain signs in, authorizes and redeems, and returns the head of a refresh chain.
func chain(t testing.TB, s *storage.Store, session idp.Session, offline bool) (idp.Grant, *idp.RefreshToken) {
	t.Helper()
	issue := issueCode(t, s, session, offline)
	token := refreshToken(issue.Grant.ID)
	must(t, redeem(t.Context(), s, issue, token))
	return issue.Grant, token
}

// grantLive reports whether tokens under the grant would be accepted.
func grantLive(t testing.TB, s *storage.Store, grantID string) bool {
	t.Helper()
	state, _, err := s.GrantState(t.Context(), grantID, "")
	must(t, err)
	return state.Live(start())
}

func sessionLive(t testing.TB, s *storage.Store, session idp.Session) bool {
	t.Helper()
	_, _, err := s.SessionByHash(t.Context(), session.Hash)
	if err != nil {
		wantErr(t, err, idp.ErrNotFound)
	}
	return err == nil
}

func effects(event string) idp.Effects {
	return idp.Effects{
		Audit:  []idp.AuditRecord{{At: start(), Event: event, Result: "ok", Actor: "customer"}},
		Outbox: []idp.OutboxMessage{{ID: idp.NewID(), Kind: "mail", Payload: []byte("sealed"), CreatedAt: start()}},
	}
}

func rows(t testing.TB, s *storage.Store, table, condition string) int {
	t.Helper()
	n, err := s.CountRows(t.Context(), table, condition)
	must(t, err)
	return n
}
