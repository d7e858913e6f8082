package storage_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestGrants(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := createAccount(t, s)
		session := signIn(t, s, account.ID, "cred")

		t.Run("state, account and token in one statement", func(t *testing.T) {
			grant, _ := chain(t, s, session, false)
			ctx, counter := storage.WithStatementCounter(t.Context())
			state, revoked, err := s.GrantState(ctx, grant.ID, "jti")
			must(t, err)
			want := idp.GrantState{Grant: grant, AccountStatus: idp.AccountActive, Subject: account.Subject}
			if counter.Count() != 1 || revoked || !reflect.DeepEqual(*state, want) {
				t.Errorf("%d statements, revoked %v, %+v, want %+v", counter.Count(), revoked, *state, want)
			}
			_, _, err = s.GrantState(t.Context(), "unknown", "jti")
			wantErr(t, err, idp.ErrNotFound)
		})
		t.Run("one access token is revoked, its grant stays", func(t *testing.T) {
			grant, _ := chain(t, s, session, false)
			for range 2 {
				must(t, s.RevokeAccessToken(t.Context(), "jti-1", grant.ID, start().Add(time.Minute), effects("token.revoked")))
			}
			if n := rows(t, s, "audit_records", "event = 'token.revoked'"); n != 1 {
				t.Errorf("%d revocations on record, want 1", n)
			}
			for jti, want := range map[string]bool{"jti-1": true, "jti-2": false} {
				state, revoked, err := s.GrantState(t.Context(), grant.ID, jti)
				must(t, err)
				if revoked != want || !state.Live(start()) {
					t.Errorf("%s revoked: %v, grant %+v", jti, revoked, state)
				}
			}
			for _, way := range [][]string{{"jti-1", "jti-2"}, {"jti-3", "jti-1"}, {"jti-3", "jti-2"}, {}} { // of a token and those it was exchanged for
				_, revoked, err := s.GrantState(t.Context(), grant.ID, way...)
				must(t, err)
				if revoked != slices.Contains(way, "jti-1") {
					t.Errorf("%v revoked: %v", way, revoked)
				}
			}
		})
		t.Run("RT-11 revoking a grant kills every token under it, once", func(t *testing.T) {
			grant, token := chain(t, s, session, true)
			for range 2 {
				must(t, s.RevokeGrant(t.Context(), grant.ID, "client-a", start(), effects("grant.revoked")))
			}
			if n := rows(t, s, "audit_records", "event = 'grant.revoked'"); n != 1 || grantLive(t, s, grant.ID) {
				t.Errorf("%d revocations on record, want 1", n)
			}
			_, err := rotateTo(t.Context(), s, token.Hash, start(), grace, refreshToken(grant.ID))
			wantErr(t, err, idp.ErrRevoked)
		})
		t.Run("CN-02 withdrawing consent revokes the client's grants and no other's", func(t *testing.T) {
			account := createAccount(t, s)
			session := signIn(t, s, account.ID, "cred")
			issue := authorization(t, s, session)
			issue.Consent = &idp.Consent{AccountID: account.ID, ClientID: "client-a", GivenAt: start()}
			must(t, s.IssueCode(t.Context(), issue))
			other := authorization(t, s, session)
			other.Grant.ClientID, other.Code.ClientID = "client-b", "client-b"
			must(t, s.IssueCode(t.Context(), other))
			must(t, s.RevokeConsent(t.Context(), account.ID, "client-a", start(), idp.Effects{}))
			wantErr(t, s.RevokeConsent(t.Context(), account.ID, "client-a", start(), idp.Effects{}), idp.ErrNotFound)
			live, err := s.Grants(t.Context(), account.ID)
			must(t, err)
			if len(live) != 1 || live[0].ID != other.Grant.ID {
				t.Errorf("live grants %+v", live)
			}
		})
	})
}

func TestUseJTI(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		hash, exp := idp.HashSecret("jti"), start().Add(time.Minute)
		t.Run("IN-12 fifty presentations at once: one is the first", func(t *testing.T) {
			tally(t, race(func(int) error { return s.UseJTI(t.Context(), "client-a", hash, exp) }), 1, idp.ErrConsumed)
		})
		t.Run("namespaces are apart", func(t *testing.T) {
			must(t, s.UseJTI(t.Context(), "client-b", hash, exp.Add(time.Hour)))
			n, err := s.DeleteExpired(t.Context(), exp, 100)
			must(t, err)
			if n != 1 {
				t.Errorf("%d rows deleted, want 1", n)
			}
			wantErr(t, s.UseJTI(t.Context(), "client-b", hash, exp), idp.ErrConsumed)
		})
	})
}
