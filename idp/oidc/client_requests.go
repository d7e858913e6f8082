package oidc

import (
	"slices"
	"strings"

	"sekisho/idp"
)

// checkRequests keeps how a client sends its requests coherent (RFC 9126 6, RFC 9101 10.5):
// what it must push it must authenticate for, and what it signs it has keys for.
func checkRequests(m idp.ClientMetadata, _ MetadataRules) *Error {
	signs := m.RequireSignedRequest || m.RequestObjectAlg != ""
	switch {
	case m.RequirePushed && m.TokenEndpointAuthMethod == idp.AuthNone:
		return badMetadata("require_pushed_authorization_requests needs a client that authenticates")
	case m.RequestObjectAlg != "" && !slices.Contains(algsOf(m.ClientProfile), m.RequestObjectAlg):
		return badMetadata("request_object_signing_alg must be one of " + strings.Join(algsOf(m.ClientProfile), ", "))
	case signs && (len(m.JWKS) == 0 || isNull(m.JWKS)) && m.JWKSURI == "":
		return badMetadata("signed request objects need jwks or jwks_uri")
	}
	return nil
}

// withResponses fills in what a client registered for signed responses leaves open: the
// modes where it named an algorithm, the algorithm where it named modes (JARM 3).
func withResponses(m idp.ClientMetadata) idp.ClientMetadata {
	if !slices.Contains(m.GrantTypes, GrantAuthorizationCode) {
		return m
	}
	if m.ResponseModes == nil {
		m.ResponseModes = slices.Clone(ResponseModes)
		if m.AuthorizationAlg != "" {
			m.ResponseModes = append(m.ResponseModes, SignedResponseModes...)
		}
	}
	if slices.ContainsFunc(m.ResponseModes, func(mode string) bool { return slices.Contains(SignedResponseModes, mode) }) {
		fallback(&m.AuthorizationAlg, m.IDTokenAlg)
	}
	return m
}
