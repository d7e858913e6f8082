package register

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/idp/oidc"
)

// KeySource gives an issuer's keys; *clientauth.ClientKeys is one.
type KeySource interface {
	Of(ctx context.Context, client *idp.Client, kid string) ([]jose.JSONWebKey, error)
}

// Statements verifies software statements (RFC 7591 section 2.3).
type Statements struct {
	Issuers map[string]string // iss → jwks_uri
	Keys    KeySource
	Now     func() time.Time
}

// statementAlgs are asymmetric: a statement is somebody else's word.
var statementAlgs = []jose.SignatureAlgorithm{jose.PS256, jose.ES256, jose.EdDSA, jose.RS256}

// statementSkew is how far the issuer's clock may be off.
const statementSkew = time.Minute

// notMetadata are the claims of a statement that say something about the statement.
var notMetadata = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "software_statement"}

// applyStatement lets what a verified statement says replace what the request says (RFC
// 7591 section 3.1.1). An update without a statement keeps the one of the registration:
// what it fixed stays fixed.
func (h *Handler) applyStatement(r *http.Request, top map[string]json.RawMessage, policy Policy, client *idp.Client) *oidc.Error {
	if h.Statements == nil {
		delete(top, "software_statement") // a member that means nothing here
		return nil
	}
	var statement string
	raw, sent := top["software_statement"]
	if !sent && client != nil && client.Metadata.SoftwareStatement != "" {
		statement = client.Metadata.SoftwareStatement
	} else if sent && (json.Unmarshal(raw, &statement) != nil || statement == "") {
		return oidc.NewError(oidc.InvalidSoftwareStatement, "software_statement is not a signed JWT")
	}
	if statement == "" {
		if policy.RequireStatement {
			return oidc.NewError(oidc.UnapprovedSoftwareStatement, "a software statement is required")
		}
		return nil
	}
	claims, e := h.Statements.verify(r.Context(), statement)
	if e != nil {
		return e
	}
	for _, name := range notMetadata {
		delete(claims, name)
	}
	for name, value := range claims {
		top[name] = value
	}
	quoted, err := json.Marshal(statement)
	if err != nil {
		return oidc.NewError(oidc.InvalidSoftwareStatement, "software_statement is not a signed JWT")
	}
	top["software_statement"] = quoted
	return nil
}

// verify checks signature, issuer and times, and returns all claims.
func (s *Statements) verify(ctx context.Context, statement string) (map[string]json.RawMessage, *oidc.Error) {
	invalid := oidc.NewError(oidc.InvalidSoftwareStatement, "software_statement is not a valid signed JWT")
	jws, err := keys.ParseJWS(statement, statementAlgs)
	if err != nil {
		return nil, invalid
	}
	var unverified struct {
		Issuer string `json:"iss"`
	}
	if keys.UnmarshalObject(jws.UnsafePayloadWithoutVerification(), &unverified) != nil {
		return nil, invalid
	}
	address, approved := s.Issuers[unverified.Issuer]
	if !approved || unverified.Issuer == "" {
		return nil, oidc.NewError(oidc.UnapprovedSoftwareStatement, "the issuer of the software statement is not believed here")
	}
	header := jws.Signatures[0].Protected
	if typ, _ := header.ExtraHeaders[jose.HeaderType].(string); typ != "" && !strings.EqualFold(typ, "JWT") {
		return nil, invalid // another kind of token (RFC 8725 3.11)
	}
	held, err := s.Keys.Of(ctx, &idp.Client{ID: address, Metadata: idp.ClientMetadata{JWKSURI: address}}, header.KeyID)
	if err != nil {
		return nil, oidc.NewError(oidc.TemporarilyUnavailable, "the keys of the statement's issuer cannot be had")
	}
	payload, ok := verifyBy(jws, held)
	if !ok {
		return nil, invalid
	}
	return s.current(payload, invalid)
}

// verifyBy tries the keys that the header can mean; a key says by its type what it verifies.
func verifyBy(jws *jose.JSONWebSignature, held []jose.JSONWebKey) ([]byte, bool) {
	header := jws.Signatures[0].Protected
	for _, k := range held {
		if k.KeyID != header.KeyID || k.Use != "" && k.Use != "sig" || k.Algorithm != "" && k.Algorithm != header.Algorithm {
			continue
		}
		if payload, err := jws.Verify(k.Key); err == nil {
			return payload, true
		}
	}
	return nil, false
}

func (s *Statements) current(payload []byte, invalid *oidc.Error) (map[string]json.RawMessage, *oidc.Error) {
	var claims map[string]json.RawMessage
	var times struct {
		Expiry    *oidc.NumericDate `json:"exp"`
		NotBefore *oidc.NumericDate `json:"nbf"`
	}
	if keys.UnmarshalObject(payload, &claims) != nil || json.Unmarshal(payload, &times) != nil {
		return nil, invalid
	}
	now := s.Now()
	if times.Expiry != nil && !now.Before(times.Expiry.Add(statementSkew)) || times.NotBefore != nil && times.NotBefore.After(now.Add(statementSkew)) {
		return nil, invalid
	}
	return claims, nil
}
