package idptest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/fetch"
	"sekisho/idp/httpsafe"
	"sekisho/idp/keys"
	"sekisho/idp/oidc"
	"sekisho/idp/provider"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// Provider is a running provider.
type Provider struct {
	*provider.Provider
	URL    string // the issuer, http://localhost:PORT
	Config *config.Config
	Store  *storage.Store
	Clock  *Clock
	Mail   *Mailbox
	Logs   *LogBuffer
	T      testing.TB
}

// Options of New. The zero value is a provider on SQLite in memory.
type Options struct {
	Store *storage.Store // nil: a new one in memory
	// Edit changes the configuration before the start.
	Edit  func(*config.Config)
	Clock *Clock
	Mail  *Mailbox
	KEK   []byte // nil: a new one; pass one to restart on the same database
	Addr  string // "" : any free port
	Fetch fetch.Options
}

// LogBuffer keeps everything the provider logged, for canary tests.
type LogBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *LogBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is the log so far.
func (l *LogBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// KEK makes a key-encryption keyset.
func KEK(t testing.TB) []byte {
	t.Helper()
	kek, err := keys.NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	return kek
}

// New starts a provider that stops with the test.
func New(t testing.TB, o Options) *Provider {
	t.Helper()
	if o.Clock == nil {
		o.Clock = NewClock()
	}
	if o.Store == nil {
		o.Store = storagetest.Memory(t, storagetest.Clock(o.Clock.Now))
		if o.KEK == nil {
			o.KEK = seedSigningKeys(t, o.Store, o.Clock.Now())
		}
	}
	if o.Mail == nil {
		o.Mail = &Mailbox{}
	}
	if o.KEK == nil {
		o.KEK = KEK(t)
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	p := &Provider{URL: "http://localhost:" + port, Store: o.Store, Clock: o.Clock, Mail: o.Mail, Logs: &LogBuffer{}, T: t}
	p.Config = testConfig(p.URL, o.KEK)
	if o.Edit != nil {
		o.Edit(p.Config)
	}
	log := slog.New(slog.NewJSONHandler(p.Logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p.Provider, err = provider.New(t.Context(), provider.Options{Config: p.Config, Store: o.Store, Log: log, Now: o.Clock.Now, Sender: o.Mail, Fetch: o.Fetch})
	if err != nil {
		l.Close()
		t.Fatal("provider:", err)
	}
	p.serve(l)
	return p
}

func testConfig(issuer string, kek []byte) *config.Config {
	c := config.Demo("")
	c.Issuer = issuer
	c.KEK.Secret = config.NewSecret(string(kek))
	c.Passkey.RPID, c.Passkey.Origins = "localhost", []string{issuer}
	c.Password.Argon2 = config.Argon2{MemoryKiB: 64, Time: 1, Threads: 1}
	c.Assurance.CoolingOff = 24 * time.Hour
	c.Throttle.Requests = config.Rate{}
	c.Log = config.Log{Level: "debug", Format: "json"}
	return c
}

func (p *Provider) serve(l net.Listener) {
	server := httpsafe.NewServer(p.Handler(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := p.Run(ctx); err != nil && ctx.Err() == nil {
			p.T.Errorf("background work: %v", err)
		}
	}()
	go server.Serve(l)
	p.T.Cleanup(func() {
		server.Close()
		stop()
		<-done
	})
}

// AddClient registers a client and returns its secret, "" where its method has none.
func (p *Provider) AddClient(id string, m idp.ClientMetadata) string {
	p.T.Helper()
	checked, wrong := oidc.CheckClientMetadata(m, provider.MetadataRules(p.Config))
	if wrong != nil {
		p.T.Fatalf("client %s: %s", id, wrong.Description)
	}
	now := p.Clock.Now()
	client := &idp.Client{ID: id, Metadata: checked, CreatedAt: now, UpdatedAt: now}
	secret := ""
	if method := checked.TokenEndpointAuthMethod; method == idp.AuthClientSecretBasic || method == idp.AuthClientSecretPost {
		secret = idp.NewSecret()
		client.SecretHash = idp.HashSecret(secret)
	}
	if err := p.Store.CreateClient(context.Background(), client, idp.Effects{}); err != nil {
		p.T.Fatalf("client %s: %v", id, err)
	}
	if err := p.Clients.Poll(context.Background()); err != nil {
		p.T.Fatal(err)
	}
	return secret
}

// EditClient changes a registered client.
func (p *Provider) EditClient(id string, edit func(*idp.Client)) {
	p.T.Helper()
	client, err := p.Store.Client(context.Background(), id)
	if err != nil {
		p.T.Fatal(err)
	}
	edit(client)
	if err := p.Store.UpdateClient(context.Background(), client, idp.Effects{}); err != nil {
		p.T.Fatal(err)
	}
	if err := p.Clients.Poll(context.Background()); err != nil {
		p.T.Fatal(err)
	}
}

// HTTP is a client that follows nothing and keeps nothing.
func HTTP() *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       20 * time.Second,
	}
}
