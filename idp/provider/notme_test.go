package provider_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

var stopCodeShape = regexp.MustCompile(`[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}`)

// stopCode is the stop code of a mail about a sign-in.
func stopCode(t *testing.T, mail notify.Mail) string {
	t.Helper()
	code := stopCodeShape.FindString(mail.Text)
	if code == "" {
		t.Fatalf("no stop code in %q:\n%s", mail.Subject, mail.Text)
	}
	return code
}

// disown types a customer code and a stop code into /notme in a browser nobody knows.
func disown(p *idptest.Provider, login, code string) *idptest.Page {
	b := p.NewBrowser()
	b.Get("/notme")
	return b.Submit("/notme", "login", login, "code", code)
}

// frozen reports whether a page says that an account is stopped now.
func frozen(page *idptest.Page) bool {
	return page.Status == http.StatusOK && strings.Contains(page.Body, "口座のご利用を停止しました")
}

func (r *rig) account(a *idptest.Account) *idp.Account {
	r.t.Helper()
	got, err := r.Store.Account(context.Background(), a.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

// B1: somebody who knows the password and holds the app signs in, adds a passkey, and the
// customer, with nothing but the mail, stops the account everywhere.
func TestThisWasNotMe(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	r := &rig{Provider: p, t: t, rp: p.NewRelyingParty("app", nil)}
	hanako := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Emails: []string{"security@codes.example"}})
	p.Clock.Advance(time.Hour)
	hers := p.GivePasskey(hanako, nil)
	intruder := p.NewBrowser()
	refresh := r.rp.SignIn(intruder, hanako, "scope", "openid offline_access").String("refresh_token")
	mail := p.Mail.Wait(t, hanako.Email, notify.NewDevice, 1)
	for _, says := range []string{"Chrome", "127.0.0.1", "身に覚えのないログイン", "停止コード"} {
		if !strings.Contains(mail.Text, says) {
			t.Errorf("B1, SE-12: the mail does not say %q:\n%s", says, mail.Text)
		}
	}
	if p.Mail.Wait(t, "security@codes.example", notify.NewDevice, 1).Text == "" {
		t.Error("B1: the security address is not told")
	}
	p.Clock.Advance(10 * time.Minute)
	intruder.Get("/account/passkeys/add")
	intruder.UsePasskey(hers) // the account's strongest, freshly
	theirs := addPasskey(t, p, intruder, hanako)
	p.Clock.Advance(time.Minute)

	if page := disown(p, "10000001", stopCode(t, mail)); !frozen(page) || !strings.Contains(page.Body, "0120-000-000") || !strings.Contains(page.Body, "平日") {
		t.Fatalf("B1, E6: %d %s", page.Status, page.Body)
	}
	if got := r.account(hanako); got.Status != idp.AccountLocked || got.LockReason != idp.LockedNotMe || !got.LockedAt.Equal(p.Clock.Now()) {
		t.Errorf("B1: account %+v", got)
	}
	for _, to := range []string{hanako.Email, "security@codes.example"} {
		p.Mail.Wait(t, to, notify.AccountFrozen, 1)
	}
	if len(hanako.Sessions()) != 0 || r.grants(hanako) != 0 || intruder.Get("/account").Has("/account/logout") {
		t.Error("B1: the intruder is still signed in")
	}
	if a := r.rp.Refresh(refresh); a.Status != http.StatusBadRequest {
		t.Errorf("B1: an offline grant goes on: %d", a.Status)
	}
	if rec := p.Recorded(t, audit.AccountLocked); rec.Reason != "not_me" || rec.Actor != audit.Customer || rec.AccountID != hanako.ID || rec.RequestID == "" {
		t.Errorf("LG-02: %+v", rec)
	}
	if rec := p.Recorded(t, audit.AuthenticatorSuspended); rec.Detail["kind"] != "passkey" || rec.AccountID != hanako.ID {
		t.Errorf("LG-02: %+v", rec)
	}
	r.unlocksWithout(hanako, hers, theirs)
}

// unlocksWithout is the desk's part: after the unlock the customer is in, the intruder's
// passkey is not until the desk lifts its suspension.
func (r *rig) unlocksWithout(a *idptest.Account, good, suspended *idptest.Device) {
	r.t.Helper()
	ctx := context.Background()
	if signsIn(r.Provider, good) {
		r.t.Error("B1: somebody signed in to a frozen account")
	}
	if err := r.Store.SetAccountStatus(ctx, a.ID, idp.AccountActive, idp.Effects{}); err != nil {
		r.t.Fatal(err)
	}
	if !signsIn(r.Provider, good) {
		r.t.Error("B1: the customer's own passkey is of no use after the unlock")
	}
	if signsIn(r.Provider, suspended) {
		r.t.Error("B1: a suspended passkey signs in")
	}
	list, err := r.Store.SuspendedAuthenticators(ctx, a.ID)
	if err != nil || len(list) != 1 {
		r.t.Fatalf("suspended %+v: %v", list, err)
	}
	if _, err := r.Store.RestoreAuthenticators(ctx, a.ID, []string{list[0].ID}, nil); err != nil {
		r.t.Fatal(err)
	}
	if !signsIn(r.Provider, suspended) {
		r.t.Error("B1: a restored passkey is of no use")
	}
}

// signsIn tries a passkey in a new browser.
func signsIn(p *idptest.Provider, d *idptest.Device) bool {
	b := p.NewBrowser()
	b.Get("/account")
	b.AnswerPasskey(d)
	return b.Get("/account").Has("/account/logout")
}

// B1: a stop code is one account's, works once, in the form people type it, and not for
// ever; every failure is the same answer.
func TestStopCodeRefusals(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	r := &rig{Provider: p, t: t}
	hanako, taro := p.AddAccount(idptest.Customer{Login: "10000001"}), p.AddAccount(idptest.Customer{Login: "10000002"})
	p.Clock.Advance(time.Hour)
	p.SignedIn(hanako)
	p.SignedIn(taro)
	hers, his := stopCode(t, p.Mail.Wait(t, hanako.Email, notify.NewDevice, 1)), stopCode(t, p.Mail.Wait(t, taro.Email, notify.NewDevice, 1))
	same := map[string]bool{}
	refused := func(name, login, code string) {
		t.Helper()
		page := disown(p, login, code)
		body := regexp.MustCompile(`value="[^"]*"`).ReplaceAllString(page.Body, "")
		same[body] = true
		if page.Status != http.StatusOK || frozen(page) || !strings.Contains(page.Body, `data-code="stop_code_failed"`) {
			t.Errorf("B1 %s: %d %s", name, page.Status, page.Body)
		}
	}
	refused("another account's code", "10000001", his)
	refused("no such account", "99999999", hers)
	refused("no account at all", "\x00", hers)
	refused("a wrong code", "10000001", "0000-0000-0000-0000")
	refused("no code", "10000001", "")
	refused("a flood", "10000001", strings.Repeat("A", 5000))
	if rec := p.Recorded(t, audit.StopCodeFailed); rec.Result != audit.Denied {
		t.Errorf("LG-02: %+v", rec)
	}
	if got := r.account(hanako); got.Status != idp.AccountActive {
		t.Errorf("B1: frozen by %v", got.LockReason)
	}
	if page := disown(p, hanako.Email, strings.ToLower(strings.ReplaceAll(hers, "-", " "))); !frozen(page) {
		t.Errorf("B1: as people type it: %s", page.Body)
	}
	refused("a used code", "10000001", hers)
	p.Clock.Advance(7*24*time.Hour + time.Second)
	refused("an old code", "10000002", his)
	if len(same) != 1 {
		t.Errorf("B1: %d different answers", len(same))
	}
	if got := r.account(taro); got.Status != idp.AccountActive {
		t.Error("B1: an expired code froze an account")
	}
}

// B1: tries at stop codes are limited by address, and never by account: a stranger cannot
// keep a customer from the brake.
func TestStopCodesAreThrottledByAddressOnly(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		idptest.BehindProxy(c)
		c.Throttle.Address = config.Rate{Every: time.Minute, Burst: 3}
	}})
	hanako := p.AddAccount(idptest.Customer{Login: "10000001"})
	p.Clock.Advance(time.Hour)
	b := p.ViaProxy("203.0.113.7", "")
	b.SignIn(p, hanako)
	code := stopCode(t, p.Mail.Wait(t, hanako.Email, notify.NewDevice, 1))
	try := func(address, code string) *idptest.Page {
		b := p.ViaProxy(address, "")
		b.Get("/notme")
		return b.Submit("/notme", "login", "10000001", "code", code)
	}
	limited := false
	for range 12 {
		limited = limited || strings.Contains(try("198.51.100.9", "0000-0000-0000-0000").Body, `data-code="rate_limited"`)
	}
	if !limited || frozen(try("198.51.100.9", code)) {
		t.Error("B1: one address tries as often as it likes")
	}
	if page := try("203.0.113.8", code); !frozen(page) {
		t.Errorf("B1: a stranger's tries keep the customer out: %s", page.Body)
	}
}

// B1: of many who use one code at once exactly one freezes, and one mail goes out.
func TestStopCodeIsUsedOnceOverHTTP(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	hanako := p.AddAccount(idptest.Customer{Login: "10000001"})
	p.Clock.Advance(time.Hour)
	p.SignedIn(hanako)
	code := stopCode(t, p.Mail.Wait(t, hanako.Email, notify.NewDevice, 1))
	var group sync.WaitGroup
	pages := make([]*idptest.Page, 10)
	browsers := make([]*idptest.Browser, len(pages))
	for i := range browsers {
		browsers[i] = p.NewBrowser()
		browsers[i].Get("/notme")
	}
	for i, b := range browsers {
		group.Go(func() { pages[i] = b.Submit("/notme", "login", "10000001", "code", code) })
	}
	group.Wait()
	won := 0
	for _, page := range pages {
		if frozen(page) {
			won++
		}
	}
	p.Mail.Wait(t, hanako.Email, notify.AccountFrozen, 1)
	if won != 1 || p.Mail.Count(hanako.Email, notify.AccountFrozen) != 1 {
		t.Errorf("B1: %d froze, %d mails", won, p.Mail.Count(hanako.Email, notify.AccountFrozen))
	}
}

// B1, A4: a sign-in from a known browser is mailed too, with a code of its own, to the
// security address where there is one; unless the customer does without.
func TestEverySignInIsMailed(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	r := &rig{Provider: p, t: t}
	const security = "security@codes.example"
	hanako := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Emails: []string{security}})
	b := p.SignedIn(hanako)
	again := func() {
		p.Clock.Advance(time.Minute)
		b.Get("/account")
		b.Submit("/account/logout")
		b.SignIn(p, hanako)
	}
	again()
	mail := p.Mail.Wait(t, security, notify.SignIn, 1)
	if n := p.Mail.Count(hanako.Email, notify.SignIn); n != 0 {
		t.Errorf("A4: an optional mail went to %d other addresses", n)
	}
	first := stopCode(t, mail)
	again()
	p.Mail.Wait(t, security, notify.SignIn, 2)

	page := b.Get("/account/notifications")
	if !strings.Contains(page.Body, `name="sign_in" value="1" checked`) || !strings.Contains(page.Body, "出金のお申し込み") || strings.Contains(page.Body, security) {
		t.Errorf("A4, A11: %s", page.Body)
	}
	token := page.CSRF()
	if page := b.Post("/account/notifications", form(token, "new_device", "", "withdrawal_requested", "")); page.URL.RawQuery != "done=notifications_saved" {
		t.Errorf("A4: %d %s", page.Status, page.URL)
	}
	for _, to := range []string{hanako.Email, security} {
		p.Mail.Wait(t, to, notify.NotificationsChanged, 1) // nobody silences an account unseen
	}
	if rec := p.Recorded(t, audit.NotificationChanged); rec.Detail["kind"] != "sign_in" || rec.Detail["wanted"] != "no" {
		t.Errorf("LG-02: %+v", rec)
	}
	again()
	if n := p.Mail.Count(security, notify.SignIn); n != 2 {
		t.Errorf("A4: %d mails about sign-ins, switched off after 2", n)
	}
	p.SignedIn(hanako) // a browser nobody knows
	p.Mail.Wait(t, security, notify.NewDevice, 2)
	p.Mail.Wait(t, hanako.Email, notify.NewDevice, 2) // A4: never which critical ones
	b.Get("/account/notifications")
	b.Post("/account/notifications", form(b.Page.CSRF(), "sign_in", "1"))
	again()
	p.Mail.Wait(t, security, notify.SignIn, 3)
	if page := disown(p, "10000001", first); !frozen(page) || r.account(hanako).Status != idp.AccountLocked {
		t.Error("B1: the code of a known browser's mail does not stop the account")
	}
}

// D4 B1: what a stolen session may do is in the customer's own list, in plain words, and
// nothing that is not theirs or not for them.
func TestRecentActivity(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	hanako, taro := p.AddAccount(idptest.Customer{Login: "10000001"}), p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	p.SignedIn(taro)
	stranger := p.NewBrowser()
	stranger.Get("/account")
	stranger.Submit("/password", "login", "10000001", "password", "guess, guess")
	b := p.AtEnrolment(hanako)
	addPasskey(t, p, b, hanako)
	if err := p.Recorder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := b.Get("/account/history")
	for _, says := range []string{"ログインしました", "ログインに失敗しました", "パスキーを登録しました", "メールの確認コード", "Chrome", "この端末"} {
		if !strings.Contains(page.Body, says) {
			t.Errorf("the list does not say %q:\n%s", says, page.Body)
		}
	}
	for _, hides := range []string{"認証アプリ</span>", "signin.", "token", hanako.ID, "127.0.0.1", "credential", "aaguid", "設定の変更</p>"} {
		if strings.Contains(page.Body, hides) {
			t.Errorf("the list says %q", hides)
		}
	}
	if page := b.Get("/account/history?lang=en"); !strings.Contains(page.Body, "A passkey was added") {
		t.Errorf("English: %s", page.Body)
	}
	for range 60 {
		p.Recorder.Record(t.Context(), idp.AuditRecord{Event: audit.TOTPFailed, Result: audit.Denied, Actor: audit.Customer, AccountID: hanako.ID})
	}
	if err := p.Recorder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.Get("/account/history").Body, "<time "); n != 50 {
		t.Errorf("%d entries, want the last 50", n)
	}
}
