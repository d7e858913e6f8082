package storagetest

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// supervise starts a private server in a folder of its own and stays until its standard
// input ends, which is when the test process does, however it does. Then it stops the
// server and removes the folder. $1 is where the binaries are.
//
// The folder is in memory where there is enough of it. The server listens on a socket in it only,
// so that no port can collide, and never waits for a disk: nothing outlives the tests.
const supervise = `
where=/tmp
memory=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
[ "${memory:-0}" -gt 2000000 ] && [ -w /dev/shm ] && where=/dev/shm
dir=$(mktemp -d $where/sekisho-pg.XXXXXX) || exit 1
trap 'kill -INT $server 2>/dev/null; wait $server; rm -rf "$dir"' EXIT
trap '' INT TERM HUP
"$1/initdb" -D "$dir/data" -U sekisho -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
"$1/postgres" -D "$dir/data" -k "$dir" -h '' -F \
	-c synchronous_commit=off -c full_page_writes=off -c max_connections=400 -c shared_buffers=64MB \
	-c autovacuum=off -c max_wal_size=2GB -c wal_level=minimal -c max_wal_senders=0 >>"$dir/log" 2>&1 </dev/null &
server=$!
echo "$dir"
exec >&- 2>&-
read -r _
`

// lifelines are the pipes whose end tells a supervisor that the tests are over. They are
// kept here because a pipe nobody holds is closed by the garbage collector, and are never
// closed on purpose: the kernel does it, however the process ends.
var lifelines []io.WriteCloser

// startServer starts the server and returns its URL. It is called once per process.
func startServer(t testing.TB) string {
	t.Helper()
	binaries := findBinaries()
	if binaries == "" {
		t.Fatalf("no PostgreSQL to test with: install its server binaries (Debian: apt-get install postgresql), or name a running server in %s", serverVariable)
	}
	command := exec.Command("/bin/sh", "-c", supervise, "sh", binaries)
	command.Dir = "/"
	command.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: unprivileged(t)}
	lifeline, err := command.StdinPipe()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	lifelines = append(lifelines, lifeline)
	complaint := &strings.Builder{}
	command.Stderr = complaint
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	line := make([]byte, 256)
	n, err := output.Read(line)
	if err != nil {
		command.Wait()
		t.Fatalf("start PostgreSQL: %v\n%s", err, complaint)
	}
	folder := strings.TrimSpace(string(line[:n]))
	address := "postgres:///postgres?user=sekisho&sslmode=disable&host=" + url.QueryEscape(folder)
	if err := answer(address); err != nil {
		log, _ := os.ReadFile(filepath.Join(folder, "log"))
		t.Fatalf("PostgreSQL does not answer: %v\n%s", err, log)
	}
	return address
}

// answer waits until the server answers.
func answer(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		connection, err := pgx.Connect(ctx, address)
		if err == nil {
			return connection.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// findBinaries returns the folder with initdb and postgres, the newest version's where
// Debian keeps several; "" when there is none.
func findBinaries() string {
	best, newest := "", 0
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	for _, folder := range folders {
		version, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
		if executable(folder) && version >= newest {
			best, newest = folder, version
		}
	}
	if best == "" {
		if path, err := exec.LookPath("initdb"); err == nil && executable(filepath.Dir(path)) {
			best = filepath.Dir(path)
		}
	}
	return best
}

func executable(folder string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(folder, name)); err != nil {
			return false
		}
	}
	return true
}

// unprivileged names another user when we are root, as whom PostgreSQL refuses to run.
func unprivileged(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
		if uidErr == nil && gidErr == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	t.Fatal("PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as")
	return nil
}
