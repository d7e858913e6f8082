package oidc

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	zitadel "github.com/zitadel/oidc/v3/pkg/oidc"

	"sekisho/idp"
)

// DiscoveryFacts is what this running provider really does, collected from the
// registries that do it. Nothing is published that is not in here or in this package.
type DiscoveryFacts struct {
	Issuer string
	// Endpoints, absolute, on the issuer's origin. Authorization, Token and JWKS are
	// required; an empty one of the others is not published.
	Authorization, Token, JWKS                      string
	UserInfo, Introspection, Revocation, EndSession string

	Scopes, Claims, ACRValues []string
	GrantTypes                []string
	AuthMethods               []string // of the token endpoint, and of revocation
	IntrospectionAuthMethods  []string // those of a resource server; none is never among them
	AssertionAlgs             []string // client assertions; empty unless private_key_jwt is supported
	IDTokenAlgs, UserInfoAlgs []string
	UILocales                 []string
	// BackChannelLogout and FrontChannelLogout publish the members _logout_supported and
	// _logout_session_supported of each.
	BackChannelLogout, FrontChannelLogout bool

	// DPoPAlgs are those of DPoP proofs. MutualTLS is the origin where clients present
	// certificates; empty where they cannot.
	DPoPAlgs  []string
	MutualTLS string

	ServiceDocumentation, PolicyURI, TermsURI string

	RequestFacts
	Registration string // the endpoint; empty where clients cannot register themselves
	Device       string // the device authorization endpoint (RFC 8628 4); empty where there is none
}

// metadata adds to the library's type what it does not know, and says false aloud where
// leaving a member out would mean something else.
type metadata struct {
	zitadel.DiscoveryConfiguration
	// Shadowed: an absent request_parameter_supported reads as false, but discovery
	// checkers ask for the pair.
	RequestParameterSupported bool `json:"request_parameter_supported"`
	ClaimsParameterSupported  bool `json:"claims_parameter_supported"`
	IssParameterSupported     bool `json:"authorization_response_iss_parameter_supported"` // RFC 9207 section 3
	// prompt_values_supported: Initiating User Registration via OpenID Connect 1.0.
	PromptValues []string `json:"prompt_values_supported"`
	UILocales    []string `json:"ui_locales_supported,omitempty"`
	DPoPAlgs     []string `json:"dpop_signing_alg_values_supported,omitempty"` // RFC 9449 5.1
	// Front-Channel Logout 1.0 section 3.
	FrontChannelLogout    bool `json:"frontchannel_logout_supported,omitempty"`
	FrontChannelLogoutSID bool `json:"frontchannel_logout_session_supported,omitempty"`
	// RFC 8705 sections 3.3 and 5.
	CertificateBound bool              `json:"tls_client_certificate_bound_access_tokens,omitempty"`
	MTLSAliases      map[string]string `json:"mtls_endpoint_aliases,omitempty"`

	requestMetadata
}

// Discovery is the provider's metadata document (OIDC Discovery 3, RFC 8414 section 2).
// It fails when an endpoint is not on the issuer's origin or a required list is empty,
// which is a mistake in the wiring and stops the start.
func Discovery(f DiscoveryFacts) ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	m := metadata{
		DiscoveryConfiguration: zitadel.DiscoveryConfiguration{
			Issuer:                f.Issuer,
			AuthorizationEndpoint: f.Authorization,
			TokenEndpoint:         f.Token,
			JwksURI:               f.JWKS,
			UserinfoEndpoint:      f.UserInfo,
			IntrospectionEndpoint: f.Introspection,
			RevocationEndpoint:    f.Revocation,
			EndSessionEndpoint:    f.EndSession,
			RegistrationEndpoint:  f.Registration, DeviceAuthorizationEndpoint: f.Device,

			ScopesSupported:                            f.Scopes,
			ClaimsSupported:                            f.Claims,
			ACRValuesSupported:                         f.ACRValues,
			ResponseTypesSupported:                     []string{ResponseTypeCode},
			ResponseModesSupported:                     f.responseModes(),
			GrantTypesSupported:                        named[zitadel.GrantType](f.GrantTypes),
			SubjectTypesSupported:                      []string{SubjectPublic, idp.SubjectPairwise},
			IDTokenSigningAlgValuesSupported:           f.IDTokenAlgs,
			UserinfoSigningAlgValuesSupported:          f.UserInfoAlgs,
			TokenEndpointAuthMethodsSupported:          named[zitadel.AuthMethod](f.AuthMethods),
			TokenEndpointAuthSigningAlgValuesSupported: f.AssertionAlgs,
			CodeChallengeMethodsSupported:              []zitadel.CodeChallengeMethod{MethodS256},
			DisplayValuesSupported:                     named[zitadel.Display](displayValues[:2]),
			ClaimTypesSupported:                        []string{"normal"},
			RequestObjectSigningAlgValuesSupported:     f.RequestObjectAlgs,
			RequestURIParameterSupported:               false, // absent would mean true (OIDC Discovery 3)
			BackChannelLogoutSupported:                 f.BackChannelLogout,
			BackChannelLogoutSessionSupported:          f.BackChannelLogout,
			ServiceDocumentation:                       f.ServiceDocumentation,
			OPPolicyURI:                                f.PolicyURI,
			OPTermsOfServiceURI:                        f.TermsURI,
		},
		RequestParameterSupported: len(f.RequestObjectAlgs) > 0,
		ClaimsParameterSupported:  true,
		IssParameterSupported:     true,
		requestMetadata:           f.RequestFacts.metadata(),
		PromptValues:              PromptValues,
		UILocales:                 f.UILocales,
		DPoPAlgs:                  f.DPoPAlgs,
		CertificateBound:          f.MutualTLS != "",
		MTLSAliases:               f.mtlsAliases(),
		FrontChannelLogout:        f.FrontChannelLogout,
		FrontChannelLogoutSID:     f.FrontChannelLogout,
	}
	if f.Revocation != "" {
		m.RevocationEndpointAuthMethodsSupported = named[zitadel.AuthMethod](f.AuthMethods)
		m.RevocationEndpointAuthSigningAlgValuesSupported = f.AssertionAlgs
	}
	if f.Introspection != "" {
		m.IntrospectionEndpointAuthMethodsSupported = named[zitadel.AuthMethod](f.IntrospectionAuthMethods)
		m.IntrospectionEndpointAuthSigningAlgValuesSupported = f.AssertionAlgs
	}
	return json.Marshal(m)
}

func (f DiscoveryFacts) check() error {
	issuer, err := ParseIssuer(f.Issuer)
	if err != nil {
		return err
	}
	for name, endpoint := range map[string]string{
		"authorization": f.Authorization, "token": f.Token, "jwks": f.JWKS, "userinfo": f.UserInfo,
		"introspection": f.Introspection, "revocation": f.Revocation, "end_session": f.EndSession, "pushed_authorization_request": f.PushedRequests,
		"registration": f.Registration, "device_authorization": f.Device,
	} {
		if endpoint == "" && name != "authorization" && name != "token" && name != "jwks" {
			continue
		}
		u, err := url.Parse(endpoint)
		if err != nil || u.Scheme != issuer.Scheme || u.Host != issuer.Host || u.Fragment != "" {
			return fmt.Errorf("discovery: the %s endpoint is not on the issuer's origin", name)
		}
	}
	for name, list := range map[string][]string{
		"scopes": f.Scopes, "grant types": f.GrantTypes, "authentication methods": f.AuthMethods, "ID token algorithms": f.IDTokenAlgs,
	} {
		if len(list) == 0 {
			return fmt.Errorf("discovery: no %s", name)
		}
	}
	if slices.Contains(f.IDTokenAlgs, "none") || slices.Contains(f.UserInfoAlgs, "none") {
		return fmt.Errorf("discovery: an unsigned token is not offered")
	}
	return f.checkMutualTLS()
}

// ParseIssuer checks an issuer identifier: https, or http on localhost for development,
// no query, fragment or trailing slash (OIDC Discovery 3, RFC 8414 section 2).
func ParseIssuer(issuer string) (*url.URL, error) {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(issuer, "?#") || strings.HasSuffix(issuer, "/") || !printable(issuer) {
		return nil, fmt.Errorf("the issuer is not a plain URL without query, fragment and trailing slash")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && u.Hostname() == "localhost") {
		return nil, fmt.Errorf("the issuer must be https")
	}
	return u, nil
}

func named[T ~string](values []string) []T {
	list := make([]T, len(values))
	for i, v := range values {
		list[i] = T(v)
	}
	return list
}
