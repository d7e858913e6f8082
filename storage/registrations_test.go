package storage_test

import (
	"bytes"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func initialToken(uses int) idp.InitialToken {
	return idp.InitialToken{ID: idp.NewID(), Hash: idp.HashSecret(idp.NewSecret()), Note: "desk", Scope: "openid", Profile: idp.ProfileOIDC,
		MaxUses: uses, CreatedAt: start(), ExpiresAt: start().Add(time.Hour)}
}

func registration(token *idp.InitialToken) idp.Registration {
	return idp.Registration{Client: newClient(), TokenHash: idp.HashSecret(idp.NewSecret()), InitialToken: token, MaxClients: 10_000, At: start()}
}

func TestInitialTokens(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		token := initialToken(3)
		must(t, s.CreateInitialToken(t.Context(), token, effects("registrationtoken.created")))
		got, err := s.InitialToken(t.Context(), token.Hash)
		if must(t, err); got.ID != token.ID || got.Note != "desk" || got.Scope != "openid" || got.Profile != idp.ProfileOIDC || got.MaxUses != 3 || !got.ExpiresAt.Equal(token.ExpiresAt) {
			t.Errorf("%+v", got)
		}
		t.Run("fifty registrations with a token for three", func(t *testing.T) {
			tally(t, race(func(int) error { return s.RegisterClient(t.Context(), registration(&token), idp.Effects{}) }), 3, idp.ErrRejected)
			got, err := s.InitialToken(t.Context(), token.Hash)
			if must(t, err); got.Uses != 3 || got.Usable(start()) {
				t.Errorf("%+v", got)
			}
		})
		t.Run("a registration that fails uses nothing up", func(t *testing.T) {
			token := initialToken(1)
			must(t, s.CreateInitialToken(t.Context(), token, idp.Effects{}))
			full := registration(&token)
			full.MaxClients = 3
			wantErr(t, s.RegisterClient(t.Context(), full, idp.Effects{}), idp.ErrTooMany)
			if _, err := s.Client(t.Context(), full.Client.ID); err == nil {
				t.Error("the client stayed")
			}
			must(t, s.RegisterClient(t.Context(), registration(&token), idp.Effects{}))
		})
		t.Run("revoked and expired", func(t *testing.T) {
			token, late := initialToken(5), initialToken(5)
			late.ExpiresAt = start().Add(-time.Second)
			must(t, s.CreateInitialToken(t.Context(), token, idp.Effects{}))
			must(t, s.CreateInitialToken(t.Context(), late, idp.Effects{}))
			must(t, s.RevokeInitialToken(t.Context(), token.ID, start(), effects("registrationtoken.revoked")))
			must(t, s.RevokeInitialToken(t.Context(), token.ID, start(), idp.Effects{}))
			wantErr(t, s.RevokeInitialToken(t.Context(), "none", start(), idp.Effects{}), idp.ErrNotFound)
			wantErr(t, s.RegisterClient(t.Context(), registration(&token), idp.Effects{}), idp.ErrRejected)
			wantErr(t, s.RegisterClient(t.Context(), registration(&late), idp.Effects{}), idp.ErrRejected)
		})
		if list, err := s.InitialTokens(t.Context()); err != nil || len(list) != 4 {
			t.Errorf("%d tokens, %v", len(list), err)
		}
		_, err = s.InitialToken(t.Context(), []byte("unknown"))
		wantErr(t, err, idp.ErrNotFound)
	})
}

func TestRegistrations(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		r := registration(nil)
		must(t, s.RegisterClient(t.Context(), r, effects("client.created")))
		client, err := s.RegisteredClient(t.Context(), r.Client.ID, r.TokenHash)
		if must(t, err); !client.Dynamic || client.Version != 1 {
			t.Errorf("%+v", client)
		}
		other := registration(nil)
		must(t, s.RegisterClient(t.Context(), other, idp.Effects{}))
		operators := newClient()
		must(t, s.CreateClient(t.Context(), operators, idp.Effects{}))
		for name, id := range map[string]string{"another's token": other.Client.ID, "an operator's client": operators.ID, "no client": "none"} {
			if _, err := s.RegisteredClient(t.Context(), id, r.TokenHash); err == nil {
				t.Errorf("%s manages %s", name, id)
			}
			wantErr(t, s.DeleteRegistration(t.Context(), id, r.TokenHash, idp.Effects{}), idp.ErrNotFound)
		}
		t.Run("fifty updates with one token: one wins, and the token is another", func(t *testing.T) {
			next := make([][]byte, contenders)
			errs := race(func(i int) error {
				next[i] = idp.HashSecret(idp.NewSecret())
				mine := *client
				mine.Metadata.ClientName = "renamed"
				return s.UpdateRegistration(t.Context(), &mine, r.TokenHash, next[i], idp.Effects{})
			})
			tally(t, errs, 1, idp.ErrNotFound)
			_, err := s.RegisteredClient(t.Context(), client.ID, r.TokenHash)
			wantErr(t, err, idp.ErrNotFound)
			for i, err := range errs {
				if err == nil {
					r.TokenHash = next[i]
				}
			}
			if client, err = s.RegisteredClient(t.Context(), client.ID, r.TokenHash); err != nil || client.Metadata.ClientName != "renamed" || client.Version != 2 {
				t.Fatalf("%+v %v", client, err)
			}
		})
		t.Run("an operator was faster", func(t *testing.T) {
			old := *client
			must(t, s.UpdateClient(t.Context(), client, idp.Effects{}))
			wantErr(t, s.UpdateRegistration(t.Context(), &old, r.TokenHash, []byte("next"), idp.Effects{}), idp.ErrConflict)
			_, err := s.RegisteredClient(t.Context(), client.ID, r.TokenHash) // the token is as it was
			must(t, err)
		})
		t.Run("fifty deletions: one, and what was granted is over", func(t *testing.T) {
			session := signIn(t, s, createAccount(t, s).ID, "cred")
			issue := authorization(t, s, session)
			issue.Grant.ClientID, issue.Code.ClientID, issue.Grant.Offline = client.ID, client.ID, true
			must(t, s.IssueCode(t.Context(), issue))
			tally(t, race(func(int) error {
				return s.DeleteRegistration(t.Context(), client.ID, r.TokenHash, effects("client.deleted"))
			}), 1, idp.ErrNotFound)
			if grantLive(t, s, issue.Grant.ID) {
				t.Error("the grant lives on")
			}
			_, err := s.Client(t.Context(), client.ID)
			wantErr(t, err, idp.ErrNotFound)
		})
		t.Run("an operator's deletion ends the registration too", func(t *testing.T) {
			must(t, s.DeleteClient(t.Context(), other.Client.ID, idp.Effects{}))
			_, err := s.RegisteredClient(t.Context(), other.Client.ID, other.TokenHash)
			wantErr(t, err, idp.ErrNotFound)
		})
	})
}

// ID-08: fifty nodes that start at once agree on one key, which a new key-encryption key
// is put around and does not replace.
func TestSealedKey(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		got := make([][]byte, contenders)
		tally(t, race(func(i int) (err error) {
			got[i], err = s.SealedKey(t.Context(), "pairwise-1", []byte("old:"+idp.NewID()))
			return err
		}), contenders, nil)
		for _, key := range got {
			if len(key) == 0 || !bytes.Equal(key, got[0]) {
				t.Fatalf("%q and %q", key, got[0])
			}
		}
		looked, replaced, err := s.Rewrap(t.Context(), stamp)
		if must(t, err); looked != 1 || replaced != 1 {
			t.Errorf("looked at %d, replaced %d", looked, replaced)
		}
		key, err := s.SealedKey(t.Context(), "pairwise-1", []byte("another"))
		if must(t, err); !bytes.Equal(key, append([]byte("new:"), got[0][4:]...)) {
			t.Errorf("%q", key)
		}
	})
}
