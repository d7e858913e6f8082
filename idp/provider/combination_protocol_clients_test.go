package provider_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// CA-08: the provider does not try key after key: where several could have signed, an
// assertion that names none is nobody's.
func TestAssertionNamesItsKey(t *testing.T) {
	r := newRig(t)
	several := newKeyed(t, r, "several", nil)
	if a := several.ask(idptest.SignJWT(t, jose.ES256, several.ec, several.claims(nil))); a.String("error") != "invalid_client" {
		t.Errorf("CA-08 one of two keys of a kind: %d %s", a.Status, a.Body)
	}
	r.Clock.Advance(31 * time.Second)
	if a := several.ask(idptest.SignJWT(t, jose.RS256, several.rsa, several.claims(nil))); a.Status != http.StatusOK {
		t.Errorf("CA-08 the only key of its kind: %d %s", a.Status, a.Body)
	}
}

// TK-13, B16: the provider's own API takes tokens that are for it alone: one that others hold
// too could be sent on by any of them.
func TestOwnAPIIsTheOnlyAudience(t *testing.T) {
	x := newPayouts(t, nil)
	both := x.NewRelyingParty("both", func(m *idp.ClientMetadata) {
		m.Scope += " " + notifyScope
		m.Resources = []string{idptest.API, x.URL}
	})
	shared := x.token(both, "scope", notifyScope, "resource", x.URL, "resource", idptest.API)
	if aud, _ := idptest.Claims(t, shared)["aud"].([]any); len(aud) != 2 {
		t.Fatalf("aud %v", aud)
	}
	if a := x.post(shared, x.key(), x.request()); a.Status != http.StatusUnauthorized {
		t.Errorf("TK-13: %d %s", a.Status, a.Body)
	}
	if a := x.post(x.token(both, "scope", notifyScope), x.key(), x.request()); a.Status != http.StatusAccepted {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// LO-06: a client that was disabled between a session's end and its telling is told nothing.
func TestDisabledClientIsToldNothing(t *testing.T) {
	r := newRig(t)
	x := newReceiver(t)
	x.answers(status(http.StatusServiceUnavailable))
	web := r.takes("web", x, nil)
	hint := web.Grant(r.b).String("id_token")
	r.b.Get(endSession("id_token_hint", hint))
	x.wait(t, 1)
	until(t, "the delivery to be put off", func() bool {
		n, _, err := r.Store.LogoutsPending(t.Context())
		return err == nil && n == 1
	})
	r.EditClient("web", func(c *idp.Client) { c.Disabled = true })
	before := len(x.got())
	r.Clock.Advance(time.Hour)
	if after := r.settled(t, x); after > before {
		t.Errorf("LO-06: told %d times after it was disabled", after-before)
	}
	r.Recorded(t, "logout.untold")
}

// RT-05, DP-07, MT-03: what is bound stays bound to what it was bound to, whatever becomes of
// the client's registration in between.
func TestBindingSurvivesTheRegistration(t *testing.T) {
	now := idptest.NewClock().Now()
	m := idptest.NewMutualTLS(t, idptest.NewAuthority(t, now, "Aoba CA"), nil)
	r := &rig{Provider: m.Provider, t: t}
	r.taro = r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.b = r.signedIn(r.taro)
	own := idptest.NewCertificate(t, nil, now, nil)
	app := r.NewRelyingParty("mobile", func(c *idp.ClientMetadata) {
		c.DPoPBound, c.TokenEndpointAuthMethod, c.GrantTypes = true, idp.AuthNone, []string{"authorization_code", "refresh_token"}
	})
	app.DPoP = r.newKey()
	tokens := app.Exchange(app.Code(r.b))
	bound, refresh := tokens.String("access_token"), tokens.String("refresh_token")
	waiting := app.Code(r.b, "dpop_jkt", app.DPoP.JKT)
	r.EditClient("mobile", func(c *idp.Client) { c.Metadata.DPoPBound, c.Metadata.CertificateBound = false, true })
	by := func(pairs ...string) idptest.Answer {
		form := values(pairs)
		form.Set("client_id", "mobile")
		return m.With(own, "POST", "/token", form)
	}
	refusedAs(t, by("grant_type", "refresh_token", "refresh_token", refresh), "invalid_grant")
	refusedAs(t, by("grant_type", "authorization_code", "code", waiting, "redirect_uri", idptest.Redirect, "code_verifier", idptest.Verifier), "invalid_dpop_proof", "invalid_grant")
	if a := m.With(own, "GET", "/userinfo", url.Values{}, "Authorization", "Bearer "+bound); a.Status != http.StatusUnauthorized {
		t.Errorf("MT-03: a DPoP-bound token with a certificate alone: %d", a.Status)
	}
	r.EditClient("mobile", func(c *idp.Client) { c.Metadata.CertificateBound = false })
	refusedAs(t, r.PostForm("/token", url.Values{"grant_type": {"refresh_token"}, "client_id": {"mobile"}, "refresh_token": {refresh}}), "invalid_dpop_proof")
	other := &idptest.RelyingParty{}
	*other = *app
	other.DPoP = r.newKey()
	refusedAs(t, other.Refresh(refresh), "invalid_grant")
	next := app.Refresh(refresh)
	if next.Status != http.StatusOK || next.String("token_type") != "DPoP" {
		t.Fatalf("RT-05 with its own key: %d %s", next.Status, next.Body)
	}
	if a := r.PostForm("/revoke", url.Values{"client_id": {"mobile"}, "token": {next.String("access_token")}}); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := r.Present(app.DPoP, "GET", "/userinfo", next.String("access_token"), nil); a.Status != http.StatusUnauthorized {
		t.Errorf("RT-11: the revoked token with its key: %d", a.Status)
	}
}

// AZ-01: an address that is taken out of the registration, perhaps because somebody else has
// it now, gets nothing from then on, also from whoever is signing in at that moment.
func TestRedirectURIIsGivenUp(t *testing.T) {
	r := newRig(t)
	r.EditClient("app", func(c *idp.Client) { c.Metadata.FirstParty = false })
	for name, end := range map[string]func(b *idptest.Browser) *idptest.Page{
		"a code":    func(b *idptest.Browser) *idptest.Page { return b.Submit("/consent", "decision", "allow") },
		"a refusal": func(b *idptest.Browser) *idptest.Page { return b.Submit("/consent", "decision", "deny") },
	} {
		t.Run("AZ-01 "+name, func(t *testing.T) {
			b := r.signedIn(r.taro)
			r.waits(t, b.Authorize("app", idptest.Redirect), "/consent")
			r.EditClient("app", func(c *idp.Client) { c.Metadata.RedirectURIs = []string{"https://rp.example/other"} })
			if page := end(b); page.Left != "" || page.Status < 400 {
				t.Errorf("%d to %q", page.Status, page.Left)
			}
			r.EditClient("app", func(c *idp.Client) { c.Metadata.RedirectURIs = []string{idptest.Redirect} })
		})
	}
}
