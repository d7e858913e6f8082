package passkey_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/internal/authntest"
	"sekisho/idp/authn/passkey"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// PA-01: a challenge belongs to one ceremony of one browser.
func TestAuthenticationChallenge(t *testing.T) {
	finish := func(b bench, id string, binding passkey.Binding, response []byte) error {
		_, err := b.FinishAuthentication(context.Background(), passkey.Authentication{Binding: binding, ChallengeID: id, Response: response})
		return err
	}
	prepare := func(t *testing.T) (bench, *device, passkey.Ceremony) {
		b, d := open(t), newDevice(t)
		b.register(t, b.account, d)
		return b, d, b.beginGet(t, nil)
	}
	t.Run("PA-01 replay", func(t *testing.T) {
		b, d, c := prepare(t)
		response := d.get(t, c.PublicKey)
		if err := finish(b, c.ChallengeID, flow, response); err != nil {
			t.Fatal(err)
		}
		refused(t, finish(b, c.ChallengeID, flow, response), passkey.ReasonChallenge)
		next := b.beginGet(t, nil)
		refused(t, finish(b, next.ChallengeID, flow, response), passkey.ReasonClientData)
	})
	t.Run("PA-01 another browser", func(t *testing.T) {
		b, d, c := prepare(t)
		other := passkey.Binding{FlowID: flow.FlowID, BrowserHash: []byte("victim")}
		refused(t, finish(b, c.ChallengeID, other, d.get(t, c.PublicKey)), passkey.ReasonChallenge)
	})
	t.Run("PA-01 another interaction", func(t *testing.T) {
		b, d, c := prepare(t)
		other := passkey.Binding{FlowID: "other", BrowserHash: flow.BrowserHash}
		refused(t, finish(b, c.ChallengeID, other, d.get(t, c.PublicKey)), passkey.ReasonChallenge)
	})
	t.Run("PA-01 challenge of a registration", func(t *testing.T) {
		b, d, _ := prepare(t)
		c := b.beginCreate(t, b.account)
		refused(t, finish(b, c.ChallengeID, flow, d.get(t, c.PublicKey)), passkey.ReasonChallenge)
	})
	t.Run("PA-01 too late", func(t *testing.T) {
		b, d, c := prepare(t)
		b.clock.Add(5 * time.Minute)
		if err := finish(b, c.ChallengeID, flow, d.get(t, c.PublicKey)); !errors.Is(err, idp.ErrExpired) {
			t.Error(err)
		}
	})
	t.Run("PA-01 none", func(t *testing.T) {
		b, d, c := prepare(t)
		refused(t, finish(b, "", flow, d.get(t, c.PublicKey)), passkey.ReasonChallenge)
	})
}

// PA-01: of fifty parallel answers to one challenge, one is looked at, on both databases.
func TestOneAnswer(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, store *storage.Store) {
		b, d := openOn(t, store), newDevice(t)
		b.register(t, b.account, d)
		c := b.beginGet(t, nil)
		response := d.get(t, c.PublicKey)
		won := 0
		for _, err := range authntest.Race(50, func(int) error {
			_, err := b.finishGet(c, response)
			return err
		}) {
			if err == nil {
				won++
			} else if passkey.ReasonOf(err) != passkey.ReasonChallenge {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("PA-01: %d of 50", won)
		}
	})
}
