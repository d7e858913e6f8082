package provider_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"sekisho/idp/idptest"
)

// resourceExercises say how each value of the document about userinfo as a resource is
// used (RFC 9728).
var resourceExercises = map[string]map[string]exercise{
	"resource":                                   whole((*lists).ownResource),
	"jwks_uri":                                   whole((*lists).jwks),
	"scopes_supported":                           exercises["scopes_supported"],
	"bearer_methods_supported":                   each((*lists).bearerMethod, "header", "body"),
	"resource_signing_alg_values_supported":      exercises["userinfo_signing_alg_values_supported"],
	"tls_client_certificate_bound_access_tokens": flag(func(x *lists, t *testing.T) { x.alias(t, "userinfo_endpoint") }),
	"dpop_signing_alg_values_supported":          exercises["dpop_signing_alg_values_supported"],
}

// DJ-02, RFC 9728: what the provider says of its own resource is so.
func TestProtectedResourceListsWhatWorks(t *testing.T) {
	for name, make := range map[string]func(*testing.T) *lists{"everything on": everything, "as it comes": asItComes} {
		t.Run(name, func(t *testing.T) {
			x := make(t)
			a := x.Call("GET", "/.well-known/oauth-protected-resource", "")
			if servers := a.Strings("authorization_servers"); !slices.Equal(servers, []string{x.doc.String("issuer")}) || a.String("jwks_uri") != x.doc.String("jwks_uri") {
				t.Errorf("%s", a.Body)
			}
			delete(a.JSON, "authorization_servers")
			x.useAll(t, a.JSON, resourceExercises)
			access := x.rp.Grant(x.b).String("access_token")
			if got := x.Call("GET", "/userinfo?access_token="+access, ""); got.Status != http.StatusUnauthorized {
				t.Errorf("query is not listed and answers %d", got.Status)
			}
			if slices.Contains(a.Strings("scopes_supported"), "offline_access") {
				t.Error("offline_access asks for no resource")
			}
		})
	}
}

// ownResource: its tokens name it, and one that does not is refused.
func (x *lists) ownResource(t *testing.T) {
	tokens := x.rp.Grant(x.b)
	aud := idptest.Answer{JSON: idptest.Claims(t, tokens.String("access_token"))}.Strings("aud")
	if !slices.Contains(aud, x.URL) {
		t.Errorf("aud %v", aud)
	}
	works(t, x.Userinfo(tokens.String("access_token")), http.StatusOK)
	own := x.rp.Post("/token", "grant_type", "client_credentials").String("access_token")
	if a := x.Userinfo(own); a.Status == http.StatusOK {
		t.Errorf("a token for another resource: %d %s", a.Status, a.Body)
	}
}

func (x *lists) bearerMethod(t *testing.T, method string) {
	access := x.rp.Grant(x.b).String("access_token")
	a := x.Userinfo(access)
	if method == "body" {
		a = x.PostForm("/userinfo", url.Values{"access_token": {access}})
	}
	works(t, a, http.StatusOK)
}
