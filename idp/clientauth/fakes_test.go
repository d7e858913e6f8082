package clientauth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

const issuer = "https://op.example"

type clientMap map[string]*idp.Client

func (m clientMap) Client(_ context.Context, id string) (*idp.Client, error) {
	if c := m[id]; c != nil {
		return c, nil
	}
	return nil, idp.ErrNotFound
}

// replays has the uniqueness of the database's table.
type replays struct {
	mu   sync.Mutex
	used map[string]bool
	err  error
}

func (r *replays) UseJTI(_ context.Context, namespace string, hash []byte, _ time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	if r.used == nil {
		r.used = map[string]bool{}
	}
	if r.used[namespace+string(hash)] {
		return idp.ErrConsumed
	}
	r.used[namespace+string(hash)] = true
	return nil
}

type trail struct {
	mu      sync.Mutex
	records []idp.AuditRecord
}

func (t *trail) Record(_ context.Context, r idp.AuditRecord) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.records = append(t.records, r)
}

func (t *trail) last() idp.AuditRecord {
	if len(t.records) == 0 {
		return idp.AuditRecord{}
	}
	return t.records[len(t.records)-1]
}

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// rig is an Authenticator with everything around it in memory.
type rig struct {
	*Authenticator
	clients clientMap
	clock   *clock
	replays *replays
	trail   *trail
	secret  string
	keys    map[string]crypto.Signer // alg → registered private key
}

var signers = sync.OnceValue(func() map[string]crypto.Signer {
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	r, _ := rsa.GenerateKey(rand.Reader, 2048)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	return map[string]crypto.Signer{"ES256": ec, "PS256": r, "RS256": r, "EdDSA": ed}
})

func newRig(t testing.TB) *rig {
	t.Helper()
	c := &clock{time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)}
	g := &rig{clients: clientMap{}, clock: c, replays: &replays{}, trail: &trail{}, secret: idp.NewSecret(), keys: signers()}
	g.Authenticator = &Authenticator{
		Issuer: issuer, Clients: g.clients, Replay: g.replays, Audit: g.trail, Now: c.now,
		Keys:     &ClientKeys{Now: c.now},
		Throttle: &FailureLimiter{Limit: idp.RateLimit{Every: time.Minute, Burst: 1000}, Now: c.now},
	}
	for _, method := range []string{idp.AuthNone, idp.AuthClientSecretBasic, idp.AuthClientSecretPost, idp.AuthPrivateKeyJWT} {
		g.register(method, method, idp.ProfileOAuth21)
	}
	g.register("fapi", idp.AuthPrivateKeyJWT, idp.ProfileFAPI2)
	return g
}

func (g *rig) register(id, method string, profile idp.ClientProfile) *idp.Client {
	c := &idp.Client{ID: id, Metadata: idp.ClientMetadata{TokenEndpointAuthMethod: method, ClientProfile: profile}}
	switch method {
	case idp.AuthClientSecretBasic, idp.AuthClientSecretPost:
		c.SecretHash = idp.HashSecret(g.secret)
	case idp.AuthPrivateKeyJWT:
		c.Metadata.JWKS = jwksOf(g.keys)
	}
	g.clients[id] = c
	return c
}

// jwksOf publishes the EC, RSA and Ed25519 keys under the kids ec, rsa and ed.
func jwksOf(keys map[string]crypto.Signer) json.RawMessage {
	raw, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: keys["ES256"].Public(), KeyID: "ec"}, {Key: keys["PS256"].Public(), KeyID: "rsa"}, {Key: keys["EdDSA"].Public(), KeyID: "ed"},
	}})
	return raw
}

var kidOf = map[string]string{"ES256": "ec", "PS256": "rsa", "RS256": "rsa", "EdDSA": "ed"}

// claims are a good assertion's, for a client, now.
func (g *rig) claims(clientID string) map[string]any {
	now := g.clock.at.Unix()
	return map[string]any{"iss": clientID, "sub": clientID, "aud": issuer, "jti": idp.NewID(), "iat": now, "exp": now + 60}
}

func sign(t testing.TB, alg string, key any, header map[string]any, claims any) string {
	t.Helper()
	payload, isText := claims.(string)
	if !isText {
		raw, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		payload = string(raw)
	}
	opts := &jose.SignerOptions{}
	for name, value := range header {
		opts.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	out, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// assertion signs claims with the registered key of alg.
func (g *rig) assertion(t testing.TB, alg string, claims any) string {
	t.Helper()
	return sign(t, alg, g.keys[alg], map[string]any{"kid": kidOf[alg]}, claims)
}

func assertionForm(assertion string, more ...string) url.Values {
	form := url.Values{"client_assertion": {assertion}, "client_assertion_type": {AssertionType}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// try authenticates one request from an address.
func (g *rig) try(form url.Values, header http.Header, ip string) (*idp.Client, *oidc.Error) {
	r := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader(form.Encode()))
	for name, values := range header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r = r.WithContext(audit.WithRequest(r.Context(), audit.Request{IP: ip}))
	parsed, e := oidc.ParseForm(httptest.NewRecorder(), r)
	if e != nil {
		return nil, e
	}
	return g.Authenticate(r, parsed)
}

func basicHeader(id, secret string) http.Header {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	return r.Header
}
