package clientauth

import (
	"context"
	"errors"
	"testing"
	"time"

	"sekisho/idp"
)

// shelf is a DirectoryStore that counts reads.
type shelf struct {
	clientMap
	stamp     int64
	reads     int
	err       error
	whileRead func()
}

func (s *shelf) Client(ctx context.Context, id string) (*idp.Client, error) {
	s.reads++
	c, err := s.clientMap.Client(ctx, id)
	if s.whileRead != nil {
		s.whileRead()
	}
	return c, err
}

func (s *shelf) ChangeStamps(context.Context) (map[string]int64, error) {
	return map[string]int64{"clients": s.stamp}, s.err
}

func TestDirectory(t *testing.T) {
	s := &shelf{clientMap: clientMap{"a": {ID: "a", Version: 1}}, stamp: 1}
	c := &clock{time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)}
	d, err := OpenDirectory(t.Context(), DirectoryOptions{Store: s, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	version := func() int {
		t.Helper()
		got, err := d.Client(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		return got.Version
	}
	t.Run("a warm look-up reads nothing", func(t *testing.T) {
		version()
		version()
		if s.reads != 1 {
			t.Fatalf("%d reads", s.reads)
		}
	})
	t.Run("a change is seen after the next poll", func(t *testing.T) {
		s.clientMap["a"], s.stamp = &idp.Client{ID: "a", Version: 2}, 2
		if err := d.Poll(t.Context()); err != nil || version() != 2 {
			t.Fatalf("version %d, %v", version(), err)
		}
	})
	t.Run("a client read before a change is not kept after it", func(t *testing.T) {
		s.stamp = 3
		d.Poll(t.Context())
		s.whileRead = func() { // the change commits and is polled while the old row is on its way
			s.whileRead = nil
			s.clientMap["a"], s.stamp = &idp.Client{ID: "a", Version: 3}, 4
			d.Poll(t.Context())
		}
		version()
		if version() != 3 {
			t.Fatal("the old client came back")
		}
	})
	t.Run("without polling nothing held is trusted", func(t *testing.T) {
		s.clientMap["a"], s.stamp = &idp.Client{ID: "a", Version: 4}, 5
		s.err = idp.ErrUnavailable
		if err := d.Poll(t.Context()); !errors.Is(err, idp.ErrUnavailable) {
			t.Fatalf("err = %v", err)
		}
		c.at = c.at.Add(5 * time.Second)
		if version() != 4 {
			t.Fatal("served from memory long after the last poll")
		}
	})
	t.Run("an unknown client", func(t *testing.T) {
		if _, err := d.Client(t.Context(), "nobody"); !errors.Is(err, idp.ErrNotFound) {
			t.Fatalf("err = %v", err)
		}
	})
}
