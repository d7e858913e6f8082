package register

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"sekisho/idp"
	"sekisho/idp/httpsafe"
	"sekisho/idp/oidc"
)

// operatorPrefix begins the members that only an operator may set.
const operatorPrefix = "sekisho_"

// read reads, completes and checks the metadata of a registration, or of an update of
// client when it is not nil.
func (h *Handler) read(w http.ResponseWriter, r *http.Request, policy Policy, client *idp.Client) (idp.ClientMetadata, *oidc.Error) {
	top, e := body(w, r)
	if e != nil {
		return idp.ClientMetadata{}, e
	}
	if client != nil {
		if e := checkIdentity(top, client); e != nil {
			return idp.ClientMetadata{}, e
		}
	}
	if e := h.applyStatement(r, top, policy, client); e != nil {
		return idp.ClientMetadata{}, e
	}
	asked, e := known(top)
	if e != nil {
		return idp.ClientMetadata{}, e
	}
	if asked, e = policy.complete(asked, client); e != nil {
		return idp.ClientMetadata{}, e
	}
	checked, e := oidc.CheckClientMetadata(asked, h.Rules)
	if e != nil {
		return idp.ClientMetadata{}, e
	}
	return checked, oidc.CheckSectorDocument(r.Context(), checked, h.Fetch)
}

// body reads the one JSON object of a request.
func body(w http.ResponseWriter, r *http.Request) (map[string]json.RawMessage, *oidc.Error) {
	if !httpsafe.IsJSON(r) {
		return nil, withStatus(http.StatusUnsupportedMediaType, "the body must be application/json")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, oidc.MaxClientMetadata))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, withStatus(http.StatusRequestEntityTooLarge, "the body is too large")
	}
	var top map[string]json.RawMessage
	if err != nil || httpsafe.StrictJSON(raw) != nil || json.Unmarshal(raw, &top) != nil || top == nil {
		return nil, oidc.NewError(oidc.InvalidClientMetadata, "the body is not one well-formed JSON object")
	}
	return top, nil
}

func withStatus(status int, description string) *oidc.Error {
	e := oidc.NewError(oidc.InvalidRequest, description)
	e.Status = status
	return e
}

// known takes the members that mean something here and that a client may set. The others
// are ignored (RFC 7591 section 2); null is a member left out (RFC 7592 section 2.2).
func known(top map[string]json.RawMessage) (idp.ClientMetadata, *oidc.Error) {
	kept := map[string]json.RawMessage{}
	for name, value := range top {
		if oidc.IsClientMember(name) && !strings.HasPrefix(name, operatorPrefix) && string(value) != "null" {
			kept[name] = value
		}
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return idp.ClientMetadata{}, oidc.NewError(oidc.InvalidClientMetadata, "the body is not one well-formed JSON object")
	}
	return oidc.ParseClientMetadata(raw)
}

// complete fills in what the policy, or for a client that exists the operator, decides.
func (p Policy) complete(m idp.ClientMetadata, client *idp.Client) (idp.ClientMetadata, *oidc.Error) {
	if slices.Contains(m.GrantTypes, oidc.GrantDeviceCode) && (client == nil || !client.HasGrant(oidc.GrantDeviceCode)) { // customers are asked for whoever holds a code
		return m, oidc.NewError(oidc.InvalidClientMetadata, "grant_types "+oidc.GrantDeviceCode+" is for clients that an operator registers")
	}
	if client == nil {
		m.ClientProfile, m.Resources = p.Profile, p.Resources
		if slices.Contains(m.GrantTypes, oidc.GrantClientCredentials) { // a stranger's own token would be for the firm's API
			return m, oidc.NewError(oidc.InvalidClientMetadata, "grant_types client_credentials is for clients that an operator registers")
		}
	} else {
		if slices.Contains(m.GrantTypes, oidc.GrantClientCredentials) && !client.HasGrant(oidc.GrantClientCredentials) {
			return m, oidc.NewError(oidc.InvalidClientMetadata, "grant_types client_credentials is for clients that an operator registers")
		}
		operators(&m, client.Metadata)
		p.Scopes = append(slices.Clone(p.Scopes), client.Scopes()...) // an operator may have given more
	}
	asked := strings.Fields(m.Scope)
	m.Scope = strings.Join(unique(p.Scopes), " ")
	if client != nil && len(asked) == 0 {
		m.Scope = client.Metadata.Scope
	}
	if len(asked) > 0 { // the provider may grant less than is asked (RFC 7591 section 2); the answer says what
		m.Scope = strings.Join(within(strings.Join(asked, " "), p.Scopes), " ")
		if m.Scope == "" {
			return m, oidc.NewError(oidc.InvalidClientMetadata, "none of the scopes is one that clients here may have")
		}
	}
	return m, nil
}

// operators keeps the members that an operator decided.
func operators(m *idp.ClientMetadata, held idp.ClientMetadata) {
	m.ClientProfile, m.FirstParty, m.Resources, m.ResponseModes = held.ClientProfile, held.FirstParty, held.Resources, held.ResponseModes
	m.ResourceServer, m.AccessTokenAlg, m.AccessTokenSeconds = held.ResourceServer, held.AccessTokenAlg, held.AccessTokenSeconds
	m.Claims, m.AllowedOrigins = held.Claims, held.AllowedOrigins
}

// within are the scopes that are in the list, in the order asked.
func within(asked string, list []string) []string {
	var out []string
	for _, s := range unique(strings.Fields(asked)) {
		if slices.Contains(list, s) {
			out = append(out, s)
		}
	}
	return out
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
