package par

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

const (
	callback = "https://rp.example/cb"
	form     = "response_type=code&scope=openid&redirect_uri=https%3A%2F%2Frp.example%2Fcb&state=s&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
)

var now = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)

// known authenticates everybody as one client.
type known struct{ client *idp.Client }

func (k known) Authenticate(*http.Request, oidc.Form) (*idp.Client, *oidc.Error) {
	return k.client, nil
}

// unproved is a request without a DPoP header.
type unproved struct{}

func (unproved) Key(*http.Request) (string, *oidc.Error) { return "", nil }

type trail []idp.AuditRecord

func (t *trail) Record(_ context.Context, r idp.AuditRecord) { *t = append(*t, r) }

func endpoint(store *storage.Store, records *trail) *Endpoint {
	client := &idp.Client{ID: "web", Metadata: idp.ClientMetadata{
		ClientProfile: idp.ProfileOAuth21, TokenEndpointAuthMethod: idp.AuthClientSecretBasic, RedirectURIs: []string{callback},
		GrantTypes: []string{"authorization_code"}, ResponseTypes: []string{"code"}, Scope: "openid",
	}}
	return &Endpoint{
		Clients: known{client}, Store: store, Rules: oidc.Rules{Scopes: []string{"openid"}}, Proofs: unproved{}, Audit: records,
		Limit: idp.RateLimit{Every: time.Second, Burst: 2}, Lifetime: time.Minute, Now: func() time.Time { return now },
		VerifyHint: func(string) (oidc.IDTokenHint, error) { return oidc.IDTokenHint{}, idp.ErrRejected },
	}
}

func push(e *Endpoint) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/par", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

// PR-04, PR-05, PR-06: what is stored is a hash and the checked request, and how long it
// can be found.
func TestWhatIsPushedIsFound(t *testing.T) {
	store := storagetest.Memory(t)
	w := push(endpoint(store, &trail{}))
	var said answer
	if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code != http.StatusCreated || said.ExpiresIn != 60 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	at := now
	found := &Requests{Store: store, Now: func() time.Time { return at }}
	for range 2 {
		q, err := found.Pushed(t.Context(), said.RequestURI)
		if err != nil || q.ClientID != "web" || q.RedirectURI != callback || q.State != "s" || string(q.Pushed) != string(idp.HashSecret(said.RequestURI)) {
			t.Fatalf("%+v %v", q, err)
		}
	}
	if _, err := found.Pushed(t.Context(), said.RequestURI+"x"); !errors.Is(err, idp.ErrNotFound) {
		t.Error(err)
	}
	at = now.Add(time.Minute)
	if _, err := found.Pushed(t.Context(), said.RequestURI); !errors.Is(err, idp.ErrExpired) {
		t.Error("PR-05:", err)
	}
	if err := store.UsePushedRequest(t.Context(), idp.HashSecret(said.RequestURI), now); err != nil {
		t.Fatal(err)
	}
	if _, err := found.Pushed(t.Context(), said.RequestURI); !errors.Is(err, idp.ErrConsumed) {
		t.Error("PR-06:", err)
	}
}

// PR-12: the third of two is told when to come again, and recorded.
func TestTooMany(t *testing.T) {
	records := &trail{}
	e := endpoint(storagetest.Memory(t), records)
	for range 2 {
		if w := push(e); w.Code != http.StatusCreated {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	w := push(e)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if len(*records) != 1 || (*records)[0].Event != audit.AuthorizationRejected || (*records)[0].ClientID != "web" {
		t.Errorf("%+v", *records)
	}
}

// LG-06: a database that does not answer is not the client's fault, and mints nothing.
func TestTheDatabaseIsGone(t *testing.T) {
	store := storagetest.Memory(t)
	store.Close()
	w := push(endpoint(store, &trail{}))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "temporarily_unavailable") || strings.Contains(w.Body.String(), "urn:") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
