package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sekisho/idp/idptest"
	"sekisho/idp/keys"
	"sekisho/idp/provider"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// importCounting serves a browser in this process and keeps the SQL statements of its requests.
type importCounting struct {
	p          *idptest.Provider
	statements []string
}

func (c *importCounting) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, counter := storage.WithStatementCounter(r.Context())
	in := r.Clone(ctx)
	in.RequestURI, in.Host, in.RemoteAddr = r.URL.RequestURI(), r.URL.Host, "192.0.2.1:1234"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	answer := httptest.NewRecorder()
	c.p.Handler().ServeHTTP(answer, in)
	c.statements = append(c.statements, counter.Statements()...)
	resp := answer.Result()
	resp.Request = r
	return resp, nil
}

// What a sign-in asks the database, and how often, does not depend on how many customers
// were imported. That the plans do not either is proved beside the statements, in storage.
func TestSignInCostsTheSameAmongMany(t *testing.T) {
	for name, open := range map[string]func(testing.TB, ...storagetest.Option) *storage.Store{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			clock, kek := idptest.NewClock(), idptest.KEK(t)
			p := idptest.New(t, idptest.Options{Store: open(t, storagetest.Clock(clock.Now)), Clock: clock, KEK: kek})
			signIn := func(login string) []string {
				a := p.AddAccount(idptest.Customer{Login: login, TOTP: true})
				b, c := p.NewBrowser(), &importCounting{p: p}
				b.Client.Transport = c
				b.Get("/account")
				if page := b.PasswordSignIn(p, a); page.URL.Path != "/account" {
					t.Fatalf("%s:\n%s", page.URL, page.Body)
				}
				return c.statements
			}
			few := signIn("9001")
			vault, err := keys.OpenVault(kek)
			if err != nil {
				t.Fatal(err)
			}
			i, err := provider.NewImporter(p.Config, p.Store, vault, clock.Now)
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			text.WriteString("login_name,email,email_verified\n")
			for n := range 3000 {
				fmt.Fprintf(&text, "%d,c%d@e.example,true\n", 100000+n, n)
			}
			if report, err := i.Run(t.Context(), strings.NewReader(text.String())); err != nil || report.Created != 3000 {
				t.Fatalf("%+v, %v", report, err)
			}
			many := signIn("9002")
			if len(few) < 5 || !slices.Equal(few, many) {
				t.Errorf("%d statements with few accounts, %d with many:\n%s\n\n%s", len(few), len(many), strings.Join(few, "\n"), strings.Join(many, "\n"))
			}
		})
	}
}
