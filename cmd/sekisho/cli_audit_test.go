package main

import (
	"encoding/json"
	"strings"
	"testing"

	"sekisho/config"
	"sekisho/idp/keys"
	"sekisho/storage"
)

type shownVerdict struct {
	Result                   string
	Records, Seals, Unsealed int
	Problems                 []struct {
		Finding  string
		RecordID int `json:"record_id"`
	}
}

// seal does what a running node does every minute.
func (d *desk) seal() {
	d.t.Helper()
	c, err := config.Load(d.path("sekisho.yaml"), d.environ)
	if err != nil {
		d.t.Fatal(err)
	}
	vault, err := keys.OpenVault(c.KEK.Secret.Reveal())
	if err != nil {
		d.t.Fatal(err)
	}
	store, err := storage.Open(d.t.Context(), storage.Options{URL: c.Database.URL})
	if err != nil {
		d.t.Fatal(err)
	}
	defer store.Close()
	if n, err := store.SealAudit(d.t.Context(), func(b []byte) []byte { return vault.MAC(keys.PurposeAudit, b) }, 0); err != nil || n == 0 {
		d.t.Fatalf("sealed %d records, %v", n, err)
	}
}

func TestAuditCommands(t *testing.T) {
	d := migratedDesk(t)
	d.ok("client", "add", "--id", "app", "--redirect-uri", "https://a.example/cb")
	d.ok("client", "update", "app", "--disable")
	d.ok("account", "add", "--login-name", "10000001", "--email", "a@example.co.jp")

	t.Run("list", func(t *testing.T) {
		for _, c := range []struct {
			args []string
			want string
		}{
			{nil, "client.created client.updated account.created"},
			{[]string{"--client", "app"}, "client.created client.updated"},
			{[]string{"--account", "10000001"}, "account.created"},
			{[]string{"--event", "client.updated"}, "client.updated"},
			{[]string{"--limit", "1"}, "client.created"},
			{[]string{"--after", "2"}, "account.created"},
			{[]string{"--since", "1h"}, "client.created client.updated account.created"},
		} {
			var list []struct {
				ID    int
				At    string
				Event string
			}
			d.json(&list, append([]string{"audit", "list"}, c.args...)...)
			var events []string
			for _, r := range list {
				events = append(events, r.Event)
				if r.ID == 0 || !strings.HasSuffix(r.At, "Z") {
					t.Errorf("record %+v", r)
				}
			}
			if got := strings.Join(events, " "); got != c.want {
				t.Errorf("audit list %v: %s, want %s", c.args, got, c.want)
			}
		}
		d.fails(1, []string{"no account"}, "audit", "list", "--account", "99999999")
		if out := d.ok("audit", "list"); !strings.Contains(out, "EVENT") || !strings.Contains(out, "operator") {
			t.Errorf("table:\n%s", out)
		}
	})
	t.Run("LG-03 what a stranger wrote commands no terminal", func(t *testing.T) {
		d.exec("INSERT INTO audit_records (at, event, result, reason, actor, account_id, client_id, session_id, request_id, ip, user_agent, detail) " +
			"VALUES (1, 'signin.failed', 'denied', char(27) || '[2J' || char(10) || 'forged', 'customer', '', '', '', '', '', '', 'null')")
		out := d.ok("audit", "list", "--event", "signin.failed")
		if strings.ContainsAny(out, "\x1b") || strings.Count(out, "\n") != 2 {
			t.Errorf("printed %q", out)
		}
	})
	t.Run("verify", func(t *testing.T) {
		var v shownVerdict
		if d.json(&v, "audit", "verify"); v.Result != "ok" || v.Seals != 0 || v.Unsealed != 4 {
			t.Errorf("before sealing: %+v", v)
		}
		d.seal()
		if d.json(&v, "audit", "verify"); v.Result != "ok" || v.Seals != 1 || v.Records != 4 || v.Unsealed != 0 {
			t.Errorf("sealed: %+v", v)
		}
		if out := d.ok("audit", "verify"); !strings.Contains(out, "records") {
			t.Errorf("table:\n%s", out)
		}
		for name, statement := range map[string]string{
			"record_edited":  "UPDATE audit_records SET actor = 'customer' WHERE id = 2",
			"record_deleted": "DELETE FROM audit_records WHERE id = 1",
		} {
			d.exec(statement)
			r := d.run("audit", "verify", "--json")
			v = shownVerdict{}
			if err := json.Unmarshal([]byte(r.out), &v); err != nil || r.status != 1 || v.Result != "tampered" || !strings.Contains(r.out, name) ||
				!strings.Contains(r.err, "tampered with") {
				t.Errorf("LG-04 %s: status %d\n%s%s", name, r.status, r.out, r.err)
			}
		}
	})
}
