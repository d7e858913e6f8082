package passkey_test

import (
	"context"
	"testing"

	"sekisho/idp"
	"sekisho/idp/authn/internal/authntest"
	"sekisho/idp/authn/passkey"
)

// PA-02: a step-up is answered by the account it asks, or not at all.
func TestStepUp(t *testing.T) {
	prepare := func(t *testing.T) (b bench, mine, theirs *device) {
		b, mine, theirs = open(t), newDevice(t), newDevice(t)
		b.register(t, b.account, mine)
		them, _ := authntest.Account(t, b.store, b.clock.Now(), "87654321")
		b.register(t, them, theirs)
		return b, mine, theirs
	}
	t.Run("PA-02 own passkey", func(t *testing.T) {
		b, mine, _ := prepare(t)
		for _, handle := range [][]byte{b.account.UserHandle, nil} { // which is optional here
			mine.handle = handle
			c := b.beginGet(t, b.account)
			if got, err := b.finishGet(c, mine.get(t, c.PublicKey)); err != nil || got.Account.ID != b.account.ID {
				t.Errorf("%+v, %v", got, err)
			}
		}
	})
	t.Run("PA-02 somebody else's passkey", func(t *testing.T) {
		b, _, theirs := prepare(t)
		c := b.beginGet(t, b.account)
		_, err := b.finishGet(c, theirs.get(t, c.PublicKey))
		refused(t, err, passkey.ReasonNotAllowed)
	})
	t.Run("PA-02 somebody else's passkey under the own handle", func(t *testing.T) {
		b, _, theirs := prepare(t)
		theirs.handle = b.account.UserHandle
		c := b.beginGet(t, b.account)
		_, err := b.finishGet(c, theirs.get(t, c.PublicKey))
		refused(t, err, passkey.ReasonNotAllowed)
	})
	t.Run("PA-02 a passkey added after the challenge", func(t *testing.T) {
		b, _, _ := prepare(t)
		c := b.beginGet(t, b.account)
		late := newDevice(t)
		b.register(t, b.account, late)
		_, err := b.finishGet(c, late.get(t, c.PublicKey))
		refused(t, err, passkey.ReasonNotAllowed)
	})
	t.Run("PA-03 own passkey under somebody else's handle", func(t *testing.T) {
		b, mine, theirs := prepare(t)
		mine.handle = theirs.handle
		c := b.beginGet(t, b.account)
		_, err := b.finishGet(c, mine.get(t, c.PublicKey))
		refused(t, err, passkey.ReasonUserHandle)
	})
	t.Run("PG-17 a removed passkey fails at once, another still answers", func(t *testing.T) {
		b, mine, _ := prepare(t)
		second := newDevice(t)
		b.register(t, b.account, second)
		c := b.beginGet(t, b.account)
		p, err := b.store.PasskeyByCredentialID(context.Background(), mine.id)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.store.RemovePasskey(context.Background(), b.account.ID, p.ID, "", idp.Effects{}); err != nil {
			t.Fatal(err)
		}
		_, err = b.finishGet(c, mine.get(t, c.PublicKey))
		refused(t, err, passkey.ReasonCredential)
		c = b.beginGet(t, nil)
		if _, err := b.finishGet(c, second.get(t, c.PublicKey)); err != nil {
			t.Error(err)
		}
	})
}

// PA-09: accounts that may not sign in are refused like a wrong signature, after it.
func TestClosedAccount(t *testing.T) {
	b, d := open(t), newDevice(t)
	b.register(t, b.account, d)
	if err := b.store.SetAccountStatus(context.Background(), b.account.ID, idp.AccountLocked, idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	c := b.beginGet(t, nil)
	_, err := b.finishGet(c, d.get(t, c.PublicKey))
	refused(t, err, passkey.ReasonAccount)
	c = b.beginGet(t, nil)
	_, err = b.finishGet(c, d.get(t, c.PublicKey, signature(raw)))
	refused(t, err, passkey.ReasonVerify)
}
