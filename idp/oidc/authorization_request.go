package oidc

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// AuthorizationRequest is an authorization request in which everything was checked that
// can be checked without knowing who sits at the browser. It is stored as JSON in
// idp.Interaction.Request and never changes afterwards.
type AuthorizationRequest struct {
	ClientID      string   `json:"client_id"`
	RedirectURI   string   `json:"redirect_uri"` // exactly as sent
	ResponseMode  string   `json:"response_mode"`
	State         string   `json:"state,omitempty"`
	Nonce         string   `json:"nonce,omitempty"`
	Scopes        []string `json:"scopes"`                   // known, allowed, in the order sent, once each
	CodeChallenge string   `json:"code_challenge,omitempty"` // S256
	DPoPKey       string   `json:"dpop_jkt,omitempty"`       // thumbprint of the key that may redeem the code (RFC 9449 10)
	Prompt        []string `json:"prompt,omitempty"`
	MaxAge        *int64   `json:"max_age,omitempty"` // seconds; the client's default_max_age when none was sent
	// ACRValues is the acr_values preference list, values unknown to the provider
	// included; the client's default_acr_values when the request asks for none at all.
	ACRValues []string `json:"acr_values,omitempty"`
	// EssentialACR holds the value or values of an essential acr in the claims request
	// (OIDC Core 5.5.1.1). Use AskedACR to read both.
	EssentialACR []string `json:"essential_acr,omitempty"`
	// Claims is the claims request as ParseClaimsRequest normalised it; nil when absent.
	Claims json.RawMessage `json:"claims,omitempty"`
	// Subjects, when not empty, are the only subjects a response may be about: the
	// claims request named them (AZ-22).
	Subjects  []string `json:"subjects,omitempty"`
	LoginHint string   `json:"login_hint,omitempty"`
	// IDTokenHint is raw, its shape checked and nothing else. It is a token, so it is
	// never stored: verify it with VerifyIDTokenHint and keep HintSubject.
	IDTokenHint string `json:"-"`
	// HintSubject is set by the authorization endpoint from a verified id_token_hint.
	HintSubject   string   `json:"hint_subject,omitempty"`
	UILocales     []string `json:"ui_locales,omitempty"`
	Display       string   `json:"display,omitempty"` // "page", "popup", "touch", "wap" or ""
	Resources     []string `json:"resources,omitempty"`
	AuthTimeAsked bool     `json:"auth_time_asked,omitempty"` // the ID token must carry auth_time
	ResponseAlg   string   `json:"response_alg,omitempty"`    // signs the response (JARM); "" in the modes without signature
	// Details are the authorization_details in canonical form (RFC 9396), and Operation the
	// operation that approving them is; nil and "" without.
	Details   json.RawMessage `json:"authorization_details,omitempty"`
	Operation string          `json:"operation,omitempty"`
	Pushed    []byte          `json:"pushed,omitempty"` // hash of the request_uri it came by (RFC 9126); nil through the browser
	Device    *DeviceAsking   `json:"device,omitempty"` // that waits for the answer (RFC 8628); nil: the browser takes it back
}

// Values of prompt (OIDC Core 3.1.2.1).
const (
	PromptNone          = "none"
	PromptLogin         = "login"
	PromptConsent       = "consent"
	PromptSelectAccount = "select_account"
)

// HasPrompt reports whether the prompt set holds the value.
func (q *AuthorizationRequest) HasPrompt(value string) bool { return slices.Contains(q.Prompt, value) }

// HasScope reports whether the scope was asked for and allowed.
func (q *AuthorizationRequest) HasScope(scope string) bool { return slices.Contains(q.Scopes, scope) }

// Scope is the scope set as the wire writes it.
func (q *AuthorizationRequest) Scope() string { return strings.Join(q.Scopes, " ") }

// AskedACR is the one list of acr values to satisfy. An essential acr claim wins over
// acr_values, which are voluntary in OpenID Connect; asking both ways is left open there.
func (q *AuthorizationRequest) AskedACR() (values []string, essential bool) {
	if len(q.EssentialACR) > 0 {
		return q.EssentialACR, true
	}
	return q.ACRValues, false
}

// AllowsSubject reports whether a response about this subject may be given: neither the
// claims request nor a verified id_token_hint names someone else (AZ-21, AZ-22).
func (q *AuthorizationRequest) AllowsSubject(subject string) bool {
	if q.HintSubject != "" && q.HintSubject != subject {
		return false
	}
	return len(q.Subjects) == 0 || slices.Contains(q.Subjects, subject)
}

// RedirectOrigin is the origin of the redirect URI as CSP form-action writes it.
func (q *AuthorizationRequest) RedirectOrigin() string { return RedirectOrigin(q.RedirectURI) }

// RedirectOrigin is the origin of a registered URI as CSP form-action writes it: the bare
// scheme for a private-use scheme.
func RedirectOrigin(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil:
		return ""
	case u.Host == "":
		return u.Scheme + ":"
	default:
		return u.Scheme + "://" + u.Host
	}
}

// Refuse answers this request with an error at its redirect URI, once the customer or
// the policy has decided.
func (q *AuthorizationRequest) Refuse(code ErrorCode, description string) *AuthorizationError {
	return &AuthorizationError{
		Code: code, Description: DescriptionText(description), Redirectable: true,
		ClientID: q.ClientID, RedirectURI: q.RedirectURI, State: q.State, ResponseMode: q.ResponseMode, ResponseAlg: q.ResponseAlg,
	}
}
