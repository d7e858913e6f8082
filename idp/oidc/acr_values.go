package oidc

import "strings"

const maxACRValues = 16

// checkACRValues keeps the acr_values preference list, unknown values included: which of
// them mean anything is idp/assurance's to say. The client's defaults apply when the
// request asks in neither way (Registration 2). It runs after checkClaims.
func checkACRValues(c *checking) *Error {
	values := unique(strings.Fields(c.sent.get("acr_values")))
	if len(values) > maxACRValues {
		return NewError(InvalidRequest, "too many acr_values")
	}
	switch {
	case len(values) > 0:
		c.request.ACRValues = values // wins over a voluntary acr claim
	case len(c.request.ACRValues) == 0 && len(c.request.EssentialACR) == 0:
		c.request.ACRValues = c.client.Metadata.DefaultACRValues
	}
	return nil
}
