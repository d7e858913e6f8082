package provider_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

const (
	trade      = assurance.OperationPrefix + "trade"
	withdrawal = assurance.OperationPrefix + "withdrawal"
)

// token is the ID token of a page that left with a code.
func (r *rig) token(t *testing.T, page *idptest.Page) map[string]any {
	t.Helper()
	return idptest.Claims(t, r.rp.Exchange(page.Response(t, idptest.Redirect).Get("code")).String("id_token"))
}

// withMailPasskey enrols a passkey for a customer who has nothing but password and mail.
func (r *rig) withMailPasskey(a *idptest.Account) *idptest.Authenticator {
	r.t.Helper()
	b, key := r.signedIn(a), r.NewAuthenticator()
	r.Clock.Advance(2 * time.Minute) // mails are paced
	b.Get("/account/passkeys/add")
	b.Submit("/code/send")
	b.Submit("/code", "code", idptest.Code(r.t, r.Mail.Wait(r.t, a.Email, notify.EnrolCode, 1)))
	b.Enrol(key)
	b.Submit("/enrol/done")
	return key
}

// SU-01 SU-02: a level that was asked for is in the token, or there is no token.
func TestAskedLevels(t *testing.T) {
	r := newRig(t)
	hanako := r.AddAccount(idptest.Customer{Login: "10000002"})
	weak := r.signedIn(hanako)
	essential := func(values string) []string {
		return []string{"claims", `{"id_token":{"acr":{"essential":true,"values":[` + values + `]}}}`}
	}
	for name, pairs := range map[string][]string{
		"SU-01 essential, not held":              essential(`"phr"`),
		"SU-01 essential, one of several":        essential(`"phrh","urn:sekisho:acr:mfa"`),
		"SU-02 acr_values, not held":             {"acr_values", "phr"},
		"SU-02 acr_values, weaker than passkeys": {"acr_values", "urn:sekisho:acr:mfa"},
		"SU-02 an operation":                     {"acr_values", withdrawal},
	} {
		t.Run(name, func(t *testing.T) {
			r.refused(t, weak.Authorize("app", idptest.Redirect, append(pairs, "prompt", "none")...), "interaction_required")
			page := weak.Authorize("app", idptest.Redirect, pairs...)
			r.waits(t, page, "/cancel")
			if page.Has("/password") {
				t.Error("a password is asked for that cannot reach the level")
			}
			r.refused(t, weak.Submit("/cancel"), "unmet_authentication_requirements")
		})
	}
	for name, pairs := range map[string][]string{
		"SU-01 essential, unknown":         essential(`"urn:nobody:knows"`),
		"SU-01 essential, out of reach":    essential(`"phrh"`),
		"SU-02 acr_values, out of reach":   {"acr_values", "phrh"},
		"SU-01 essential before acr_value": append(essential(`"phrh"`), "acr_values", "urn:sekisho:acr:email"),
	} {
		t.Run(name, func(t *testing.T) {
			r.refused(t, weak.Authorize("app", idptest.Redirect, pairs...), "unmet_authentication_requirements")
		})
	}
	for name, c := range map[string]struct {
		pairs []string
		acr   string
	}{
		"SU-02 unknown values are not asked": {[]string{"acr_values", "urn:nobody:knows 1 phishing"}, "urn:sekisho:acr:email"},
		"SU-02 the one that is held":         {[]string{"acr_values", "phrh urn:sekisho:acr:email"}, "urn:sekisho:acr:email"},
		"SU-01 essential and held":           {essential(`"urn:sekisho:acr:email"`), "urn:sekisho:acr:email"},
		"SU-02 an operation that is met":     {[]string{"acr_values", trade}, trade},
	} {
		t.Run(name, func(t *testing.T) {
			claims := r.token(t, weak.Authorize("app", idptest.Redirect, c.pairs...))
			if claims["acr"] != c.acr || claims["sekisho_level"] != "urn:sekisho:acr:email" {
				t.Errorf("acr %v level %v, want %s", claims["acr"], claims["sekisho_level"], c.acr)
			}
		})
	}
	t.Run("SU-02 a stronger sign-in meets a weaker ask", func(t *testing.T) {
		if claims := r.token(t, r.b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:acr:email")); claims["acr"] != "urn:sekisho:acr:email" || claims["sekisho_level"] != "urn:sekisho:acr:mfa" {
			t.Errorf("claims %v", claims)
		}
	})
}

// SU-03 SU-06: a step-up that is declined, failed or answered by somebody else leaves the
// session what it was.
func TestFailedStepUp(t *testing.T) {
	r := newRig(t)
	hanako := r.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	mine, hers := r.withPasskey(r.taro), r.withPasskey(hanako)
	still := func(t *testing.T) {
		t.Helper()
		claims := r.token(t, r.b.Authorize("app", idptest.Redirect, "prompt", "none"))
		if claims["sub"] != r.taro.Subject || claims["acr"] != assurance.MFA.ACR() {
			t.Fatalf("SU-03: the session is now %v at %v", claims["sub"], claims["acr"])
		}
		r.refused(t, r.b.Authorize("app", idptest.Redirect, "prompt", "none", "acr_values", "phr"), "interaction_required")
	}
	t.Run("SU-03 declined", func(t *testing.T) {
		r.b.Authorize("app", idptest.Redirect, "acr_values", "phr")
		r.refused(t, r.b.Submit("/cancel"), "access_denied")
		still(t)
	})
	t.Run("SU-06 with another customer's passkey", func(t *testing.T) {
		r.b.Authorize("app", idptest.Redirect, "acr_values", "phr")
		if a := r.b.PasskeyAnswer(hers); a.Next != "" || a.Status < 400 || a.Error.Code == "" {
			t.Errorf("answer %+v", a)
		}
		r.b.Get(r.b.Base())
		still(t)
	})
	t.Run("SU-06 by changing the account", func(t *testing.T) {
		page := r.b.Authorize("app", idptest.Redirect, "acr_values", "phr")
		base := r.b.Base()
		csrf := page.CSRF()
		if page.Has("/account") {
			t.Error("the page offers another account")
		}
		for path, v := range map[string]url.Values{
			"/account": {"choice": {"other"}}, "/password": {"login": {hanako.LoginName}, "password": {hanako.Password}}, "/code": {"code": {hanako.TOTP()}},
		} {
			v.Set("csrf", csrf)
			if page := r.b.Post(base+path, v); page.Left != "" || page.Has("/code") {
				t.Errorf("%s leads on to %q", path, page.Left)
			}
		}
		still(t)
	})
	t.Run("SU-03 a wrong answer is no loop", func(t *testing.T) {
		r.b.Authorize("app", idptest.Redirect, "acr_values", "phr")
		base := r.b.Base()
		begun := r.b.Script(base+"/passkey/options", map[string]string{"mediation": "optional"})
		answer := mine.Get(r.b, begun)
		for _, challenge := range []string{idp.NewID(), begun.ChallengeID, begun.ChallengeID} {
			body := answer
			if challenge == begun.ChallengeID {
				body = []byte(strings.Replace(string(answer), `"signature":"`, `"signature":"AA`, 1))
			}
			if a := r.b.Script(base+"/passkey", idptest.Finish{ChallengeID: challenge, Credential: body}); a.Next != "" {
				t.Errorf("answer %+v", a)
			}
		}
		r.waits(t, r.b.Get(base), "/cancel")
		r.refused(t, r.b.Submit("/cancel"), "access_denied")
		still(t)
	})
	// Two tabs of one browser: the sign-in in the first began while nobody was signed in.
	for name, finish := range map[string]func(b *idptest.Browser, base string) (begin, end func()){
		"SU-06 a password of another customer, begun before": func(b *idptest.Browser, base string) (func(), func()) {
			return func() { b.Submit("/password", "login", hanako.LoginName, "password", hanako.Password) },
				func() { b.Get(base); b.Submit("/code", "code", hanako.TOTP()) }
		},
		"SU-06 a passkey of another customer, begun before": func(b *idptest.Browser, base string) (func(), func()) {
			var begun idptest.JSONAnswer
			return func() { begun = b.Script(base+"/passkey/options", map[string]string{"mediation": "optional"}) },
				func() {
					b.Get(base)
					if a := b.Script(base+"/passkey", idptest.Finish{ChallengeID: begun.ChallengeID, Credential: hers.Get(b, begun)}); a.Next != "" {
						t.Errorf("answer %+v", a)
					}
				}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := r.NewBrowser()
			b.Authorize("app", idptest.Redirect, "acr_values", "phr")
			base := b.Base()
			begin, end := finish(b, base)
			begin()
			b.Get("/account")
			r.Clock.Advance(30 * time.Second)
			b.PasswordSignIn(r.Provider, r.taro)
			end()
			if claims := r.token(t, b.Authorize("app", idptest.Redirect, "prompt", "none")); claims["sub"] != r.taro.Subject || claims["acr"] != assurance.MFA.ACR() {
				t.Errorf("the session is %v's at %v", claims["sub"], claims["acr"])
			}
		})
	}
	t.Run("SU-06 a login in the form does not choose the account", func(t *testing.T) {
		r.b.Authorize("app", idptest.Redirect, "max_age", "0")
		r.Clock.Advance(30 * time.Second)
		r.b.Submit("/password", "login", hanako.LoginName, "password", r.taro.Password)
		if claims := r.token(t, r.b.Submit("/code", "code", r.taro.TOTP())); claims["sub"] != r.taro.Subject {
			t.Errorf("token about %v", claims["sub"])
		}
		still(t)
	})
}

// SU-04: the level is what was proved; nothing a browser or a client says raises it.
func TestLevelIsNeverClaimed(t *testing.T) {
	r := newRig(t)
	b := r.NewBrowser()
	for _, name := range []string{"acr", "sekisho-acr", "sekisho-level", "amr"} {
		b.SetCookie(name, "phr")
	}
	b.Authorize("app", idptest.Redirect, "acr", "phr", "amr", "hwk", "level", "phr", "login_hint", r.taro.LoginName)
	r.Clock.Advance(30 * time.Second)
	b.Submit("/password", "login", r.taro.LoginName, "password", r.taro.Password, "acr", "phr", "level", "3", "method", "passkey")
	page := b.Submit("/code", "code", r.taro.TOTP(), "acr", "phr", "amr", "hwk", "auth_time", "9999999999", "user_verified", "true")
	if claims := r.token(t, page); claims["acr"] != assurance.MFA.ACR() || claims["sekisho_level"] != assurance.MFA.ACR() {
		t.Errorf("SU-04: acr %v", claims["acr"])
	}
}

// SU-05: how long a proof serves depends on what for, and is counted from that proof.
func TestStepUpFreshness(t *testing.T) {
	r := newRig(t)
	key := r.withPasskey(r.taro)
	b := r.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	if claims := r.token(t, b.PasskeySignIn(key)); claims["acr"] != "phr" {
		t.Fatalf("claims %v", claims)
	}
	t.Run("SU-05 a withdrawal is proved each time", func(t *testing.T) {
		for range 2 {
			r.Clock.Advance(time.Second)
			r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", withdrawal), "/cancel")
			claims := r.token(t, b.PasskeySignIn(key))
			if claims["acr"] != withdrawal || claims["sekisho_level"] != "phr" || int64(claims["auth_time"].(float64)) != r.Clock.Now().Unix() {
				t.Errorf("claims %v", claims)
			}
		}
	})
	t.Run("SU-05 trading for a quarter of an hour", func(t *testing.T) {
		r.Clock.Advance(14 * time.Minute)
		r.token(t, b.Authorize("app", idptest.Redirect, "acr_values", trade))
		r.Clock.Advance(2 * time.Minute)
		r.waits(t, b.Authorize("app", idptest.Redirect, "acr_values", trade), "/cancel")
		r.token(t, b.PasskeySignIn(key))
	})
	t.Run("SU-05 max_age is of the level asked for", func(t *testing.T) {
		r.Clock.Advance(10 * time.Minute)
		b.Authorize("app", idptest.Redirect, "prompt", "login")
		if claims := r.token(t, r.reauthenticate(b, r.taro)); claims["acr"] != assurance.MFA.ACR() {
			t.Fatalf("claims %v", claims)
		}
		r.token(t, b.Authorize("app", idptest.Redirect, "max_age", "300", "prompt", "none"))
		page := b.Authorize("app", idptest.Redirect, "acr_values", "phr", "max_age", "300", "prompt", "none")
		if code := page.Response(t, idptest.Redirect).Get("error"); code != "login_required" && code != "interaction_required" {
			t.Errorf("an old passkey and a new password together: %s", page.Left)
		}
	})
	t.Run("SU-05 signing in lasts eight hours", func(t *testing.T) {
		c := r.signedIn(r.taro)
		for range 15 { // to the minute: 15 × 32 = 480
			r.Clock.Advance(32 * time.Minute)
			r.token(t, c.Authorize("app", idptest.Redirect, "acr_values", assurance.MFA.ACR()))
		}
		r.Clock.Advance(time.Minute)
		r.refused(t, c.Authorize("app", idptest.Redirect, "prompt", "none"), "login_required")
	})
}
