package oidc

const maxStateLength = 4096

// checkState keeps state as it came, byte for byte (RFC 6749 section 4.1.2). One that
// was sent twice or is too long to return is refused and not returned at all.
func checkState(c *checking) *Error {
	state := c.sent.get("state")
	if len(state) > maxStateLength {
		return NewError(InvalidRequest, "state is too long")
	}
	c.request.State = state
	return nil
}

// survivesForm reports whether an HTML form returns the value unchanged: browsers
// normalise line ends, and HTML cannot hold NUL.
func survivesForm(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < 0x20 || c == 0x7f {
			return false
		}
	}
	return true
}
