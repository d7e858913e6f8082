package idp

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Profile of a client: which set of protocol rules it lives under.
type ClientProfile string

const (
	ProfileFAPI2   ClientProfile = "fapi2"   // FAPI 2.0 Security Profile
	ProfileOAuth21 ClientProfile = "oauth21" // PKCE S256 required, any client authentication
	ProfileOIDC    ClientProfile = "oidc"    // PKCE optional: certification and legacy relying parties only
)

// Client authentication methods (OIDC Core 9, RFC 8705).
const (
	AuthNone              = "none"
	AuthClientSecretBasic = "client_secret_basic"
	AuthClientSecretPost  = "client_secret_post"
	AuthPrivateKeyJWT     = "private_key_jwt"
	AuthTLS               = "tls_client_auth"
	AuthSelfSignedTLS     = "self_signed_tls_client_auth"
)

// Client is a registered relying party or resource server.
type Client struct {
	ID         string
	SecretHash []byte // HashSecret of the client secret; nil when the method uses none
	Disabled   bool
	Dynamic    bool // registered over the wire, not by an operator: errors before sign-in do not redirect by themselves (AZ-28)
	Metadata   ClientMetadata
	Version    int
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// ClientMetadata is the RFC 7591 metadata by its registered names, plus ours under sekisho_.
type ClientMetadata struct {
	RedirectURIs            []string          `json:"redirect_uris,omitempty"`
	TokenEndpointAuthMethod string            `json:"token_endpoint_auth_method,omitempty"`
	TokenEndpointAuthAlg    string            `json:"token_endpoint_auth_signing_alg,omitempty"`
	GrantTypes              []string          `json:"grant_types,omitempty"`
	ResponseTypes           []string          `json:"response_types,omitempty"`
	ApplicationType         string            `json:"application_type,omitempty"` // "web" (default) or "native"
	ClientName              string            `json:"client_name,omitempty"`
	ClientNameJA            string            `json:"client_name#ja,omitempty"`
	ClientURI               string            `json:"client_uri,omitempty"`
	LogoURI                 string            `json:"logo_uri,omitempty"`
	PolicyURI               string            `json:"policy_uri,omitempty"`
	TOSURI                  string            `json:"tos_uri,omitempty"`
	Contacts                []string          `json:"contacts,omitempty"`
	Scope                   string            `json:"scope,omitempty"` // space-separated allow list
	JWKS                    json.RawMessage   `json:"jwks,omitempty"`
	JWKSURI                 string            `json:"jwks_uri,omitempty"`
	SubjectType             string            `json:"subject_type,omitempty"`
	IDTokenAlg              string            `json:"id_token_signed_response_alg,omitempty"`
	UserinfoAlg             string            `json:"userinfo_signed_response_alg,omitempty"`
	DefaultMaxAge           *int64            `json:"default_max_age,omitempty"` // seconds
	RequireAuthTime         bool              `json:"require_auth_time,omitempty"`
	DefaultACRValues        []string          `json:"default_acr_values,omitempty"`
	PostLogoutRedirectURIs  []string          `json:"post_logout_redirect_uris,omitempty"`
	BackChannelLogoutURI    string            `json:"backchannel_logout_uri,omitempty"`              // OIDC Back-Channel Logout 2.2
	BackChannelLogoutSID    bool              `json:"backchannel_logout_session_required,omitempty"` // every token has both sid and sub anyway
	FrontChannelLogoutURI   string            `json:"frontchannel_logout_uri,omitempty"`             // OIDC Front-Channel Logout 2
	FrontChannelLogoutSID   bool              `json:"frontchannel_logout_session_required,omitempty"`
	InitiateLoginURI        string            `json:"initiate_login_uri,omitempty"` // OIDC Core 4
	ClientProfile           ClientProfile     `json:"sekisho_profile,omitempty"`
	FirstParty              bool              `json:"sekisho_first_party,omitempty"`      // no consent page
	Resources               []string          `json:"sekisho_resources,omitempty"`        // resource indicators (RFC 8707) it may ask for; the first is the default audience
	ResponseModes           []string          `json:"sekisho_response_modes,omitempty"`   // default: query, form_post, and the signed ones with authorization_signed_response_alg
	ResourceServer          []string          `json:"sekisho_resource_server,omitempty"`  // resources it *is*: it may introspect tokens for these
	AccessTokenAlg          string            `json:"sekisho_access_token_alg,omitempty"` // default: the ID token's
	AccessTokenSeconds      int64             `json:"sekisho_access_token_lifetime,omitempty"`
	Claims                  map[string]string `json:"sekisho_claims,omitempty"`          // extra claim → account attribute
	AllowedOrigins          []string          `json:"sekisho_allowed_origins,omitempty"` // CORS, for browser-based clients

	DPoPBound        bool   `json:"dpop_bound_access_tokens,omitempty"`                   // RFC 9449 5.2
	CertificateBound bool   `json:"tls_client_certificate_bound_access_tokens,omitempty"` // RFC 8705 3.4
	TLSSubjectDN     string `json:"tls_client_auth_subject_dn,omitempty"`                 // RFC 8705 2.1.2: tls_client_auth names exactly one of these five
	TLSSANDNS        string `json:"tls_client_auth_san_dns,omitempty"`
	TLSSANURI        string `json:"tls_client_auth_san_uri,omitempty"`
	TLSSANIP         string `json:"tls_client_auth_san_ip,omitempty"`
	TLSSANEmail      string `json:"tls_client_auth_san_email,omitempty"`

	RequirePushed        bool     `json:"require_pushed_authorization_requests,omitempty"` // RFC 9126 6; a fapi2 client always pushes
	RequireSignedRequest bool     `json:"require_signed_request_object,omitempty"`         // RFC 9101 10.5
	RequestObjectAlg     string   `json:"request_object_signing_alg,omitempty"`            // of its signed request objects; "" with the member above: any of its profile
	AuthorizationAlg     string   `json:"authorization_signed_response_alg,omitempty"`     // of signed authorization responses (JARM 3)
	DetailTypes          []string `json:"authorization_details_types,omitempty"`           // RFC 9396 10: those it may ask for; none by default
	IntrospectionAlg     string   `json:"introspection_signed_response_alg,omitempty"`     // when set, it is never answered without a signature (RFC 9701 6)

	SectorIdentifierURI string `json:"sector_identifier_uri,omitempty"` // OIDC Registration 5
	SoftwareID          string `json:"software_id,omitempty"`           // RFC 7591 2
	SoftwareVersion     string `json:"software_version,omitempty"`
	SoftwareStatement   string `json:"software_statement,omitempty"` // as it was verified at registration (RFC 7591 2.3)
}

// Values of subject_type (OIDC Core 8).
const (
	SubjectPublic   = "public"
	SubjectPairwise = "pairwise"
)

// Public reports whether the client cannot keep a secret.
func (c *Client) Public() bool { return c.Metadata.TokenEndpointAuthMethod == AuthNone }

// UsesCertificate reports whether the client authenticates by a TLS certificate.
func (c *Client) UsesCertificate() bool {
	m := c.Metadata.TokenEndpointAuthMethod
	return m == AuthTLS || m == AuthSelfSignedTLS
}

// HasGrant reports whether the client is registered for the grant type.
func (c *Client) HasGrant(grantType string) bool {
	return slices.Contains(c.Metadata.GrantTypes, grantType)
}

// Scopes is the client's allow list.
func (c *Client) Scopes() []string { return strings.Fields(c.Metadata.Scope) }

// Name is the name shown to a customer in the page's language.
func (c *Client) Name(lang string) string {
	if lang == "ja" && c.Metadata.ClientNameJA != "" {
		return c.Metadata.ClientNameJA
	}
	if c.Metadata.ClientName != "" {
		return c.Metadata.ClientName
	}
	return c.ID
}
