package main

import (
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"sekisho/cmd/mailbox"
	"sekisho/idp/idptest"
	"sekisho/storage/storagetest"
)

// relay is the network between a node and its PostgreSQL, which can be cut.
type relay struct {
	t                *testing.T
	network, target  string // of the server
	addr, url        string // of the relay; the database through it
	mu               sync.Mutex
	listener         net.Listener
	ends             map[net.Conn]bool
	accepted, served sync.WaitGroup
}

// newRelay makes a database of the test's own and the relay to it.
func newRelay(t *testing.T) *relay {
	t.Helper()
	u, err := url.Parse(storagetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{t: t, network: "tcp", target: u.Host, addr: address(t), ends: map[net.Conn]bool{}}
	q := u.Query()
	if folder := q.Get("host"); strings.HasPrefix(folder, "/") {
		r.network, r.target = "unix", folder+"/.s.PGSQL.5432"
	} else if u.Port() == "" {
		r.target = net.JoinHostPort(u.Hostname(), "5432")
	}
	q.Del("host")
	u.Host, u.RawQuery = r.addr, q.Encode()
	r.url = u.String()
	r.mend()
	t.Cleanup(r.cut)
	return r
}

// mend opens the relay.
func (r *relay) mend() {
	r.t.Helper()
	l, err := net.Listen("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	r.listener = l
	r.mu.Unlock()
	r.accepted.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			r.join(near)
		}
	})
}

func (r *relay) join(near net.Conn) {
	far, err := net.Dial(r.network, r.target)
	if err != nil {
		near.Close()
		return
	}
	r.mu.Lock()
	r.ends[near], r.ends[far] = true, true
	r.mu.Unlock()
	for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
		r.served.Go(func() {
			buffer := make([]byte, 32<<10)
			for {
				n, err := pair[0].Read(buffer)
				if n > 0 {
					_, err = pair[1].Write(buffer[:n])
				}
				if err != nil {
					pair[0].Close()
					pair[1].Close()
					return
				}
			}
		})
	}
}

// cut ends every connection and takes no new one.
func (r *relay) cut() {
	r.mu.Lock()
	r.listener.Close()
	r.mu.Unlock()
	r.accepted.Wait()
	r.mu.Lock()
	for c := range r.ends {
		c.Close()
	}
	clear(r.ends)
	r.mu.Unlock()
	r.served.Wait()
}

// The database goes away under a running node and comes back: it says so, gives nothing
// that could not be accounted for, and recovers without anybody's help. LG-05
func TestDatabaseGoesAndComesBack(t *testing.T) {
	d, db := newDesk(t), newRelay(t)
	s := d.serve("sekisho.yaml", "sqlite:DIR/sekisho.db", db.url)
	var c shownClient
	d.json(&c, "client", "add", "--id", "batch", "--grant-type", "client_credentials")
	token := func() int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.host()+"/token", strings.NewReader("grant_type=client_credentials"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("batch", c.Secret)
		return idptest.Send(t, r).Status
	}
	status := func(listener, path string) int {
		code, _, _ := s.get(listener, path, "")
		return code
	}
	eventually(t, func() bool { return token() == http.StatusOK })
	if got := status(s.ops, "/readyz"); got != http.StatusOK {
		t.Fatalf("not ready: %d", got)
	}

	db.cut()
	if got, _, body := s.get(s.ops, "/readyz", ""); got != http.StatusServiceUnavailable || !strings.Contains(body, "the database does not answer") {
		t.Errorf("readiness without a database: %d %s", got, body)
	}
	d.fails(1, []string{"database.url", "does not answer"}, "client", "list")
	d.fails(1, []string{"database.url", "does not answer"}, "migrate", "--status")
	for path, want := range map[string]int{"/": 200, "/jwks": 200, "/help/signin": 200, "/account": 503, "/authorize?client_id=batch": 503} {
		if got := status(s.public, path); got != want && want == 200 || got < 400 && want != 200 {
			t.Errorf("%s without a database: %d, want %d", path, got, want)
		}
	}
	if got := status(s.ops, "/healthz"); got != http.StatusOK {
		t.Errorf("a node that only waits for its database would be killed: %d", got)
	}
	answered := 0
	eventually(t, func() bool { // a short trouble refuses nobody, a longer one everybody
		got := token()
		if got == http.StatusOK {
			answered++
		}
		return got == http.StatusServiceUnavailable
	})

	db.mend()
	eventually(t, func() bool { return status(s.ops, "/readyz") == http.StatusOK })
	eventually(t, func() bool { return token() == http.StatusOK })
	s.browser().Get("/account").Form(t, "/password")
	s.stop()
	var trail []struct{ Event string }
	d.json(&trail, "audit", "list", "--client", "batch", "--event", "token.issued", "--limit", "1000")
	if len(trail) < answered+2 {
		t.Errorf("LG-05: %d tokens were given while the database was away, %d records in all", answered, len(trail))
	}
}

// The mail server is down when a customer needs a code: the page says nothing else than
// ever, the code arrives when the server is back, and still opens the door.
func TestMailServerDownThenUp(t *testing.T) {
	d := newDesk(t)
	smtp := address(t)
	_, port, _ := net.SplitHostPort(smtp)
	s := d.serve("sekisho.yaml", "mail: {kind: development", "mail: {kind: smtp, smtp: {host: 127.0.0.1, port: "+port+", tls: none}")
	d.ok("account", "add", "--login-name", "10000001", "--email", "hanako@example.co.jp", "--invite")
	box := serveMail(t, smtp)
	invitation := box.code(t, 1, regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){3}`))
	b := s.browser()
	b.Get("/invite")
	b.Submit("/invite", "login", "10000001", "code", invitation)
	const secret = "akagi-no-yama-2026"
	if page := b.Submit("/password/new", "new", secret); page.Status != http.StatusOK {
		t.Fatalf("the account was not opened: %d %s", page.Status, page.Body)
	}
	box.close(t)

	b = s.browser()
	b.Get("/account")
	page := b.Submit("/password", "login", "10000001", "password", secret)
	if page.Status != http.StatusOK || !page.Has("/code") || page.Has("/password") {
		t.Fatalf("the page of a customer whose mail waits: %d\n%s", page.Status, page.Body)
	}
	eventually(t, func() bool { // it was tried, and not given up
		_, _, metrics := s.get(s.ops, "/metrics", "")
		return regexp.MustCompile(`sekisho_mail_total\{outcome="failed"\} [1-9]`).MatchString(metrics)
	})
	if got, _, _ := s.get(s.ops, "/readyz", ""); got != http.StatusOK {
		t.Errorf("a mail server that is down takes the node out: %d", got)
	}
	box = serveMail(t, smtp)
	code := box.code(t, 1, regexp.MustCompile(`\b[0-9]{3} ?[0-9]{3}\b`))
	if page = b.Submit("/code", "code", code); page.URL.Path != "/account" || !page.Has("/account/logout") {
		t.Errorf("the late code does not sign in: %d %s\n%s", page.Status, page.URL, page.Body)
	}
}

// mailServer is a mail server at a fixed address.
type mailServer struct {
	box  *mailbox.Box
	done chan error
}

func serveMail(t *testing.T, addr string) mailServer {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	m := mailServer{mailbox.New(mailbox.Options{}), make(chan error, 1)}
	go func() { m.done <- m.box.ServeSMTP(l) }()
	t.Cleanup(func() { m.box.Close() })
	return m
}

func (m mailServer) close(t *testing.T) {
	t.Helper()
	if err := m.box.Close(); err != nil {
		t.Fatal(err)
	}
	<-m.done
}

// code waits for the n-th mail and returns what matches in the newest.
func (m mailServer) code(t *testing.T, n int, pattern *regexp.Regexp) string {
	t.Helper()
	eventually(t, func() bool { return len(m.box.Mails()) >= n })
	found := pattern.FindString(m.box.Mails()[0].Text)
	if found == "" {
		t.Fatalf("no code in:\n%s", m.box.Mails()[0].Text)
	}
	return found
}
