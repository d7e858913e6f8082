package main

import (
	"strings"
	"testing"
)

// After an import every customer who waits to be opened is mailed one code, however often
// the command is run.
func TestInviteMany(t *testing.T) {
	d := migratedDesk(t)
	d.ok("keys", "rotate")
	for _, login := range []string{"10000001", "10000002", "10000003", "10000004"} {
		d.ok("account", "add", "--login-name", login, "--email", login+"@example.co.jp")
	}
	d.exec("UPDATE accounts SET status = 'active' WHERE login_name = '10000004'")
	mails := func() int { return d.count("SELECT COUNT(*) FROM outbox") }
	for _, wrong := range [][]string{{}, {"10000001", "--all-uninvited"}, {"--all-uninvited", "--file", "x"}} {
		d.fails(2, []string{"--all-uninvited"}, append([]string{"account", "invite"}, wrong...)...)
	}
	d.fails(2, []string{"--per-minute"}, "account", "invite", "--all-uninvited", "--per-minute", "0")
	var r inviteReport
	if d.json(&r, "account", "invite", "--all-uninvited", "--dry-run"); r.Invited != 3 || !r.DryRun || mails() != 0 {
		t.Errorf("dry run: %+v, %d mails", r, mails())
	}
	r = inviteReport{}
	file := d.write("names.txt", "10000002\n\n 10000004 \n99999999\n")
	got := d.run("account", "invite", "--file", file, "--per-minute", "60000", "--json")
	if got.status != 1 || !strings.Contains(got.err, "99999999") || !strings.Contains(got.out, `"invited": 1`) || !strings.Contains(got.out, `"opened": 1`) || mails() != 1 {
		t.Errorf("from a file: %+v, %d mails", got, mails())
	}
	if d.json(&r, "account", "invite", "--all-uninvited", "--per-minute", "60000"); r.Invited != 2 || r.Waiting != 1 || mails() != 3 {
		t.Errorf("the rest: %+v, %d mails", r, mails())
	}
	r = inviteReport{}
	if d.json(&r, "account", "invite", "--all-uninvited"); r.Invited != 0 || r.Waiting != 3 || mails() != 3 {
		t.Errorf("again: %+v, %d mails", r, mails())
	}
	d.exec("UPDATE invitations SET expires_at = 1 WHERE account_id = (SELECT id FROM accounts WHERE login_name = '10000003')")
	r = inviteReport{}
	if d.json(&r, "account", "invite", "--all-uninvited"); r.Invited != 1 || mails() != 4 {
		t.Errorf("after one ran out: %+v, %d mails", r, mails())
	}
}
