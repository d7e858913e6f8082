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

// update is the least that a client's update may be, with changes.
func update(c *idptest.Registered, pairs ...any) map[string]any {
	m := map[string]any{"client_id": c.ID, "redirect_uris": []string{idptest.Redirect}}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

// AD-04: what the token of a registration allowed is what the client may have, also by a
// later update; only an operator gives it more.
func TestRegistrationTokenBoundsUpdates(t *testing.T) {
	r, _ := registering(t, func(c *config.Registration) { c.Policy = config.RegistrationToken })
	of := func(token string) *idptest.Registered {
		return r.RegistersBy(token, "scope", "openid")
	}
	bounded, forgotten := r.initialToken(func(t *idp.InitialToken) { t.Scope = "openid email" }), r.initialToken(nil)
	for _, c := range []struct{ name, token, want string }{
		{"within its token", bounded, "openid email"},
		{"within the policy", r.initialToken(nil), "openid email profile address"},
		{"its token is known no more", forgotten, "openid"},
	} {
		t.Run("AD-04 "+c.name, func(t *testing.T) {
			client := of(c.token)
			if c.token == forgotten {
				for n := 1; n > 0; {
					var err error
					if n, err = r.Store.DeleteExpired(t.Context(), r.Clock.Now().Add(91*24*time.Hour), 500); err != nil {
						t.Fatal(err)
					}
				}
			}
			a := client.Manage("PUT", update(client, "scope", "openid email profile address notify:withdrawal"))
			if a.Status != http.StatusOK || a.String("scope") != c.want {
				t.Errorf("%d scope %q, want %q", a.Status, a.String("scope"), c.want)
			}
		})
	}
}

// RA-01: what customers may be asked to approve an operator decides, not the client itself.
func TestStrangerHasNoTransactions(t *testing.T) {
	r, _ := registering(t, nil)
	c := r.Registers("authorization_details_types", []string{"withdrawal"})
	types := func() []string {
		held, err := r.Store.Client(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return held.Metadata.DetailTypes
	}
	if got := types(); got != nil || c.Metadata["authorization_details_types"] != nil {
		t.Errorf("registered for %v", got)
	}
	form := []string{"authorization_details", withdrawalDetails}
	for name, values := range idptest.AuthorizeQuery(c.ID, idptest.Redirect) {
		form = append(form, name, values[0])
	}
	if a := c.Post("/par", form...); a.String("error") != "invalid_authorization_details" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	a := c.Manage("PUT", update(c, "authorization_details_types", []string{"withdrawal"}))
	c.Token = a.String("registration_access_token")
	if got := types(); a.Status != http.StatusOK || got != nil {
		t.Errorf("%d, updated to %v", a.Status, got)
	}
	r.EditClient(c.ID, func(c *idp.Client) { c.Metadata.DetailTypes = []string{"order"} })
	a = c.Manage("PUT", update(c, "authorization_details_types", []string{"withdrawal"}))
	if got := types(); a.Status != http.StatusOK || !slices.Equal(got, []string{"order"}) {
		t.Errorf("%d, the operator's became %v", a.Status, got)
	}
}

// AZ-28 LO-01: nobody who registers a client gets a link at this provider that sends any
// browser to an address of their own: not by a request that is refused before anybody has
// signed in, not by a logout that ends nothing.
func TestStrangerIsNoOpenRedirector(t *testing.T) {
	r, _ := registering(t, nil)
	c := r.Registers("post_logout_redirect_uris", []string{bye})
	hint := r.granted(c).String("id_token")
	for name, pairs := range map[string][]string{
		"a hint that is none":        {"id_token_hint", "e30.e30.x"},
		"a hint of another client's": {"id_token_hint", r.rp.Grant(r.b).String("id_token")},
		"a bad scope":                {"scope", "openid offline_access notify:withdrawal"},
		"a bad max_age":              {"max_age", "-1"},
		"a bad claims request":       {"claims", "{"},
		"a bad response mode":        {"response_mode", "fragment"},
		"form_post":                  {"response_mode", "form_post", "max_age", "-1"},
		"a state too long":           {"state", strings.Repeat("s", 4097)},
		"a transaction":              {"authorization_details", withdrawalDetails},
		"a request object":           {"request", "e30.e30.x", "prompt", "login"},
	} {
		t.Run("AZ-28 "+name, func(t *testing.T) {
			r.onPage(t, r.NewBrowser().Authorize(c.ID, idptest.Redirect, pairs...))
		})
	}
	for name, pairs := range map[string][]string{
		"by client_id": {"client_id", c.ID}, "by its own hint": {"id_token_hint", hint}, "by both": {"client_id", c.ID, "id_token_hint", hint},
	} {
		pairs = append(pairs, "post_logout_redirect_uri", bye, "state", "s&1")
		for _, page := range []*idptest.Page{r.NewBrowser().Get(endSession(pairs...)), r.NewBrowser().Post("/logout", values(pairs))} {
			if page.Left != "" || page.Status != http.StatusOK || strings.Contains(page.Body, `href="https://rp.example`) || strings.Contains(page.Body, "Registered") {
				t.Errorf("LO-01 %s: %d to %q, want a page that leads nowhere", name, page.Status, page.Left)
			}
		}
	}
	t.Run("LO-01 who was signed in goes on as the client asked", func(t *testing.T) {
		if page := r.b.Get(endSession("id_token_hint", hint, "post_logout_redirect_uri", bye)); page.Left != bye {
			t.Errorf("%d to %q", page.Status, page.Left)
		}
	})
	t.Run("LO-01 an operator's client goes on by itself", func(t *testing.T) {
		if page := r.NewBrowser().Get(endSession("client_id", "app", "post_logout_redirect_uri", bye)); page.Left != bye {
			t.Errorf("%d to %q", page.Status, page.Left)
		}
	})
}

// ID-08: what every device has for an address is nobody's sector.
func TestLoopbackIsNoSector(t *testing.T) {
	r, site := registering(t, nil)
	for _, uri := range []string{"http://127.0.0.1/cb", "http://[::1]/cb", "http://127.0.0.1:8080/cb"} {
		native := map[string]any{"redirect_uris": []string{uri}, "application_type": "native", "token_endpoint_auth_method": "none", "subject_type": "pairwise"}
		if a := r.Register(native); a.Status != http.StatusBadRequest || a.String("error") != "invalid_client_metadata" {
			t.Errorf("ID-08 %s: %d %s", uri, a.Status, a.Body)
		}
		native["sector_identifier_uri"] = site.Put(t, "/sector", []string{uri})
		if a := r.Register(native); a.Status != http.StatusCreated {
			t.Errorf("ID-08 %s with a sector: %d %s", uri, a.Status, a.Body)
		}
	}
}

// JA-08: a client that wants every answer signed gets no other, whichever mode it takes
// them in and whatever is wrong with the request.
func TestEveryAnswerIsSigned(t *testing.T) {
	r := newRig(t)
	for _, mode := range []string{"query.jwt", "form_post.jwt"} {
		r.NewRelyingParty(mode, func(m *idp.ClientMetadata) { m.ResponseModes = []string{mode} })
		for name, pairs := range map[string][]string{
			"code": {"response_mode", mode}, "a mode it may not use": {"response_mode", "query"}, "no mode": nil, "an unknown mode": {"response_mode", "x"},
			"a state too long": {"response_mode", mode, "state", strings.Repeat("s", 4097)}, "max_age": {"response_mode", mode, "max_age", "-1"},
		} {
			page := r.b.Authorize(mode, idptest.Redirect, pairs...)
			sent := page.Left + page.Body
			if strings.Contains(sent, "code=") || strings.Contains(sent, "error=") || strings.Contains(sent, `name="error"`) || strings.Contains(sent, `name="code"`) || !strings.Contains(sent, "response") {
				t.Errorf("JA-08 %s, %s: %d to %q: %.300s", mode, name, page.Status, page.Left, page.Body)
			}
		}
	}
}

// IN-04: who has no token that is good makes the provider fetch nothing.
func TestNothingIsFetchedWithoutAToken(t *testing.T) {
	r, site := registering(t, func(c *config.Registration) { c.Policy = config.RegistrationToken })
	m := minimal()
	m["sector_identifier_uri"] = site.Put(t, "/sector", []string{idptest.Redirect})
	for name, token := range map[string]string{
		"unknown": idp.NewSecret(), "expired": r.initialToken(func(t *idp.InitialToken) { t.ExpiresAt = r.Clock.Now() }), "revoked": r.initialToken(func(t *idp.InitialToken) { t.RevokedAt = r.Clock.Now() }),
		"used up": r.initialToken(func(t *idp.InitialToken) { t.Uses = t.MaxUses }),
	} {
		if a := r.Register(m, "Authorization", "Bearer "+token); a.Status != http.StatusUnauthorized || site.Asked("/sector") != 0 {
			t.Errorf("IN-04 %s: %d after %d requests", name, a.Status, site.Asked("/sector"))
		}
	}
	if a := r.Register(m, "Authorization", "Bearer "+r.initialToken(nil)); a.Status != http.StatusCreated || site.Asked("/sector") != 1 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}
