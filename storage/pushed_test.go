package storage_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func newPushed() idp.PushedRequest {
	return idp.PushedRequest{
		Hash: idp.HashSecret(idp.NewSecret()), ClientID: "client-a", Request: []byte(`{"scopes":["openid"]}`), CreatedAt: start(), ExpiresAt: start().Add(90 * time.Second),
	}
}

func TestPushedRequests(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		session := signIn(t, s, createAccount(t, s).ID, "cred")
		t.Run("PR-04 it comes back as it was, under its hash only", func(t *testing.T) {
			pushed := newPushed()
			must(t, s.PushRequest(t.Context(), pushed))
			found, err := s.PushedRequest(t.Context(), pushed.Hash)
			must(t, err)
			if string(found.Request) != string(pushed.Request) || found.ClientID != pushed.ClientID || !found.ExpiresAt.Equal(pushed.ExpiresAt) || !found.UsedAt.IsZero() {
				t.Errorf("%+v", found)
			}
			_, err = s.PushedRequest(t.Context(), idp.HashSecret("another"))
			wantErr(t, err, idp.ErrNotFound)
		})
		t.Run("PR-06 fifty tabs complete one authorization", func(t *testing.T) {
			pushed := newPushed()
			must(t, s.PushRequest(t.Context(), pushed))
			issues := make([]storage.IssueCode, contenders)
			for i := range issues {
				issues[i] = authorization(t, s, session)
				issues[i].PushedHash = pushed.Hash
			}
			before := rows(t, s, "grants", "1 = 1")
			tally(t, race(func(i int) error { return s.IssueCode(t.Context(), issues[i]) }), 1, idp.ErrConsumed)
			if n := rows(t, s, "grants", "1 = 1") - before; n != 1 {
				t.Errorf("%d grants", n)
			}
			found, err := s.PushedRequest(t.Context(), pushed.Hash)
			must(t, err)
			if found.UsedAt.IsZero() {
				t.Error("it still counts as unused")
			}
			wantErr(t, s.UsePushedRequest(t.Context(), pushed.Hash, start()), idp.ErrConsumed)
		})
		t.Run("PR-06 an answer without a code uses it up as well", func(t *testing.T) {
			pushed := newPushed()
			must(t, s.PushRequest(t.Context(), pushed))
			tally(t, race(func(int) error { return s.UsePushedRequest(t.Context(), pushed.Hash, start()) }), 1, idp.ErrConsumed)
			issue := authorization(t, s, session)
			issue.PushedHash = pushed.Hash
			wantErr(t, s.IssueCode(t.Context(), issue), idp.ErrConsumed)
			if n := rows(t, s, "interactions", "id = '"+issue.InteractionID+"' AND finished_at = 0"); n != 1 {
				t.Error("the refused transaction left something behind")
			}
		})
		t.Run("PR-06 without a pushed request nothing is used up", func(t *testing.T) {
			must(t, s.UsePushedRequest(t.Context(), nil, start()))
		})
		t.Run("PR-12 what is over goes, once no interaction can rest on it", func(t *testing.T) {
			must(t, s.PushRequest(t.Context(), newPushed()))
			drain(t, s, start().Add(time.Hour))
			if rows(t, s, "pushed_requests", "1 = 1") == 0 {
				t.Error("gone while an interaction may still be open")
			}
			drain(t, s, start().Add(3*time.Hour))
			if n := rows(t, s, "pushed_requests", "1 = 1"); n != 0 {
				t.Errorf("%d rows stay", n)
			}
		})
	})
}
