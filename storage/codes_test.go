package storage_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestRedeemCode(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := createAccount(t, s)
		session := signIn(t, s, account.ID, "cred")

		t.Run("mint gets what was issued, in three statements", func(t *testing.T) {
			issue := issueCode(t, s, session, false)
			token := refreshToken(issue.Grant.ID)
			ctx, counter := storage.WithStatementCounter(t.Context())
			var code idp.AuthorizationCode
			var state idp.GrantState
			must(t, s.RedeemCode(ctx, issue.Code.Hash, "client-a", issue.At,
				func(c idp.AuthorizationCode, g idp.GrantState) (*idp.RefreshToken, error) {
					code, state = c, g
					return token, nil
				}))
			if counter.Count() > 3 || counter.Reads() != 1 {
				t.Errorf("%d statements: %q", counter.Count(), counter.Statements())
			}
			want := issue.Code
			want.ConsumedAt = issue.At
			if !reflect.DeepEqual(code, want) {
				t.Errorf("code %+v, want %+v", code, want)
			}
			if !reflect.DeepEqual(state.Grant, issue.Grant) || state.Subject != account.Subject || !state.Live(issue.At) {
				t.Errorf("grant %+v, want %+v, live", state, issue.Grant)
			}
			stored, _, err := s.RefreshTokenState(t.Context(), token.Hash)
			must(t, err)
			if !reflect.DeepEqual(stored, token) {
				t.Errorf("refresh token %+v, want %+v", stored, token)
			}
		})
		t.Run("TK-03 fifty redemptions at once: one succeeds", func(t *testing.T) {
			issue := issueCode(t, s, session, false)
			tally(t, race(func(int) error { return redeem(t.Context(), s, issue, refreshToken(issue.Grant.ID)) }), 1, idp.ErrConsumed)
			if n := rows(t, s, "refresh_tokens", "grant_id = '"+issue.Grant.ID+"'"); n != 1 {
				t.Errorf("%d refresh tokens, want 1", n)
			}
		})
		t.Run("TK-02 a second redemption revokes what the first one got", func(t *testing.T) {
			issue := issueCode(t, s, session, true)
			token := refreshToken(issue.Grant.ID)
			must(t, redeem(t.Context(), s, issue, token))
			err := redeem(t.Context(), s, issue, refreshToken(issue.Grant.ID))
			var consumed *storage.ConsumedError
			if !errors.As(err, &consumed) || consumed.GrantID != issue.Grant.ID || consumed.AccountID != account.ID || consumed.ClientID != "client-a" {
				t.Fatalf("got %v", err)
			}
			if grantLive(t, s, issue.Grant.ID) {
				t.Error("the grant is still live")
			}
			_, err = s.RotateRefreshToken(t.Context(), token.Hash, "client-a", start(), time.Second, nil)
			wantErr(t, err, idp.ErrRevoked)
		})
		t.Run("TK-02 a replay after the code has expired revokes too", func(t *testing.T) {
			issue := issueCode(t, s, session, true)
			must(t, redeem(t.Context(), s, issue, nil))
			issue.At = issue.Code.ExpiresAt.Add(time.Minute)
			wantErr(t, redeem(t.Context(), s, issue, nil), idp.ErrConsumed)
			if grantLive(t, s, issue.Grant.ID) {
				t.Error("the grant is still live")
			}
		})
		t.Run("TK-01 another client neither gets nor burns the code", func(t *testing.T) {
			issue := issueCode(t, s, session, false)
			foreign := issue
			foreign.Code.ClientID = "client-b"
			wantErr(t, redeem(t.Context(), s, foreign, nil), idp.ErrNotFound)
			must(t, redeem(t.Context(), s, issue, nil))
		})
		t.Run("an unknown code", func(t *testing.T) {
			issue := authorization(t, s, session)
			wantErr(t, redeem(t.Context(), s, issue, nil), idp.ErrNotFound)
		})
		t.Run("an expired code", func(t *testing.T) {
			issue := issueCode(t, s, session, false)
			issue.At = issue.Code.ExpiresAt
			wantErr(t, redeem(t.Context(), s, issue, nil), idp.ErrExpired)
		})
		t.Run("what mint refuses stays used up", func(t *testing.T) {
			issue := issueCode(t, s, session, false)
			refusal := errors.New("wrong verifier")
			err := s.RedeemCode(t.Context(), issue.Code.Hash, "client-a", issue.At,
				func(idp.AuthorizationCode, idp.GrantState) (*idp.RefreshToken, error) { return nil, refusal })
			if err != refusal {
				t.Fatalf("got %v, want mint's own error", err)
			}
			wantErr(t, redeem(t.Context(), s, issue, nil), idp.ErrConsumed)
		})
	})
}

// TK-17: whatever ends between issue and redemption makes redemption fail.
func TestRedeemAfterEnd(t *testing.T) {
	ends := map[string]func(*testing.T, *storage.Store, storage.IssueCode) error{
		"session ended": func(t *testing.T, s *storage.Store, i storage.IssueCode) error {
			return s.EndSession(t.Context(), i.Grant.AccountID, i.Grant.SessionID, "logout", start(), idp.Effects{})
		},
		"account locked": func(t *testing.T, s *storage.Store, i storage.IssueCode) error {
			return s.SetAccountStatus(t.Context(), i.Grant.AccountID, idp.AccountLocked, idp.Effects{})
		},
		"grant revoked": func(t *testing.T, s *storage.Store, i storage.IssueCode) error {
			return s.RevokeGrant(t.Context(), i.Grant.ID, i.Grant.ClientID, start(), idp.Effects{})
		},
		"consent withdrawn": func(t *testing.T, s *storage.Store, i storage.IssueCode) error {
			return s.RevokeConsent(t.Context(), i.Grant.AccountID, i.Grant.ClientID, start(), idp.Effects{})
		},
		"password changed": func(t *testing.T, s *storage.Store, i storage.IssueCode) error {
			return s.SetPassword(t.Context(), idp.Password{AccountID: i.Grant.AccountID, Kind: idp.LoginPassword, Hash: "h"}, "", idp.Effects{})
		},
	}
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		for name, end := range ends {
			t.Run("TK-17 "+name, func(t *testing.T) {
				issue := issueCode(t, s, signIn(t, s, createAccount(t, s).ID, "cred"), false)
				must(t, end(t, s, issue))
				wantErr(t, redeem(t.Context(), s, issue, refreshToken(issue.Grant.ID)), idp.ErrRevoked)
				if n := rows(t, s, "refresh_tokens", "grant_id = '"+issue.Grant.ID+"'"); n != 0 {
					t.Error("a refresh token was written")
				}
			})
		}
	})
}

func TestIssueCode(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		session := signIn(t, s, createAccount(t, s).ID, "cred")

		t.Run("one interaction gives one code, however many finish it at once", func(t *testing.T) {
			first := authorization(t, s, session)
			tally(t, race(func(int) error {
				issue := authorization(t, s, session)
				issue.InteractionID = first.InteractionID
				return s.IssueCode(t.Context(), issue)
			}), 1, idp.ErrConsumed)
		})
		t.Run("with consent and effects", func(t *testing.T) {
			issue := authorization(t, s, session)
			issue.Consent = &idp.Consent{AccountID: session.AccountID, ClientID: "client-a", Scopes: []string{"openid"}, Fingerprint: "1", GivenAt: start()}
			issue.Effects = effects("grant.issued")
			must(t, s.IssueCode(t.Context(), issue))
			again := authorization(t, s, session)
			again.Consent = &idp.Consent{AccountID: session.AccountID, ClientID: "client-a", Scopes: []string{"openid", "email"}, Fingerprint: "2", GivenAt: start()}
			must(t, s.IssueCode(t.Context(), again))
			consent, err := s.Consent(t.Context(), session.AccountID, "client-a")
			must(t, err)
			if !reflect.DeepEqual(consent, again.Consent) {
				t.Errorf("consent %+v, want %+v", consent, again.Consent)
			}
			if list, err := s.Consents(t.Context(), session.AccountID); err != nil || len(list) != 1 {
				t.Errorf("consents %v, %v", list, err)
			}
		})
		t.Run("an interaction that changed meanwhile", func(t *testing.T) {
			issue := authorization(t, s, session)
			issue.Version = 7
			wantErr(t, s.IssueCode(t.Context(), issue), idp.ErrConflict)
			issue.InteractionID = "unknown"
			wantErr(t, s.IssueCode(t.Context(), issue), idp.ErrNotFound)
		})
		t.Run("SE-04 a session that ended gives no code", func(t *testing.T) {
			ended := signIn(t, s, session.AccountID, "cred")
			issue := authorization(t, s, ended)
			must(t, s.EndSession(t.Context(), ended.AccountID, ended.ID, "logout", start(), idp.Effects{}))
			wantErr(t, s.IssueCode(t.Context(), issue), idp.ErrRevoked)
			interaction, err := s.Interaction(t.Context(), issue.InteractionID)
			must(t, err)
			if !interaction.FinishedAt.IsZero() {
				t.Error("the interaction was finished nevertheless")
			}
		})
	})
}

// A session that ends while authorizations of it finish leaves no live grant behind.
func TestIssueCodeAgainstSetPassword(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		session := signIn(t, s, createAccount(t, s).ID, "cred")
		issues := make([]storage.IssueCode, contenders)
		for i := range issues {
			issues[i] = authorization(t, s, session)
			issues[i].Grant.Offline = true
		}
		for _, err := range race(func(i int) error {
			if i == contenders/2 {
				return s.SetPassword(t.Context(), idp.Password{AccountID: session.AccountID, Kind: idp.LoginPassword, Hash: "new"}, "", idp.Effects{})
			}
			return s.IssueCode(t.Context(), issues[i])
		}) {
			if err != nil && !errors.Is(err, idp.ErrRevoked) {
				t.Error(err)
			}
		}
		live, err := s.Grants(t.Context(), session.AccountID)
		must(t, err)
		if len(live) != 0 {
			t.Errorf("RT-09: %d offline grants survived the change of password", len(live))
		}
	})
}
