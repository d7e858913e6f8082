package idptest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/keys"
)

// DPoPKey is a client's key for DPoP proofs.
type DPoPKey struct {
	Alg   jose.SignatureAlgorithm
	Key   crypto.Signer
	JKT   string
	Nonce string // put into every proof when set
	now   func() time.Time
	t     testing.TB
}

// NewDPoPKey makes an ES256 key.
func NewDPoPKey(t testing.TB, now func() time.Time) *DPoPKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return DPoPKeyOf(t, now, jose.ES256, key)
}

// DPoPKeyOf makes proofs with a key of the test's own.
func DPoPKeyOf(t testing.TB, now func() time.Time, alg jose.SignatureAlgorithm, key crypto.Signer) *DPoPKey {
	t.Helper()
	jkt, err := keys.Thumbprint(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return &DPoPKey{Alg: alg, Key: key, JKT: jkt, now: now, t: t}
}

// Claims of a good proof; changes replace members, nil takes one out.
func (k *DPoPKey) Claims(method, url string, changes map[string]any) map[string]any {
	c := map[string]any{"jti": idp.NewID(), "htm": method, "htu": url, "iat": k.now().Unix()}
	if k.Nonce != "" {
		c["nonce"] = k.Nonce
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

// Proof signs Claims.
func (k *DPoPKey) Proof(method, url string, changes map[string]any) string {
	return k.Sign(k.Claims(method, url, changes), map[string]any{"typ": "dpop+jwt", "jwk": jose.JSONWebKey{Key: k.Key.Public()}})
}

// Sign signs any claims under any header.
func (k *DPoPKey) Sign(claims, header map[string]any) string {
	k.t.Helper()
	options := &jose.SignerOptions{}
	for name, value := range header {
		options = options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.Alg, Key: k.Key}, options)
	if err != nil {
		k.t.Fatal(err)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		k.t.Fatal(err)
	}
	jws, err := signer.Sign(body)
	if err != nil {
		k.t.Fatal(err)
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		k.t.Fatal(err)
	}
	return compact
}

// TokenHash is the ath of an access token.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Present calls a resource of the provider with a bound token and a proof for it.
func (p *Provider) Present(k *DPoPKey, method, path, token string, changes map[string]any) Answer {
	p.T.Helper()
	all := map[string]any{"ath": TokenHash(token)}
	maps.Copy(all, changes)
	return p.Call(method, path, "", "Authorization", "DPoP "+token, "DPoP", k.Proof(method, p.Config.Issuer+path, all))
}

// proveKey adds the client's DPoP proof to a request of its own.
func (rp *RelyingParty) proveKey(r *http.Request, path string) {
	if rp.DPoP != nil {
		r.Header.Set("DPoP", rp.DPoP.Proof(r.Method, rp.p.Config.Issuer+path, nil))
	}
}
