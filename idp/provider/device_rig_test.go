package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/oidc"
)

// terminal is a client registered for the device grant.
func (r *rig) terminal(id string, edit func(*idp.ClientMetadata)) *idptest.RelyingParty {
	r.t.Helper()
	return r.NewRelyingParty(id, func(m *idp.ClientMetadata) {
		m.RedirectURIs, m.PostLogoutRedirectURIs, m.ClientName = nil, nil, "Lobby Terminal"
		m.GrantTypes = []string{oidc.GrantDeviceCode, "refresh_token"}
		if edit != nil {
			edit(m)
		}
	})
}

// waiting is a device that asked.
type waiting struct {
	*rig
	t              *testing.T
	rp             *idptest.RelyingParty
	code, userCode string
	answer         idptest.Answer
}

func (r *rig) asks(t *testing.T, rp *idptest.RelyingParty, pairs ...string) *waiting {
	t.Helper()
	a := rp.Post("/device_authorization", withScope(pairs)...)
	if a.Status != http.StatusOK {
		t.Fatalf("device authorization: %d %s", a.Status, a.Body)
	}
	return &waiting{r, t, rp, a.String("device_code"), a.String("user_code"), a}
}

// poll asks for tokens, when the device may.
func (d *waiting) poll(pairs ...string) idptest.Answer {
	d.t.Helper()
	d.Clock.Advance(6 * time.Second)
	return d.rp.Post("/token", append([]string{"grant_type", oidc.GrantDeviceCode, "device_code", d.code}, pairs...)...)
}

// enter types the code in a browser.
func (d *waiting) enter(b *idptest.Browser) *idptest.Page {
	d.t.Helper()
	b.Get("/device")
	return b.Submit("/device", "user_code", d.userCode)
}

// approved is what the device gets when the customer of this browser connects it.
func (d *waiting) approved(b *idptest.Browser) idptest.Answer {
	d.t.Helper()
	d.enter(b)
	if page := b.Submit("/consent", "decision", "allow"); page.URL.Path != "/device/connected" {
		d.t.Fatalf("not connected: %d %s", page.Status, page.URL)
	}
	a := d.poll()
	if a.Status != http.StatusOK {
		d.t.Fatalf("the device got %d %s", a.Status, a.Body)
	}
	return a
}

// tells checks that a page has all the words.
func tells(t *testing.T, page *idptest.Page, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(page.Body, w) {
			t.Errorf("%s does not say %q:\n%s", page.URL, w, page.Body)
		}
	}
}

// posts sends a form of one browser from another one.
func posts(b *idptest.Browser, form idptest.Form, pairs ...string) *idptest.Page {
	values := url.Values{}
	for name, v := range form.Values {
		values[name] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return b.Post(form.Action, values)
}

// withScope asks for the usual scopes where the test asks for none.
func withScope(pairs []string) []string {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == "scope" {
			return pairs
		}
	}
	return append([]string{"scope", "openid profile"}, pairs...)
}
