package dpop

import (
	"net/url"
	"slices"
	"strings"

	"sekisho/idp/oidc"
)

const maxAddress = 2048

// checkAddress compares htu with the endpoint's own address below each of the provider's
// origins (RFC 9449 4.3, check 9). The request's Host header is not asked, so a proof made
// for another server is none here, whatever stands between (DP-02).
func checkAddress(c *checking) *oidc.Error {
	sent, ok := normalized(c.proof.claims.Address)
	here := func(origin string) bool {
		own, fine := normalized(origin + c.at.path)
		return fine && own == sent
	}
	if !ok || !slices.ContainsFunc(c.v.Origins, here) {
		return refusal("htu of the DPoP proof is not the address of this endpoint")
	}
	return nil
}

// normalized is an address without query and fragment in one spelling: scheme and host in
// lower case, no port that is implied, no percent-encoding of characters that need none,
// upper-case hexadecimal elsewhere (RFC 3986 6.2.2, 6.2.3). Dot segments are left as they
// are, which matches nothing.
func normalized(address string) (string, bool) {
	if len(address) > maxAddress {
		return "", false
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	switch scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	default:
		return "", false
	}
	path := decoded(u.EscapedPath())
	if path == "" {
		path = "/"
	}
	return scheme + "://" + strings.TrimSuffix(host, ":") + path, true
}

// decoded resolves the percent-encoding of unreserved characters and of no other.
func decoded(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) {
			if c, ok := hexByte(path[i+1], path[i+2]); ok {
				if unreserved(c) {
					b.WriteByte(c)
				} else {
					b.WriteString(strings.ToUpper(path[i : i+3]))
				}
				i += 2
				continue
			}
		}
		b.WriteByte(path[i])
	}
	return b.String()
}

func hexByte(high, low byte) (byte, bool) {
	h, l := strings.IndexByte(hexDigits, high|0x20), strings.IndexByte(hexDigits, low|0x20)
	return byte(h<<4 | l), h >= 0 && l >= 0
}

const hexDigits = "0123456789abcdef"

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
