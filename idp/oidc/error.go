package oidc

import "net/http"

// ErrorCode is a registered value of the error parameter.
type ErrorCode string

const (
	// RFC 6749 sections 4.1.2.1 and 5.2.
	InvalidRequest          ErrorCode = "invalid_request"
	UnauthorizedClient      ErrorCode = "unauthorized_client"
	AccessDenied            ErrorCode = "access_denied"
	UnsupportedResponseType ErrorCode = "unsupported_response_type"
	InvalidScope            ErrorCode = "invalid_scope"
	ServerError             ErrorCode = "server_error"
	TemporarilyUnavailable  ErrorCode = "temporarily_unavailable"
	InvalidClient           ErrorCode = "invalid_client"
	InvalidGrant            ErrorCode = "invalid_grant"
	UnsupportedGrantType    ErrorCode = "unsupported_grant_type"
	// OpenID Connect Core 1.0 section 3.1.2.6.
	InteractionRequired      ErrorCode = "interaction_required"
	LoginRequired            ErrorCode = "login_required"
	AccountSelectionRequired ErrorCode = "account_selection_required"
	ConsentRequired          ErrorCode = "consent_required"
	RequestNotSupported      ErrorCode = "request_not_supported"
	RequestURINotSupported   ErrorCode = "request_uri_not_supported"
	RegistrationNotSupported ErrorCode = "registration_not_supported"
	InvalidRequestURI        ErrorCode = "invalid_request_uri"
	InvalidRequestObject     ErrorCode = "invalid_request_object"
	// OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
	UnmetAuthenticationRequirements ErrorCode = "unmet_authentication_requirements"
	// RFC 9470 section 3.
	InsufficientUserAuthentication ErrorCode = "insufficient_user_authentication"
	// RFC 6750 section 3.1.
	InvalidToken      ErrorCode = "invalid_token"
	InsufficientScope ErrorCode = "insufficient_scope"
	// RFC 9449 sections 5 and 8.
	InvalidDPoPProof ErrorCode = "invalid_dpop_proof"
	UseDPoPNonce     ErrorCode = "use_dpop_nonce"
	// RFC 7009 section 2.2.1.
	UnsupportedTokenType ErrorCode = "unsupported_token_type"
	// RFC 8707 section 2.
	InvalidTarget ErrorCode = "invalid_target"
	// RFC 9396 section 5: rich authorization requests are refused, not ignored.
	InvalidAuthorizationDetails ErrorCode = "invalid_authorization_details"
	// RFC 7591 section 3.2.2.
	InvalidRedirectURI    ErrorCode = "invalid_redirect_uri"
	InvalidClientMetadata ErrorCode = "invalid_client_metadata"

	InvalidSoftwareStatement    ErrorCode = "invalid_software_statement"
	UnapprovedSoftwareStatement ErrorCode = "unapproved_software_statement"

	// What a waiting device is told (RFC 8628 3.5).
	AuthorizationPending ErrorCode = "authorization_pending"
	SlowDown             ErrorCode = "slow_down"
	ExpiredToken         ErrorCode = "expired_token"
)

// Error is a protocol error: what the other party may know and nothing else.
type Error struct {
	Code ErrorCode
	// Description is for the developer of the relying party. It is a sentence of ours
	// and never holds a value that came with the request (AZ-29).
	Description string
	// Status overrides the HTTP status that the code implies; 0 leaves it.
	Status int
	// Challenge holds extra attributes of a WWW-Authenticate challenge, in order:
	// scope (RFC 6750), acr_values and max_age (RFC 9470).
	Challenge [][2]string
	// Scheme of the challenge when it is not Bearer: DPoP (RFC 9449 7.1).
	Scheme string
}

// NewError makes an Error. Characters that RFC 6749 appendix A.8 does not allow in a
// description are left out.
func NewError(code ErrorCode, description string) *Error {
	return &Error{Code: code, Description: DescriptionText(description)}
}

// Error is for logs; it is what the other party would be told.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Description }

// HTTPStatus is the status of a JSON or bearer answer with this error.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	switch e.Code {
	case InvalidClient, InvalidToken, InsufficientUserAuthentication:
		return http.StatusUnauthorized
	case InsufficientScope:
		return http.StatusForbidden
	case ServerError:
		return http.StatusInternalServerError
	case TemporarilyUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusBadRequest
	}
}

// DescriptionText keeps %x20-21 / %x23-5B / %x5D-7E, the characters of error_description.
func DescriptionText(s string) string {
	kept := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i]; c >= 0x20 && c <= 0x7e && c != '"' && c != '\\' {
			kept = append(kept, c)
		}
	}
	return string(kept)
}
