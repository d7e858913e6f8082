package main

import (
	"encoding/csv"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sekisho/idp/idptest"
)

// oldPassword is behind every hash of testdata/customers.csv. They were made by other
// implementations: libxcrypt, Python's hashlib, and x/crypto for Argon2.
const oldPassword = "akagi-no-yama-1985"

type exampleCustomer struct{ login, email, hash, secret string }

func exampleCustomers(t *testing.T) (list []exampleCustomer) {
	t.Helper()
	f, err := os.Open("testdata/customers.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for _, row := range rows[1:] {
		list = append(list, exampleCustomer{row[at["login_name"]], row[at["email"]], row[at["password_hash"]], row[at["totp_secret"]]})
	}
	return list
}

// signIn goes through password and authenticator app; the account page is at the end.
func (c exampleCustomer) signIn(t *testing.T, b *idptest.Browser, password string, after time.Duration) *idptest.Page {
	t.Helper()
	b.Get("/account")
	page := b.Submit("/password", "login", c.login, "password", password)
	if !page.Has("/code") {
		return page
	}
	code, err := totp.GenerateCode(c.secret, time.Now().Add(after))
	if err != nil {
		t.Fatal(err)
	}
	return b.Submit("/code", "code", code)
}

// PW-05: customers brought along sign in with the password and the authenticator app they
// have; from then on their hash is one of ours.
func TestImportedCustomersSignIn(t *testing.T) {
	d := migratedDesk(t)
	var report struct{ Rows, Created int }
	if d.json(&report, "account", "import", "testdata/customers.csv"); report.Created != report.Rows || report.Rows < 12 {
		t.Fatalf("%+v", report)
	}
	s := d.serve("sekisho.yaml", "log: {level: warn}", "password: {argon2: {memory_kib: 64, time: 1}}\nlog: {level: info}", "mode: development", "mode: development\nthrottle: {address: {every: 10ms, burst: 1000}, network: {every: 10ms, burst: 1000}}")
	kinds := map[string]bool{}
	for _, c := range exampleCustomers(t) {
		if c.hash == "" {
			continue
		}
		kinds[strings.Split(c.hash, "$")[1]] = true
		t.Run(c.email, func(t *testing.T) {
			stored := func(like string) int {
				return d.count("SELECT COUNT(*) FROM passwords p JOIN accounts a ON a.id = p.account_id WHERE a.login_name = '" + c.login + "' AND p.kind = 'login' AND p.hash LIKE '" + like + "'")
			}
			if stored(c.hash) != 1 {
				t.Fatal("another hash is stored")
			}
			if page := c.signIn(t, s.browser(), "wrong "+oldPassword, 0); page.Has("/code") || page.URL.Path == "/account" || stored(c.hash) != 1 {
				t.Fatalf("a wrong password: %d %s", page.Status, page.URL)
			}
			if page := c.signIn(t, s.browser(), oldPassword, 0); page.Status != http.StatusOK || page.URL.Path != "/account" {
				t.Fatalf("the password brought along: %d %s\n%s", page.Status, page.URL, page.Body)
			}
			if stored("$argon2id$v=19$m=64,t=1,p=1$%") != 1 {
				t.Error("PW-05: the hash was not replaced at the first sign-in")
			}
			if page := c.signIn(t, s.browser(), oldPassword, 30*time.Second); page.Status != http.StatusOK || page.URL.Path != "/account" {
				t.Errorf("a second time: %d %s\n%s", page.Status, page.URL, page.Body)
			}
		})
	}
	for _, kind := range []string{"2a", "2b", "2y", "scrypt", "pbkdf2", "pbkdf2-sha256", "pbkdf2-sha512", "argon2id", "argon2i", "1", "5", "6"} {
		if !kinds[kind] {
			t.Errorf("PW-05: no account with a hash of kind %s", kind)
		}
	}
	// Importing again after all this changes nothing.
	var again struct{ Created, Present int }
	if d.json(&again, "account", "import", "testdata/customers.csv"); again.Created != 0 || again.Present != report.Rows {
		t.Errorf("again: %+v", again)
	}
	if n := d.count("SELECT COUNT(*) FROM passwords WHERE hash NOT LIKE '$argon2id$v=19$m=64,%' AND kind = 'login'"); n != 0 {
		t.Errorf("%d hashes went back to the old ones", n)
	}
}
