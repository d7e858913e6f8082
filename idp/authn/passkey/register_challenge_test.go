package passkey_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/internal/authntest"
	"sekisho/idp/authn/passkey"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// PG-01: a challenge belongs to one ceremony.
func TestRegistrationChallenge(t *testing.T) {
	ctx := context.Background()
	finish := func(b bench, id string, binding passkey.Binding, account *idp.Account, response []byte) error {
		_, err := b.FinishRegistration(ctx, passkey.Registration{Binding: binding, Account: account, ChallengeID: id, Response: response})
		return err
	}
	t.Run("PG-01 replay", func(t *testing.T) {
		b, d := open(t), newDevice(t)
		c := b.beginCreate(t, b.account)
		response := d.create(t, c.PublicKey)
		if err := finish(b, c.ChallengeID, flow, b.account, response); err != nil {
			t.Fatal(err)
		}
		refused(t, finish(b, c.ChallengeID, flow, b.account, response), passkey.ReasonChallenge)
	})
	t.Run("PG-01 another browser", func(t *testing.T) {
		b := open(t)
		c := b.beginCreate(t, b.account)
		other := passkey.Binding{FlowID: flow.FlowID, BrowserHash: []byte("other")}
		refused(t, finish(b, c.ChallengeID, other, b.account, newDevice(t).create(t, c.PublicKey)), passkey.ReasonChallenge)
	})
	t.Run("PG-01 another interaction", func(t *testing.T) {
		b := open(t)
		c := b.beginCreate(t, b.account)
		other := passkey.Binding{FlowID: "other", BrowserHash: flow.BrowserHash}
		refused(t, finish(b, c.ChallengeID, other, b.account, newDevice(t).create(t, c.PublicKey)), passkey.ReasonChallenge)
	})
	t.Run("PG-01 another account", func(t *testing.T) {
		b := open(t)
		other, _ := authntest.Account(t, b.store, b.clock.Now(), "87654321")
		c := b.beginCreate(t, b.account)
		refused(t, finish(b, c.ChallengeID, flow, other, newDevice(t).create(t, c.PublicKey)), passkey.ReasonChallenge)
	})
	t.Run("PG-01 challenge of an authentication", func(t *testing.T) {
		b := open(t)
		c := b.beginGet(t, nil)
		refused(t, finish(b, c.ChallengeID, flow, b.account, newDevice(t).create(t, c.PublicKey)), passkey.ReasonChallenge)
	})
	t.Run("PG-01 challenge of another ceremony of the flow", func(t *testing.T) {
		b := open(t)
		one, two := b.beginCreate(t, b.account), b.beginCreate(t, b.account)
		refused(t, finish(b, one.ChallengeID, flow, b.account, newDevice(t).create(t, two.PublicKey)), passkey.ReasonClientData)
	})
	t.Run("PG-01 too late", func(t *testing.T) {
		b := open(t)
		c := b.beginCreate(t, b.account)
		b.clock.Add(5 * time.Minute)
		if err := finish(b, c.ChallengeID, flow, b.account, newDevice(t).create(t, c.PublicKey)); !errors.Is(err, idp.ErrExpired) {
			t.Error(err)
		}
	})
	t.Run("PA-14 the oldest of too many open ones is gone", func(t *testing.T) {
		b := open(t)
		oldest := b.beginCreate(t, b.account)
		for range 5 {
			b.clock.Add(time.Second)
			b.beginCreate(t, b.account)
		}
		refused(t, finish(b, oldest.ChallengeID, flow, b.account, newDevice(t).create(t, oldest.PublicKey)), passkey.ReasonChallenge)
	})
}

// PG-13, D5: uniqueness and the cap, also when many finish at once, on both databases.
func TestRegistrationRaces(t *testing.T) {
	ctx := context.Background()
	race := func(t *testing.T, b bench, n int, device func(i int) *device) (stored int) {
		ceremonies, bindings := make([]passkey.Ceremony, n), make([]passkey.Binding, n)
		for i := range n {
			bindings[i] = passkey.Binding{FlowID: fmt.Sprint("flow", i), BrowserHash: []byte("browser")}
			var err error
			if ceremonies[i], err = b.BeginRegistration(ctx, b.account, bindings[i]); err != nil {
				t.Fatal(err)
			}
		}
		for _, err := range authntest.Race(n, func(i int) error {
			_, err := b.FinishRegistration(ctx, passkey.Registration{Binding: bindings[i], Account: b.account,
				ChallengeID: ceremonies[i].ChallengeID, Response: device(i).create(t, ceremonies[i].PublicKey)})
			return err
		}) {
			if err == nil {
				stored++
			} else if !errors.Is(err, idp.ErrExists) && !errors.Is(err, idp.ErrTooMany) {
				t.Error(err)
			}
		}
		return stored
	}
	storagetest.Each(t, func(t *testing.T, store *storage.Store) {
		b := openOn(t, store)
		t.Run("PG-13 one credential, fifty finishes", func(t *testing.T) {
			d := newDevice(t)
			if n := race(t, b, 50, func(int) *device { return d }); n != 1 || len(b.stored(t, b.account)) != 1 {
				t.Errorf("%d finishes stored, %d in the table", n, len(b.stored(t, b.account)))
			}
			other, _ := authntest.Account(t, store, b.clock.Now(), "87654321")
			theirs := b
			theirs.account = other
			c := theirs.beginCreate(t, other)
			if _, err := theirs.finishCreate(c, d.create(t, c.PublicKey)); !errors.Is(err, idp.ErrExists) {
				t.Errorf("PG-13: another account: %v", err)
			}
		})
		t.Run("D5 three passkeys, fifty finishes", func(t *testing.T) {
			if n := race(t, b, 50, func(int) *device { return newDevice(t) }); n != 2 || len(b.stored(t, b.account)) != 3 {
				t.Errorf("%d more stored, %d in the table", n, len(b.stored(t, b.account)))
			}
			if _, err := b.BeginRegistration(ctx, b.account, flow); !errors.Is(err, idp.ErrTooMany) {
				t.Errorf("D5: a fourth begins: %v", err)
			}
		})
	})
}
