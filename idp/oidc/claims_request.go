package oidc

import (
	"bytes"
	"encoding/json"
	"slices"

	"sekisho/idp/httpsafe"
)

const (
	maxClaimsSent = 8 << 10
	maxClaimsKept = 6 * maxClaimsSent // JSON escapes make a kept copy longer, at most so much
	maxClaims     = 64
)

// ClaimRequest is how one claim was asked for (OIDC Core 5.5.1). The zero value is a
// claim asked for as null: voluntarily, any value.
type ClaimRequest struct {
	Essential bool              `json:"essential,omitempty"`
	Value     json.RawMessage   `json:"value,omitempty"`
	Values    []json.RawMessage `json:"values,omitempty"`
}

// ClaimsRequest is the claims parameter (OIDC Core 5.5). Claims nobody here knows stay
// in it and are ignored by whoever reads it.
type ClaimsRequest struct {
	UserInfo map[string]ClaimRequest `json:"userinfo,omitempty"`
	IDToken  map[string]ClaimRequest `json:"id_token,omitempty"`
}

var errClaims = NewError(InvalidRequest, "claims is not a well-formed claims request")

// ParseClaimsRequest reads the claims parameter, or the copy of it in
// AuthorizationRequest.Claims and idp.Grant.Claims. Other top-level members are ignored,
// anything malformed is refused (ID-09).
func ParseClaimsRequest(raw []byte) (*ClaimsRequest, *Error) {
	if len(raw) > maxClaimsKept || httpsafe.StrictJSON(raw) != nil {
		return nil, errClaims
	}
	top, ok := members(raw)
	if !ok {
		return nil, errClaims
	}
	var request ClaimsRequest
	var userinfo, idToken *Error
	request.UserInfo, userinfo = parseClaimSet(top["userinfo"])
	request.IDToken, idToken = parseClaimSet(top["id_token"])
	if userinfo != nil || idToken != nil {
		return nil, errClaims
	}
	return &request, nil
}

func parseClaimSet(raw json.RawMessage) (map[string]ClaimRequest, *Error) {
	if len(raw) == 0 || isNull(raw) {
		return nil, nil
	}
	set, ok := members(raw)
	if !ok || len(set) > maxClaims {
		return nil, errClaims
	}
	claims := make(map[string]ClaimRequest, len(set))
	for name, how := range set {
		claim, ok := parseClaim(how)
		if !ok || name == "" {
			return nil, errClaims
		}
		claims[name] = claim
	}
	return claims, nil
}

// parseClaim reads the members by their exact names; encoding/json would also take
// them in other letter case.
func parseClaim(raw json.RawMessage) (ClaimRequest, bool) {
	var claim ClaimRequest
	if isNull(raw) {
		return claim, true
	}
	how, ok := members(raw)
	if !ok {
		return claim, false
	}
	if essential, sent := how["essential"]; sent {
		if isNull(essential) || json.Unmarshal(essential, &claim.Essential) != nil {
			return claim, false
		}
	}
	if values, sent := how["values"]; sent {
		if json.Unmarshal(values, &claim.Values) != nil || len(claim.Values) == 0 {
			return claim, false
		}
	}
	if value, sent := how["value"]; sent {
		if len(claim.Values) > 0 {
			return claim, false // which one is meant is not defined
		}
		claim.Value = value
	}
	return claim, true
}

// members are the members of a JSON object; false for any other value.
func members(raw json.RawMessage) (map[string]json.RawMessage, bool) {
	var m map[string]json.RawMessage
	err := json.Unmarshal(raw, &m)
	return m, err == nil && m != nil
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

// texts are the value or values a claim is restricted to; false when one is no string.
func (c ClaimRequest) texts() ([]string, bool) {
	list := c.Values
	if c.Value != nil {
		list = []json.RawMessage{c.Value}
	}
	var texts []string
	for _, raw := range list {
		var text string
		if isNull(raw) || json.Unmarshal(raw, &text) != nil || text == "" {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}

// checkClaims reads the claims parameter and takes out of it what changes who must sign
// in and how strongly: acr, sub and auth_time. Every other claim is delivered if held.
func checkClaims(c *checking) *Error {
	raw := c.sent.get("claims")
	if raw == "" {
		return nil
	}
	if len(raw) > maxClaimsSent {
		return errClaims
	}
	request, e := ParseClaimsRequest([]byte(raw))
	if e != nil {
		return e
	}
	if e := c.takeACR(request); e != nil {
		return e
	}
	if e := c.takeSubjects(request); e != nil {
		return e
	}
	if _, asked := request.IDToken["auth_time"]; asked {
		c.request.AuthTimeAsked = true
	}
	normal, err := json.Marshal(request)
	if err != nil {
		return errClaims
	}
	c.request.Claims = normal
	return nil
}

// takeACR: an essential acr with values must be met or the request fails (OIDC Core
// 5.5.1.1); a voluntary one means what acr_values means.
func (c *checking) takeACR(request *ClaimsRequest) *Error {
	acr, asked := request.IDToken["acr"]
	if !asked {
		return nil
	}
	values, ok := acr.texts()
	if !ok || len(values) > maxACRValues {
		return errClaims
	}
	if acr.Essential {
		c.request.EssentialACR = unique(values)
	} else {
		c.request.ACRValues = unique(values)
	}
	return nil
}

// takeSubjects collects whom the response may be about. Both places must agree, or no
// subject could ever satisfy them.
func (c *checking) takeSubjects(request *ClaimsRequest) *Error {
	for _, set := range []map[string]ClaimRequest{request.IDToken, request.UserInfo} {
		subjects, ok := set["sub"].texts()
		if !ok {
			return errClaims
		}
		if len(subjects) == 0 {
			continue
		}
		if len(c.request.Subjects) > 0 {
			subjects = slices.DeleteFunc(subjects, func(s string) bool { return !slices.Contains(c.request.Subjects, s) })
			if len(subjects) == 0 {
				return errClaims
			}
		}
		c.request.Subjects = unique(subjects)
	}
	return nil
}
