package oidc

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sekisho/idp"
)

const (
	maxClientName = 100 // characters
	maxContacts   = 10
	maxClaimNames = 32
)

// checkClientScope keeps the allow list to scopes that mean something here.
func checkClientScope(m idp.ClientMetadata, rules MetadataRules) *Error {
	for _, scope := range strings.Fields(m.Scope) {
		if !isScope(scope) || !slices.Contains(rules.Scopes, scope) {
			return badMetadata("scope may hold " + strings.Join(rules.Scopes, " ") + " only")
		}
		if m.TokenEndpointAuthMethod == idp.AuthNone && slices.Contains(rules.ConfidentialScopes, scope) {
			return badMetadata("scope holds a scope that a public client may not have")
		}
	}
	return nil
}

// checkNamesAndTexts keeps what customers read free of characters that change how the
// text around it reads.
func checkNamesAndTexts(m idp.ClientMetadata, _ MetadataRules) *Error {
	for _, name := range []string{m.ClientName, m.ClientNameJA} {
		if !isDisplayText(name) {
			return badMetadata("client_name is too long or holds invisible characters")
		}
	}
	if len(m.Contacts) > maxContacts {
		return badMetadata("too many contacts")
	}
	for _, contact := range m.Contacts {
		if a, err := mail.ParseAddress(contact); err != nil || a.Address != contact {
			return badMetadata("contacts must be plain mail addresses")
		}
	}
	return nil
}

// isDisplayText refuses control, formatting (right-to-left overrides, zero width) and
// line characters.
func isDisplayText(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxClientName && s == strings.TrimSpace(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r != ' ' && r != '\u3000' && !unicode.IsPrint(r) })
}

// protocolClaims carry the protocol's own meaning; a mapping may not speak in their name.
var protocolClaims = []string{
	"acr", "active", "amr", "at_hash", "aud", "auth_time", "azp", "c_hash", "client_id", "cnf", "exp", "iat", "iss",
	"jti", "nbf", "nonce", "scope", "sekisho_hold_until", "sekisho_level", "sid", "sub", "token_type", "typ", "events", "act", "may_act",
}

// checkClaimMapping keeps extra claims away from those that decide trust.
func checkClaimMapping(m idp.ClientMetadata, rules MetadataRules) *Error {
	if len(m.Claims) > maxClaimNames {
		return badMetadata("too many sekisho_claims")
	}
	for claim, attribute := range m.Claims {
		if claim == "" || attribute == "" || !printable(claim) || !printable(attribute) || slices.Contains(protocolClaims, claim) {
			return badMetadata("sekisho_claims maps a claim that is malformed or reserved")
		}
		if len(rules.Attributes) > 0 && !slices.Contains(rules.Attributes, attribute) {
			return badMetadata("sekisho_claims may map to " + strings.Join(rules.Attributes, ", ") + " only")
		}
	}
	return nil
}
