package storage_test

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

const grace = 10 * time.Second

// rotateTo rotates to the successor, sealed as itself.
func rotateTo(ctx context.Context, s *storage.Store, hash []byte, now time.Time, grace time.Duration, successor *idp.RefreshToken) (storage.Rotation, error) {
	return s.RotateRefreshToken(ctx, hash, "client-a", now, grace,
		func(idp.RefreshToken, idp.GrantState) (*idp.RefreshToken, []byte, error) {
			return successor, successor.Hash, nil
		})
}

func TestRotateRefreshToken(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		session := signIn(t, s, createAccount(t, s).ID, "cred")
		now := start()

		t.Run("in three statements, with the grant as it was given", func(t *testing.T) {
			grant, head := chain(t, s, session, true)
			successor := refreshToken(grant.ID)
			ctx, counter := storage.WithStatementCounter(t.Context())
			rotation, err := rotateTo(ctx, s, head.Hash, now, grace, successor)
			must(t, err)
			if counter.Count() > 3 || counter.Reads() != 1 {
				t.Errorf("%d statements: %q", counter.Count(), counter.Statements())
			}
			if rotation.Replayed || !reflect.DeepEqual(rotation.Grant.Grant, grant) || !rotation.Token.RotatedAt.Equal(now) {
				t.Errorf("rotation %+v", rotation)
			}
			ctx, counter = storage.WithStatementCounter(t.Context())
			token, state, err := s.RefreshTokenState(ctx, successor.Hash)
			must(t, err)
			if counter.Count() != 1 || !reflect.DeepEqual(token, successor) || !state.Live(now) {
				t.Errorf("%d statements, head %+v of %+v", counter.Count(), token, state)
			}
		})
		t.Run("RT-04 a retry within grace gets the same successor and changes nothing", func(t *testing.T) {
			grant, head := chain(t, s, session, true)
			successor := refreshToken(grant.ID)
			_, err := rotateTo(t.Context(), s, head.Hash, now, grace, successor)
			must(t, err)
			rotation, err := rotateTo(t.Context(), s, head.Hash, now.Add(grace-1000), grace, refreshToken(grant.ID))
			must(t, err)
			if !rotation.Replayed || !bytes.Equal(rotation.Token.Successor, successor.Hash) || !grantLive(t, s, grant.ID) {
				t.Errorf("rotation %+v", rotation)
			}
		})
		t.Run("RT-02 RT-04 after grace the whole family is revoked", func(t *testing.T) {
			grant, head := chain(t, s, session, true)
			successor := refreshToken(grant.ID)
			_, err := rotateTo(t.Context(), s, head.Hash, now, grace, successor)
			must(t, err)
			_, err = rotateTo(t.Context(), s, head.Hash, now.Add(grace), grace, refreshToken(grant.ID))
			var consumed *storage.ConsumedError
			if !errors.As(err, &consumed) || consumed.GrantID != grant.ID || consumed.AccountID != session.AccountID {
				t.Fatalf("got %v", err)
			}
			_, err = rotateTo(t.Context(), s, successor.Hash, now, grace, refreshToken(grant.ID))
			wantErr(t, err, idp.ErrRevoked)
		})
		t.Run("RT-11 another client's token stays alive", func(t *testing.T) {
			grant, head := chain(t, s, session, true)
			_, err := s.RotateRefreshToken(t.Context(), head.Hash, "client-b", now, grace, nil)
			wantErr(t, err, idp.ErrNotFound)
			wantErr(t, s.RevokeGrant(t.Context(), grant.ID, "client-b", now, idp.Effects{}), idp.ErrNotFound)
			_, err = rotateTo(t.Context(), s, head.Hash, now, grace, refreshToken(grant.ID))
			must(t, err)
		})
		t.Run("RT-08 idle and absolute end", func(t *testing.T) {
			grant, head := chain(t, s, session, true)
			_, err := rotateTo(t.Context(), s, head.Hash, head.IdleExpiresAt, grace, refreshToken(grant.ID))
			wantErr(t, err, idp.ErrExpired)
			_, err = rotateTo(t.Context(), s, head.Hash, grant.ExpiresAt, grace, refreshToken(grant.ID))
			wantErr(t, err, idp.ErrRevoked)
		})
		t.Run("RT-03 a token that is kept only moves its idle end, and only forward", func(t *testing.T) {
			grant, head := chain(t, s, session, true)
			for _, until := range []time.Duration{2 * time.Hour, time.Minute} {
				kept := *head
				kept.IdleExpiresAt = now.Add(until)
				_, err := rotateTo(t.Context(), s, head.Hash, now, grace, &kept)
				must(t, err)
			}
			token, _, err := s.RefreshTokenState(t.Context(), head.Hash)
			must(t, err)
			if !token.RotatedAt.IsZero() || !token.IdleExpiresAt.Equal(now.Add(2*time.Hour)) {
				t.Errorf("token %+v", token)
			}
			if n := rows(t, s, "refresh_tokens", "grant_id = '"+grant.ID+"'"); n != 1 {
				t.Errorf("%d tokens, want 1", n)
			}
		})
		t.Run("a refusal of decide changes nothing", func(t *testing.T) {
			grant, head := chain(t, s, session, true)
			refusal := context.Canceled // even one that looks like a database's
			_, err := s.RotateRefreshToken(t.Context(), head.Hash, "client-a", now, grace,
				func(idp.RefreshToken, idp.GrantState) (*idp.RefreshToken, []byte, error) { return nil, nil, refusal })
			if err != refusal {
				t.Fatalf("got %v, want decide's own error", err)
			}
			_, err = rotateTo(t.Context(), s, head.Hash, now, grace, refreshToken(grant.ID))
			must(t, err)
		})
	})
}

func TestRotateRefreshTokenRace(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		session := signIn(t, s, createAccount(t, s).ID, "cred")
		now := start()

		t.Run("RT-04 one new head, and everybody within grace gets it", func(t *testing.T) {
			grant, head := chain(t, s, session, true)
			rotations := make([]storage.Rotation, contenders)
			tally(t, race(func(i int) (err error) {
				rotations[i], err = rotateTo(t.Context(), s, head.Hash, now, grace, refreshToken(grant.ID))
				return err
			}), contenders, nil)
			first := 0
			for _, rotation := range rotations {
				if !rotation.Replayed {
					first++
				}
				if !bytes.Equal(rotation.Token.Successor, rotations[0].Token.Successor) {
					t.Error("two successors were handed out")
				}
			}
			if first != 1 {
				t.Errorf("%d rotations, want 1", first)
			}
			if n := rows(t, s, "refresh_tokens", "rotated_at = 0 AND grant_id = '"+grant.ID+"'"); n != 1 {
				t.Errorf("%d heads, want 1", n)
			}
		})
		t.Run("RT-04 without grace one rotates and the others revoke the family", func(t *testing.T) {
			grant, head := chain(t, s, session, true)
			tally(t, race(func(int) error {
				_, err := rotateTo(t.Context(), s, head.Hash, now, 0, refreshToken(grant.ID))
				return err
			}), 1, idp.ErrConsumed)
			if grantLive(t, s, grant.ID) {
				t.Error("the family is still alive")
			}
			if n := rows(t, s, "refresh_tokens", "rotated_at = 0 AND grant_id = '"+grant.ID+"'"); n != 1 {
				t.Errorf("%d heads, want 1", n)
			}
		})
	})
}
