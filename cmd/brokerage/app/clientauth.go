package brokerage

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertion proves the client by a key (RFC 7523 section 3; OIDC Core 9, private_key_jwt).
// It lives one minute and names the issuer as its one audience.
func (s *Site) assertion() (string, error) {
	var alg jose.SignatureAlgorithm
	switch s.cfg.PrivateKey.Public().(type) {
	case *ecdsa.PublicKey:
		alg = jose.ES256
	case *rsa.PublicKey:
		alg = jose.PS256
	case ed25519.PublicKey:
		alg = jose.EdDSA
	default:
		return "", errors.New("brokerage: the private key is neither ECDSA, RSA nor Ed25519")
	}
	key := jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: s.cfg.PrivateKey, KeyID: s.cfg.KeyID}}
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	now := s.cfg.Now()
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: s.cfg.ClientID, Subject: s.cfg.ClientID, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
	}).Claims(map[string]any{"aud": s.cfg.Issuer}).Serialize()
}
