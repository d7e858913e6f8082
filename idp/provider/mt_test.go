package provider_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

const tradingDN = `CN=trading,O=Aoba Securities\, Ltd.,C=JP`

// machine is the registration of a client that acts for itself with certificates.
func machine(method string, edit func(*idp.ClientMetadata)) idp.ClientMetadata {
	m := idp.ClientMetadata{
		ClientName: "Machine", TokenEndpointAuthMethod: method, GrantTypes: []string{"client_credentials"}, ClientProfile: idp.ProfileFAPI2,
		Scope: "openid notify:withdrawal", Resources: []string{idptest.API}, CertificateBound: true,
	}
	if edit != nil {
		edit(&m)
	}
	return m
}

func ownToken(id string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {id}}
}

// MT-01: a certificate of the configured authority, for the registered subject, valid now
// and made for clients; and no other.
func TestTLSClientAuth(t *testing.T) {
	clock := idptest.NewClock().Now()
	ca, foreign := idptest.NewAuthority(t, clock, "Aoba CA"), idptest.NewAuthority(t, clock, "Aoba CA")
	p := idptest.NewMutualTLS(t, ca, nil)
	now := p.Clock.Now()
	uri, _ := url.Parse("https://trading.aoba.example/client")
	full := func(c *x509.Certificate) {
		c.DNSNames, c.URIs = []string{"trading.aoba.example", "other.aoba.example"}, []*url.URL{uri}
		c.IPAddresses, c.EmailAddresses = []net.IP{net.ParseIP("192.0.2.7")}, []string{"trading@aoba.example"}
	}
	good := idptest.NewCertificate(t, ca, now, full)
	for id, edit := range map[string]func(*idp.ClientMetadata){
		"dn": func(m *idp.ClientMetadata) { m.TLSSubjectDN = tradingDN }, "dns": func(m *idp.ClientMetadata) { m.TLSSANDNS = "trading.aoba.example" },
		"uri": func(m *idp.ClientMetadata) { m.TLSSANURI = uri.String() }, "ip": func(m *idp.ClientMetadata) { m.TLSSANIP = "192.0.2.7" },
		"email": func(m *idp.ClientMetadata) { m.TLSSANEmail = "trading@aoba.example" },
	} {
		p.AddClient(id, machine(idp.AuthTLS, edit))
		t.Run("MT-01 by "+id, func(t *testing.T) {
			a := p.With(good, "POST", "/token", ownToken(id))
			if a.Status != http.StatusOK {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			if cnf, _ := idptest.Claims(t, a.String("access_token"))["cnf"].(map[string]any); cnf["x5t#S256"] != good.X5T() || a.String("token_type") != "Bearer" {
				t.Errorf("TK-11, MT-03: cnf %v, token_type %q", cnf, a.String("token_type"))
			}
		})
		t.Run("MT-01 another certificate of the authority by "+id, func(t *testing.T) {
			other := idptest.NewCertificate(t, ca, now, func(c *x509.Certificate) {
				c.Subject, c.DNSNames = pkix.Name{CommonName: "withdrawals"}, []string{"*.aoba.example"}
				c.EmailAddresses = []string{"withdrawals@aoba.example"}
			})
			unknownClient(t, p.With(other, "POST", "/token", ownToken(id)))
		})
	}
	variant := func(edit func(*x509.Certificate)) *idptest.Certificate {
		return idptest.NewCertificate(t, ca, now, edit)
	}
	for name, c := range map[string]*idptest.Certificate{
		"MT-01 none":                nil,
		"MT-01 expired":             variant(func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }),
		"MT-01 not yet valid":       variant(func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }),
		"MT-01 a server's":          variant(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }),
		"MT-01 for encryption only": variant(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }),
		"MT-01 an authority's": variant(func(c *x509.Certificate) {
			c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature
		}),
		"MT-01 self-signed with the same name":   idptest.NewCertificate(t, nil, now, nil),
		"MT-01 another authority of this name":   idptest.NewCertificate(t, foreign, now, nil),
		"MT-01 issued by a client":               idptest.NewCertificate(t, good, now, nil),
		"MT-01 the subject in other letter case": variant(func(c *x509.Certificate) { c.Subject.CommonName = "Trading" }),
		"MT-01 one more part in the subject":     variant(func(c *x509.Certificate) { c.Subject.OrganizationalUnit = []string{"x"} }),
		"MT-01 the subject inside one value": variant(func(c *x509.Certificate) {
			c.Subject = pkix.Name{CommonName: `trading,O=Aoba Securities\, Ltd.,C=JP`}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			p.Clock.Advance(11 * time.Second) // failures are slowed down
			unknownClient(t, p.With(c, "POST", "/token", ownToken("dn")))
		})
	}
	t.Run("MT-05", func(t *testing.T) { mutualTLSIsApart(t, p, good) })
}

// MT-05, DJ-02: certificates are for the alias; the issuer's own origin asks for none and
// takes none.
func mutualTLSIsApart(t *testing.T, p *idptest.MutualTLS, good *idptest.Certificate) {
	d := p.Call("GET", wellKnown, "")
	aliases, _ := d.JSON["mtls_endpoint_aliases"].(map[string]any)
	for name, path := range map[string]string{"token_endpoint": "/token", "userinfo_endpoint": "/userinfo", "introspection_endpoint": "/introspect", "revocation_endpoint": "/revoke"} {
		if aliases[name] != p.Origin+path || d.String(name) != p.URL+path {
			t.Errorf("MT-05: %s is %v, alias %v", name, d.JSON[name], aliases[name])
		}
	}
	if methods := d.Strings("token_endpoint_auth_methods_supported"); !strings.Contains(strings.Join(methods, " "), "self_signed_tls_client_auth tls_client_auth") || d.JSON["tls_client_certificate_bound_access_tokens"] != true {
		t.Errorf("DJ-02: %v", methods)
	}
	for path, want := range map[string]int{"/": 404, "/account": 404, "/authorize": 404, "/jwks": 404, wellKnown: 404, "/token": 405, "/userinfo": 401} {
		if a := p.With(good, "GET", path, nil); a.Status != want || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("MT-05 %s at the alias: %d", path, a.Status)
		}
	}
	unknownClient(t, p.PostForm("/token", ownToken("dn"))) // no certificate can arrive there
	if a := p.With(good, "POST", "/introspect", url.Values{"client_id": {"dn"}, "token": {"x"}}); a.Status != http.StatusOK || a.JSON["active"] != false {
		t.Errorf("introspection: %d %s", a.Status, a.Body)
	}
	if a := p.With(good, "POST", "/revoke", url.Values{"client_id": {"dn"}, "token": {"x"}}); a.Status != http.StatusOK {
		t.Errorf("revocation: %d %s", a.Status, a.Body)
	}
	a := p.With(good, "POST", "/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"dn"}, "client_secret": {"x"}})
	unknownClient(t, a) // CA-01: another method beside it
}

// unknownClient is the one answer to who does not prove who they are.
func unknownClient(t *testing.T, a idptest.Answer) {
	t.Helper()
	if a.Status != http.StatusUnauthorized || a.String("error") != "invalid_client" || a.String("access_token") != "" {
		t.Errorf("answer %d %s, want 401 invalid_client", a.Status, a.Body)
	}
}

// MT-02: only what is registered, whoever signed it.
func TestSelfSignedTLSClientAuth(t *testing.T) {
	now := idptest.NewClock().Now()
	p := idptest.NewMutualTLS(t, idptest.NewAuthority(t, now, "Aoba CA"), nil)
	own, other := idptest.NewCertificate(t, nil, now, nil), idptest.NewCertificate(t, nil, now, nil)
	old := idptest.NewCertificate(t, nil, now, func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) })
	p.AddClient("x5c", machine(idp.AuthSelfSignedTLS, func(m *idp.ClientMetadata) { m.JWKS = own.JWKS(t) }))
	p.AddClient("key", machine(idp.AuthSelfSignedTLS, func(m *idp.ClientMetadata) { m.JWKS = idptest.PublicJWKS(t, own.Key) }))
	p.AddClient("late", machine(idp.AuthSelfSignedTLS, func(m *idp.ClientMetadata) { m.JWKS = old.JWKS(t) }))
	for _, id := range []string{"x5c", "key"} {
		if a := p.With(own, "POST", "/token", ownToken(id)); a.Status != http.StatusOK {
			t.Errorf("MT-02 %s: %d %s", id, a.Status, a.Body)
		}
		unknownClient(t, p.With(other, "POST", "/token", ownToken(id)))
		unknownClient(t, p.With(nil, "POST", "/token", ownToken(id)))
	}
	unknownClient(t, p.With(old, "POST", "/token", ownToken("late")))
	twin := sameKey(t, own, now)
	unknownClient(t, p.With(twin, "POST", "/token", ownToken("x5c"))) // the certificate is registered, not only its key
}

// sameKey is another certificate over the same key.
func sameKey(t *testing.T, own *idptest.Certificate, now time.Time) *idptest.Certificate {
	t.Helper()
	again := idptest.NewCertificate(t, nil, now, nil)
	der, err := x509.CreateCertificate(nil, again.Leaf, own.Leaf, own.Key.Public(), own.Key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &idptest.Certificate{Leaf: leaf, Key: own.Key}
}

// MT-03: a certificate-bound token is good with its certificate only, at every API.
func TestCertificateBoundTokens(t *testing.T) {
	now := idptest.NewClock().Now()
	m := idptest.NewMutualTLS(t, idptest.NewAuthority(t, now, "Aoba CA"), nil)
	r := &rig{Provider: m.Provider, t: t}
	r.taro = r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.b = r.signedIn(r.taro)
	own, other := idptest.NewCertificate(t, nil, now, nil), idptest.NewCertificate(t, nil, now, nil)
	rp := r.NewRelyingParty("bound", func(c *idp.ClientMetadata) { c.CertificateBound = true })
	basic := []string{"Authorization", "Basic " + basicAuth(rp.ID, rp.Secret)}
	code := func() url.Values {
		return url.Values{"grant_type": {"authorization_code"}, "code": {rp.Code(r.b)}, "redirect_uri": {idptest.Redirect}, "code_verifier": {idptest.Verifier}}
	}
	redeem := code()
	refusedAs(t, m.With(nil, "POST", "/token", redeem, basic...), "invalid_request") // TK-11
	refusedAs(t, r.PostForm("/token", redeem, basic...), "invalid_request")
	refusedAs(t, m.With(own, "POST", "/token", redeem, append(basic, "DPoP", "x")...), "invalid_request")
	tokens := m.With(own, "POST", "/token", redeem, basic...)
	access := tokens.String("access_token")
	if tokens.Status != http.StatusOK || tokens.String("token_type") != "Bearer" {
		t.Fatalf("%d %s", tokens.Status, tokens.Body)
	}
	for name, c := range map[string]struct {
		by   *idptest.Certificate
		want int
	}{"its own": {own, 200}, "MT-03 another": {other, 401}, "MT-03 none": {nil, 401}} {
		a := m.With(c.by, "GET", "/userinfo", nil, "Authorization", "Bearer "+access)
		if a.Status != c.want || c.want == 401 && !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), `Bearer error="invalid_token"`) {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if a := r.Userinfo(access); a.Status != http.StatusUnauthorized {
		t.Errorf("MT-03 at the issuer's origin, without a certificate: %d", a.Status)
	}
	if a := m.With(own, "GET", "/userinfo", nil, "Authorization", "DPoP "+access, "DPoP", r.newKey().Proof("GET", m.Origin+"/userinfo", map[string]any{"ath": idptest.TokenHash(access)})); a.Status != http.StatusUnauthorized {
		t.Errorf("DP-06 in the DPoP scheme: %d %s", a.Status, a.Body)
	}
	seen := rp.Post("/introspect", "token", access)
	if cnf, _ := seen.JSON["cnf"].(map[string]any); cnf["x5t#S256"] != own.X5T() || seen.String("token_type") != "Bearer" {
		t.Errorf("MT-03: introspection says %s", seen.Body)
	}
	t.Run("RT-05 a public client's refresh token", func(t *testing.T) {
		app := r.NewRelyingParty("mobile", func(c *idp.ClientMetadata) {
			c.CertificateBound, c.TokenEndpointAuthMethod, c.GrantTypes = true, idp.AuthNone, []string{"authorization_code", "refresh_token"}
		})
		form := code()
		form.Set("code", app.Code(r.b))
		form.Set("client_id", app.ID)
		refresh := url.Values{"grant_type": {"refresh_token"}, "client_id": {app.ID}, "refresh_token": {m.With(own, "POST", "/token", form).String("refresh_token")}}
		refusedAs(t, m.With(other, "POST", "/token", refresh), "invalid_grant")
		refusedAs(t, m.With(nil, "POST", "/token", refresh), "invalid_request")
		if a := m.With(own, "POST", "/token", refresh); a.Status != http.StatusOK {
			t.Errorf("its own: %d %s", a.Status, a.Body)
		}
	})
	t.Run("DP-02 a proof made for the alias", func(t *testing.T) {
		k := r.newKey()
		free := r.NewRelyingParty("free", nil)
		a := m.With(nil, "POST", "/token", url.Values{"grant_type": {"client_credentials"}}, "Authorization", "Basic "+basicAuth(free.ID, free.Secret), "DPoP", k.Proof("POST", m.Origin+"/token", nil))
		if a.Status != http.StatusOK || a.String("token_type") != "DPoP" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
}

// MT-04: behind a proxy that ends TLS a certificate is what the proxy says, and nobody else.
func TestCertificateHeader(t *testing.T) {
	now := idptest.NewClock().Now()
	ca := idptest.NewAuthority(t, now, "Aoba CA")
	good := idptest.NewCertificate(t, ca, now, nil)
	behind := func(t *testing.T, trusted, header string) *idptest.Provider {
		p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
			idptest.BehindProxy(c)
			c.Listen.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(trusted)}
			c.Listen.MTLS = config.MTLS{Origin: "https://mtls.id.example", ProxyHeader: header, CAFile: idptest.File(t, "ca.pem", ca.PEM())}
		}})
		p.AddClient("dn", machine(idp.AuthTLS, func(m *idp.ClientMetadata) { m.TLSSubjectDN = tradingDN }))
		return p
	}
	ask := func(p *idptest.Provider, headers ...string) idptest.Answer {
		p.Clock.Advance(11 * time.Second)
		return p.PostForm("/token", ownToken("dn"), append([]string{"Host", "mtls.id.example"}, headers...)...)
	}
	inPEM := url.PathEscape(string(good.PEM()))
	p := behind(t, "127.0.0.0/8", "Client-Cert")
	for name, value := range map[string]string{"RFC 9440": good.Header(), "PEM in percent-encoding": inPEM} {
		if a := ask(p, "Client-Cert", value); a.Status != http.StatusOK {
			t.Errorf("MT-04 %s from the proxy: %d %s", name, a.Status, a.Body)
		}
	}
	token := ask(p, "Client-Cert", good.Header()).String("access_token")
	if cnf, _ := idptest.Claims(t, token)["cnf"].(map[string]any); cnf["x5t#S256"] != good.X5T() {
		t.Errorf("MT-03: cnf %v", cnf)
	}
	intermediate := idptest.NewCertificate(t, ca, now, func(c *x509.Certificate) {
		c.Subject, c.IsCA, c.ExtKeyUsage, c.KeyUsage = pkix.Name{CommonName: "Issuing CA"}, true, nil, x509.KeyUsageCertSign
	})
	below := idptest.NewCertificate(t, intermediate, now, nil)
	if a := ask(p, "Client-Cert", below.Header(), "Client-Cert-Chain", intermediate.Header()+", "+ca.Header()); a.Status != http.StatusOK {
		t.Errorf("with its chain: %d %s", a.Status, a.Body)
	}
	for name, headers := range map[string][]string{
		"MT-04 nothing":                   nil,
		"MT-04 the chain is missing":      {"Client-Cert", below.Header()},
		"MT-04 twice":                     {"Client-Cert", good.Header(), "Client-Cert", good.Header()},
		"MT-04 two in one":                {"Client-Cert", good.Header() + "," + good.Header()},
		"MT-04 two in PEM":                {"Client-Cert", inPEM + inPEM},
		"MT-04 not a certificate":         {"Client-Cert", ":AAAA:"},
		"MT-04 not even base64":           {"Client-Cert", ":%%%:"},
		"MT-04 X-Client-Cert":             {"X-Client-Cert", good.Header()},
		"MT-04 X-Forwarded-Client-Cert":   {"X-Forwarded-Client-Cert", inPEM},
		"MT-04 X-SSL-Client-Cert":         {"X-SSL-Client-Cert", inPEM},
		"MT-04 in the name of the issuer": {"Host", "id.example", "Client-Cert", good.Header()},
	} {
		t.Run(name, func(t *testing.T) { unknownClient(t, ask(p, headers...)) })
	}
	t.Run("MT-04 a forged header past the proxy", func(t *testing.T) {
		unknownClient(t, ask(behind(t, "203.0.113.0/24", "Client-Cert"), "Client-Cert", good.Header()))
	})
	t.Run("MT-04 another header than the configured one", func(t *testing.T) {
		other := behind(t, "127.0.0.0/8", "X-Proxy-Cert")
		unknownClient(t, ask(other, "Client-Cert", good.Header()))
		if a := ask(other, "X-Proxy-Cert", good.Header()); a.Status != http.StatusOK {
			t.Errorf("the configured one: %d %s", a.Status, a.Body)
		}
	})
	t.Run("MT-04 a direct connection is not asked for a header", func(t *testing.T) {
		m := idptest.NewMutualTLS(t, ca, nil)
		m.AddClient("dn", machine(idp.AuthTLS, func(m *idp.ClientMetadata) { m.TLSSubjectDN = tradingDN }))
		unknownClient(t, m.With(nil, "POST", "/token", ownToken("dn"), "Client-Cert", good.Header()))
	})
	if raw, err := json.Marshal(p.Logs.String()); err != nil || strings.Contains(string(raw), token) {
		t.Error("LG-01: a token in the log")
	}
}
