package provider_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// unlimited takes the limits by network address away, so that what is shown is the limit
// by account and flow.
func unlimited(c *config.Config) {
	c.Throttle.Address, c.Throttle.Network = config.Rate{}, config.Rate{}
	c.Throttle.SendAccount, c.Throttle.SendMailbox, c.Throttle.SendAddress = config.Rate{}, config.Rate{}, config.Rate{}
}

// atCode is a new browser on the code page of a sign-in, the password given.
func atCode(p *idptest.Provider, a *idptest.Account) *idptest.Browser {
	p.T.Helper()
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	if page := b.Submit("/password", "login", a.LoginName, "password", a.Password); !page.Has("/code") {
		p.T.Fatalf("no code page: %s", page.Body)
	}
	return b
}

func notice(page *idptest.Page) string {
	_, rest, _ := strings.Cut(page.Body, `data-code="`)
	code, _, _ := strings.Cut(rest, `"`)
	return code
}

func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// OT-01, E1: a code is accepted once, wherever it is shown again.
func TestTOTPIsUsedOnce(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	waiting := atCode(p, taro)
	b := atCode(p, taro)
	code := taro.TOTP()
	if page := b.Submit("/code", "code", code[:3]+" "+code[3:]); page.Left == "" { // E3, typed as the app shows it
		t.Fatalf("%s", page.Body)
	}
	for name, again := range map[string]func() *idptest.Page{
		"OT-01 E1 another session":    func() *idptest.Page { return waiting.Submit("/code", "code", code) },
		"OT-01 check at an enrolment": func() *idptest.Page { b.Get("/account/passkeys/add"); return b.Submit("/code", "code", code) },
		"OT-01 removing the app": func() *idptest.Page {
			b.Get("/account/totp/remove")
			return b.Submit("/account/totp/remove", "code", code)
		},
	} {
		if page := again(); page.Left != "" || notice(page) != "code_wrong" {
			t.Errorf("%s: %d %s %s", name, page.Status, page.URL, notice(page))
		}
	}
	if r := p.Recorded(t, audit.TOTPReplayed); r.AccountID != taro.ID {
		t.Errorf("LG-02: %+v", r)
	}
	if _, err := p.Store.TOTP(t.Context(), taro.ID); err != nil {
		t.Errorf("OT-01: the app was removed by a used code: %v", err)
	}
	// Nor is it in the step after, whatever second of its own it was used in.
	p.Clock.Advance(30 * time.Second)
	if page := waiting.Submit("/code", "code", codeAt(t, taro.Secret, p.Clock.Now().Add(-30*time.Second))); page.Left != "" {
		t.Error("OT-01: an earlier step after a later one")
	}
	if page := waiting.Submit("/code", "code", taro.TOTP()); page.Left == "" {
		t.Errorf("the next code: %s", notice(page))
	}
}

// OT-04: one step of drift to either side.
func TestTOTPWindow(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	for steps, right := range map[int]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		a := p.AddAccount(idptest.Customer{Login: "2" + idp.NewID()[:7], TOTP: true})
		page := atCode(p, a).Submit("/code", "code", codeAt(t, a.Secret, p.Clock.Now().Add(time.Duration(steps)*30*time.Second)))
		if (page.Left != "") != right {
			t.Errorf("OT-04 %+d steps: accepted %v", steps, page.Left != "")
		}
	}
}

// OT-02: of fifty browsers with one code, one gets in.
func TestOneTOTPCodeFiftyTimes(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { unlimited(c); c.Throttle.TOTP.Threshold = 1000 }})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	browsers := make([]*idptest.Browser, 50)
	for i := range browsers {
		browsers[i] = atCode(p, taro)
	}
	code := taro.TOTP()
	won := race(50, func(i int) bool { return browsers[i].Submit("/code", "code", code).Left != "" })
	if won != 1 || len(taro.Sessions()) != 1 {
		t.Errorf("OT-02: %d of fifty got in, %d sessions", won, len(taro.Sessions()))
	}
}

// OT-03, E5: wrong codes are counted for the customer and the factor, wherever they come from.
func TestWrongCodesAreCounted(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { idptest.BehindProxy(c); unlimited(c) }})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	for i := range 5 { // a new flow, browser and address each time, and a right password between
		b := p.ViaProxy("203.0.113."+string(rune('1'+i)), "")
		b.Authorize("app", idptest.Redirect)
		b.Submit("/password", "login", taro.LoginName, "password", taro.Password)
		if page := b.Submit("/code", "code", wrongCode(t, p, taro)); page.Left != "" {
			t.Fatal("a wrong code was right")
		}
	}
	b := p.ViaProxy("203.0.113.9", "")
	b.Authorize("app", idptest.Redirect)
	b.Submit("/password", "login", taro.LoginName, "password", taro.Password)
	if page := b.Submit("/code", "code", taro.TOTP()); page.Left != "" || notice(page) != "code_locked" {
		t.Errorf("OT-03: the right code after five wrong ones: %q %s", page.Left, notice(page))
	}
	p.Recorded(t, audit.TOTPFailed)
	p.Clock.Advance(time.Minute + time.Second)
	if page := b.Submit("/code", "code", taro.TOTP()); page.Left == "" {
		t.Errorf("OT-03: after the lock: %s", notice(page))
	}
	t.Run("OT-03 in parallel", func(t *testing.T) {
		jiro := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
		browsers := make([]*idptest.Browser, 20)
		for i := range browsers {
			browsers[i] = p.ViaProxy("203.0.113.9", "")
			browsers[i].Authorize("app", idptest.Redirect)
			browsers[i].Submit("/password", "login", jiro.LoginName, "password", jiro.Password)
		}
		wrong := wrongCode(t, p, jiro)
		locked := race(20, func(i int) bool { return notice(browsers[i].Submit("/code", "code", wrong)) == "code_locked" })
		if locked < 15 {
			t.Errorf("OT-03: %d of twenty parallel guesses met the lock", locked)
		}
	})
}

// wrongCode is a code that is wrong now.
func wrongCode(t *testing.T, p *idptest.Provider, a *idptest.Account) string {
	t.Helper()
	var right []string
	for _, step := range []int{-1, 0, 1} {
		right = append(right, codeAt(t, a.Secret, p.Clock.Now().Add(time.Duration(step)*30*time.Second)))
	}
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		if !slices.Contains(right, code) {
			return code
		}
	}
	return "444444"
}

var shownSecret = regexp.MustCompile(`otpauth://totp/[^"&?]*\?[^"]*`)

func secretOn(t *testing.T, page *idptest.Page) string {
	t.Helper()
	uri := shownSecret.FindString(page.Body)
	m := regexp.MustCompile(`secret=([A-Z2-7]{32,})`).FindStringSubmatch(uri)
	if m == nil {
		t.Fatalf("no secret on %s: %s", page.URL, page.Body)
	}
	return m[1]
}

func TestTOTPEnrolment(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.NewRelyingParty("app", nil)
	hanako := p.AddAccount(idptest.Customer{Login: "10000001"})
	t.Run("OT-06 an old sign-in is asked again", func(t *testing.T) {
		b := p.SignedIn(hanako)
		p.Clock.Advance(6 * time.Minute)
		if page := b.Get("/account/totp"); !page.Has("/password") || shownSecret.MatchString(page.Body) {
			t.Errorf("OT-06: %s", page.Body)
		}
	})
	b := p.SignedIn(hanako)
	page := b.Get("/account/totp")
	secret := secretOn(t, page)
	t.Run("OT-05 160 bits, shown with an escaped label", func(t *testing.T) {
		if len(secret) != 32 {
			t.Errorf("OT-05: %d characters", len(secret))
		}
		if again := secretOn(t, b.Get("/account/totp")); again != secret {
			t.Error("a reload changed the secret under the customer's hands")
		}
	})
	t.Run("OT-06 not usable before it is confirmed", func(t *testing.T) {
		other := atCode(p, hanako)
		if !other.Page.Has("/code/send") {
			t.Error("OT-06: an unconfirmed app is asked for at sign-in")
		}
		if page := other.Submit("/code", "code", codeAt(t, secret, p.Clock.Now())); page.Left != "" {
			t.Error("OT-06: an unconfirmed app signed in")
		}
	})
	t.Run("OT-06 another session cannot confirm it", func(t *testing.T) {
		other := p.SignedIn(hanako)
		csrf := other.Get("/account").CSRF()
		if page := other.Post("/account/totp", form(csrf, "code", codeAt(t, secret, p.Clock.Now()))); page.URL.RawQuery != "" {
			t.Errorf("OT-06: %s", page.URL)
		}
		if _, err := p.Store.TOTP(t.Context(), hanako.ID); err == nil {
			t.Error("OT-06: confirmed")
		}
	})
	t.Run("OT-06 A3 confirmed with a code", func(t *testing.T) {
		secret := secretOn(t, b.Get("/account/totp")) // the other session's visit began anew
		if page := b.Submit("/account/totp", "code", "000000"); page.URL.RawQuery != "" {
			t.Fatalf("a wrong code: %s", page.URL)
		}
		p.Clock.Advance(31 * time.Second)
		if page := b.Submit("/account/totp", "code", codeAt(t, secret, p.Clock.Now())); page.URL.RawQuery != "done=totp_added" {
			t.Fatalf("%s %s", page.URL, page.Body)
		}
		hanako.Secret = secret
		p.Mail.Wait(t, hanako.Email, notify.TOTPEnrolled, 1)
		p.Recorded(t, audit.TOTPEnrolled)
		if page := b.Get("/account"); strings.Contains(page.Body, secret) {
			t.Error("OT-05: the secret is shown again")
		}
		// E1: the confirming code counts as used.
		other := atCode(p, hanako)
		if page := other.Submit("/code", "code", hanako.TOTP()); page.Left != "" {
			t.Error("OT-01: the confirming code signed in")
		}
		p.Clock.Advance(31 * time.Second)
		if page := other.Submit("/code", "code", hanako.TOTP()); page.Left == "" {
			t.Errorf("A3: the app does not sign in: %s", notice(page))
		}
	})
	t.Run("OT-06 A3 exchanged", func(t *testing.T) {
		old := hanako.Secret
		b := p.SignedIn(hanako)
		next := secretOn(t, b.Get("/account/totp"))
		p.Clock.Advance(31 * time.Second)
		if page := atCode(p, hanako).Submit("/code", "code", codeAt(t, old, p.Clock.Now())); page.Left == "" {
			t.Error("the old app stopped before the new one was confirmed")
		}
		if page := b.Submit("/account/totp", "code", codeAt(t, old, p.Clock.Now().Add(30*time.Second))); page.URL.RawQuery != "" {
			t.Error("OT-06: the old app's code confirmed the new one")
		}
		p.Clock.Advance(31 * time.Second)
		if page := b.Submit("/account/totp", "code", codeAt(t, next, p.Clock.Now())); page.URL.RawQuery != "done=totp_added" {
			t.Fatalf("%s %s", page.URL, notice(page))
		}
		p.Mail.Wait(t, hanako.Email, notify.TOTPEnrolled, 2)
		p.Clock.Advance(31 * time.Second)
		if page := atCode(p, hanako).Submit("/code", "code", codeAt(t, old, p.Clock.Now())); page.Left != "" {
			t.Error("OT-06: the old app still signs in")
		}
		hanako.Secret = next
	})
	t.Run("OT-06 an enrolment left alone ends", func(t *testing.T) {
		b := p.SignedIn(hanako)
		pending := secretOn(t, b.Get("/account/totp"))
		stale := b.Page
		p.Clock.Advance(11 * time.Minute)
		b.Get("/account/password") // asks for a fresh sign-in of the same session
		b.Submit("/password", "password", hanako.Password)
		b.Submit("/code", "code", hanako.TOTP())
		b.Page = stale
		p.Clock.Advance(31 * time.Second)
		if page := b.Submit("/account/totp", "code", codeAt(t, pending, p.Clock.Now())); page.URL.RawQuery != "" || secretOn(t, page) == pending {
			t.Errorf("OT-06: %s", page.URL)
		}
	})
	t.Run("A3 removed against a code", func(t *testing.T) {
		b := p.SignedIn(hanako)
		b.Get("/account/totp/remove")
		if page := b.Submit("/account/totp/remove", "code", wrongCode(t, p, hanako)); notice(page) != "code_wrong" {
			t.Errorf("%s", notice(page))
		}
		p.Clock.Advance(31 * time.Second)
		if page := b.Submit("/account/totp/remove", "code", hanako.TOTP()); page.URL.RawQuery != "done=totp_removed" {
			t.Fatalf("%s %s", page.URL, notice(page))
		}
		p.Mail.Wait(t, hanako.Email, notify.TOTPRemoved, 1)
		p.Recorded(t, audit.TOTPRemoved)
		if !atCode(p, hanako).Page.Has("/code/send") {
			t.Error("the removed app is still asked for")
		}
	})
}
