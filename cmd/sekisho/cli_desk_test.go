package main

import "testing"

// E5 A5 A10 RC-11: the desk's commands for what wrong answers stopped and for what was
// reported lost, and the trail that names who did it and why.
func TestDeskCommands(t *testing.T) {
	d := migratedDesk(t)
	c := withApp(t, d)
	var done struct {
		Authenticators []string
		Operator       string
		Removed        int
		Restored       int
	}
	d.json(&done, "account", "unlock", c.login, "--authenticator", "security_answer,personal_data", "--identity", "passport", "--operator", "sato", "--reason", "came to the counter")
	if len(done.Authenticators) != 2 || done.Operator != "sato" {
		t.Errorf("E5: %+v", done)
	}
	var trail []struct {
		Actor  string
		Detail map[string]string
	}
	d.json(&trail, "audit", "list", "--account", c.login, "--event", "authenticator.unlocked")
	if len(trail) != 2 || trail[0].Actor != "operator" || trail[0].Detail["operator"] != "sato" || trail[0].Detail["because"] != "came to the counter" {
		t.Errorf("E5: %+v", trail)
	}
	settle := []string{"account", "settle-lost", c.login, "--identity", "passport", "--reason", "phone stolen"}
	d.fails(2, []string{"--gone or --found"}, settle...)
	d.fails(2, []string{"--reason"}, "account", "settle-lost", c.login, "--gone", "--identity", "passport")
	d.fails(2, []string{"--identity"}, "account", "settle-lost", c.login, "--gone", "--reason", "x")
	d.fails(2, []string{"--operator"}, append(settle, "--gone", "--operator", "two\nlines")...)
	d.fails(1, []string{"nothing lost"}, append(settle, "--gone")...)
	report := func() {
		d.exec(`INSERT INTO recoveries (account_id, interaction_id, recovered_at, held_until, passkeys_suspended_at, totp_suspended_at)
			SELECT account_id, '', 0, 0, 0, confirmed_at FROM totps WHERE account_id IN (SELECT id FROM accounts WHERE login_name = '` + c.login + `')
			ON CONFLICT (account_id) DO UPDATE SET totp_suspended_at = excluded.totp_suspended_at`)
	}
	report()
	if d.json(&done, append(settle, "--found")...); done.Restored != 1 {
		t.Errorf("RC-11: %+v", done)
	}
	report()
	if d.json(&done, append(settle, "--gone")...); done.Removed != 1 || d.count("SELECT COUNT(*) FROM totps WHERE account_id IN (SELECT id FROM accounts WHERE login_name = '"+c.login+"')") != 0 {
		t.Errorf("RC-11: %+v", done)
	}
}
