package storage_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// DP-07 and RT-05: what a code and a refresh token are bound to comes back with them.
func TestBindingsAreKept(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		session := signIn(t, s, createAccount(t, s).ID, "cred")
		issue := authorization(t, s, session)
		issue.Code.DPoPKey = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
		must(t, s.IssueCode(t.Context(), issue))
		token := refreshToken(issue.Grant.ID)
		token.BoundTo = idp.Confirmation{JKT: issue.Code.DPoPKey}.String()
		must(t, s.RedeemCode(t.Context(), issue.Code.Hash, issue.Code.ClientID, issue.At,
			func(code idp.AuthorizationCode, _ idp.GrantState) (*idp.RefreshToken, error) {
				if code.DPoPKey != issue.Code.DPoPKey {
					t.Errorf("DP-07: the code came back bound to %q", code.DPoPKey)
				}
				return token, nil
			}))
		_, err := s.RotateRefreshToken(t.Context(), token.Hash, token.ClientID, start(), time.Second,
			func(found idp.RefreshToken, _ idp.GrantState) (*idp.RefreshToken, []byte, error) {
				if found.BoundTo != token.BoundTo {
					t.Errorf("RT-05: the refresh token came back bound to %q", found.BoundTo)
				}
				return nil, nil, nil
			})
		must(t, err)
	})
}
