package main

import "testing"

// A7: the desk can take a transaction password away, and nothing else about it.
func TestClearTransactionPassword(t *testing.T) {
	d := migratedDesk(t)
	d.ok("keys", "rotate")
	var a shownAccount
	d.json(&a, "account", "add", "--login-name", "10000001", "--email", "hanako@example.co.jp")
	d.fails(1, []string{`account "10000001" has no transaction password`}, "account", "clear-transaction-password", "10000001")
	d.fails(1, []string{"no account"}, "account", "clear-transaction-password", "99999999")
	d.exec("INSERT INTO passwords (account_id, kind, hash, must_change, changed_at) SELECT id, k.kind, 'x', 0, 1 FROM accounts, (SELECT 'login' AS kind UNION SELECT 'transaction') k")
	var cleared struct{ Cleared string }
	if d.json(&cleared, "account", "clear-transaction-password", "10000001"); cleared.Cleared != a.ID {
		t.Errorf("A7: %+v", cleared)
	}
	if n := d.count("SELECT COUNT(*) FROM passwords WHERE kind = 'transaction'"); n != 0 {
		t.Errorf("A7: %d left", n)
	}
	if n := d.count("SELECT COUNT(*) FROM passwords WHERE kind = 'login'"); n != 1 {
		t.Errorf("A7: the login password is gone too: %d", n)
	}
	if n := d.count("SELECT COUNT(*) FROM audit_records WHERE event = 'transactionpassword.cleared' AND actor = 'operator'"); n != 1 {
		t.Errorf("A7: %d records", n)
	}
}
