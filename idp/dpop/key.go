package dpop

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp/oidc"
)

// privateMembers are the JWK members of private and symmetric keys (RFC 7518 6).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// checkKey demands a public key that fits the algorithm and is neither weak nor costly
// (RFC 9449 4.3, check 7). The header is read again as it was sent: a parsed key may have
// lost the very members that must not be there.
func checkKey(raw string, head jose.Header) *oidc.Error {
	part, _, _ := strings.Cut(raw, ".")
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return refusal("the DPoP proof is malformed")
	}
	var sent struct {
		Key map[string]json.RawMessage `json:"jwk"`
	}
	if json.Unmarshal(text, &sent) != nil || sent.Key == nil || head.JSONWebKey == nil {
		return refusal("the DPoP proof has no key in its header")
	}
	for _, member := range privateMembers {
		if _, there := sent.Key[member]; there {
			return refusal("the key in the DPoP proof is not only public: replace it, others have seen it")
		}
	}
	if !head.JSONWebKey.Valid() || !head.JSONWebKey.IsPublic() || !fits(head.JSONWebKey.Key, head.Algorithm) {
		return refusal("the key in the DPoP proof does not fit its algorithm, or is too weak")
	}
	return nil
}

// fits reports whether a public key may verify alg here.
func fits(key any, alg string) bool {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return alg == string(jose.ES256) && k.Curve == elliptic.P256()
	case *rsa.PublicKey:
		return alg == string(jose.PS256) && k.N.BitLen() >= 2048 && k.N.BitLen() <= 4096 && k.E >= 3 && k.E < 1<<31 && k.E%2 == 1
	case ed25519.PublicKey:
		return alg == string(jose.EdDSA) && len(k) == ed25519.PublicKeySize
	}
	return false
}
