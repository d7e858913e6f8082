package token

import (
	"slices"
	"strings"

	"sekisho/idp/oidc"
)

const (
	scopeOpenID        = "openid"
	scopeOfflineAccess = "offline_access"
	scopeProfile       = "profile"
	scopeEmail         = "email"
	scopeAddress       = "address"
	scopePhone         = "phone"
)

func joinScopes(scopes []string) string { return strings.Join(scopes, " ") }

// narrow is the part of the granted scopes that a request asks for, all of them when it
// asks for none. Asking beyond the grant is invalid_scope (RFC 6749 section 6; RT-06).
// What is asked once less is not lost: the next request may ask for the whole again.
func narrow(asked string, granted []string) ([]string, *oidc.Error) {
	wanted := strings.Fields(asked)
	if len(wanted) == 0 {
		return granted, nil
	}
	var out []string
	for _, s := range wanted {
		if !slices.Contains(granted, s) {
			return nil, oidc.NewError(oidc.InvalidScope, "a scope was not granted")
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out, nil
}
