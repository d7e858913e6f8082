package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// exchangers adds the resource servers of exchangeRules to the market.
func (m *market) exchangers() (trading, settlement *idptest.RelyingParty) {
	m.T.Helper()
	server := func(id, resource string) *idptest.RelyingParty {
		return m.NewRelyingParty(id, func(c *idp.ClientMetadata) { exchanging(resource)(c); c.IDTokenAlg = "ES256" })
	}
	return server("trading", idptest.API), server("settlement", settleAPI)
}

// exchangeBy is an exchange over the counting connection.
func (m *market) exchangeBy(rp *idptest.RelyingParty, subject, resource string) string {
	m.T.Helper()
	form := url.Values{}
	for i, pairs := 0, exchangeForm(subject, resource); i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, m.URL+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		m.T.Fatal(err)
	}
	r.Header.Set("Content-Type", formMedia)
	r.SetBasicAuth(rp.ID, rp.Secret)
	return m.over(r).String("access_token")
}

// An exchange reads what its subject token rests on, in one statement, and writes nothing;
// handing on what was exchanged costs no more.
func TestStatementsOfExchange(t *testing.T) {
	for name, open := range map[string]func(testing.TB, ...storagetest.Option) *storage.Store{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			m := openMarket(t, open)
			trading, settlement := m.exchangers()
			subject := m.exchange(m.silent(m.passwordSignIn())).String("access_token")
			m.exchangeBy(settlement, m.exchangeBy(trading, subject, settleAPI), ledgerAPI) // clients are in memory from now on
			m.net.look()
			m.exchangeBy(settlement, m.exchangeBy(trading, subject, settleAPI), ledgerAPI)
			for _, s := range m.net.look() {
				if s.request != "POST /token" || len(s.statements) > 1 {
					t.Errorf("%s took %d statements:\n\t%s", s.request, len(s.statements), strings.Join(s.statements, "\n\t"))
				}
			}
		})
	}
}

// BenchmarkTokenExchange is one exchange of a customer's token.
func BenchmarkTokenExchange(b *testing.B) {
	onEach(b, func(m *market) (func() string, func(string)) {
		trading, _ := m.exchangers()
		var subject string
		var issued time.Time
		return func() string {
			if m.Clock.Now().Sub(issued) > time.Minute {
				subject, issued = m.exchange(m.silent(m.freshBrowser())).String("access_token"), m.Clock.Now()
			}
			return subject
		}, func(subject string) { m.exchangeBy(trading, subject, settleAPI) }
	})
}
