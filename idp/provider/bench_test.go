package provider_test

import (
	"testing"

	"sekisho/idp/idptest"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// The benchmarks run whole journeys through the public handler, form parsing, sessions,
// throttles, password hashing at its production cost, transactions and signatures included,
// without network or browser. Beside the time they report the SQL statements of one journey.
//
//	go test ./idp/provider -run '^$' -bench . -benchmem

// onEach benchmarks a journey on a SQLite file and on PostgreSQL. prepare is not measured;
// it returns one round, which may have a part that is not measured either.
func onEach(b *testing.B, prepare func(m *market) (before func() string, round func(string))) {
	databases := map[string]func(testing.TB, ...storagetest.Option) *storage.Store{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres}
	for _, name := range []string{"sqlite", "postgres"} {
		b.Run(name, func(b *testing.B) {
			m := openMarket(b, databases[name])
			before, round := prepare(m)
			round(before())
			m.net.look()
			statements, rounds := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				with := before()
				m.net.look()
				b.StartTimer()
				round(with)
				b.StopTimer()
				for _, s := range m.net.look() {
					statements += len(s.statements)
				}
				rounds++
				b.StartTimer()
			}
			b.ReportMetric(float64(statements)/float64(rounds), "statements/op")
		})
	}
}

func nothing() string { return "" }

func BenchmarkPasswordSignIn(b *testing.B) {
	onEach(b, func(m *market) (func() string, func(string)) { return nothing, func(string) { m.passwordSignIn() } })
}

func BenchmarkPasskeySignIn(b *testing.B) {
	onEach(b, func(m *market) (func() string, func(string)) { return nothing, func(string) { m.passkeySignIn() } })
}

func BenchmarkSilentSignOn(b *testing.B) {
	onEach(b, func(m *market) (func() string, func(string)) {
		return nothing, func(string) { m.silent(m.freshBrowser()) }
	})
}

func BenchmarkCodeExchange(b *testing.B) {
	onEach(b, func(m *market) (func() string, func(string)) {
		return func() string { return m.silent(m.freshBrowser()) }, func(code string) { m.exchange(code) }
	})
}

func BenchmarkRefresh(b *testing.B) {
	onEach(b, func(m *market) (func() string, func(string)) {
		chain := m.exchange(m.silent(m.freshBrowser())).String("refresh_token")
		return nothing, func(string) {
			chain = m.token("grant_type", "refresh_token", "refresh_token", chain).String("refresh_token")
		}
	})
}

func BenchmarkClientCredentials(b *testing.B) {
	onEach(b, func(m *market) (func() string, func(string)) {
		return nothing, func(string) { m.token("grant_type", "client_credentials") }
	})
}

// BenchmarkPages is what a page costs that nothing is stored for.
func BenchmarkPages(b *testing.B) {
	m := openMarket(b, storagetest.Memory)
	for _, path := range []string{"/", "/help/signin", "/jwks", "/.well-known/openid-configuration"} {
		b.Run(path, func(b *testing.B) {
			browser := m.browser()
			b.ReportAllocs()
			for b.Loop() {
				browser.Get(path)
			}
		})
	}
}

// freshBrowser is a signed-in browser whose session is young enough for any request.
func (m *market) freshBrowser() *idptest.Browser {
	if m.held == nil || m.Clock.Now().Sub(m.signedInAt) > sessionYoung {
		m.held = m.passwordSignIn()
		m.signedInAt = m.Clock.Now()
	}
	return m.held
}
