package oidc

import (
	"slices"
	"strings"
)

// PromptValues is what discovery publishes and the rule accepts.
var PromptValues = []string{PromptNone, PromptLogin, PromptConsent, PromptSelectAccount}

// checkPrompt reads the prompt set (OIDC Core 3.1.2.1): none stands alone, and a value
// that is not published is refused rather than taken for no prompt.
func checkPrompt(c *checking) *Error {
	values := unique(strings.Fields(c.sent.get("prompt")))
	for _, v := range values {
		if !slices.Contains(PromptValues, v) {
			return NewError(InvalidRequest, "a prompt value is not supported")
		}
	}
	if len(values) > 1 && slices.Contains(values, PromptNone) {
		return NewError(InvalidRequest, "prompt none cannot be combined with another value")
	}
	c.request.Prompt = values
	return nil
}
