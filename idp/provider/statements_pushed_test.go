package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp/idptest"
)

// push pushes the market's usual request, answered without a page.
func (m *market) push() (uri string) {
	m.T.Helper()
	form := idptest.AuthorizeQuery(m.rp.ID, idptest.Redirect, "prompt", "none")
	r, err := http.NewRequest(http.MethodPost, m.URL+"/par", strings.NewReader(form.Encode()))
	if err != nil {
		m.T.Fatal(err)
	}
	r.Header.Set("Content-Type", formMedia)
	r.SetBasicAuth(m.rp.ID, m.rp.Secret)
	resp, err := m.net.RoundTrip(r)
	if err != nil {
		m.T.Fatal(err)
	}
	a := idptest.Read(m.T, resp)
	if a.Status != http.StatusCreated {
		m.T.Fatalf("pushing: %d %s", a.Status, a.Body)
	}
	return a.String("request_uri")
}

func (m *market) pushedJourney(b *idptest.Browser, took map[string][]step) {
	m.T.Helper()
	m.net.look()
	q := url.Values{"client_id": {m.rp.ID}, "request_uri": {m.push()}}
	m.code(b.Get("/authorize?" + q.Encode()))
	took["pushed silent"] = m.net.look()
}

// BenchmarkPush is one pushed authorization request.
func BenchmarkPush(b *testing.B) {
	onEach(b, func(m *market) (func() string, func(string)) {
		return func() string { m.Clock.Advance(10 * time.Millisecond); return "" }, func(string) { m.push() }
	})
}
