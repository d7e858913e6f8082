package oidc

import (
	"maps"
	"slices"

	"sekisho/idp"
)

// GrantDeviceCode is the grant of a device that waits for its customer (RFC 8628 3.4).
const GrantDeviceCode = "urn:ietf:params:oauth:grant-type:device_code"

// deviceRules are those of the authorization endpoint that mean something where no browser
// brings the request and none is sent back, behind the two of RFC 8628.
var deviceRules = []func(*checking) *Error{
	checkDeviceGrant,
	checkDeviceUnsupported,
	checkNames,
	checkUnsupported,
	checkPrompt,
	askApproval,
	checkScope,
	checkMaxAge,
	checkClaims,
	checkACRValues,
	checkResource,
	takeHints,
}

// CheckDevice checks the device authorization request of an authenticated client (RFC 8628
// 3.1). It has no redirect URI, no state and no nonce: nothing of it goes through a browser.
func CheckDevice(form Form, client *idp.Client, rules Rules) (*AuthorizationRequest, *Error) {
	if id := form.Get("client_id"); id != "" && id != client.ID {
		return nil, NewError(InvalidRequest, "client_id differs from the authenticated client")
	}
	sent := parametersOf(maps.Clone(form.values))
	c := &checking{sent: sent, client: client, rules: rules, request: &AuthorizationRequest{ClientID: client.ID, Device: &DeviceAsking{}}}
	for _, rule := range deviceRules {
		if e := rule(c); e != nil {
			return nil, e
		}
	}
	return c.request, nil
}

// checkDeviceGrant refuses clients of the profile fapi2 whatever their registration says:
// the grant has no defence against a code that somebody else passes on (FAPI 2.0 Security
// Profile 5.3.2.1 knows no such request).
func checkDeviceGrant(c *checking) *Error {
	if !c.client.HasGrant(GrantDeviceCode) || c.client.Metadata.ClientProfile == idp.ProfileFAPI2 {
		return NewError(UnauthorizedClient, "the client is not registered for the device grant")
	}
	return nil
}

// checkDeviceUnsupported refuses what would be lost without a word. A transaction is
// approved where it is shown and answered to whom started it, never from afar.
func checkDeviceUnsupported(c *checking) *Error {
	switch {
	case c.sent.get("authorization_details") != "":
		return NewError(InvalidRequest, "a transaction cannot be approved for a device; send authorization_details to the authorization endpoint")
	case c.sent.get("request") != "":
		return NewError(RequestNotSupported, "request objects are for the authorization endpoint")
	case c.sent.get("request_uri") != "":
		return NewError(RequestURINotSupported, "request objects are for the authorization endpoint")
	case c.sent.get("id_token_hint") != "":
		return NewError(InvalidRequest, "a device cannot say who its customer is")
	}
	return nil
}

// askApproval: every request is shown and answered anew; what the customer once agreed to
// says nothing about the device that asks now (RFC 8628 5.4).
func askApproval(c *checking) *Error {
	if c.request.HasPrompt(PromptNone) {
		return NewError(InvalidRequest, "somebody has to answer the device")
	}
	if !c.request.HasPrompt(PromptConsent) {
		c.request.Prompt = append(c.request.Prompt, PromptConsent)
	}
	return nil
}

// DeviceAsking is the device behind a request, as it was seen when it asked.
type DeviceAsking struct {
	Hash      []byte `json:"hash"` // of its device code
	IP        string `json:"ip,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	At        int64  `json:"at"`    // seconds since 1970
	Until     int64  `json:"until"` // when it stops waiting
}

// checkDeviceClient keeps a registration for the device grant coherent.
func checkDeviceClient(m idp.ClientMetadata, rules MetadataRules) *Error {
	switch {
	case !slices.Contains(m.GrantTypes, GrantDeviceCode):
		return nil
	case m.ClientProfile == idp.ProfileFAPI2:
		return badMetadata("sekisho_profile fapi2 excludes grant_types " + GrantDeviceCode)
	case !rules.Devices:
		return badMetadata("grant_types " + GrantDeviceCode + " needs a provider with device.enabled")
	}
	return nil
}
