package oidc

import (
	"context"
	"slices"
	"time"

	"sekisho/idp"
)

// Signatures verifies what clients sign; *clientauth.ClientKeys is one.
type Signatures interface {
	// VerifyObject verifies a compact JWS by a registered key of the client and one of algs.
	// typ is "" when its header has none; the payload is a strict JSON object.
	VerifyObject(ctx context.Context, client *idp.Client, compact string, algs []string) (typ string, payload []byte, err error)
}

// ObjectRules is what signed request objects are held against. Without Signatures none is
// taken.
type ObjectRules struct {
	Signatures Signatures
	Issuer     string // the audience
	Now        func() time.Time
	ClockSkew  time.Duration // how far a client's clock may be off
}

// RequestObjectAlgorithms are those a request object may be signed with.
func RequestObjectAlgorithms() []string { return slices.Clone(allAlgs) }

// signsRequests reports whether the client is registered for signed request objects.
func signsRequests(client *idp.Client) bool {
	return client.Metadata.RequireSignedRequest || client.Metadata.RequestObjectAlg != ""
}

// objectAlgs is the closed list for one client: its profile's, narrowed to the one it
// registered if it did (FAPI 2.0 Message Signing 5.3.1; JA-01).
func objectAlgs(client *idp.Client) []string {
	allowed := algsOf(client.Metadata.ClientProfile)
	registered := client.Metadata.RequestObjectAlg
	switch {
	case registered == "":
		return allowed
	case !slices.Contains(allowed, registered):
		return nil
	}
	return []string{registered}
}

// openObject replaces the parameters by those of the request object, when there is one and
// the client may send it. What stands beside the object no longer counts (RFC 9101 6.3;
// JA-04). An object that is no good leaves the parameters as they are, and checkRequestObject
// refuses the request with what is wrong.
func (c *checking) openObject(ctx context.Context) {
	raw := c.sent.get("request")
	if raw == "" || c.rules.Objects.Signatures == nil || !signsRequests(c.client) || !c.pushed && mustPush(c.client, c.rules) {
		return
	}
	inner, e := readObject(ctx, raw, c.client, c.rules.Objects)
	if e != nil {
		c.unopened = e
		return
	}
	c.sent = inner
}

// checkRequestObject refuses an object that could not be opened, the lack of one where the
// client promised to sign, and OIDC Core section 6 for everybody else. Ignoring the
// parameters instead would let the values outside win over signed ones. An address is never
// fetched (JA-07).
func checkRequestObject(c *checking) *Error {
	switch {
	case c.unopened != nil:
		return c.unopened
	case c.sent.get("request_uri") != "":
		return NewError(RequestURINotSupported, "the only request_uri taken is that of a pushed request")
	case c.sent.signed:
		return nil
	case c.client.Metadata.RequireSignedRequest:
		return badObject("the request of this client must be a signed request object")
	case c.sent.get("request") != "":
		return NewError(RequestNotSupported, "the client is not registered for signed request objects")
	}
	return nil
}

func badObject(description string) *Error { return NewError(InvalidRequestObject, description) }
