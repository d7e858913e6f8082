package clientauth

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/idp/oidc"
)

const (
	// standardSkew is how far client and provider clocks may disagree. The conformance
	// suite wants 10 s ahead accepted and 60 s refused (CA-06).
	standardSkew = 30 * time.Second
	// assertionLife is the longest an assertion may be valid, and the oldest it may be.
	assertionLife = 10 * time.Minute
	maxJTI        = 512
)

const reasonReplayed = "replayed"

// assertionClaims are the claims of RFC 7523 section 3. A pointer is nil when absent.
type assertionClaims struct {
	Issuer    string            `json:"iss"`
	Subject   string            `json:"sub"`
	Audience  json.RawMessage   `json:"aud"`
	Expiry    *oidc.NumericDate `json:"exp"`
	NotBefore *oidc.NumericDate `json:"nbf"`
	IssuedAt  *oidc.NumericDate `json:"iat"`
	ID        string            `json:"jti"`
}

// unverifiedSubject is whom an assertion claims to come from, "" when it cannot be read.
// It chooses which client's keys to try, nothing else.
func unverifiedSubject(assertion string) string {
	jws, err := keys.ParseJWS(assertion, assertionAlgorithms)
	if err != nil {
		return ""
	}
	var claims assertionClaims
	if keys.UnmarshalObject(jws.UnsafePayloadWithoutVerification(), &claims) != nil {
		return ""
	}
	return claims.Subject
}

// checkAssertion verifies a private_key_jwt assertion of a client and uses it up. Using
// it up comes last, so that nobody without the key can burn an identifier.
func (a *Authenticator) checkAssertion(ctx context.Context, client *idp.Client, assertion string) *failure {
	jws, err := keys.ParseJWS(assertion, allowedAlgorithms(client))
	if err != nil {
		return refuse("assertion_malformed_or_algorithm")
	}
	header := jws.Signatures[0].Protected
	if typ, sent := header.ExtraHeaders[jose.HeaderType]; sent && !assertionType(typ) {
		return refuse("assertion_typ")
	}
	payload, fail := a.verify(ctx, client, jws)
	if fail != nil {
		return fail
	}
	var claims assertionClaims
	if err := keys.UnmarshalObject(payload, &claims); err != nil {
		return refuse("assertion_claims")
	}
	if reason := claims.check(client.ID, a.Issuer, a.Now(), a.skew()); reason != "" {
		return refuse(reason)
	}
	err = a.Replay.UseJTI(ctx, "client_assertion:"+client.ID, idp.HashSecret(claims.ID), claims.Expiry.Add(a.skew()))
	if errors.Is(err, idp.ErrConsumed) {
		return refuse(reasonReplayed)
	}
	if err != nil {
		return &failure{err: err}
	}
	return nil
}

// assertionType admits the explicit type of rfc7523bis and, for the clients written
// before it, the general one. Any other names another kind of token (CA-07).
func assertionType(typ any) bool {
	return typ == "client-authentication+jwt" || typ == "JWT"
}

func (a *Authenticator) skew() time.Duration {
	if a.ClockSkew > 0 {
		return a.ClockSkew
	}
	return standardSkew
}

// check returns "" or the reason to refuse (CA-02, CA-04, CA-06).
func (c *assertionClaims) check(clientID, issuer string, now time.Time, skew time.Duration) string {
	var audience string
	switch {
	case c.Issuer != clientID || c.Subject != clientID:
		return "assertion_iss_sub"
	case json.Unmarshal(c.Audience, &audience) != nil || audience != issuer:
		return "assertion_aud" // an array is refused too: what it may mean differs between servers
	case c.ID == "" || len(c.ID) > maxJTI:
		return "assertion_jti"
	case c.Expiry == nil:
		return "assertion_exp_missing"
	case !now.Before(c.Expiry.Add(skew)):
		return "assertion_expired"
	case c.Expiry.After(now.Add(assertionLife + skew)):
		return "assertion_exp_far"
	case c.NotBefore != nil && c.NotBefore.After(now.Add(skew)):
		return "assertion_nbf"
	case c.IssuedAt != nil && c.IssuedAt.After(now.Add(skew)):
		return "assertion_iat_future"
	case c.IssuedAt != nil && c.IssuedAt.Before(now.Add(-assertionLife-skew)):
		return "assertion_iat_old"
	}
	return ""
}
