package oidc

import "slices"

// requestMetadata is what the document says about pushed and signed requests and about
// signed responses. A provider publishes it when it does it.
type requestMetadata struct {
	PushedRequests   string   `json:"pushed_authorization_request_endpoint,omitempty"` // RFC 9126 5
	RequirePushed    bool     `json:"require_pushed_authorization_requests,omitempty"`
	ResponseAlgs     []string `json:"authorization_signing_alg_values_supported,omitempty"` // JARM 4
	IntrospectionAlg []string `json:"introspection_signing_alg_values_supported,omitempty"` // RFC 9701 7

	DetailTypes []string `json:"authorization_details_types_supported,omitempty"` // RFC 9396 10
	Redemption  string   `json:"sekisho_redemption_endpoint,omitempty"`           // see TOKENS.md
}

// RequestFacts is what a provider can do with requests and responses.
type RequestFacts struct {
	PushedRequests    string // the endpoint, absolute
	RequirePushed     bool   // of every client
	RequestObjectAlgs []string
	ResponseAlgs      []string // of signed authorization responses
	IntrospectionAlgs []string // of signed introspection responses

	DetailTypes []string // of authorization_details
	Redemption  string   // endpoint at which a resource server uses an approved transaction up
}

func (f RequestFacts) metadata() requestMetadata {
	return requestMetadata{f.PushedRequests, f.RequirePushed, f.ResponseAlgs, f.IntrospectionAlgs, f.DetailTypes, f.Redemption}
}

func (f RequestFacts) responseModes() []string {
	modes := slices.Clone(ResponseModes)
	if len(f.ResponseAlgs) > 0 {
		modes = append(append(modes, ModeJWT), SignedResponseModes...)
	}
	return modes
}
