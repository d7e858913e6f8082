package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

const (
	exchangeType = "urn:ietf:params:oauth:grant-type:token-exchange"
	accessType   = "urn:ietf:params:oauth:token-type:access_token"
	settleAPI    = "https://settlement.example"
	ledgerAPI    = "https://ledger.example"
	archiveAPI   = "https://archive.example"
)

// exchangeRules lead from the trading API to settlement, on to the ledger, and on from there.
func exchangeRules(c *config.Config) {
	c.Tokens.Exchange = map[string]config.Exchange{
		"trading":    {Client: "trading", From: []string{idptest.API}, To: []string{settleAPI, "https://second.example"}, Scopes: []string{"profile", "email"}, Lifetime: 2 * time.Minute},
		"settlement": {Client: "settlement", From: []string{settleAPI}, To: []string{ledgerAPI}, Scopes: []string{"profile"}},
		"ledger":     {Client: "ledger", From: []string{ledgerAPI}, To: []string{archiveAPI}},
		"archive":    {Client: "archive", From: []string{archiveAPI}, To: []string{"https://vault.example"}},
	}
}

// exchanging is the registration of a resource server that may exchange.
func exchanging(resource string) func(*idp.ClientMetadata) {
	return func(m *idp.ClientMetadata) {
		*m = idp.ClientMetadata{ClientName: "API", TokenEndpointAuthMethod: idp.AuthClientSecretBasic, GrantTypes: []string{exchangeType}, ResourceServer: []string{resource}}
	}
}

type exchangeRig struct {
	*rig
	trading, settlement, ledger, archive *idptest.RelyingParty
}

func newExchangeRig(t *testing.T, edit func(*config.Config)) *exchangeRig {
	t.Helper()
	r := &rig{t: t, Provider: idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		exchangeRules(c)
		if edit != nil {
			edit(c)
		}
	}})}
	return r.exchanging()
}

// exchanging adds the app, the resource servers and the customer.
func (r *rig) exchanging() *exchangeRig {
	r.t.Helper()
	x := &exchangeRig{rig: r}
	x.rp = x.NewRelyingParty("app", nil)
	x.trading = x.NewRelyingParty("trading", exchanging(idptest.API))
	x.settlement = x.NewRelyingParty("settlement", exchanging(settleAPI))
	x.ledger = x.NewRelyingParty("ledger", exchanging(ledgerAPI))
	x.archive = x.NewRelyingParty("archive", exchanging(archiveAPI))
	x.taro = x.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	x.b = x.signedIn(x.taro)
	x.Clock.Advance(time.Minute)
	return x
}

// exchangeForm is a good request, with pairs in place of its own members; "" leaves one out.
func exchangeForm(subject, resource string, pairs ...string) (form []string) {
	good := []string{"grant_type", exchangeType, "subject_token", subject, "subject_token_type", accessType, "resource", resource}
	for i := 0; i < len(good); i += 2 {
		replaced := false
		for j := 0; j < len(pairs); j += 2 {
			replaced = replaced || pairs[j] == good[i]
		}
		if !replaced {
			form = append(form, good[i], good[i+1])
		}
	}
	for j := 0; j < len(pairs); j += 2 {
		if pairs[j+1] != "" {
			form = append(form, pairs[j], pairs[j+1])
		}
	}
	return form
}

func exchange(by *idptest.RelyingParty, subject, resource string, pairs ...string) idptest.Answer {
	return by.Post("/token", exchangeForm(subject, resource, pairs...)...)
}

// exchanges is exchange where it has to work.
func (x *exchangeRig) exchanges(t *testing.T, by *idptest.RelyingParty, subject, resource string, pairs ...string) string {
	t.Helper()
	a := exchange(by, subject, resource, pairs...)
	if a.Status != http.StatusOK || a.String("access_token") == "" {
		t.Fatalf("exchange by %s: %d %s", by.ID, a.Status, a.Body)
	}
	return a.String("access_token")
}

// access is a new access token of the app for the customer.
func (x *exchangeRig) access(pairs ...string) string {
	x.t.Helper()
	return x.rp.Grant(x.b, append([]string{"scope", "openid profile phone"}, pairs...)...).String("access_token")
}

// What an exchange gives, and what everybody then learns of it.
func TestExchange(t *testing.T) {
	x := newExchangeRig(t, nil)
	subject := x.access()
	a := exchange(x.trading, subject, settleAPI)
	if a.Status != http.StatusOK || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v %s", a.Status, a.Header, a.Body)
	}
	t.Run("the response", func(t *testing.T) {
		if a.String("issued_token_type") != accessType || a.String("token_type") != "Bearer" || a.String("scope") != "profile" || a.JSON["expires_in"] != 120.0 {
			t.Errorf("%s", a.Body)
		}
		for name := range a.JSON {
			if !slices.Contains([]string{"access_token", "issued_token_type", "token_type", "scope", "expires_in"}, name) {
				t.Errorf("the answer also says %s", name)
			}
		}
	})
	token := a.String("access_token")
	header, claims := x.Verified(token)
	_, before := x.Verified(subject)
	t.Run("the token", func(t *testing.T) {
		for _, name := range []string{"sub", "acr", "amr", "auth_time", "sid", "sekisho_level", "grant_id"} {
			if before[name] == nil || canonicalOf(t, claims[name]) != canonicalOf(t, before[name]) {
				t.Errorf("%s is %v, was %v", name, claims[name], before[name])
			}
		}
		want := map[string]any{"client_id": "trading", "scope": "profile", "act": map[string]any{"sub": "client:trading"}, "sekisho_from": []any{before["jti"]}}
		for name, value := range want {
			if canonicalOf(t, claims[name]) != canonicalOf(t, value) {
				t.Errorf("%s is %v, want %v", name, claims[name], value)
			}
		}
		if aud := canonicalOf(t, claims["aud"]); aud != `"`+settleAPI+`"` && aud != `["`+settleAPI+`"]` || header.ExtraHeaders["typ"] != "at+jwt" || claims["jti"] == before["jti"] {
			t.Errorf("aud %v, header %v", claims["aud"], header)
		}
	})
	t.Run("introspection", func(t *testing.T) {
		seen := x.settlement.Post("/introspect", "token", token)
		if seen.JSON["active"] != true || canonicalOf(t, seen.JSON["act"]) != `{"sub":"client:trading"}` || seen.String("sub") != x.taro.Subject || seen.String("client_id") != "trading" {
			t.Errorf("%s", seen.Body)
		}
		if !x.trading.Active(token) {
			t.Error("the client that got it is told nothing")
		}
		for _, other := range []*idptest.RelyingParty{x.rp, x.ledger} {
			if other.Active(token) {
				t.Errorf("%s is told of it", other.ID)
			}
		}
	})
	t.Run("userinfo is not what it is for", func(t *testing.T) {
		if a := x.Userinfo(token); a.Status != http.StatusForbidden && a.Status != http.StatusUnauthorized {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("a subject token serves as often as it lives", func(t *testing.T) {
		again := x.exchanges(t, x.trading, subject, "https://second.example", "subject_token_type", "urn:ietf:params:oauth:token-type:jwt", "requested_token_type", accessType)
		if again == token || !x.settlement.Active(token) {
			t.Error("the second exchange changed the first")
		}
	})
	t.Run("the audit trail", func(t *testing.T) {
		x.exchanges(t, x.trading, subject, settleAPI)
		r := x.Recorded(t, "token.exchanged")
		if r.ClientID != "trading" || r.AccountID != x.taro.ID || r.Detail["rule"] != "trading" || r.Detail["target"] != settleAPI || r.Detail["from"] != before["jti"] || r.Detail["grant"] != before["grant_id"] {
			t.Errorf("%+v", r)
		}
	})
}

// Never wider than the subject token, and never wider than the rule.
func TestExchangeNeverWidens(t *testing.T) {
	x := newExchangeRig(t, nil)
	subject := x.access()
	for scope, want := range map[string]string{
		"profile": "profile", "profile profile": "profile", // granted and in the rule
		"email": "", "phone": "", "openid": "", "profile phone": "", "offline_access": "", "admin": "",
	} {
		a := exchange(x.trading, subject, settleAPI, "scope", scope)
		if want == "" {
			refusedAs(t, a, "invalid_scope")
		} else if a.String("scope") != want {
			t.Errorf("scope %q gives %d %s", scope, a.Status, a.Body)
		}
	}
	t.Run("no scope is left", func(t *testing.T) {
		a := exchange(x.trading, x.access("scope", "openid"), settleAPI)
		if a.Status != http.StatusOK || a.JSON["scope"] != nil {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if _, has := idptest.Claims(t, a.String("access_token"))["scope"]; has {
			t.Error("a scope out of nothing")
		}
	})
	t.Run("its life", func(t *testing.T) {
		end := idptest.Claims(t, subject)["exp"].(float64)
		x.Clock.Advance(time.Unix(int64(end), 0).Add(-30 * time.Second).Sub(x.Clock.Now()))
		a := exchange(x.trading, subject, settleAPI)
		if got := idptest.Claims(t, a.String("access_token"))["exp"]; got != end || a.JSON["expires_in"] != 30.0 {
			t.Errorf("exp %v of a token that ends at %v: %s", got, end, a.Body)
		}
		x.Clock.Advance(29*time.Second + 500*time.Millisecond)
		refusedAs(t, exchange(x.trading, subject, settleAPI), "invalid_request") // nothing left to use
		x.Clock.Advance(time.Second)
		refusedAs(t, exchange(x.trading, subject, settleAPI), "invalid_request")
		if r := x.Recorded(t, "token.rejected"); r.Reason != "expired" || r.ClientID != "trading" {
			t.Errorf("%+v", r)
		}
	})
}

// Every request that is refused, with the code of RFC 8693 2.2.2.
func TestExchangeRefused(t *testing.T) {
	x := newExchangeRig(t, nil)
	grant := x.rp.Grant(x.b, "scope", "openid profile")
	subject := grant.String("access_token")
	flip := func(token string, part int) string {
		parts := strings.Split(token, ".")
		at := len(parts[part]) / 2
		other := byte('A')
		if parts[part][at] == 'A' {
			other = 'B'
		}
		parts[part] = parts[part][:at] + string(other) + parts[part][at+1:]
		return strings.Join(parts, ".")
	}
	const types = "urn:ietf:params:oauth:token-type:"
	for name, c := range map[string]struct {
		want  string
		pairs []string
	}{
		"no subject token":                      {"invalid_request", []string{"subject_token", ""}},
		"no type":                               {"invalid_request", []string{"subject_token_type", ""}},
		"an ID token":                           {"invalid_request", []string{"subject_token", grant.String("id_token"), "subject_token_type", types + "id_token"}},
		"an ID token said to be an access one":  {"invalid_request", []string{"subject_token", grant.String("id_token")}},
		"an ID token said to be a JWT":          {"invalid_request", []string{"subject_token", grant.String("id_token"), "subject_token_type", types + "jwt"}},
		"a refresh token":                       {"invalid_request", []string{"subject_token", grant.String("refresh_token"), "subject_token_type", types + "refresh_token"}},
		"a refresh token said to be another":    {"invalid_request", []string{"subject_token", grant.String("refresh_token")}},
		"a SAML assertion":                      {"invalid_request", []string{"subject_token_type", types + "saml2"}},
		"a type in other letters":               {"invalid_request", []string{"subject_token_type", strings.ToUpper(accessType)}},
		"nothing like a token":                  {"invalid_request", []string{"subject_token", "x"}},
		"edited header":                         {"invalid_request", []string{"subject_token", flip(subject, 0)}},
		"edited claims":                         {"invalid_request", []string{"subject_token", flip(subject, 1)}},
		"edited signature":                      {"invalid_request", []string{"subject_token", flip(subject, 2)}},
		"without signature":                     {"invalid_request", []string{"subject_token", subject[:strings.LastIndex(subject, ".")+1]}},
		"an ID token wanted":                    {"invalid_request", []string{"requested_token_type", types + "id_token"}},
		"a refresh token wanted":                {"invalid_request", []string{"requested_token_type", types + "refresh_token"}},
		"a JWT wanted":                          {"invalid_request", []string{"requested_token_type", types + "jwt"}},
		"an actor token":                        {"invalid_request", []string{"actor_token", subject, "actor_token_type", accessType}},
		"an actor token without type":           {"invalid_request", []string{"actor_token", subject}},
		"a type without actor token":            {"invalid_request", []string{"actor_token_type", accessType}},
		"another subject":                       {"invalid_request", []string{"requested_subject", "10000002"}},
		"another issuer":                        {"invalid_request", []string{"requested_issuer", "other"}},
		"no target":                             {"invalid_target", []string{"resource", ""}},
		"two targets":                           {"invalid_target", []string{"resource", settleAPI, "resource", "https://second.example"}},
		"one target twice":                      {"invalid_target", []string{"resource", settleAPI, "resource", settleAPI}},
		"a target of another client":            {"invalid_target", []string{"resource", ledgerAPI}},
		"a target of nobody":                    {"invalid_target", []string{"resource", "https://nobody.example"}},
		"a target with a slash":                 {"invalid_target", []string{"resource", settleAPI + "/"}},
		"where it came from":                    {"invalid_target", []string{"resource", idptest.API}},
		"the provider":                          {"invalid_target", []string{"resource", x.URL}},
		"a logical name":                        {"invalid_target", []string{"resource", "", "audience", "settlement"}},
		"a logical name beside the target":      {"invalid_target", []string{"audience", settleAPI}},
		"a transaction":                         {"invalid_authorization_details", []string{"authorization_details", withdrawalDetails}},
		"a wider scope beside the right target": {"invalid_scope", []string{"scope", "profile openid"}},
	} {
		t.Run(name, func(t *testing.T) { refusedAs(t, exchange(x.trading, subject, settleAPI, c.pairs...), c.want) })
	}
	t.Run("parameters sent twice", func(t *testing.T) {
		form := append(exchangeForm(subject, settleAPI), "subject_token", subject)
		refusedAs(t, x.trading.Post("/token", form...), "invalid_request")
	})
	t.Run("a client's own token", func(t *testing.T) {
		own := x.rp.Post("/token", "grant_type", "client_credentials").String("access_token")
		refusedAs(t, exchange(x.trading, own, settleAPI), "invalid_request")
	})
	if exchange(x.trading, subject, settleAPI).Status != http.StatusOK {
		t.Error("refusals used the subject token up")
	}
}

// Only the clients that an operator registered, only those a rule names, and only with what
// was sent to them.
func TestExchangeByWhom(t *testing.T) {
	x := newExchangeRig(t, nil)
	subject := x.access()
	t.Run("swapped", func(t *testing.T) {
		for _, by := range []*idptest.RelyingParty{x.settlement, x.ledger} { // their own targets, a token for somebody else
			target := map[string]string{"settlement": ledgerAPI, "ledger": archiveAPI}[by.ID]
			refusedAs(t, exchange(by, subject, target), "invalid_request")
		}
		onward := x.exchanges(t, x.trading, subject, settleAPI)
		refusedAs(t, exchange(x.trading, onward, settleAPI), "invalid_request") // its own, but not sent to it
		refusedAs(t, exchange(x.ledger, onward, archiveAPI), "invalid_request")
	})
	t.Run("not registered for it", func(t *testing.T) {
		refusedAs(t, exchange(x.rp, subject, settleAPI), "unauthorized_client")
		api := x.NewRelyingParty("api", func(m *idp.ClientMetadata) { exchanging(idptest.API)(m); m.GrantTypes = nil })
		refusedAs(t, exchange(api, subject, settleAPI), "unauthorized_client")
	})
	t.Run("registered, and in no rule", func(t *testing.T) {
		refusedAs(t, exchange(x.NewRelyingParty("idle", exchanging(idptest.API)), subject, settleAPI), "unauthorized_client")
	})
	t.Run("in a rule, and no server of the resource", func(t *testing.T) {
		x.EditClient("trading", func(c *idp.Client) { c.Metadata.ResourceServer = []string{"https://moved.example"} })
		refusedAs(t, exchange(x.trading, subject, settleAPI), "invalid_request")
		x.EditClient("trading", func(c *idp.Client) { c.Metadata.ResourceServer = []string{idptest.API} })
	})
	t.Run("public", func(t *testing.T) {
		x.EditClient("archive", func(c *idp.Client) {
			c.Metadata.TokenEndpointAuthMethod, c.SecretHash = idp.AuthNone, nil
		})
		public := *x.archive
		public.Secret = ""
		refusedAs(t, exchange(&public, subject, "https://vault.example"), "unauthorized_client")
	})
	t.Run("without its secret", func(t *testing.T) {
		wrong := *x.trading
		wrong.Secret = "wrong"
		if a := exchange(&wrong, subject, settleAPI); a.Status != http.StatusUnauthorized || a.String("error") != "invalid_client" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("pages of other origins read no answer", func(t *testing.T) {
		if got := exchange(x.trading, subject, settleAPI).Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Error(got)
		}
	})
}

// AD-01: who registers itself does not get it, not even later.
func TestExchangeIsForOperatorsClients(t *testing.T) {
	x := newExchangeRig(t, func(c *config.Config) {
		c.Registration.Policy, c.Registration.AllowOpen = config.RegistrationOpen, true
	})
	m := map[string]any{"redirect_uris": []string{idptest.Redirect}, "grant_types": []string{"authorization_code", exchangeType}}
	if a := x.Register(m); a.Status != http.StatusBadRequest || a.String("error") != "invalid_client_metadata" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	c := x.Registers()
	m["client_id"] = c.ID
	if a := c.Manage(http.MethodPut, m); a.Status != http.StatusBadRequest || a.String("error") != "invalid_client_metadata" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// Without rules there is no such grant, and nobody is told of one.
func TestExchangeIsOffByDefault(t *testing.T) {
	r := newRig(t)
	subject := r.rp.Grant(r.b).String("access_token")
	refusedAs(t, exchange(r.rp, subject, settleAPI), "unsupported_grant_type")
	if slices.Contains(r.Call("GET", wellKnown, "").Strings("grant_types_supported"), exchangeType) || strings.Contains(r.Call("GET", "/", "").Body, exchangeType) {
		t.Error("it is listed")
	}
	t.Run("DJ-02 with rules it is listed", func(t *testing.T) {
		x := newExchangeRig(t, nil)
		if !slices.Contains(x.Call("GET", wellKnown, "").Strings("grant_types_supported"), exchangeType) {
			t.Error("the document does not list it")
		}
		if page := x.Call("GET", "/", "").Body; !strings.Contains(page, exchangeType) || !strings.Contains(page, "subject_token") {
			t.Error("the developers' page says nothing of it")
		}
	})
}

// A request handed on twice names both hands; after three it ends.
func TestExchangeChain(t *testing.T) {
	x := newExchangeRig(t, nil)
	first := x.access()
	second := x.exchanges(t, x.trading, first, settleAPI)
	third := x.exchanges(t, x.settlement, second, ledgerAPI)
	claims := idptest.Claims(t, third)
	if got := canonicalOf(t, claims["act"]); got != `{"act":{"sub":"client:trading"},"sub":"client:settlement"}` {
		t.Errorf("act %s", got)
	}
	if from := canonicalOf(t, claims["sekisho_from"]); from != canonicalOf(t, []any{idptest.Claims(t, first)["jti"], idptest.Claims(t, second)["jti"]}) {
		t.Errorf("sekisho_from %s", from)
	}
	if claims["exp"].(float64) > idptest.Claims(t, second)["exp"].(float64) {
		t.Error("it outlives the token it comes from")
	}
	seen := x.ledger.Post("/introspect", "token", third)
	if seen.JSON["active"] != true || canonicalOf(t, seen.JSON["act"]) != canonicalOf(t, claims["act"]) {
		t.Errorf("%s", seen.Body)
	}
	fourth := x.exchanges(t, x.ledger, third, archiveAPI)
	if !x.archive.Active(fourth) {
		t.Error("the third hand's token is not active")
	}
	refusedAs(t, exchange(x.archive, fourth, "https://vault.example"), "invalid_request")
	if r := x.Recorded(t, "token.rejected"); r.Reason != "not_exchangeable" {
		t.Errorf("%+v", r)
	}
	t.Run("whoever handed it on must still be allowed to", func(t *testing.T) {
		for id, edit := range map[string]func(*idp.Client){
			"trading":    func(c *idp.Client) { c.Disabled = true },
			"settlement": func(c *idp.Client) { c.Metadata.GrantTypes = nil },
			"app":        func(c *idp.Client) { c.Disabled = true },
		} {
			kept, err := x.Store.Client(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			x.EditClient(id, edit)
			if x.archive.Active(fourth) {
				t.Errorf("%s is out, and its token goes on", id)
			}
			refusedAs(t, exchange(x.ledger, third, archiveAPI), "invalid_request")
			x.EditClient(id, func(c *idp.Client) { c.Disabled, c.Metadata = kept.Disabled, kept.Metadata })
			if !x.archive.Active(fourth) {
				t.Errorf("%s is back, and its token is not", id)
			}
		}
	})
	t.Run("a token revoked by itself takes what came from it along", func(t *testing.T) {
		x.settlement.Post("/revoke", "token", second) // not its own
		if !x.archive.Active(fourth) {
			t.Error("a stranger revoked it")
		}
		x.trading.Post("/revoke", "token", second)
		for by, token := range map[*idptest.RelyingParty]string{x.settlement: second, x.ledger: third, x.archive: fourth} {
			if by.Active(token) {
				t.Errorf("what %s was given goes on", by.ID)
			}
		}
		if !x.trading.Active(first) {
			t.Error("the customer's own token ended with it")
		}
		refusedAs(t, exchange(x.settlement, second, ledgerAPI), "invalid_request")
	})
}

// Whatever ends the customer's token ends what was exchanged for it, and any exchange to come.
func TestExchangeEndsWithItsRoot(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, x *exchangeRig, tokens idptest.Answer){
		"the token is revoked": func(_ *testing.T, x *exchangeRig, tokens idptest.Answer) {
			x.rp.Post("/revoke", "token", tokens.String("access_token"))
		},
		"the grant is revoked": func(_ *testing.T, x *exchangeRig, tokens idptest.Answer) {
			x.rp.Post("/revoke", "token", tokens.String("refresh_token"))
		},
		"the consent is withdrawn": func(_ *testing.T, x *exchangeRig, _ idptest.Answer) {
			x.b.Get("/account")
			x.b.Submit("/account/apps/app/revoke")
		},
		"logout": func(_ *testing.T, x *exchangeRig, _ idptest.Answer) {
			x.b.Get("/account")
			x.b.Submit("/account/logout")
		},
		"everywhere": func(_ *testing.T, x *exchangeRig, _ idptest.Answer) {
			other := x.signedIn(x.taro)
			other.Get("/account")
			other.Submit("/sessions/end-all")
		},
		"the account is frozen": func(_ *testing.T, x *exchangeRig, _ idptest.Answer) { x.taro.Freeze() },
		"the client is deleted": func(t *testing.T, x *exchangeRig, _ idptest.Answer) {
			if err := x.Store.DeleteClient(t.Context(), "app", idp.Effects{}); err != nil {
				t.Fatal(err)
			}
			if err := x.Clients.Poll(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run("TK-17 "+name, func(t *testing.T) {
			x := newExchangeRig(t, nil)
			tokens := x.rp.Grant(x.b, "scope", "openid profile")
			subject := tokens.String("access_token")
			one := x.exchanges(t, x.trading, subject, settleAPI)
			two := x.exchanges(t, x.settlement, one, ledgerAPI)
			end(t, x, tokens)
			if x.settlement.Active(one) || x.ledger.Active(two) {
				t.Error("an exchanged token goes on")
			}
			refusedAs(t, exchange(x.trading, subject, settleAPI), "invalid_request")
			refusedAs(t, exchange(x.settlement, one, ledgerAPI), "invalid_request")
		})
	}
}
