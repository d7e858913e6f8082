package receipt

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"sekisho/idp"
	"sekisho/idp/details"
	"sekisho/idp/keys"
)

var algorithms = []jose.SignatureAlgorithm{jose.ES256, jose.PS256, jose.EdDSA, jose.RS256}

// answerTime is the longest between the page that showed the transaction and the answer.
const answerTime = 10 * time.Minute

// flaw says what about a receipt is not true; it wraps idp.ErrRejected.
func flaw(what string) error { return fmt.Errorf("%s: %w", what, idp.ErrRejected) }

// Verify checks a receipt with a published key set (RFC 7517), and nothing else: no network,
// no database, no clock. Every flaw wraps idp.ErrRejected.
func Verify(jwks []byte, compact string) (*Claims, error) {
	payload, err := verified(jwks, strings.TrimSpace(compact))
	if err != nil {
		return nil, err
	}
	var c Claims
	if keys.UnmarshalObject(payload, &c) != nil {
		return nil, flaw("the receipt is not in its form")
	}
	if c.Details, err = details.Canonical(c.Details); err != nil {
		return nil, flaw("the transaction cannot be read")
	}
	switch {
	case c.Issuer == "" || c.Subject == "" || c.Client == "" || c.ID == "" || c.IssuedAt <= 0 || c.Level == "":
		return nil, flaw("the receipt lacks a claim")
	case c.Evidence.Kind == ByRecord:
		return &c, nil
	case c.Evidence.Kind != ByPasskey:
		return nil, flaw("the evidence is of a kind not known here")
	}
	return &c, c.checkAssertion()
}

func verified(jwks []byte, compact string) ([]byte, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(jwks, &set); err != nil || len(set.Keys) == 0 {
		return nil, fmt.Errorf("no key set (JWKS): %w", idp.ErrNotFound)
	}
	jws, err := keys.ParseJWS(compact, algorithms)
	if err != nil || !canonicalParts(compact) {
		return nil, flaw("not a signed receipt")
	}
	header := jws.Signatures[0].Protected
	if header.ExtraHeaders[jose.HeaderType] != string(keys.KindReceipt) {
		return nil, flaw("a signed token, but not a receipt")
	}
	found := set.Key(header.KeyID)
	if len(found) == 0 {
		return nil, fmt.Errorf("the key that signed the receipt is not in the key set: %w", idp.ErrNotFound)
	}
	for _, key := range found {
		if key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		if payload, err := jws.Verify(key.Public()); err == nil {
			return payload, nil
		}
	}
	return nil, flaw("the provider's signature is not good")
}

// canonicalParts: each part in the one spelling of base64url that its bytes have, so that two
// files that differ are never the same receipt.
func canonicalParts(compact string) bool {
	for part := range strings.SplitSeq(compact, ".") {
		if decode(part) == nil {
			return false
		}
	}
	return true
}

// checkAssertion holds the passkey's signature against everything the receipt says was
// approved (WebAuthn 7.2): whoever changed any of it would need the customer's passkey.
func (c *Claims) checkAssertion() error {
	e := c.Evidence
	key, data, client, signature, nonce := decode(e.PublicKey), decode(e.AuthenticatorData), decode(e.ClientData), decode(e.Signature), decode(e.Nonce)
	if key == nil || len(data) < 37 || client == nil || signature == nil || len(nonce) != 32 {
		return flaw("the passkey's answer is not complete")
	}
	if thumbprint(key) != e.Credential {
		return flaw("the public key is not the one named")
	}
	if shown := c.IssuedAt - e.ShownAt; shown < 0 || shown > int64(answerTime/time.Second) {
		return flaw("the time of approval does not fit the time at which it was shown")
	}
	if err := c.checkClientData(client, nonce); err != nil {
		return err
	}
	rp := sha256.Sum256([]byte(e.RPID))
	const presentAndVerified = 1<<0 | 1<<2
	if !bytes.Equal(data[:32], rp[:]) || data[32]&presentAndVerified != presentAndVerified {
		return flaw("the passkey's answer is not for this provider, or without user verification")
	}
	parsed, err := webauthncose.ParsePublicKey(key)
	if err != nil {
		return flaw("the public key cannot be read")
	}
	hash := sha256.Sum256(client)
	if ok, err := webauthncose.VerifySignature(parsed, append(data[:len(data):len(data)], hash[:]...), signature); err != nil || !ok {
		return flaw("the passkey's signature is not good")
	}
	return nil
}

func (c *Claims) checkClientData(raw, nonce []byte) error {
	var client map[string]any
	if keys.UnmarshalObject(raw, &client) != nil || client["type"] != "webauthn.get" {
		return flaw("the passkey's answer is not one to a request for approval")
	}
	if client["challenge"] != encode(c.binding(nonce).Challenge()) {
		return flaw("the passkey signed another transaction, client, customer or time")
	}
	return nil
}

// decode reads canonical base64url of at least one byte; nil for everything else.
func decode(s string) []byte {
	if s == "" || strings.ContainsAny(s, "\r\n") {
		return nil
	}
	out, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil
	}
	return out
}
