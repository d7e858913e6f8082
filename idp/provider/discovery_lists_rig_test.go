package provider_test

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/clientauth"
	"sekisho/idp/idptest"
)

// lists is a provider with its discovery document, a customer about whom everything is
// known, and keys for clients of every kind.
type lists struct {
	*rig
	m       *idptest.MutualTLS // nil: takes no certificates
	ca      *idptest.Certificate
	api     *idptest.RelyingParty
	k       *keyed // lends its keys to clients of every algorithm
	doc     idptest.Answer
	clients int
}

// hardwareModel is the AAGUID of the authenticators that the firm trusts.
const hardwareModel = "07070707-0707-0707-0707-070707070707"

// everything is a provider with all there is switched on.
func everything(t *testing.T) *lists {
	t.Helper()
	now := idptest.NewClock().Now()
	x := &lists{ca: idptest.NewAuthority(t, now, "Aoba CA")}
	x.m = idptest.NewMutualTLS(t, x.ca, func(c *config.Config) {
		c.Registration.Policy, c.Registration.Profile, c.Registration.Rate = config.RegistrationOpen, "oidc", config.Rate{}
		c.Registration.Scopes = []string{"openid", "profile", "email"}
		exchangeRules(c)
		c.Passkey.Attestation, c.Passkey.AttestationModels = config.AttestationHardware, []string{hardwareModel}
		c.Passkey.AttestationRoots = idptest.File(t, "makers.pem", x.ca.PEM())
	})
	x.open(t, x.m.Provider)
	return x
}

// asItComes is a provider of the demonstration's configuration, which is the default one
// with a firm's name in it.
func asItComes(t *testing.T) *lists {
	t.Helper()
	x := &lists{}
	x.open(t, idptest.New(t, idptest.Options{}))
	return x
}

func (x *lists) open(t *testing.T, p *idptest.Provider) {
	x.rig = &rig{Provider: p, t: t}
	x.rp, x.api = x.NewRelyingParty("app", nil), x.resourceServer()
	x.taro = x.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Profile: idp.Profile{
		Name: "青葉 太郎", GivenName: "太郎", FamilyName: "青葉", Gender: "male", Birthdate: "1970-01-02", Zoneinfo: "Asia/Tokyo",
		PhoneNumber: "+81312345678", PhoneVerified: true, Address: &idp.Address{Formatted: "東京都中央区日本橋1-1", Country: "JP"},
	}})
	x.k = newKeyed(t, x.rig, "keys", nil)
	x.b = x.signedIn(x.taro)
	x.doc = x.Call("GET", wellKnown, "")
	if x.doc.Status != http.StatusOK {
		t.Fatalf("%d %s", x.doc.Status, x.doc.Body)
	}
}

// name is a client id nobody has yet.
func (x *lists) name() string {
	x.clients++
	return fmt.Sprintf("client-%d", x.clients)
}

// client is a first-party client that authenticates by HTTP Basic.
func (x *lists) client(edit func(*idp.ClientMetadata)) *idptest.RelyingParty {
	return x.NewRelyingParty(x.name(), edit)
}

// path is that of a published address of the issuer's own origin.
func (x *lists) path(t *testing.T, member string) string {
	t.Helper()
	path, ok := strings.CutPrefix(x.doc.String(member), x.URL+"/")
	if !ok || strings.ContainsAny(path, "?#") {
		t.Fatalf("%s is %q", member, x.doc.String(member))
	}
	return "/" + path
}

// only holds that an endpoint answers no method but these.
func (x *lists) only(t *testing.T, member string, methods ...string) {
	t.Helper()
	allowed := strings.Join(methods, ", ")
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
		a := x.Call(method, x.path(t, member), "")
		switch listed := strings.Contains(allowed, method); {
		case listed && a.Status == http.StatusMethodNotAllowed:
			t.Errorf("%s refuses %s", member, method)
		case !listed && (a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != allowed):
			t.Errorf("%s answers %s with %d, Allow %q, want 405, %q", member, method, a.Status, a.Header.Get("Allow"), allowed)
		}
	}
}

// caller is a client that authenticates by one method. send proves who it is; forge does
// what somebody without its secret or key could.
type caller struct {
	id          string
	send, forge func(path string, form url.Values) idptest.Answer
}

// caller registers one. It goes to the issuer's own origin, with a certificate to the alias.
func (x *lists) caller(t *testing.T, method string) *caller {
	t.Helper()
	c := &caller{id: x.name()}
	own := idptest.NewCertificate(t, nil, x.Clock.Now(), nil)
	if method == idp.AuthTLS {
		own = idptest.NewCertificate(t, x.ca, x.Clock.Now(), func(l *x509.Certificate) { l.DNSNames = []string{c.id + ".aoba.example"} })
	}
	secret := x.AddClient(c.id, metadataOf(func(m *idp.ClientMetadata) {
		m.TokenEndpointAuthMethod, m.GrantTypes = method, []string{"authorization_code", "refresh_token"}
		switch method {
		case idp.AuthPrivateKeyJWT:
			m.JWKS = idptest.PublicJWKS(t, x.k.ec)
		case idp.AuthSelfSignedTLS:
			m.JWKS = own.JWKS(t)
		case idp.AuthTLS:
			m.TLSSANDNS = c.id + ".aoba.example"
		}
	}))
	with := func(extra ...string) func(string, url.Values) idptest.Answer {
		return func(path string, form url.Values) idptest.Answer { return x.PostForm(path, plus(form, extra...)) }
	}
	basic := func(secret string) func(string, url.Values) idptest.Answer {
		return func(path string, form url.Values) idptest.Answer {
			return x.PostForm(path, form, "Authorization", "Basic "+basicAuth(c.id, secret))
		}
	}
	signed := func(key any) func(string, url.Values) idptest.Answer {
		k := *x.k
		k.id = c.id
		return func(path string, form url.Values) idptest.Answer {
			return x.PostForm(path, plus(form, "client_assertion_type", clientauth.AssertionType,
				"client_assertion", idptest.SignJWT(t, jose.ES256, key, k.claims(nil), "kid", "1")))
		}
	}
	presenting := func(by *idptest.Certificate) func(string, url.Values) idptest.Answer {
		return func(path string, form url.Values) idptest.Answer {
			return x.m.With(by, "POST", path, plus(form, "client_id", c.id))
		}
	}
	switch method {
	case idp.AuthNone:
		c.send, c.forge = with("client_id", c.id), with("client_id", "app") // all there is to forge is the name of one who has a secret
	case idp.AuthClientSecretBasic:
		c.send, c.forge = basic(secret), basic("wrong")
	case idp.AuthClientSecretPost:
		c.send, c.forge = with("client_id", c.id, "client_secret", secret), with("client_id", c.id, "client_secret", "wrong")
	case idp.AuthPrivateKeyJWT:
		c.send, c.forge = signed(x.k.ec), signed(x.k.next)
	case idp.AuthTLS, idp.AuthSelfSignedTLS:
		c.send, c.forge = presenting(own), presenting(idptest.NewCertificate(t, x.ca, x.Clock.Now(), nil))
	default:
		t.Fatalf("nobody here authenticates by %s", method)
	}
	return c
}

// plus is the form with more in it.
func plus(form url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for name, values := range form {
		out[name] = values
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

// redeem is the token request for a code of the client that needs no page.
func (x *lists) redeem(t *testing.T, id string) url.Values {
	t.Helper()
	code := x.b.Authorize(id, idptest.Redirect).Response(t, idptest.Redirect).Get("code")
	if code == "" {
		t.Fatalf("no code: %s", x.b.Page.Left)
	}
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {idptest.Redirect}, "code_verifier": {idptest.Verifier}}
}

// tokens of a client, as it gets them.
func (x *lists) tokens(t *testing.T, c *caller) idptest.Answer {
	t.Helper()
	a := c.send("/token", x.redeem(t, c.id))
	works(t, a, http.StatusOK)
	return a
}

// signer is a client with all four keys, for assertions and request objects of every
// algorithm.
func (x *lists) signer(t *testing.T, edit func(*idp.ClientMetadata)) *keyed {
	t.Helper()
	k := *x.k
	k.id = x.name()
	x.AddClient(k.id, metadataOf(func(m *idp.ClientMetadata) {
		m.TokenEndpointAuthMethod, m.JWKS = idp.AuthPrivateKeyJWT, idptest.PublicJWKS(t, k.ec, k.rsa, k.next, k.ed)
		if edit != nil {
			edit(m)
		}
	}))
	return &k
}

// sign signs with the client's key for the algorithm.
func (k *keyed) sign(t *testing.T, alg string, claims map[string]any, header ...string) string {
	t.Helper()
	switch alg {
	case "ES256":
		return idptest.SignJWT(t, jose.ES256, k.ec, claims, append(header, "kid", "1")...)
	case "EdDSA":
		return idptest.SignJWT(t, jose.EdDSA, k.ed, claims, append(header, "kid", "4")...)
	case "none":
		return idptest.Unsigned(t, map[string]any{"alg": "none"}, claims, "")
	case "HS256", "HS384", "HS512":
		return idptest.SignJWT(t, jose.SignatureAlgorithm(alg), []byte(strings.Repeat("shared secret ", 5)), claims, header...)
	}
	return idptest.SignJWT(t, jose.SignatureAlgorithm(alg), k.rsa, claims, append(header, "kid", "2")...)
}

// works holds that an answer has the status of success.
func works(t *testing.T, a idptest.Answer, status int) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("answer %d %s, want %d", a.Status, a.Body, status)
	}
}
