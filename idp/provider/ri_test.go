package provider_test

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// AZ-34, RT-06, TK-13: resource indicators (RFC 8707) from the authorization request to the
// last refresh: never wider than was granted, and narrower only for the one token.
func TestResourceIndicators(t *testing.T) {
	r := newRig(t)
	const papers, orders = "https://papers.example", "urn:aoba:orders"
	rp := r.NewRelyingParty("wide", func(m *idp.ClientMetadata) { m.Resources = []string{idptest.API, papers, orders} })
	code := func(resources ...string) string {
		q := idptest.AuthorizeQuery("wide", idptest.Redirect)
		q["resource"] = resources
		return r.b.Get("/authorize?"+q.Encode()).Response(t, idptest.Redirect).Get("code")
	}
	audience := func(a idptest.Answer) string {
		t.Helper()
		if a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		c := idptest.Answer{JSON: idptest.Claims(t, a.String("access_token"))}
		if one := c.String("aud"); one != "" {
			return one
		}
		return strings.Join(slices.DeleteFunc(c.Strings("aud"), func(s string) bool { return s == r.URL }), " ")
	}
	if got := audience(rp.Exchange(code())); got != idptest.API {
		t.Errorf("without one: %s", got)
	}
	if got := audience(rp.Exchange(code(papers))); got != papers {
		t.Errorf("one: %s", got)
	}
	if got := audience(rp.Exchange(code(papers, orders, papers))); got != papers+" "+orders {
		t.Errorf("two: %s", got)
	}
	tokens := rp.Exchange(code(papers, orders), "resource", orders)
	if got := audience(tokens); got != orders {
		t.Errorf("narrowed at the code: %s", got)
	}
	refresh := func(pairs ...string) idptest.Answer {
		r.Clock.Advance(time.Minute)
		a := rp.Refresh(tokens.String("refresh_token"), pairs...)
		if next := a.String("refresh_token"); next != "" {
			tokens.JSON["refresh_token"] = next
		}
		return a
	}
	if got := audience(refresh("resource", papers)); got != papers {
		t.Errorf("narrowed at a refresh: %s", got)
	}
	if got := audience(refresh()); got != papers+" "+orders {
		t.Errorf("the whole grant again: %s", got)
	}
	grantRefused(t, refresh("resource", idptest.API), "invalid_target") // the client's, but not this grant's
	grantRefused(t, rp.Exchange(code(papers), "resource", orders), "invalid_target")
	grantRefused(t, rp.Exchange(code(papers), "resource", papers+"#x"), "invalid_target")
	for name, resources := range map[string][]string{
		"AZ-34 one of two is not the client's": {papers, "https://other.example"}, "AZ-34 relative": {"papers"},
		"AZ-34 fragment": {papers + "#x"}, "AZ-34 too many": strings.Split(strings.Repeat(papers+"/x ", 9), " "),
	} {
		q := idptest.AuthorizeQuery("wide", idptest.Redirect)
		q["resource"] = resources
		t.Run(name, func(t *testing.T) { r.refused(t, r.b.Get("/authorize?"+q.Encode()), "invalid_target") })
	}
	t.Run("a resource server learns of its own tokens only", func(t *testing.T) {
		server := r.NewRelyingParty("papers", func(m *idp.ClientMetadata) {
			m.RedirectURIs, m.GrantTypes, m.FirstParty, m.PostLogoutRedirectURIs, m.Resources, m.ResourceServer = nil, nil, false, nil, nil, []string{papers}
		})
		if !server.Active(rp.Exchange(code(papers)).String("access_token")) || server.Active(rp.Exchange(code(orders)).String("access_token")) {
			t.Error("ID-10: not by its audience")
		}
	})
}

// RFC 9728, DJ-05: userinfo says whose tokens it takes.
func TestProtectedResource(t *testing.T) {
	r := newRig(t)
	a := r.Call("GET", "/.well-known/oauth-protected-resource", "")
	if a.Status != http.StatusOK || a.String("resource") != r.URL || !slices.Equal(a.Strings("authorization_servers"), []string{r.URL}) ||
		!slices.Equal(a.Strings("bearer_methods_supported"), []string{"body", "header"}) || a.JSON["tls_client_certificate_bound_access_tokens"] != nil {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	access := r.rp.Grant(r.b).String("access_token")
	if aud := (idptest.Answer{JSON: idptest.Claims(t, access)}).Strings("aud"); !slices.Contains(aud, a.String("resource")) {
		t.Errorf("aud %v", aud)
	}
	for name, got := range map[string]idptest.Answer{
		"header": r.Userinfo(access), "body": r.PostForm("/userinfo", url.Values{"access_token": {access}}),
	} {
		if got.Status != http.StatusOK {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
}

// ID-06: what a client's registration maps, it gets: permissions and the firm's own names
// for what it holds; never under the protocol's names, never what is not there, never
// another client.
func TestMappedClaims(t *testing.T) {
	r := newRig(t)
	account := r.AddAccount(idptest.Customer{Login: "10000077", TOTP: true, Permissions: []string{"trade", "withdraw"}, Profile: idp.Profile{Birthdate: "1960-04-01"}})
	mapped := map[string]string{
		"https://aoba.example/permissions": "permissions", "customer_code": "login_name", "kind": "kind", "birthday": "birthdate", "mail": "email", "fax": "zoneinfo",
	}
	c := r.NewRelyingParty("desk", func(m *idp.ClientMetadata) { m.Claims = mapped })
	b := r.signedIn(account)
	tokens := c.Grant(b, "claims", `{"id_token":{"customer_code":null,"https://aoba.example/permissions":{"essential":true}}}`)
	got := r.Userinfo(tokens.String("access_token")).JSON
	want := map[string]any{
		"sub": account.Subject, "https://aoba.example/permissions": []any{"trade", "withdraw"}, "customer_code": "10000077", "kind": "personal",
		"birthday": "1960-04-01", "mail": account.Email,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("ID-06: %v", got)
	}
	id := idptest.Claims(t, tokens.String("id_token"))
	if id["customer_code"] != "10000077" || !reflect.DeepEqual(id["https://aoba.example/permissions"], []any{"trade", "withdraw"}) || id["kind"] != nil {
		t.Errorf("ID-09: %v", id)
	}
	if other := r.Userinfo(r.rp.Grant(b).String("access_token")).JSON; len(other) != 1 {
		t.Errorf("ID-06: a client without a mapping gets %v", other)
	}
}
