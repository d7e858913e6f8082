package provider_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/storage/storagetest"
)

func confirmation(t *testing.T, token string) map[string]any {
	t.Helper()
	cnf, _ := idptest.Claims(t, token)["cnf"].(map[string]any)
	return cnf
}

// DP-08: the new token is bound to the exchanging client's own key. A bound subject token
// is exchanged by whom it was sent to, and never becomes one that anybody can use.
func TestExchangeOfBoundTokens(t *testing.T) {
	x := newExchangeRig(t, func(c *config.Config) {
		rule := c.Tokens.Exchange["trading"]
		rule.Client, rule.Unbound = "lenient", true
		c.Tokens.Exchange["lenient"] = rule
		rule.Client, rule.Unbound = "strict", false
		c.Tokens.Exchange["strict"] = rule
	})
	bound := x.proving("bound", func(m *idp.ClientMetadata) { m.DPoPBound = true })
	subject := bound.Grant(x.b, "scope", "openid profile").String("access_token")
	if confirmation(t, subject)["jkt"] != bound.DPoP.JKT {
		t.Fatal("the subject token is not bound")
	}
	t.Run("to a bearer token", func(t *testing.T) {
		refusedAs(t, exchange(x.trading, subject, settleAPI), "invalid_request")
		lenient := x.NewRelyingParty("lenient", exchanging(idptest.API))
		if token := x.exchanges(t, lenient, subject, settleAPI); confirmation(t, token) != nil {
			t.Errorf("bound to %v, a key that nobody proved", confirmation(t, token))
		}
	})
	t.Run("to a token bound to its own key", func(t *testing.T) {
		proving := *x.trading
		proving.DPoP = x.newKey()
		a := exchange(&proving, subject, settleAPI)
		token := a.String("access_token")
		if a.Status != http.StatusOK || a.String("token_type") != "DPoP" || confirmation(t, token)["jkt"] != proving.DPoP.JKT {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		seen := x.settlement.Post("/introspect", "token", token)
		if told, _ := seen.JSON["cnf"].(map[string]any); seen.String("token_type") != "DPoP" || told["jkt"] != proving.DPoP.JKT {
			t.Errorf("%s", seen.Body)
		}
		refusedAs(t, exchange(x.settlement, token, ledgerAPI), "invalid_request") // a key once, a key for ever
		proof := proving.DPoP.Proof("POST", x.URL+"/token", nil)
		form := url.Values{}
		for i, pairs := 0, exchangeForm(subject, settleAPI); i < len(pairs); i += 2 {
			form.Add(pairs[i], pairs[i+1])
		}
		send := func() idptest.Answer {
			return x.PostForm("/token", form, "Authorization", "Basic "+basicAuth(x.trading.ID, x.trading.Secret), "DPoP", proof)
		}
		if a := send(); a.Status != http.StatusOK {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		refusedAs(t, send(), "invalid_dpop_proof") // the proof serves once, the subject token as often as it lives
	})
	t.Run("a client registered for proofs", func(t *testing.T) {
		strict := x.NewRelyingParty("strict", func(m *idp.ClientMetadata) { exchanging(idptest.API)(m); m.DPoPBound = true })
		refusedAs(t, exchange(strict, x.access(), settleAPI), "invalid_dpop_proof")
		strict.DPoP = x.newKey()
		if token := x.exchanges(t, strict, x.access(), settleAPI); confirmation(t, token)["jkt"] != strict.DPoP.JKT {
			t.Error("not bound to its key")
		}
	})
	t.Run("stolen", func(t *testing.T) { // who was not sent it cannot exchange it, whatever key it proves
		thief := *x.settlement
		thief.DPoP = x.newKey()
		refusedAs(t, exchange(&thief, subject, ledgerAPI), "invalid_request")
	})
}

// MT-03: the same with certificates, in both directions.
func TestExchangeWithCertificates(t *testing.T) {
	now := idptest.NewClock().Now()
	m := idptest.NewMutualTLS(t, idptest.NewAuthority(t, now, "Aoba CA"), exchangeRules)
	x := (&rig{Provider: m.Provider, t: t}).exchanging()
	own, other := idptest.NewCertificate(t, nil, now, nil), idptest.NewCertificate(t, nil, now, nil)
	x.EditClient("app", func(c *idp.Client) { c.Metadata.CertificateBound = true })
	x.EditClient("settlement", func(c *idp.Client) { c.Metadata.CertificateBound = true })
	basic := func(rp *idptest.RelyingParty) []string {
		return []string{"Authorization", "Basic " + basicAuth(rp.ID, rp.Secret)}
	}
	tokens := m.With(own, "POST", "/token", url.Values{"grant_type": {"authorization_code"}, "code": {x.rp.Code(x.b, "scope", "openid profile")}, "redirect_uri": {idptest.Redirect}, "code_verifier": {idptest.Verifier}}, basic(x.rp)...)
	subject := tokens.String("access_token")
	if confirmation(t, subject)["x5t#S256"] != own.X5T() {
		t.Fatalf("%d %s", tokens.Status, tokens.Body)
	}
	refusedAs(t, exchange(x.trading, subject, settleAPI), "invalid_request")
	x.trading.DPoP = x.newKey()
	one := x.exchanges(t, x.trading, subject, settleAPI) // from a certificate to a DPoP key
	form := url.Values{}
	for i, pairs := 0, exchangeForm(one, ledgerAPI); i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	refusedAs(t, x.PostForm("/token", form, basic(x.settlement)...), "invalid_request")
	refusedAs(t, m.With(nil, "POST", "/token", form, basic(x.settlement)...), "invalid_request")
	a := m.With(other, "POST", "/token", form, basic(x.settlement)...)
	if a.Status != http.StatusOK || a.String("token_type") != "Bearer" || confirmation(t, a.String("access_token"))["x5t#S256"] != other.X5T() {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// A resource server of the profile fapi2 exchanges bound tokens only, with a proof, and what
// began at a fapi2 client stays bound, whatever a rule says.
func TestExchangeOfTheProfileFAPI2(t *testing.T) {
	x := newExchangeRig(t, func(c *config.Config) {
		rule := c.Tokens.Exchange["trading"]
		rule.Client = "machine"
		c.Tokens.Exchange["machine"] = rule
		for name, rule := range c.Tokens.Exchange {
			rule.Unbound = true
			c.Tokens.Exchange[name] = rule
		}
	})
	machine := newKeyed(t, x.rig, "machine", func(m *idp.ClientMetadata) {
		m.ClientProfile, m.DPoPBound, m.RedirectURIs, m.FirstParty = idp.ProfileFAPI2, true, nil, false
		m.GrantTypes, m.ResourceServer, m.Resources = []string{exchangeType}, []string{idptest.API}, nil
	})
	by := &fapi{machine, x.newKey()}
	send := func(subject, proof string) idptest.Answer {
		return by.send(by.assertion(t, nil), proof, exchangeForm(subject, settleAPI)...)
	}
	app := newFAPI(t, x.rig, "fapi")
	subject := app.redeem(app.code()).String("access_token")
	refusedAs(t, send(subject, ""), "invalid_dpop_proof")
	refusedAs(t, send(x.access(), by.proof()), "invalid_request") // a bearer token
	a := send(subject, by.proof())
	if a.Status != http.StatusOK || a.String("token_type") != "DPoP" || confirmation(t, a.String("access_token"))["jkt"] != by.key.JKT {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	refusedAs(t, exchange(x.settlement, a.String("access_token"), ledgerAPI), "invalid_request") // began at a fapi2 client
	refusedAs(t, exchange(x.trading, subject, settleAPI), "invalid_request")
	t.Run("an assertion serves once", func(t *testing.T) {
		assertion := by.assertion(t, nil)
		if a := by.send(assertion, by.proof(), exchangeForm(subject, settleAPI)...); a.Status != http.StatusOK {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		a := by.send(assertion, by.proof(), exchangeForm(subject, settleAPI)...)
		if a.Status != http.StatusUnauthorized || a.String("error") != "invalid_client" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
}

// ID-08: every party finds the customer as its own registration knows customers, and nobody
// learns more than it could before.
func TestExchangePairwise(t *testing.T) {
	x := newExchangeRig(t, nil)
	x.EditClient("app", func(c *idp.Client) { c.Metadata.SubjectType = idp.SubjectPairwise })
	x.EditClient("settlement", func(c *idp.Client) {
		c.Metadata.SubjectType, c.Metadata.SectorIdentifierURI = idp.SubjectPairwise, settleAPI+"/sector"
	})
	subject := x.access()
	before := idptest.Claims(t, subject)
	token := x.exchanges(t, x.trading, subject, settleAPI)
	claims := idptest.Claims(t, token)
	if before["sub"] == x.taro.Subject || claims["sub"] != x.taro.Subject { // trading is public, and learns no more than by introspection
		t.Errorf("sub %v, then %v", before["sub"], claims["sub"])
	}
	if claims["sid"] != before["sid"] {
		t.Error("the session is named otherwise than in the token that was exchanged")
	}
	seen := x.settlement.Post("/introspect", "token", token).String("sub")
	if seen == "" || seen == x.taro.Subject || seen == before["sub"] {
		t.Errorf("settlement learns %q", seen)
	}
	onward := x.exchanges(t, x.settlement, token, ledgerAPI)
	if got := idptest.Claims(t, onward)["sub"]; got != seen {
		t.Errorf("in settlement's own token the customer is %v, not %s", got, seen)
	}
	if got := x.ledger.Post("/introspect", "token", onward).String("sub"); got != x.taro.Subject {
		t.Errorf("the public ledger learns %q", got)
	}
	x.EditClient("trading", func(c *idp.Client) {
		c.Metadata.SubjectType, c.Metadata.SectorIdentifierURI = idp.SubjectPairwise, idptest.API+"/sector"
	})
	if x.settlement.Active(token) {
		t.Error("another kind of subject, and the token of the first goes on")
	}
}

// A token of one transaction is for the one it was approved for.
func TestExchangeOfTransactions(t *testing.T) {
	r := newRARig(t, exchangeRules)
	trading := r.NewRelyingParty("trading", exchanging(idptest.API))
	r.asks(r.b, withdrawalDetails)
	tokens := r.approve(r.b.UsePasskey(r.key))
	refusedAs(t, exchange(trading, tokens.String("access_token"), settleAPI), "invalid_request")
	if !r.api.Active(tokens.String("access_token")) {
		t.Error("the refusal used the transaction up")
	}
}

// A proof that is good for one act is not made good for more by exchanging its token; what an
// operation switched off proves is not handed on.
func TestExchangeOfOperations(t *testing.T) {
	x := newExchangeRig(t, func(c *config.Config) {
		c.Assurance.Operations["deposit"] = config.Operation{Level: config.LevelMFA, Once: true}
		c.Assurance.Operations["statement"] = config.Operation{Level: config.LevelMFA}
	})
	proved := func(operation string) string {
		t.Helper()
		page := x.b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:"+operation)
		if page.Left == "" {
			page = x.reauthenticate(x.b, x.taro)
		}
		token := x.rp.Exchange(page.Response(t, idptest.Redirect).Get("code")).String("access_token")
		if got := idptest.Claims(t, token)["acr"]; got != "urn:sekisho:op:"+operation {
			t.Fatalf("acr %v", got)
		}
		return token
	}
	once, again := proved("deposit"), proved("statement")
	refusedAs(t, exchange(x.trading, once, settleAPI), "invalid_request")
	if r := x.Recorded(t, "token.rejected"); r.Reason != "not_exchangeable" {
		t.Errorf("%+v", r)
	}
	token := x.exchanges(t, x.trading, again, settleAPI)
	if claims := idptest.Claims(t, token); claims["acr"] != "urn:sekisho:op:statement" || claims["sekisho_level"] != config.LevelMFA || claims["auth_time"] != idptest.Claims(t, again)["auth_time"] {
		t.Errorf("%v", claims)
	}
	x.stop(t, "statement", nil)
	refusedAs(t, exchange(x.trading, again, settleAPI), "invalid_request")
	x.exchanges(t, x.trading, x.access(), settleAPI)
}

// DJ-04: on any node, with a subject token that a key signed which signs no more.
func TestExchangeOnTwoNodes(t *testing.T) {
	clock, kek := idptest.NewClock(), idptest.KEK(t)
	store := storagetest.SQLite(t, storagetest.Clock(clock.Now))
	node := func() *idptest.Provider {
		return idptest.New(t, idptest.Options{Store: store, Clock: clock, KEK: kek, Edit: func(c *config.Config) {
			idptest.BehindProxy(c)
			exchangeRules(c)
			c.Tokens.Algorithms, c.Tokens.Access = []string{"ES256"}, time.Hour
		}})
	}
	one, other := node(), node()
	rp := one.NewRelyingParty("app", func(m *idp.ClientMetadata) { m.IDTokenAlg = "ES256" })
	trading := one.NewRelyingParty("trading", func(m *idp.ClientMetadata) { exchanging(idptest.API)(m); m.IDTokenAlg = "ES256" })
	taro := one.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	ask := func(p *idptest.Provider, by *idptest.RelyingParty, pairs ...string) idptest.Answer {
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Add(pairs[i], pairs[i+1])
		}
		return p.PostForm("/token", form, "Host", "id.example", "Authorization", "Basic "+basicAuth(by.ID, by.Secret))
	}
	next, err := one.Ring.Rotate(t.Context(), "ES256")
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(one.Config.Tokens.KeyOverlap - time.Minute)
	for _, p := range []*idptest.Provider{one, other} {
		if err := p.Clients.Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := p.Ring.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b := one.ViaProxy("203.0.113.5", "")
	b.SignIn(one, taro)
	code := b.Authorize(rp.ID, idptest.Redirect).Response(t, idptest.Redirect).Get("code")
	subject := ask(one, rp, "grant_type", "authorization_code", "code", code, "redirect_uri", idptest.Redirect, "code_verifier", idptest.Verifier).String("access_token")
	clock.Advance(2 * time.Minute)
	if err := other.Clients.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := other.Ring.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := ask(other, trading, exchangeForm(subject, settleAPI)...)
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if before, after := keyID(t, subject), keyID(t, a.String("access_token")); before == next.ID || after != next.ID {
		t.Errorf("signed by %v, exchanged by %v, the new key is %s", before, after, next.ID)
	}
}

// keyID is the kid of a JWT's header.
func keyID(t *testing.T, jwt string) string {
	t.Helper()
	jws, err := jose.ParseSigned(jwt, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	return jws.Signatures[0].Header.KeyID
}
