package idptest

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// Grant opens an authorization request in a signed-in browser, where no page is needed,
// and returns the tokens.
func (rp *RelyingParty) Grant(b *Browser, pairs ...string) Answer {
	rp.p.T.Helper()
	tokens := rp.Exchange(rp.Code(b, pairs...))
	if tokens.Status != http.StatusOK {
		rp.p.T.Fatalf("token endpoint: %d %s", tokens.Status, tokens.Body)
	}
	return tokens
}

// Code is Grant up to the authorization code.
func (rp *RelyingParty) Code(b *Browser, pairs ...string) string {
	rp.p.T.Helper()
	code := b.Authorize(rp.ID, Redirect, pairs...).Response(rp.p.T, Redirect).Get("code")
	if code == "" {
		rp.p.T.Fatalf("no code: %s", b.Page.Left)
	}
	return code
}

// Active introspects a token and reports whether it is active.
func (rp *RelyingParty) Active(token string) bool {
	rp.p.T.Helper()
	a := rp.Post("/introspect", "token", token)
	active, ok := a.JSON["active"].(bool)
	if a.Status != http.StatusOK || !ok {
		rp.p.T.Fatalf("introspection: %d %s", a.Status, a.Body)
	}
	return active
}

// Call sends any request to the provider with headers in pairs and reads the answer.
func (p *Provider) Call(method, path, body string, headers ...string) Answer {
	p.T.Helper()
	r, err := http.NewRequestWithContext(p.T.Context(), method, p.URL+path, strings.NewReader(body))
	if err != nil {
		p.T.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	return Send(p.T, r)
}

// PostForm sends a form without any client authentication of its own.
func (p *Provider) PostForm(path string, form url.Values, headers ...string) Answer {
	p.T.Helper()
	return p.Call(http.MethodPost, path, form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}

// Verified checks a JWT against the published keys as a relying party would and returns
// header and claims.
func (p *Provider) Verified(jwt string) (header jose.Header, claims map[string]any) {
	p.T.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(p.Call(http.MethodGet, "/jwks", "").Body), &set); err != nil {
		p.T.Fatal("JWKS:", err)
	}
	jws, err := jose.ParseSigned(jwt, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.PS256, jose.EdDSA})
	if err != nil {
		p.T.Fatalf("JWT %q: %v", jwt, err)
	}
	header = jws.Signatures[0].Protected
	found := set.Key(header.KeyID)
	if len(found) != 1 || found[0].Algorithm != header.Algorithm {
		p.T.Fatalf("kid %q with alg %s is not in the JWKS once", header.KeyID, header.Algorithm)
	}
	payload, err := jws.Verify(found[0])
	if err != nil {
		p.T.Fatal("signature:", err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		p.T.Fatal(err)
	}
	return header, claims
}

// SignJWT signs claims with a test's own key; header names go in pairs ("typ", "kid" …).
func SignJWT(t testing.TB, alg jose.SignatureAlgorithm, key any, claims map[string]any, header ...string) string {
	t.Helper()
	options := &jose.SignerOptions{}
	for i := 0; i+1 < len(header); i += 2 {
		options = options.WithHeader(jose.HeaderKey(header[i]), header[i+1])
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
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

// PublicJWKS is the registered key set of a client that holds these keys, with kids "1", "2" …
func PublicJWKS(t testing.TB, keys ...crypto.Signer) json.RawMessage {
	t.Helper()
	var set jose.JSONWebKeySet
	for i, k := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Public(), KeyID: string(rune('1' + i)), Use: "sig"})
	}
	raw, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Unsigned makes a JWT with alg none, or any other header, and the given last part.
func Unsigned(t testing.TB, header, claims map[string]any, signature string) string {
	t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return part(header) + "." + part(claims) + "." + signature
}

// Strings reads a JSON list of strings from an answer, sorted.
func (a Answer) Strings(name string) []string {
	list, _ := a.JSON[name].([]any)
	var out []string
	for _, v := range list {
		s, _ := v.(string)
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}
