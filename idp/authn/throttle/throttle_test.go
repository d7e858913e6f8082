package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/internal/authntest"
	"sekisho/idp/authn/throttle"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

var home = netip.MustParseAddr("192.0.2.10")

type bench struct {
	*throttle.Service
	store *storage.Store
	clock *authntest.Clock
}

func open(t *testing.T, change func(*throttle.Limits)) bench {
	t.Helper()
	return openOn(t, storagetest.Memory(t), change)
}

func openOn(t *testing.T, store *storage.Store, change func(*throttle.Limits)) bench {
	t.Helper()
	clock := authntest.NewClock()
	limits := throttle.DefaultLimits()
	if change != nil {
		change(&limits)
	}
	return bench{&throttle.Service{Store: store, Vault: authntest.Vault(t), Now: clock.Now, Limits: limits}, store, clock}
}

// fail makes one wrong attempt and returns what the person is told.
func (b bench) fail(t *testing.T, f throttle.Factor, s throttle.Subject, ip netip.Addr) throttle.Notice {
	t.Helper()
	a, err := b.Begin(context.Background(), f, s, ip)
	if err != nil {
		t.Fatalf("attempt refused: %v", err)
	}
	n, err := b.Failed(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// host is one of many addresses, each in a network of its own.
func host(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 7})
}

// PW-08, PW-09, B2: five failures lock, the lock grows, and a name nobody has behaves the same.
func TestGrowingLock(t *testing.T) {
	for name, subject := range map[string]throttle.Subject{
		"PW-09 known account":          throttle.Known("acc"),
		"PW-08 unknown name, the same": throttle.Unknown("nobody"),
	} {
		t.Run(name, func(t *testing.T) {
			b, ctx := open(t, nil), context.Background()
			var left []int
			for range 4 {
				left = append(left, b.fail(t, throttle.Password, subject, home).Left)
			}
			if fmt.Sprint(left) != "[0 3 2 1]" {
				t.Errorf("left tries told: %v", left)
			}
			n := b.fail(t, throttle.Password, subject, home)
			if want := b.clock.Now().Add(time.Minute); !n.LockedUntil.Equal(want) || n.Left != 0 {
				t.Fatalf("fifth failure: %+v, want a lock until %v", n, want)
			}
			_, err := b.Begin(ctx, throttle.Password, subject, home)
			r, ok := throttle.AsRefusal(err)
			if !ok || !errors.Is(err, idp.ErrLocked) || !r.Until.Equal(n.LockedUntil) {
				t.Fatalf("attempt during the lock: %v", err)
			}
			b.clock.Add(time.Minute)
			n = b.fail(t, throttle.Password, subject, home)
			if got := n.LockedUntil.Sub(b.clock.Now()); got != 2*time.Minute {
				t.Errorf("B2: second lock lasts %v, want 2m", got)
			}
		})
	}
}

// PW-09: a hundred consecutive failures disable the authenticator until it is rebound.
func TestHardCap(t *testing.T) {
	b, ctx := open(t, func(l *throttle.Limits) {
		l.Address, l.Network, l.Failures = idp.RateLimit{}, idp.RateLimit{}, idp.RateLimit{}
	}), context.Background()
	for i := range 100 {
		b.fail(t, throttle.Password, throttle.Known("acc"), home)
		if i < 99 {
			b.clock.Add(12 * time.Hour)
		}
	}
	b.clock.Add(5 * 365 * 24 * time.Hour)
	_, err := b.Begin(ctx, throttle.Password, throttle.Known("acc"), home)
	if r, ok := throttle.AsRefusal(err); !ok || !r.Hard {
		t.Fatalf("PW-09: after the hard cap and five years: %v", err)
	}
	if err := b.Release(ctx, throttle.Password, "acc"); err != nil {
		t.Fatal(err)
	}
	if n := b.fail(t, throttle.Password, throttle.Known("acc"), home); n.Locked(b.clock.Now()) {
		t.Errorf("after the desk lifted it: %+v", n)
	}
}

// PW-09, PW-10: success and locks concern one factor of one account.
func TestFactorsAreSeparate(t *testing.T) {
	b, ctx := open(t, nil), context.Background()
	acc := throttle.Known("acc")
	for range 5 {
		b.fail(t, throttle.Password, acc, home)
	}
	t.Run("PW-10 password lock leaves other factors and accounts alone", func(t *testing.T) {
		for _, f := range []throttle.Factor{throttle.TOTP, throttle.EmailCode, throttle.TransactionPassword} {
			if n := b.fail(t, f, acc, home); n.Locked(b.clock.Now()) {
				t.Errorf("%s is locked too: %+v", f, n)
			}
		}
		b.fail(t, throttle.Password, throttle.Known("other"), home)
	})
	t.Run("PW-10 password lock leaves passkey ceremonies alone", func(t *testing.T) {
		if err := b.Ceremony(ctx, home); err != nil {
			t.Error(err)
		}
	})
	t.Run("PW-09 success with TOTP does not free the password", func(t *testing.T) {
		a, err := b.Begin(ctx, throttle.TOTP, acc, home)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Succeeded(ctx, a); err != nil {
			t.Fatal(err)
		}
		if n, err := b.State(ctx, throttle.Password, "acc"); err != nil || !n.Locked(b.clock.Now()) {
			t.Errorf("password after TOTP success: %+v, %v", n, err)
		}
		if n, err := b.State(ctx, throttle.TOTP, "acc"); err != nil || n != (throttle.Notice{}) {
			t.Errorf("TOTP after its success: %+v, %v", n, err)
		}
	})
}

// PW-11, B2: one address over many accounts, one try each.
func TestSprayFromOneAddress(t *testing.T) {
	b := open(t, nil)
	tried := 0
	var err error
	for ; tried < 1000; tried++ {
		var a throttle.Attempt
		if a, err = b.Begin(context.Background(), throttle.Password, throttle.Known(fmt.Sprint(tried)), home); err != nil {
			break
		}
		if _, err = b.Failed(context.Background(), a); err != nil {
			t.Fatal(err)
		}
	}
	if !errors.Is(err, idp.ErrTooMany) || tried > 100 {
		t.Fatalf("PW-11: %d accounts tried from one address, then %v", tried, err)
	}
	t.Run("PW-11 a neighbour in the same IPv6 /64 is the same address", func(t *testing.T) {
		b := open(t, func(l *throttle.Limits) { l.Address.Burst = 1 })
		b.fail(t, throttle.Password, throttle.Known("a"), netip.MustParseAddr("2001:db8:1:2::1"))
		_, err := b.Begin(context.Background(), throttle.Password, throttle.Known("b"), netip.MustParseAddr("2001:db8:1:2:ffff::9"))
		if !errors.Is(err, idp.ErrTooMany) {
			t.Errorf("second address of the host: %v", err)
		}
		b.fail(t, throttle.Password, throttle.Known("b"), netip.MustParseAddr("2001:db8:1:3::1"))
	})
	t.Run("PW-11 a mapped IPv4 address is the same address", func(t *testing.T) {
		b := open(t, func(l *throttle.Limits) { l.Address.Burst = 1 })
		b.fail(t, throttle.Password, throttle.Known("a"), home)
		_, err := b.Begin(context.Background(), throttle.Password, throttle.Known("b"), netip.MustParseAddr("::ffff:192.0.2.10"))
		if !errors.Is(err, idp.ErrTooMany) {
			t.Errorf("mapped form: %v", err)
		}
	})
	t.Run("a customer refused for the address is not counted against", func(t *testing.T) {
		_, err := b.Begin(context.Background(), throttle.Password, throttle.Known("victim"), home)
		if !errors.Is(err, idp.ErrTooMany) {
			t.Fatal(err)
		}
		for i := range 4 {
			if n := b.fail(t, throttle.Password, throttle.Known("victim"), host(i)); n.Locked(b.clock.Now()) {
				t.Fatalf("locked after %d own attempts", i+1)
			}
		}
	})
}

// PW-11: many addresses over many accounts trip the alarm; a person at home still gets through.
func TestSprayFromManyAddresses(t *testing.T) {
	b, ctx := open(t, func(l *throttle.Limits) { l.Failures = idp.RateLimit{Every: time.Second, Burst: 200} }), context.Background()
	for i := range 201 {
		b.fail(t, throttle.Password, throttle.Known(fmt.Sprint("acc", i)), host(i))
	}
	if on, err := b.Alarmed(ctx); err != nil || !on {
		t.Fatalf("PW-11: alarm after 201 failures: %v, %v", on, err)
	}
	for i := range 3 {
		if a, err := b.Begin(ctx, throttle.Password, throttle.Known(fmt.Sprint("bot", i)), host(1)); err != nil || !a.Alarm {
			t.Fatalf("attempt %d of a network under alarm: %+v, %v", i+1, a, err)
		}
	}
	if _, err := b.Begin(ctx, throttle.Password, throttle.Known("bot4"), host(1)); !errors.Is(err, idp.ErrTooMany) {
		t.Errorf("PW-11: fourth attempt of a network under alarm: %v", err)
	}
	if _, err := b.Begin(ctx, throttle.Password, throttle.Known("customer"), home); err != nil {
		t.Errorf("PW-11: a customer at home under alarm: %v", err)
	}
	b.clock.Add(11 * time.Minute)
	if on, err := b.Alarmed(ctx); err != nil || on {
		t.Errorf("alarm after its time: %v, %v", on, err)
	}
}

// OT-03, PW-09: parallel attempts from everywhere cannot outrun the counter, on both
// databases, and a second node counts on.
func TestParallelAttempts(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, store *storage.Store) {
		b := openOn(t, store, nil)
		errs := authntest.Race(50, func(i int) error {
			_, err := b.Begin(context.Background(), throttle.TOTP, throttle.Known("acc"), host(i))
			return err
		})
		allowed := 0
		for _, err := range errs {
			if err == nil {
				allowed++
			} else if !errors.Is(err, idp.ErrLocked) {
				t.Fatal(err)
			}
		}
		if allowed != 5 {
			t.Errorf("OT-03: %d of 50 parallel attempts were let through, want 5", allowed)
		}
		node := &throttle.Service{Store: store, Vault: b.Vault, Now: b.clock.Now, Limits: throttle.DefaultLimits()}
		if _, err := node.Begin(context.Background(), throttle.TOTP, throttle.Known("acc"), home); !errors.Is(err, idp.ErrLocked) {
			t.Errorf("PW-09: a node that just started: %v", err)
		}
	})
}

// OT-09: sends are limited per account, mailbox, address and in all.
func TestSendLimits(t *testing.T) {
	ctx := context.Background()
	for name, tc := range map[string]struct {
		subject func(i int) throttle.Subject
		mailbox func(i int) string
		ip      func(i int) netip.Addr
		most    int
	}{
		"OT-09 one account, many addresses": {func(int) throttle.Subject { return throttle.Known("a") }, nil, host, 3},
		"OT-09 one mailbox, many accounts":  {nil, func(int) string { return "x@example.com" }, host, 3},
		"OT-09 one address":                 {nil, nil, func(int) netip.Addr { return home }, 20},
		"OT-09 all together":                {nil, nil, nil, 500},
		"OT-09 unknown name":                {func(int) throttle.Subject { return throttle.Unknown("n") }, func(int) string { return "" }, host, 3},
	} {
		t.Run(name, func(t *testing.T) {
			b, sent := open(t, nil), 0
			for i := range 600 {
				subject, mailbox, ip := throttle.Known(fmt.Sprint(i)), fmt.Sprint(i, "@example.com"), host(i)
				if tc.subject != nil {
					subject = tc.subject(i)
				}
				if tc.mailbox != nil {
					mailbox = tc.mailbox(i)
				}
				if tc.ip != nil {
					ip = tc.ip(i)
				}
				err := b.Send(ctx, subject, mailbox, ip)
				if r, ok := throttle.AsRefusal(err); ok {
					if !r.Until.After(b.clock.Now()) {
						t.Errorf("refusal does not say when: %+v", r)
					}
					break
				} else if err != nil {
					t.Fatal(err)
				}
				sent++
			}
			if sent != tc.most {
				t.Errorf("%d mails went out, want %d", sent, tc.most)
			}
		})
	}
}

// PA-14: beginning ceremonies is limited by address.
func TestCeremonies(t *testing.T) {
	b, begun := open(t, nil), 0
	for ; begun < 1000; begun++ {
		if err := b.Ceremony(context.Background(), home); err != nil {
			if !errors.Is(err, idp.ErrTooMany) {
				t.Fatal(err)
			}
			break
		}
	}
	if begun != 60 {
		t.Errorf("PA-14: %d ceremonies begun from one address", begun)
	}
}

// An attempt without a usable address is limited together with its like, not let through.
func TestNoAddress(t *testing.T) {
	b := open(t, func(l *throttle.Limits) { l.Address.Burst = 2 })
	for range 2 {
		b.fail(t, throttle.Password, throttle.Known("a"), netip.Addr{})
	}
	if _, err := b.Begin(context.Background(), throttle.Password, throttle.Known("b"), netip.Addr{}); !errors.Is(err, idp.ErrTooMany) {
		t.Errorf("third attempt from nowhere: %v", err)
	}
}
