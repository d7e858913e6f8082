package importer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/totp"
	"sekisho/idp/importer"
	"sekisho/idp/keys"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

const (
	bcryptHash = "$2b$04$eImiTXuWVxfM37uY4JANjQ0TYVTLBeqEWWeW4e0SVP4EfW.3jYDhS"
	seed       = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // RFC 6238 appendix B
)

var today = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)

// desk is an importer on a database of its own.
type desk struct {
	*importer.Importer
	t       testing.TB
	store   *storage.Store
	vault   *keys.Vault
	rejects bytes.Buffer
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	kek, err := keys.NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	vault, err := keys.OpenVault(kek)
	if err != nil {
		t.Fatal(err)
	}
	hasher, err := password.NewHasher(password.HasherOptions{MemoryKiB: 64, Passes: 1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, store: storagetest.Memory(t), vault: vault}
	d.Importer = &importer.Importer{
		Store: d.store, Vault: vault, Hasher: hasher, Now: func() time.Time { return today }, CoolingOff: 24 * time.Hour, Source: "customers.csv",
		NewAccount: func(login string, now time.Time) idp.Account {
			return idp.Account{ID: idp.NewID(), Subject: idp.NewID(), LoginName: login, UserHandle: []byte(idp.NewID()), CreatedAt: now}
		},
		Rejects: &d.rejects,
	}
	return d
}

// run imports a text that can be imported.
func (d *desk) run(text string) importer.Report {
	d.t.Helper()
	d.rejects.Reset()
	report, err := d.Run(d.t.Context(), strings.NewReader(text))
	if err != nil {
		d.t.Fatal(err)
	}
	if report.Rows != report.Created+report.Present+report.Rejected {
		d.t.Errorf("the report does not add up: %+v", report)
	}
	return report
}

func (d *desk) account(login string) *idp.Account {
	d.t.Helper()
	a, err := d.store.AccountByLogin(d.t.Context(), login)
	if err != nil {
		d.t.Fatalf("account %s: %v", login, err)
	}
	return a
}

// The same customer in both forms becomes the same account.
func TestEveryColumn(t *testing.T) {
	values := map[string]string{
		"login_name": "１０００００２１", "email": "Taro@EXAMPLE.co.jp", "email_verified": "true", "name": "山田 太郎", "given_name": "太郎", "family_name": "山田",
		"birthdate": "1960-04-01", "phone_number": "+81312345678", "phone_number_verified": "true", "postal_code": "100-0001", "country": "JP",
		"region": "東京都", "locality": "千代田区", "street_address": "千代田1-1, 2F", "address": "東京都千代田区千代田1-1", "locale": "ja", "kind": "corporate",
		"permissions": "trade withdraw", "password_hash": bcryptHash, "must_change": "true", "transaction_password_hash": bcryptHash, "totp_secret": seed,
	}
	var header, fields, members []string
	for _, c := range importer.Columns() {
		header, fields = append(header, c.Name), append(fields, `"`+values[c.Name]+`"`)
		members = append(members, fmt.Sprintf("%q: %q", c.Name, values[c.Name]))
		if values[c.Name] == "" {
			t.Errorf("column %s is not tried", c.Name)
		}
	}
	asCSV := strings.Join(header, ",") + "\r\n" + strings.Join(fields, ",") + "\r\n"
	asJSON := strings.Replace(strings.Replace("{"+strings.Join(members, ", ")+"}\n", `"true"`, "true", 1), `"trade withdraw"`, `["trade", "withdraw"]`, 1)
	for name, text := range map[string]string{"CSV": asCSV, "CSV with a mark": "\ufeff" + asCSV, "JSON lines": asJSON} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			if r := d.run(text); r.Created != 1 || r.TOTP != 1 || r.Transact != 1 || r.Invited != 0 || !r.Complete {
				t.Fatalf("%+v\n%s", r, d.rejects.String())
			}
			a := d.account("10000021")
			want := idp.Profile{
				Name: "山田 太郎", GivenName: "太郎", FamilyName: "山田", Birthdate: "1960-04-01", PhoneNumber: "+81312345678", PhoneVerified: true,
				Address: &idp.Address{Formatted: "東京都千代田区千代田1-1", StreetAddress: "千代田1-1, 2F", Locality: "千代田区", Region: "東京都", PostalCode: "100-0001", Country: "JP"},
			}
			if !reflect.DeepEqual(a.Profile, want) || a.Kind != idp.Corporate || a.Status != idp.AccountActive || a.Locale != "ja" || !slices.Equal(a.Permissions, []string{"trade", "withdraw"}) {
				t.Errorf("%+v", a)
			}
			emails, err := d.store.Emails(t.Context(), a.ID)
			if err != nil || len(emails) != 1 || emails[0].Address != "Taro@example.co.jp" || emails[0].Canonical != "taro@example.co.jp" || !emails[0].VerifiedAt.Equal(today) {
				t.Errorf("RC-08: %+v, %v", emails, err)
			}
			if p, err := d.store.Password(t.Context(), a.ID, idp.LoginPassword); err != nil || p.Hash != bcryptHash || !p.MustChange {
				t.Errorf("password %+v, %v", p, err)
			}
			if p, err := d.store.Password(t.Context(), a.ID, idp.TransactionPassword); err != nil || p.Hash != bcryptHash || p.MustChange {
				t.Errorf("transaction password %+v, %v", p, err)
			}
			d.acceptsCode(a)
			if again := d.run(asJSON); again.Present != 1 {
				t.Errorf("the same customer in the other form: %+v", again)
			}
		})
	}
}

// acceptsCode signs in with the authenticator brought along: RFC 6238's secret at today.
func (d *desk) acceptsCode(a *idp.Account) {
	d.t.Helper()
	row, err := d.store.TOTP(d.t.Context(), a.ID)
	if err != nil || !row.ConfirmedAt.Equal(today.Add(-24*time.Hour)) || bytes.Contains(row.Secret, []byte("12345678901234567890")) {
		d.t.Fatalf("%+v, %v", row, err)
	}
	s := totp.Service{Store: d.store, Vault: d.vault, Now: func() time.Time { return time.Unix(1111111109, 0) }}
	if _, err := s.Verify(d.t.Context(), a.ID, "081804"); err != nil { // appendix B, last six digits
		d.t.Errorf("the code of the authenticator brought along: %v", err)
	}
}

// A file imported twice, interrupted or changed in between doubles and loses nothing.
func TestImportAgain(t *testing.T) {
	var text strings.Builder
	text.WriteString("login_name,email,password_hash\n")
	for n := range 25 {
		fmt.Fprintf(&text, "%d,c%d@e.example,%s\n", 10000+n, n, bcryptHash)
	}
	d := newDesk(t)
	d.Batch = 10
	ctx, cancel := context.WithCancel(t.Context())
	d.OnProgress = func(importer.Progress) { cancel() } // after the first batch
	first, err := d.Run(ctx, strings.NewReader(text.String()))
	if !errors.Is(err, idp.ErrUnavailable) || first.Complete || first.Created != 10 {
		t.Fatalf("interrupted: %+v, %v", first, err)
	}
	d.OnProgress = nil
	if r := d.run(text.String()); r.Present != 10 || r.Created != 15 || r.Batches != 2 {
		t.Errorf("the second run: %+v", r)
	}
	// What became of an account since does not make its row another one.
	a := d.account("10000")
	if err := d.store.UpgradePasswordHash(t.Context(), a.ID, idp.LoginPassword, bcryptHash, "other"); err != nil {
		t.Fatal(err)
	}
	if r := d.run(text.String()); r.Present != 25 || r.Created != 0 || r.Batches != 0 {
		t.Errorf("the third run: %+v", r)
	}
	changed := strings.Replace(text.String(), "c3@e.example", "else@e.example", 1)
	if r := d.run(changed); r.Present != 24 || r.Rejected != 1 || r.Mistakes[0].Line != 5 || r.Mistakes[0].Column != "login_name" {
		t.Errorf("a row that changed: %+v", r)
	}
	records, err := d.store.AuditRecords(t.Context(), storage.AuditFilter{Event: "account.imported"})
	if err != nil || len(records) != 3 {
		t.Fatalf("%d records of three batches, %v", len(records), err)
	}
	want := map[string]string{"import": first.ID, "source": "customers.csv", "accounts": "10", "first_line": "2", "last_line": "11"}
	if !reflect.DeepEqual(records[0].Detail, want) || !records[0].At.Equal(a.CreatedAt) || records[0].Actor != "operator" {
		t.Errorf("record %+v", records[0])
	}
}

// A dry run says the same as the run that follows and writes nothing.
func TestDryRun(t *testing.T) {
	const text = "login_name,email,kind\n1001,a@e.example,\n1001,b@e.example,\n1002,nothing,\n1003,c@e.example,robot\n1004,d@e.example,corporate\n9001,x@e.example,\n"
	d := newDesk(t)
	d.run("login_name,email\n9001,taken@e.example\n")
	d.DryRun = true
	dry := d.run(text)
	rejected := d.rejects.String()
	if records, _ := d.store.Accounts(t.Context(), storage.AccountFilter{}); len(records) != 1 {
		t.Errorf("a dry run left %d accounts", len(records)-1)
	}
	d.DryRun = false
	real := d.run(text)
	dry.ID, dry.DryRun, real.ID = "", false, ""
	if !reflect.DeepEqual(dry, real) || rejected != d.rejects.String() || real.Created != 2 || real.Rejected != 4 || real.Invited != 2 {
		t.Errorf("dry:  %+v\nreal: %+v", dry, real)
	}
}

// PW-05, PW-12, RC-08: every mistake is named with its place, and no message repeats a value.
func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct{ column, value, wrong string }{
		"RC-08 no login name":          {"login_name", "", "empty"},
		"RC-08 an invisible character": {"login_name", "1234\u200b5678", "invisible"},
		"RC-08 two scripts":            {"login_name", "p\u0430ypal", "mixed scripts"},
		"RC-08 no address":             {"email", "nobody", "not one mailbox"},
		"RC-08 another header":         {"email", "a@e.example,b@e.example", "not one mailbox"},
		"a flag":                       {"email_verified", "yes", "neither true nor false"},
		"a name too long":              {"name", strings.Repeat("あ", 257), "too long"},
		"a name that turns the line":   {"family_name", "abc\u202edef", "invisible"},
		"no day":                       {"birthdate", "1960-02-30", "not a day"},
		"another calendar":             {"birthdate", "昭和35年4月1日", "not a day"},
		"a day to come":                {"birthdate", "2031-01-01", "nobody's"},
		"a domestic number":            {"phone_number", "03-1234-5678", "not an international"},
		"a language":                   {"locale", "fr", "not a language"},
		"a kind":                       {"kind", "robot", "not a kind"},
		"permissions":                  {"permissions", "a  b", "not a list"},
		"PW-12 a password in clear":    {"password_hash", "hunter2hunter2", "not a hash"},
		"PW-05 a hash of days":         {"password_hash", "$2b$31$eImiTXuWVxfM37uY4JANjQ0TYVTLBeqEWWeW4e0SVP4EfW.3jYDhS", "not a hash"},
		"PW-05 a hash cut off":         {"password_hash", bcryptHash[:59], "not a hash"},
		"a pin in clear":               {"transaction_password_hash", "1234", "not a hash"},
		"a change of nothing":          {"must_change", "true", "no password"},
		"a short secret":               {"totp_secret", "GEZDGNBVGY3TQOJQ", "not a usable"},
		"no secret":                    {"totp_secret", "0189", "not a usable"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			header, fields := []string{"login_name", "email"}, []string{"1001", "a@e.example"}
			if n := slices.Index(header, c.column); n >= 0 {
				fields[n] = c.value
			} else {
				header, fields = append(header, c.column), append(fields, c.value)
			}
			for n := range fields {
				fields[n] = `"` + fields[n] + `"`
			}
			r := d.run(strings.Join(header, ",") + "\n" + strings.Join(fields, ",") + "\n1002,b@e.example" + strings.Repeat(",", len(header)-2) + "\n")
			if r.Rejected != 1 || r.Created != 1 || len(r.Mistakes) != 1 {
				t.Fatalf("%+v", r)
			}
			m := r.Mistakes[0]
			if m.Line != 2 || m.Column != c.column || !strings.Contains(m.Wrong, c.wrong) || m.Right == "" {
				t.Errorf("%+v", m)
			}
			if len(c.value) > 4 && strings.Contains(m.String(), c.value) {
				t.Errorf("the message repeats the value: %s", m)
			}
		})
	}
}

// Rows that are no rows cost nothing but themselves, and rejects are imported once corrected.
func TestBrokenRows(t *testing.T) {
	d := newDesk(t)
	text := "login_name,email,name\n" +
		"1001,a@e.example,\"no end\n" +
		"1002,b@e.example\n" +
		"\n" +
		"1003,c@e.example,caf\xe9\n" +
		"1004,d@e.example," + strings.Repeat("x", 70<<10) + "\n" +
		"1005,e@e.example,\"say \"\"x\"\", y\"\n" +
		"1006,nothing,\"a, b\"\n" +
		"1007,f@e.example,last line without end"
	r := d.run(text)
	var lines []int
	for _, m := range r.Mistakes {
		lines = append(lines, m.Line)
	}
	if r.Created != 2 || !slices.Equal(lines, []int{2, 3, 5, 6, 8}) {
		t.Fatalf("%+v", r)
	}
	if a := d.account("1005"); a.Profile.Name != `say "x", y` {
		t.Errorf("name %q", a.Profile.Name)
	}
	rejected := strings.Split(strings.TrimSpace(d.rejects.String()), "\n")
	last := rejected[len(rejected)-1]
	if len(rejected) != 6 || rejected[0] != "login_name,email,name,import_error" || !strings.HasPrefix(last, `1006,nothing,"a, b",`) || !strings.Contains(last, "line 8, email") {
		t.Fatalf("rejects:\n%s", d.rejects.String())
	}
	corrected := rejected[0] + "\n" + strings.Replace(last, "nothing", "g@e.example", 1) + "\n"
	if r := d.run(corrected); r.Created != 1 {
		t.Errorf("corrected: %+v", r)
	}
}

func TestBrokenLines(t *testing.T) {
	d := newDesk(t)
	r := d.run(`{"login_name": "1001", "email": "a@e.example", "name": 12}` + "\n" +
		`{"login_name": "1002", "email": "b@e.example", "status": "active"}` + "\n" +
		`{"login_name": "1003", "login_name": "1004", "email": "c@e.example"}` + "\n" +
		`["login_name"]` + "\n" + `{"login_name": "1005", "email"` + "\n" +
		`{"login_name": "1006", "email": "d@e.example", "name": null, "import_error": "old"}` + "\n")
	if r.Created != 1 || r.Rejected != 5 || r.Mistakes[0].Column != "name" || !strings.Contains(r.Mistakes[1].Column, "status") {
		t.Fatalf("%+v", r)
	}
	lines := strings.Split(strings.TrimSpace(d.rejects.String()), "\n")
	if len(lines) != 5 || !strings.Contains(lines[0], `"import_error":"line 1, name`) || !strings.Contains(lines[4], `"import_line":"{\"login_name\"`) {
		t.Errorf("rejects:\n%s", d.rejects.String())
	}
}

// A file that is none is told so before anything is written.
func TestNoFile(t *testing.T) {
	d := newDesk(t)
	for text, word := range map[string]string{
		"":                                   "empty",
		"login_name,mail\n":                  `"mail" is not known; the columns are login_name, email`,
		"login_name,email,email\n":           "stands twice",
		"login_name,name\n":                  "no column email",
		"login_name,\"email\n":               "quotation marks",
		"\x83\x8d\x83O\x83C\x83\x93,email\n": "UTF-8",
	} {
		_, err := d.Run(t.Context(), strings.NewReader(text))
		if !errors.Is(err, importer.ErrFile) || !strings.Contains(err.Error(), word) {
			t.Errorf("%q: %v, want %q", text, err, word)
		}
	}
	broken := io.MultiReader(strings.NewReader("login_name,email\n1001,a@e.example\n"), failing{})
	if r, err := d.Run(t.Context(), broken); err == nil || r.Complete {
		t.Errorf("a file that cannot be read to its end: %+v, %v", r, err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("torn cable") }

// Login names are found again over any distance, while the table that knows them grows.
func TestDuplicatesFarApart(t *testing.T) {
	d := newDesk(t)
	d.DryRun, d.Batch = true, 5000
	const many = 70_000 // the table starts with room for 32768
	names := func(yield func(string)) {
		yield("login_name,email\n")
		for n := range many {
			yield(fmt.Sprintf("c%d,a@e.example\n", n))
		}
		yield("C５,a@e.example\nc69999,a@e.example\n")
	}
	var text strings.Builder
	names(func(line string) { text.WriteString(line) })
	r := d.run(text.String())
	if r.Created != many || r.Rejected != 2 || r.Mistakes[0].Line != many+2 || !strings.Contains(r.Mistakes[0].Wrong, "line 7 ") || !strings.Contains(r.Mistakes[1].Wrong, "line 70001 ") {
		t.Errorf("RC-08: %+v", r)
	}
}

// The documentation and the example name every column.
func TestColumnsAreDocumented(t *testing.T) {
	chapter, err := os.ReadFile("../spec/IMPORT.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range importer.Columns() {
		if !strings.Contains(string(chapter), "| `"+c.Name+"` |") || !strings.Contains(string(chapter), c.Right) {
			t.Errorf("IMPORT.md does not say of %s: %s", c.Name, c.Right)
		}
	}
}
