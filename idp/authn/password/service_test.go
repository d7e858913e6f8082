package password_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"sekisho/idp"
	"sekisho/idp/authn/internal/authntest"
	"sekisho/idp/authn/password"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// counted counts look-ups.
type counted struct {
	*storage.Store
	lookups atomic.Int64
}

func (c *counted) Password(ctx context.Context, id string, k idp.PasswordKind) (*idp.Password, error) {
	c.lookups.Add(1)
	return c.Store.Password(ctx, id, k)
}

type bench struct {
	*password.Service
	store   *counted
	clock   *authntest.Clock
	account *idp.Account
}

func open(t *testing.T) bench {
	t.Helper()
	clock := authntest.NewClock()
	store := &counted{Store: storagetest.Memory(t)}
	s, err := password.NewService(password.Service{Store: store, Hasher: cheap(t), Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	account, _ := authntest.Account(t, store.Store, clock.Now(), "12345678",
		idp.Password{Kind: idp.LoginPassword, Hash: hash(t, s.Hasher, good), ChangedAt: clock.Now()},
		idp.Password{Kind: idp.TransactionPassword, Hash: hash(t, s.Hasher, "Transaction-9981-z"), ChangedAt: clock.Now()})
	return bench{s, store, clock, account}
}

func TestVerify(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	v, err := b.Verify(ctx, b.account, idp.LoginPassword, good)
	want := idp.AuthenticationEvent{AccountID: b.account.ID, Method: idp.MethodPassword, At: b.clock.Now()}
	if err != nil || v.Event != want || v.MustChange || !v.ChangedAt.Equal(b.clock.Now()) {
		t.Errorf("%+v, %v", v, err)
	}
	t.Run("A2 the transaction password is no factor of signing in", func(t *testing.T) {
		v, err := b.Verify(ctx, b.account, idp.TransactionPassword, "Transaction-9981-z")
		if err != nil || v.Event != (idp.AuthenticationEvent{}) {
			t.Errorf("%+v, %v", v, err)
		}
		if _, err := b.Verify(ctx, b.account, idp.LoginPassword, "Transaction-9981-z"); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("as the login password: %v", err)
		}
	})
}

// PW-08: every refusal costs one look-up and one hash run and reads the same.
func TestEqualRefusals(t *testing.T) {
	b := open(t)
	invited, _ := authntest.Account(t, b.store.Store, b.clock.Now(), "nopassword")
	locked, closed := *b.account, *b.account
	locked.Status, closed.Status = idp.AccountLocked, idp.AccountInvited
	var text string
	for name, tc := range map[string]struct {
		account *idp.Account
		plain   string
	}{
		"PW-08 wrong password":                     {b.account, "wrong"},
		"PW-08 unknown name":                       {nil, good},
		"PW-08 account without password":           {invited, good},
		"PW-08 locked account, right password":     {&locked, good},
		"PW-08 account not opened, right password": {&closed, good},
		"PW-08 locked account, wrong password":     {&locked, "wrong"},
		"PW-08 overlong password":                  {b.account, strings.Repeat("x", 1<<20)},
		"PW-08 empty password":                     {b.account, ""},
	} {
		t.Run(name, func(t *testing.T) {
			runs, lookups := b.Hasher.Runs(), b.store.lookups.Load()
			v, err := b.Verify(context.Background(), tc.account, idp.LoginPassword, tc.plain)
			if !errors.Is(err, idp.ErrRejected) || v != (password.Verified{}) {
				t.Fatalf("%+v, %v", v, err)
			}
			if text == "" {
				text = err.Error()
			}
			if err.Error() != text {
				t.Errorf("says %q, another refusal %q", err, text)
			}
			if n := b.Hasher.Runs() - runs; n != 1 {
				t.Errorf("%d hash runs", n)
			}
			if n := b.store.lookups.Load() - lookups; n != 1 {
				t.Errorf("%d look-ups", n)
			}
		})
	}
}

// PW-05: parameters stored and upgraded on sign-in, once, without disturbing a change.
func TestUpgradeAtSignIn(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	weak := hash(t, cheap(t, func(o *password.HasherOptions) { o.MemoryKiB = 32 }), good)
	if err := b.store.SetPassword(ctx, idp.Password{AccountID: b.account.ID, Kind: idp.LoginPassword, Hash: weak}, "", idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	for _, err := range authntest.Race(10, func(int) error {
		_, err := b.Verify(ctx, b.account, idp.LoginPassword, good)
		return err
	}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	row, err := b.store.Password(ctx, b.account.ID, idp.LoginPassword)
	if err != nil || row.Hash == weak || !strings.Contains(row.Hash, "m=64") {
		t.Fatalf("PW-05: stored %s, %v", row.Hash, err)
	}
	if _, err := b.Verify(ctx, b.account, idp.LoginPassword, good); err != nil {
		t.Errorf("after the upgrade: %v", err)
	}
}

// PW-07: a change needs the current password and is of one's own.
func TestChange(t *testing.T) {
	const next = "Zv8-Qm2!rT-hnd"
	change := func(b bench, current, to string) error {
		return b.Change(context.Background(), password.Change{
			Account: b.account, Kind: idp.LoginPassword, Current: current, New: to, Context: password.Context{LoginName: b.account.LoginName},
		})
	}
	for name, tc := range map[string]struct {
		current, to string
		reasons     []password.Reason
		ok          bool
	}{
		"PW-07 right":                             {good, next, nil, true},
		"PW-07 wrong current password":            {"wrong", next, nil, false},
		"PW-07 wrong current, bad new":            {"wrong", "short", nil, false},
		"PW-03 bad new password":                  {good, "password1234", []password.Reason{password.Common, password.Guessable}, false},
		"unchanged":                               {good, good, []password.Reason{password.Unchanged}, false},
		"A2 C12 same as the transaction password": {good, "Transaction-9981-z", []password.Reason{password.SameAsOther}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			err := change(b, tc.current, tc.to)
			var refused *password.PolicyError
			switch {
			case tc.ok && err != nil:
				t.Fatal(err)
			case !tc.ok && !errors.Is(err, idp.ErrRejected):
				t.Fatalf("%v", err)
			case errors.As(err, &refused) != (tc.reasons != nil) || refused != nil && !slices.Equal(refused.Reasons, tc.reasons):
				t.Fatalf("reasons: %v, want %v", err, tc.reasons)
			}
			works := good
			if tc.ok {
				works = tc.to
			}
			if _, err := b.Verify(context.Background(), b.account, idp.LoginPassword, works); err != nil {
				t.Errorf("%q afterwards: %v", works, err)
			}
			if tc.ok {
				if _, err := b.Verify(context.Background(), b.account, idp.LoginPassword, good); !errors.Is(err, idp.ErrRejected) {
					t.Errorf("old password afterwards: %v", err)
				}
			}
		})
	}
}

// A first password of an account that has none.
func TestNew(t *testing.T) {
	b := open(t)
	p, err := b.New(context.Background(), idp.NewID(), idp.LoginPassword, good, password.Context{})
	if err != nil || !strings.HasPrefix(p.Hash, "$argon2id$") || p.Kind != idp.LoginPassword || !p.ChangedAt.Equal(b.clock.Now()) {
		t.Errorf("%+v, %v", p, err)
	}
}
