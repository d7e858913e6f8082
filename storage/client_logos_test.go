package storage_test

import (
	"bytes"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestClientLogos(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		must(t, s.CreateClient(t.Context(), &idp.Client{ID: "pictured", CreatedAt: start(), UpdatedAt: start()}, idp.Effects{}))
		_, err := s.ClientLogo(t.Context(), "pictured")
		wantErr(t, err, idp.ErrNotFound)
		first := idp.ClientLogo{ClientID: "pictured", URI: "https://rp.example/a", CheckedAt: start()}
		must(t, s.KeepClientLogo(t.Context(), first))
		first.URI, first.Image, first.CheckedAt = "https://rp.example/b", []byte{1, 2, 3}, first.CheckedAt.Add(time.Hour)
		must(t, s.KeepClientLogo(t.Context(), first))
		got, err := s.ClientLogo(t.Context(), "pictured")
		must(t, err)
		if got.URI != first.URI || !bytes.Equal(got.Image, first.Image) || !got.CheckedAt.Equal(first.CheckedAt) {
			t.Errorf("%+v", got)
		}
		must(t, s.DeleteClient(t.Context(), "pictured", idp.Effects{}))
		_, err = s.ClientLogo(t.Context(), "pictured")
		wantErr(t, err, idp.ErrNotFound)
		if err := s.KeepClientLogo(t.Context(), first); err == nil {
			t.Error("a picture of nobody")
		}
	})
}
