package oidc

import "encoding/json"

// protectedResource is RFC 9728 section 2.
type protectedResource struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers"`
	JWKS                 string   `json:"jwks_uri"`
	Scopes               []string `json:"scopes_supported"`
	BearerMethods        []string `json:"bearer_methods_supported"`
	SigningAlgs          []string `json:"resource_signing_alg_values_supported,omitempty"`
	CertificateBound     bool     `json:"tls_client_certificate_bound_access_tokens,omitempty"`
	DPoPAlgs             []string `json:"dpop_signing_alg_values_supported,omitempty"`
}

// ProtectedResource describes the provider as the resource it is itself: userinfo, whose
// tokens name the issuer as their audience.
func ProtectedResource(f DiscoveryFacts) ([]byte, error) {
	return json.Marshal(protectedResource{
		Resource: f.Issuer, AuthorizationServers: []string{f.Issuer}, JWKS: f.JWKS, Scopes: f.Scopes,
		BearerMethods: []string{"header", "body"}, SigningAlgs: f.UserInfoAlgs, CertificateBound: f.MutualTLS != "", DPoPAlgs: f.DPoPAlgs,
	})
}
