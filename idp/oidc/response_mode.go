package oidc

import "slices"

// Response modes (OAuth 2.0 Multiple Response Type Encoding Practices, Form Post Response Mode).
const (
	ModeQuery    = "query"
	ModeFormPost = "form_post"
)

// ResponseModes lists what the response writer can do without a signature, for every
// client; the first is the default.
var ResponseModes = []string{ModeQuery, ModeFormPost}

// checkResponseMode admits the modes a client is registered for (AZ-30). A refusal
// travels in the default mode, since the one asked for is not to be used.
func checkResponseMode(c *checking) *Error {
	asked := c.sent.get("response_mode")
	switch asked {
	case "":
		asked = ModeQuery
	case ModeJWT:
		asked = ModeQueryJWT
	}
	allowed := c.client.Metadata.ResponseModes
	if len(allowed) == 0 {
		allowed = ResponseModes
	}
	if !slices.Contains(ResponseModes, asked) && !slices.Contains(SignedResponseModes, asked) || !slices.Contains(allowed, asked) {
		return NewError(InvalidRequest, "the client may not use this response_mode")
	}
	if asked == ModeFormPost && !survivesForm(c.request.State) {
		c.request.State = ""
		return NewError(InvalidRequest, "state holds characters that a form cannot return unchanged")
	}
	c.request.ResponseMode, c.request.ResponseAlg = asked, signedAlg(c.client, asked)
	return nil
}
