package oidc

import (
	"net/url"
	"slices"
	"strings"
)

const maxResources = 8

// checkResource admits the resource indicators a client is registered for; without any
// the client's first resource is meant (RFC 8707 section 2).
func checkResource(c *checking) *Error {
	registered := c.client.Metadata.Resources
	asked, e := AllowedResources(c.sent.resources, registered)
	if e != nil {
		return e
	}
	if len(asked) == 0 && len(registered) > 0 {
		asked = registered[:1:1]
	}
	c.request.Resources = asked
	return nil
}

// AllowedResources checks resource parameters against a list of allowed ones, which at
// the token endpoint is the grant's. It returns them once each.
func AllowedResources(asked, allowed []string) ([]string, *Error) {
	list := slices.DeleteFunc(unique(asked), func(v string) bool { return v == "" })
	if len(list) > maxResources {
		return nil, NewError(InvalidTarget, "too many resources")
	}
	for _, v := range list {
		if !isResource(v) || !slices.Contains(allowed, v) {
			return nil, NewError(InvalidTarget, "a resource is unknown, malformed or not allowed for the client")
		}
	}
	return list, nil
}

// isResource is an absolute URI without a fragment.
func isResource(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && (u.Host != "" || u.Opaque != "") && printable(s) && !strings.Contains(s, "#")
}
