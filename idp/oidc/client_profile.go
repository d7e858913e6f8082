package oidc

import (
	"slices"
	"strconv"
	"strings"

	"sekisho/idp"
)

// fapiAlgs are the signature algorithms of FAPI 2.0 Security Profile section 5.4.1.
var fapiAlgs = []string{"PS256", "ES256", "EdDSA"}

// allAlgs are the signature algorithms anything here may use. RS256 is what OpenID
// Connect makes everybody support; HMAC and none are not signatures by a key of one party.
var allAlgs = append(slices.Clone(fapiAlgs), "RS256")

func algsOf(p idp.ClientProfile) []string {
	if p == idp.ProfileFAPI2 {
		return fapiAlgs
	}
	return allAlgs
}

// checkProfile holds a client to one coherent set of rules.
func checkProfile(m idp.ClientMetadata, _ MetadataRules) *Error {
	switch m.ClientProfile {
	case idp.ProfileOAuth21, idp.ProfileOIDC:
		return nil
	case idp.ProfileFAPI2:
		switch m.TokenEndpointAuthMethod {
		case idp.AuthPrivateKeyJWT, idp.AuthTLS, idp.AuthSelfSignedTLS:
			return nil
		}
		return badMetadata("sekisho_profile fapi2 demands token_endpoint_auth_method private_key_jwt, tls_client_auth or self_signed_tls_client_auth")
	}
	return badMetadata("sekisho_profile must be fapi2, oauth21 or oidc")
}

// checkAuthMethod admits the implemented methods (OIDC Core 9, RFC 8705 2).
func checkAuthMethod(m idp.ClientMetadata, _ MetadataRules) *Error {
	switch m.TokenEndpointAuthMethod {
	case idp.AuthClientSecretBasic, idp.AuthClientSecretPost, idp.AuthPrivateKeyJWT, idp.AuthNone, idp.AuthTLS, idp.AuthSelfSignedTLS:
	default:
		return badMetadata("token_endpoint_auth_method must be client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth, self_signed_tls_client_auth or none")
	}
	switch {
	case m.TokenEndpointAuthAlg == "":
	case m.TokenEndpointAuthMethod != idp.AuthPrivateKeyJWT:
		return badMetadata("token_endpoint_auth_signing_alg needs private_key_jwt")
	case !slices.Contains(algsOf(m.ClientProfile), m.TokenEndpointAuthAlg):
		return badMetadata("token_endpoint_auth_signing_alg must be one of " + strings.Join(algsOf(m.ClientProfile), ", "))
	}
	if m.TokenEndpointAuthMethod == idp.AuthNone && len(m.ResourceServer) > 0 {
		return badMetadata("a resource server must authenticate to introspect")
	}
	return nil
}

// grants are those a client may be registered for, where the provider has them.
var grants = []string{GrantAuthorizationCode, GrantRefreshToken, GrantClientCredentials, GrantDeviceCode, GrantTokenExchange}

// checkGrants keeps grant and response types consistent (RFC 7591 section 2.1).
func checkGrants(m idp.ClientMetadata, _ MetadataRules) *Error {
	for _, g := range m.GrantTypes {
		if !slices.Contains(grants, g) {
			return badMetadata("grant_types may hold " + strings.Join(grants, ", ") + " only")
		}
	}
	code := slices.Contains(m.GrantTypes, GrantAuthorizationCode)
	switch {
	case len(m.GrantTypes) == 0 && len(m.ResourceServer) == 0:
		return badMetadata("grant_types is empty")
	case slices.Contains(m.GrantTypes, GrantRefreshToken) && !code && !slices.Contains(m.GrantTypes, GrantDeviceCode):
		return badMetadata("grant_types refresh_token needs authorization_code or " + GrantDeviceCode)
	case slices.Contains(m.GrantTypes, GrantClientCredentials) && m.TokenEndpointAuthMethod == idp.AuthNone:
		return badMetadata("grant_types client_credentials needs a client that authenticates")
	case code != (len(m.ResponseTypes) == 1 && m.ResponseTypes[0] == ResponseTypeCode) || !code && len(m.ResponseTypes) > 0:
		return badMetadata("response_types must be code, and belongs to grant_types authorization_code")
	}
	for _, mode := range m.ResponseModes {
		if !slices.Contains(ResponseModes, mode) && !slices.Contains(SignedResponseModes, mode) {
			return badMetadata("sekisho_response_modes may hold " + strings.Join(append(slices.Clone(ResponseModes), SignedResponseModes...), ", ") + " only")
		}
	}
	return nil
}

// checkAlgorithms admits what the provider's keys can sign and the profile allows. No
// client is ever sent an unsigned token (ID-01).
func checkAlgorithms(m idp.ClientMetadata, rules MetadataRules) *Error {
	allowed := slices.DeleteFunc(slices.Clone(algsOf(m.ClientProfile)), func(alg string) bool { return !slices.Contains(rules.SigningAlgs, alg) })
	for _, of := range []struct{ member, alg string }{
		{"id_token_signed_response_alg", m.IDTokenAlg}, {"userinfo_signed_response_alg", m.UserinfoAlg}, {"sekisho_access_token_alg", m.AccessTokenAlg},
		{"authorization_signed_response_alg", m.AuthorizationAlg}, {"introspection_signed_response_alg", m.IntrospectionAlg},
	} {
		if of.alg != "" && !slices.Contains(allowed, of.alg) {
			return badMetadata(of.member + " must be one of " + strings.Join(allowed, ", ") + " here")
		}
	}
	return nil
}

const maxAccessTokenSeconds, maxFAPIAccessTokenSeconds = 3600, 600

// checkLimits bounds the numbers (TK-14) and the acr defaults.
func checkLimits(m idp.ClientMetadata, _ MetadataRules) *Error {
	limit := int64(maxAccessTokenSeconds)
	if m.ClientProfile == idp.ProfileFAPI2 {
		limit = maxFAPIAccessTokenSeconds
	}
	switch {
	case m.AccessTokenSeconds < 0 || m.AccessTokenSeconds > limit:
		return badMetadata("sekisho_access_token_lifetime must be 0 to " + strconv.FormatInt(limit, 10) + " seconds")
	case m.DefaultMaxAge != nil && (*m.DefaultMaxAge < 0 || *m.DefaultMaxAge > maxMaxAge):
		return badMetadata("default_max_age must be 0 to " + strconv.FormatInt(maxMaxAge, 10) + " seconds")
	case len(m.DefaultACRValues) > maxACRValues || slices.ContainsFunc(m.DefaultACRValues, func(v string) bool { return v == "" || !printable(v) }):
		return badMetadata("default_acr_values is malformed")
	}
	return nil
}
