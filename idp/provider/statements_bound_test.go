package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sekisho/idp/idptest"
)

// bound is a token request of the market's client with a proof.
func (m *market) bound(k *idptest.DPoPKey, pairs ...string) idptest.Answer {
	m.T.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, m.URL+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		m.T.Fatal(err)
	}
	r.Header.Set("Content-Type", formMedia)
	r.Header.Set("DPoP", k.Proof(http.MethodPost, m.URL+"/token", nil))
	r.SetBasicAuth(m.rp.ID, m.rp.Secret)
	return m.over(r)
}

func (m *market) over(r *http.Request) idptest.Answer {
	m.T.Helper()
	resp, err := m.net.RoundTrip(r)
	if err != nil {
		m.T.Fatal(err)
	}
	a := idptest.Read(m.T, resp)
	if a.Status != http.StatusOK {
		m.T.Fatalf("%s: %d %s", r.URL.Path, a.Status, a.Body)
	}
	return a
}

func (m *market) boundExchange(k *idptest.DPoPKey, code string) idptest.Answer {
	m.T.Helper()
	return m.bound(k, "grant_type", "authorization_code", "code", code, "redirect_uri", idptest.Redirect, "code_verifier", idptest.Verifier)
}

func (m *market) boundJourneys(t *testing.T, b *idptest.Browser, took map[string][]step) {
	t.Helper()
	k := idptest.NewDPoPKey(t, m.Clock.Now)
	code := m.silent(b)
	m.net.look()
	tokens := m.boundExchange(k, code)
	took["bound code"] = m.net.look()
	tokens = m.bound(k, "grant_type", "refresh_token", "refresh_token", tokens.String("refresh_token"))
	took["bound refresh"] = m.net.look()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, m.URL+"/userinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	access := tokens.String("access_token")
	r.Header.Set("Authorization", "DPoP "+access)
	r.Header.Set("DPoP", k.Proof(http.MethodGet, m.URL+"/userinfo", map[string]any{"ath": idptest.TokenHash(access)}))
	m.over(r)
	took["bound userinfo"] = m.net.look()
}

// BenchmarkBoundCodeExchange is BenchmarkCodeExchange with a DPoP proof, the making of
// which is not measured apart.
func BenchmarkBoundCodeExchange(b *testing.B) {
	onEach(b, func(m *market) (func() string, func(string)) {
		k := idptest.NewDPoPKey(b, m.Clock.Now)
		return func() string { return m.silent(m.freshBrowser()) }, func(code string) { m.boundExchange(k, code) }
	})
}
