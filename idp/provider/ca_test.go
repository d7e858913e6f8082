package provider_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/clientauth"
	"sekisho/idp/idptest"
)

// keyed is a client that authenticates by private_key_jwt.
type keyed struct {
	*rig
	id       string
	ec, next *ecdsa.PrivateKey // registered as kid 1 and 3
	rsa      *rsa.PrivateKey   // kid 2
	ed       ed25519.PrivateKey
}

func newKeyed(t *testing.T, r *rig, id string, edit func(*idp.ClientMetadata)) *keyed {
	t.Helper()
	k := &keyed{rig: r, id: id}
	var err [4]error
	k.ec, err[0] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.next, err[1] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.rsa, err[2] = rsa.GenerateKey(rand.Reader, 2048)
	_, k.ed, err[3] = ed25519.GenerateKey(rand.Reader)
	for _, e := range err {
		if e != nil {
			t.Fatal(e)
		}
	}
	r.AddClient(id, metadataOf(func(m *idp.ClientMetadata) {
		m.TokenEndpointAuthMethod, m.JWKS = idp.AuthPrivateKeyJWT, idptest.PublicJWKS(t, k.ec, k.rsa, k.next, k.ed)
		if edit != nil {
			edit(m)
		}
	}))
	return k
}

func metadataOf(edit func(*idp.ClientMetadata)) idp.ClientMetadata {
	m := idp.ClientMetadata{
		ClientName: "Test", RedirectURIs: []string{idptest.Redirect}, FirstParty: true, Resources: []string{idptest.API},
		GrantTypes: []string{"authorization_code", "refresh_token", "client_credentials"}, Scope: "openid",
	}
	edit(&m)
	return m
}

// claims of a good assertion; edit may spoil it.
func (k *keyed) claims(edit func(map[string]any)) map[string]any {
	now := k.Clock.Now()
	c := map[string]any{
		"iss": k.id, "sub": k.id, "aud": k.URL, "jti": idp.NewID(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	if edit != nil {
		edit(c)
	}
	return c
}

func (k *keyed) assertion(t *testing.T, edit func(map[string]any)) string {
	t.Helper()
	return idptest.SignJWT(t, jose.ES256, k.ec, k.claims(edit), "kid", "1", "typ", "client-authentication+jwt")
}

// ask makes the cheapest request that needs the client, with an assertion.
func (k *keyed) ask(assertion string, pairs ...string) idptest.Answer {
	form := url.Values{"grant_type": {"client_credentials"}, "client_assertion": {assertion}, "client_assertion_type": {clientauth.AssertionType}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	path := "/token"
	if form.Has("token") {
		path = form.Get("path")
		form.Del("path")
		form.Del("grant_type")
	}
	return k.PostForm(path, form)
}

// CA-02 CA-04 CA-06 CA-12: what an assertion must say.
func TestAssertionClaims(t *testing.T) {
	r := newRig(t)
	k := newKeyed(t, r, "keyed", nil)
	at := func(name string, d time.Duration) func(map[string]any) {
		return func(c map[string]any) { c[name] = r.Clock.Now().Add(d).Unix() }
	}
	set := func(name string, value any) func(map[string]any) {
		return func(c map[string]any) { c[name] = value }
	}
	without := func(name string) func(map[string]any) {
		return func(c map[string]any) { delete(c, name) }
	}
	good := map[string]func(map[string]any){
		"as it should be": nil, "CA-06 iat 10 s ahead": at("iat", 10*time.Second), "CA-06 nbf 10 s ahead": at("nbf", 10*time.Second), "CA-06 nbf an hour ago": at("nbf", -time.Hour),
		"without iat": without("iat"),
	}
	for name, edit := range good {
		t.Run(name, func(t *testing.T) {
			if a := k.ask(k.assertion(t, edit)); a.Status != http.StatusOK {
				t.Errorf("answer %d %s", a.Status, a.Body)
			}
		})
	}
	bad := map[string]func(map[string]any){
		"CA-02 a list with the issuer":  set("aud", []string{r.URL}),
		"CA-02 a list of two":           set("aud", []string{r.URL, "https://rp.example"}),
		"CA-02 the token endpoint":      set("aud", r.URL+"/token"),
		"CA-02 with a slash":            set("aud", r.URL+"/"),
		"CA-02 another provider":        set("aud", "https://evil.example"),
		"CA-02 no audience":             without("aud"),
		"CA-04 another issuer":          set("iss", "app"),
		"CA-04 another subject":         set("sub", "app"),
		"CA-04 no issuer":               without("iss"),
		"CA-04 no subject":              without("sub"),
		"CA-04 no exp":                  without("exp"),
		"CA-04 no jti":                  without("jti"),
		"CA-04 empty jti":               set("jti", ""),
		"CA-06 expired 5 minutes ago":   at("exp", -5*time.Minute),
		"CA-06 good for an hour":        at("exp", time.Hour),
		"CA-06 good for ever":           set("exp", 99999999999),
		"CA-06 nbf 70 s ahead":          at("nbf", 70*time.Second),
		"CA-06 iat 70 s ahead":          at("iat", 70*time.Second),
		"CA-06 iat an hour ago":         at("iat", -time.Hour),
		"CA-06 exp is text":             set("exp", "soon"),
		"CA-06 exp is before the epoch": set("exp", -1),
	}
	for name, edit := range bad {
		t.Run(name, func(t *testing.T) {
			r.Clock.Advance(11 * time.Second) // failures of one client at one address are slowed down
			if a := k.ask(k.assertion(t, edit)); a.Status != http.StatusUnauthorized || a.String("error") != "invalid_client" {
				t.Errorf("answer %d %s", a.Status, a.Body)
			}
		})
	}
	t.Run("CA-04 for another client_id", func(t *testing.T) {
		grantRefused(t, k.ask(k.assertion(t, nil), "client_id", "app"), "invalid_client")
	})
	for name, kind := range map[string]string{"another": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "none": ""} {
		t.Run("CA-12 assertion type "+name, func(t *testing.T) {
			if a := k.ask(k.assertion(t, nil), "client_assertion_type", kind); a.Status/100 != 4 || a.JSON["access_token"] != nil {
				t.Errorf("answer %d %s", a.Status, a.Body)
			}
		})
	}
}

// CA-03 CA-07 CA-08: which keys and algorithms may have signed it, and as what.
func TestAssertionSignature(t *testing.T) {
	r := newRig(t)
	k := newKeyed(t, r, "keyed", nil)
	fapi := newKeyed(t, r, "fapi", func(m *idp.ClientMetadata) { m.ClientProfile = idp.ProfileFAPI2 })
	pinned := newKeyed(t, r, "pinned", func(m *idp.ClientMetadata) { m.TokenEndpointAuthAlg = "PS256" })
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public := func(key crypto.PublicKey) (der, text, jwk []byte) {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		jwk, err = json.Marshal(jose.JSONWebKey{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		return der, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), jwk
	}
	ecDER, ecPEM, ecJWK := public(k.ec.Public())
	rsaDER, rsaPEM, rsaJWK := public(k.rsa.Public())
	sign := func(k *keyed, alg jose.SignatureAlgorithm, key any, header ...string) string {
		return idptest.SignJWT(t, alg, key, k.claims(nil), header...)
	}
	for name, c := range map[string]struct {
		by        *keyed
		assertion string
	}{
		"CA-03 ES256":                     {k, sign(k, jose.ES256, k.ec, "kid", "1")},
		"CA-03 PS256":                     {k, sign(k, jose.PS256, k.rsa, "kid", "2")},
		"CA-03 RS256 outside fapi2":       {k, sign(k, jose.RS256, k.rsa, "kid", "2")},
		"CA-03 EdDSA":                     {k, sign(k, jose.EdDSA, k.ed, "kid", "4")},
		"CA-03 PS256 in fapi2":            {fapi, sign(fapi, jose.PS256, fapi.rsa, "kid", "2")},
		"CA-07 typ JWT":                   {k, sign(k, jose.ES256, k.ec, "kid", "1", "typ", "JWT")},
		"CA-07 the explicit typ":          {k, sign(k, jose.ES256, k.ec, "kid", "1", "typ", "client-authentication+jwt")},
		"CA-08 by another registered":     {k, sign(k, jose.ES256, k.next, "kid", "3")},
		"CA-08 a jku that nobody follows": {k, sign(k, jose.ES256, k.ec, "kid", "1", "jku", "https://evil.example/jwks")},
		"CA-03 the registered algorithm":  {pinned, sign(pinned, jose.PS256, pinned.rsa, "kid", "2")},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.by.ask(c.assertion)
			if c.by == fapi { // known by now, but its tokens would have to be bound to a key
				grantRefused(t, a, "invalid_dpop_proof")
			} else if a.Status != http.StatusOK {
				t.Errorf("answer %d %s", a.Status, a.Body)
			}
		})
	}
	claims := func(k *keyed) map[string]any { return k.claims(nil) }
	for name, c := range map[string]struct {
		by        *keyed
		assertion string
	}{
		"CA-03 none":                          {k, idptest.Unsigned(t, map[string]any{"alg": "none", "kid": "1"}, claims(k), "")},
		"CA-03 None":                          {k, idptest.Unsigned(t, map[string]any{"alg": "None", "kid": "1"}, claims(k), "")},
		"CA-03 NONE":                          {k, idptest.Unsigned(t, map[string]any{"alg": "NONE"}, claims(k), "AAAA")},
		"CA-03 nOnE":                          {k, idptest.Unsigned(t, map[string]any{"alg": "nOnE"}, claims(k), "AAAA")},
		"CA-03 no algorithm":                  {k, idptest.Unsigned(t, map[string]any{"kid": "1"}, claims(k), "AAAA")},
		"CA-03 HS256 with the EC key in DER":  {k, sign(k, jose.HS256, ecDER, "kid", "1")},
		"CA-03 HS256 with the EC key in PEM":  {k, sign(k, jose.HS256, ecPEM, "kid", "1")},
		"CA-03 HS256 with the EC key as JWK":  {k, sign(k, jose.HS256, ecJWK, "kid", "1")},
		"CA-03 HS256 with the RSA key in DER": {k, sign(k, jose.HS256, rsaDER, "kid", "2")},
		"CA-03 HS256 with the RSA key in PEM": {k, sign(k, jose.HS256, rsaPEM, "kid", "2")},
		"CA-03 HS256 with the RSA key as JWK": {k, sign(k, jose.HS256, rsaJWK, "kid", "2")},
		"CA-03 RS256 in fapi2":                {fapi, sign(fapi, jose.RS256, fapi.rsa, "kid", "2")},
		"CA-03 RS384":                         {k, sign(k, jose.RS384, k.rsa, "kid", "2")},
		"CA-03 ES256K":                        {k, idptest.Unsigned(t, map[string]any{"alg": "ES256K", "kid": "1"}, claims(k), "AAAA")},
		"CA-03 another than registered":       {pinned, sign(pinned, jose.ES256, pinned.ec, "kid", "1")},
		"CA-03 algorithm of another key type": {k, sign(k, jose.ES256, k.ec, "kid", "2")},
		"CA-08 a stranger's key":              {k, sign(k, jose.ES256, stranger, "kid", "1")},
		"CA-08 a stranger's key and kid":      {k, sign(k, jose.ES256, stranger, "kid", "stranger")},
		"CA-08 another client's key":          {k, sign(k, jose.ES256, fapi.ec, "kid", "1")},
		"CA-07 as an access token":            {k, sign(k, jose.ES256, k.ec, "kid", "1", "typ", "at+jwt")},
		"CA-07 as a request object":           {k, sign(k, jose.ES256, k.ec, "kid", "1", "typ", "oauth-authz-req+jwt")},
		"CA-07 as a DPoP proof":               {k, sign(k, jose.ES256, k.ec, "kid", "1", "typ", "dpop+jwt")},
		"CA-07 as a logout token":             {k, sign(k, jose.ES256, k.ec, "kid", "1", "typ", "logout+jwt")},
		"CA-07 our own ID token":              {k, r.rp.Grant(r.b).String("id_token")},
		"CA-08 a key in the header":           {k, embedded(t, k, stranger)},
		"CA-03 nothing at all":                {k, "a.b.c"},
	} {
		t.Run(name, func(t *testing.T) {
			r.Clock.Advance(11 * time.Second)
			grantRefused(t, c.by.ask(c.assertion, "client_id", c.by.id), "invalid_client")
		})
	}
}

// embedded signs with a stranger's key and offers that key itself in the header.
func embedded(t *testing.T, k *keyed, stranger *ecdsa.PrivateKey) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: stranger}, &jose.SignerOptions{EmbedJWK: true})
	if err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(k.claims(nil))
	jws, err := signer.Sign(body)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// CA-05: an assertion serves once, wherever it is shown.
func TestAssertionReplay(t *testing.T) {
	r := newRig(t)
	k := newKeyed(t, r, "keyed", nil)
	once := k.assertion(t, nil)
	if a := k.ask(once); a.Status != http.StatusOK {
		t.Fatalf("first use: %d %s", a.Status, a.Body)
	}
	grantRefused(t, k.ask(once), "invalid_client")
	for _, path := range []string{"/introspect", "/revoke"} {
		grantRefused(t, k.ask(once, "token", "x", "path", path), "invalid_client")
	}
	for _, path := range []string{"/introspect", "/revoke"} {
		again := k.assertion(t, nil)
		if a := k.ask(again, "token", "x", "path", path); a.Status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
		grantRefused(t, k.ask(again), "invalid_client")
	}
	r.Clock.Advance(2 * time.Minute)
	race := k.assertion(t, nil)
	var won, done = make(chan bool, 8), sync.WaitGroup{}
	for range cap(won) {
		done.Go(func() { won <- k.ask(race).Status == http.StatusOK })
	}
	done.Wait()
	close(won)
	n := 0
	for ok := range won {
		if ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("CA-05: %d of 8 at once succeeded", n)
	}
}
