package provider_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp/idptest"
)

// rig is a provider with one first-party client, one customer with an authenticator app,
// and a browser in which that customer is signed in: an authorization request there ends
// with a code at once, so whatever does not was stopped by the rule under test.
type rig struct {
	*idptest.Provider
	t    *testing.T
	rp   *idptest.RelyingParty
	taro *idptest.Account
	b    *idptest.Browser
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{Provider: idptest.New(t, idptest.Options{}), t: t}
	r.rp = r.NewRelyingParty("app", nil)
	r.taro = r.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	r.b = r.signedIn(r.taro)
	r.Clock.Advance(time.Minute)
	return r
}

// signedIn is a new browser in which the customer signed in by password and second factor.
func (r *rig) signedIn(a *idptest.Account) *idptest.Browser {
	r.t.Helper()
	r.Clock.Advance(30 * time.Second) // a TOTP step serves once
	b := r.NewBrowser()
	b.Get("/account")
	b.PasswordSignIn(r.Provider, a)
	if b.Page.URL.Path != "/account" || b.Page.Status != 200 {
		r.t.Fatalf("not signed in: %d %s", b.Page.Status, b.Page.URL)
	}
	return b
}

// reauthenticate proves password and authenticator app again on the page shown.
func (r *rig) reauthenticate(b *idptest.Browser, a *idptest.Account) *idptest.Page {
	r.t.Helper()
	r.Clock.Advance(30 * time.Second)
	if !b.Page.Has("/password") {
		r.t.Fatalf("no password asked for on %s (%d)", b.Page.URL, b.Page.Status)
	}
	b.Submit("/password", "password", a.Password)
	return b.Submit("/code", "code", a.TOTP())
}

// withPasskey enrols a passkey for a customer who signs in for it in a browser of its own.
func (r *rig) withPasskey(a *idptest.Account) *idptest.Authenticator {
	r.t.Helper()
	b, key := r.signedIn(a), r.NewAuthenticator()
	b.Get("/account/passkeys/add")
	r.Clock.Advance(30 * time.Second)
	b.Submit("/code", "code", a.TOTP())
	b.Enrol(key)
	b.Submit("/enrol/done")
	r.Clock.Advance(time.Second)
	return key
}

// grants is how many live grants the customer has.
func (r *rig) grants(a *idptest.Account) int {
	r.t.Helper()
	list, err := r.Store.Grants(context.Background(), a.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	return len(list)
}

// refused checks that the browser was sent to the relying party with this error, the
// request's own state, the issuer, and nothing that grants anything.
func (r *rig) refused(t *testing.T, page *idptest.Page, want string) url.Values {
	t.Helper()
	q := page.Response(t, idptest.Redirect)
	if q.Get("error") != want || q.Has("code") || q.Get("state") != "state-1" || q.Get("iss") != r.URL {
		t.Errorf("response %s, want error=%s with state and iss and no code", page.Left, want)
	}
	return q
}

// onPage checks that the browser stayed: an error page of the provider, no redirect, no code.
func (r *rig) onPage(t *testing.T, page *idptest.Page) {
	t.Helper()
	if page.Left != "" || page.Header.Get("Location") != "" || page.Status < 400 || page.Status > 499 ||
		!strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || strings.Contains(page.Body, "code=") {
		t.Errorf("answer %d to %q at %s, want an error page that leads nowhere", page.Status, page.Left, page.URL)
	}
}

// waits checks that the customer is asked for something instead of being sent back.
func (r *rig) waits(t *testing.T, page *idptest.Page, form string) {
	t.Helper()
	if page.Left != "" || page.Status != 200 || !page.Has(form) {
		t.Errorf("answer %d to %q, want a page with form %s", page.Status, page.Left, form)
	}
}
