package oidc

import (
	"slices"
	"strings"
)

// Scopes of OpenID Connect Core (3.1.2.1, 5.4, 11).
const (
	ScopeOpenID        = "openid"
	ScopeOfflineAccess = "offline_access"
)

// ScopeNotifyWithdrawal lets a confidential client, with a token of its own, have a
// customer told of a withdrawal request (B16). It means nothing in a customer's token.
const ScopeNotifyWithdrawal = "notify:withdrawal"

// checkScope collapses duplicates, drops scopes that mean nothing here, and refuses the
// request when it asks beyond the client's list (RFC 6749 section 3.3, AZ-35).
func checkScope(c *checking) *Error {
	allowed := c.client.Scopes()
	for _, scope := range unique(strings.Split(c.sent.get("scope"), " ")) {
		switch {
		case scope == "":
		case !isScope(scope):
			return NewError(InvalidScope, "a scope holds a character that is not allowed")
		case !slices.Contains(allowed, scope):
			if slices.Contains(c.rules.Scopes, scope) {
				return NewError(InvalidScope, "the client may not ask for one of the scopes")
			}
		case scope == ScopeOfflineAccess && !c.offlineAllowed():
		default:
			c.request.Scopes = append(c.request.Scopes, scope)
		}
	}
	if len(c.request.Scopes) == 0 {
		return NewError(InvalidScope, "no scope that the client may ask for")
	}
	return nil
}

// offlineAllowed is OIDC Core section 11: offline access without a consent of its own is
// ignored, and a client that cannot use a refresh token has no need of it. A first-party
// client's consent is the firm's contract with the customer.
func (c *checking) offlineAllowed() bool {
	return c.client.HasGrant(GrantRefreshToken) &&
		(c.request.HasPrompt(PromptConsent) || c.client.Metadata.FirstParty)
}

// isScope is scope-token of RFC 6749 appendix A.4.
func isScope(s string) bool {
	return s != "" && s == DescriptionText(s) && !strings.Contains(s, " ")
}
