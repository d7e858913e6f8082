package token

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
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
	"sekisho/idp/clientauth"
	"sekisho/idp/keys"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

const (
	issuer   = "https://op.example"
	api      = "https://api.example"
	docs     = "https://docs.example"
	callback = "https://rp.example/cb"
	allScope = "openid profile email phone address offline_access trade read"
)

var epoch = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)

// keyRows keeps the ring that all tests share.
type keyRows struct{ rows []idp.SigningKey }

func (k *keyRows) SigningKeys(context.Context) ([]idp.SigningKey, error) { return k.rows, nil }
func (k *keyRows) AddSigningKey(_ context.Context, key idp.SigningKey, _ idp.Effects) error {
	k.rows = append(k.rows, key)
	return nil
}
func (k *keyRows) SetSigningKeyState(context.Context, string, idp.SigningKeyState, idp.SigningKeyState, time.Time, idp.Effects) error {
	return nil
}

var ring = sync.OnceValue(func() *keys.Ring {
	kek, err := keys.NewKEK()
	if err != nil {
		panic(err)
	}
	vault, err := keys.OpenVault(kek)
	if err != nil {
		panic(err)
	}
	r, err := keys.OpenRing(context.Background(), keys.RingOptions{
		Store: &keyRows{}, Vault: vault, RSABits: 2048, Now: func() time.Time { return epoch },
	})
	if err != nil {
		panic(err)
	}
	return r
})

// rig is the four endpoints on a real SQLite database.
type rig struct {
	store   *storage.Store
	clock   *clock
	trail   *trail
	dir     *clientauth.Directory
	mux     *http.ServeMux
	token   *Endpoint
	account idp.Account
	session idp.Session
	secret  string
}

func newRig(t testing.TB) *rig { return rigOn(t, storagetest.Memory) }

func rigOn(t testing.TB, open func(testing.TB, ...storagetest.Option) *storage.Store) *rig {
	t.Helper()
	c := &clock{at: epoch}
	g := &rig{clock: c, trail: &trail{}, secret: idp.NewSecret(), mux: http.NewServeMux()}
	g.store = open(t, storagetest.Clock(c.now))
	var err error
	if g.dir, err = clientauth.OpenDirectory(t.Context(), clientauth.DirectoryOptions{Store: g.store, Now: c.now, TrustFor: 1000 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	auth := &clientauth.Authenticator{
		Issuer: issuer, Clients: g.dir, Replay: g.store, Keys: &clientauth.ClientKeys{Now: c.now}, Audit: g.trail, Now: c.now,
		Throttle: &clientauth.FailureLimiter{Limit: idp.RateLimit{Every: time.Minute, Burst: 1000}, Now: c.now},
	}
	verifier := &Verifier{Keys: ring(), Issuer: issuer, Store: g.store, Clients: g.dir, Now: c.now}
	claims := &Accounts{Store: g.store}
	g.token = &Endpoint{
		Clients: auth, Store: g.store, Minter: &Minter{Keys: ring(), Issuer: issuer}, Claims: claims, Audit: g.trail, Now: c.now,
	}
	g.mux.Handle("/token", g.token)
	g.mux.Handle("/introspect", &Introspection{Clients: auth, Verifier: verifier, Audit: g.trail})
	g.mux.Handle("/revoke", &Revocation{Clients: auth, Verifier: verifier, Store: g.store, Now: c.now})
	g.mux.Handle("/userinfo", &UserInfo{Verifier: verifier, Claims: claims, Audit: g.trail})
	g.registerAll(t)
	g.signUp(t)
	return g
}

func (g *rig) registerAll(t testing.TB) {
	t.Helper()
	all := []string{"authorization_code", "refresh_token", "client_credentials"}
	for _, c := range []idp.Client{
		{ID: "web", Metadata: idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ClientProfile: idp.ProfileOAuth21, GrantTypes: all}},
		{ID: "web-b", Metadata: idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ClientProfile: idp.ProfileOAuth21, GrantTypes: all}},
		{ID: "app", Metadata: idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthNone, ClientProfile: idp.ProfileOAuth21, GrantTypes: all}},
		{ID: "legacy", Metadata: idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ClientProfile: idp.ProfileOIDC, GrantTypes: all}},
		{ID: "code-only", Metadata: idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ClientProfile: idp.ProfileOAuth21, GrantTypes: all[:1]}},
		{ID: "api", Metadata: idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ClientProfile: idp.ProfileOAuth21, ResourceServer: []string{api}}},
		{ID: "docs", Metadata: idp.ClientMetadata{TokenEndpointAuthMethod: idp.AuthClientSecretBasic, ClientProfile: idp.ProfileOAuth21, ResourceServer: []string{docs}}},
	} {
		c.Metadata.Scope, c.Metadata.RedirectURIs = allScope, []string{callback}
		if len(c.Metadata.ResourceServer) == 0 {
			c.Metadata.Resources = []string{api, docs}
		}
		g.register(t, c)
	}
}

func (g *rig) register(t testing.TB, c idp.Client) {
	t.Helper()
	if c.Metadata.TokenEndpointAuthMethod != idp.AuthNone {
		c.SecretHash = idp.HashSecret(g.secret)
	}
	must(t, g.store.CreateClient(t.Context(), &c, idp.Effects{}))
	must(t, g.dir.Poll(t.Context()))
}

// change edits a registered client.
func (g *rig) change(t testing.TB, id string, edit func(*idp.Client)) {
	t.Helper()
	c, err := g.store.Client(t.Context(), id)
	must(t, err)
	edit(c)
	must(t, g.store.UpdateClient(t.Context(), c, idp.Effects{}))
	must(t, g.dir.Poll(t.Context()))
}

func (g *rig) signUp(t testing.TB) {
	t.Helper()
	id := idp.NewID()
	g.account = idp.Account{
		ID: id, Subject: "s" + idp.NewID(), LoginName: "kokyaku-" + id, Kind: idp.Personal, Status: idp.AccountActive, UserHandle: []byte(id),
		Profile: idp.Profile{
			Name: "関所 花子", GivenName: "花子", FamilyName: "関所", Birthdate: "1960-04-01", Zoneinfo: "Asia/Tokyo", PhoneNumber: "+81312345678",
			Address: &idp.Address{Country: "JP", Locality: "箱根町"},
		},
		Permissions: []string{"trade", "withdraw"}, Locale: "ja", CreatedAt: epoch, UpdatedAt: epoch,
	}
	must(t, g.store.CreateAccount(t.Context(), idp.NewAccount{Account: g.account, Emails: []idp.Email{
		{ID: idp.NewID(), AccountID: id, Address: "Hanako@example.jp", Canonical: "hanako@example.jp", Purpose: idp.EmailRegistered, CreatedAt: epoch},
		{ID: idp.NewID(), AccountID: id, Address: "safe@example.jp", Canonical: "safe@example.jp", Purpose: idp.EmailSecurity, VerifiedAt: epoch, CreatedAt: epoch},
	}}, idp.Effects{}))
	now := g.clock.now()
	g.session = idp.Session{
		ID: idp.NewID(), Hash: idp.HashSecret(idp.NewSecret()), SID: idp.NewID(), AccountID: id, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(100 * time.Hour),
	}
	must(t, g.store.Authenticate(t.Context(), idp.Authenticate{Session: g.session, NewSession: true, MaxSessions: 100}))
}

// authorized is a finished authorization whose code has not been redeemed.
type authorized struct {
	client   string
	code     string
	verifier string
	grant    idp.Grant
}

// authorize finishes an authorization of a client; edit may change what is stored.
func (g *rig) authorize(t testing.TB, clientID string, edit func(*idp.IssueCode)) authorized {
	t.Helper()
	now := g.clock.now()
	a := authorized{client: clientID, code: idp.NewSecret(), verifier: idp.NewSecret()}
	sum := sha256.Sum256([]byte(a.verifier))
	interaction := idp.Interaction{
		ID: idp.NewID(), Kind: idp.InteractionAuthorize, BrowserHash: idp.HashSecret("b"), ClientID: clientID,
		Request: []byte(`{}`), Progress: []byte(`{}`), CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	}
	must(t, g.store.CreateInteraction(t.Context(), interaction))
	issue := idp.IssueCode{
		InteractionID: interaction.ID, At: now,
		Grant: idp.Grant{
			ID: idp.NewID(), AccountID: g.account.ID, ClientID: clientID, SessionID: g.session.ID, SID: g.session.SID,
			Scopes: []string{"openid", "profile", "trade", "offline_access"}, Resources: []string{api}, ACR: "urn:sekisho:op:trade", Level: "phr",
			AMR: []string{"pop", "swk", "user", "mfa"}, AuthTime: now.Add(-time.Minute), Offline: true, CreatedAt: now, ExpiresAt: now.Add(48 * time.Hour),
		},
		Code: idp.AuthorizationCode{
			Hash: idp.HashSecret(a.code), ClientID: clientID, RedirectURI: callback, Nonce: "n-0S6",
			CodeChallenge: base64.RawURLEncoding.EncodeToString(sum[:]), CreatedAt: now, ExpiresAt: now.Add(time.Minute),
		},
	}
	issue.Code.GrantID = issue.Grant.ID
	if edit != nil {
		edit(&issue)
	}
	must(t, g.store.IssueCode(t.Context(), issue))
	a.grant = issue.Grant
	return a
}

// form is the token request that redeems the code.
func (a authorized) form(more ...string) url.Values {
	return formOf(append([]string{"grant_type", "authorization_code", "code", a.code, "code_verifier", a.verifier, "redirect_uri", callback}, more...)...)
}

func formOf(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Del(pairs[i])
		if pairs[i+1] != "" {
			form.Set(pairs[i], pairs[i+1])
		}
	}
	return form
}

// answer is a response with its JSON body.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (a answer) text(name string) string { s, _ := a.body[name].(string); return s }

// post sends a form as a client: confidential ones with their secret, public ones by name.
func (g *rig) post(t testing.TB, path, clientID string, form url.Values) answer {
	t.Helper()
	return g.do(t, g.request(path, clientID, form))
}

func (g *rig) request(path, clientID string, form url.Values) *http.Request {
	if clientID == "app" {
		form.Set("client_id", clientID)
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if clientID != "" && clientID != "app" {
		r.SetBasicAuth(clientID, g.secret)
	}
	return r
}

func (g *rig) do(t testing.TB, r *http.Request) answer {
	t.Helper()
	w := httptest.NewRecorder()
	g.mux.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header(), raw: w.Body.String()}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil {
			t.Fatalf("body %q: %v", a.raw, err)
		}
	}
	return a
}

// redeem exchanges a fresh authorization of the client and expects success.
func (g *rig) redeem(t testing.TB, clientID string, edit func(*idp.IssueCode)) answer {
	t.Helper()
	a := g.post(t, "/token", clientID, g.authorize(t, clientID, edit).form())
	wantOK(t, a)
	return a
}

func (g *rig) refresh(t testing.TB, clientID, token string, more ...string) answer {
	t.Helper()
	return g.post(t, "/token", clientID, formOf(append([]string{"grant_type", "refresh_token", "refresh_token", token}, more...)...))
}

func (g *rig) userinfo(t testing.TB, token string) answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/userinfo", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return g.do(t, r)
}

func (g *rig) active(t testing.TB, caller, token string) bool {
	t.Helper()
	a := g.post(t, "/introspect", caller, formOf("token", token))
	wantOK(t, a)
	if a.body["active"] != true && a.raw != `{"active":false}`+"\n" {
		t.Fatalf("inactive, but says %s", a.raw)
	}
	return a.body["active"] == true
}

func wantOK(t testing.TB, a answer) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.raw)
	}
}

func wantError(t testing.TB, a answer, status int, code string) {
	t.Helper()
	if a.status != status || a.text("error") != code {
		t.Fatalf("status %d: %s; want %d %s", a.status, a.raw, status, code)
	}
	for name := range a.body {
		if name != "error" && name != "error_description" {
			t.Fatalf("an error says %q: %s", name, a.raw)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// decode verifies a token with the published keys alone, as a relying party would.
func decode(t testing.TB, token string) (header jose.Header, claims map[string]any) {
	t.Helper()
	var set jose.JSONWebKeySet
	must(t, json.Unmarshal(ring().JWKS(), &set))
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.PS256, jose.EdDSA})
	must(t, err)
	header = jws.Signatures[0].Protected
	found := set.Key(header.KeyID)
	if len(found) != 1 || found[0].Algorithm != header.Algorithm {
		t.Fatalf("kid %q is not in the JWKS once with %s", header.KeyID, header.Algorithm)
	}
	payload, err := jws.Verify(found[0])
	must(t, err)
	must(t, json.Unmarshal(payload, &claims))
	return header, claims
}
