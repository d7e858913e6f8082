package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// mailedOpening is the code of an invitation mail.
var mailedOpening = regexp.MustCompile(`[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}`)

// RC-10: an operator starts what a customer finishes, and no more. What opens or regains an
// account goes to the registered mailbox or onto the printed letter: no command shows it, in
// words or as JSON, none takes it or says where it goes, and every start is on record.
func TestDeskStartsButHoldsNoSecret(t *testing.T) {
	d := migratedDesk(t)
	c := withApp(t, d)
	smtp := address(t)
	host, port, _ := strings.Cut(smtp, ":")
	box := serveMail(t, smtp)
	d.serve("sekisho.yaml", "log: {level: warn}", quickHashes, "mode: development", manyTries,
		"mail: {kind: development, ", "mail: {kind: smtp, smtp: {host: "+host+", port: "+port+", tls: none}, ")
	var said strings.Builder // all that the operator sees
	call := func(args ...string) {
		t.Helper()
		r := d.run(args...)
		if r.status != 0 {
			t.Fatalf("%v: %s", args, r.err)
		}
		said.WriteString(r.out + r.err)
	}
	call("account", "add", "--login-name", "10000001", "--email", "hanako@example.co.jp", "--invite")
	first := box.code(t, 1, mailedOpening)
	call("account", "invite", "10000001", "--json")
	second := box.code(t, 2, mailedOpening)
	out := filepath.Join(d.dir, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	d.exec(`UPDATE accounts SET profile = '{"name":"関所 花子","address":{"postal_code":"1000005","region":"東京都","locality":"千代田区","street_address":"丸の内1-2-3"}}' WHERE login_name = '` + c.login + "'")
	var l shownLetter
	d.json(&l, "account", "reissue", c.login, "--password", "login", "--reason", "forgot it", "--identity", "passport")
	said.WriteString(fmt.Sprint(l))
	call("letter", "list", "--json")
	call("letter", "print", l.ID, "--out", out)
	paper := read(t, filepath.Join(out, l.ID+".pdf"))
	call("letter", "list", "--account", c.login)
	for _, name := range []string{"10000001", c.login} {
		call("account", "show", name)
		call("account", "show", name, "--json")
		call("audit", "list", "--account", name, "--json")
	}
	t.Run("RC-10 nothing of it is shown", func(t *testing.T) {
		all := strings.NewReplacer("-", "", " ", "").Replace(said.String())
		for what, secret := range map[string]string{"the first code": first, "the second code": second, "the temporary password": paper} {
			if strings.Contains(all, strings.ReplaceAll(secret, "-", "")) || secret == "" {
				t.Errorf("RC-10: %s is shown: %s", what, said.String())
			}
		}
		if strings.Contains(said.String(), "http") || mailedOpening.MatchString(said.String()) {
			t.Errorf("RC-10: a link or a code: %s", said.String())
		}
	})
	t.Run("RC-10 nothing of it is chosen", func(t *testing.T) {
		for _, args := range [][]string{
			{"account", "add", "--login-name", "10000002", "--email", "i@example.co.jp", "--password", "hunter2 hunter2"},
			{"account", "invite", "10000001", "--code", "0000-0000-0000-0000"},
			{"account", "invite", "10000001", "--email", "elsewhere@example.co.jp"},
			{"account", "invite", "10000001", "--link", "https://elsewhere.example"},
			{"account", "reissue", c.login, "--temporary", "ABCDEFGH23456789", "--password", "login"},
			{"account", "reissue", c.login, "--address", "elsewhere", "--password", "login"},
			{"letter", "print", l.ID, "--show"},
		} {
			d.fails(2, []string{"unknown flag"}, args...)
		}
	})
	t.Run("RC-10 every start is on record, by whom, for whom and why", func(t *testing.T) {
		for _, want := range []struct {
			account, event string
			n              int
		}{
			{"10000001", "invitation.issued", 2}, {c.login, "letter.requested", 1}, {c.login, "letter.printed", 1},
		} {
			var trail []struct {
				Actor  string
				Detail map[string]string
			}
			if d.json(&trail, "audit", "list", "--account", want.account, "--event", want.event); len(trail) != want.n {
				t.Errorf("RC-10: %d of %s", len(trail), want.event)
			}
			for _, r := range trail {
				if r.Actor != "operator" || want.event == "letter.requested" && (r.Detail["because"] != "forgot it" || r.Detail["identity"] != "passport") {
					t.Errorf("RC-10: %s: %+v", want.event, r)
				}
			}
		}
	})
	t.Run("RC-10 nor is any of it in the database in clear", func(t *testing.T) {
		d.ok("letter", "void", l.ID, "--reason", "done with")
		raw, err := os.ReadFile(d.path("sekisho.db"))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{first, second, paper} {
			if strings.Contains(string(raw), secret) || strings.Contains(string(raw), strings.ReplaceAll(secret, "-", "")) {
				t.Errorf("RC-10: a secret is stored in clear")
			}
		}
	})
}
