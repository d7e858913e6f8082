package receipt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/keys"
)

// signer is a provider's key and a customer's passkey, which sign what nobody was asked for.
type signer struct {
	t                 *testing.T
	provider, passkey *ecdsa.PrivateKey
}

func newSigner(t *testing.T) *signer {
	t.Helper()
	s := &signer{t: t}
	for _, key := range []**ecdsa.PrivateKey{&s.provider, &s.passkey} {
		fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		*key = fresh
	}
	return s
}

// public is the passkey's key as a COSE_Key (RFC 9052 section 7).
func (s *signer) public() []byte {
	out := []byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}
	out = append(out, s.passkey.X.FillBytes(make([]byte, 32))...)
	out = append(out, 0x22, 0x58, 0x20)
	return append(out, s.passkey.Y.FillBytes(make([]byte, 32))...)
}

// approved are the claims of a receipt whose passkey really signed; edit changes what it
// signs, flags and kind are of its answer.
func (s *signer) approved(edit func(*Claims), flags byte, kind string) Claims {
	s.t.Helper()
	shown := time.Unix(1_000_000, 0)
	c := Claims{
		Issuer: "https://op.example", Subject: "customer", Client: "desk", ID: "1", IssuedAt: shown.Unix() + 30, ACR: "urn:sekisho:op:withdrawal", Level: "phr",
		AuthTime: shown.Unix() + 30, Details: json.RawMessage(`[{"amount":1,"type":"withdrawal"}]`), Interaction: "visit",
	}
	nonce := make([]byte, 32)
	c.Evidence = Passkey(Assertion{RPID: "op.example", ShownAt: shown, Nonce: nonce, PublicKey: s.public()})
	if edit != nil {
		edit(&c)
	}
	client, err := json.Marshal(map[string]any{"type": kind, "challenge": encode(c.binding(nonce).Challenge()), "origin": "https://op.example"})
	if err != nil {
		s.t.Fatal(err)
	}
	rp := sha256.Sum256([]byte("op.example"))
	data := append(rp[:], flags, 0, 0, 0, 1)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(data[:len(data):len(data)], hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, s.passkey, digest[:])
	if err != nil {
		s.t.Fatal(err)
	}
	c.Evidence.AuthenticatorData, c.Evidence.ClientData, c.Evidence.Signature = encode(data), encode(client), encode(signature)
	return c
}

// verify signs claims as the provider and verifies them as somebody who has its key set.
func (s *signer) verify(claims any, typ string) error {
	s.t.Helper()
	options := (&jose.SignerOptions{}).WithType(jose.ContentType(typ)).WithHeader("kid", "k")
	if typ == "" {
		options = (&jose.SignerOptions{}).WithHeader("kid", "k")
	}
	sig, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: s.provider}, options)
	if err != nil {
		s.t.Fatal(err)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		s.t.Fatal(err)
	}
	jws, err := sig.Sign(body)
	if err != nil {
		s.t.Fatal(err)
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = Verify(s.jwks(), compact)
	return err
}

func (s *signer) jwks() []byte {
	s.t.Helper()
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.provider.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		s.t.Fatal(err)
	}
	return raw
}

const (
	touched, verifiedUser = 1 << 0, 1 << 2
	get                   = "webauthn.get"
)

// RA-02: a receipt is true only if a passkey with the customer's PIN or biometrics signed
// this, in answer to a request for it, at that time; the provider's signature alone makes
// none of it true.
func TestPasskeyEvidence(t *testing.T) {
	s := newSigner(t)
	typ := string(keys.KindReceipt)
	if err := s.verify(s.approved(nil, touched|verifiedUser, get), typ); err != nil {
		t.Fatal(err)
	}
	late := func(by int64) func(*Claims) { return func(c *Claims) { c.IssuedAt = c.Evidence.ShownAt + by } }
	for name, c := range map[string]Claims{
		"without user verification":    s.approved(nil, touched, get),
		"without a touch":              s.approved(nil, verifiedUser, get),
		"neither":                      s.approved(nil, 0, get),
		"of a registration":            s.approved(nil, touched|verifiedUser, "webauthn.create"),
		"of a payment":                 s.approved(nil, touched|verifiedUser, "payment.get"),
		"approved before it was shown": s.approved(late(-1), touched|verifiedUser, get),
		"approved long after":          s.approved(late(601), touched|verifiedUser, get),
		"another key named":            s.approved(func(c *Claims) { c.Evidence.Credential = thumbprint([]byte("other")) }, touched|verifiedUser, get),
		"for another provider":         s.approved(func(c *Claims) { c.Evidence.RPID = "evil.example" }, touched|verifiedUser, get),
		"of a kind not known":          s.approved(func(c *Claims) { c.Evidence.Kind = "video" }, touched|verifiedUser, get),
		"of no kind":                   s.approved(func(c *Claims) { c.Evidence.Kind = "" }, touched|verifiedUser, get),
		"with a short nonce":           s.approved(func(c *Claims) { c.Evidence.Nonce = encode(make([]byte, 31)) }, touched|verifiedUser, get),
	} {
		if err := s.verify(c, typ); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("RA-02 %s: %v", name, err)
		}
	}
	good := s.approved(nil, touched|verifiedUser, get)
	for _, other := range []string{"", "JWT", "at+jwt", "logout+jwt", string(keys.KindIntrospection), "receipt+jwt"} {
		if err := s.verify(good, other); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("RA-02 typ %q: %v", other, err)
		}
	}
	for name, change := range map[string]func(map[string]any){
		"no issuer": func(m map[string]any) { delete(m, "iss") }, "no level": func(m map[string]any) { delete(m, "sekisho_level") }, "no transaction": func(m map[string]any) { delete(m, "authorization_details") },
		"no time": func(m map[string]any) { m["iat"] = 0 }, "a transaction that is none": func(m map[string]any) { m["authorization_details"] = []any{nil} },
	} {
		raw, err := json.Marshal(good)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		if err := s.verify(m, typ); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("RA-02 %s: %v", name, err)
		}
	}
}
