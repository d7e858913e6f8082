package oidc

import (
	"testing"

	"sekisho/idp"
)

// AD-04 for RFC 9449 and RFC 8705: what belongs together, and what this provider can do.
func TestBindingMetadata(t *testing.T) {
	rules := metadataRulesInTest
	rules.MutualTLS, rules.ClientCA = true, true
	tls := func(edit func(*idp.ClientMetadata)) idp.ClientMetadata {
		m := idp.ClientMetadata{RedirectURIs: []string{callback}, TokenEndpointAuthMethod: idp.AuthTLS}
		edit(&m)
		return m
	}
	good := map[string]idp.ClientMetadata{
		"a DPoP-bound client": {RedirectURIs: []string{callback}, DPoPBound: true},
		"by subject":          tls(func(m *idp.ClientMetadata) { m.TLSSubjectDN = "CN=x,O=y" }), "by DNS": tls(func(m *idp.ClientMetadata) { m.TLSSANDNS = "a.example" }),
		"by URI": tls(func(m *idp.ClientMetadata) { m.TLSSANURI = "urn:x:y" }), "by IP": tls(func(m *idp.ClientMetadata) { m.TLSSANIP = "2001:db8::1" }),
		"by mail":     tls(func(m *idp.ClientMetadata) { m.TLSSANEmail = "a@b.example" }),
		"self-signed": {RedirectURIs: []string{callback}, TokenEndpointAuthMethod: idp.AuthSelfSignedTLS, JWKS: jwks(t, ecKey(t).Public())},
		"fapi2 by certificate": tls(func(m *idp.ClientMetadata) {
			m.TLSSANDNS, m.ClientProfile, m.CertificateBound = "a.example", idp.ProfileFAPI2, true
		}),
	}
	for name, m := range good {
		if _, e := CheckClientMetadata(m, rules); e != nil {
			t.Errorf("%s: %v", name, e)
		}
	}
	fapi := idp.ClientMetadata{RedirectURIs: []string{callback}, ClientProfile: idp.ProfileFAPI2, JWKSURI: "https://rp.example/jwks"}
	if m, e := CheckClientMetadata(fapi, rules); e != nil || !m.DPoPBound {
		t.Errorf("TK-11: a fapi2 client that names no binding: %+v %v", m.DPoPBound, e)
	}
	if e := checkBinding(fapi, rules); e == nil {
		t.Error("TK-11: a fapi2 client without a binding")
	}
	for name, m := range map[string]idp.ClientMetadata{
		"both bindings":               {RedirectURIs: []string{callback}, DPoPBound: true, CertificateBound: true},
		"no subject":                  tls(func(*idp.ClientMetadata) {}),
		"two subjects":                tls(func(m *idp.ClientMetadata) { m.TLSSANDNS, m.TLSSANIP = "a.example", "192.0.2.1" }),
		"no name":                     tls(func(m *idp.ClientMetadata) { m.TLSSubjectDN = "trading" }),
		"no address":                  tls(func(m *idp.ClientMetadata) { m.TLSSANIP = "a.example" }),
		"no URI":                      tls(func(m *idp.ClientMetadata) { m.TLSSANURI = "/x" }),
		"no host":                     tls(func(m *idp.ClientMetadata) { m.TLSSANDNS = "a example" }),
		"a subject for a secret":      {RedirectURIs: []string{callback}, TLSSANDNS: "a.example"},
		"a subject for a self-signed": {RedirectURIs: []string{callback}, TokenEndpointAuthMethod: idp.AuthSelfSignedTLS, JWKS: jwks(t, ecKey(t).Public()), TLSSANDNS: "a.example"},
		"self-signed without a key":   {RedirectURIs: []string{callback}, TokenEndpointAuthMethod: idp.AuthSelfSignedTLS},
	} {
		if _, e := CheckClientMetadata(m, rules); e == nil || e.Code != InvalidClientMetadata {
			t.Errorf("AD-04 %s: %v", name, e)
		}
	}
	for name, m := range good { // without listen.mtls nothing about certificates works
		_, e := CheckClientMetadata(m, metadataRulesInTest)
		if (e == nil) != (name == "a DPoP-bound client") {
			t.Errorf("AD-04 %s where nobody takes certificates: %v", name, e)
		}
	}
}

// MT-05: aliases are of another origin, and of what exists.
func TestMutualTLSDiscovery(t *testing.T) {
	f := DiscoveryFacts{Issuer: "https://op.example", Token: "https://op.example/token"}
	for origin, fine := range map[string]bool{
		"": true, "https://mtls.op.example": true, "https://op.example:8443": true, "https://op.example": false, "http://mtls.op.example": false, "https://mtls.op.example/": false, "mtls": false,
	} {
		f.MutualTLS = origin
		if err := f.checkMutualTLS(); (err == nil) != fine {
			t.Errorf("%q: %v", origin, err)
		}
	}
	f.MutualTLS = "https://mtls.op.example"
	if got := f.mtlsAliases(); len(got) != 1 || got["token_endpoint"] != "https://mtls.op.example/token" {
		t.Errorf("%v", got)
	}
}
