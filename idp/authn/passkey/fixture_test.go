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

const (
	rpID   = "id.aoba.example"
	origin = "https://id.aoba.example"
)

type bench struct {
	*passkey.Service
	store   *storage.Store
	clock   *authntest.Clock
	account *idp.Account
}

var flow = passkey.Binding{FlowID: "flow", BrowserHash: []byte("browser")}

func open(t testing.TB, change ...func(*passkey.Options)) bench {
	t.Helper()
	return openOn(t, storagetest.Memory(t), change...)
}

func openOn(t testing.TB, store *storage.Store, change ...func(*passkey.Options)) bench {
	t.Helper()
	clock := authntest.NewClock()
	o := passkey.Options{Store: store, Now: clock.Now, RPID: rpID, RPName: "青葉証券", Origins: []string{origin}}
	for _, f := range change {
		f(&o)
	}
	s, err := passkey.New(o)
	if err != nil {
		t.Fatal(err)
	}
	account, _ := authntest.Account(t, store, clock.Now(), "12345678")
	return bench{s, store, clock, account}
}

// beginCreate and beginGet start ceremonies in flow.
func (b bench) beginCreate(t testing.TB, account *idp.Account) passkey.Ceremony {
	t.Helper()
	c, err := b.BeginRegistration(context.Background(), account, flow)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (b bench) beginGet(t testing.TB, account *idp.Account) passkey.Ceremony {
	t.Helper()
	c, err := b.BeginAuthentication(context.Background(), account, false, flow)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (b bench) finishCreate(c passkey.Ceremony, response []byte) (idp.Passkey, error) {
	return b.FinishRegistration(context.Background(), passkey.Registration{
		Binding: flow, Account: b.account, ChallengeID: c.ChallengeID, Response: response, AddedACR: "urn:sekisho:acr:mfa",
	})
}

func (b bench) finishGet(c passkey.Ceremony, response []byte) (passkey.Authenticated, error) {
	return b.FinishAuthentication(context.Background(), passkey.Authentication{Binding: flow, ChallengeID: c.ChallengeID, Response: response})
}

// register runs a whole registration of the device for the account.
func (b bench) register(t testing.TB, account *idp.Account, d *device) idp.Passkey {
	t.Helper()
	c := b.beginCreate(t, account)
	b.account = account
	p, err := b.finishCreate(c, d.create(t, c.PublicKey))
	if err != nil {
		t.Fatal(err, passkey.ReasonOf(err))
	}
	d.handle = account.UserHandle
	return p
}

// commit does with a verified assertion what the session package does.
func (b bench) commit(t testing.TB, a passkey.Authenticated) error {
	t.Helper()
	now := b.clock.Now()
	a.Event.ID, a.Event.CeremonyID = idp.NewID(), idp.NewID()
	return b.store.Authenticate(context.Background(), idp.Authenticate{
		Session: idp.Session{ID: idp.NewID(), Hash: idp.HashSecret(idp.NewSecret()), SID: idp.NewID(), AccountID: a.Account.ID,
			CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour)},
		NewSession: true, Events: []idp.AuthenticationEvent{a.Event}, Passkey: &a.Use, MaxSessions: 100,
	})
}

func (b bench) stored(t testing.TB, account *idp.Account) []idp.Passkey {
	t.Helper()
	held, err := b.store.Passkeys(context.Background(), account.ID)
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// refused requires the one refusal, for the reason given.
func refused(t testing.TB, err error, want passkey.Reason) {
	t.Helper()
	if !errors.Is(err, passkey.ErrRejected) || !errors.Is(err, idp.ErrRejected) {
		t.Fatalf("not refused: %v", err)
	}
	if got := passkey.ReasonOf(err); got != want {
		t.Errorf("refused for %q, want %q", got, want)
	}
	if err.Error() != passkey.ErrRejected.Error() {
		t.Errorf("the refusal says %q", err)
	}
}
