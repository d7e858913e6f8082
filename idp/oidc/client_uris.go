package oidc

import (
	"net/url"
	"slices"
	"strings"

	"sekisho/idp"
)

const maxRegisteredURIs = 32

// checkRedirectURIs applies AZ-04 to where the browser may ever be sent, after sign-in
// and after logout.
func checkRedirectURIs(m idp.ClientMetadata, rules MetadataRules) *Error {
	if m.ApplicationType != ApplicationWeb && m.ApplicationType != ApplicationNative {
		return badMetadata("application_type must be web or native")
	}
	if slices.Contains(m.GrantTypes, GrantAuthorizationCode) && len(m.RedirectURIs) == 0 {
		return NewError(InvalidRedirectURI, "redirect_uris is required")
	}
	for _, list := range [][]string{m.RedirectURIs, m.PostLogoutRedirectURIs} {
		if len(list) > maxRegisteredURIs {
			return NewError(InvalidRedirectURI, "too many redirect URIs")
		}
		for _, uri := range list {
			if !acceptableRedirectURI(uri, m.ApplicationType, rules.Development) {
				return NewError(InvalidRedirectURI, "a redirect URI must be https, or loopback or a private-use scheme for a native client, absolute, without fragment, user information or wildcard")
			}
		}
	}
	return nil
}

// checkLinks admits https pages for what a consent page may link to or show.
func checkLinks(m idp.ClientMetadata, rules MetadataRules) *Error {
	for _, link := range []string{m.ClientURI, m.LogoURI, m.PolicyURI, m.TOSURI, m.InitiateLoginURI} {
		if link == "" {
			continue
		}
		u, err := url.Parse(link)
		if err != nil || u.User != nil || u.Host == "" || !printable(link) || len(link) > maxURILength || !secureOrLocal(u, rules.Development) {
			return badMetadata("client_uri, logo_uri, policy_uri, tos_uri and initiate_login_uri must be https")
		}
	}
	return nil
}

// checkOrigins admits exact serialised origins for CORS (DJ-05): no path, no wildcard,
// no null.
func checkOrigins(m idp.ClientMetadata, rules MetadataRules) *Error {
	for _, origin := range m.AllowedOrigins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || origin != u.Scheme+"://"+u.Host || origin != strings.ToLower(origin) ||
			strings.Contains(origin, "*") || !printable(origin) || !secureOrLocal(u, rules.Development) {
			return badMetadata("sekisho_allowed_origins must be exact https origins")
		}
	}
	return nil
}

// checkResources admits resource indicators (RFC 8707 section 2).
func checkResources(m idp.ClientMetadata, _ MetadataRules) *Error {
	for _, list := range [][]string{m.Resources, m.ResourceServer} {
		if len(list) > maxRegisteredURIs || slices.ContainsFunc(list, func(r string) bool { return !isResource(r) }) {
			return badMetadata("sekisho_resources and sekisho_resource_server must be absolute URIs without fragment")
		}
	}
	return nil
}

func secureOrLocal(u *url.URL, development bool) bool {
	return u.Scheme == "https" || development && u.Scheme == "http" && u.Hostname() == "localhost"
}
