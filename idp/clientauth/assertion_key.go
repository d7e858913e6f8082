package clientauth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
)

// maxCandidates bounds the signature checks one assertion can cost.
const maxCandidates = 4

// assertionAlgorithms is everything any client may use.
var assertionAlgorithms = []jose.SignatureAlgorithm{jose.PS256, jose.ES256, jose.EdDSA, jose.RS256}

// allowedAlgorithms is the closed list for one client: its profile's, narrowed to the one
// it registered if it did (CA-03; FAPI 2.0 SP 5.4.1 has no RS256).
func allowedAlgorithms(client *idp.Client) []jose.SignatureAlgorithm {
	allowed := assertionAlgorithms
	if client.Metadata.ClientProfile == idp.ProfileFAPI2 {
		allowed = []jose.SignatureAlgorithm{jose.PS256, jose.ES256, jose.EdDSA}
	}
	registered := jose.SignatureAlgorithm(client.Metadata.TokenEndpointAuthAlg)
	if registered == "" {
		return allowed
	}
	if !slices.Contains(allowed, registered) {
		return nil
	}
	return []jose.SignatureAlgorithm{registered}
}

// verify checks the signature with the client's registered keys (CA-08).
func (a *Authenticator) verify(ctx context.Context, client *idp.Client, jws *jose.JSONWebSignature) ([]byte, *failure) {
	header := jws.Signatures[0].Protected
	registered, err := a.Keys.Of(ctx, client, header.KeyID)
	if err != nil {
		return nil, refuse("client_keys_unavailable")
	}
	for _, key := range candidates(registered, header.KeyID, header.Algorithm) {
		if payload, err := jws.Verify(key.Key); err == nil {
			return payload, nil
		}
	}
	return nil, refuse("assertion_signature")
}

// candidates are the registered keys that an assertion of kid and alg can have been made
// with. Several keys may share a kid; they are told apart by type. Without a kid exactly
// one key must fit: the provider does not guess.
func candidates(registered []jose.JSONWebKey, kid, alg string) []jose.JSONWebKey {
	var out []jose.JSONWebKey
	for _, k := range registered {
		if (kid == "" || k.KeyID == kid) && usable(k, alg) {
			out = append(out, k)
		}
	}
	if kid == "" && len(out) > 1 {
		return nil
	}
	return out[:min(len(out), maxCandidates)]
}

// usable reports whether a registered key verifies alg: type, curve, strength, and what
// the key says of itself.
func usable(k jose.JSONWebKey, alg string) bool {
	if k.Use != "" && k.Use != "sig" || k.Algorithm != "" && k.Algorithm != alg {
		return false
	}
	switch public := k.Key.(type) {
	case *ecdsa.PublicKey:
		return alg == "ES256" && public.Curve == elliptic.P256()
	case *rsa.PublicKey:
		return (alg == "PS256" || alg == "RS256") && fairRSA(public)
	case ed25519.PublicKey:
		return alg == "EdDSA"
	}
	return false
}

// fairRSA bounds what one check of a signature costs: registration refuses other keys, but
// a set behind an address can change afterwards (IN-03).
func fairRSA(k *rsa.PublicKey) bool {
	bits := k.N.BitLen()
	return bits >= 2048 && bits <= 4096 && k.E >= 3 && k.E < 1<<31 && k.E%2 == 1
}
