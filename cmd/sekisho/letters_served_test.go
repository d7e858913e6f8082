package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	quickHashes = "password: {argon2: {memory_kib: 64, time: 1}, transaction: {enabled: true}}\nlog: {level: info}"
	manyTries   = "mode: development\nthrottle: {address: {every: 10ms, burst: 1000}, network: {every: 10ms, burst: 1000}, totp: {threshold: 3, base: 1h, max: 12h, hard_cap: 4, forget: 168h}}\n" +
		"letters: {fonts: [/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf, /usr/share/fonts/truetype/ipamj/ipamjm.ttf]}"
)

// withApp is an imported customer who has an authenticator app.
func withApp(t *testing.T, d *desk) exampleCustomer {
	t.Helper()
	d.ok("account", "import", "testdata/customers.csv")
	for _, c := range exampleCustomers(t) {
		if c.hash != "" && c.secret != "" {
			return c
		}
	}
	t.Fatal("nobody has an authenticator app")
	return exampleCustomer{}
}

// E5: wrong codes lock the authenticator app for good; the desk opens it after looking at
// identity documents, the trail keeps which, and the customer signs in again.
func TestDeskUnlocksAnAuthenticator(t *testing.T) {
	d := migratedDesk(t)
	c := withApp(t, d)
	s := d.serve("sekisho.yaml", "log: {level: warn}", quickHashes, "mode: development", manyTries)
	b := s.browser()
	b.Get("/account")
	page := b.Submit("/password", "login", c.login, "password", oldPassword)
	for range 5 {
		if page.Has("/code") {
			page = b.Submit("/code", "code", "000000")
		}
	}
	if page := c.signIn(t, s.browser(), oldPassword, 0); page.URL.Path == "/account" {
		t.Fatal("E5: after wrong codes the right one opens")
	}
	d.fails(2, []string{"--identity", "drivers_license"}, "account", "unlock", c.login, "--authenticator", "totp")
	d.fails(2, []string{"library_card", "passport"}, "account", "unlock", c.login, "--authenticator", "totp", "--identity", "library_card")
	d.fails(2, []string{"passkey", "totp"}, "account", "unlock", c.login, "--authenticator", "passkey", "--identity", "passport")
	d.fails(2, []string{"--authenticator"}, "account", "unlock", c.login, "--identity", "passport")
	d.fails(1, []string{"no account"}, "account", "unlock", "99999999", "--authenticator", "totp", "--identity", "passport")
	if page := c.signIn(t, s.browser(), oldPassword, 0); page.URL.Path == "/account" {
		t.Fatal("E5: a refused unlock unlocked")
	}
	var done struct {
		Unlocked                 string
		Authenticators, Identity []string
	}
	d.json(&done, "account", "unlock", c.login, "--authenticator", "totp", "--identity", "passport,residence_card")
	var trail []struct {
		Event, Actor string
		Detail       map[string]string
	}
	d.json(&trail, "audit", "list", "--account", c.login, "--event", "authenticator.unlocked")
	if len(trail) != 1 || trail[0].Actor != "operator" || trail[0].Detail["identity"] != "passport residence_card" || trail[0].Detail["authenticator"] != "totp" {
		t.Errorf("E5: %+v", trail)
	}
	if page := c.signIn(t, s.browser(), oldPassword, 0); page.Status != http.StatusOK || page.URL.Path != "/account" {
		t.Errorf("E5: after the unlock: %d %s\n%s", page.Status, page.URL, page.Body)
	}
}

type shownLetter struct{ ID, State, Origin, Passwords, File string }

var onPaper = regexp.MustCompile(`(?m)^[2-9A-HJ-NP-Z]{16}$`)

// read is the temporary password on a printed letter.
func read(t *testing.T, file string) string {
	t.Helper()
	out, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v; it comes with .ci/setup (poppler-utils)", err)
	}
	found := onPaper.FindAllString(strings.ReplaceAll(string(out), " ", ""), -1)
	if len(found) != 1 {
		t.Fatalf("%d temporary passwords on the paper:\n%s", len(found), out)
	}
	return found[0]
}

// A9: by telephone only the forgotten password is issued anew; the desk names what it
// looked at, prints the letter once, never sees the password, and the customer changes it.
func TestDeskReissuesByPost(t *testing.T) {
	d := migratedDesk(t)
	c := withApp(t, d)
	s := d.serve("sekisho.yaml", "log: {level: warn}", quickHashes, "mode: development", manyTries)
	order := []string{"account", "reissue", c.login, "--reason", "forgot it", "--identity", "my_number_card"}
	d.exec("UPDATE accounts SET profile = NULL WHERE login_name = '" + c.login + "'")
	d.fails(1, []string{"no registered postal address"}, append(order, "--password", "login")...)
	d.exec(`UPDATE accounts SET profile = '{"name":"関所 花子","address":{"postal_code":"1000005","region":"東京都","locality":"千代田区","street_address":"丸の内1-2-3"}}' WHERE login_name = '` + c.login + "'")
	d.fails(2, []string{"--identity"}, "account", "reissue", c.login, "--password", "login", "--reason", "forgot it")
	d.fails(2, []string{"--reason"}, "account", "reissue", c.login, "--password", "login", "--identity", "passport")
	d.fails(2, []string{"login or transaction"}, append(order, "--password", "both")...)
	d.exec("DELETE FROM passwords WHERE kind = 'transaction'")
	d.fails(1, []string{"no transaction password"}, append(order, "--password", "transaction")...)
	var l shownLetter
	if d.json(&l, append(order, "--password", "login")...); l.Passwords != "login" || l.Origin != "desk" {
		t.Fatalf("A9: %+v", l)
	}
	var trail []struct {
		Actor  string
		Detail map[string]string
	}
	d.json(&trail, "audit", "list", "--account", c.login, "--event", "letter.requested")
	if len(trail) != 1 || trail[0].Actor != "operator" || trail[0].Detail["identity"] != "my_number_card" || trail[0].Detail["because"] != "forgot it" {
		t.Errorf("A9: %+v", trail)
	}
	d.fails(2, []string{"--out"}, "letter", "print", l.ID)
	d.fails(2, []string{"--due"}, "letter", "print", "--out", d.dir)
	d.fails(2, []string{"--reason"}, "letter", "print", l.ID, "--out", d.dir, "--again")
	out := filepath.Join(d.dir, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	var printed []shownLetter
	if d.json(&printed, "letter", "print", "--due", "--out", out); len(printed) != 0 {
		t.Errorf("A9: printed before it is due: %+v", printed)
	}
	if d.json(&printed, "letter", "print", l.ID, "--out", out); len(printed) != 1 || printed[0].State != "printed" {
		t.Fatalf("A9: %+v", printed)
	}
	d.fails(1, []string{"--again"}, "letter", "print", l.ID, "--out", out)
	first := read(t, printed[0].File)
	d.json(&printed, "letter", "print", l.ID, "--out", out, "--again", "--reason", "paper jam")
	second := read(t, printed[0].File)
	if files, _ := os.ReadDir(out); len(files) != 4 {
		t.Errorf("A9: %d files of two letters in two forms", len(files))
	}
	if stat, err := os.Stat(printed[0].File); err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("A9: others may read the letter: %v %v", stat.Mode(), err)
	}
	var list []shownLetter
	if d.json(&list, "letter", "list", "--account", c.login); len(list) != 2 || list[0].State != "void" || list[1].State != "printed" {
		t.Errorf("A9: %+v", list)
	}
	if n := d.count("SELECT COUNT(*) FROM letters WHERE sealed IS NOT NULL"); n != 0 {
		t.Error("A9: the clear text outlived the printing")
	}
	if page := c.signIn(t, s.browser(), first, 0); page.Has("/code") || page.URL.Path == "/account" {
		t.Error("A9: the letter that jammed opens")
	}
	b := s.browser()
	page := c.signIn(t, b, second, 0)
	if !page.Has("/password/new") || b.Get("/account").Has("/account/logout") {
		t.Fatalf("A9: %d %s", page.Status, page.Body)
	}
	b.Get(page.URL.Path)
	if page = b.Submit("/password/new", "new", "amber ferry crosses Sumida 88"); page.URL.Path != "/account" || !page.Has("/account/logout") {
		t.Errorf("A9: after the change: %d %s\n%s", page.Status, page.URL, page.Body)
	}
	d.ok("letter", "void", list[1].ID, "--reason", "done with")
	d.fails(1, []string{"ended already"}, "letter", "void", list[1].ID, "--reason", "again")
}
