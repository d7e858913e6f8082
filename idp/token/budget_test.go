package token

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// counted runs one request through the handler and says which SQL it took.
func (g *rig) counted(t *testing.T, r *http.Request) *storage.Counter {
	t.Helper()
	ctx, counter := storage.WithStatementCounter(r.Context())
	wantOK(t, g.do(t, r.WithContext(ctx)))
	return counter
}

// The budget of the hot paths once the client is in memory: what a request may ask of
// the database.
func TestStatementBudget(t *testing.T) {
	g := rigOn(t, storagetest.SQLite)
	tokens := g.redeem(t, "web", nil) // warms the client
	old := g.redeem(t, "legacy", nil)
	wantOK(t, g.post(t, "/introspect", "api", formOf("token", tokens.text("access_token"))))
	for name, c := range map[string]struct {
		request *http.Request
		most    int
	}{
		"code exchange":      {g.request("/token", "web", g.authorize(t, "web", nil).form()), 3},
		"refresh, rotating":  {g.request("/token", "web", formOf("grant_type", "refresh_token", "refresh_token", tokens.text("refresh_token"))), 3},
		"refresh, the same":  {g.request("/token", "legacy", formOf("grant_type", "refresh_token", "refresh_token", old.text("refresh_token"))), 2},
		"client credentials": {g.request("/token", "web", formOf("grant_type", "client_credentials")), 0},
		"introspection":      {g.request("/introspect", "api", formOf("token", tokens.text("access_token"))), 1},
		"revocation":         {g.request("/revoke", "web", formOf("token", "unknown")), 1},
	} {
		t.Run(name, func(t *testing.T) {
			if counter := g.counted(t, c.request); counter.Count() > c.most {
				t.Fatalf("%d statements, at most %d:\n%s", counter.Count(), c.most, strings.Join(counter.Statements(), "\n"))
			}
		})
	}
}

// The benchmarks run the whole handler on a SQLite file: form, client authentication,
// transaction, signatures.

func BenchmarkCodeExchange(b *testing.B) {
	g := rigOn(b, storagetest.SQLite)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		r := g.request("/token", "web", g.authorize(b, "web", nil).form())
		b.StartTimer()
		serve(b, g, r)
	}
}

func BenchmarkRefresh(b *testing.B) {
	g := rigOn(b, storagetest.SQLite)
	token := g.redeem(b, "web", nil).text("refresh_token")
	b.ReportAllocs()
	for b.Loop() {
		body := serve(b, g, g.request("/token", "web", formOf("grant_type", "refresh_token", "refresh_token", token)))
		token = refreshTokenIn(body)
	}
}

func BenchmarkClientCredentials(b *testing.B) {
	g := rigOn(b, storagetest.SQLite)
	b.ReportAllocs()
	for b.Loop() {
		serve(b, g, g.request("/token", "web", formOf("grant_type", "client_credentials", "scope", "trade")))
	}
}

func serve(b *testing.B, g *rig, r *http.Request) []byte {
	w := httptest.NewRecorder()
	g.mux.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// FuzzJWT (IN-07): whatever is presented as an access token, nothing panics and nothing
// but a token of ours is accepted.
func FuzzJWT(f *testing.F) {
	verifier := &Verifier{Keys: ring(), Issuer: issuer, Now: func() time.Time { return epoch }}
	minter := &Minter{Keys: ring(), Issuer: issuer}
	good, _, err := minter.accessToken(&idp.Client{ID: "web"}, &issuance{subject: "s", audience: []string{api}, at: epoch})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, token string) {
		if claims, err := verifier.parse(token); err == nil && claims.Subject != "s" {
			t.Fatalf("%q was accepted as %+v", token, claims)
		}
	})
}
