package passkey_test

import (
	"context"
	"errors"
	"testing"

	"sekisho/idp"
	"sekisho/idp/authn/passkey"
)

// IN-07: whatever a browser sends for a registration, it is refused or a valid credential,
// and never a panic. The fuzzer gets the CBOR and the client data; the frame around them
// is made well-formed so that it reaches the parsers behind.
func FuzzRegistration(f *testing.F) {
	b, d := open(f), newDevice(f)
	seed := func(bends ...bend) {
		c := b.beginCreate(f, b.account)
		d.create(f, c.PublicKey, append(bends, func(m *message) { f.Add(encode(objectOf(m)), m.client()) })...)
	}
	seed()
	seed(d.packed(d))
	seed(flags(up|uv|at|ed), func(m *message) { m.trailing = encode(map[string]any{"credProtect": 3}) })
	f.Fuzz(func(t *testing.T, object, client []byte) {
		c := b.beginCreate(t, b.account)
		for _, response := range [][]byte{
			d.create(t, c.PublicKey, func(m *message) { m.rawObject = object }),
			d.create(t, c.PublicKey, func(m *message) { m.rawObject, m.rawClientData = object, client }),
			object,
		} {
			_, err := b.FinishRegistration(context.Background(), passkey.Registration{Binding: flow, Account: b.account, ChallengeID: c.ChallengeID, Response: response,
				Effects: func(idp.Passkey) (idp.Effects, error) { return idp.Effects{}, errStop }})
			if err == nil || !errors.Is(err, idp.ErrRejected) && !errors.Is(err, errStop) {
				t.Fatalf("%v", err)
			}
			c = b.beginCreate(t, b.account)
		}
	})
}

// errStop keeps the fuzzer's finds out of the database.
var errStop = errors.New("enough")

// IN-07: the same for assertions; none of them verifies.
func FuzzAuthentication(f *testing.F) {
	b, d := open(f), newDevice(f)
	b.register(f, b.account, d)
	c := b.beginGet(f, nil)
	d.get(f, c.PublicKey, func(m *message) { f.Add(m.authenticatorData(), m.client(), d.sign([]byte("x")), m.handle) })
	f.Fuzz(func(t *testing.T, data, client, sig, handle []byte) {
		for _, bends := range [][]bend{
			{func(m *message) { m.authData, m.handle = append([]byte{}, data...), handle }, signature(func([]byte) []byte { return sig })},
			{func(m *message) { m.rawClientData = append([]byte{}, client...) }, signature(func([]byte) []byte { return sig })},
		} {
			c := b.beginGet(t, nil)
			if _, err := b.finishGet(c, d.get(t, c.PublicKey, bends...)); !errors.Is(err, idp.ErrRejected) {
				t.Fatalf("%v", err)
			}
		}
		c := b.beginGet(t, nil)
		if _, err := b.finishGet(c, data); !errors.Is(err, idp.ErrRejected) {
			t.Fatalf("%v", err)
		}
	})
}
