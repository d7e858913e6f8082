package provider_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

var changing = regexp.MustCompile(`/recover/[0-9a-z]{26}|name="csrf" value="[^"]*"|data-csrf="[^"]*"|value="[0-9]{8}"|<a href="\?[^"]*"`)

// same is a page without what differs between two visits of anybody.
func same(p *idptest.Page) string { return changing.ReplaceAllString(p.Body, "…") }

// RC-01: whoever is named, the pages say and do the same, and nothing about the account changes.
func TestRecoveryTellsNobodyWhoIsACustomer(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	p.AddAccount(idptest.Customer{Login: "10000002"}).Freeze()
	p.AddAccount(idptest.Customer{Login: "10000003", Kind: idp.Corporate})
	p.Invited("10000004")
	p.PasskeyOnly("10000005")
	walk := func(login string) []string {
		b, seen := p.NewBrowser(), []string{}
		see := func(page *idptest.Page) {
			seen = append(seen, page.Header.Get("Content-Type"), http.StatusText(page.Status), same(page))
		}
		see(b.BeginRecovery(login))
		see(b.Submit("/code", "code", "000000"))
		see(b.Submit("/send"))
		for range 5 {
			see(b.Submit("/code", "code", "000000"))
		}
		see(b.Post(b.Page.Form(t, "/code").Action[:len(b.Page.Form(t, "/code").Action)-len("/code")]+"/recovery-code", url.Values{
			"csrf": {b.Page.Form(t, "/code").Values.Get("csrf")}, "recovery_code": {"0000-0000-0000-0000-0000-0000"}}))
		return seen
	}
	want := walk("10000099")
	for login, who := range map[string]string{"10000001": "known", "10000002": "locked", "10000003": "corporate", "10000004": "invited", "10000005": "without password"} {
		if got := walk(login); !slices.Equal(got, want) {
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("RC-01: %s differs from unknown at step %d:\n%s\n---\n%s", who, i/3, got[i], want[i])
				}
			}
		}
	}
	for login, mails := range map[string]int{"10000001": 1, "10000002": 0, "10000003": 1, "10000004": 0} {
		if mails > 0 {
			p.Mail.Wait(t, login+"@mail.example", notify.RecoverCode, mails)
		} else if p.Mail.Count(login+"@mail.example", notify.RecoverCode) != 0 {
			t.Errorf("RC-01: %s was sent a code", login)
		}
	}
}

// RC-01: the answer does not wait for the mail, whose sending is queued before it and done after it.
func TestRecoveryAnswersBeforeTheMail(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	a := p.AddAccount(idptest.Customer{Login: "10000001"})
	p.Mail.Break(context.DeadlineExceeded)
	if page := p.NewBrowser().BeginRecovery(a.LoginName); page.Status != http.StatusOK || !page.Has("/code") {
		t.Errorf("RC-01: %d while mail is down", page.Status)
	}
}

// RC-02: a code is of one browser's recovery, works once, ten minutes, and not after a newer one.
func TestRecoveryCodeOfTheMail(t *testing.T) {
	newRecovery := func(t *testing.T) (*idptest.Provider, *idptest.Account, *idptest.Browser, string) {
		p := idptest.New(t, idptest.Options{})
		a := p.AddAccount(idptest.Customer{Login: "10000001"})
		b := p.NewBrowser()
		b.BeginRecovery(a.LoginName)
		return p, a, b, idptest.Code(t, p.Mail.Wait(t, a.Email, notify.RecoverCode, 1))
	}
	stays := func(t *testing.T, why string, page *idptest.Page) {
		t.Helper()
		if page.Has("/recovery-code") {
			t.Error("RC-02: accepted although " + why)
		}
	}
	t.Run("RC-02 expired", func(t *testing.T) {
		p, _, b, code := newRecovery(t)
		p.Clock.Advance(10*time.Minute + time.Second)
		stays(t, "expired", b.Submit("/code", "code", code))
	})
	t.Run("RC-02 another recovery's", func(t *testing.T) {
		p, a, _, code := newRecovery(t)
		other := p.NewBrowser()
		other.BeginRecovery(a.LoginName)
		stays(t, "another recovery's", other.Submit("/code", "code", code))
	})
	t.Run("RC-02 voided by a newer request", func(t *testing.T) {
		p, a, b, code := newRecovery(t)
		p.Clock.Advance(2 * time.Minute)
		p.NewBrowser().BeginRecovery(a.LoginName)
		p.Mail.Wait(t, a.Email, notify.RecoverCode, 2)
		stays(t, "a newer one was sent", b.Submit("/code", "code", code))
	})
	t.Run("RC-02 another browser cannot open the recovery", func(t *testing.T) {
		p, _, b, _ := newRecovery(t)
		if page := p.NewBrowser().Get(b.Page.URL.Path); page.Status != http.StatusForbidden {
			t.Errorf("RC-02: %d in another browser", page.Status)
		}
	})
	t.Run("RC-02 voided by a sign-in", func(t *testing.T) {
		p, a, b, code := newRecovery(t)
		paper := p.SignedIn(a).MakeRecoveryCodes()
		b.Submit("/code", "code", code)
		b.Submit("/recovery-code", "recovery_code", paper[0])
		if page := b.Submit("/password", "new", "a brand new secret phrase"); page.Status != http.StatusGone {
			t.Errorf("RC-02: %d after the customer signed in", page.Status)
		}
		p.SignedIn(a) // with the old password
	})
}

// lostPhone is a customer with an authenticator app and recovery codes, signed in elsewhere.
type lostPhone struct {
	*idptest.Provider
	a     *idptest.Account
	old   *idptest.Browser
	paper []string
	rp    *idptest.RelyingParty
}

func loses(t *testing.T, edit func(*config.Config)) *lostPhone {
	t.Helper()
	return losesAt(t, idptest.New(t, idptest.Options{Edit: edit}))
}

// losesAt is loses at a provider that is there already.
func losesAt(t *testing.T, p *idptest.Provider) *lostPhone {
	t.Helper()
	l := &lostPhone{Provider: p, rp: p.NewRelyingParty("app", nil)}
	l.a = p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Emails: []string{"second@mail.example"}})
	l.old = p.SignedIn(l.a)
	l.paper = l.old.MakeRecoveryCodes()
	p.Clock.Advance(time.Minute)
	return l
}

// mailed gives the first proof; codes go to the security address.
func (l *lostPhone) mailed(b *idptest.Browser) *idptest.Page {
	n := l.Mail.Count("second@mail.example", notify.RecoverCode)
	b.BeginRecovery(l.a.LoginName)
	return b.Submit("/code", "code", idptest.Code(l.T, l.Mail.Wait(l.T, "second@mail.example", notify.RecoverCode, n+1)))
}

const fresh = "a brand new secret phrase"

// RC-03: either proof alone opens nothing, in whatever order posts come.
func TestRecoveryTakesTwoProofs(t *testing.T) {
	l := loses(t, nil)
	b := l.NewBrowser()
	b.BeginRecovery(l.a.LoginName)
	base, csrf := b.Page.URL.Path, b.Page.Form(t, "/code").Values.Get("csrf")
	post := func(path string, pairs ...string) *idptest.Page {
		v := url.Values{"csrf": {csrf}}
		for i := 0; i+1 < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return b.Post(base+path, v)
	}
	for path, pairs := range map[string][]string{
		"/recovery-code": {"recovery_code", l.paper[0]}, "/totp": {"code", l.a.TOTP()}, "/password": {"new", fresh}, "/lost": {"passkeys", "1", "totp", "1"},
	} {
		if page := post(path, pairs...); !page.Has("/code") {
			t.Errorf("RC-03: %s before the mailed code leads on", path)
		}
	}
	if codes, err := l.Store.RecoveryCodes(t.Context(), l.a.ID); err != nil || codes.Left != 10 {
		t.Errorf("RC-03: a recovery code was used up without the mailed one: %+v %v", codes, err)
	}
	b.Submit("/code", "code", idptest.Code(t, l.Mail.Wait(t, "second@mail.example", notify.RecoverCode, 1)))
	if page := post("/password", "new", fresh); !page.Has("/recovery-code") {
		t.Error("RC-03: the mailed code alone leads to a new password")
	}
	if page := b.Submit("/recovery-code", "recovery_code", "0000-0000-0000-0000-0000-0000"); page.Has("/password") {
		t.Error("RC-03: a wrong second proof is accepted")
	}
	l.SignedIn(l.a) // with the old password
}

// RC-04 SE-07 RT-09: after a recovery nobody is signed in, everything from before is dead
// and every address knows.
func TestRecoveryConsequences(t *testing.T) {
	l := loses(t, nil)
	tokens := l.rp.Grant(l.old, "scope", "openid offline_access")
	b := l.NewBrowser()
	l.mailed(b)
	b.Submit("/recovery-code", "recovery_code", l.paper[0])
	page := b.Submit("/password", "new", fresh, "lost_totp", "1")
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "パスワードを設定しました") && !strings.Contains(page.Body, "Your password is set") {
		t.Fatalf("not recovered: %d %s", page.Status, page.Body)
	}
	if b.Get("/account").Has("/account/logout") {
		t.Error("RC-04: the recovery signed somebody in")
	}
	if l.old.Get("/account").Has("/account/logout") || len(l.a.Sessions()) != 0 {
		t.Error("RC-04 SE-07: a session from before lives")
	}
	if l.rp.Refresh(tokens.String("refresh_token")).Status == http.StatusOK || l.rp.Active(tokens.String("access_token")) {
		t.Error("RC-04 RT-09: tokens from before live")
	}
	for _, address := range []string{l.a.Email, "second@mail.example"} {
		for _, kind := range []notify.Kind{notify.Recovered, notify.RecoveryCodeUsed, notify.TOTPRemoved, notify.RecoveryCodesCreated} {
			l.Mail.Wait(t, address, kind, 1)
		}
	}
	for _, event := range []string{audit.RecoveryBegun, audit.RecoveryProved, audit.RecoveryCodeUsed, audit.RecoveryCompleted, audit.TOTPRemoved, audit.RecoveryCodesCreated} {
		if r := l.Recorded(t, event); r.AccountID != l.a.ID || r.IP == "" {
			t.Errorf("RC-04: record %+v", r)
		}
	}
	l.a.Password, l.a.Secret = fresh, "" // the app is gone: a mailed code follows the password
	again := l.NewBrowser()
	again.Get("/account")
	n := l.Mail.Count(l.a.Email, notify.SignInCode)
	again.Submit("/password", "login", l.a.LoginName, "password", fresh)
	if again.Page.Has("/code/send") && n == l.Mail.Count(l.a.Email, notify.SignInCode) {
		t.Log("an address is chosen first")
	}
	if strings.Contains(again.Page.Body, "login_failed") {
		t.Error("RC-04: the new password is refused")
	}
}

// RC-02 RC-06: a finished recovery is finished; reading a page finishes nothing.
func TestRecoveryFinishesOnceAndByPostOnly(t *testing.T) {
	l := loses(t, nil)
	b := l.NewBrowser()
	l.mailed(b)
	b.Submit("/recovery-code", "recovery_code", l.paper[0])
	ready := *b.Page
	before, err := l.Store.Interaction(t.Context(), strings.TrimPrefix(ready.URL.Path, "/recover/"))
	if err != nil {
		t.Fatal(err)
	}
	page := b.Get(ready.URL.Path + "?code=123456&new=x")
	if after, err := l.Store.Interaction(t.Context(), before.ID); err != nil || after.Version != before.Version {
		t.Errorf("RC-06: a GET changed the recovery (%v)", err)
	}
	if got := page.Header.Get("Referrer-Policy"); got != "no-referrer" {
		t.Errorf("RC-06: Referrer-Policy %q", got)
	}
	f := ready.Form(t, "/password")
	f.Values.Set("new", fresh)
	if page := b.Post(f.Action, f.Values); page.Status != http.StatusOK {
		t.Fatalf("not recovered: %d", page.Status)
	}
	f.Values.Set("new", "yet another secret phrase")
	if page := b.Post(f.Action, f.Values); page.Status != http.StatusGone {
		t.Errorf("RC-02: a second completion: %d", page.Status)
	}
	other := l.NewBrowser()
	l.Clock.Advance(10 * time.Minute)
	l.mailed(other)
	if other.Submit("/recovery-code", "recovery_code", l.paper[0]).Has("/password") {
		t.Error("OT-11: a recovery code serves twice")
	}
	if !other.Submit("/recovery-code", "recovery_code", strings.ToLower(strings.ReplaceAll(l.paper[1], "-", " "))).Has("/password") {
		t.Error("OT-11: a code typed in small letters with blanks is refused")
	}
}

// A8: corporate customers, and everybody where policy has no passwords (PA-12), are told
// whom to ask only after both proofs; nothing is changed.
func TestRecoveryRefused(t *testing.T) {
	for name, c := range map[string]struct {
		kind idp.AccountKind
		edit func(*config.Config)
	}{
		"A8 corporate":       {kind: idp.Corporate},
		"PA-12 no passwords": {kind: idp.Personal, edit: func(c *config.Config) { c.Assurance.PasswordAllowed = false }},
	} {
		t.Run(name, func(t *testing.T) {
			p := idptest.New(t, idptest.Options{Edit: c.edit})
			a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Kind: c.kind})
			b := p.NewBrowser()
			b.MailedProof(p, a)
			p.Clock.Advance(31 * time.Second)
			before := *b.Page
			page := b.Submit("/totp", "code", a.TOTP())
			if page.Status != http.StatusForbidden || page.Has("/password") || !strings.Contains(page.Body, "0120-000-000") {
				t.Errorf("%s: %d %s", name, page.Status, page.Body)
			}
			f := before.Form(t, "/totp")
			f.Values.Set("new", fresh)
			if page := b.Post(strings.TrimSuffix(f.Action, "/totp")+"/password", f.Values); page.Status != http.StatusForbidden {
				t.Errorf("%s: the password was set: %d", name, page.Status)
			}
			p.Recorded(t, audit.RecoveryRefused)
			if pw, err := p.Store.Password(t.Context(), a.ID, idp.LoginPassword); err != nil || pw.ChangedAt.After(p.Clock.Now().Add(-30*time.Second)) {
				t.Errorf("%s: password %v %v", name, pw, err)
			}
		})
	}
}

// RC-03: a passkey is a second proof for its own account only.
func TestRecoveryByPasskey(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	a, other := p.AddAccount(idptest.Customer{Login: "10000001"}), p.AddAccount(idptest.Customer{Login: "10000002"})
	key, stranger := p.GivePasskey(a, nil), p.GivePasskey(other, nil)
	b := p.NewBrowser()
	b.MailedProof(p, a)
	base := b.Page.URL.Path
	answer := func(d *idptest.Device) idptest.JSONAnswer {
		begun := b.Script(base+"/passkey/options", map[string]string{"mediation": "optional"})
		return b.Script(base+"/passkey", idptest.Finish{ChallengeID: begun.ChallengeID, Credential: d.Get(t, begun.PublicKey)})
	}
	if got := answer(stranger); got.Next != "" || got.Status != http.StatusUnprocessableEntity {
		t.Errorf("RC-03: another customer's passkey: %d %q", got.Status, got.Next)
	}
	if got := answer(key); got.Next != base {
		t.Fatalf("the customer's own passkey: %d %+v", got.Status, got.Error)
	}
	if !b.Get(base).Has("/password") {
		t.Error("no way to a new password after both proofs")
	}
}

// RC-01 PA-12: wrong proofs lock the recovery, and nothing else.
func TestRecoveryLocksItselfOnly(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	a := p.AddAccount(idptest.Customer{Login: "10000001"})
	key := p.GivePasskey(a, nil)
	stranger := p.NewBrowser()
	stranger.BeginRecovery(a.LoginName)
	p.Mail.Wait(t, a.Email, notify.RecoverCode, 1)
	for range 6 {
		stranger.Submit("/code", "code", "000000")
	}
	if !strings.Contains(stranger.Page.Body, `data-code="code_locked"`) {
		t.Fatalf("six wrong codes: %s", stranger.Page.Body)
	}
	b := p.NewBrowser()
	b.Get("/account")
	if !b.UsePasskey(key).Has("/account/logout") {
		t.Error("a locked recovery locks the passkey")
	}
	p.SignedIn(a) // and not the password either
	p.Clock.Advance(2 * time.Minute)
	b = p.NewBrowser()
	b.MailedProof(p, a)
}

// OT-11: codes are made behind a fresh strong proof, shown once, counted, and replaced.
func TestRecoveryCodesOfTheSecurityCentre(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := p.SignedIn(a)
	if page := b.Get("/account"); !strings.Contains(page.Body, `class="aside"`) || strings.Count(page.Body, "/account/recovery-codes") < 2 {
		t.Error("OT-11: not offered as the next step")
	}
	first := b.MakeRecoveryCodes()
	if got := b.Page.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		t.Errorf("OT-11: Cache-Control %q", got)
	}
	if again := idptest.PaperCodes(b.Get("/account/recovery-codes")); len(again) != 0 {
		t.Error("OT-11: shown a second time")
	}
	if strings.Contains(p.Logs.String(), first[0]) {
		t.Error("OT-11: a code in the log")
	}
	second := b.MakeRecoveryCodes()
	if slices.ContainsFunc(second, func(c string) bool { return slices.Contains(first, c) }) {
		t.Error("OT-11: a code of the first set in the second")
	}
	r := p.NewBrowser()
	p.Clock.Advance(time.Minute)
	r.MailedProof(p, a)
	if r.Submit("/recovery-code", "recovery_code", first[0]).Has("/password") {
		t.Error("OT-11: a code of the replaced set works")
	}
	if !r.Submit("/recovery-code", "recovery_code", second[0]).Has("/password") {
		t.Error("OT-11: a code of the new set does not work")
	}
	if page := b.Get("/account"); !strings.Contains(page.Body, "9") {
		t.Error("OT-11: how many are left is not shown")
	}
	p.Clock.Advance(10 * time.Minute)
	if page := b.Get("/account/recovery-codes"); page.URL.Path == "/account/recovery-codes" {
		t.Error("OT-11: no fresh proof asked for")
	}
}
