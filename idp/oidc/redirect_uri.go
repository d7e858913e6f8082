package oidc

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sekisho/idp"
)

const maxURILength = 2048

// checkRedirectURI decides whether the browser may ever be sent back. It fails on an
// error page only: to redirect on a doubtful redirect URI is the attack (AZ-01, AZ-02).
func checkRedirectURI(sent parameters, client *idp.Client, rules Rules) *Error {
	uri := sent.get("redirect_uri")
	if uri == "" || sent.repeated("redirect_uri") {
		return NewError(InvalidRequest, "redirect_uri is required exactly once")
	}
	if !MatchRedirectURI(client, uri) || !acceptableRedirectURI(uri, client.Metadata.ApplicationType, rules.Development) {
		return NewError(InvalidRequest, "redirect_uri is not registered for the client")
	}
	return nil
}

// MatchRedirectURI compares byte for byte with the registered URIs (RFC 9700 section
// 4.1.3), except that a native client's loopback address may use any port (RFC 8252
// section 7.3).
func MatchRedirectURI(client *idp.Client, uri string) bool {
	if slices.Contains(client.Metadata.RedirectURIs, uri) {
		return true
	}
	if client.Metadata.ApplicationType != ApplicationNative {
		return false
	}
	address, rest, ok := splitLoopback(uri)
	if !ok {
		return false
	}
	return slices.ContainsFunc(client.Metadata.RedirectURIs, func(registered string) bool {
		a, r, ok := splitLoopback(registered)
		return ok && a == address && r == rest
	})
}

// splitLoopback takes http://127.0.0.1[:port]rest apart without a URL parser, so that no
// second reading of the same bytes exists. localhost does not count: it is a name.
func splitLoopback(uri string) (address, rest string, ok bool) {
	for _, address = range []string{"http://127.0.0.1", "http://[::1]"} {
		if after, found := strings.CutPrefix(uri, address); found {
			rest, ok = cutPort(after)
			return address, rest, ok
		}
	}
	return "", "", false
}

// cutPort drops an optional port and demands that nothing but a path follows.
func cutPort(s string) (rest string, ok bool) {
	if port, found := strings.CutPrefix(s, ":"); found {
		end := strings.IndexFunc(port, func(r rune) bool { return r < '0' || r > '9' })
		if end < 0 {
			end = len(port)
		}
		if n, err := strconv.Atoi(port[:end]); err != nil || n < 1 || n > 65535 || end > 5 {
			return "", false
		}
		s = port[end:]
	}
	return s, s == "" || s[0] == '/' || s[0] == '?'
}

// acceptableRedirectURI is the policy for a redirect URI by itself (AZ-04, RFC 8252
// sections 7.1 to 7.3). It is applied at registration and again at use, so that a row
// written around the registration is still refused.
func acceptableRedirectURI(uri, applicationType string, development bool) bool {
	if len(uri) > maxURILength || !printable(uri) || strings.ContainsAny(uri, `#*\"<>^{|}`+"`") {
		return false
	}
	u, err := url.Parse(uri)
	if err != nil || u.User != nil || !u.IsAbs() {
		return false
	}
	native := applicationType == ApplicationNative
	switch u.Scheme {
	case "https":
		return strings.HasPrefix(uri, "https://") && u.Hostname() != ""
	case "http":
		if _, _, loopback := splitLoopback(uri); loopback {
			return native || development
		}
		return development && strings.HasPrefix(uri, "http://") && u.Hostname() == "localhost"
	default:
		// Private-use schemes are reverse domain names; that keeps javascript, data and
		// file out without listing them.
		return native && strings.Contains(u.Scheme, ".") && strings.HasPrefix(uri, u.Scheme+":/")
	}
}
