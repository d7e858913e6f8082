package oidc

// checkRequestObject refuses OIDC Core section 6, which discovery says is not supported.
// Ignoring the parameter instead would let the values outside win over signed ones.
func checkRequestObject(c *checking) *Error {
	switch {
	case c.sent.get("request") != "":
		return NewError(RequestNotSupported, "the request parameter is not supported")
	case c.sent.get("request_uri") != "":
		return NewError(RequestURINotSupported, "the request_uri parameter is not supported")
	}
	return nil
}
