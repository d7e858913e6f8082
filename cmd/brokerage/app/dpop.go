package brokerage

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// proofAlgorithms a DPoP proof may have; they are what challenges list.
var proofAlgorithms = []jose.SignatureAlgorithm{jose.ES256, jose.PS256, jose.EdDSA}

const dpopAlgs = `algs="ES256 PS256 EdDSA"`

// proofLife is how old a proof may be, and how far ahead.
const proofLife = time.Minute

// proofs checks DPoP proofs (RFC 9449 section 4.3). A proof serves once; in this sample
// the memory is this process's, a firm with several nodes shares it.
type proofs struct {
	api string // public address of the API, for htu
	now func() time.Time

	mu   sync.Mutex
	used map[string]time.Time
}

// holds reports whether the request proves the key that the token is bound to.
func (p *proofs) holds(r *http.Request, token, thumbprint string) bool {
	sent := r.Header.Values("DPoP")
	if len(sent) != 1 || len(sent[0]) > 8<<10 {
		return false
	}
	jws, err := jose.ParseSignedCompact(sent[0], proofAlgorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return false
	}
	head := jws.Signatures[0].Protected
	if typ, _ := head.ExtraHeaders[jose.HeaderType].(string); typ != "dpop+jwt" || head.JSONWebKey == nil || !head.JSONWebKey.IsPublic() {
		return false
	}
	key, err := head.JSONWebKey.Thumbprint(crypto.SHA256)
	if err != nil || base64.RawURLEncoding.EncodeToString(key) != thumbprint {
		return false
	}
	payload, err := jws.Verify(head.JSONWebKey)
	return err == nil && p.fits(r, payload, token)
}

// fits checks what the proof says: this method and address, now, this token, not before.
func (p *proofs) fits(r *http.Request, payload []byte, token string) bool {
	var c struct {
		ID       string  `json:"jti"`
		Method   string  `json:"htm"`
		Address  string  `json:"htu"`
		IssuedAt float64 `json:"iat"`
		Hash     string  `json:"ath"`
	}
	if json.Unmarshal(payload, &c) != nil || c.ID == "" || len(c.ID) > 256 {
		return false
	}
	address, _, _ := strings.Cut(c.Address, "?")
	hash := sha256.Sum256([]byte(token))
	at := time.Unix(int64(c.IssuedAt), 0)
	return c.Method == r.Method && address == p.api+r.URL.Path && c.Hash == base64.RawURLEncoding.EncodeToString(hash[:]) &&
		at.Sub(p.now()).Abs() <= proofLife && p.first(c.ID, at)
}

func (p *proofs) first(jti string, at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, until := range p.used {
		if p.now().After(until) {
			delete(p.used, id)
		}
	}
	if _, again := p.used[jti]; again {
		return false
	}
	p.used[jti] = at.Add(2 * proofLife)
	return true
}

// confirmed accepts a bound token from its holder only, and in the scheme that says so. A
// certificate-bound one is refused: this API ends no TLS and sees no certificate.
func (p *proofs) confirmed(r *http.Request, token string, t accessToken) error {
	switch {
	case t.Confirmation.Certificate != "", t.dpop != (t.Confirmation.Key != ""):
		return errBadToken
	case t.dpop && !p.holds(r, token, t.Confirmation.Key):
		return errBadProof
	}
	return nil
}

// scheme is the authentication scheme of challenges about this token.
func (t accessToken) scheme() string {
	if t.dpop || t.Confirmation.Key != "" {
		return "DPoP " + dpopAlgs + ", "
	}
	return "Bearer "
}
