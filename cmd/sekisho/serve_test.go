package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"sekisho/idp/idptest"
)

// AD-09: what is for the firm's own machines is on their listener only.
func TestOperationsListener(t *testing.T) {
	d := newDesk(t)
	s := d.serve("sekisho.yaml")
	for path, says := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "sekisho_audit_lost_total"} {
		if status, _, body := s.get(s.ops, path, ""); status != http.StatusOK || !strings.Contains(body, says) {
			t.Errorf("AD-09 operations %s: %d %.100s", path, status, body)
		}
		if status, _, body := s.get(s.public, path, ""); status != http.StatusNotFound || strings.Contains(body, "sekisho_") {
			t.Errorf("AD-09 public %s: %d", path, status)
		}
	}
	for _, path := range []string{"/debug/pprof/", "/debug/vars", "/swagger", "/.git/HEAD", "/metrics/"} {
		if status, _, _ := s.get(s.public, path, ""); status != http.StatusNotFound {
			t.Errorf("AD-09 public %s: %d", path, status)
		}
		if status, _, _ := s.get(s.ops, path, ""); status != http.StatusNotFound {
			t.Errorf("AD-09 operations %s: %d", path, status)
		}
	}
	for _, path := range []string{"/", "/authorize", "/token", "/jwks", "/.well-known/openid-configuration"} {
		if status, _, _ := s.get(s.ops, path, ""); status != http.StatusNotFound {
			t.Errorf("operations %s: %d", path, status)
		}
	}
	if status, _, body := s.get(s.public, "/.well-known/openid-configuration", ""); status != http.StatusOK || !strings.Contains(body, `"issuer":"http://`+s.host()+`"`) {
		t.Errorf("discovery: %d %.100s", status, body)
	}
	if status := s.stop(); status != 0 {
		t.Errorf("serve ended with %d", status)
	}
	lines := 0
	for scan := bufio.NewScanner(strings.NewReader(s.logs.String())); scan.Scan(); lines++ {
		if !json.Valid(scan.Bytes()) {
			t.Errorf("a log line is no JSON: %s", scan.Text())
		}
	}
	if lines < 5 || s.out.String() != "" {
		t.Errorf("%d log lines; on standard output: %s", lines, s.out)
	}
}

// Two processes on one database are two nodes; on one address the second does not start.
// Commands work beside them. OP-03
func TestTwoInstances(t *testing.T) {
	d := newDesk(t)
	first := d.serve("sekisho.yaml")
	second := d.serve("second.yaml", "issuer: http://localhost:9000", "issuer: http://"+first.host())
	_, _, one := first.get(first.public, "/jwks", "")
	if _, _, two := second.get(second.public, "/jwks", first.host()); one != two || !strings.Contains(one, `"kid"`) {
		t.Errorf("OP-03 the nodes publish other keys:\n%s\n%s", one, two)
	}
	r := d.run("serve")
	d.failed(result{r.status, r.out, r.err[strings.LastIndex(r.err, "sekisho: "):]}, 1, []string{"public listener", first.public, "address already in use"}, "serve")

	d.ok("client", "add", "--id", "batch", "--grant-type", "client_credentials", "--json")
	var c shownClient
	d.json(&c, "client", "update", "batch", "--new-secret")
	for _, s := range []*served{first, second} {
		eventually(t, func() bool { // a running node follows by itself
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.public+"/token", strings.NewReader("grant_type=client_credentials"))
			if err != nil {
				t.Fatal(err)
			}
			r.Host = first.host()
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.SetBasicAuth("batch", c.Secret)
			return idptest.Send(t, r).Status == http.StatusOK
		})
	}
}

// A request that runs when the process is told to stop is answered in full, no new one is
// taken, and what was queued for the audit trail is written before the end. LG-05
func TestGracefulShutdown(t *testing.T) {
	d := newDesk(t)
	s := d.serve("sekisho.yaml")
	conn, err := net.Dial("tcp", s.public)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := "grant_type=client_credentials&client_id=nobody&client_secret=" + strings.Repeat("x", 43)
	fmt.Fprintf(conn, "POST /token HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", s.host(), len(body))
	answers := bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err) // it says so when the handler begins to read
	}
	status := make(chan int, 1)
	go func() { status <- s.stop() }()
	eventually(t, func() bool { // no new connection
		c, err := net.Dial("tcp", s.public)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	select {
	case got := <-status:
		t.Fatalf("it ended (%d) while a request was running", got)
	default:
	}
	if _, err := conn.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatalf("the running request got no answer: %v", err)
	}
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(resp.Body); err != nil || resp.StatusCode != http.StatusUnauthorized || !strings.Contains(answer.String(), "invalid_client") {
		t.Errorf("the running request: %d %s, %v", resp.StatusCode, answer.String(), err)
	}
	resp.Body.Close()
	if got := <-status; got != 0 {
		t.Errorf("ended with %d:\n%s", got, s.logs)
	}
	var trail []struct{ Event string }
	if d.json(&trail, "audit", "list", "--event", "client.auth_failed"); len(trail) != 1 {
		t.Errorf("LG-05: the last request's record was lost: %+v", trail)
	}
}
