package provider_test

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/storage/storagetest"
)

// answer is everything an outsider sees of one password attempt.
type answer struct {
	Status, Page int
	Location     string
	Body         string
	Cookies      []string
	Headers      http.Header
}

var csrfValue = regexp.MustCompile(`(name="csrf" value|data-csrf)="[^"]*"`)

// untilWhen is how long the page is good for, which goes with the time it was made.
var untilWhen = regexp.MustCompile(`\d{1,2}:\d{2}`)

// tryPassword posts a name and a password from a new interaction and follows to the page.
func tryPassword(b *idptest.Browser, login, password string) answer {
	b.T.Helper()
	b.Authorize("app", idptest.Redirect)
	base := b.Base()
	id := strings.TrimPrefix(base, "/interaction/")
	x := listen(b)
	b.Post(base+"/password", form(b.Page.CSRF(), "login", login, "password", password))
	b.Client.Transport = x.next
	post := x.seen[0]
	a := answer{Status: post.StatusCode, Page: b.Page.Status, Location: replaceAll(post.Header.Get("Location"), id, "ID"), Headers: post.Header.Clone()}
	for _, c := range post.Cookies() {
		a.Cookies = append(a.Cookies, c.Name)
	}
	for _, name := range []string{"X-Request-Id", "Date", "Location", "Set-Cookie"} {
		a.Headers.Del(name)
	}
	a.Body = untilWhen.ReplaceAllString(csrfValue.ReplaceAllString(b.Page.Body, `$1="TOKEN"`), "CLOCK")
	a.Body = replaceAll(replaceAll(a.Body, id, "ID"), login, "LOGIN")
	return a
}

func differ(t *testing.T, name string, got, want answer) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %d %d %q %v %v\nwant %d %d %q %v %v\n%s", name, got.Status, got.Page, got.Location, got.Cookies, got.Headers,
			want.Status, want.Page, want.Location, want.Cookies, want.Headers, firstDifference(got.Body, want.Body))
	}
}

func firstDifference(a, b string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			from := max(0, i-60)
			return fmt.Sprintf("%q, not %q", a[from:min(len(a), i+60)], b[from:min(len(b), i+60)])
		}
	}
	return ""
}

// PW-08, OT-12: an outsider cannot tell whether, or in what state, an account exists.
func TestRefusedPasswordsAreAlike(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Throttle.Address, c.Throttle.Network = config.Rate{}, config.Rate{} }})
	p.NewRelyingParty("app", nil)
	p.AddAccount(idptest.Customer{Login: "10000001"})
	p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	withKey := p.AddAccount(idptest.Customer{Login: "10000003", TOTP: true})
	p.GivePasskey(withKey, nil)
	locked := p.AddAccount(idptest.Customer{Login: "10000004", TOTP: true})
	if err := p.Store.SetAccountStatus(t.Context(), locked.ID, idp.AccountLocked, idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	p.Invited("10000005")
	p.PasskeyOnly("10000006")
	cases := []struct{ name, login, password string }{
		{"wrong password", "10000001", "wrong"},
		{"unknown", "19999999", "wrong"},
		{"unknown mail address", "nobody@mail.example", "wrong"},
		{"mail address", "10000002@mail.example", "wrong"},
		{"with an app", "10000002", "wrong"},
		{"with a passkey", "10000003", "wrong"},
		{"locked by the desk, wrong", "10000004", "wrong"},
		{"locked by the desk, right", "10000004", locked.Password},
		{"invited", "10000005", "wrong"},
		{"without a password", "10000006", "wrong"},
		{"no password typed", "10000001", ""},
		{"a password beyond every limit", "10000001", strings.Repeat("x", 20_000)},
		{"unusable name", "!!!", "wrong"},
	}
	want := tryPassword(p.NewBrowser(), "10000001", "wrong")
	if want.Status != http.StatusSeeOther || !strings.Contains(want.Body, `data-code="login_failed"`) {
		t.Fatalf("%d %s", want.Status, want.Body)
	}
	for _, c := range cases {
		t.Run("PW-08 "+c.name, func(t *testing.T) {
			p.Clock.Advance(time.Second)
			runs := p.HashRuns()
			got := tryPassword(p.NewBrowser(), c.login, c.password)
			if n := p.HashRuns() - runs; n != 1 {
				t.Errorf("PW-08: %d hash runs", n)
			}
			differ(t, "PW-08", got, want)
		})
	}
	if r := p.Recorded(t, audit.SignInFailed); r.Reason != "password" || r.ClientID != "app" || r.IP == "" || r.UserAgent == "" || r.RequestID == "" {
		t.Errorf("LG-02: %+v", r)
	}
	t.Run("PW-08 B2 the growing lock is the same for a name nobody has", func(t *testing.T) {
		p := idptest.New(t, idptest.Options{})
		p.NewRelyingParty("app", nil)
		taro := p.AddAccount(idptest.Customer{Login: "10000001"})
		locks := 0
		for i := range 8 {
			runs := p.HashRuns()
			known := tryPassword(p.NewBrowser(), taro.LoginName, "wrong")
			between := p.HashRuns()
			unknown := tryPassword(p.NewBrowser(), "19999999", "wrong")
			if p.HashRuns()-between != between-runs {
				t.Errorf("PW-08: attempt %d costs differ", i+1)
			}
			differ(t, fmt.Sprintf("attempt %d", i+1), unknown, known)
			if strings.Contains(known.Body, `data-code="password_locked"`) {
				locks++
				right := tryPassword(p.NewBrowser(), taro.LoginName, taro.Password)
				differ(t, "the right password under the lock", right, known)
			}
		}
		if locks < 3 {
			t.Errorf("B2: %d of eight attempts met a lock", locks)
		}
	})
}

// lockPassword makes the account's password lock.
func lockPassword(p *idptest.Provider, a *idptest.Account) {
	for range 5 {
		tryPassword(p.NewBrowser(), a.LoginName, "wrong")
	}
}

func open(p *idptest.Provider, a *idptest.Account) bool {
	return !strings.Contains(tryPassword(p.NewBrowser(), a.LoginName, a.Password).Body, `data-code="password_`)
}

func TestGrowingLock(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Throttle.Address, c.Throttle.Network = config.Rate{}, config.Rate{} }})
	p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	jiro := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	lockPassword(p, taro)
	if r := p.Recorded(t, audit.PasswordLocked); r.AccountID != taro.ID || r.Reason != "temporary" {
		t.Errorf("LG-02 B2: %+v", r)
	}
	if open(p, taro) {
		t.Error("B2: five failures did not lock")
	}
	p.Recorded(t, audit.SignInLocked)
	if !open(p, jiro) {
		t.Error("B2: another account is locked too")
	}
	p.Clock.Advance(time.Minute + time.Second)
	tryPassword(p.NewBrowser(), taro.LoginName, "wrong") // starts the second, longer lock
	p.Clock.Advance(time.Minute + time.Second)
	if open(p, taro) {
		t.Error("B2: the second lock is no longer than the first")
	}
	p.Clock.Advance(time.Minute)
	if !open(p, taro) {
		t.Error("B2: the second lock lasts for more than two minutes")
	}
}

// PW-10: whoever locks the password locks nobody out who has a passkey.
func TestPasskeyWorksWhileThePasswordIsLocked(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Throttle.Address, c.Throttle.Network = config.Rate{}, config.Rate{} }})
	rp := p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	key := p.GivePasskey(taro, nil)
	for range 120 { // beyond every threshold and the hard cap
		tryPassword(p.NewBrowser(), taro.LoginName, "wrong")
		p.Clock.Advance(13 * time.Hour)
	}
	if open(p, taro) {
		t.Fatal("the password is not locked")
	}
	if body := tryPassword(p.NewBrowser(), taro.LoginName, "wrong").Body; !strings.Contains(body, `data-code="password_hard_locked"`) {
		t.Errorf("PW-09: a hundred failures in a row do not end it: %s", body)
	}
	b := p.NewBrowser()
	b.Authorize("app", idptest.Redirect, "acr_values", "urn:sekisho:op:withdrawal")
	page := b.UsePasskey(key)
	if a := rp.Exchange(page.Response(t, idptest.Redirect).Get("code")); a.Status != http.StatusOK {
		t.Errorf("PW-10: %d %s", a.Status, a.Body)
	}
	if page := b.Get("/account/password"); page.Status != http.StatusOK {
		t.Errorf("PW-10: %d", page.Status)
	}
}

// PW-09, OP-03: counters are in the database: a restart, or another node, forgets nothing.
func TestCountersSurviveARestart(t *testing.T) {
	store, clock := storagetest.Memory(t), idptest.NewClock()
	kek := idptest.SigningKeys(t, store, clock)
	first := idptest.New(t, idptest.Options{Store: store, Clock: clock, KEK: kek})
	first.NewRelyingParty("app", nil)
	taro := first.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	for range 3 {
		tryPassword(first.NewBrowser(), taro.LoginName, "wrong")
	}
	second := idptest.New(t, idptest.Options{Store: first.Store, Clock: first.Clock, Mail: first.Mail, KEK: kek})
	for range 2 {
		tryPassword(second.NewBrowser(), taro.LoginName, "wrong")
	}
	if open(second, taro) || open(first, taro) {
		t.Error("PW-09 OP-03: failures before the restart are forgotten")
	}
}

func TestSprayIsStopped(t *testing.T) {
	limited := func(a answer) bool { return strings.Contains(a.Body, `data-code="rate_limited"`) }
	t.Run("PW-11 IN-08 one address, whatever it claims to be", func(t *testing.T) {
		for name, via := range map[string]func(p *idptest.Provider, i int) *idptest.Browser{
			"directly": func(p *idptest.Provider, i int) *idptest.Browser {
				b := p.NewBrowser()
				b.Client.Transport = forged{fmt.Sprintf("198.51.100.%d", i)}
				return b
			},
			"through the proxy": func(p *idptest.Provider, i int) *idptest.Browser {
				return p.ViaProxy("203.0.113.7", fmt.Sprintf("198.51.100.%d", i))
			},
		} {
			var edit func(*config.Config)
			if name != "directly" {
				edit = idptest.BehindProxy
			}
			p := idptest.New(t, idptest.Options{Edit: edit})
			p.NewRelyingParty("app", nil)
			stopped := 0
			for i := range 100 {
				if limited(tryPassword(via(p, i), fmt.Sprintf("2%07d", i), "Password-2026")) {
					stopped++
				}
			}
			if stopped < 35 {
				t.Errorf("PW-11 IN-08 %s: %d of 100 stopped", name, stopped)
			}
			ips := map[string]bool{}
			for _, r := range p.Audit() {
				if r.Event == audit.SignInFailed {
					ips[r.IP] = true
				}
			}
			want := map[string]bool{"203.0.113.7": true}
			if name == "directly" {
				want = map[string]bool{"127.0.0.1": true}
			}
			if !reflect.DeepEqual(ips, want) {
				t.Errorf("IN-08 %s: the trail names %v", name, ips)
			}
		}
	})
	t.Run("PW-11 B2 many addresses, many accounts", func(t *testing.T) {
		p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
			idptest.BehindProxy(c)
			c.Throttle.Failures = config.Rate{Every: time.Second, Burst: 20}
		}})
		p.NewRelyingParty("app", nil)
		taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
		key := p.GivePasskey(taro, nil)
		for i := range 25 {
			tryPassword(p.ViaProxy(fmt.Sprintf("198.51.%d.1", i), ""), fmt.Sprintf("2%07d", i), "Password-2026")
		}
		stopped := 0
		for i := range 10 {
			if limited(tryPassword(p.ViaProxy(fmt.Sprintf("192.0.2.%d", i), ""), fmt.Sprintf("3%07d", i), "Password-2026")) {
				stopped++
			}
		}
		if stopped < 7 {
			t.Errorf("PW-11: under the alarm %d of ten from one network are stopped", stopped)
		}
		b := p.ViaProxy("192.0.2.200", "")
		b.Authorize("app", idptest.Redirect)
		if page := b.UsePasskey(key); page.Left == "" {
			t.Error("PW-10: the alarm stops passkeys")
		}
		p.Recorded(t, audit.ThrottleSpray)
	})
}

// forged claims an address that is not its own.
type forged struct{ address string }

func (f forged) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.Header.Set("X-Forwarded-For", f.address)
	out.Header.Set("X-Real-IP", f.address)
	out.Header.Set("Forwarded", "for="+f.address)
	return http.DefaultTransport.RoundTrip(out)
}
