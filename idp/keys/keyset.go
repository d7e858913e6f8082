package keys

import (
	"cmp"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
)

// keySet is one loaded state of the ring. It is never changed once published to readers.
type keySet struct {
	keys  []*heldKey // newest generation first
	byID  map[string]*heldKey
	byAlg map[string][]*heldKey // newest generation first
	jwks  []byte
}

// heldKey is a stored key with its private part decrypted.
type heldKey struct {
	idp.SigningKey
	public  *jose.JSONWebKey
	signers map[Kind]jose.Signer
}

// SealContext is the context under which a signing key is sealed: its row.
func SealContext(kid string) string { return "signing_keys/" + kid + "/sealed" }

// openKey decrypts a stored key. The public part is derived from the private one: a row
// somebody wrote into the database without the KEK never becomes a key.
func openKey(v *Vault, row idp.SigningKey) (*heldKey, error) {
	der, err := v.Open(PurposeSigning, SealContext(row.ID), row.Sealed)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", row.ID, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", row.ID, ErrSealed)
	}
	private, ok := parsed.(crypto.Signer)
	if !ok || !fits(row.Algorithm, private) {
		return nil, fmt.Errorf("signing key %s: %w for its algorithm", row.ID, ErrAlgorithm)
	}
	if kid, err := Thumbprint(private.Public()); err != nil || kid != row.ID {
		return nil, fmt.Errorf("signing key %s: kid is not its thumbprint", row.ID)
	}
	k := &heldKey{SigningKey: row, public: publicJWK(row, private), signers: map[Kind]jose.Signer{}}
	for kind := range rules {
		opts := &jose.SignerOptions{}
		if kind != "" {
			opts.WithType(jose.ContentType(kind))
		}
		k.signers[kind], err = jose.NewSigner(jose.SigningKey{
			Algorithm: jose.SignatureAlgorithm(row.Algorithm),
			Key:       jose.JSONWebKey{Key: private, KeyID: row.ID},
		}, opts)
		if err != nil {
			return nil, fmt.Errorf("signing key %s: %w", row.ID, err)
		}
	}
	return k, nil
}

func publicJWK(row idp.SigningKey, private crypto.Signer) *jose.JSONWebKey {
	return &jose.JSONWebKey{Key: private.Public(), KeyID: row.ID, Algorithm: row.Algorithm, Use: "sig"}
}

func (k *heldKey) sign(kind Kind, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("keys: claims: %w", err)
	}
	jws, err := k.signers[kind].Sign(payload)
	if err != nil {
		return "", fmt.Errorf("keys: sign: %w", err)
	}
	return jws.CompactSerialize()
}

// published reports whether the key belongs in the JWKS at now.
func (k *heldKey) published(now time.Time) bool {
	switch k.State {
	case idp.KeyPublished, idp.KeySigning:
		return true
	case idp.KeyRetiring:
		return now.Before(k.RetiresAt)
	}
	return false
}

// newKeySet indexes keys and renders the JWKS of now.
func newKeySet(held []*heldKey, now time.Time) (*keySet, error) {
	slices.SortFunc(held, func(a, b *heldKey) int {
		return cmp.Or(cmp.Compare(b.Generation, a.Generation), cmp.Compare(a.Algorithm, b.Algorithm))
	})
	s := &keySet{keys: held, byID: map[string]*heldKey{}, byAlg: map[string][]*heldKey{}}
	var public jose.JSONWebKeySet
	for _, k := range held {
		s.byID[k.ID] = k
		s.byAlg[k.Algorithm] = append(s.byAlg[k.Algorithm], k)
		if k.published(now) {
			public.Keys = append(public.Keys, *k.public)
		}
	}
	var err error
	s.jwks, err = json.Marshal(public)
	return s, err
}

// signing is the key of alg that signs at now: the newest generation that may already
// sign. Every node computes the same one from the same rows.
func (s *keySet) signing(alg string, now time.Time) *heldKey {
	for _, k := range s.byAlg[alg] {
		if (k.State == idp.KeyPublished || k.State == idp.KeySigning) && !now.Before(k.SignsFrom) {
			return k
		}
	}
	return nil
}

// pending is the key of alg that is published and waits for its time.
func (s *keySet) pending(alg string, now time.Time) *heldKey {
	for _, k := range s.byAlg[alg] {
		if k.State == idp.KeyPublished && now.Before(k.SignsFrom) {
			return k
		}
	}
	return nil
}

// newest is the greatest generation of alg, 0 when there is none.
func (s *keySet) newest(alg string) int {
	if list := s.byAlg[alg]; len(list) > 0 {
		return list[0].Generation
	}
	return 0
}

// next is the row of a new key of alg, one generation after the newest.
func (s *keySet) next(alg string, state idp.SigningKeyState, signsFrom time.Time) idp.SigningKey {
	return idp.SigningKey{Algorithm: alg, Generation: s.newest(alg) + 1, State: state, SignsFrom: signsFrom.UTC()}
}

// Opens reports by nil that a stored key opens under the vault: that this is the keyset
// which sealed the database.
func Opens(v *Vault, row idp.SigningKey) error {
	_, err := v.Open(PurposeSigning, SealContext(row.ID), row.Sealed)
	return err
}
