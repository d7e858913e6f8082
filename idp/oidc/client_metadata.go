package oidc

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"sekisho/idp"
	"sekisho/idp/httpsafe"
)

// Application and subject types (OIDC Registration 2).
const (
	ApplicationWeb    = "web"
	ApplicationNative = "native"
	SubjectPublic     = idp.SubjectPublic
)

// MaxClientMetadata bounds a client metadata document in bytes.
const MaxClientMetadata = 64 << 10

// MetadataRules is what this provider can do for a client.
type MetadataRules struct {
	SigningAlgs []string // of the provider's own keys
	Scopes      []string // every scope that means something here
	// ConfidentialScopes are never for public clients: what moves money (CA-13).
	ConfidentialScopes []string
	// Development admits http://localhost URIs; see Rules.Development.
	Development bool
	// MutualTLS: the provider takes client certificates; ClientCA: it knows authorities
	// that issue them.
	MutualTLS, ClientCA bool
	// Attributes of accounts that sekisho_claims may map; empty: not checked.
	Attributes  []string
	DetailTypes []string // of authorization_details
	// TokenExchange: the firm has rules for it.
	TokenExchange bool
	Devices       bool // the provider has the device grant
}

// ParseClientMetadata reads an RFC 7591 document. Unknown members, members in other
// letter case, duplicates and trailing input are refused, so that a misspelt restriction
// is an error instead of no restriction (AD-02).
func ParseClientMetadata(raw []byte) (idp.ClientMetadata, *Error) {
	var m idp.ClientMetadata
	if len(raw) > MaxClientMetadata || httpsafe.StrictJSON(raw) != nil {
		return m, badMetadata("the document is not well-formed JSON")
	}
	top, ok := members(raw)
	if !ok {
		return m, badMetadata("the document is not a JSON object")
	}
	for name := range top {
		if !slices.Contains(metadataNames, name) {
			return m, badMetadata("the document has a member that is not known")
		}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return idp.ClientMetadata{}, badMetadata("a member has the wrong type")
	}
	return m, nil
}

// metadataNames are the JSON names of idp.ClientMetadata.
var metadataNames = func() []string {
	var names []string
	t := reflect.TypeFor[idp.ClientMetadata]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}()

// metadataRules run in this order on metadata that has its defaults.
var metadataRules = []func(idp.ClientMetadata, MetadataRules) *Error{
	checkProfile,
	checkAuthMethod,
	checkBinding,
	checkRequests,
	checkDetailTypes,
	checkCertificateSubject,
	checkGrants,
	checkExchangeGrant,
	checkDeviceClient,
	checkRedirectURIs,
	checkAlgorithms,
	checkClientKeys,
	checkClientScope,
	checkLinks,
	checkLogoutURIs,
	checkInitiateLogin,
	checkNamesAndTexts,
	checkResources,
	checkOrigins,
	checkLimits,
	checkClaimMapping,
	checkSubjectType,
	checkSoftware,
}

// CheckClientMetadata applies defaults and every rule to the metadata of a client that
// is created or changed, and returns what is to be stored (AD-04).
func CheckClientMetadata(m idp.ClientMetadata, rules MetadataRules) (idp.ClientMetadata, *Error) {
	m = withDefaults(m)
	for _, rule := range metadataRules {
		if e := rule(m, rules); e != nil {
			return idp.ClientMetadata{}, e
		}
	}
	return m, nil
}

// withDefaults fills in what RFC 7591 section 2 and OIDC Registration 2 say an absent
// member means, so that nobody has to know it later.
func withDefaults(m idp.ClientMetadata) idp.ClientMetadata {
	fallback(&m.ClientProfile, idp.ProfileOAuth21)
	fapi := m.ClientProfile == idp.ProfileFAPI2
	if fapi {
		fallback(&m.TokenEndpointAuthMethod, idp.AuthPrivateKeyJWT)
		fallback(&m.IDTokenAlg, "ES256")
		m.DPoPBound = m.DPoPBound || !m.CertificateBound // one binding it must have, and this one needs nothing from the network
	}
	fallback(&m.TokenEndpointAuthMethod, idp.AuthClientSecretBasic)
	fallback(&m.IDTokenAlg, "RS256")
	fallback(&m.AccessTokenAlg, m.IDTokenAlg)
	fallback(&m.ApplicationType, ApplicationWeb)
	fallback(&m.SubjectType, SubjectPublic)
	fallback(&m.Scope, ScopeOpenID)
	if m.GrantTypes == nil && len(m.ResourceServer) == 0 {
		m.GrantTypes = []string{GrantAuthorizationCode}
	}
	if m.ResponseTypes == nil && slices.Contains(m.GrantTypes, GrantAuthorizationCode) {
		m.ResponseTypes = []string{ResponseTypeCode}
	}
	return withResponses(m)
}

func fallback[T ~string](value *T, standard T) {
	if *value == "" {
		*value = standard
	}
}

func badMetadata(description string) *Error { return NewError(InvalidClientMetadata, description) }
