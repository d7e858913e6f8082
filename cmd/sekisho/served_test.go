package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"sekisho/idp/idptest"
)

// served is `sekisho serve` on a desk's configuration, as one process among others.
type served struct {
	t           *testing.T
	public, ops string // host:port
	out, logs   *output
	stop        func() int // SIGTERM: ends it once and returns its status
}

// address is a free port in the form that configurations have it.
func address(t *testing.T) string { return strings.Replace(freePort(t), "localhost", "127.0.0.1", 1) }

// configure writes the desk's configuration for addresses of its own; replace is pairs of
// texts. It returns the address of the public and of the operators' listener.
func (d *desk) configure(name string, replace ...string) (public, ops string) {
	d.t.Helper()
	public, ops = address(d.t), address(d.t)
	_, port, _ := net.SplitHostPort(public)
	text := strings.NewReplacer(append(replace,
		"issuer: http://localhost:9000", "issuer: http://localhost:"+port, `addr: "localhost:0"`, "addr: "+public,
		`operations: {addr: ""}`, "operations: {addr: "+ops+"}", `mailbox_addr: "localhost:0"`, `mailbox_addr: ""`,
		"log: {level: warn}", "log: {level: info}",
	)...).Replace(deskConfig)
	d.write(name, text)
	return public, ops
}

// serve starts a node and waits until it is ready to serve.
func (d *desk) serve(name string, replace ...string) *served {
	d.t.Helper()
	public, ops := d.configure(name, replace...)
	s := &served{t: d.t, public: public, ops: ops, out: &output{}, logs: &output{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"serve", "--migrate", "--config", d.path(name)}, d.environ, strings.NewReader(""), s.out, s.logs)
	}()
	status, ended := 0, false
	s.stop = func() int {
		if !ended {
			cancel()
			status, ended = <-done, true
		}
		return status
	}
	d.t.Cleanup(func() {
		if status := s.stop(); status != 0 || s.out.String() != "" {
			d.t.Errorf("serve ended with %d\nstdout: %s\nstderr: %s", status, s.out, s.logs)
		}
	})
	eventually(d.t, func() bool {
		select {
		case status = <-done:
			ended = true
			d.t.Fatalf("serve did not start (%d):\n%s", status, s.logs)
		default:
		}
		resp, err := http.Get("http://" + ops + "/healthz")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil
	})
	return s
}

// eventually waits for something that happens by itself.
func eventually(t *testing.T, happened func() bool) {
	t.Helper()
	for range 1200 {
		if happened() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("it does not happen")
}

// get asks one of its listeners; host is the Host header, "" for the issuer's.
func (s *served) get(listener, path, host string) (int, http.Header, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://"+listener+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Host = host
	if host == "" {
		r.Host = s.host()
	}
	resp, err := idptest.HTTP().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

func (s *served) host() string {
	_, port, _ := net.SplitHostPort(s.public)
	return "localhost:" + port
}

// browser is a browser at the public listener.
func (s *served) browser() *idptest.Browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	c := idptest.HTTP()
	c.Jar = jar
	return &idptest.Browser{T: s.t, Client: c, Origin: "http://" + s.host()}
}
