package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// Names of the signature algorithms the provider signs with (RFC 7518 3.1, RFC 8037).
const (
	ES256 = "ES256"
	RS256 = "RS256"
	PS256 = "PS256"
	EdDSA = "EdDSA" // Ed25519 only
)

// ErrAlgorithm: the algorithm is outside the closed table, or has no key in this ring.
var ErrAlgorithm = errors.New("signature algorithm not supported")

// minRSABits is the least an RSA key may have; 3072 is what is generated unless told
// otherwise (ASVS 11.2.3).
const (
	minRSABits     = 2048
	defaultRSABits = 3072
)

// Algorithms is the closed list of algorithms the provider can sign with, the preferred
// one first.
func Algorithms() []string { return []string{ES256, PS256, EdDSA, RS256} }

func generate(alg string, rsaBits int) (crypto.Signer, error) {
	switch alg {
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RS256, PS256:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	case EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return nil, fmt.Errorf("%w: %q", ErrAlgorithm, alg)
}

// fits reports whether a private key is one that alg can use. It is asked of every key
// read from the database, so that a row's algorithm column alone proves nothing.
func fits(alg string, key crypto.Signer) bool {
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		return alg == ES256 && k.Curve == elliptic.P256()
	case *rsa.PrivateKey:
		return (alg == RS256 || alg == PS256) && k.N.BitLen() >= minRSABits
	case ed25519.PrivateKey:
		return alg == EdDSA
	}
	return false
}

// Thumbprint is the RFC 7638 SHA-256 thumbprint of a public key in base64url: our kid.
func Thumbprint(public crypto.PublicKey) (string, error) {
	jwk := jose.JSONWebKey{Key: public}
	sum, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("%w: %v", ErrAlgorithm, err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}
