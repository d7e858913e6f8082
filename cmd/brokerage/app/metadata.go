package brokerage

import (
	"net/http"
	"strings"
)

// metadataPath is where a client that knows nothing but the API's address finds out whose
// tokens it takes: the well-known name in front of the API's path (RFC 9728 section 3.1).
const metadataPath = "/.well-known/oauth-protected-resource/api"

// resourceMetadata is RFC 9728 section 2.
type resourceMetadata struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers"`
	BearerMethods        []string `json:"bearer_methods_supported"`
	Name                 string   `json:"resource_name"`
	NameJA               string   `json:"resource_name#ja"`
}

// described reports whether the resource indicator is the API's own address. A document
// about any other resource would have to be at that one's host, and clients refuse it here
// (RFC 9728 section 3.3).
func (a *API) described() bool { return a.cfg.Resource == a.cfg.BaseURL+"/api" }

func (a *API) describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if !a.described() {
		problem(w, http.StatusNotFound, "not_found")
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Access-Control-Allow-Origin", "*") // public, the same for everybody, and no credentials
	reply(w, http.StatusOK, resourceMetadata{
		Resource: a.cfg.Resource, AuthorizationServers: []string{a.cfg.Issuer}, BearerMethods: []string{"header"},
		Name: "Aoba Trade API", NameJA: "青葉トレード API",
	})
}

// named adds to a challenge where the document is (RFC 9728 section 5.1).
func (a *API) named(challenge string) string {
	if !a.described() {
		return challenge
	}
	separator := " "
	if strings.Contains(challenge, "=") {
		separator = ", "
	}
	return challenge + separator + `resource_metadata="` + a.cfg.BaseURL + metadataPath + `"`
}
