package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/oidc"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// send sends a protocol request as a client of the market.
func (m *market) send(rp *idptest.RelyingParty, path string, pairs ...string) idptest.Answer {
	m.T.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, m.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		m.T.Fatal(err)
	}
	r.Header.Set("Content-Type", formMedia)
	r.SetBasicAuth(rp.ID, rp.Secret)
	resp, err := m.net.RoundTrip(r)
	if err != nil {
		m.T.Fatal(err)
	}
	return idptest.Read(m.T, resp)
}

// What connecting a device may ask of the database, request by request, on both databases. A
// device that waits asks every few seconds: that is one statement and nothing else.
func TestDeviceStatements(t *testing.T) {
	for name, open := range map[string]func(testing.TB, ...storagetest.Option) *storage.Store{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			m := openMarket(t, open)
			lobby := m.NewRelyingParty("lobby", func(c *idp.ClientMetadata) {
				c.RedirectURIs, c.PostLogoutRedirectURIs, c.GrantTypes, c.IDTokenAlg = nil, nil, []string{oidc.GrantDeviceCode, "refresh_token"}, "ES256"
			})
			b := m.passkeySignIn()
			connect := func() []step {
				m.pass(time.Second)
				m.net.look()
				asked := m.send(lobby, "/device_authorization", "scope", "openid")
				poll := func() idptest.Answer {
					m.pass(6 * time.Second)
					return m.send(lobby, "/token", "grant_type", oidc.GrantDeviceCode, "device_code", asked.String("device_code"))
				}
				poll()
				b.Get("/device")
				b.Submit("/device", "user_code", asked.String("user_code"))
				b.Submit("/consent", "decision", "allow")
				if a := poll(); a.Status != http.StatusOK {
					t.Fatalf("%d %s", a.Status, a.Body)
				}
				return m.net.look()
			}
			connect() // reads clients into memory
			steps := connect()
			want := []budget{
				{"POST /device_authorization", 2}, {"POST /token", 1}, {"GET /device", 0}, {"POST /device", 8}, {"GET /interaction/{id}", 4},
				{"POST /interaction/{id}/consent", 6}, {"GET /interaction/{id}", 13}, {"GET /device/connected", 0}, {"POST /token", 3},
			}
			if len(steps) != len(want) {
				t.Fatalf("another way: %v", counts(steps))
			}
			for i, s := range steps {
				if s.request != want[i].request || len(s.statements) > want[i].most {
					t.Errorf("%s took %d statements, want %s and at most %d:\n\t%s", s.request, len(s.statements), want[i].request, want[i].most, strings.Join(s.statements, "\n\t"))
				}
			}
		})
	}
}
