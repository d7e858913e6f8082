package provider_test

import (
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/idptest"
)

// AZ-17: nobody is signed in and no page may be shown.
func TestPromptNoneWithoutSession(t *testing.T) {
	r := newRig(t)
	for name, pairs := range map[string][]string{
		"AZ-17 plain": nil, "AZ-17 with a login hint": {"login_hint", r.taro.LoginName}, "AZ-17 with a level": {"acr_values", "phr"}, "AZ-17 with max_age": {"max_age", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			page := r.NewBrowser().Authorize("app", idptest.Redirect, append(pairs, "prompt", "none")...)
			r.refused(t, page, "login_required")
			if c := page.Header.Values("Set-Cookie"); len(c) > 0 {
				t.Errorf("a cookie was set: %q", c)
			}
		})
	}
}

// AZ-18: signed in, but what is asked needs a page.
func TestPromptNoneThatNeedsAPage(t *testing.T) {
	r := newRig(t)
	r.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty = false })
	for _, c := range []struct {
		name, client, want string
		pairs              []string
	}{
		{"AZ-18 consent", "third", "consent_required", nil},
		{"AZ-18 a level above the session's", "app", "interaction_required", []string{"acr_values", "phr"}},
		{"AZ-18 an operation that is proved each time", "app", "interaction_required", []string{"acr_values", assurance.OperationPrefix + "withdrawal"}},
		{"AZ-18 SU-02 a level nobody here can reach", "app", "unmet_authentication_requirements", []string{"acr_values", "phrh"}},
		{"AZ-18 AZ-20 max_age passed", "app", "login_required", []string{"max_age", "30"}},
		{"AZ-18 AZ-20 max_age zero", "app", "login_required", []string{"max_age", "0"}},
		{"AZ-18 AZ-22 another subject claimed", "app", "login_required", []string{"claims", `{"id_token":{"sub":{"value":"someone-else"}}}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r.refused(t, r.b.Authorize(c.client, idptest.Redirect, append(c.pairs, "prompt", "none")...), c.want)
		})
	}
	t.Run("silently, where nothing is missing", func(t *testing.T) {
		claims := idptest.Claims(t, r.rp.Grant(r.b, "prompt", "none", "acr_values", assurance.MFA.ACR(), "max_age", "3600").String("id_token"))
		if claims["acr"] != assurance.MFA.ACR() || claims["sub"] != r.taro.Subject {
			t.Errorf("claims %v", claims)
		}
	})
	t.Run("AZ-18 an operation whose proof is too old", func(t *testing.T) {
		trade := assurance.OperationPrefix + "trade"
		r.rp.Grant(r.b, "prompt", "none", "acr_values", trade)
		r.Clock.Advance(15 * time.Minute)
		r.refused(t, r.b.Authorize("app", idptest.Redirect, "prompt", "none", "acr_values", trade), "login_required")
	})
	t.Run("a session that has ended is none", func(t *testing.T) {
		r.Clock.Advance(time.Hour)
		r.refused(t, r.b.Authorize("app", idptest.Redirect, "prompt", "none"), "login_required")
	})
}

func (r *rig) authTime(t *testing.T, page *idptest.Page) int64 {
	t.Helper()
	code := page.Response(t, idptest.Redirect).Get("code")
	claims := idptest.Claims(t, r.rp.Exchange(code).String("id_token"))
	at, ok := claims["auth_time"].(float64)
	if !ok {
		t.Fatalf("no auth_time in %v", claims)
	}
	return int64(at)
}

// AZ-19: prompt=login is a new check of a credential, whatever is done to the URLs after.
func TestPromptLogin(t *testing.T) {
	r := newRig(t)
	before := r.authTime(t, r.b.Authorize("app", idptest.Redirect))
	r.Clock.Advance(time.Minute)
	page := r.b.Authorize("app", idptest.Redirect, "prompt", "login")
	r.waits(t, page, "/password")
	base := r.b.Base()
	for _, target := range []string{base, base + "?prompt=none", base + "?prompt=", base + "?max_age=99999", base + "?AccountID=" + r.taro.ID} {
		r.waits(t, r.b.Get(target), "/password")
	}
	r.b.Get(base)
	for _, form := range []string{"/consent", "/code", "/account", "/enrol/done", "/enrol"} {
		csrf := r.b.Page.CSRF()
		page = r.b.Post(base+form, map[string][]string{"csrf": {csrf}, "decision": {"allow"}, "choice": {"continue"}, "code": {r.taro.TOTP()}})
		r.waits(t, page, "/password")
	}
	page = r.reauthenticate(r.b, r.taro)
	if after := r.authTime(t, page); after <= before || after != r.Clock.Now().Unix() {
		t.Errorf("AZ-19: auth_time %d after %d, now %d", after, before, r.Clock.Now().Unix())
	}
	if again := r.b.Get(base); again.Status != 410 || again.Left != "" {
		t.Errorf("AZ-19: the interaction's URL replayed answers %d to %q", again.Status, again.Left)
	}
}

// AZ-20 ID-04: max_age is measured against the customer's own act, not against what SSO did since.
func TestMaxAge(t *testing.T) {
	r := newRig(t)
	signedIn := r.authTime(t, r.b.Authorize("app", idptest.Redirect, "max_age", "10000"))
	r.Clock.Advance(10 * time.Minute)
	if again := r.authTime(t, r.b.Authorize("app", idptest.Redirect)); again != signedIn {
		t.Errorf("ID-04: auth_time %d moved to %d by using the session", signedIn, again)
	}
	for _, seconds := range []string{"0", "1", "600"} {
		r.waits(t, r.b.Authorize("app", idptest.Redirect, "max_age", seconds), "/password")
	}
	age := r.Clock.Now().Unix() - signedIn
	if page := r.b.Authorize("app", idptest.Redirect, "max_age", "3600", "prompt", "none"); r.authTime(t, page) != signedIn {
		t.Errorf("AZ-20: max_age 3600 at age %d is not met", age)
	}
	r.b.Authorize("app", idptest.Redirect, "max_age", "0")
	page := r.reauthenticate(r.b, r.taro)
	if at := r.authTime(t, page); at != r.Clock.Now().Unix() {
		t.Errorf("AZ-20: auth_time %d, want now", at)
	}
	t.Run("AZ-20 a default of the client's", func(t *testing.T) {
		half := int64(1800)
		r.EditClient("app", func(c *idp.Client) { c.Metadata.DefaultMaxAge = &half })
		r.authTime(t, r.b.Authorize("app", idptest.Redirect))
		r.Clock.Advance(31 * time.Minute)
		r.waits(t, r.b.Authorize("app", idptest.Redirect), "/password")
		r.authTime(t, r.b.Authorize("app", idptest.Redirect, "max_age", "7200"))
	})
	t.Run("AZ-20 with a consent page between", func(t *testing.T) {
		third := r.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty = false })
		r.b.Authorize("third", idptest.Redirect, "max_age", "1")
		page := r.reauthenticate(r.b, r.taro)
		r.waits(t, page, "/consent")
		r.Clock.Advance(20 * time.Second)
		if code := r.b.Submit("/consent", "decision", "allow").Response(t, idptest.Redirect).Get("code"); third.Exchange(code).Status != 200 {
			t.Error("reading the consent page made the customer sign in again")
		}
	})
}

// prompt=select_account shows who is signed in; another customer may take over, and then
// it is that one's tokens.
func TestSelectAccount(t *testing.T) {
	r := newRig(t)
	hanako := r.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	r.waits(t, r.b.Authorize("app", idptest.Redirect, "prompt", "select_account"), "/account")
	code := r.b.Submit("/account", "choice", "continue").Response(t, idptest.Redirect).Get("code")
	if sub := idptest.Claims(t, r.rp.Exchange(code).String("id_token"))["sub"]; sub != r.taro.Subject {
		t.Errorf("continued as %v", sub)
	}
	r.b.Authorize("app", idptest.Redirect, "prompt", "select_account")
	old := r.b.Cookie("sekisho-session")
	r.waits(t, r.b.Submit("/account", "choice", "other"), "/password")
	r.Clock.Advance(30 * time.Second)
	page := r.b.PasswordSignIn(r.Provider, hanako)
	claims := idptest.Claims(t, r.rp.Exchange(page.Response(t, idptest.Redirect).Get("code")).String("id_token"))
	if claims["sub"] != hanako.Subject {
		t.Errorf("signed in as another customer, but the token is about %v", claims["sub"])
	}
	thief := r.NewBrowser()
	thief.SetCookie("sekisho-session", old)
	r.refused(t, thief.Authorize("app", idptest.Redirect, "prompt", "none"), "login_required")
}
