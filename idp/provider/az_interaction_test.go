package provider_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
)

// AZ-33: the steps of an interaction cannot be taken out of order, by another browser, or
// after its end.
func TestInteractionOrder(t *testing.T) {
	r := newRig(t)
	r.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty = false })
	victim := r.AddAccount(idptest.Customer{Login: "10000003", TOTP: true})
	t.Run("AZ-33 nothing before the password", func(t *testing.T) {
		b := r.NewBrowser()
		b.Authorize("third", idptest.Redirect)
		base, csrf := b.Base(), b.Page.CSRF()
		for path, values := range map[string]url.Values{
			"/consent": {"decision": {"allow"}, "scope": {"openid"}}, "/code": {"code": {victim.TOTP()}, "account": {victim.ID}, "login": {victim.LoginName}},
			"/code/send": {"address": {"x"}}, "/code/method": {"method": {"totp"}}, "/account": {"choice": {"continue"}}, "/enrol": {}, "/enrol/done": {},
		} {
			values.Set("csrf", csrf)
			r.waits(t, b.Post(base+path, values), "/password")
		}
		for _, path := range []string{"/enrol/options", "/enrol/finish"} {
			if a := b.Script(base+path, map[string]any{}); a.Next != base && a.Error.Code == "" {
				t.Errorf("%s before the sign-in answered %+v", path, a)
			}
		}
		if b.Cookie("sekisho-session") != "" {
			t.Error("a session was made")
		}
	})
	t.Run("AZ-33 the second factor alone", func(t *testing.T) {
		b := r.NewBrowser()
		b.Authorize("third", idptest.Redirect)
		base := b.Base()
		b.Submit("/password", "login", victim.LoginName, "password", "not the password at all")
		r.waits(t, b.Post(base+"/code", url.Values{"csrf": {b.Page.CSRF()}, "code": {victim.TOTP()}}), "/password")
		b.Submit("/password", "login", victim.LoginName, "password", victim.Password)
		r.waits(t, b.Post(base+"/consent", url.Values{"csrf": {b.Page.CSRF()}, "decision": {"allow"}}), "/code")
		if b.Cookie("sekisho-session") != "" {
			t.Error("a password alone made a session")
		}
	})
	t.Run("AZ-33 another browser", func(t *testing.T) {
		b, thief := r.NewBrowser(), r.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		base, csrf := b.Base(), b.Page.CSRF()
		thief.Authorize("app", idptest.Redirect)
		for name, page := range map[string]*idptest.Page{
			"looks":  thief.Get(base),
			"posts":  thief.Post(base+"/password", url.Values{"csrf": {csrf}, "login": {victim.LoginName}, "password": {victim.Password}}),
			"leaves": thief.Post(base+"/cancel", url.Values{"csrf": {csrf}}),
			"is new": r.NewBrowser().Get(base),
		} {
			if page.Status != http.StatusForbidden || page.Left != "" || page.Has("/password") {
				t.Errorf("a browser that %s gets %d to %q", name, page.Status, page.Left)
			}
		}
		r.waits(t, b.Get(base), "/password") // and nothing happened to it
	})
	t.Run("AZ-33 after its end", func(t *testing.T) {
		b := r.signedIn(r.taro)
		b.Authorize("third", idptest.Redirect)
		base, csrf := b.Base(), b.Page.CSRF()
		first := b.Submit("/consent", "decision", "allow")
		if first.Response(t, idptest.Redirect).Get("code") == "" {
			t.Fatal("no code")
		}
		before := r.grants(r.taro)
		for name, page := range map[string]*idptest.Page{
			"get": b.Get(base), "consent": b.Post(base+"/consent", url.Values{"csrf": {csrf}, "decision": {"allow"}}),
			"cancel": b.Post(base+"/cancel", url.Values{"csrf": {csrf}}), "password": b.Post(base+"/password", url.Values{"csrf": {csrf}}),
		} {
			if page.Status != http.StatusGone || page.Left != "" {
				t.Errorf("%s on a finished interaction: %d to %q", name, page.Status, page.Left)
			}
		}
		if r.grants(r.taro) != before {
			t.Error("a finished interaction gave a second grant")
		}
	})
	t.Run("AZ-33 after its time", func(t *testing.T) {
		b := r.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		base, csrf := b.Base(), b.Page.CSRF()
		r.Clock.Advance(31 * time.Minute)
		if page := b.Post(base+"/password", url.Values{"csrf": {csrf}, "login": {victim.LoginName}, "password": {victim.Password}}); page.Status != http.StatusGone {
			t.Errorf("expired interaction answers %d", page.Status)
		}
	})
	for _, id := range []string{"nothing", strings.Repeat("0", 26), "..%2f..", "%00"} {
		if page := r.b.Get("/interaction/" + id); page.Status < 400 || page.Status > 499 {
			t.Errorf("an invented interaction %q answers %d", id, page.Status)
		}
	}
}

// CN-01 AZ-32: the customer agrees to the request's own scopes, which the form cannot
// change, at a client that is not the firm's own, and at the first request already.
func TestConsentCannotBeWidened(t *testing.T) {
	r := newRig(t)
	third := r.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty, m.ClientName = false, "Third <b>Party</b>" })
	page := r.b.Authorize("third", idptest.Redirect, "scope", "openid profile")
	r.waits(t, page, "/consent")
	if !strings.Contains(page.Body, "Third &lt;b&gt;Party&lt;/b&gt;") || !strings.Contains(page.Body, "rp.example") {
		t.Error("CN-01: the page does not name client and domain, escaped")
	}
	f := page.Form(t, "/consent")
	f.Values["scope"], f.Values["scopes"] = []string{"openid profile email phone address offline_access"}, []string{"email"}
	f.Values.Set("decision", "allow")
	f.Values.Set("client_id", "app")
	tokens := third.Exchange(r.b.Post(f.Action, f.Values).Response(t, idptest.Redirect).Get("code"))
	if got := tokens.String("scope"); got != "openid profile" {
		t.Errorf("CN-01: scope %q was granted, openid profile agreed to", got)
	}
	if a := r.Userinfo(tokens.String("access_token")); a.JSON["email"] != nil {
		t.Errorf("CN-01: userinfo gives %s", a.Body)
	}
	t.Run("CN-03 remembered for exactly this", func(t *testing.T) {
		third.Grant(r.b, "scope", "openid profile", "prompt", "none")
		third.Grant(r.b, "scope", "openid", "prompt", "none")
		r.refused(t, r.b.Authorize("third", idptest.Redirect, "scope", "openid profile email", "prompt", "none"), "consent_required")
		r.refused(t, r.b.Authorize("third", idptest.Redirect, "scope", "openid profile", "prompt", "none", "claims", `{"userinfo":{"email":null}}`), "consent_required")
		r.waits(t, r.b.Authorize("third", idptest.Redirect, "scope", "openid profile", "prompt", "consent"), "/consent")
	})
	for name, change := range map[string]func(*idp.Client){
		"name":         func(c *idp.Client) { c.Metadata.ClientName += "!" },
		"redirect URI": func(c *idp.Client) { c.Metadata.RedirectURIs = append(c.Metadata.RedirectURIs, "https://rp.example/2") },
	} {
		t.Run("CN-03 another "+name, func(t *testing.T) {
			third.Grant(r.b, "scope", "openid", "prompt", "none")
			r.EditClient("third", change)
			r.refused(t, r.b.Authorize("third", idptest.Redirect, "scope", "openid", "prompt", "none"), "consent_required")
			r.b.Authorize("third", idptest.Redirect, "scope", "openid")
			r.b.Submit("/consent", "decision", "allow").Response(t, idptest.Redirect)
		})
	}
	t.Run("CN-01 the word of one customer is not another's", func(t *testing.T) {
		hanako := r.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
		b := r.signedIn(r.taro)
		b.Authorize("third", idptest.Redirect, "scope", "openid email")
		base, form := b.Base(), b.Page.Form(t, "/consent")
		form.Values.Set("decision", "allow")
		b.Client.CheckRedirect = nil // stop before the redirect that follows the post
		agreed := b.Do(post(t, b, form))
		if agreed.Status != http.StatusSeeOther {
			t.Fatalf("consent answered %d", agreed.Status)
		}
		if _, err := r.Store.EndSessions(context.Background(), r.taro.ID, "", "test", r.Clock.Now(), idp.Effects{}); err != nil {
			t.Fatal(err)
		}
		b.Get(base)
		r.Clock.Advance(30 * time.Second)
		r.waits(t, b.PasswordSignIn(r.Provider, hanako), "/consent")
	})
}

func post(t *testing.T, b *idptest.Browser, f idptest.Form) *http.Request {
	t.Helper()
	b.Client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.Origin+f.Action, strings.NewReader(f.Values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Origin", b.Origin)
	return q
}

// AZ-36: saying no ends in access_denied with state and iss, at every place where a
// customer can say it, and grants nothing.
func TestCancel(t *testing.T) {
	r := newRig(t)
	r.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty = false })
	before := r.grants(r.taro)
	t.Run("AZ-36 at the sign-in", func(t *testing.T) {
		b := r.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		r.refused(t, b.Submit("/cancel"), "access_denied")
	})
	t.Run("AZ-36 at the second factor", func(t *testing.T) {
		b := r.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		b.Submit("/password", "login", r.taro.LoginName, "password", r.taro.Password)
		r.refused(t, b.Submit("/cancel"), "access_denied")
		r.refused(t, b.Authorize("app", idptest.Redirect, "prompt", "none"), "login_required")
	})
	t.Run("AZ-36 at consent", func(t *testing.T) {
		r.b.Authorize("third", idptest.Redirect)
		r.refused(t, r.b.Submit("/consent", "decision", "deny"), "access_denied")
		r.refused(t, r.b.Authorize("third", idptest.Redirect, "prompt", "none"), "consent_required")
	})
	t.Run("AZ-36 at consent, by a form nobody filled in", func(t *testing.T) {
		r.b.Authorize("third", idptest.Redirect)
		r.refused(t, r.b.Submit("/consent"), "access_denied")
	})
	t.Run("AZ-36 SU-03 at a step-up", func(t *testing.T) {
		r.b.Authorize("app", idptest.Redirect, "max_age", "1")
		r.refused(t, r.b.Submit("/cancel"), "access_denied")
		r.rp.Grant(r.b, "prompt", "none") // and the session is what it was
	})
	if after := r.grants(r.taro); after != before+1 {
		t.Errorf("AZ-36: %d grants were left behind", after-before-1)
	}
}

// AZ-16: every redirect after a form is 303, to the last hop. The browser of these tests
// fails on 307 and 308; here each hop of one journey is looked at.
func TestRedirectsAfterForms(t *testing.T) {
	r := newRig(t)
	r.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty = false })
	b := r.NewBrowser()
	b.Authorize("third", idptest.Redirect)
	r.Clock.Advance(30 * time.Second)
	submit := func(suffix string, pairs ...string) *idptest.Page {
		t.Helper()
		f := b.Page.Form(t, suffix)
		for i := 0; i < len(pairs); i += 2 {
			f.Values.Set(pairs[i], pairs[i+1])
		}
		page := b.Do(post(t, b, f))
		if page.Status != http.StatusSeeOther || page.Header.Get("Location") == "" {
			t.Errorf("AZ-16: %s answers %d to %q", suffix, page.Status, page.Header.Get("Location"))
		}
		location := page.Header.Get("Location")
		if strings.HasPrefix(location, idptest.Redirect) {
			return page
		}
		hop, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.Origin+location, nil)
		if err != nil {
			t.Fatal(err)
		}
		return b.Do(hop)
	}
	submit("/password", "login", r.taro.LoginName, "password", "wrong password, then")
	submit("/password", "login", r.taro.LoginName, "password", r.taro.Password)
	r.waits(t, submit("/code", "code", r.taro.TOTP()), "/consent")
	last := submit("/consent", "decision", "allow")
	if last.Status != http.StatusSeeOther || !strings.Contains(last.Header.Get("Location"), "code=") {
		t.Errorf("AZ-16: the last hop is %d to %q", last.Status, last.Header.Get("Location"))
	}
	cancelled := r.NewBrowser()
	cancelled.Authorize("third", idptest.Redirect)
	if page := cancelled.Do(post(t, cancelled, cancelled.Page.Form(t, "/cancel"))); page.Status != http.StatusSeeOther {
		t.Errorf("AZ-16: cancel answers %d", page.Status)
	}
	r.b.Get("/logout")
	if page := r.b.Do(post(t, r.b, r.b.Page.Form(t, "/logout/confirm"))); page.Status == http.StatusTemporaryRedirect || page.Status == http.StatusPermanentRedirect {
		t.Errorf("AZ-16: logout answers %d", page.Status)
	}
}
