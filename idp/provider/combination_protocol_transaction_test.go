package provider_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/keys"
)

// uses asks the API's server to use a transaction up.
func (r *raRig) uses(token string) bool {
	r.t.Helper()
	a := r.api.Post("/transactions/redeem", "token", token)
	if a.Status != http.StatusOK {
		r.t.Fatalf("redeem: %d %s", a.Status, a.Body)
	}
	return a.JSON["active"] == true
}

// RA-02: an approval that waits for consent is the word of one customer in one session. What
// comes between ends it, and nobody else finishes it.
func TestApprovalDoesNotOutliveWhatItRestsOn(t *testing.T) {
	for name, between := range map[string]func(r *raRig, hanako *idptest.Account){
		"SE-10 logged out": func(r *raRig, _ *idptest.Account) {
			r.b.Get("/logout")
			r.b.Submit("/logout/confirm")
		},
		"logged out, and another customer signed in": func(r *raRig, hanako *idptest.Account) {
			r.b.Get("/logout")
			r.b.Submit("/logout/confirm")
			r.Clock.Advance(31e9)
			r.b.Get("/account")
			r.b.PasswordSignIn(r.Provider, hanako)
		},
		"B1 frozen":                     func(r *raRig, _ *idptest.Account) { r.taro.Freeze() },
		"every session ended elsewhere": func(r *raRig, _ *idptest.Account) { r.endSessions(r.taro) },
		"AD-04 the client was disabled": func(r *raRig, _ *idptest.Account) {
			r.EditClient("desk", func(c *idp.Client) { c.Disabled = true })
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRARig(t, nil)
			r.EditClient("desk", func(c *idp.Client) { c.Metadata.FirstParty = false })
			hanako := r.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
			r.asks(r.b, withdrawalDetails)
			page := r.b.UsePasskey(r.key)
			consent := page.Form(t, "/consent")
			between(r, hanako)
			consent.Values.Set("decision", "allow")
			page = r.b.Post(consent.Action, consent.Values)
			if strings.Contains(page.Left, "code=") || r.grants(r.taro)+r.grants(hanako) != 0 {
				t.Errorf("%d to %q with %d and %d grants", page.Status, page.Left, r.grants(r.taro), r.grants(hanako))
			}
		})
	}
}

// endSessions ends every session of the customer, as an operator may.
func (r *raRig) endSessions(a *idptest.Account) {
	r.t.Helper()
	if _, err := r.Store.EndSessions(context.Background(), a.ID, "", "operator", r.Clock.Now(), idp.Effects{}); err != nil {
		r.t.Fatal(err)
	}
}

// RA-02: what was approved and not yet done is void with the customer's session, account or
// word, with the client, and with the token itself.
func TestApprovedIsVoidWithWhatItRestsOn(t *testing.T) {
	for name, end := range map[string]func(r *raRig, tokens idptest.Answer){
		"logout": func(r *raRig, _ idptest.Answer) {
			r.b.Get("/logout")
			r.b.Submit("/logout/confirm")
		},
		"freeze":              func(r *raRig, _ idptest.Answer) { r.taro.Freeze() },
		"sessions ended":      func(r *raRig, _ idptest.Answer) { r.endSessions(r.taro) },
		"RT-11 token revoked": func(r *raRig, a idptest.Answer) { r.desk.Post("/revoke", "token", a.String("access_token")) },
		"CN-02 consent withdrawn": func(r *raRig, _ idptest.Answer) {
			if err := r.Store.RevokeConsent(r.t.Context(), r.taro.ID, "desk", r.Clock.Now(), idp.Effects{}); err != nil {
				r.t.Fatal(err)
			}
		},
		"client disabled": func(r *raRig, _ idptest.Answer) {
			r.EditClient("desk", func(c *idp.Client) { c.Disabled = true })
		},
		"expired": func(r *raRig, _ idptest.Answer) { r.Clock.Advance(3600e9) },
		"the API is another's": func(r *raRig, _ idptest.Answer) {
			r.EditClient("api", func(c *idp.Client) { c.Metadata.ResourceServer = []string{"https://other.example"} })
		},
		"TK-02 the code comes again": func(r *raRig, _ idptest.Answer) { r.desk.Exchange(r.lastCode()) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRARig(t, nil)
			r.asks(r.b, withdrawalDetails)
			tokens := r.approve(r.b.UsePasskey(r.key))
			end(r, tokens)
			if r.uses(tokens.String("access_token")) {
				t.Error("the transaction was still good")
			}
		})
	}
}

// lastCode is the code that the browser brought last.
func (r *raRig) lastCode() string {
	r.t.Helper()
	return r.b.Page.Response(r.t, idptest.Redirect).Get("code")
}

// RA-02, RA-04: one act over HTTP, however many ask at once, and nothing but the access token
// of the act itself is asked for.
func TestRedeemOnceAndOnlyTheToken(t *testing.T) {
	r := newRARig(t, nil)
	r.asks(r.b, withdrawalDetails)
	tokens := r.approve(r.b.UsePasskey(r.key))
	access := tokens.String("access_token")
	claims := idptest.Claims(t, access)
	other, err := r.Ring.Sign("RS256", keys.KindIDToken, claims)
	if err != nil {
		t.Fatal(err)
	}
	plain := r.desk.Grant(r.b).String("access_token")
	for name, token := range map[string]string{
		"the receipt": tokens.String("sekisho_receipt"), "an ID token": tokens.String("id_token"), "its claims as an ID token": other, "a token without a transaction": plain,
		"the client's own": r.desk.Post("/token", "grant_type", "client_credentials").String("access_token"), "two": access + " " + access, "a changed one": access[:len(access)-2],
	} {
		if r.uses(token) {
			t.Errorf("%s was used up", name)
		}
	}
	r.NewRelyingParty("public", func(m *idp.ClientMetadata) {
		m.TokenEndpointAuthMethod, m.GrantTypes = idp.AuthNone, []string{"authorization_code"}
	})
	if a := r.PostForm("/transactions/redeem", url.Values{"client_id": {"public"}, "token": {access}}); a.Status != http.StatusUnauthorized || a.String("error") != "invalid_client" {
		t.Errorf("a public client: %d %s", a.Status, a.Body)
	}
	var used atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if r.uses(access) {
				used.Add(1)
			}
		})
	}
	if all.Wait(); used.Load() != 1 {
		t.Errorf("RA-02: used %d times", used.Load())
	}
	if a := r.Userinfo(access); a.Status != http.StatusUnauthorized {
		t.Errorf("the used token still opens userinfo: %d", a.Status)
	}
}

// RA-01, PR-09, SU-10: beside a pushed transaction the browser changes nothing: neither what
// is approved, nor how it is proved, nor where the answer goes.
func TestNothingBesideAPushedTransaction(t *testing.T) {
	r := newRARig(t, nil)
	pushed := r.push(withdrawalDetails, "state", "state-1")
	q := url.Values{"client_id": {r.desk.ID}, "request_uri": {pushed.String("request_uri")}}
	for name, value := range map[string]string{
		"authorization_details": strings.Replace(withdrawalDetails, "300000", "9", 1), "acr_values": "urn:sekisho:acr:email", "prompt": "none", "max_age": "999999",
		"redirect_uri": "https://evil.example/cb", "response_mode": "form_post", "state": "evil", "scope": "openid offline_access", "claims": `{"id_token":{"acr":{"essential":true,"value":"urn:sekisho:acr:email"}}}`,
		"login_hint": "somebody", "id_token_hint": "a.b.c", "resource": "https://evil.example", "dpop_jkt": "x", "code_challenge": "x", "nonce": "evil",
	} {
		q.Set(name, value)
	}
	page := r.b.Get("/authorize?" + q.Encode())
	if page.Left != "" || !strings.Contains(page.Body, "300,000円") {
		t.Fatalf("RA-01: %d %q", page.Status, page.Left)
	}
	answer := r.b.UsePasskey(r.key)
	if got := answer.Response(t, idptest.Redirect); got.Get("state") != "state-1" || got.Get("code") == "" {
		t.Fatalf("PR-09: %q", answer.Left)
	}
	tokens := r.approve(answer)
	if id := idptest.Claims(t, tokens.String("id_token")); id["nonce"] != "nonce-1" || id["acr"] != "urn:sekisho:op:withdrawal" || tokens.String("scope") != "openid" {
		t.Errorf("PR-09 SU-10: %v %s", id, tokens.Body)
	}
	q.Set("request", "a.b.c")
	r.onPage(t, r.b.Get("/authorize?"+q.Encode()))
}

// RA-02, RT-10: one act is never offline: asking for that gives neither a refresh token nor an
// approval that outlives the session it was given in.
func TestOneActIsNeverOffline(t *testing.T) {
	r := newRARig(t, nil)
	r.asks(r.b, withdrawalDetails, "scope", "openid offline_access")
	tokens := r.approve(r.b.UsePasskey(r.key))
	if tokens.String("refresh_token") != "" || tokens.String("scope") != "openid" {
		t.Errorf("RT-10: %s", tokens.Body)
	}
	r.b.Get("/logout")
	r.b.Submit("/logout/confirm")
	if r.uses(tokens.String("access_token")) {
		t.Error("RA-02: the approval outlived its session")
	}
}
