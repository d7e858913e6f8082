package oidc

import (
	"slices"
	"strings"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

// checkDetails reads authorization_details (RFC 9396 5; RA-01). What is asked for is then the
// operation of its type and nothing else: a request cannot name a transaction and a weaker
// proof for it. It comes after the rules about acr, which it overrules.
func checkDetails(c *checking) *Error {
	raw := c.sent.get("authorization_details")
	if raw == "" {
		return nil
	}
	if c.rules.Details == nil {
		return badDetails("authorization_details is not supported")
	}
	asked, err := c.rules.Details.Read([]byte(raw))
	if err != nil {
		return badDetails(strings.TrimSuffix(err.Error(), ": "+idp.ErrRejected.Error()))
	}
	operation := assurance.OperationPrefix + asked.Type.Operation
	values, explicit := c.request.AskedACR()
	explicit = explicit || c.sent.get("acr_values") != ""
	switch {
	case !slices.Contains(c.client.Metadata.DetailTypes, asked.Type.Name):
		return badDetails("the client is not registered for this type")
	case !asked.Type.Unprotected && !c.protected():
		return badDetails("a request for this type must be pushed, or a signed request object")
	case explicit && !slices.Contains(values, operation):
		return NewError(InvalidRequest, "acr_values differ from what the transaction needs; leave them out")
	}
	c.request.Details, c.request.Operation = asked.Canonical, asked.Type.Operation
	c.request.EssentialACR = []string{operation}
	return nil
}

// protected reports whether nobody between the client and the provider can have changed the
// parameters: the client pushed them itself, or signed them (RFC 9396 12).
func (c *checking) protected() bool { return c.pushed || c.sent.signed }

func badDetails(description string) *Error {
	return NewError(InvalidAuthorizationDetails, description)
}

// checkDetailTypes admits the types there are (RFC 9396 10).
func checkDetailTypes(m idp.ClientMetadata, rules MetadataRules) *Error {
	if slices.ContainsFunc(m.DetailTypes, func(t string) bool { return !slices.Contains(rules.DetailTypes, t) }) {
		return badMetadata("authorization_details_types may hold " + strings.Join(rules.DetailTypes, ", ") + " only")
	}
	if len(m.DetailTypes) > 0 && m.TokenEndpointAuthMethod == idp.AuthNone {
		return badMetadata("authorization_details_types needs a client that authenticates")
	}
	return nil
}
