package contact_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/emailcode"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/contact"
	"sekisho/idp/notify"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// sent is one mail as it was asked for.
type sent struct {
	kind notify.Kind
	to   string
	data notify.Data
}

// bench is the service on a database, with a composer that remembers.
type bench struct {
	*contact.Service
	store *storage.Store
	codes []string
	mails []sent
	now   time.Time
}

func (b *bench) Compose(kind notify.Kind, to idp.Email, _ string, d notify.Data) (idp.OutboxMessage, error) {
	if !to.Verified() {
		return idp.OutboxMessage{}, errors.New("mail to an address that never answered")
	}
	b.mails = append(b.mails, sent{kind, to.Address, d})
	return idp.OutboxMessage{ID: idp.NewID(), Kind: "mail", AccountID: to.AccountID, CreatedAt: b.now}, nil
}

type anyNumber struct{}

func (anyNumber) Send(context.Context, throttle.Subject, string, netip.Addr) error { return nil }

func open(t *testing.T) *bench {
	t.Helper()
	b := &bench{store: storagetest.Memory(t), now: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return b.now }
	vault := testVault(t)
	codes := &emailcode.Service{
		Store: b.store, Vault: vault, Limiter: anyNumber{}, Now: clock,
		Compose: func(_ context.Context, m emailcode.Message) (idp.OutboxMessage, error) {
			b.codes = append(b.codes, m.Code)
			return idp.OutboxMessage{ID: idp.NewID(), Kind: "mail", AccountID: m.Account.ID, CreatedAt: b.now}, nil
		},
	}
	b.Service = &contact.Service{Store: b.store, Vault: vault, Codes: codes, Mail: b, Now: clock, UndoFor: 72 * time.Hour}
	return b
}

// customer is an account with a verified registered address.
func (b *bench) customer(t *testing.T, login string) contact.Actor {
	t.Helper()
	a := idp.Account{ID: idp.NewID(), Subject: idp.NewID(), LoginName: login, Kind: idp.Personal, Status: idp.AccountActive, UserHandle: []byte(login), CreatedAt: b.now}
	address := login + "@old.example"
	must(t, b.store.CreateAccount(t.Context(), idp.NewAccount{Account: a, Emails: []idp.Email{{
		ID: idp.NewID(), AccountID: a.ID, Address: address, Canonical: address, Purpose: idp.EmailRegistered, VerifiedAt: b.now, CreatedAt: b.now,
	}}}, idp.Effects{}))
	session := idp.Session{ID: idp.NewID(), Hash: idp.HashSecret(idp.NewSecret()), SID: idp.NewID(), AccountID: a.ID, CreatedAt: b.now, ExpiresAt: b.now.Add(time.Hour)}
	if err := b.store.Authenticate(t.Context(), idp.Authenticate{Session: session, NewSession: true}); err != nil {
		t.Fatal(err)
	}
	return contact.Actor{Account: &a, SessionID: session.ID, Lang: "ja"}
}

// changes goes the whole way to a new address and returns the undo code.
func (b *bench) changes(t *testing.T, a contact.Actor, purpose idp.EmailPurpose, to string) string {
	t.Helper()
	c, err := b.Begin(t.Context(), a, purpose, to)
	must(t, err)
	_, err = b.SendCode(t.Context(), a, c)
	must(t, err)
	must(t, b.Confirm(t.Context(), a, c, b.codes[len(b.codes)-1]))
	for i := len(b.mails) - 1; i >= 0; i-- {
		if b.mails[i].data.Code != "" {
			return b.mails[i].data.Code
		}
	}
	t.Fatal("no undo code")
	return ""
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// B13 RC-07: who is told what: earlier addresses with the undo code, the new one without.
func TestWhoIsTold(t *testing.T) {
	b := open(t)
	a := b.customer(t, "hanako")
	b.changes(t, a, idp.EmailSecurity, "codes@sec.example")
	b.mails = nil
	b.changes(t, a, idp.EmailRegistered, "hanako@new.example")
	told := map[string]sent{}
	for _, m := range b.mails {
		told[m.to] = m
	}
	if len(b.mails) != 3 || len(told) != 3 {
		t.Fatalf("B13: mails %+v", b.mails)
	}
	for _, to := range []string{"hanako@old.example", "codes@sec.example"} {
		if m := told[to]; m.kind != notify.EmailChanged || m.data.Code == "" || !m.data.ExpiresAt.Equal(b.now.Add(72*time.Hour)) {
			t.Errorf("RC-07: %s was told %+v", to, m)
		}
	}
	if m := told["hanako@new.example"]; m.kind != notify.EmailRegistered || m.data.Code != "" {
		t.Errorf("RC-07: the new address was told %+v", m)
	}
}

// RC-07: an undo code is of one change of one account.
func TestUndoCodeIsBound(t *testing.T) {
	b := open(t)
	hanako, jiro := b.customer(t, "hanako"), b.customer(t, "jiro")
	hers := b.changes(t, hanako, idp.EmailRegistered, "hanako@new.example")
	his := b.changes(t, jiro, idp.EmailRegistered, "jiro@new.example")
	for name, err := range map[string]error{
		"another's code": b.Undo(t.Context(), hanako, his), "nobody": b.Undo(t.Context(), contact.Actor{}, hers), "nothing": b.Undo(t.Context(), hanako, ""),
	} {
		if !errors.Is(err, idp.ErrRejected) {
			t.Errorf("RC-07: %s: %v", name, err)
		}
	}
	b.now = b.now.Add(time.Hour)
	b.mails = nil
	must(t, b.Undo(t.Context(), hanako, hers))
	if len(b.mails) != 2 || b.mails[0].kind != notify.EmailRestored || b.mails[1].to != "hanako@old.example" {
		t.Errorf("RC-07: told %+v", b.mails)
	}
	if err := b.Undo(t.Context(), hanako, hers); !errors.Is(err, idp.ErrRejected) {
		t.Errorf("RC-07: a second time: %v", err)
	}
	b.now = b.now.Add(71 * time.Hour)
	if err := b.Undo(t.Context(), jiro, his); !errors.Is(err, idp.ErrRejected) {
		t.Errorf("RC-07: after its time: %v", err)
	}
}

// RC-08 B15: addresses are compared in their canonical form, the current one in full.
func TestAddressesAreCompared(t *testing.T) {
	b := open(t)
	a := b.customer(t, "hanako")
	for typed, fine := range map[string]bool{
		"hanako@old.example": true, "ＨＡＮＡＫＯ＠OLD.example": true, "ha••••@o••••": false, "": false, "hanako@old.example.evil": false, "hanako": false,
	} {
		if err := b.CheckCurrent(t.Context(), a.Account.ID, idp.EmailRegistered, typed); (err == nil) != fine || err != nil && !errors.Is(err, idp.ErrRejected) {
			t.Errorf("B15: %q: %v", typed, err)
		}
	}
	if err := b.CheckCurrent(t.Context(), a.Account.ID, idp.EmailSecurity, ""); err != nil {
		t.Errorf("B4: nothing to type, and still %v", err)
	}
	for to, want := range map[string]error{"HANAKO@old.example": idp.ErrExists, "hanako": identifier.ErrMalformed, "a@b.example\nBcc: c@d.example": identifier.ErrMalformed} {
		if _, err := b.Begin(t.Context(), a, idp.EmailSecurity, to); !errors.Is(err, want) {
			t.Errorf("RC-08 OT-13: %q: %v, want %v", to, err, want)
		}
	}
}
