package storage_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func newClient() *idp.Client {
	maxAge := int64(300)
	return &idp.Client{ID: idp.NewID(), SecretHash: []byte{1}, Dynamic: true, Metadata: idp.ClientMetadata{
		RedirectURIs: []string{"https://rp.example/cb"}, ClientNameJA: "取引", JWKS: json.RawMessage(`{"keys":[]}`),
		DefaultMaxAge: &maxAge, Claims: map[string]string{"branch": "permissions"},
	}}
}

func TestClients(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		stamp := func() int64 {
			stamps, err := s.ChangeStamps(t.Context())
			must(t, err)
			return stamps["clients"]
		}
		t.Run("stored as given", func(t *testing.T) {
			client, before := newClient(), stamp()
			must(t, s.CreateClient(t.Context(), client, effects("client.created")))
			got, err := s.Client(t.Context(), client.ID)
			must(t, err)
			if !reflect.DeepEqual(got, client) || got.Version != 1 || stamp() <= before {
				t.Errorf("got %+v, want %+v; stamp %d after %d", got, client, stamp(), before)
			}
			wantErr(t, s.CreateClient(t.Context(), newClientWithID(client.ID), idp.Effects{}), idp.ErrExists)
		})
		t.Run("fifty updates of one version: one wins", func(t *testing.T) {
			client := newClient()
			must(t, s.CreateClient(t.Context(), client, idp.Effects{}))
			before := stamp()
			tally(t, race(func(int) error {
				mine := *client
				mine.Disabled, mine.Metadata.RedirectURIs = true, nil
				err := s.UpdateClient(t.Context(), &mine, idp.Effects{})
				if err == nil && mine.Version != 2 {
					t.Errorf("version %d after the update", mine.Version)
				}
				return err
			}), 1, idp.ErrConflict)
			got, err := s.Client(t.Context(), client.ID)
			must(t, err)
			if !got.Disabled || got.Metadata.RedirectURIs != nil || got.Metadata.ClientNameJA != "取引" || !got.CreatedAt.Equal(client.CreatedAt) || stamp() != before+1 {
				t.Errorf("got %+v", got)
			}
			wantErr(t, s.UpdateClient(t.Context(), newClient(), idp.Effects{}), idp.ErrNotFound)
		})
		t.Run("deleted with its grants and consents", func(t *testing.T) {
			client := newClientWithID("client-a")
			must(t, s.CreateClient(t.Context(), client, idp.Effects{}))
			session := signIn(t, s, createAccount(t, s).ID, "cred")
			issue := authorization(t, s, session)
			issue.Grant.Offline = true
			issue.Consent = &idp.Consent{AccountID: session.AccountID, ClientID: "client-a", GivenAt: start()}
			must(t, s.IssueCode(t.Context(), issue))
			before := stamp()
			must(t, s.DeleteClient(t.Context(), client.ID, effects("client.deleted")))
			wantErr(t, s.DeleteClient(t.Context(), client.ID, idp.Effects{}), idp.ErrNotFound)
			_, err := s.Consent(t.Context(), session.AccountID, "client-a")
			wantErr(t, err, idp.ErrNotFound)
			if grantLive(t, s, issue.Grant.ID) || stamp() != before+1 {
				t.Error("something of the client is left")
			}
		})
		t.Run("listed by id", func(t *testing.T) {
			list, err := s.Clients(t.Context())
			must(t, err)
			for i := range list[1:] {
				if list[i].ID >= list[i+1].ID {
					t.Errorf("%s before %s", list[i].ID, list[i+1].ID)
				}
			}
		})
	})
}

func newClientWithID(id string) *idp.Client {
	client := newClient()
	client.ID = id
	return client
}

func TestSigningKeys(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		newKey := func() idp.SigningKey {
			return idp.SigningKey{ID: idp.NewID(), Algorithm: "ES256", Generation: 1, Sealed: []byte("sealed"), Public: []byte(`{}`),
				State: idp.KeyPublished, CreatedAt: start(), SignsFrom: start()}
		}
		t.Run("fifty nodes that start at once make one key of a generation", func(t *testing.T) {
			tally(t, race(func(int) error { return s.AddSigningKey(t.Context(), newKey(), effects("key.added")) }), 1, idp.ErrExists)
		})
		t.Run("fifty nodes that move it on: one does", func(t *testing.T) {
			list, err := s.SigningKeys(t.Context())
			must(t, err)
			want := list[0]
			tally(t, race(func(int) error {
				return s.SetSigningKeyState(t.Context(), want.ID, idp.KeyPublished, idp.KeySigning, want.SignsFrom, idp.Effects{})
			}), 1, idp.ErrConflict)
			wantErr(t, s.SetSigningKeyState(t.Context(), "unknown", idp.KeyPublished, idp.KeySigning, start(), idp.Effects{}), idp.ErrNotFound)
			list, err = s.SigningKeys(t.Context())
			must(t, err)
			want.State, want.RetiresAt = idp.KeySigning, want.SignsFrom
			if len(list) != 1 || !reflect.DeepEqual(list[0], want) {
				t.Errorf("keys %+v, want %+v", list, want)
			}
			if stamps, err := s.ChangeStamps(t.Context()); err != nil || stamps["keys"] != 3 {
				t.Errorf("stamps %v, %v", stamps, err)
			}
		})
	})
}
