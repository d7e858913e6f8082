package main

import (
	"database/sql"
	"strings"
	"testing"

	_ "github.com/glebarez/sqlite" // the driver, for a second look into the file
)

type shownAccount struct {
	ID        string   `json:"id"`
	Subject   string   `json:"sub"`
	LoginName string   `json:"login_name"`
	Kind      string   `json:"kind"`
	Status    string   `json:"status"`
	Name      string   `json:"name"`
	Emails    []string `json:"emails"`
	Password  bool     `json:"password"`
}

// count asks the database itself.
func (d *desk) count(query string) (n int) {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file:"+d.path("sekisho.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(d.t.Context(), query).Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

func TestAccounts(t *testing.T) {
	d := migratedDesk(t)
	var hanako, corporate shownAccount
	d.json(&hanako, "account", "add", "--login-name", "10000001", "--email", "hanako@example.co.jp", "--name", "山田 花子", "--locale", "ja")
	if hanako.Status != "invited" || hanako.ID == "" || hanako.Subject == "" || hanako.Subject == hanako.ID || hanako.Kind != "personal" {
		t.Fatalf("added %+v", hanako)
	}
	file := d.write("account.json", `{"login_name": "c-2000", "email": "desk@corp.example.jp", "kind": "corporate", "permissions": ["trade"], "profile": {"name": "青葉商事"}}`)
	d.json(&corporate, "account", "add", "-f", file)
	if corporate.Kind != "corporate" || corporate.Name != "青葉商事" {
		t.Errorf("from a file: %+v", corporate)
	}
	d.fails(1, []string{`account "10000001" exists already`}, "account", "add", "--login-name", "10000001", "--email", "other@example.co.jp")

	t.Run("list", func(t *testing.T) {
		for _, c := range []struct {
			args []string
			want int
		}{{nil, 2}, {[]string{"--query", "1000"}, 1}, {[]string{"--status", "active"}, 0}, {[]string{"--status", "invited"}, 2}, {[]string{"--limit", "1"}, 1}, {[]string{"--after", "10000001"}, 1}} {
			var list []shownAccount
			if d.json(&list, append([]string{"account", "list"}, c.args...)...); len(list) != c.want {
				t.Errorf("list %v: %+v, want %d", c.args, list, c.want)
			}
		}
		if out := d.ok("account", "list"); !strings.Contains(out, "LOGIN NAME") || !strings.Contains(out, "山田 花子") {
			t.Errorf("table:\n%s", out)
		}
	})
	t.Run("show by any name, addresses masked", func(t *testing.T) {
		for _, name := range []string{hanako.ID, hanako.Subject, "10000001", "１００００００１"} {
			var a shownAccount
			if d.json(&a, "account", "show", name); a.ID != hanako.ID || len(a.Emails) != 1 || strings.Contains(a.Emails[0], "hanako@") || a.Password {
				t.Errorf("show %s: %+v", name, a)
			}
		}
		if out := d.ok("account", "show", "10000001"); strings.Contains(out, "hanako@example") || !strings.Contains(out, "(unverified)") {
			t.Errorf("shown:\n%s", out)
		}
		for _, name := range []string{"99999999", "nobody@example.co.jp", " ", "\x1b[31m"} {
			d.fails(1, []string{"no account"}, "account", "show", name)
		}
	})
	t.Run("an account nobody opened is neither locked nor unlocked", func(t *testing.T) {
		d.fails(1, []string{"never opened", "invitation"}, "account", "lock", "10000001")
		d.fails(1, []string{"never opened", "invitation"}, "account", "unlock", "10000001")
	})
	t.Run("invite", func(t *testing.T) {
		var invited map[string]string
		if d.json(&invited, "account", "invite", "10000001"); invited["invited"] != hanako.ID {
			t.Errorf("invited %v", invited)
		}
		d.ok("account", "add", "--login-name", "10000003", "--email", "i@example.co.jp", "--invite")
		if n := d.count("SELECT COUNT(*) FROM outbox WHERE payload IS NOT NULL"); n != 2 {
			t.Errorf("%d mails queued, want 2", n)
		}
		if n := d.count("SELECT COUNT(*) FROM invitations"); n != 2 {
			t.Errorf("%d invitations, want 2", n)
		}
	})
	t.Run("release ends a hold, once (RC-12)", func(t *testing.T) {
		d.fails(1, []string{"not held"}, "account", "release", "10000001")
		d.exec("INSERT INTO recoveries VALUES ('" + hanako.ID + "', '', 1, 9000000000000000, 0, 0)")
		if out := d.ok("account", "release", "10000001"); !strings.Contains(out, "released") {
			t.Errorf("release says %q", out)
		}
		d.fails(1, []string{"not held"}, "account", "release", "10000001")
	})
	t.Run("lock and unlock", func(t *testing.T) {
		d.exec("UPDATE accounts SET status = 'active' WHERE login_name = '10000001'")
		d.exec("UPDATE invitations SET consumed_at = created_at WHERE consumed_at = 0") // as accepting it does
		d.fails(1, []string{"opened already"}, "account", "invite", "10000001")
		for _, c := range [][2]string{{"lock", "locked"}, {"lock", "locked"}, {"unlock", "active"}} {
			var a shownAccount
			if d.json(&a, "account", c[0], "10000001"); a.Status != c[1] {
				t.Errorf("%s: %+v", c[0], a)
			}
		}
		if out := d.ok("account", "lock", "10000001"); !strings.Contains(out, "10000001") || !strings.Contains(out, "locked") {
			t.Errorf("lock says %q", out)
		}
		var trail []struct{ Event, Actor string }
		d.json(&trail, "audit", "list", "--account", "10000001", "--event", "account.locked")
		if len(trail) != 3 || trail[0].Actor != "operator" {
			t.Errorf("AD-05: audit trail of locking: %+v", trail)
		}
	})
}

func (d *desk) exec(statement string) {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file:"+d.path("sekisho.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(d.t.Context(), statement); err != nil {
		d.t.Fatal(err)
	}
}

func TestAccountMistakes(t *testing.T) {
	d := migratedDesk(t)
	for name, c := range map[string]struct {
		file  string
		words []string
	}{
		"AD-02 a password":       {`{"login_name": "1", "email": "a@example.co.jp", "password": "hunter2"}`, []string{`"password" is not known`}},
		"AD-02 a status":         {`{"login_name": "1", "email": "a@example.co.jp", "status": "active"}`, []string{`"status" is not known`}},
		"AD-02 an identifier":    {`{"login_name": "1", "email": "a@example.co.jp", "id": "x"}`, []string{`"id" is not known`}},
		"AD-02 something deeper": {`{"login_name": "1", "email": "a@example.co.jp", "profile": {"is_admin": true}}`, []string{"is_admin"}},
		"a misspelt member":      {`{"login-name": "1", "email": "a@example.co.jp"}`, []string{"did you mean login_name?"}},
		"a list as a name":       {`{"login_name": ["1"], "email": "a@example.co.jp"}`, []string{"login_name must be a string"}},
		"no login name":          {`{"email": "a@example.co.jp"}`, []string{"login_name", "customer code"}},
		"no address":             {`{"login_name": "10000001"}`, []string{"email", "hanako@example.co.jp"}},
		"no address at all":      {`{"login_name": "10000001", "email": "hanako"}`, []string{"email"}},
		"a kind that is none":    {`{"login_name": "10000001", "email": "a@example.co.jp", "kind": "robot"}`, []string{"kind", "personal", "corporate"}},
		"a language":             {`{"login_name": "10000001", "email": "a@example.co.jp", "locale": "fr"}`, []string{"locale", "ja", "en"}},
	} {
		t.Run(name, func(t *testing.T) {
			(&desk{t, d.dir, d.environ}).fails(2, c.words, "account", "add", "-f", d.write("account.json", c.file))
		})
	}
	if n := d.count("SELECT COUNT(*) FROM accounts"); n != 0 {
		t.Errorf("%d accounts were made by mistake", n)
	}
}
