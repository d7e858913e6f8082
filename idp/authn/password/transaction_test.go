package password_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"sekisho/idp"
	"sekisho/idp/authn/internal/authntest"
	"sekisho/idp/authn/password"
)

const transaction = "Transaction-9981-z" // what open gives its account

func reasonsOf(err error) []password.Reason {
	var refused *password.PolicyError
	if errors.As(err, &refused) {
		return refused.Reasons
	}
	return nil
}

func TestFourDigits(t *testing.T) {
	b := open(t)
	for name, c := range map[string]struct {
		plain string
		want  bool
	}{
		"A2 four digits": {"4931", true}, "A2 five": {"49312", false}, "A2 letters": {"a931", false}, "A2 wide digits": {"４９３１", false},
	} {
		t.Run(name, func(t *testing.T) {
			account, _ := authntest.Account(t, b.store.Store, b.clock.Now(), name,
				idp.Password{Kind: idp.TransactionPassword, Hash: hash(t, b.Hasher, c.plain), ChangedAt: b.clock.Now()},
				idp.Password{Kind: idp.LoginPassword, Hash: hash(t, b.Hasher, c.plain+"x"), ChangedAt: b.clock.Now()})
			v, err := b.Verify(context.Background(), account, idp.TransactionPassword, c.plain)
			if err != nil || v.FourDigits != c.want {
				t.Errorf("%+v, %v", v, err)
			}
			if v, err := b.Verify(context.Background(), account, idp.LoginPassword, c.plain+"x"); err != nil || v.FourDigits {
				t.Errorf("login password: %+v, %v", v, err)
			}
		})
	}
}

// A2 C12: the two differ whichever is set second, and the form for one does not answer
// guesses at the other that it would refuse anyway.
func TestTransactionPasswordDiffers(t *testing.T) {
	ctx := context.Background()
	b := open(t)
	set := func(kind idp.PasswordKind, current, next string) error {
		return b.Change(ctx, password.Change{Account: b.account, Kind: kind, Current: current, New: next})
	}
	if got := reasonsOf(set(idp.TransactionPassword, transaction, good)); !slices.Equal(got, []password.Reason{password.SameAsOther}) {
		t.Errorf("C12: the login password as transaction password: %v", got)
	}
	if got := reasonsOf(set(idp.TransactionPassword, transaction, transaction)); !slices.Equal(got, []password.Reason{password.Unchanged}) {
		t.Errorf("A2: the same again: %v", got)
	}
	if err := set(idp.TransactionPassword, good, "another-Kabu-7731"); !errors.Is(err, idp.ErrRejected) || reasonsOf(err) != nil {
		t.Errorf("A2: against the login password: %v", err)
	}
	account, _ := authntest.Account(t, b.store.Store, b.clock.Now(), "87654321",
		idp.Password{Kind: idp.LoginPassword, Hash: hash(t, b.Hasher, good), ChangedAt: b.clock.Now()},
		idp.Password{Kind: idp.TransactionPassword, Hash: hash(t, b.Hasher, "4931"), ChangedAt: b.clock.Now()})
	for _, guess := range []string{"4930", "4931"} {
		err := b.Change(ctx, password.Change{Account: account, Kind: idp.LoginPassword, Current: good, New: guess})
		if got := reasonsOf(err); len(got) == 0 || slices.Contains(got, password.SameAsOther) {
			t.Errorf("C12: guess %s is answered %v", guess, got)
		}
	}
}

func TestSetFirst(t *testing.T) {
	ctx := context.Background()
	b := open(t)
	account, _ := authntest.Account(t, b.store.Store, b.clock.Now(), "87654321",
		idp.Password{Kind: idp.LoginPassword, Hash: hash(t, b.Hasher, good), ChangedAt: b.clock.Now()})
	first := func(plain string) error {
		return b.SetFirst(ctx, password.Change{Account: account, Kind: idp.TransactionPassword, New: plain})
	}
	if got := reasonsOf(first(good)); !slices.Equal(got, []password.Reason{password.SameAsOther}) {
		t.Errorf("C12: %v", got)
	}
	if got := reasonsOf(first("4931")); !slices.Contains(got, password.TooShort) {
		t.Errorf("A2: four digits are no new transaction password: %v", got)
	}
	if err := first(transaction); err != nil {
		t.Fatal(err)
	}
	if err := first("another-Kabu-7731"); !errors.Is(err, idp.ErrExists) {
		t.Errorf("A2: set twice without the current one: %v", err)
	}
	if v, err := b.Verify(ctx, account, idp.TransactionPassword, transaction); err != nil || v.FourDigits {
		t.Errorf("%+v, %v", v, err)
	}
}
