package idptest

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"sekisho/idp/fetch"
)

// Site is the https web site of a relying party: documents that the provider fetches. Its
// host is example.com.
type Site struct {
	URL string

	mu    sync.Mutex
	pages map[string]string
	asked map[string]int
	roots *x509.CertPool
}

// NewSite starts a site.
func NewSite(t testing.TB) *Site {
	t.Helper()
	s := &Site{pages: map[string]string{}, asked: map[string]int{}, roots: x509.NewCertPool()}
	server := httptest.NewTLSServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	s.roots.AddCert(server.Certificate())
	s.URL = "https://example.com" + strings.TrimPrefix(server.URL, "https://127.0.0.1")
	return s
}

func (s *Site) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[r.URL.Path]++
	page, ok := s.pages[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(page))
}

// Put publishes a document and returns its address.
func (s *Site) Put(t testing.TB, path string, document any) string {
	t.Helper()
	raw, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = string(raw)
	return s.URL + path
}

// PutFile publishes a file and returns its address.
func (s *Site) PutFile(path string, raw []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = string(raw)
	return s.URL + path
}

// Asked is how often a document was fetched.
func (s *Site) Asked(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[path]
}

// Fetch lets a provider reach the site, which is on this machine.
func (s *Site) Fetch() fetch.Options {
	return fetch.Options{
		Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RootCAs: s.roots,
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	}
}

// Registered is a client that registered itself, with what it was told.
type Registered struct {
	*RelyingParty
	Token, Location string
	Metadata        map[string]any
}

// Register sends a registration and returns the answer.
func (p *Provider) Register(metadata map[string]any, headers ...string) Answer {
	p.T.Helper()
	raw, err := json.Marshal(metadata)
	if err != nil {
		p.T.Fatal(err)
	}
	return p.Call(http.MethodPost, "/register", string(raw), append([]string{"Content-Type", "application/json"}, headers...)...)
}

// Registers is Register of a client with Redirect that must succeed; extra goes in pairs of
// name and value.
func (p *Provider) Registers(extra ...any) *Registered {
	p.T.Helper()
	return p.RegistersBy("", extra...)
}

// RegistersBy is Registers with an initial access token.
func (p *Provider) RegistersBy(token string, extra ...any) *Registered {
	p.T.Helper()
	metadata := map[string]any{"redirect_uris": []string{Redirect}, "client_name": "Registered"}
	for i := 0; i+1 < len(extra); i += 2 {
		metadata[extra[i].(string)] = extra[i+1]
	}
	var headers []string
	if token != "" {
		headers = []string{"Authorization", "Bearer " + token}
	}
	a := p.Register(metadata, headers...)
	if a.Status != http.StatusCreated {
		p.T.Fatalf("registration: %d %s", a.Status, a.Body)
	}
	return &Registered{
		RelyingParty: &RelyingParty{ID: a.String("client_id"), Secret: a.String("client_secret"), p: p},
		Token:        a.String("registration_access_token"), Location: strings.TrimPrefix(a.String("registration_client_uri"), p.URL), Metadata: a.JSON,
	}
}

// Manage sends a request to the client configuration endpoint with the client's token.
func (c *Registered) Manage(method string, metadata map[string]any) Answer {
	c.p.T.Helper()
	body := ""
	headers := []string{"Authorization", "Bearer " + c.Token}
	if metadata != nil {
		raw, err := json.Marshal(metadata)
		if err != nil {
			c.p.T.Fatal(err)
		}
		body, headers = string(raw), append(headers, "Content-Type", "application/json")
	}
	return c.p.Call(method, c.Location, body, headers...)
}
