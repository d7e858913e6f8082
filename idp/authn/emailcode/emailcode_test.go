package emailcode_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/emailcode"
	"sekisho/idp/authn/internal/authntest"
	"sekisho/idp/authn/throttle"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

var home = netip.MustParseAddr("192.0.2.10")

type bench struct {
	*emailcode.Service
	store   *storage.Store
	clock   *authntest.Clock
	account *idp.Account
	email   idp.Email
	mails   *[]emailcode.Message
}

func open(t testing.TB) bench {
	t.Helper()
	return openOn(t, storagetest.Memory(t))
}

func openOn(t testing.TB, store *storage.Store) bench {
	t.Helper()
	clock, vault := authntest.NewClock(), authntest.Vault(t)
	account, email := authntest.Account(t, store, clock.Now(), "12345678")
	mails := new([]emailcode.Message)
	s := &emailcode.Service{
		Store: store, Vault: vault, Now: clock.Now,
		Limiter: &throttle.Service{Store: store, Vault: vault, Now: clock.Now, Limits: throttle.DefaultLimits()},
		Compose: func(_ context.Context, m emailcode.Message) (idp.OutboxMessage, error) {
			*mails = append(*mails, m)
			return idp.OutboxMessage{ID: idp.NewID(), Kind: "mail", AccountID: m.Account.ID, CreatedAt: clock.Now(), ExpiresAt: m.ExpiresAt}, nil
		},
	}
	return bench{s, store, clock, account, email, mails}
}

func (b bench) request(flow string, p idp.CodePurpose) emailcode.Request {
	return emailcode.Request{Account: b.account, To: b.email, FlowID: flow, Purpose: p, IP: home}
}

// send issues a code and returns what stands in the mail.
func (b bench) send(t testing.TB, flow string, p idp.CodePurpose) string {
	t.Helper()
	if _, err := b.Send(context.Background(), b.request(flow, p)); err != nil {
		t.Fatal(err)
	}
	return (*b.mails)[len(*b.mails)-1].Code
}

func (b bench) verify(account, flow string, p idp.CodePurpose, code string) error {
	_, err := b.Verify(context.Background(), account, flow, p, code)
	return err
}

// wrong is a code that is not code.
func wrong(code string) string {
	if code[0] == '0' {
		return "1" + code[1:]
	}
	return "0" + code[1:]
}

func TestRightCode(t *testing.T) {
	b := open(t)
	code := b.send(t, "flow", idp.CodeSignIn)
	event, err := b.Verify(context.Background(), b.account.ID, "flow", idp.CodeSignIn, code)
	want := idp.AuthenticationEvent{AccountID: b.account.ID, Method: idp.MethodEmailCode, CredentialID: b.email.ID, At: b.clock.Now()}
	if err != nil || event != want {
		t.Fatalf("%+v, %v", event, err)
	}
	if err := b.verify(b.account.ID, "flow", idp.CodeSignIn, code); !errors.Is(err, idp.ErrConsumed) {
		t.Errorf("second use: %v", err)
	}
	t.Run("D3 as typed on a Japanese keyboard", func(t *testing.T) {
		code := b.send(t, "flow2", idp.CodeEnrolPasskey)
		wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, code)
		if err := b.verify(b.account.ID, "flow2", idp.CodeEnrolPasskey, " "+wide); err != nil {
			t.Error(err)
		}
	})
}

// OT-07: a code belongs to one flow, purpose and account.
func TestBinding(t *testing.T) {
	for name, f := range map[string]func(b bench, code string) error{
		"OT-07 another flow": func(b bench, code string) error {
			return b.verify(b.account.ID, "other", idp.CodeSignIn, code)
		},
		"OT-07 another purpose": func(b bench, code string) error {
			return b.verify(b.account.ID, "flow", idp.CodeVerifyAddress, code)
		},
		"OT-07 another account": func(b bench, code string) error {
			return b.verify("other", "flow", idp.CodeSignIn, code)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			code := b.send(t, "flow", idp.CodeSignIn)
			if err := f(b, code); !errors.Is(err, idp.ErrRejected) && !errors.Is(err, idp.ErrNotFound) {
				t.Errorf("accepted or %v", err)
			}
			if err := b.verify(b.account.ID, "flow", idp.CodeSignIn, code); err != nil {
				t.Errorf("its own flow afterwards: %v", err)
			}
		})
	}
	t.Run("OT-07 a flow with its own code does not take another flow's", func(t *testing.T) {
		b := open(t)
		other, email := authntest.Account(t, b.store, b.clock.Now(), "87654321")
		mine := b.send(t, "flow", idp.CodeSignIn)
		r := emailcode.Request{Account: other, To: email, FlowID: "theirs", Purpose: idp.CodeSignIn, IP: home}
		if _, err := b.Send(context.Background(), r); err != nil {
			t.Fatal(err)
		}
		if theirs := (*b.mails)[1].Code; theirs == mine {
			t.Fatal("one chance in a million")
		}
		if err := b.verify(other.ID, "theirs", idp.CodeSignIn, mine); !errors.Is(err, idp.ErrRejected) {
			t.Error(err)
		}
	})
	t.Run("OT-07 a new code voids the old, also of another flow", func(t *testing.T) {
		b := open(t)
		old := b.send(t, "flow", idp.CodeSignIn)
		b.clock.Add(2 * time.Minute)
		b.send(t, "flow2", idp.CodeSignIn)
		if err := b.verify(b.account.ID, "flow", idp.CodeSignIn, old); err == nil {
			t.Error("the old one still works")
		}
		b.clock.Add(2 * time.Minute)
		newer := b.send(t, "flow2", idp.CodeSignIn)
		if old = (*b.mails)[1].Code; old != newer {
			if err := b.verify(b.account.ID, "flow2", idp.CodeSignIn, old); !errors.Is(err, idp.ErrRejected) {
				t.Errorf("code before the resend: %v", err)
			}
		}
		if err := b.verify(b.account.ID, "flow2", idp.CodeSignIn, newer); err != nil {
			t.Error(err)
		}
	})
}

// OT-08: lifetime, form and storage of codes.
func TestCode(t *testing.T) {
	b := open(t)
	sent, err := b.Send(context.Background(), b.request("flow", idp.CodeSignIn))
	if err != nil {
		t.Fatal(err)
	}
	mail := (*b.mails)[0]
	if len(mail.Code) != 6 || strings.Trim(mail.Code, "0123456789") != "" {
		t.Errorf("OT-08: code %q", mail.Code)
	}
	if ttl := sent.ExpiresAt.Sub(b.clock.Now()); ttl != 10*time.Minute || !mail.ExpiresAt.Equal(sent.ExpiresAt) {
		t.Errorf("OT-08: lives %v", ttl)
	}
	row, err := b.store.OpenEmailCode(context.Background(), "flow", idp.CodeSignIn)
	if err != nil || strings.Contains(string(row.CodeMAC), mail.Code) || len(row.CodeMAC) < 32 {
		t.Errorf("OT-08: stored as %q, %v", row.CodeMAC, err)
	}
	b.clock.Add(10 * time.Minute)
	if err := b.verify(b.account.ID, "flow", idp.CodeSignIn, mail.Code); !errors.Is(err, idp.ErrExpired) {
		t.Errorf("OT-08: after ten minutes: %v", err)
	}
	t.Run("OT-08 a policy cannot weaken it", func(t *testing.T) {
		b.Policy = emailcode.Policy{Digits: 4, TTL: time.Hour, Attempts: 1000}
		sent, err := b.Send(context.Background(), b.request("flow3", idp.CodeSignIn))
		if err != nil || sent.ExpiresAt.Sub(b.clock.Now()) > 10*time.Minute || len((*b.mails)[1].Code) < 6 {
			t.Errorf("%+v, %v", sent, err)
		}
	})
}

// OT-08: every digit is equally likely in every place. With 3,000 codes a place's count
// of a digit has mean 300 and deviation 16; a modulo over a byte or 32-bit word would pass,
// but the leading digit of a code that is not zero-padded or is cut would not.
func TestCodesAreUniform(t *testing.T) {
	b := open(t)
	b.Limiter = unlimited{}
	var counts [6][10]int
	const n = 3000
	for range n {
		b.clock.Add(time.Minute)
		for i, d := range b.send(t, "flow", idp.CodeSignIn) {
			counts[i][d-'0']++
		}
	}
	for i := range counts {
		for d, c := range counts[i] {
			if c < n/10-125 || c > n/10+125 {
				t.Errorf("OT-08: digit %d in place %d came %d times of %d", d, i, c, n)
			}
		}
	}
}

type unlimited struct{}

func (unlimited) Send(context.Context, throttle.Subject, string, netip.Addr) error { return nil }

// OT-03, OT-09: attempts.
func TestAttempts(t *testing.T) {
	t.Run("OT-03 five wrong ones void the code", func(t *testing.T) {
		b := open(t)
		code := b.send(t, "flow", idp.CodeSignIn)
		for range 5 {
			if err := b.verify(b.account.ID, "flow", idp.CodeSignIn, wrong(code)); !errors.Is(err, idp.ErrRejected) {
				t.Fatal(err)
			}
		}
		if err := b.verify(b.account.ID, "flow", idp.CodeSignIn, code); !errors.Is(err, idp.ErrTooMany) {
			t.Errorf("right code after five wrong ones: %v", err)
		}
		b.clock.Add(2 * time.Minute)
		if _, err := b.Send(context.Background(), b.request("flow", idp.CodeSignIn)); !errors.Is(err, idp.ErrTooMany) {
			t.Errorf("OT-09: another code for a flow without attempts: %v", err)
		}
	})
	t.Run("OT-09 a resend gives no new attempts", func(t *testing.T) {
		b := open(t)
		code := b.send(t, "flow", idp.CodeSignIn)
		for range 4 {
			if err := b.verify(b.account.ID, "flow", idp.CodeSignIn, wrong(code)); !errors.Is(err, idp.ErrRejected) {
				t.Fatal(err)
			}
		}
		b.clock.Add(2 * time.Minute)
		code = b.send(t, "flow", idp.CodeSignIn)
		if err := b.verify(b.account.ID, "flow", idp.CodeSignIn, wrong(code)); !errors.Is(err, idp.ErrRejected) {
			t.Fatal(err)
		}
		if err := b.verify(b.account.ID, "flow", idp.CodeSignIn, code); !errors.Is(err, idp.ErrTooMany) {
			t.Errorf("sixth attempt of the flow: %v", err)
		}
	})
}

// OT-02, OT-03: fifty at once, on both databases.
func TestParallel(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, store *storage.Store) {
		b := openOn(t, store)
		t.Run("OT-03 guesses", func(t *testing.T) {
			code, compared := b.send(t, "flow", idp.CodeSignIn), 0
			for _, err := range authntest.Race(50, func(int) error {
				return b.verify(b.account.ID, "flow", idp.CodeSignIn, wrong(code))
			}) {
				if errors.Is(err, idp.ErrRejected) {
					compared++
				} else if !errors.Is(err, idp.ErrTooMany) {
					t.Fatal(err)
				}
			}
			if compared != 5 {
				t.Errorf("%d of 50 parallel guesses were compared", compared)
			}
		})
		t.Run("OT-02 the right code", func(t *testing.T) {
			b.Policy.Attempts = 10
			code, won := b.send(t, "flow2", idp.CodeSignIn), 0
			for _, err := range authntest.Race(50, func(int) error { return b.verify(b.account.ID, "flow2", idp.CodeSignIn, code) }) {
				if err == nil {
					won++
				}
			}
			if won != 1 {
				t.Errorf("%d of 50 won", won)
			}
		})
	})
}

// OT-09: mails are not sent as often as asked for.
func TestResend(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	b.send(t, "flow", idp.CodeSignIn)
	_, err := b.Send(ctx, b.request("flow", idp.CodeSignIn))
	if r, ok := throttle.AsRefusal(err); !ok || r.Until.Sub(b.clock.Now()) != time.Minute {
		t.Errorf("OT-09: resend at once: %v", err)
	}
	open, err := b.Open(ctx, "flow", idp.CodeSignIn)
	if err != nil || open.ResendAt.Sub(b.clock.Now()) != time.Minute {
		t.Errorf("page: %+v, %v", open, err)
	}
	for i := range 3 {
		b.clock.Add(time.Minute)
		_, err = b.Send(ctx, b.request("flow"+string(rune('a'+i)), idp.CodeSignIn))
	}
	if !errors.Is(err, idp.ErrTooMany) || len(*b.mails) != 3 {
		t.Errorf("OT-09: new flows: %d mails, then %v", len(*b.mails), err)
	}
	queued := len(authntest.Outbox(t, b.store, b.clock.Now()))
	if queued != len(*b.mails) {
		t.Errorf("%d mails composed, %d queued with their codes", len(*b.mails), queued)
	}
}

// OT-13, ID-06: codes go to the account's own verified addresses only.
func TestAddress(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	r := b.request("flow", idp.CodeSignIn)
	r.To.VerifiedAt = time.Time{}
	if _, err := b.Send(ctx, r); !errors.Is(err, idp.ErrRejected) {
		t.Errorf("unverified address: %v", err)
	}
	_, theirs := authntest.Account(t, b.store, b.clock.Now(), "87654321")
	r = b.request("flow", idp.CodeSignIn)
	r.To = theirs
	if _, err := b.Send(ctx, r); !errors.Is(err, idp.ErrRejected) {
		t.Errorf("another account's address: %v", err)
	}
	if len(*b.mails) != 0 {
		t.Errorf("%d mails", len(*b.mails))
	}
	r = b.request("flow", idp.CodeVerifyAddress)
	r.To.VerifiedAt = time.Time{}
	if _, err := b.Send(ctx, r); err != nil {
		t.Errorf("verifying an address: %v", err)
	}
}

// A mail that cannot be composed leaves no code behind.
func TestComposeFails(t *testing.T) {
	b := open(t)
	broken := errors.New("template")
	b.Compose = func(context.Context, emailcode.Message) (idp.OutboxMessage, error) {
		return idp.OutboxMessage{}, broken
	}
	if _, err := b.Send(context.Background(), b.request("flow", idp.CodeSignIn)); !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := b.Open(context.Background(), "flow", idp.CodeSignIn); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("a code nobody was sent: %v", err)
	}
}
