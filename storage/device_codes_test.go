package storage_test

import (
	"errors"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func newDevice(t *testing.T, s *storage.Store) idp.DeviceCode {
	t.Helper()
	code := idp.DeviceCode{
		Hash: idp.HashSecret(idp.NewSecret()), UserCode: idp.HashSecret(idp.NewSecret()), ClientID: "client-a", Request: []byte(`{"scopes":["openid"]}`),
		CreatedAt: start(), ExpiresAt: start().Add(10 * time.Minute), PollSeconds: 5,
	}
	must(t, s.AddDeviceCode(t.Context(), code))
	return code
}

// approval is what the interaction that claimed the device commits.
func approval(t *testing.T, s *storage.Store, session idp.Session, code idp.DeviceCode) idp.ApproveDevice {
	t.Helper()
	issue := authorization(t, s, session)
	_, err := s.ClaimDeviceCode(t.Context(), code.UserCode, issue.InteractionID, []byte("browser"), start())
	must(t, err)
	return idp.ApproveDevice{InteractionID: issue.InteractionID, Version: issue.Version, Hash: code.Hash, Grant: issue.Grant, At: issue.At}
}

func poll(t *testing.T, s *storage.Store, code idp.DeviceCode, at time.Time, mint *idp.RefreshToken) (*idp.DeviceCode, error) {
	t.Helper()
	return s.RedeemDevice(t.Context(), code.Hash, code.ClientID, at, func(idp.DeviceCode, idp.GrantState) (*idp.RefreshToken, error) { return mint, nil })
}

func TestDeviceCodes(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		session := signIn(t, s, createAccount(t, s).ID, "cred")

		t.Run("while it waits a request is one statement, and one that comes too soon waits longer", func(t *testing.T) {
			code := newDevice(t, s)
			ctx, counter := storage.WithStatementCounter(t.Context())
			_, err := s.RedeemDevice(ctx, code.Hash, code.ClientID, start(), nil)
			wantErr(t, err, idp.ErrPending)
			if counter.Count() != 1 {
				t.Errorf("%d statements: %q", counter.Count(), counter.Statements())
			}
			asked, err := poll(t, s, code, start().Add(2*time.Second), nil)
			wantErr(t, err, idp.ErrTooSoon)
			if asked.PollSeconds != 10 {
				t.Errorf("interval %d", asked.PollSeconds)
			}
			asked, err = poll(t, s, code, start().Add(8*time.Second), nil)
			wantErr(t, err, idp.ErrTooSoon)
			if asked.PollSeconds != 15 {
				t.Errorf("interval %d", asked.PollSeconds)
			}
			_, err = poll(t, s, code, start().Add(30*time.Second), nil)
			wantErr(t, err, idp.ErrPending)
		})
		t.Run("fifty requests at once lengthen it once each, but for the first", func(t *testing.T) {
			code := newDevice(t, s)
			at := start()
			pending := 0
			for _, err := range race(func(int) error { _, err := s.RedeemDevice(t.Context(), code.Hash, code.ClientID, at, nil); return err }) {
				if errors.Is(err, idp.ErrPending) {
					pending++
				} else {
					wantErr(t, err, idp.ErrTooSoon)
				}
			}
			asked, err := poll(t, s, code, at, nil)
			wantErr(t, err, idp.ErrTooSoon)
			if pending != 1 || asked.PollSeconds != 5+5*contenders {
				t.Errorf("%d pending, interval %d", pending, asked.PollSeconds)
			}
		})
		t.Run("fifty browsers enter one code: one gets it", func(t *testing.T) {
			code := newDevice(t, s)
			tally(t, race(func(i int) error {
				_, err := s.ClaimDeviceCode(t.Context(), code.UserCode, idp.NewID(), idp.HashSecret(idp.NewID()), start())
				return err
			}), 1, idp.ErrNotFound)
		})
		t.Run("the browser that entered it may enter it again, and its earlier interaction is out", func(t *testing.T) {
			code := newDevice(t, s)
			first := approval(t, s, session, code)
			second := approval(t, s, session, code)
			wantErr(t, s.ApproveDevice(t.Context(), first), idp.ErrExpired)
			if n := rows(t, s, "grants", "id = '"+first.Grant.ID+"'"); n != 0 {
				t.Error("a grant nobody may have")
			}
			must(t, s.ApproveDevice(t.Context(), second))
			_, err := s.ClaimDeviceCode(t.Context(), code.UserCode, idp.NewID(), []byte("browser"), start())
			wantErr(t, err, idp.ErrNotFound)
		})
		t.Run("fifty approvals at once: one grant", func(t *testing.T) {
			code := newDevice(t, s)
			a := approval(t, s, session, code)
			grants := make([]idp.Grant, contenders)
			for i := range grants {
				grants[i] = a.Grant
				grants[i].ID = idp.NewID()
			}
			before := rows(t, s, "grants", "1 = 1")
			tally(t, race(func(i int) error { b := a; b.Grant = grants[i]; return s.ApproveDevice(t.Context(), b) }), 1, idp.ErrConsumed)
			if n := rows(t, s, "grants", "1 = 1") - before; n != 1 {
				t.Errorf("%d grants", n)
			}
		})
		t.Run("fifty redemptions at once: one succeeds, in three statements, and a replay ends the grant", func(t *testing.T) {
			code := newDevice(t, s)
			a := approval(t, s, session, code)
			must(t, s.ApproveDevice(t.Context(), a))
			tally(t, race(func(int) error {
				ctx, counter := storage.WithStatementCounter(t.Context())
				_, err := s.RedeemDevice(ctx, code.Hash, code.ClientID, start(), func(d idp.DeviceCode, g idp.GrantState) (*idp.RefreshToken, error) {
					return refreshToken(g.ID), nil
				})
				if err == nil && counter.Count() > 3 {
					t.Errorf("%d statements: %q", counter.Count(), counter.Statements())
				}
				return err
			}), 1, idp.ErrConsumed)
			if n := rows(t, s, "refresh_tokens", "grant_id = '"+a.Grant.ID+"'"); n != 1 {
				t.Errorf("%d refresh tokens", n)
			}
			if grantLive(t, s, a.Grant.ID) {
				t.Error("the grant outlived a replay")
			}
		})
		t.Run("another client's, an unknown and a denied one", func(t *testing.T) {
			code := newDevice(t, s)
			a := approval(t, s, session, code)
			must(t, s.DenyDevice(t.Context(), code.Hash, a.InteractionID, a.Version, a.At, idp.Effects{}))
			wantErr(t, s.ApproveDevice(t.Context(), a), idp.ErrConsumed)
			_, err := poll(t, s, code, start(), nil)
			wantErr(t, err, idp.ErrDenied)
			other := code
			other.ClientID = "client-b"
			_, err = poll(t, s, other, start(), nil)
			wantErr(t, err, idp.ErrNotFound)
			other.Hash = idp.HashSecret("another")
			_, err = poll(t, s, other, start(), nil)
			wantErr(t, err, idp.ErrNotFound)
		})
		t.Run("its time is over: not entered, not approved, not redeemed", func(t *testing.T) {
			code := newDevice(t, s)
			a := approval(t, s, session, code)
			_, err := s.ClaimDeviceCode(t.Context(), code.UserCode, idp.NewID(), []byte("browser"), code.ExpiresAt)
			wantErr(t, err, idp.ErrNotFound)
			a.At = code.ExpiresAt
			wantErr(t, s.ApproveDevice(t.Context(), a), idp.ErrExpired)
			_, err = poll(t, s, code, code.ExpiresAt, nil)
			wantErr(t, err, idp.ErrExpired)
		})
		t.Run("approved in the last second it is still fetched", func(t *testing.T) {
			code := newDevice(t, s)
			a := approval(t, s, session, code)
			a.At = code.ExpiresAt.Add(-time.Second)
			a.Grant.CreatedAt, a.Grant.ExpiresAt = a.At, a.At.Add(time.Hour)
			must(t, s.ApproveDevice(t.Context(), a))
			_, err := poll(t, s, code, code.ExpiresAt.Add(10*time.Second), nil)
			must(t, err)
		})
		t.Run("an account frozen or a session ended after the approval", func(t *testing.T) {
			account := createAccount(t, s)
			held := signIn(t, s, account.ID, "cred")
			code := newDevice(t, s)
			must(t, s.ApproveDevice(t.Context(), approval(t, s, held, code)))
			ended := newDevice(t, s)
			late := approval(t, s, held, ended)
			must(t, s.EndSession(t.Context(), account.ID, held.ID, "logout", start(), idp.Effects{}))
			wantErr(t, s.ApproveDevice(t.Context(), late), idp.ErrRevoked)
			_, err := poll(t, s, code, start(), nil)
			wantErr(t, err, idp.ErrRevoked)
		})
		t.Run("what is over goes, once a replay of it is no danger", func(t *testing.T) {
			drain(t, s, start().Add(time.Hour))
			if rows(t, s, "device_codes", "1 = 1") == 0 {
				t.Error("gone while expired_token is still to be said")
			}
			drain(t, s, start().Add(25*time.Hour))
			if n := rows(t, s, "device_codes", "1 = 1"); n != 0 {
				t.Errorf("%d rows stay", n)
			}
		})
	})
}
