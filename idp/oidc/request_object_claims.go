package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"sekisho/idp"
)

// typeRequestObject is the explicit type of a request object (RFC 9101 10.8).
const typeRequestObject = "oauth-authz-req+jwt"

// objectLife is the longest a request object may be valid, and the oldest it may be (FAPI
// 2.0 Message Signing 5.3.1).
const objectLife = time.Hour

// object is a request object whose signature is good, on its way through the rules.
type object struct {
	typ     string
	members map[string]json.RawMessage
	client  *idp.Client
	rules   ObjectRules
	now     time.Time
}

// objectRules run in this order; the first that fails is the answer.
var objectRules = []func(*object) *Error{
	checkObjectType,
	checkObjectParties,
	checkObjectAudience,
	checkObjectTimes,
	checkObjectSources,
}

// readObject verifies a request object and reads the parameters in it.
func readObject(ctx context.Context, raw string, client *idp.Client, rules ObjectRules) (parameters, *Error) {
	typ, payload, err := rules.Signatures.VerifyObject(ctx, client, raw, objectAlgs(client))
	if err != nil {
		return parameters{}, badObject("the request object is not a JWT signed by a registered key of the client with an algorithm it may use")
	}
	o := &object{typ: typ, client: client, rules: rules, now: rules.Now()}
	var ok bool
	if o.members, ok = members(payload); !ok {
		return parameters{}, badObject("the request object is not a JSON object")
	}
	for _, rule := range objectRules {
		if e := rule(o); e != nil {
			return parameters{}, e
		}
	}
	return o.parameters()
}

// checkObjectType refuses JWTs made for something else (RFC 8725 3.11; JA-05). Libraries
// from before the type leave it out or write the general one.
func checkObjectType(o *object) *Error {
	if o.typ != "" && o.typ != "JWT" && o.typ != typeRequestObject {
		return badObject("the typ of the request object is not " + typeRequestObject)
	}
	return nil
}

// checkObjectParties: the object is by the client and about nobody. With a subject it could
// be the assertion by which the client authenticates (RFC 9101 10.8; JA-04, JA-05).
func checkObjectParties(o *object) *Error {
	switch {
	case o.text("iss") != o.client.ID:
		return badObject("iss of the request object is not the client")
	case o.text("client_id") != o.client.ID:
		return badObject("client_id of the request object is not the client")
	case o.has("sub"):
		return badObject("a request object has no sub")
	}
	return nil
}

// checkObjectAudience admits the issuer, alone or in a list (JA-02).
func checkObjectAudience(o *object) *Error {
	var aud audience
	if raw, sent := o.members["aud"]; !sent || json.Unmarshal(raw, &aud) != nil || !slices.Contains(aud, o.rules.Issuer) {
		return badObject("aud of the request object is not the issuer")
	}
	return nil
}

// checkObjectTimes bounds how long an object serves whoever has a copy of it (JA-03).
func checkObjectTimes(o *object) *Error {
	notBefore, expiry, issued := o.time("nbf"), o.time("exp"), o.time("iat")
	skew := o.rules.ClockSkew
	switch {
	case notBefore == nil || expiry == nil || o.has("iat") && issued == nil:
		return badObject("the request object needs nbf and exp")
	case notBefore.After(o.now.Add(skew)) || issued != nil && issued.After(o.now.Add(skew)):
		return badObject("the request object is not valid yet")
	case notBefore.Before(o.now.Add(-objectLife - skew)):
		return badObject("nbf of the request object is more than 60 minutes ago")
	case expiry.After(notBefore.Add(objectLife)):
		return badObject("exp of the request object is more than 60 minutes after nbf")
	case !o.now.Before(expiry.Add(skew)):
		return badObject("the request object has expired")
	}
	return nil
}

// checkObjectSources refuses an object that points at another one (RFC 9101 4; PR-03).
func checkObjectSources(o *object) *Error {
	if o.has("request") || o.has("request_uri") {
		return NewError(InvalidRequest, "a request object must not hold request or request_uri")
	}
	return nil
}

func (o *object) has(name string) bool {
	raw, sent := o.members[name]
	return sent && !isNull(raw)
}

// text is a string member, "" when it is absent or something else.
func (o *object) text(name string) (text string) {
	if json.Unmarshal(o.members[name], &text) != nil {
		return ""
	}
	return text
}

// time is a time member, nil when it is absent or something else.
func (o *object) time(name string) *NumericDate {
	var at NumericDate
	if !o.has(name) || json.Unmarshal(o.members[name], &at) != nil {
		return nil
	}
	return &at
}

// parameters are the authorization parameters in the object. Members that are none are
// ignored, as unknown parameters are.
func (o *object) parameters() (parameters, *Error) {
	p := parameters{values: map[string]string{}, signed: true}
	for name := range o.members {
		p.disguised = p.disguised || !slices.Contains(authorizationParameters, name) && disguises(name, authorizationParameters)
	}
	for _, name := range innerParameters {
		if !o.has(name) {
			continue
		}
		value, ok := memberValue(name, o.members[name])
		if !ok {
			return parameters{}, badObject("a parameter in the request object has the wrong type")
		}
		if name == "resource" {
			p.resources = value
			continue
		}
		if len(value) != 1 {
			return parameters{}, badObject("a parameter in the request object has the wrong type")
		}
		p.values[name] = value[0]
	}
	return p, nil
}

// memberValue is a member as the query would have it (RFC 9101 4): a string as it is, the
// number max_age in digits, claims and authorization_details as JSON, resource as a list.
func memberValue(name string, raw json.RawMessage) ([]string, bool) {
	raw = bytes.TrimSpace(raw)
	var list audience
	switch {
	case raw[0] == '"', name == "resource":
		err := json.Unmarshal(raw, &list)
		return list, err == nil
	case name == "max_age", name == "claims" && raw[0] == '{', name == "authorization_details" && raw[0] == '[':
		return []string{string(raw)}, true
	}
	return nil, false
}
