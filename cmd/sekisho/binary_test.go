package main

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The program as it is shipped: one file that is built, copied and run with nothing but a
// configuration beside it; that stops on SIGTERM; and that comes back with everything after
// it was killed. OP-03
func TestBinary(t *testing.T) {
	d := newDesk(t)
	binary := filepath.Join(t.TempDir(), "sekisho")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "-ldflags", "-X main.version=v1.2.3-test", ".")
	flags := strings.ReplaceAll(os.Getenv("GOFLAGS"), "-race", "") // the shipped program is static and has no race detector
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="+flags)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	call := func(args ...string) (status int, out, errs string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		c := exec.CommandContext(t.Context(), binary, args...)
		c.Dir, c.Env, c.Stdout, c.Stderr = d.dir, d.environ, &stdout, &stderr
		var exit *exec.ExitError
		if err := c.Run(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return c.ProcessState.ExitCode(), stdout.String(), stderr.String()
	}
	for _, c := range []struct {
		args     []string
		status   int
		out, err string
	}{
		{[]string{"--version"}, 0, "v1.2.3-test", ""},
		{[]string{"config", "check"}, 0, "ok: http://localhost:", ""},
		{[]string{"frobnicate"}, 2, "", "unknown command"},
		{[]string{"config", "check", "--config", "none.yaml"}, 2, "", "none.yaml"},
		{[]string{"client", "list"}, 1, "", "sekisho migrate"},
		{[]string{"migrate", "--json"}, 0, `"applied": true`, ""},
	} {
		if status, out, errs := call(c.args...); status != c.status || !strings.Contains(out, c.out) || !strings.Contains(errs, c.err) || (c.err == "") != (errs == "") {
			t.Errorf("%v: status %d\nstdout: %s\nstderr: %s", c.args, status, out, errs)
		}
	}

	public, ops := d.configure("sekisho.yaml")
	start := func() *exec.Cmd {
		t.Helper()
		c := exec.Command(binary, "serve")
		c.Dir, c.Env = d.dir, d.environ
		logs := &output{}
		c.Stdout, c.Stderr = logs, logs
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill() })
		eventually(t, func() bool {
			resp, err := http.Get("http://" + ops + "/readyz")
			if err != nil {
				return false
			}
			resp.Body.Close()
			return resp.StatusCode == http.StatusOK
		})
		return c
	}
	jwks := func() string {
		s := &served{t: t, public: public}
		_, _, body := s.get(public, "/jwks", "")
		return body
	}
	node := start()
	before := jwks()
	if status, _, errs := call("client", "add", "--id", "app", "--redirect-uri", "https://a.example/cb"); status != 0 {
		t.Fatalf("beside a running node: %s", errs)
	}
	if err := node.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	node.Wait()
	node = start()
	if after := jwks(); after != before || !strings.Contains(after, "kid") {
		t.Errorf("OP-03 other keys after it was killed:\n%s\n%s", before, after)
	}
	if status, out, _ := call("client", "show", "app"); status != 0 || !strings.Contains(out, "https://a.example/cb") {
		t.Errorf("OP-03 the client did not survive: %s", out)
	}
	if err := node.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := node.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, node.Stderr)
	}
}
