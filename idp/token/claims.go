package token

import (
	"context"
	"encoding/json"
	"slices"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// AccountClaims delivers claims about End-Users. *Accounts is one.
type AccountClaims interface {
	// AccountClaims returns those of the wanted claims that the account holds. names are
	// standard claims (OIDC Core 5.1) and keys of the client's claim mapping.
	AccountClaims(ctx context.Context, accountID string, client *idp.Client, names []string) (map[string]any, error)
}

// scopeOf says which scope a standard claim belongs to (OIDC Core 5.4). It is also the
// closed list of the standard claims delivered here.
var scopeOf = map[string]string{
	"name": scopeProfile, "given_name": scopeProfile, "family_name": scopeProfile, "gender": scopeProfile,
	"birthdate": scopeProfile, "zoneinfo": scopeProfile, "locale": scopeProfile, "updated_at": scopeProfile,
	"email": scopeEmail, "email_verified": scopeEmail,
	"phone_number": scopePhone, "phone_number_verified": scopePhone,
	"address": scopeAddress,
}

// requestedClaims reads the claims request a grant was made with. It was checked when the
// grant was made; one that cannot be read asks for nothing.
func requestedClaims(grant *idp.Grant) oidc.ClaimsRequest {
	if len(grant.Claims) == 0 {
		return oidc.ClaimsRequest{}
	}
	request, e := oidc.ParseClaimsRequest(grant.Claims)
	if e != nil {
		return oidc.ClaimsRequest{}
	}
	return *request
}

// deliverable are the names among asked that the client may have: standard claims whose
// scope is on the client's allow list, and its own mapped claims. The rest is ignored
// (ID-06, ID-09).
func deliverable(client *idp.Client, asked map[string]oidc.ClaimRequest) []string {
	allowed := client.Scopes()
	var names []string
	for name := range asked {
		_, mapped := client.Metadata.Claims[name]
		if scope, standard := scopeOf[name]; mapped || standard && slices.Contains(allowed, scope) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// userinfoNames are the claims of a userinfo response: by granted scope, by the client's
// mapping, and by the claims request.
func userinfoNames(client *idp.Client, scopes []string, asked map[string]oidc.ClaimRequest) []string {
	names := deliverable(client, asked)
	for name, scope := range scopeOf {
		if slices.Contains(scopes, scope) {
			names = append(names, name)
		}
	}
	for name := range client.Metadata.Claims {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// idTokenExtra are the claims about the customer that the claims request wants in the ID
// token. Without such a request nothing is read.
func (e *Endpoint) idTokenExtra(r *request) (map[string]any, error) {
	names := deliverable(r.client, requestedClaims(r.issued.grant).IDToken)
	if len(names) == 0 {
		return nil, nil
	}
	return e.Claims.AccountClaims(r.ctx(), r.issued.grant.AccountID, r.client, names)
}

// assurance adds acr, amr, auth_time and sekisho_level where the claims request asks for
// them at userinfo.
func assurance(out map[string]any, grant *idp.Grant, asked map[string]oidc.ClaimRequest) {
	for name, value := range map[string]any{
		"acr": grant.ACR, "amr": grant.AMR, "auth_time": grant.AuthTime.Unix(), "sekisho_level": grant.Level,
	} {
		if _, ok := asked[name]; ok {
			out[name] = value
		}
	}
}

// mergeClaims adds extra claims to the registered ones, which win.
func mergeClaims(registered any, extra map[string]any) (map[string]any, error) {
	raw, err := json.Marshal(registered)
	if err != nil {
		return nil, err
	}
	var protocol map[string]json.RawMessage
	if err := json.Unmarshal(raw, &protocol); err != nil {
		return nil, err
	}
	merged := make(map[string]any, len(protocol)+len(extra))
	for name, value := range extra {
		merged[name] = value
	}
	for name, value := range protocol {
		merged[name] = value
	}
	return merged, nil
}
