package oidc

// ErrorCodes lists every code this provider may answer with, in the order in which a relying
// party meets them: in the browser, at the token endpoint, at a resource.
func ErrorCodes() []ErrorCode {
	return []ErrorCode{
		InvalidRequest, UnauthorizedClient, AccessDenied, UnsupportedResponseType, InvalidScope, InvalidTarget, InvalidAuthorizationDetails,
		LoginRequired, InteractionRequired, AccountSelectionRequired, ConsentRequired, UnmetAuthenticationRequirements,
		RequestNotSupported, RequestURINotSupported, InvalidRequestURI, InvalidRequestObject, RegistrationNotSupported, ServerError, TemporarilyUnavailable,
		InvalidClient, InvalidGrant, UnsupportedGrantType, UnsupportedTokenType, InvalidDPoPProof, UseDPoPNonce,
		InvalidToken, InsufficientScope, InsufficientUserAuthentication,
		AuthorizationPending, SlowDown, ExpiredToken,
		InvalidRedirectURI, InvalidClientMetadata, InvalidSoftwareStatement, UnapprovedSoftwareStatement,
	}
}
