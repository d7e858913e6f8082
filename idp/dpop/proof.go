package dpop

import (
	"github.com/go-jose/go-jose/v4"

	"sekisho/idp/keys"
	"sekisho/idp/oidc"
)

// proofType is the typ of a proof, so that no other JWT passes for one (RFC 9449 4.2).
const proofType = "dpop+jwt"

// algorithms a proof may be signed with: those of FAPI 2.0 SP 5.4.1, none of them symmetric.
var algorithms = []jose.SignatureAlgorithm{jose.ES256, jose.PS256, jose.EdDSA}

// proof is a proof whose form and signature are good.
type proof struct {
	claims     claims
	thumbprint string // RFC 7638, base64url
}

// claims of a proof (RFC 9449 4.2). Others are ignored.
type claims struct {
	ID        string            `json:"jti"`
	Method    string            `json:"htm"`
	Address   string            `json:"htu"`
	IssuedAt  *oidc.NumericDate `json:"iat"`
	NotBefore *oidc.NumericDate `json:"nbf"`
	Expiry    *oidc.NumericDate `json:"exp"`
	TokenHash string            `json:"ath"`
	Nonce     string            `json:"nonce"`
}

// maxJTI bounds the identifier; 128 random bits take 22 characters.
const maxJTI = 256

// parse reads a proof and verifies its signature with the key in it, which proves that the
// sender holds that key and nothing else.
func parse(raw string) (*proof, *oidc.Error) {
	jws, err := keys.ParseJWS(raw, algorithms)
	if err != nil {
		return nil, refusal("the DPoP proof is not a JWT signed with one of " + oidc.DPoPAlgs())
	}
	head := jws.Signatures[0].Protected
	if typ, _ := head.ExtraHeaders[jose.HeaderType].(string); typ != proofType {
		return nil, refusal("the typ of the DPoP proof is not " + proofType)
	}
	if e := checkKey(raw, head); e != nil {
		return nil, e
	}
	payload, err := jws.Verify(head.JSONWebKey)
	if err != nil {
		return nil, refusal("the signature of the DPoP proof is not by the key in it")
	}
	p := &proof{}
	if err := keys.UnmarshalObject(payload, &p.claims); err != nil {
		return nil, refusal("a claim of the DPoP proof has the wrong type")
	}
	if e := checkComplete(p.claims); e != nil {
		return nil, e
	}
	if p.thumbprint, err = keys.Thumbprint(head.JSONWebKey.Key); err != nil {
		return nil, refusal("the key in the DPoP proof has no thumbprint")
	}
	return p, nil
}

// checkComplete demands the claims every proof has (RFC 9449 4.3, check 3).
func checkComplete(c claims) *oidc.Error {
	switch {
	case c.ID == "" || c.Method == "" || c.Address == "" || c.IssuedAt == nil:
		return refusal("the DPoP proof needs jti, htm, htu and iat")
	case len(c.ID) > maxJTI:
		return refusal("the jti of the DPoP proof is too long")
	}
	return nil
}
