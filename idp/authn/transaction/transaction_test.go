package transaction_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/internal/authntest"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/throttle"
	"sekisho/idp/authn/transaction"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

const (
	login  = "akagi-no-yama-2026-k"
	secret = "Tone-9981-kawa"
)

var here = netip.MustParseAddr("192.0.2.7")

type bench struct {
	*transaction.Service
	store   *storage.Store
	clock   *authntest.Clock
	account *idp.Account
	t       *testing.T
}

// open is a customer with a login password and, unless held is "", a transaction password.
func open(t *testing.T, held string) bench {
	t.Helper()
	clock := authntest.NewClock()
	store := storagetest.Memory(t, storagetest.Clock(clock.Now))
	hasher, err := password.NewHasher(password.HasherOptions{MemoryKiB: 64, Passes: 1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	hash := func(plain string) string {
		h, err := hasher.Hash(context.Background(), plain)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	stored := []idp.Password{{Kind: idp.LoginPassword, Hash: hash(login), ChangedAt: clock.Now()}}
	if held != "" {
		stored = append(stored, idp.Password{Kind: idp.TransactionPassword, Hash: hash(held), ChangedAt: clock.Now()})
	}
	account, _ := authntest.Account(t, store, clock.Now(), "10000001", stored...)
	passwords, err := password.NewService(password.Service{Store: store, Hasher: hasher, Now: clock.Now,
		Policies: map[idp.PasswordKind]password.Policy{idp.TransactionPassword: {MinLength: 8}}})
	if err != nil {
		t.Fatal(err)
	}
	limits := throttle.DefaultLimits()
	limits.Address, limits.Network = idp.RateLimit{}, idp.RateLimit{}
	return bench{&transaction.Service{
		Store: store, Passwords: passwords, Now: clock.Now, FourDigits: true, MinLength: 8,
		Throttle: &throttle.Service{Store: store, Vault: authntest.Vault(t), Now: clock.Now, Limits: limits},
	}, store, clock, account, t}
}

func (b bench) verify(plain string) (transaction.Given, *transaction.Refusal) {
	b.t.Helper()
	given, refusal, err := b.Verify(context.Background(), b.account, plain, here)
	if err != nil {
		b.t.Fatal(err)
	}
	if (refusal == nil) != (given.Event.Method == idp.MethodTransactionPassword) {
		b.t.Fatalf("%+v and %+v", given, refusal)
	}
	return given, refusal
}

func (b bench) set(current, next string) *transaction.Refusal {
	b.t.Helper()
	b.clock.Add(time.Second)
	refusal, err := b.Set(context.Background(), password.Change{Account: b.account, Current: current, New: next}, here)
	if err != nil {
		b.t.Fatal(err)
	}
	return refusal
}

func TestVerify(t *testing.T) {
	b := open(t, secret)
	given, refusal := b.verify(secret)
	if refusal != nil || given.FourDigits || given.MustChange || given.Event.AccountID != b.account.ID || !given.Event.At.Equal(b.clock.Now()) {
		t.Errorf("A2: %+v, %+v", given, refusal)
	}
	if given.Event.CeremonyID != "" {
		t.Errorf("A2: the event belongs to ceremony %q before anybody said so", given.Event.CeremonyID)
	}
	for name, plain := range map[string]string{"A2 wrong": "x", "B5 the login password": login, "A2 empty": "", "A2 its beginning": secret[:8]} {
		if _, refusal := b.verify(plain); refusal == nil || refusal.Code != transaction.Wrong || !refusal.Guessed || refusal.Began {
			t.Errorf("%s: %+v", name, refusal)
		}
	}
	frozen := *b.account
	frozen.Status = idp.AccountLocked
	if _, refusal, err := b.Verify(context.Background(), &frozen, secret, here); err != nil || refusal == nil {
		t.Errorf("A2: of a frozen account: %+v, %v", refusal, err)
	}
	none := open(t, "")
	if _, refusal := none.verify(""); refusal == nil {
		t.Error("A2: none matches the empty one")
	}
}

func TestFourDigits(t *testing.T) {
	b := open(t, "4931")
	given, _ := b.verify("4931")
	if !given.FourDigits || given.MustChange {
		t.Errorf("A2: %+v", given)
	}
	if held, err := b.Held(context.Background(), b.account.ID); err != nil || !held.FourDigits {
		t.Errorf("A2: not noted: %+v, %v", held, err)
	}
	b.FourDigits = false
	if given, _ := b.verify("4931"); !given.MustChange {
		t.Errorf("A2: taken although the firm takes it no more: %+v", given)
	}
	if refusal := b.set("4931", "8842"); refusal == nil || !slices.Contains(refusal.Reasons, password.TooShort) {
		t.Errorf("A2: four digits again: %+v", refusal)
	}
	if refusal := b.set("4931", secret); refusal != nil {
		t.Fatalf("%+v", refusal)
	}
	if held, err := b.Held(context.Background(), b.account.ID); err != nil || held.FourDigits {
		t.Errorf("A2: the mark stays: %+v, %v", held, err)
	}
}

func TestSet(t *testing.T) {
	b := open(t, "")
	if refusal := b.set("", login); refusal == nil || !slices.Equal(refusal.Reasons, []password.Reason{password.SameAsOther}) {
		t.Errorf("C12: %+v", refusal)
	}
	if refusal := b.set("", secret); refusal != nil {
		t.Fatalf("A2: %+v", refusal)
	}
	if refusal := b.set("", "Another-7731-x"); refusal == nil || refusal.Code != transaction.WrongCurrent || !refusal.Guessed {
		t.Errorf("A2: changed without the current one: %+v", refusal)
	}
	if refusal := b.set(login, "Another-7731-x"); refusal == nil || refusal.Code != transaction.WrongCurrent {
		t.Errorf("B5: changed against the login password: %+v", refusal)
	}
	if refusal := b.set(secret, "Another-7731-x"); refusal != nil {
		t.Errorf("A2: %+v", refusal)
	}
	if _, refusal := b.verify(secret); refusal == nil {
		t.Error("A2: the old one is still taken")
	}
}

// A7: guesses at an operation and at a change fill one counter; it stands for this password
// alone, ends by itself, and the right one clears it.
func TestLock(t *testing.T) {
	b := open(t, secret)
	for i := range 5 {
		code := transaction.Wrong
		if i%2 == 1 {
			if refusal := b.set("guess", "Another-7731-x"); i < 4 && (refusal == nil || refusal.Code != transaction.WrongCurrent) {
				t.Fatalf("A7: change %d: %+v", i, refusal)
			}
			continue
		}
		_, refusal := b.verify("guess")
		if i == 4 {
			code = transaction.Locked
		}
		if refusal == nil || refusal.Code != code || refusal.Began != (i == 4) {
			t.Fatalf("A7: guess %d: %+v", i, refusal)
		}
	}
	until := b.clock.Now().Add(time.Minute)
	if _, refusal := b.verify(secret); refusal == nil || refusal.Code != transaction.Locked || !refusal.Until.Equal(until) || refusal.Guessed {
		t.Errorf("A7: the right one during the lock: %+v", refusal)
	}
	if refusal := b.set(secret, "Another-7731-x"); refusal == nil || refusal.Code != transaction.Locked {
		t.Errorf("A7: a change during the lock: %+v", refusal)
	}
	if standing, err := b.Standing(context.Background(), b.account.ID); err != nil || standing == nil || !standing.Until.Equal(until) {
		t.Errorf("A7: %+v, %v", standing, err)
	}
	for _, other := range []throttle.Factor{throttle.Password, throttle.TOTP, throttle.EmailCode} {
		if n, err := b.Throttle.State(context.Background(), other, b.account.ID); err != nil || n.Locked(b.clock.Now()) {
			t.Errorf("A7: %s is locked too: %+v, %v", other, n, err)
		}
	}
	b.clock.Add(time.Minute)
	if _, refusal := b.verify(secret); refusal != nil {
		t.Errorf("A7: after the lock: %+v", refusal)
	}
	if standing, err := b.Standing(context.Background(), b.account.ID); err != nil || standing != nil {
		t.Errorf("A7: %+v, %v", standing, err)
	}
}

// A7: parallel guesses gain nothing, and of fifty first passwords one is set.
func TestRaces(t *testing.T) {
	b := open(t, secret)
	guessed := 0
	for _, err := range authntest.Race(50, func(int) error {
		_, refusal, err := b.Verify(context.Background(), b.account, "guess", here)
		if err != nil {
			return err
		}
		if refusal.Guessed {
			return errGuessed
		}
		return nil
	}) {
		switch {
		case errors.Is(err, errGuessed):
			guessed++
		case err != nil && !errors.Is(err, idp.ErrUnavailable):
			t.Error(err)
		}
	}
	if guessed > 5 {
		t.Errorf("A7: %d guesses were looked at", guessed)
	}
	first, set := open(t, ""), 0
	for _, err := range authntest.Race(50, func(i int) error {
		refusal, err := first.Set(context.Background(), password.Change{Account: first.account, New: secret + string(rune('a'+i%26)) + string(rune('a'+i/26))}, here)
		if err == nil && refusal == nil {
			return errGuessed
		}
		return nil
	}) {
		if errors.Is(err, errGuessed) {
			set++
		}
	}
	if set != 1 {
		t.Errorf("A2: %d first passwords were set", set)
	}
}

var errGuessed = errors.New("looked at")
