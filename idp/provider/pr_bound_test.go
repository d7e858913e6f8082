package provider_test

import (
	"net/http"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
)

// PR-02, MT-01: a client that proves itself by a certificate pushes at the alias, where it
// can, and nowhere else.
func TestPushingWithACertificate(t *testing.T) {
	ca := idptest.NewAuthority(t, idptest.NewClock().Now(), "Aoba CA")
	p := idptest.NewMutualTLS(t, ca, nil)
	p.AddClient("desk", machine(idp.AuthTLS, func(m *idp.ClientMetadata) {
		m.TLSSubjectDN, m.GrantTypes, m.RedirectURIs = tradingDN, []string{"authorization_code"}, []string{idptest.Redirect}
	}))
	aliases, _ := p.Call("GET", wellKnown, "").JSON["mtls_endpoint_aliases"].(map[string]any)
	if aliases["pushed_authorization_request_endpoint"] != p.Origin+"/par" {
		t.Errorf("MT-05: aliases %v", aliases)
	}
	form := idptest.AuthorizeQuery("desk", idptest.Redirect)
	good := idptest.NewCertificate(t, ca, p.Clock.Now(), nil)
	if a := p.With(good, "POST", "/par", form); a.Status != http.StatusCreated || a.String("request_uri") == "" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	unknownClient(t, p.With(nil, "POST", "/par", form))
	p.Clock.Advance(11 * time.Second) // failures are slowed down
	unknownClient(t, p.With(idptest.NewCertificate(t, nil, p.Clock.Now(), nil), "POST", "/par", form))
	p.Clock.Advance(11 * time.Second)
	grantRefused(t, p.PostForm("/par", form), "invalid_client")
}

// PR-10, DP-05: where proofs carry a nonce, that beside a pushed request does too.
func TestPushingWithANonce(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Tokens.DPoPNonce = config.NonceAlways }})
	r := &rig{Provider: p, t: t}
	f := newFAPI(t, r, "fapi")
	a := f.PostForm("/par", f.pushForm(), "DPoP", f.key.Proof("POST", r.URL+"/par", nil))
	refusedAs(t, a, "use_dpop_nonce")
	if f.key.Nonce = a.Header.Get("DPoP-Nonce"); f.key.Nonce == "" {
		t.Fatal("DP-05: no nonce offered")
	}
	if a := f.PostForm("/par", f.pushForm(), "DPoP", f.key.Proof("POST", r.URL+"/par", nil)); a.Status != http.StatusCreated || a.Header.Get("DPoP-Nonce") == "" {
		t.Errorf("%d %s %v", a.Status, a.Body, a.Header)
	}
	for _, rec := range p.Audit() {
		if rec.Event == audit.AuthorizationRejected {
			t.Errorf("a first proof without its nonce is told as an attack: %+v", rec)
		}
	}
}
