package idp

// Confirmation names the key a token is bound to (RFC 7800): the presenter must hold its
// private half. At most one member is set; with none the token is a bearer token.
type Confirmation struct {
	JKT string `json:"jkt,omitempty"`      // thumbprint of a DPoP key (RFC 9449 6.1)
	X5T string `json:"x5t#S256,omitempty"` // SHA-256 of a client certificate (RFC 8705 3.1)
}

// Bound reports whether there is a key at all.
func (c Confirmation) Bound() bool { return c != Confirmation{} }

// String is the confirmation as a refresh token remembers it: "" when there is no key.
func (c Confirmation) String() string {
	switch {
	case c.JKT != "":
		return "jkt:" + c.JKT
	case c.X5T != "":
		return "x5t#S256:" + c.X5T
	}
	return ""
}
