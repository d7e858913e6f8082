package token

import (
	"slices"

	"sekisho/idp/oidc"
)

// audience is the aud of an access token: the resources asked for now, else all that were
// granted, never the client (TK-13). With openid, and where there is no resource, the
// issuer is in it, because the userinfo endpoint is a resource of its own. Asking beyond
// the grant is invalid_target (RFC 8707 2.2; RT-06).
func audience(asked, granted, scopes []string, issuer string) ([]string, *oidc.Error) {
	resources, e := oidc.AllowedResources(asked, granted)
	if e != nil {
		return nil, e
	}
	if len(resources) == 0 {
		resources = granted
	}
	out := slices.Clone(resources)
	if (len(out) == 0 || slices.Contains(scopes, scopeOpenID)) && !slices.Contains(out, issuer) {
		out = append(out, issuer)
	}
	return out, nil
}
