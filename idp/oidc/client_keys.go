package oidc

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"net/url"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
)

const (
	maxClientKeys             = 16
	minRSABits, maxRSABits    = 2048, 4096
	minRSAExponent, maxRSAExp = 3, 1<<31 - 1
)

// checkClientKeys demands jwks xor jwks_uri of a client that signs, and public keys that
// are neither weak nor costly to verify with (AD-04, IN-03).
func checkClientKeys(m idp.ClientMetadata, rules MetadataRules) *Error {
	inline, remote := len(m.JWKS) > 0 && !isNull(m.JWKS), m.JWKSURI != ""
	switch {
	case inline && remote:
		return badMetadata("jwks and jwks_uri exclude each other")
	case m.TokenEndpointAuthMethod == idp.AuthPrivateKeyJWT && !inline && !remote:
		return badMetadata("private_key_jwt needs jwks or jwks_uri")
	case m.TokenEndpointAuthMethod == idp.AuthSelfSignedTLS && !inline && !remote:
		return badMetadata("self_signed_tls_client_auth needs jwks or jwks_uri with its certificate")
	case remote:
		u, err := url.Parse(m.JWKSURI)
		if err != nil || u.Host == "" || u.User != nil || !printable(m.JWKSURI) || len(m.JWKSURI) > maxURILength || !secureOrLocal(u, rules.Development) {
			return badMetadata("jwks_uri must be https")
		}
	case inline:
		return checkJWKS(m.JWKS)
	}
	return nil
}

func checkJWKS(raw json.RawMessage) *Error {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(raw, &set); err != nil || len(set.Keys) == 0 || len(set.Keys) > maxClientKeys {
		return badMetadata("jwks is not a JSON Web Key Set")
	}
	for _, key := range set.Keys {
		if !key.Valid() || !key.IsPublic() || !usableKey(key.Key) || key.Use != "" && key.Use != "sig" {
			return badMetadata("jwks must hold public signing keys, RSA from 2048 to 4096 bits, EC or Ed25519")
		}
	}
	return nil
}

// usableKey knows the kinds a signature here may be verified with.
func usableKey(key any) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		bits := k.N.BitLen()
		return bits >= minRSABits && bits <= maxRSABits && k.E >= minRSAExponent && k.E <= maxRSAExp && k.E%2 == 1
	case *ecdsa.PublicKey:
		return k.Curve.Params().BitSize >= 256
	case ed25519.PublicKey:
		return len(k) == ed25519.PublicKeySize
	}
	return false
}
