package provider_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// counting is a connection to a provider, without a network, that counts the SQL
// statements of every request. What runs in the background is not counted.
type counting struct {
	handler http.Handler
	steps   []step // since the last look
}

// step is one request: "POST /interaction/{id}/code".
type step struct {
	request    string
	statements []string
}

var interactionID = regexp.MustCompile(`^/interaction/[^/]+`)

// RoundTrip implements http.RoundTripper.
func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, counter := storage.WithStatementCounter(r.Context())
	in := r.Clone(ctx)
	in.RequestURI, in.RemoteAddr, in.Host = r.URL.RequestURI(), "192.0.2.1:4711", r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, in)
	c.steps = append(c.steps, step{r.Method + " " + interactionID.ReplaceAllString(r.URL.Path, "/interaction/{id}"), counter.Statements()})
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// look returns the steps since the last look.
func (c *counting) look() []step {
	steps := c.steps
	c.steps = nil
	return steps
}

// market is a provider with a client and customers, to be driven hard. It does without a
// network and without pages' own costs of a browser, so that what is left is its own.
type market struct {
	*idptest.Provider
	net        *counting
	rp         *idptest.RelyingParty
	taro, jiro *idptest.Account // authenticator app; passkey
	key        *idptest.Device
	held       *idptest.Browser // signed in at signedInAt
	signedInAt time.Time
}

// sessionYoung is how long a benchmark uses one session.
const sessionYoung = 30 * time.Minute

// openMarket starts one on a database, with password hashes at their production cost.
func openMarket(tb testing.TB, open func(testing.TB, ...storagetest.Option) *storage.Store) *market {
	tb.Helper()
	clock := idptest.NewClock()
	m := &market{Provider: idptest.New(tb, idptest.Options{Store: open(tb, storagetest.Clock(clock.Now)), Clock: clock, Edit: func(c *config.Config) {
		c.Tokens.Algorithms, c.Password.Argon2 = []string{"ES256"}, config.Default().Password.Argon2
		exchangeRules(c)
	}})}
	m.net = &counting{handler: m.Handler()}
	m.rp = m.NewRelyingParty("app", func(c *idp.ClientMetadata) { c.IDTokenAlg = "ES256" })
	m.taro = m.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	m.jiro = m.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	m.key = m.GivePasskey(m.jiro, nil)
	m.passwordSignIn() // replaces the cheap hash of a test by one at the configured cost
	m.net.look()
	return m
}

func (m *market) browser() *idptest.Browser {
	b := m.NewBrowser()
	b.Client.Transport = m.net
	return b
}

// pass lets time pass and a node's poll for changed clients with it.
func (m *market) pass(d time.Duration) {
	m.T.Helper()
	m.Clock.Advance(d)
	if err := m.Clients.Poll(context.Background()); err != nil {
		m.T.Fatal(err)
	}
}

func (m *market) code(page *idptest.Page) string {
	m.T.Helper()
	return page.Response(m.T, idptest.Redirect).Get("code")
}

// token is a request of the client to the token endpoint over the counting connection.
func (m *market) token(pairs ...string) idptest.Answer {
	m.T.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, m.URL+"/token", strings.NewReader(form.Encode()))
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
	if a.Status != http.StatusOK {
		m.T.Fatalf("token endpoint: %d %s", a.Status, a.Body)
	}
	return a
}

func (m *market) exchange(code string) idptest.Answer {
	m.T.Helper()
	return m.token("grant_type", "authorization_code", "code", code, "redirect_uri", idptest.Redirect, "code_verifier", idptest.Verifier)
}

// passwordSignIn is a whole sign-in: authorization request, password, authenticator app,
// tokens. It returns the browser, signed in.
func (m *market) passwordSignIn() *idptest.Browser {
	m.T.Helper()
	m.pass(30 * time.Second) // a TOTP step serves once
	b := m.browser()
	b.Authorize(m.rp.ID, idptest.Redirect)
	b.Submit("/password", "login", m.taro.LoginName, "password", m.taro.Password)
	m.exchange(m.code(b.Submit("/code", "code", m.taro.TOTP())))
	return b
}

// passkeySignIn is the same with a passkey.
func (m *market) passkeySignIn() *idptest.Browser {
	m.T.Helper()
	m.pass(5 * time.Second) // ceremonies are limited by address
	b := m.browser()
	b.Authorize(m.rp.ID, idptest.Redirect)
	m.exchange(m.code(b.UsePasskey(m.key)))
	return b
}

// silent is single sign-on: a code without a page.
func (m *market) silent(b *idptest.Browser) string {
	m.T.Helper()
	m.pass(time.Second)
	return m.code(b.Authorize(m.rp.ID, idptest.Redirect, "prompt", "none"))
}

// most is how many statements each request of a journey may take, once clients and keys are
// in memory. It is what they take now: a change that costs another round trip says so here.
var most = map[string][]budget{
	"password": {
		{"GET /authorize", 1}, {"GET /interaction/{id}", 1}, {"POST /interaction/{id}/password", 11}, {"GET /interaction/{id}", 3},
		{"POST /interaction/{id}/code", 22}, {"GET /interaction/{id}", 8}, {"POST /token", 3},
	},
	"passkey": {
		{"GET /authorize", 1}, {"GET /interaction/{id}", 1}, {"POST /interaction/{id}/passkey/options", 5},
		{"POST /interaction/{id}/passkey", 16}, {"GET /interaction/{id}", 8}, {"POST /token", 3},
	},
	"silent":             {{"GET /authorize", 8}},
	"code":               {{"POST /token", 3}},
	"refresh":            {{"POST /token", 3}},
	"client credentials": {{"POST /token", 0}},
	"bound code":         {{"POST /token", 4}}, // one more uses the proof up (DP-03)
	"bound refresh":      {{"POST /token", 4}},
	"bound userinfo":     {{"GET /userinfo", 3}},
	"pushed silent":      {{"POST /par", 2}, {"GET /authorize", 10}}, // one reads the request, one uses it up (PR-06)
}

type budget struct {
	request string
	most    int
}

// The budget of SQL statements, request by request, on both databases; and that a sign-in
// takes as many among many accounts as among few.
func TestStatementsOfEachRequest(t *testing.T) {
	for name, open := range map[string]func(testing.TB, ...storagetest.Option) *storage.Store{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			m := openMarket(t, open)
			few := m.journeys(t)
			for i := range 300 {
				login := fmt.Sprintf("2%07d", i)
				account := idp.Account{ID: idp.NewID(), Subject: idp.NewID(), LoginName: login, Kind: idp.Personal, Status: idp.AccountActive, UserHandle: []byte(login), CreatedAt: m.Clock.Now(), UpdatedAt: m.Clock.Now()}
				mail := idp.Email{ID: idp.NewID(), AccountID: account.ID, Address: login + "@mail.example", Canonical: login + "@mail.example", Purpose: idp.EmailRegistered, VerifiedAt: m.Clock.Now(), CreatedAt: m.Clock.Now()}
				if err := m.Store.CreateAccount(t.Context(), idp.NewAccount{Account: account, Emails: []idp.Email{mail}}, idp.Effects{}); err != nil {
					t.Fatal(err)
				}
			}
			many := m.journeys(t)
			for _, journey := range slices.Sorted(maps.Keys(few)) {
				if got, want := counts(many[journey]), counts(few[journey]); !slices.Equal(got, want) {
					t.Errorf("%s among many accounts: %v, among few: %v", journey, got, want)
				}
			}
		})
	}
}

func counts(steps []step) (out []string) {
	for _, s := range steps {
		out = append(out, fmt.Sprintf("%s: %d", s.request, len(s.statements)))
	}
	return out
}

// journeys runs each journey once and holds every request against its budget.
func (m *market) journeys(t *testing.T) map[string][]step {
	t.Helper()
	m.passwordSignIn()
	m.passkeySignIn()
	m.net.look()
	took := map[string][]step{}
	b := m.passwordSignIn()
	took["password"] = m.net.look()
	m.passkeySignIn()
	took["passkey"] = m.net.look()
	code := m.silent(b)
	took["silent"] = m.net.look()
	tokens := m.exchange(code)
	took["code"] = m.net.look()
	if tokens = m.token("grant_type", "refresh_token", "refresh_token", tokens.String("refresh_token")); tokens.String("access_token") == "" {
		t.Fatalf("refreshing: %s", tokens.Body)
	}
	took["refresh"] = m.net.look()
	m.token("grant_type", "client_credentials")
	took["client credentials"] = m.net.look()
	m.boundJourneys(t, b, took)
	m.pushedJourney(b, took)
	for journey, steps := range took {
		if len(steps) != len(most[journey]) {
			t.Fatalf("%s went another way: %v", journey, counts(steps))
		}
		for i, s := range steps {
			if limit := most[journey][i]; s.request != limit.request || len(s.statements) > limit.most {
				t.Errorf("%s: %s took %d statements, want %s and at most %d:\n\t%s", journey, s.request, len(s.statements), limit.request, limit.most, strings.Join(s.statements, "\n\t"))
			}
		}
	}
	return took
}
