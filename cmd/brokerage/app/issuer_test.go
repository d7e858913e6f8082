package brokerage_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	brokerage "sekisho/cmd/brokerage/app"
)

const resource = "https://api.aoba.example"

// provider is a tiny issuer of its own making: it signs in whoever subject says, without
// asking, and answers acr_values with exactly that acr unless told otherwise.
type provider struct {
	*httptest.Server
	key *ecdsa.PrivateKey
	now func() time.Time

	mu       sync.Mutex
	requests []url.Values // every authorization request
	tokens   []url.Values // every token request
	basic    []string     // user of HTTP Basic at the token endpoint
	issued   map[string]url.Values
	subject  string
	sid      string                       // of the session at the provider
	refuse   string                       // error to answer the next authorization requests with
	acr      func(asked string) string    // what the tokens will say
	claims   func(access map[string]any)  // last word on the access token
	typ      string                       // of the access token
	authTime func(asked url.Values) int64 // of both tokens

	transactions
}

func newProvider(t *testing.T, now func() time.Time) *provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, now: now, issued: map[string]url.Values{}, subject: "sub-hanako", typ: "at+jwt"}
	p.acr = func(asked string) string {
		if asked == "" {
			return "phr"
		}
		return asked
	}
	p.claims = func(map[string]any) {}
	p.authTime = func(url.Values) int64 { return now().Unix() }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /jwks", p.jwks)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	p.transactions = transactions{pushed: map[string]url.Values{}, open: map[string]bool{}}
	mux.HandleFunc("POST /par", p.par)
	mux.HandleFunc("POST /redeem", p.redeem)
	mux.HandleFunc("POST /introspect", p.introspect)
	mux.HandleFunc("GET /logout", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><p id="signed-out-of-the-provider">`))
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) discovery(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/jwks",
		"end_session_endpoint": p.URL + "/logout", "authorization_response_iss_parameter_supported": true,
		"id_token_signing_alg_values_supported": []string{"ES256"}, "pushed_authorization_request_endpoint": p.URL + "/par",
		"authorization_details_types_supported": []string{"withdrawal"}, "sekisho_redemption_endpoint": p.URL + "/redeem", "introspection_endpoint": p.URL + "/introspect",
	}
	if p.noRedemption {
		delete(document, "sekisho_redemption_endpoint")
	}
	_ = json.NewEncoder(w).Encode(document)
}

func (p *provider) jwks(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	p.requests = append(p.requests, q)
	q = p.resolve(q)
	back := url.Values{"state": {q.Get("state")}, "iss": {p.URL}}
	if p.refuse != "" {
		back.Set("error", p.refuse)
		back.Set("error_description", "<b>from the wire</b>")
	} else {
		code := rand.Text()
		p.issued[code] = q
		back.Set("code", code)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = r.ParseForm()
	p.tokens = append(p.tokens, r.PostForm)
	user, _, _ := r.BasicAuth()
	p.basic = append(p.basic, user)
	asked, known := p.issued[r.PostForm.Get("code")]
	delete(p.issued, r.PostForm.Get("code"))
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	w.Header().Set("Content-Type", "application/json")
	if !known || base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") || asked.Get("code_challenge_method") != "S256" {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_grant"})
		return
	}
	acr := p.acr(asked.Get("acr_values"))
	if asked.Has("authorization_details") {
		acr = p.acr("urn:sekisho:op:withdrawal")
	}
	id := p.sign("JWT", map[string]any{
		"iss": p.URL, "sub": p.subject, "aud": "aoba-trade", "exp": p.now().Add(10 * time.Minute).Unix(), "iat": p.now().Unix(),
		"nonce": asked.Get("nonce"), "acr": acr, "auth_time": p.authTime(asked), "name": "山田 花子", "sid": p.sid,
	})
	if asked.Has("authorization_details") {
		_ = json.NewEncoder(w).Encode(p.approved(acr, asked, id))
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": p.accessToken(acr, p.authTime(asked)), "token_type": "Bearer", "expires_in": 600, "id_token": id,
	})
}

// accessToken makes a token the way the issuer would.
func (p *provider) accessToken(acr string, authTime int64) string {
	claims := map[string]any{
		"iss": p.URL, "sub": p.subject, "aud": resource, "client_id": "aoba-trade", "jti": rand.Text(),
		"exp": p.now().Add(10 * time.Minute).Unix(), "iat": p.now().Unix(), "acr": acr, "sekisho_level": "phr", "auth_time": authTime,
	}
	p.claims(claims)
	return p.sign(p.typ, claims)
}

func (p *provider) sign(typ string, claims map[string]any) string {
	return signWith(p.key, "k1", typ, claims)
}

func signWith(key *ecdsa.PrivateKey, kid, typ string, claims map[string]any) string {
	opts := (&jose.SignerOptions{}).WithType(jose.ContentType(typ))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, opts)
	if err != nil {
		panic(err)
	}
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		panic(err)
	}
	return raw
}

func (p *provider) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *provider) asked() []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]url.Values(nil), p.requests...)
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// firm is a brokerage under test with its provider.
type firm struct {
	*httptest.Server
	op    *provider
	clock *clock
}

func newFirm(t *testing.T, change func(*brokerage.Config)) *firm {
	t.Helper()
	c := &clock{t: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)}
	f := &firm{op: newProvider(t, c.now), clock: c}
	var site http.Handler
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.ServeHTTP(w, r) }))
	t.Cleanup(f.Close)
	cfg := brokerage.Config{
		Issuer: f.op.URL, ClientID: "aoba-trade", ClientSecret: "a secret of the test", BaseURL: f.URL, Resource: resource, Now: c.now,
		APIClientID: "aoba-api", APIClientSecret: "a secret of the API",
	}
	if change != nil {
		change(&cfg)
	}
	s, err := brokerage.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	site = s
	return f
}
