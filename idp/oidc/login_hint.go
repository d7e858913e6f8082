package oidc

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

const (
	maxLoginHint = 255
	maxUILocales = 8
)

// takeHints keeps login_hint, ui_locales and display. They are hints: what is unusable
// is dropped and never an error (OIDC Core 3.1.2.1, AZ-24). claims_locales is ignored,
// because claims are held in one language only.
func takeHints(c *checking) *Error {
	c.request.LoginHint = usableLoginHint(c.sent.get("login_hint"))
	c.request.UILocales = UILocales(c.sent.get("ui_locales"))
	if d := c.sent.get("display"); slices.Contains(displayValues, d) {
		c.request.Display = d
	}
	return nil
}

var displayValues = []string{"page", "popup", "touch", "wap"}

// usableLoginHint is text that may be put into a field, or "".
func usableLoginHint(hint string) string {
	if len(hint) > maxLoginHint || strings.ContainsFunc(hint, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return hint
}

// UILocales are the well-formed BCP 47 tags of a ui_locales parameter, in order.
func UILocales(parameter string) []string {
	if len(parameter) > 512 {
		return nil
	}
	var tags []string
	for _, field := range strings.Fields(parameter) {
		if tag, err := language.Parse(field); err == nil && len(tags) < maxUILocales {
			tags = append(tags, tag.String())
		}
	}
	return tags
}
