package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

func company(p *idptest.Provider, login string) *idptest.Account {
	return p.AddAccount(idptest.Customer{Login: login, TOTP: true, Kind: idp.Corporate})
}

// E7: where the firm allows companies no authenticator apps, one they have is neither
// offered nor accepted nor replaced, whatever is posted; private customers keep theirs.
func TestKindWithoutAuthenticatorApps(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.AccountKinds.Corporate.TOTP = false }})
	rp := p.NewRelyingParty("app", nil)
	firm, taro := company(p, "20000001"), p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	t.Run("E7 sign-in asks for a mailed code", func(t *testing.T) {
		b := p.NewBrowser()
		b.Authorize("app", idptest.Redirect)
		page := b.Submit("/password", "login", firm.LoginName, "password", firm.Password)
		if !page.Has("/code/send") || page.Has("/code/method") {
			t.Fatalf("not a mailed code alone: %s", page.Body)
		}
		form := page.Form(t, "/code").Values
		form.Set("method", "totp")
		if page = b.Post(b.Base()+"/code/method", form); !page.Has("/code/send") {
			t.Errorf("changed to the app: %s", page.Body)
		}
		form = b.Page.Form(t, "/code").Values
		form.Set("code", firm.TOTP())
		if page = b.Post(b.Base()+"/code", form); page.Left != "" || !strings.Contains(page.Body, `data-code="code_wrong"`) {
			t.Errorf("the app's code was taken: %s", page.Body)
		}
		mail := p.Mail.Wait(t, firm.Email, notify.SignInCode, 1)
		if page = b.Submit("/code", "code", idptest.Code(t, mail)); page.Left == "" {
			t.Errorf("the mailed code was not taken: %s", page.Body)
		}
		rp.Exchange(page.Response(t, idptest.Redirect).Get("code"))
		b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:acr:mfa", "prompt", "none")
		if b.Page.Left == "" || strings.Contains(b.Page.Left, "code=") {
			t.Errorf("E7 step-up: %q", b.Page.Left)
		}
	})
	t.Run("E7 enrolment is refused, by page and by direct post", func(t *testing.T) {
		b := p.NewBrowser()
		b.Get("/account")
		p.Clock.Advance(2 * time.Minute)
		n := p.Mail.Count(firm.Email, notify.SignInCode)
		b.Submit("/password", "login", firm.LoginName, "password", firm.Password)
		page := b.Submit("/code", "code", idptest.Code(t, p.Mail.Wait(t, firm.Email, notify.SignInCode, n+1)))
		if !strings.Contains(page.Body, "この口座の種類では、いまはお使いいただけません") || strings.Contains(page.Body, `href="/account/totp"`) {
			t.Errorf("the security centre does not say so: %s", page.Body)
		}
		csrf := page.CSRF()
		if page = b.Get("/account/totp"); !strings.Contains(page.Body, `data-code="kind_forbidden"`) || strings.Contains(page.Body, "otpauth:") {
			t.Errorf("a secret is shown: %s", page.Body)
		}
		if page = b.Post("/account/totp", url.Values{"csrf": {csrf}, "code": {firm.TOTP()}}); !strings.Contains(page.Body, `data-code="kind_forbidden"`) {
			t.Errorf("posted: %s", page.Body)
		}
		if page = b.Get("/account/totp/remove"); page.Status != http.StatusOK || !page.Has("/totp/remove") {
			t.Errorf("what is out of use cannot be removed: %d", page.Status)
		}
	})
	t.Run("E7 a private customer keeps the app", func(t *testing.T) {
		b := p.SignedIn(taro)
		if page := b.Get("/account/totp"); !strings.Contains(page.Body, "otpauth:") {
			t.Errorf("%s", page.Body)
		}
	})
}

// E7: the rule counts at once for sign-ins and sessions that were open when it came.
func TestKindRuleCountsAtOnce(t *testing.T) {
	before := idptest.Options{KEK: idptest.KEK(t)}
	p := idptest.New(t, before)
	p.NewRelyingParty("app", nil)
	firm := company(p, "20000001")
	open, half := p.SignedIn(firm), p.NewBrowser()
	p.Clock.Advance(31 * time.Second)
	half.Authorize("app", idptest.Redirect)
	half.Submit("/password", "login", firm.LoginName, "password", firm.Password)
	form, path := half.Page.Form(t, "/code").Values, half.Base()
	after := idptest.New(t, idptest.Options{Store: p.Store, KEK: before.KEK, Clock: p.Clock, Mail: p.Mail, Edit: func(c *config.Config) { c.AccountKinds.Corporate.TOTP = false }})
	open.Origin, half.Origin = after.URL, after.URL
	form.Set("code", firm.TOTP())
	if page := half.Post(path+"/code", form); page.Left != "" || !strings.Contains(page.Body, `data-code="kind_forbidden"`) {
		t.Errorf("E7: a code page from before takes the app's code: %d %s", page.Status, page.Body)
	}
	if page := open.Authorize("app", idptest.Redirect, "prompt", "none"); page.Response(t, idptest.Redirect).Get("error") == "" {
		t.Errorf("E7: a session by the app goes on: %q", page.Left)
	}
}

// E7: a kind without passkeys and recovery codes gets in by neither.
func TestKindWithoutPasskeys(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		c.AccountKinds.Corporate.Passkey, c.AccountKinds.Corporate.RecoveryCodes = false, false
	}})
	p.NewRelyingParty("app", nil)
	firm := company(p, "20000001")
	key := p.GivePasskey(firm, nil)
	b := p.NewBrowser()
	b.Get("/account")
	if done := b.AnswerPasskey(key); done.Status != http.StatusForbidden || done.Error.Code != "kind_forbidden" || len(firm.Sessions()) != 0 {
		t.Errorf("E7 sign-in: %d %+v", done.Status, done)
	}
	b = p.SignedIn(firm)
	csrf := b.Page.CSRF()
	if !strings.Contains(b.Page.Body, "Key of 20000001") || strings.Contains(b.Page.Body, `href="/account/passkeys/add"`) {
		t.Errorf("E7: stored passkeys are hidden or further ones offered: %s", b.Page.Body)
	}
	if page := b.Get("/account/passkeys/add"); !strings.Contains(page.Body, `data-code="kind_forbidden"`) {
		t.Errorf("E7 enrolment: %s", page.Body)
	}
	if page := b.Post("/account/recovery-codes", url.Values{"csrf": {csrf}}); !strings.Contains(page.Body, `data-code="kind_forbidden"`) || strings.Contains(page.Body, "<li><code>") {
		t.Errorf("E7 recovery codes: %s", page.Body)
	}
	if page := b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:withdrawal"); page.Response(t, idptest.Redirect).Get("error") != "unmet_authentication_requirements" {
		t.Errorf("E7 step-up: %d %q", page.Status, page.Left)
	}
}
