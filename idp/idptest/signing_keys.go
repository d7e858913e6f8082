package idptest

import (
	"context"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/storage"
)

// prepared are signing keys made once for all tests of a process: generating RSA keys is
// by far the slowest part of a start.
var prepared = sync.OnceValues(func() (preparedKeys, error) {
	kek, err := keys.NewKEK()
	if err != nil {
		return preparedKeys{}, err
	}
	vault, err := keys.OpenVault(kek)
	if err != nil {
		return preparedKeys{}, err
	}
	shelf := &keyShelf{}
	_, err = keys.OpenRing(context.Background(), keys.RingOptions{Store: shelf, Vault: vault})
	return preparedKeys{kek, shelf.rows}, err
})

type preparedKeys struct {
	kek  []byte
	rows []idp.SigningKey
}

// seedSigningKeys gives an empty database the prepared keys and returns the KEK that
// opens them.
func seedSigningKeys(t testing.TB, store *storage.Store, now time.Time) []byte {
	t.Helper()
	p, err := prepared()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range p.rows {
		key.CreatedAt, key.SignsFrom = now, now
		if err := store.AddSigningKey(context.Background(), key, idp.Effects{}); err != nil {
			t.Fatal(err)
		}
	}
	return p.kek
}

// keyShelf is a keys.RingStore that only collects.
type keyShelf struct{ rows []idp.SigningKey }

func (s *keyShelf) SigningKeys(context.Context) ([]idp.SigningKey, error) { return s.rows, nil }

func (s *keyShelf) AddSigningKey(_ context.Context, key idp.SigningKey, _ idp.Effects) error {
	s.rows = append(s.rows, key)
	return nil
}

func (s *keyShelf) SetSigningKeyState(context.Context, string, idp.SigningKeyState, idp.SigningKeyState, time.Time, idp.Effects) error {
	return idp.ErrConflict
}

// SigningKeys puts the prepared signing keys into a database of the test's own and returns
// the KEK that opens them, for Options.KEK.
func SigningKeys(t testing.TB, store *storage.Store, clock *Clock) []byte {
	t.Helper()
	return seedSigningKeys(t, store, clock.Now())
}
