package main

import (
	"strings"
	"testing"
	"time"
)

type lockedAccount struct {
	Status     string    `json:"status"`
	LockedAt   time.Time `json:"locked_at"`
	LockReason string    `json:"lock_reason"`
	Suspended  []struct {
		ID, Kind, Name, Reason string
	} `json:"suspended"`
	Restored []string `json:"restored"`
}

// B1: the desk sees why and since when an account is locked and what waits for its
// decision; an unlock restores nothing by itself.
func TestLockedAccounts(t *testing.T) {
	d := migratedDesk(t)
	d.ok("account", "add", "--login-name", "10000001", "--email", "hanako@example.co.jp")
	d.exec("UPDATE accounts SET status = 'active'")
	var a lockedAccount
	d.json(&a, "account", "lock", "10000001")
	if a.Status != "locked" || a.LockReason != "operator" || time.Since(a.LockedAt) > time.Hour {
		t.Errorf("locked: %+v", a)
	}
	d.exec("UPDATE accounts SET lock_reason = 'not_me'")
	for _, row := range []string{
		`'s1', 'totp', '', '{"ID":"t1","AccountID":"ACCOUNT","Secret":"c2VhbGVk","ConfirmedAt":"2026-11-21T00:00:00Z"}'`,
		`'s2', 'email', 'intruder@evil.example', '{"ID":"e1","AccountID":"ACCOUNT","Address":"intruder@evil.example","Purpose":"security"}'`,
	} {
		head, record, _ := strings.Cut(row, "'{")
		d.exec(`INSERT INTO suspended_authenticators (id, kind, name, record, account_id, added_at, suspended_at, reason)
			SELECT ` + head + `replace('{` + strings.TrimSuffix(record, "'") + `', 'ACCOUNT', id), id, 1795305600000000, 1795305700000000, 'not_me' FROM accounts`)
	}
	a = lockedAccount{}
	d.json(&a, "account", "show", "10000001")
	if a.LockReason != "not_me" || len(a.Suspended) != 2 || a.Suspended[0].Kind != "totp" || strings.Contains(a.Suspended[1].Name, "intruder@evil") {
		t.Errorf("shown: %+v", a)
	}
	if out := d.ok("account", "show", "10000001"); !strings.Contains(out, "(not_me)") || !strings.Contains(out, "s1 totp") || strings.Contains(out, "intruder@evil") {
		t.Errorf("shown:\n%s", out)
	}
	a = lockedAccount{}
	if d.json(&a, "account", "unlock", "10000001"); a.Status != "active" || a.LockReason != "" || !a.LockedAt.IsZero() {
		t.Errorf("unlocked: %+v", a)
	}
	if n := d.count("SELECT COUNT(*) FROM suspended_authenticators"); n != 2 {
		t.Errorf("B1: an unlock left %d suspended, want 2", n)
	}
	d.fails(2, []string{"--all"}, "account", "restore-authenticators", "10000001")
	d.fails(2, []string{"--all"}, "account", "restore-authenticators", "10000001", "s1", "--all")
	d.fails(1, []string{"no suspension"}, "account", "restore-authenticators", "10000001", "s9")
	a = lockedAccount{}
	if d.json(&a, "account", "restore-authenticators", "10000001", "s1"); len(a.Restored) != 1 || len(a.Suspended) != 1 {
		t.Errorf("restored: %+v", a)
	}
	if n := d.count("SELECT COUNT(*) FROM totps WHERE confirmed_at > 0"); n != 1 {
		t.Error("the authenticator app did not come back")
	}
	var trail []struct{ Event, Actor string }
	if d.json(&trail, "audit", "list", "--account", "10000001", "--event", "authenticator.restored"); len(trail) != 1 || trail[0].Actor != "operator" {
		t.Errorf("AD-05: audit trail of the restoration: %+v", trail)
	}
	if out := d.ok("account", "restore-authenticators", "10000001", "--all"); !strings.Contains(out, "restored") {
		t.Errorf("all: %s", out)
	}
	if n := d.count("SELECT COUNT(*) FROM emails"); n != 2 {
		t.Errorf("%d addresses, want both", n)
	}
}
