package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// CN-02: a customer sees which applications were let in, with what, and turns one out:
// its tokens end, its consent is forgotten, the others stay.
func TestConnectedApplications(t *testing.T) {
	r := newRig(t)
	rs := r.resourceServer()
	third := r.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty, m.ClientName = false, "Third Party" })
	mallory := r.AddAccount(idptest.Customer{Login: "10000009", TOTP: true})
	r.b.Authorize("third", idptest.Redirect, "scope", "openid email")
	theirs := third.Exchange(r.b.Submit("/consent", "decision", "allow").Response(t, idptest.Redirect).Get("code"))
	own := r.rp.Grant(r.b)

	page := r.b.Get("/account")
	if !strings.Contains(page.Body, "Third Party") || !strings.Contains(page.Body, "rp.example") || !page.Has("/account/apps/third/revoke") {
		t.Fatalf("CN-02: the application is not listed: %s", page.Body)
	}
	form := page.Form(t, "/account/apps/third/revoke")
	evil := r.signedIn(mallory)
	if evil.Get("/account").Has("/account/apps/third/revoke") {
		t.Error("CN-02: another customer's application is listed")
	}
	evil.Post(form.Action, form.Values)
	form.Values.Set("csrf", evil.Get("/account").CSRF())
	evil.Post(form.Action, form.Values)
	if !rs.Active(theirs.String("access_token")) {
		t.Fatal("CN-02: another customer turned it out")
	}

	r.b.Get("/account")
	if page = r.b.Submit("/account/apps/third/revoke"); page.Status != http.StatusOK || page.Has("/account/apps/third/revoke") {
		t.Errorf("CN-02: still listed (%d)", page.Status)
	}
	for _, asking := range []*idptest.RelyingParty{rs, third} {
		if asking.Active(theirs.String("access_token")) {
			t.Error("CN-02: its access token is alive")
		}
	}
	grantRefused(t, third.Refresh(theirs.String("refresh_token")), "invalid_grant")
	r.refused(t, r.b.Authorize("third", idptest.Redirect, "scope", "openid", "prompt", "none"), "consent_required")
	if !rs.Active(own.String("access_token")) {
		t.Error("CN-02: another application's token ended too")
	}
}

// CN-01: a client that came over the wire is not shown as one the firm vouches for.
func TestUnverifiedClientIsMarked(t *testing.T) {
	r := newRig(t)
	r.NewRelyingParty("known", func(m *idp.ClientMetadata) { m.FirstParty, m.ClientName = false, "Same Name" })
	r.NewRelyingParty("stranger", func(m *idp.ClientMetadata) { m.FirstParty, m.ClientName = false, "Same Name" })
	r.EditClient("stranger", func(c *idp.Client) { c.Dynamic = true })
	words := func(id string) string {
		page := r.b.Authorize(id, idptest.Redirect)
		r.waits(t, page, "/consent")
		body := strings.ReplaceAll(page.Body, page.URL.Path, "")
		return strings.ReplaceAll(body, page.CSRF(), "")
	}
	if words("known") == words("stranger") {
		t.Error("CN-01: the two pages are the same")
	}
}
