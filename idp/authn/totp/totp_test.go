package totp_test

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	pquerna "github.com/pquerna/otp/totp"

	"sekisho/idp"
	"sekisho/idp/authn/internal/authntest"
	"sekisho/idp/authn/totp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

type bench struct {
	*totp.Service
	store   *storage.Store
	clock   *authntest.Clock
	account *idp.Account
}

func open(t testing.TB) bench {
	t.Helper()
	return openOn(t, storagetest.Memory(t))
}

func openOn(t testing.TB, store *storage.Store) bench {
	t.Helper()
	clock := authntest.NewClock()
	account, _ := authntest.Account(t, store, clock.Now(), "12345678")
	s := &totp.Service{Store: store, Vault: authntest.Vault(t), Now: clock.Now, Issuer: "青葉証券"}
	return bench{s, store, clock, account}
}

// code is what the customer's app shows at an offset from now.
func (b bench) code(t testing.TB, e totp.Enrolment, offset time.Duration) string {
	t.Helper()
	code, err := pquerna.GenerateCode(strings.ReplaceAll(e.Secret, " ", ""), b.clock.Now().Add(offset))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// enrolled is an account with a confirmed authenticator, one step later.
func enrolled(t testing.TB) (bench, totp.Enrolment) {
	t.Helper()
	return enrolledOn(t, storagetest.Memory(t))
}

func enrolledOn(t testing.TB, store *storage.Store) (bench, totp.Enrolment) {
	t.Helper()
	b := openOn(t, store)
	e, err := b.Enrol(context.Background(), b.account, "flow")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Confirm(context.Background(), b.account.ID, "flow", b.code(t, e, 0), idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	b.clock.Add(time.Minute)
	return b, e
}

// OT-01, E1: one acceptance per step.
func TestSingleUse(t *testing.T) {
	b, e := enrolled(t)
	ctx, code := context.Background(), b.code(t, e, 0)
	event, err := b.Verify(ctx, b.account.ID, code)
	if err != nil {
		t.Fatal(err)
	}
	want := idp.AuthenticationEvent{AccountID: b.account.ID, Method: idp.MethodTOTP, CredentialID: e.ID, At: b.clock.Now()}
	if event != want {
		t.Errorf("event %+v, want %+v", event, want)
	}
	t.Run("OT-01 replay in the same step", func(t *testing.T) {
		_, err := b.Verify(ctx, b.account.ID, code)
		if !errors.Is(err, idp.ErrRejected) || !errors.Is(err, totp.ErrReplayed) {
			t.Errorf("replay: %v", err)
		}
	})
	t.Run("OT-01 the step before, after a later one was used", func(t *testing.T) {
		if _, err := b.Verify(ctx, b.account.ID, b.code(t, e, -30*time.Second)); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("older step: %v", err)
		}
	})
	t.Run("E1 the next step", func(t *testing.T) {
		b.clock.Add(30 * time.Second)
		if _, err := b.Verify(ctx, b.account.ID, b.code(t, e, 0)); err != nil {
			t.Error(err)
		}
	})
}

// OT-01: the code that confirmed the enrolment does not sign in as well.
func TestConfirmingCodeIsUsed(t *testing.T) {
	b, ctx := open(t), context.Background()
	e, err := b.Enrol(ctx, b.account, "flow")
	if err != nil {
		t.Fatal(err)
	}
	code := b.code(t, e, 0)
	if _, err := b.Confirm(ctx, b.account.ID, "flow", code, idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Verify(ctx, b.account.ID, code); !errors.Is(err, idp.ErrRejected) {
		t.Errorf("confirming code at sign-in: %v", err)
	}
}

// OT-02: of fifty parallel submissions of one code, one, on both databases.
func TestParallel(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, store *storage.Store) {
		b, e := enrolledOn(t, store)
		code := b.code(t, e, 0)
		won := 0
		for _, err := range authntest.Race(50, func(int) error {
			_, err := b.Verify(context.Background(), b.account.ID, code)
			return err
		}) {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, idp.ErrRejected):
				t.Fatal(err)
			}
		}
		if won != 1 {
			t.Errorf("OT-02: %d of 50 were accepted", won)
		}
	})
}

// OT-04: one step to either side.
func TestWindow(t *testing.T) {
	for name, tc := range map[string]struct {
		offset time.Duration
		ok     bool
	}{
		"OT-04 current":       {0, true},
		"OT-04 one behind":    {-30 * time.Second, true},
		"OT-04 one ahead":     {30 * time.Second, true},
		"OT-04 two behind":    {-60 * time.Second, false},
		"OT-04 two ahead":     {60 * time.Second, false},
		"OT-04 an hour ahead": {time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			b, e := enrolled(t)
			b.clock.Add(10 * time.Minute)
			_, err := b.Verify(context.Background(), b.account.ID, b.code(t, e, tc.offset))
			if (err == nil) != tc.ok || err != nil && !errors.Is(err, idp.ErrRejected) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestWrongInput(t *testing.T) {
	b, e := enrolled(t)
	good := b.code(t, e, 0)
	for name, code := range map[string]string{
		"empty": "", "letters": "abcdef", "five digits": good[:5], "seven digits": good + "0", "NUL": good[:5] + "\x00",
		"sign": "+" + good[1:], "huge": strings.Repeat(good, 1<<16), "other script": "१२३४५६",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := b.Verify(context.Background(), b.account.ID, code); !errors.Is(err, idp.ErrRejected) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("full width with the gap that apps show", func(t *testing.T) {
		wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, good)
		if _, err := b.Verify(context.Background(), b.account.ID, " "+wide[:9]+" "+wide[9:]); err != nil {
			t.Error(err)
		}
	})
	t.Run("account without an authenticator", func(t *testing.T) {
		if _, err := b.Verify(context.Background(), "nobody", good); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("%v", err)
		}
	})
}

// OT-05: what leaves the service, and what is stored.
func TestSecret(t *testing.T) {
	b, ctx := open(t), context.Background()
	b.Issuer = "A:B & C?secret=X#"
	b.account.LoginName = "a:b@c/d e&secret=Y"
	e, err := b.Enrol(ctx, b.account, "flow")
	if err != nil {
		t.Fatal(err)
	}
	plain := strings.ReplaceAll(e.Secret, " ", "")
	if len(plain)*5 < 160 {
		t.Errorf("OT-05: secret of %d bits", len(plain)*5)
	}
	again, err := b.Enrol(ctx, b.account, "flow")
	if err != nil || again.Secret == e.Secret {
		t.Errorf("OT-05: second secret %q, %v", again.Secret, err)
	}
	row, err := b.store.PendingTOTP(ctx, b.account.ID)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := decode(again.Secret)
	if bytes.Contains(row.Secret, raw) || bytes.Contains(row.Secret, []byte(again.Secret)) {
		t.Error("OT-05: the secret lies open in the row")
	}
	key, err := otp.NewKeyFromURL(e.URI)
	if err != nil {
		t.Fatal(err)
	}
	if key.Issuer() != b.Issuer || key.Secret() != plain || key.Period() != 30 || key.Digits() != otp.DigitsSix {
		t.Errorf("OT-05: URI %q reads as issuer %q, secret %q", e.URI, key.Issuer(), key.Secret())
	}
	u, err := url.Parse(e.URI)
	if err != nil || len(u.Query()["secret"]) != 1 || u.Fragment != "" || strings.Count(u.EscapedPath(), ":") != 1 || strings.Contains(e.URI, "+") {
		t.Errorf("OT-05: escaping of %q: %v", e.URI, err)
	}
}

// IN-07: no input panics or is accepted by chance twice.
func FuzzVerify(f *testing.F) {
	for _, s := range []string{"123456", "１２３ ４５６", "", "-1", "\xff\xfe", "0x1234", "123456\n"} {
		f.Add(s)
	}
	b, _ := enrolled(f)
	f.Fuzz(func(t *testing.T, code string) {
		if _, err := b.Verify(context.Background(), b.account.ID, code); err != nil && !errors.Is(err, idp.ErrRejected) {
			t.Fatal(err)
		}
	})
}
