package provider_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

// RFC 8628, the whole way: a terminal asks, its customer enters the code in a browser that
// runs no script, signs in, sees who asks and answers; the terminal gets its tokens.
func TestDeviceFlow(t *testing.T) {
	r := newRig(t)
	d := r.asks(t, r.terminal("lobby", nil))
	if !regexp.MustCompile(`^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$`).MatchString(d.userCode) || len(d.code) != 43 ||
		d.answer.String("verification_uri") != r.URL+"/device" || d.answer.String("verification_uri_complete") != r.URL+"/device?user_code="+d.userCode ||
		d.answer.JSON["expires_in"] != 600.0 || d.answer.JSON["interval"] != 5.0 || d.answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("answer %s", d.answer.Body)
	}
	grantRefused(t, d.poll(), "authorization_pending")

	b := r.NewBrowser()
	d.enter(b)
	r.Clock.Advance(31 * time.Second)
	page := b.PasswordSignIn(r.Provider, r.taro)
	tells(t, page, "Lobby Terminal", "127.0.0.1")
	if !page.Has("/consent") || !page.Has("/disown") {
		t.Fatalf("no page to answer on: %d %s", page.Status, page.Body)
	}
	signedIn := r.Clock.Now()
	grantRefused(t, d.poll(), "authorization_pending")
	page = b.Submit("/consent", "decision", "allow")
	if page.URL.Path != "/device/connected" || page.Status != http.StatusOK {
		t.Fatalf("%d %s", page.Status, page.URL)
	}
	mail := r.Mail.Wait(t, r.taro.Email, notify.DeviceConnected, 1)
	if strings.Contains(mail.Text, "http") || !strings.Contains(mail.Text, "127.0.0.1") {
		t.Errorf("mail:\n%s", mail.Text)
	}

	a := d.poll()
	if a.Status != http.StatusOK || a.String("refresh_token") == "" || a.String("scope") != "openid profile" {
		t.Fatalf("tokens: %d %s", a.Status, a.Body)
	}
	_, id := r.Verified(a.String("id_token"))
	_, nonce := id["nonce"]
	if nonce || id["sub"] != r.taro.Subject || id["acr"] != "urn:sekisho:acr:mfa" || id["auth_time"] != float64(signedIn.Unix()) || id["sid"] == "" || len(id["amr"].([]any)) != 3 {
		t.Errorf("claims %v", id)
	}
	if info := r.Userinfo(a.String("access_token")); info.Status != http.StatusOK {
		t.Errorf("userinfo: %d", info.Status)
	}
	if next := d.rp.Refresh(a.String("refresh_token")); next.Status != http.StatusOK {
		t.Errorf("refresh: %d %s", next.Status, next.Body)
	}
	for _, event := range []string{"device.requested", "device.approved", "device.redeemed", "token.issued"} {
		r.Recorded(t, event)
	}
	t.Run("it is among the connected apps, from where it is turned out", func(t *testing.T) {
		if page := b.Get("/account"); !page.Has("/account/apps/lobby/revoke") {
			t.Fatal("not listed")
		}
		b.Submit("/account/apps/lobby/revoke")
		if info := r.Userinfo(a.String("access_token")); info.Status != http.StatusUnauthorized {
			t.Errorf("its token is alive: %d", info.Status)
		}
		grantRefused(t, d.rp.Refresh(a.String("refresh_token")), "invalid_grant")
	})
	t.Run("the customer's history has it", func(t *testing.T) {
		tells(t, b.Get("/account/history"), "機器を接続しました")
	})
}

// How people type a code, and that a wrong one says nothing.
func TestDeviceCodeEntry(t *testing.T) {
	r := newRig(t)
	lobby := r.terminal("lobby", nil)
	typed := map[string]func(string) string{
		"small letters":        strings.ToLower,
		"without hyphen":       func(s string) string { return strings.ReplaceAll(s, "-", "") },
		"spaces":               func(s string) string { return " " + strings.ReplaceAll(s, "-", " ") + " " },
		"full width":           fullWidth,
		"a dash of another":    func(s string) string { return strings.ReplaceAll(s, "-", "–") },
		"a long vowel mark":    func(s string) string { return strings.ReplaceAll(s, "-", "ー") },
		"full-width and blank": func(s string) string { return strings.ReplaceAll(fullWidth(s), "－", "　") },
	}
	for name, as := range typed {
		t.Run(name, func(t *testing.T) {
			r.Clock.Advance(time.Minute)
			d := r.asks(t, lobby)
			b := r.NewBrowser()
			b.Get("/device")
			if page := b.Submit("/device", "user_code", as(d.userCode)); !page.Has("/password") {
				t.Fatalf("%q led to %d %s", as(d.userCode), page.Status, page.Body)
			}
		})
	}
	t.Run("unknown, another browser's, answered, expired and malformed codes say the same", func(t *testing.T) {
		r.Clock.Advance(time.Hour)
		taken := r.asks(t, lobby)
		taken.enter(r.NewBrowser())
		old := r.asks(t, lobby)
		old.Clock.Advance(11 * time.Minute)
		taken2 := r.asks(t, lobby)
		taken2.enter(r.NewBrowser())
		var first string
		for i, code := range []string{"BCDF-GHJK", taken2.userCode, old.userCode, "1234", strings.Repeat("B", 40)} {
			b := r.NewBrowser()
			b.Get("/device")
			page := b.Submit("/device", "user_code", code)
			body := strings.ReplaceAll(page.Body, page.CSRF(), "")
			tells(t, page, "このコードは使えません")
			if i == 0 {
				first = body
			}
			if body != first || page.Status != http.StatusOK || page.URL.Path != "/device" {
				t.Errorf("%s: %d %s differs", code, page.Status, page.URL)
			}
		}
		r.Recorded(t, "device.unknown")
	})
	t.Run("nothing is entered without the form's token, and nothing by GET", func(t *testing.T) {
		r.Clock.Advance(time.Hour)
		d := r.asks(t, lobby)
		b := r.NewBrowser()
		b.Get("/device")
		if page := b.Post("/device", url.Values{"user_code": {d.userCode}, "csrf": {"x"}}); page.Status != http.StatusForbidden || page.Has("/password") {
			t.Errorf("%d %s", page.Status, page.URL)
		}
		if page := b.Get("/device?user_code=" + d.userCode); page.URL.Path != "/device" || page.Has("/password") {
			t.Errorf("a link alone led to %s", page.URL)
		}
	})
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune { return r + 0xfee0 }, s)
}

// RFC 8628 5.1: guessing is slowed by browser, by address and in all.
func TestDeviceEntryThrottled(t *testing.T) {
	for name, edit := range map[string]func(*config.Device){
		"by browser": func(d *config.Device) { d.EntryBrowser = config.Rate{Every: time.Minute, Burst: 3} },
		"by address": func(d *config.Device) { d.EntryAddress = config.Rate{Every: time.Minute, Burst: 3} },
		"in all":     func(d *config.Device) { d.EntryAll = config.Rate{Every: time.Minute, Burst: 3} },
	} {
		t.Run(name, func(t *testing.T) {
			wide := config.Rate{Every: time.Millisecond, Burst: 1000}
			p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
				c.Device.EntryBrowser, c.Device.EntryAddress, c.Device.EntryAll = wide, wide, wide
				edit(&c.Device)
			}})
			r := &rig{Provider: p, t: t}
			d := r.asks(t, r.terminal("lobby", nil))
			b := p.NewBrowser()
			for range 3 {
				b.Get("/device")
				if page := b.Submit("/device", "user_code", "BCDF-GHJK"); page.Status != http.StatusOK {
					t.Fatalf("%d", page.Status)
				}
			}
			if name != "by browser" {
				b = p.NewBrowser()
			}
			if page := d.enter(b); page.Status != http.StatusTooManyRequests || page.Has("/password") {
				t.Fatalf("the right code after too many: %d %s", page.Status, page.URL)
			}
			r.Recorded(t, "throttle.limited")
			p.Clock.Advance(61 * time.Second)
			if page := d.enter(b); !page.Has("/password") {
				t.Errorf("after the wait: %d %s", page.Status, page.URL)
			}
		})
	}
}

// RFC 8628 5.4: a link that brings the code leads nowhere before the customer says that the
// device in front of them shows it; and who says that somebody sent it is told what that is.
func TestDeviceRemotePhishing(t *testing.T) {
	r := newRig(t)
	d := r.asks(t, r.terminal("lobby", nil))
	b := r.b
	page := b.Get(d.answer.String("verification_uri_complete"))
	tells(t, page, d.userCode, "だれかから送られたとき")
	if page.URL.Path != "/device" || page.Has("/consent") || len(page.Header.Values("Location")) > 0 {
		t.Fatalf("the link led to %s", page.URL)
	}
	page = b.Submit("/device")
	if !page.Has("/disown") {
		t.Fatalf("%d %s", page.Status, page.URL)
	}
	tells(t, page, "だれかからコードが送られてきましたか")
	if page = b.Submit("/disown"); page.URL.Path != "/device/disowned" {
		t.Fatalf("%d %s", page.Status, page.URL)
	}
	grantRefused(t, d.poll(), "access_denied")
	if n := r.grants(r.taro); n != 0 {
		t.Errorf("%d grants", n)
	}
	r.Recorded(t, "device.disowned")

	t.Run("what a link brings is shown only when it is a code", func(t *testing.T) {
		page := b.Get("/device?user_code=" + url.QueryEscape(`"><script>alert(1)</script>`))
		if strings.Contains(page.Body, "alert(1)") || strings.Contains(page.Body, "機器のコードと同じですか") {
			t.Error(page.Body)
		}
	})
	t.Run("what was agreed to once is asked again for the next device, also of the firm's own client", func(t *testing.T) {
		r.asks(t, d.rp).approved(b)
		next := r.asks(t, d.rp)
		if page := next.enter(b); !page.Has("/consent") {
			t.Fatalf("%d %s", page.Status, page.URL)
		}
		grantRefused(t, next.poll(), "authorization_pending")
		if page := b.Submit("/consent", "decision", "deny"); page.URL.Path != "/device/refused" {
			t.Fatalf("%d %s", page.Status, page.URL)
		}
		grantRefused(t, next.poll(), "access_denied")
		r.Recorded(t, "device.denied")
	})
}

// Only the browser and the interaction that entered the code can answer.
func TestDeviceAnswerBelongsToOneBrowser(t *testing.T) {
	r := newRig(t)
	lobby := r.terminal("lobby", nil)
	mallory := r.signedIn(r.AddAccount(idptest.Customer{Login: "10000009", TOTP: true}))

	t.Run("another browser's form is refused", func(t *testing.T) {
		d := r.asks(t, lobby)
		form := d.enter(r.b).Form(t, "/consent")
		if page := posts(mallory, form, "decision", "allow"); page.Status != http.StatusForbidden {
			t.Errorf("another browser: %d", page.Status)
		}
		own := r.asks(t, lobby)
		form.Values.Set("csrf", own.enter(mallory).CSRF())
		if page := posts(mallory, form, "decision", "allow"); page.Status != http.StatusForbidden {
			t.Errorf("with a token of its own: %d", page.Status)
		}
		if page := posts(r.b, form, "decision", "allow"); page.Status != http.StatusForbidden {
			t.Errorf("CSRF: a token of another interaction: %d", page.Status)
		}
		grantRefused(t, d.poll(), "authorization_pending")
	})
	t.Run("a code somebody else entered first is not there", func(t *testing.T) {
		r.Clock.Advance(time.Hour)
		r.b = r.signedIn(r.taro)
		d := r.asks(t, lobby)
		d.enter(mallory)
		tells(t, d.enter(r.b), "このコードは使えません")
	})
	t.Run("entered twice in one browser, the later page answers and the earlier does not", func(t *testing.T) {
		r.Clock.Advance(time.Minute)
		d := r.asks(t, lobby)
		form := d.enter(r.b).Form(t, "/consent")
		d.enter(r.b)
		if page := posts(r.b, form, "decision", "allow"); page.URL.Path != "/device/late" {
			t.Fatalf("the earlier page: %d %s", page.Status, page.URL)
		}
		grantRefused(t, d.poll(), "authorization_pending")
		d.enter(r.b)
		if page := r.b.Submit("/consent", "decision", "allow"); page.URL.Path != "/device/connected" {
			t.Fatalf("%d %s", page.Status, page.URL)
		}
	})
	t.Run("too late to answer", func(t *testing.T) {
		r.b = r.signedIn(r.taro)
		d := r.asks(t, lobby)
		d.enter(r.b)
		r.Clock.Advance(9*time.Minute + 58*time.Second)
		d.poll()
		if page := r.b.Submit("/consent", "decision", "allow"); page.URL.Path != "/device/late" {
			t.Fatalf("%d %s", page.Status, page.URL)
		}
		grantRefused(t, d.poll(), "expired_token")
	})
}

// What ends between the approval and the device's next request decides.
func TestDeviceApprovedThenEnded(t *testing.T) {
	for name, end := range map[string]func(*rig) error{
		"the account is frozen": func(r *rig) error {
			return r.Store.SetAccountStatus(r.t.Context(), r.taro.ID, idp.AccountLocked, idp.Effects{})
		},
		"the customer signs out": func(r *rig) error {
			r.b.Get("/account")
			r.b.Submit("/account/logout")
			return nil
		},
		"the app is turned out": func(r *rig) error {
			r.b.Get("/account")
			r.b.Submit("/account/apps/lobby/revoke")
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			d := r.asks(t, r.terminal("lobby", nil))
			d.enter(r.b)
			r.b.Submit("/consent", "decision", "allow")
			if err := end(r); err != nil {
				t.Fatal(err)
			}
			grantRefused(t, d.poll(), "invalid_grant")
			r.Recorded(t, "device.rejected")
		})
	}
	t.Run("signing out ends what the device has, but for what was granted beyond it", func(t *testing.T) {
		r := newRig(t)
		lobby := r.terminal("lobby", nil)
		bound := r.asks(t, lobby).approved(r.b)
		television := r.terminal("television", func(m *idp.ClientMetadata) { m.FirstParty = false })
		away := r.asks(t, television, "scope", "openid offline_access").approved(r.b)
		r.b.Get("/account")
		r.b.Submit("/account/logout")
		grantRefused(t, lobby.Refresh(bound.String("refresh_token")), "invalid_grant")
		if a := television.Refresh(away.String("refresh_token")); a.Status != http.StatusOK {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
}
