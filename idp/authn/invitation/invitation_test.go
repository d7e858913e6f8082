package invitation_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/invitation"
	"sekisho/idp/keys"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func service(t *testing.T, store *storage.Store, now *time.Time) *invitation.Service {
	t.Helper()
	kek, err := keys.NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	vault, err := keys.OpenVault(kek)
	if err != nil {
		t.Fatal(err)
	}
	return &invitation.Service{Store: store, Vault: vault, Now: func() time.Time { return *now }, Lifetime: 24 * time.Hour, Attempts: 3}
}

func invited(t *testing.T, store *storage.Store, login string, now time.Time) *idp.Account {
	t.Helper()
	a := idp.Account{ID: idp.NewID(), Subject: idp.NewID(), LoginName: login, Kind: idp.Personal, Status: idp.AccountInvited, UserHandle: []byte(idp.NewID()), CreatedAt: now}
	if err := store.CreateAccount(context.Background(), idp.NewAccount{Account: a}, idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	return &a
}

func TestInvitation(t *testing.T) {
	ctx, now := context.Background(), time.Now().UTC()
	store := storagetest.Memory(t)
	s := service(t, store, &now)
	taro, jiro := invited(t, store, "1001", now), invited(t, store, "1002", now)
	inv, code := s.New(taro.ID)
	if err := s.Issue(ctx, inv, idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	accept := func(inv *idp.Invitation) error {
		return store.AcceptInvitation(ctx, idp.AcceptInvitation{InvitationID: inv.ID, AccountID: inv.AccountID, At: now,
			Password: idp.Password{AccountID: inv.AccountID, Kind: idp.LoginPassword, Hash: "h", ChangedAt: now}})
	}
	for name, try := range map[string]struct {
		account *idp.Account
		code    string
	}{
		"another account's code": {jiro, code},
		"nobody by that name":    {nil, code},
		"a wrong code":           {taro, "0000-0000-0000-0000"},
		"no code":                {taro, ""},
	} {
		if _, err := s.Verify(ctx, try.account, try.code); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("%s: %v, want the one refusal", name, err)
		}
	}
	typed := " " + strings.ToLower(strings.ReplaceAll(code, "-", "")) + " "
	row, err := s.Verify(ctx, taro, typed)
	if err != nil {
		t.Fatalf("the code as a person types it: %v", err)
	}
	if err := accept(row); err != nil {
		t.Fatal(err)
	}
	if err := accept(row); err == nil {
		t.Error("one invitation opened an account twice")
	}
}

func TestInvitationVoid(t *testing.T) {
	ctx, now := context.Background(), time.Now().UTC()
	store := storagetest.Memory(t)
	s := service(t, store, &now)
	taro := invited(t, store, "1001", now)
	issue := func() string {
		inv, code := s.New(taro.ID)
		if err := s.Issue(ctx, inv, idp.Effects{}); err != nil {
			t.Fatal(err)
		}
		return code
	}
	old := issue()
	current := issue()
	if _, err := s.Verify(ctx, taro, old); !errors.Is(err, idp.ErrRejected) {
		t.Errorf("an older code still opens: %v", err)
	}
	for range 3 {
		_, _ = s.Verify(ctx, taro, "wrong")
	}
	if _, err := s.Verify(ctx, taro, current); !errors.Is(err, idp.ErrRejected) {
		t.Errorf("the code outlived its tries: %v", err)
	}
	late := issue()
	now = now.Add(25 * time.Hour)
	if _, err := s.Verify(ctx, taro, late); !errors.Is(err, idp.ErrRejected) {
		t.Errorf("an expired code opens: %v", err)
	}
}
