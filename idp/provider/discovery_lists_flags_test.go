package provider_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

// What the document says with true and false.

func (x *lists) requestParameter(t *testing.T) { x.objectAlg(t, "ES256") }

// noRequestURI: an address is refused, at both endpoints, by the exact error.
func (x *lists) noRequestURI(t *testing.T, _ string) {
	c := x.client(nil)
	x.refused(t, x.b.Authorize(c.ID, idptest.Redirect, "request_uri", "https://rp.example/object"), "request_uri_not_supported")
	refusedAs(t, c.Post("/par", "client_id", c.ID, "request_uri", "https://rp.example/object"), "invalid_request")
}

func (x *lists) issParameter(t *testing.T) {
	if q := x.b.Authorize("app", idptest.Redirect).Response(t, idptest.Redirect); q.Get("iss") != x.doc.String("issuer") {
		t.Errorf("%v", q)
	}
	if q := x.b.Authorize("app", idptest.Redirect, "response_type", "token").Response(t, idptest.Redirect); q.Get("iss") != x.doc.String("issuer") {
		t.Errorf("of a refusal: %v", q)
	}
}

func (x *lists) certificateBound(t *testing.T) {
	own := idptest.NewCertificate(t, nil, x.Clock.Now(), nil)
	c := x.client(func(m *idp.ClientMetadata) { m.CertificateBound = true })
	a := x.m.With(own, "POST", "/token", x.redeem(t, c.ID), "Authorization", basicOf(c))
	works(t, a, http.StatusOK)
	if cnf, _ := idptest.Claims(t, a.String("access_token"))["cnf"].(map[string]any); cnf["x5t#S256"] != own.X5T() {
		t.Errorf("cnf %v", cnf)
	}
	refusedAs(t, x.PostForm("/token", x.redeem(t, c.ID), "Authorization", basicOf(c)), "invalid_request")
}

// backChannel: the token says which session ended, in the words of the ID token.
func (x *lists) backChannel(t *testing.T) {
	at, b := newReceiver(t), x.signedIn(x.taro)
	c := x.takes(x.name(), at, nil)
	sid := idptest.Claims(t, c.Grant(b).String("id_token"))["sid"]
	b.Get("/account")
	b.Submit("/account/logout")
	if _, claims := x.Verified(at.wait(t, 1)); claims["sid"] != sid || claims["sub"] != x.taro.Subject || sid == nil {
		t.Errorf("%v, in the ID token %v", claims, sid)
	}
}

func (x *lists) frontChannel(t *testing.T) {
	b := x.signedIn(x.taro)
	c := x.client(func(m *idp.ClientMetadata) {
		m.FrontChannelLogoutURI, m.FrontChannelLogoutSID = "https://rp.example/out", true
	})
	sid, _ := idptest.Claims(t, c.Grant(b).String("id_token"))["sid"].(string)
	b.Get("/account")
	want := "https://rp.example/out?" + url.Values{"iss": {x.URL}, "sid": {sid}}.Encode()
	if got := framed(b.Submit("/account/logout")); !slices.Equal(got, []string{want}) || sid == "" {
		t.Errorf("frames %v", got)
	}
}

// pushingRequired: published where nothing else is taken.
func (x *lists) pushingRequired(t *testing.T) {
	c := x.caller(t, idp.AuthClientSecretBasic)
	x.refused(t, x.b.Authorize(c.id, idptest.Redirect), "invalid_request")
	x.pushes(t, c, c.send("/par", idptest.AuthorizeQuery(c.id, idptest.Redirect)))
}

// DJ-02, PR-01: the flag that only this configuration publishes.
func TestDiscoveryRequiresPushing(t *testing.T) {
	x := &lists{}
	x.open(t, idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Tokens.RequirePushed = true }}))
	if x.doc.JSON["require_pushed_authorization_requests"] != true {
		t.Fatalf("%s", x.doc.Body)
	}
	exercises["require_pushed_authorization_requests"]["true"](x, t, "true")
}

// DJ-02: fewer algorithms, languages and transactions than there could be: what is left out
// is refused.
func TestDiscoveryListsLessWhereThereIsLess(t *testing.T) {
	x := &lists{}
	x.open(t, idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		c.Tokens.Algorithms, c.Languages, c.Transactions = []string{"ES256", "RS256"}, []string{"ja"}, nil
	}}))
	for name, want := range map[string][]string{
		"id_token_signing_alg_values_supported": {"ES256", "RS256"}, "userinfo_signing_alg_values_supported": {"ES256", "RS256"},
		"authorization_signing_alg_values_supported": {"ES256", "RS256"}, "introspection_signing_alg_values_supported": {"ES256", "RS256"},
		"ui_locales_supported": {"ja"}, "authorization_details_types_supported": nil,
	} {
		if got := x.doc.Strings(name); !slices.Equal(got, want) {
			t.Errorf("%s is %v", name, got)
		}
	}
	x.useAll(t, x.doc.JSON, exercises)
	x.refuseRest(t)
}

// DJ-02, MT-05: where no authority is known, certificates are good for themselves only.
func TestDiscoveryListsCertificatesWithoutAuthorities(t *testing.T) {
	x := &lists{ca: idptest.NewAuthority(t, idptest.NewClock().Now(), "Aoba CA")}
	x.m = idptest.NewMutualTLS(t, x.ca, func(c *config.Config) { c.Listen.MTLS.CAFile = "" })
	x.open(t, x.m.Provider)
	for _, name := range []string{"token_endpoint_auth_methods_supported", "revocation_endpoint_auth_methods_supported", "introspection_endpoint_auth_methods_supported"} {
		if got := x.doc.Strings(name); slices.Contains(got, idp.AuthTLS) || !slices.Contains(got, idp.AuthSelfSignedTLS) {
			t.Errorf("DJ-02: %s is %v", name, got)
		}
	}
	x.useAll(t, x.doc.JSON, exercises)
	x.refuseRest(t)
}

// DJ-02, DJ-01: behind TLS every address of the document is https on the issuer's origin,
// or on the one for certificates.
func TestDiscoveryAddressesAreHTTPS(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		idptest.BehindProxy(c)
		c.Registration.Policy = config.RegistrationOpen
		c.Listen.MTLS = config.MTLS{Origin: "https://mtls.id.example", ProxyHeader: "Client-Cert"}
	}})
	d := p.Call("GET", wellKnown, "", "Host", "id.example", "X-Forwarded-Host", "evil.example")
	aliases, _ := d.JSON["mtls_endpoint_aliases"].(map[string]any)
	if d.String("issuer") != idptest.HTTPSIssuer || len(aliases) == 0 {
		t.Fatalf("%d %s", d.Status, d.Body)
	}
	for name, value := range d.JSON {
		if address, ok := value.(string); ok && name != "issuer" && !strings.HasPrefix(address, idptest.HTTPSIssuer+"/") {
			t.Errorf("DJ-02: %s is %s", name, address)
		}
	}
	for name, address := range aliases {
		if path, ok := strings.CutPrefix(address.(string), "https://mtls.id.example/"); !ok || d.String(name) != idptest.HTTPSIssuer+"/"+path {
			t.Errorf("DJ-02: the alias of %s is %s", name, address)
		}
	}
}
