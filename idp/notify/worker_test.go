package notify_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/idp/notify"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// patience bounds waits for something that must happen; nothing is asserted about speed.
const patience = 30 * time.Second

func await[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s did not happen", what)
		panic("unreachable")
	}
}

// live composes with the real clock, because the database's clock decides what is due.
func live(t *testing.T, v *keys.Vault) *notify.Composer {
	t.Helper()
	c, err := notify.NewComposer(notify.Options{Firm: map[string]string{"ja": "青葉証券"}, Vault: v})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func queue(t *testing.T, store *storage.Store, c *notify.Composer, n int) {
	t.Helper()
	var out []idp.OutboxMessage
	for i := range n {
		to := address()
		to.Address = fmt.Sprintf("customer%d@example.jp", i)
		m, err := c.Compose(notify.PasswordChanged, to, "ja", notify.Data{})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	if err := store.AddOutbox(t.Context(), out); err != nil {
		t.Fatal(err)
	}
}

func pending(t *testing.T, store *storage.Store) int {
	t.Helper()
	n, _, err := store.OutboxStats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// start runs a worker until the test or stop ends it; stop waits for Run to return.
func start(t *testing.T, o notify.WorkerOptions) (w *notify.Worker, stop func()) {
	t.Helper()
	w, err := notify.NewWorker(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); await(t, done, "stop") }) }
	t.Cleanup(stop)
	return w, stop
}

type senderFunc func(context.Context, notify.Mail) error

func (f senderFunc) Send(ctx context.Context, m notify.Mail) error { return f(ctx, m) }

// LG-05: a mail server that is down loses nothing; the provider and a restarted worker
// deliver what was committed meanwhile.
func TestLG05MailServerDownLosesNothing(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, store *storage.Store) {
		v := vault(t)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close() // nobody answers there for now
		sender, err := notify.NewSMTP(notify.SMTPOptions{Host: "127.0.0.1", Port: port, Encryption: notify.Plain, From: "no-reply@aoba.example"})
		if err != nil {
			t.Fatal(err)
		}
		failed, delivered := make(chan string, 100), make(chan notify.Kind, 100)
		o := notify.WorkerOptions{
			Store: store, Vault: v, Sender: sender, Poll: 5 * time.Millisecond, Base: 4 * time.Millisecond, Max: 20 * time.Millisecond,
			Metrics: notify.Metrics{
				Failed:    func(class string) { nonBlocking(failed, class) },
				Delivered: func(k notify.Kind, _ time.Duration) { delivered <- k },
			},
		}
		queue(t, store, live(t, v), 3)
		_, stop := start(t, o)
		for range 6 {
			if class := await(t, failed, "a failed attempt"); class != "connect" {
				t.Errorf("failure class %q", class)
			}
		}
		stop()
		if n := pending(t, store); n != 3 {
			t.Fatalf("%d of 3 mails still queued", n)
		}
		back, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatal(err)
		}
		m := &mailServer{listener: back}
		m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{m: m}, nil }))
		go m.server.Serve(back)
		t.Cleanup(func() { m.server.Close() })
		_, stop = start(t, o)
		for range 3 {
			await(t, delivered, "delivery")
		}
		stop()
		if n := pending(t, store); n != 0 || len(m.mails()) != 3 {
			t.Errorf("%d queued, %d arrived, want 0 and 3", n, len(m.mails()))
		}
	})
}

func nonBlocking[T any](c chan T, v T) {
	select {
	case c <- v:
	default:
	}
}

// Several workers on several connections: each mail goes out once.
func TestWorkersNeverLeaseTheSameMail(t *testing.T) {
	storagetest.EachURL(t, func(t *testing.T, url string) {
		first := storagetest.Open(t, url)
		if err := first.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		stores := []*storage.Store{first, storagetest.Open(t, url), storagetest.Open(t, url)}
		v := vault(t)
		const mails = 120
		queue(t, first, live(t, v), mails)
		var mu sync.Mutex
		times := map[string]int{}
		delivered := make(chan notify.Kind, 2*mails)
		for _, s := range stores {
			start(t, notify.WorkerOptions{
				Store: s, Vault: v, Batch: 5, Poll: 5 * time.Millisecond,
				Sender: senderFunc(func(_ context.Context, m notify.Mail) error {
					mu.Lock()
					defer mu.Unlock()
					times[m.To]++
					return nil
				}),
				Metrics: notify.Metrics{Delivered: func(k notify.Kind, _ time.Duration) { delivered <- k }},
			})
		}
		for range mails {
			await(t, delivered, "delivery")
		}
		mu.Lock()
		defer mu.Unlock()
		for to, n := range times {
			if n != 1 {
				t.Errorf("%s got %d mails", to, n)
			}
		}
		if len(times) != mails {
			t.Errorf("%d of %d customers got their mail", len(times), mails)
		}
	})
}

// A worker that died holding a lease: the mail goes out when the lease has run out.
func TestDeadWorkersLeaseRunsOut(t *testing.T) {
	store, v := storagetest.Memory(t), vault(t)
	queue(t, store, live(t, v), 1)
	leased, err := store.LeaseOutbox(t.Context(), 10, time.Now(), time.Minute)
	if err != nil || len(leased) != 1 {
		t.Fatalf("leased %d, %v", len(leased), err)
	}
	if again, err := store.LeaseOutbox(t.Context(), 10, time.Now(), time.Minute); err != nil || len(again) != 0 {
		t.Fatalf("a leased mail was leased again: %d, %v", len(again), err)
	}
	got := make(chan notify.Mail, 1)
	start(t, notify.WorkerOptions{
		Store: store, Vault: v, Now: func() time.Time { return time.Now().Add(2 * time.Minute) }, Poll: 5 * time.Millisecond,
		Sender: senderFunc(func(_ context.Context, m notify.Mail) error { got <- m; return nil }),
	})
	if m := await(t, got, "delivery"); m.ID != leased[0].ID {
		t.Errorf("mail %s, want %s", m.ID, leased[0].ID)
	}
}

func TestNotifyWakesAndStopWaitsForMailInFlight(t *testing.T) {
	store, v := storagetest.Memory(t), vault(t)
	begun, release := make(chan struct{}), make(chan struct{})
	idle := make(chan int, 10)
	w, stop := start(t, notify.WorkerOptions{
		Store: store, Vault: v, Poll: time.Hour,
		Sender:  senderFunc(func(context.Context, notify.Mail) error { begun <- struct{}{}; <-release; return nil }),
		Metrics: notify.Metrics{Backlog: func(n int, _ time.Duration) { idle <- n }},
	})
	if n := await(t, idle, "the first idle round"); n != 0 {
		t.Fatalf("backlog %d", n)
	}
	queue(t, store, live(t, v), 1)
	w.Notify() // the next poll would be in an hour
	await(t, begun, "the attempt")
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	select {
	case <-stopped:
		t.Fatal("stopped with a mail in flight")
	case release <- struct{}{}:
	}
	await(t, stopped, "stop")
	if n := pending(t, store); n != 0 {
		t.Errorf("%d queued: the mail that was sent will be sent again", n)
	}
}

// A recipient the server refuses for good is tried rarely, and what is stored of the
// failure holds no address.
func TestRefusedRecipientIsTriedRarely(t *testing.T) {
	store, v := storagetest.Memory(t), vault(t)
	m := startMailServer(t, nil, false)
	m.setRefuse(&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "customer0@example.jp unknown"})
	sender, err := notify.NewSMTP(notify.SMTPOptions{Host: "127.0.0.1", Port: m.port(), Encryption: notify.Plain, From: "no-reply@aoba.example"})
	if err != nil {
		t.Fatal(err)
	}
	queue(t, store, live(t, v), 1)
	var log bytes.Buffer
	failed := make(chan string, 10)
	_, stop := start(t, notify.WorkerOptions{
		Store: store, Vault: v, Sender: sender, Poll: 5 * time.Millisecond, Base: time.Millisecond,
		Logger:  slog.New(slog.NewTextHandler(&log, nil)),
		Metrics: notify.Metrics{Failed: func(class string) { failed <- class }},
	})
	if class := await(t, failed, "the refusal"); class != "recipient 550" {
		t.Errorf("class %q", class)
	}
	stop()
	for hours, want := range map[int]int{5: 0, 7: 1} {
		got, err := store.LeaseOutbox(t.Context(), 10, time.Now().Add(time.Duration(hours)*time.Hour), time.Nanosecond)
		if err != nil || len(got) != want {
			t.Errorf("after %d h %d due, want %d (%v)", hours, len(got), want, err)
		}
		if len(got) == 1 && got[0].LastError != "recipient 550" {
			t.Errorf("stored error %q", got[0].LastError)
		}
	}
	if strings.Contains(log.String(), "@example.jp") {
		t.Errorf("LG-01: an address in the log: %s", log.String())
	}
}

// What cannot be opened is kept and reported, and does not stop the others.
func TestForeignPayloadStaysAndOthersGo(t *testing.T) {
	store, v := storagetest.Memory(t), vault(t)
	c := live(t, v)
	queue(t, store, c, 1)
	foreign, err := live(t, vault(t)).Compose(notify.PasswordChanged, address(), "ja", notify.Data{})
	if err != nil {
		t.Fatal(err)
	}
	swapped, err := c.Compose(notify.PasswordChanged, address(), "ja", notify.Data{})
	if err != nil {
		t.Fatal(err)
	}
	swapped.ID = idp.NewID() // another row's payload: the seal is bound to the id
	if err := store.AddOutbox(t.Context(), []idp.OutboxMessage{foreign, swapped}); err != nil {
		t.Fatal(err)
	}
	sent, failed := make(chan notify.Mail, 10), make(chan string, 10)
	_, stop := start(t, notify.WorkerOptions{
		Store: store, Vault: v, Poll: 5 * time.Millisecond, Base: time.Hour, Max: time.Hour,
		Sender:  senderFunc(func(_ context.Context, m notify.Mail) error { sent <- m; return nil }),
		Metrics: notify.Metrics{Failed: func(class string) { failed <- class }},
	})
	for range 2 {
		if class := await(t, failed, "a refusal to open"); class != "sealed" {
			t.Errorf("class %q", class)
		}
	}
	if m := await(t, sent, "delivery"); m.To != "customer0@example.jp" {
		t.Errorf("sent to %s", m.To)
	}
	stop()
	if n := pending(t, store); n != 2 {
		t.Errorf("%d kept, want 2", n)
	}
}

func TestDatabaseGoneIsNotTheEnd(t *testing.T) {
	store, v := storagetest.Memory(t), vault(t)
	queue(t, store, live(t, v), 1)
	sent := make(chan notify.Mail, 1)
	start(t, notify.WorkerOptions{
		Store: &flaky{Store: store, failures: 3}, Vault: v, Poll: time.Millisecond,
		Sender: senderFunc(func(_ context.Context, m notify.Mail) error { sent <- m; return nil }),
	})
	await(t, sent, "delivery after the database came back")
}

// flaky is the real outbox behind a connection that breaks.
type flaky struct {
	*storage.Store
	mu       sync.Mutex
	failures int
}

func (f *flaky) LeaseOutbox(ctx context.Context, n int, now time.Time, lease time.Duration) ([]idp.OutboxMessage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failures > 0 {
		f.failures--
		return nil, fmt.Errorf("lease: %w", idp.ErrUnavailable)
	}
	return f.Store.LeaseOutbox(ctx, n, now, lease)
}

func TestWorkerNeedsItsParts(t *testing.T) {
	if _, err := notify.NewWorker(notify.WorkerOptions{}); err == nil {
		t.Error("a worker without a store")
	}
	if _, err := notify.NewComposer(notify.Options{Firm: map[string]string{"ja": "x"}}); err == nil {
		t.Error("a composer without a vault")
	}
}
