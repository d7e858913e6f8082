package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

type importReport struct {
	Import   string `json:"import"`
	DryRun   bool   `json:"dry_run"`
	Complete bool
	Rows     int
	Created  int
	Present  int
	Rejected int
	Batches  int
	Invited  int `json:"without_password"`
	Transact int `json:"with_transaction_password"`
	Mistakes []struct {
		Line                 int
		Column, Wrong, Right string
	}
}

func (d *desk) accounts() int { return d.count("SELECT COUNT(*) FROM accounts") }

func TestAccountImport(t *testing.T) {
	d := migratedDesk(t)
	var dry, report importReport
	d.json(&dry, "account", "import", "testdata/customers.csv", "--dry-run")
	if n := d.accounts(); n != 0 || !dry.DryRun {
		t.Fatalf("a dry run left %d accounts: %+v", n, dry)
	}
	d.json(&report, "account", "import", "testdata/customers.csv", "--batch", "5")
	if report.Rows != 13 || report.Created != 13 || report.Batches != 3 || report.Invited != 1 || report.Transact != 1 || !report.Complete {
		t.Errorf("%+v", report)
	}
	if dry.Rows != report.Rows || dry.Created != report.Created || dry.Invited != report.Invited {
		t.Errorf("the dry run said %+v, the run %+v", dry, report)
	}
	if out := d.ok("account", "import", "testdata/customers.jsonl"); !strings.Contains(out, "imported") || !strings.Contains(out, "2") {
		t.Errorf("report:\n%s", out)
	}
	var shown shownAccount
	if d.json(&shown, "account", "show", "20000091"); shown.Kind != "corporate" || shown.Status != "active" || !shown.Password || shown.Name != "青葉商事" {
		t.Errorf("%+v", shown)
	}
	// PW-12: nobody brought along can be signed in as without a secret of their own.
	if d.json(&shown, "account", "show", "20000090"); shown.Status != "invited" || shown.Password {
		t.Errorf("PW-12: an account without a password: %+v", shown)
	}
	if n := d.count("SELECT COUNT(*) FROM passwords WHERE kind = 'transaction'"); n != 1 {
		t.Errorf("%d transaction passwords", n)
	}
	d.ok("account", "invite", "20000090")
	var trail []struct {
		Event, Actor string
		Detail       map[string]string
	}
	d.json(&trail, "audit", "list", "--event", "account.imported")
	if len(trail) != 4 || trail[0].Detail["import"] != report.Import || trail[0].Detail["accounts"] != "5" || trail[0].Detail["source"] != "customers.csv" {
		t.Errorf("AD-05: %+v", trail)
	}
	if n := d.count("SELECT COUNT(*) FROM accounts a WHERE NOT EXISTS (SELECT 1 FROM audit_records r WHERE r.event = 'account.imported' AND r.at = a.created_at)"); n != 0 {
		t.Errorf("%d accounts whose batch is not found by their instant", n)
	}
}

// One mistake after the other on standard error, the rows themselves among the rejects.
func TestAccountImportMistakes(t *testing.T) {
	d := migratedDesk(t)
	const text = "login_name,email,password_hash\n1001,a@e.example,\n1002,nothing,\n1003,b@e.example,hunter2-in-clear\n１００１,c@e.example,\n"
	r := d.fed(text, "account", "import", "-", "--json", "--rejects", d.path("rejects.csv"))
	var report importReport
	if err := json.Unmarshal([]byte(r.out), &report); err != nil || r.status != 1 || report.Created != 1 || report.Rejected != 3 || len(report.Mistakes) != 3 {
		t.Fatalf("%d %v\n%s%s", r.status, err, r.out, r.err)
	}
	for _, line := range []string{"line 3, email: not one mailbox; right would be: one mail address", "line 4, password_hash: not a hash", "line 5, login_name: line 2 has it too", "sekisho: 3 of 4 rows are wrong"} {
		if !strings.Contains(r.err, line) {
			t.Errorf("standard error says nothing like %q:\n%s", line, r.err)
		}
	}
	if strings.Contains(r.err+r.out, "hunter2") {
		t.Error("PW-12: a password in clear came back on the screen")
	}
	info, err := os.Stat(d.path("rejects.csv"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("rejects: %v, %v", info, err)
	}
	raw, _ := os.ReadFile(d.path("rejects.csv"))
	if lines := strings.Split(strings.TrimSpace(string(raw)), "\n"); len(lines) != 4 || lines[0] != "login_name,email,password_hash,import_error" {
		t.Errorf("rejects:\n%s", raw)
	}
	corrected := d.write("corrected.csv", strings.NewReplacer("nothing", "d@e.example", "hunter2-in-clear", "", "１００１", "1004").Replace(string(raw)))
	var again importReport
	if d.json(&again, "account", "import", corrected); again.Created != 3 {
		t.Errorf("corrected rejects: %+v", again)
	}

	d.fails(2, []string{"--rejects", "not there yet"}, "account", "import", "testdata/customers.csv", "--rejects", d.path("rejects.csv"))
	d.fails(2, []string{"--batch 0", "1 to"}, "account", "import", "x.csv", "--batch", "0")
	d.fails(2, []string{"none.csv", "no such file"}, "account", "import", d.path("none.csv"))
	d.fails(2, []string{"FILE is missing"}, "account", "import")
	d.fails(2, []string{`"mail" is not known`, "the columns are login_name, email"}, "account", "import", d.write("other.csv", "login_name,mail\n"))
	if n := d.accounts(); n != 4 {
		t.Errorf("%d accounts, want 4", n)
	}
}

func TestProgress(t *testing.T) {
	for want, got := range map[string]string{
		"[===============               ]  50%  1000 rows, 100 a second, 10s left": progressBar(1000, 50, 100, 10*time.Second),
		"[==============================] 100%  7 rows, 7 a second, 0s left":       progressBar(7, 103, 100, time.Second),
		"1000 rows, 100 a second": progressBar(1000, 50, 0, 10*time.Second),
	} {
		if got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	var out bytes.Buffer
	p := newProgress(&out, 0)
	for rows := 0; rows <= 3*rowsPerLine; rows += 1000 {
		p.show(rows, 1)
	}
	if n := strings.Count(out.String(), "\n"); n != 3 || strings.Contains(out.String(), "\r") {
		t.Errorf("%d plain lines, want 3:\n%s", n, out.String())
	}
	out.Reset()
	p = newProgress(&out, 100)
	p.terminal = true
	p.show(10, 10)
	p.show(11, 11) // too soon to be drawn
	p.say("line 3: wrong")
	p.done()
	if got := out.String(); strings.Count(got, "rows") != 1 || !strings.HasSuffix(got, "\x1b[K\r\x1b[Kline 3: wrong\n") {
		t.Errorf("on a terminal: %q", got)
	}
}
