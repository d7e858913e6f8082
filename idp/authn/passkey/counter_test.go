package passkey_test

import (
	"errors"
	"testing"

	"sekisho/idp"
	"sekisho/idp/authn/internal/authntest"
	"sekisho/idp/authn/passkey"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// PA-08: the counter.
func TestCounter(t *testing.T) {
	for name, tc := range map[string]struct {
		stored, shown uint32
		ok            bool
	}{
		"PA-08 both zero":       {0, 0, true},
		"PA-08 grows":           {5, 6, true},
		"PA-08 jumps":           {5, 1 << 31, true},
		"PA-08 begins":          {0, 1, true},
		"PA-08 the same":        {5, 5, false},
		"PA-08 back":            {5, 4, false},
		"PA-08 back to nothing": {5, 0, false},
		"PA-08 wraps":           {1<<32 - 1, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			b, d := open(t), newDevice(t)
			d.count = tc.stored
			b.register(t, b.account, d)
			d.count = tc.shown
			c := b.beginGet(t, nil)
			_, err := b.finishGet(c, d.get(t, c.PublicKey))
			if tc.ok && err != nil {
				t.Fatal(err)
			}
			if !tc.ok {
				refused(t, err, passkey.ReasonCounter)
			}
		})
	}
	storagetest.Each(t, func(t *testing.T, store *storage.Store) {
		// PA-08: fifty verified assertions with one counter value: one makes a session.
		b, d := openOn(t, store), newDevice(t)
		d.count = 1
		b.register(t, b.account, d)
		d.count = 2
		verified := make([]passkey.Authenticated, 50)
		for i := range verified {
			c := b.beginGet(t, nil)
			var err error
			if verified[i], err = b.finishGet(c, d.get(t, c.PublicKey)); err != nil {
				t.Fatal(err)
			}
		}
		won := 0
		for _, err := range authntest.Race(50, func(i int) error { return b.commit(t, verified[i]) }) {
			if err == nil {
				won++
			} else if !errors.Is(err, idp.ErrRejected) {
				t.Error(err)
			}
		}
		if held := b.stored(t, b.account); won != 1 || held[0].SignCount != 2 {
			t.Errorf("PA-08: %d sessions, counter %d", won, held[0].SignCount)
		}
	})
}
