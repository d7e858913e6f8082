package provider_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
	"sekisho/idp/notify"
)

// traveller is a new customer from the invitation to the withdrawal after a lost device,
// who only presses what the pages show and types what is at hand: mails, paper, the app.
type traveller struct {
	t       *testing.T
	p       *idptest.Provider
	rp      *idptest.RelyingParty
	site    string // the relying party's pages
	b       *chromium.Tab
	a       *idptest.Account
	invited string
	secret  string
	paper   []string
	journey
}

// journey is how one traveller goes.
type journey struct {
	lang          string
	width, height int64
	dark          bool
	passkeyFirst  bool              // takes the passkey when it is offered first
	says          map[string]string // what must be read on the way, in the traveller's language
}

var journeys = map[string]journey{
	"Japanese on a phone": {lang: "ja", width: 390, height: 844, says: map[string]string{
		"offer": "まず、パスキーを登録しましょう", "codes": "復旧コードができました", "app": "パスワードと認証アプリで守られています",
		"waits": "出金など大切なお手続きに使えるのは", "lost": "お届けいただいたものを停止し", "ended": "すべての端末をログアウトしました",
		"held": "出金などは、いまはお受けできません", "rest": "お取引と残高の照会は、いまもお使いいただけます", "new": "パスキー1件で守られています",
	}},
	"English on a dark desk": {lang: "en", width: 1280, height: 900, dark: true, passkeyFirst: true, says: map[string]string{
		"offer": "First, add a passkey", "codes": "Your recovery codes", "app": "Protected by 1 passkey.",
		"waits": "For your safety it can be used for important steps such as withdrawals from", "lost": "What you reported is suspended", "ended": "Every device was signed out.",
		"held": "Withdrawals have to wait", "rest": "You can go on trading", "new": "Protected by 1 passkey.",
	}},
}

// D3 D4 D8 E1 HD-08 PG-16 RC-11 RC-12 SU-03: from the invitation to a withdrawal after the
// device was lost, on the pages as they are, each free of what axe-core finds, none of them
// scrolling sideways at 200 %, none a dead end.
func TestNewCustomerLosesDeviceAndWithdraws(t *testing.T) {
	for name, j := range journeys {
		t.Run(name, func(t *testing.T) {
			w := setOut(t, j)
			w.opensAccount()
			w.addsApp()
			w.addsPasskey()
			w.signsOut()
			w.recovers()
			w.meetsHold()
			w.replacesPasskey()
			w.withdraws()
		})
	}
}

// setOut starts the provider, the relying party's pages and the customer's browser.
func setOut(t *testing.T, j journey) *traveller {
	t.Helper()
	w := &traveller{t: t, journey: j}
	w.p = idptest.New(t, idptest.Options{Edit: func(c *config.Config) { unlimited(c); c.Passkey.OfferEvery = 24 * time.Hour }})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	w.site = "http://localhost:" + port
	w.rp = w.p.NewRelyingParty("app", func(m *idp.ClientMetadata) {
		m.ClientName, m.RedirectURIs = "Aoba Trade", []string{w.site + "/back"}
	})
	server := &http.Server{Handler: w.relyingParty(), ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	w.a, w.invited = w.p.Invited("10000001")
	w.takesDevice(true)
	return w
}

// relyingParty is a home page that leads to where customers go, and the page they come back to.
func (w *traveller) relyingParty() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(rw, `<!doctype html><title>Aoba Trade</title><a id="signin" href="/go">Sign in</a> <a id="withdraw" href="/go?acr_values=%s">Withdraw</a> <a id="security" href="%s/account">Security</a>`, opWithdrawal, w.p.URL)
	})
	mux.HandleFunc("/go", func(rw http.ResponseWriter, r *http.Request) {
		q := idptest.AuthorizeQuery("app", w.site+"/back", "acr_values", r.FormValue("acr_values"))
		http.Redirect(rw, r, w.p.URL+"/authorize?"+q.Encode(), http.StatusFound)
	})
	return mux
}

// takesDevice is a browser nobody has used yet, with or without an authenticator.
func (w *traveller) takesDevice(authenticator bool) {
	w.t.Helper()
	w.b = chromium.New(w.t, chromium.Flag{Name: "accept-lang", Value: w.lang})
	if authenticator {
		w.b.Passkeys()
	}
	w.b.Before(buttonOnly)
	w.b.Size(w.width, w.height)
	w.b.Dark(w.dark)
	w.b.Open(w.site)
}

// sees waits for a part of the page and then looks at the whole of it.
func (w *traveller) sees(name, selector string, texts ...string) {
	w.t.Helper()
	w.b.Wait("document.readyState === 'complete' && !window.pressed && document.querySelector('" + selector + "')")
	for _, text := range texts {
		w.b.WaitText(w.says[text])
	}
	w.b.Shot(w.lang + "-" + name)
	if got := chromium.Eval[string](w.b, "document.documentElement.lang"); got != w.lang {
		w.t.Errorf("%s is in %q", name, got)
	}
	w.b.NoViolations()
	axe, err := os.ReadFile("../../login-ui/testdata/axe.min.js")
	if err != nil {
		w.t.Fatal(err)
	}
	chromium.Eval[bool](w.b, string(axe)+";true")
	const found = `.then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary).join('; ')))`
	for _, v := range chromium.Eval[[]string](w.b, "axe.run(document, {})"+found) {
		w.t.Errorf("HD-08 %s: %s", name, v)
	}
	w.b.Dark(!w.dark)
	for _, v := range chromium.Eval[[]string](w.b, "axe.run(document, {runOnly: ['color-contrast']})"+found) {
		w.t.Errorf("HD-08 %s in the other colours: %s", name, v)
	}
	w.b.Dark(w.dark)
	w.b.Size(max(320, w.width/2), w.height/2)
	if wide := chromium.Eval[int](w.b, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
		w.t.Errorf("%s scrolls %d px sideways at 200 %%", name, wide)
	}
	w.b.Size(w.width, w.height)
}

// press sends a form; the page it was on is not taken for the next one (sees).
func (w *traveller) press(action string) {
	w.t.Helper()
	w.b.Wait("document.querySelector(`" + pressIn + action + "\"]`)")
	chromium.Eval[bool](w.b, "window.pressed = true")
	w.b.Click(pressIn + action + `"] button.btn`)
}

// mailed is the code of the newest mail of a kind that is not older than the n-th.
func (w *traveller) mailed(kind notify.Kind, n int) string {
	w.t.Helper()
	return idptest.Code(w.t, w.p.Mail.Wait(w.t, w.a.Email, kind, n))
}

// app is the authenticator app's next number: each is accepted once.
func (w *traveller) app() string {
	w.t.Helper()
	w.p.Clock.Advance(31 * time.Second)
	code, err := totp.GenerateCode(w.secret, w.p.Clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// answers gives the code a page asks for.
func (w *traveller) answers(code string) {
	w.t.Helper()
	w.b.Fill("code", code)
	w.press("/code")
}

// signsIn types name and password where they are asked for.
func (w *traveller) signsIn(password string) {
	w.t.Helper()
	w.b.Fill("login", w.a.LoginName)
	w.b.Fill("password", password)
	w.press("/password")
}

// opensAccount goes from the relying party with the invitation to recovery codes on paper
// and back.
func (w *traveller) opensAccount() {
	w.t.Helper()
	w.b.Click("#signin")
	w.sees("01-signin", `form[action$="/password"]`)
	w.b.Click(`a[href^="/invite"]`)
	w.sees("02-invite", `form[action$="/invite"]`)
	w.b.Fill("login", w.a.LoginName)
	w.b.Fill("code", w.invited)
	w.press("/invite")
	w.sees("03-password", `form[action$="/password/new"]`)
	w.b.Fill("new", "password")
	w.sees("04-password-typed", `form[action$="/password/new"]`)
	w.b.Fill("new", phraseOfMine)
	w.sees("05-password-good", `form[action$="/password/new"]`)
	w.press("/password/new")
	w.sees("06-signin", `form[action$="/password"]`)
	w.signsIn(phraseOfMine)
	w.sees("07-mailed-code", `form[action$="/code"]`)
	w.answers(w.mailed(notify.SignInCode, 1))
	w.sees("08-offer", `form[action$="/offer"]`, "offer")
	if w.passkeyFirst {
		w.b.Click(`[data-enrol] [data-passkey-start]`)
		w.sees("09-passkey-added", `form[action$="/enrol/done"]`)
		w.press("/enrol/done")
		w.sees("10-codes", `a[href$="/check"]`)
		w.b.Click(`a[href$="/check"]`)
		w.sees("11-check", `[data-passkey-start]`)
		w.b.Click(`[data-passkey-start]`)
	} else {
		w.press("/offer")
	}
	w.sees("12-codes", `form[action$="/recovery-codes"]`)
	w.press("/recovery-codes")
	w.sees("13-codes-shown", `ol.codes`, "codes")
	w.paper = chromium.Eval[[]string](w.b, `[...document.querySelectorAll('ol.codes code')].map(e => e.innerText)`)
	w.b.Click(`a.btn.first`)
	w.b.WaitURL(w.site + "/back?code=")
}

// addsApp registers an authenticator app with the key that is there to be typed.
func (w *traveller) addsApp() {
	w.t.Helper()
	w.b.Click("#security")
	w.sees("20-security", `a[href="/account/totp"]`)
	w.b.Click(`a[href="/account/totp"]`)
	w.sees("21-app", `.key code`)
	w.secret = strings.ReplaceAll(chromium.Eval[string](w.b, `document.querySelector('.key code').innerText`), " ", "")
	w.b.Fill("code", w.app())
	w.press("/totp")
	w.b.WaitURL(w.p.URL + "/account?done=")
	w.sees("22-app-added", `a[href="/account/totp/remove"]`, "app")
}

// addsPasskey registers one more passkey after the additional check (D3).
func (w *traveller) addsPasskey() {
	w.t.Helper()
	w.b.Click(`a[href="/account/passkeys/add"]`)
	if !w.passkeyFirst { // who has just shown a passkey goes on at once
		w.provesAgain()
		w.sees("30-enrol-check", `form[action$="/code"]`)
		w.answers(w.app())
	}
	w.b.Passkeys() // another device: the first one holds a passkey where it was taken when offered
	w.sees("31-enrol", `[data-enrol]`)
	w.b.Click(`[data-enrol] button`)
	w.sees("32-added", `form[action$="/enrol/done"]`, "waits")
	w.press("/enrol/done")
	w.sees("33-security", `a[href$="/remove"]`)
}

// provesAgain shows the strongest proof there is now: password and app.
func (w *traveller) provesAgain() {
	w.t.Helper()
	w.sees("29-again", `form[action$="/password"]`)
	w.b.Fill("password", phraseOfMine)
	w.press("/password")
	w.sees("29-again-app", `form[action$="/code"]`)
	w.answers(w.app())
}

func (w *traveller) signsOut() {
	w.t.Helper()
	w.b.Click(`.tools form[action="/account/logout"] button`)
	w.sees("34-signed-out", `.emblem`)
}

const afterLoss = "lanterns along another quiet river"

// recovers regains the account on another device, with the paper and the mail.
func (w *traveller) recovers() {
	w.t.Helper()
	w.p.Clock.Advance(time.Hour)
	w.takesDevice(false)
	w.b.Click("#signin")
	w.sees("40-signin", `form[action$="/password"]`)
	w.b.Click(`a[href="/help/signin"]`)
	w.sees("41-help", `a[href="/recover"]`)
	w.b.Click(`a[href="/recover"]`)
	w.sees("42-recover", `form[action="/recover"]`)
	w.b.Fill("login", w.a.LoginName)
	w.press("/recover")
	w.sees("43-mail", `form[action$="/code"]`)
	w.answers(w.mailed(notify.RecoverCode, 1))
	w.sees("44-proof", `form[action$="/recovery-code"]`)
	w.b.Click(`details summary`)
	w.b.Click(`label:has([name="passkeys"])`)
	w.b.Click(`label:has([name="totp"])`)
	w.sees("45-lost", `form[action$="/lost"]`)
	w.press("/lost")
	w.sees("46-stopped", `form[action$="/recovery-code"]`, "lost")
	w.b.Fill("recovery_code", strings.ToLower(strings.ReplaceAll(w.paper[0], "-", " ")))
	w.press("/recovery-code")
	w.sees("47-password", `form[action$="/password"]`)
	w.b.Fill("new", afterLoss)
	w.sees("48-password-typed", `form[action$="/password"]`)
	w.press("/password")
	w.sees("49-recovered", `a[href="/account"]`, "ended")
	w.b.Click(`a.btn[href="/account"]`)
	w.sees("50-signin", `form[action$="/password"]`)
	w.signsIn(afterLoss)
	w.sees("51-code", `form[action$="/code"]`)
	w.answers(w.mailed(notify.SignInCode, 2))
}

// meetsHold asks for a withdrawal too early and is told until when, and goes back.
func (w *traveller) meetsHold() {
	w.t.Helper()
	w.b.Wait(`document.querySelector('form[action$="/offer"]') || location.pathname === '/account'`)
	if !strings.HasPrefix(w.b.URL(), w.p.URL+"/account") {
		w.sees("52-offer", `form[action$="/offer"]`)
		w.press("/offer")
	}
	w.b.WaitURL(w.p.URL + "/account")
	w.sees("53-security", `a[href="/account/passkeys/add"]`)
	w.b.Open(w.site)
	w.b.Click("#withdraw")
	w.sees("54-held", `a[href="/account/passkeys/add"]`, "held", "rest")
}

// replacesPasskey registers a passkey on the new device, from the page of the hold or after
// going back to the relying party.
func (w *traveller) replacesPasskey() {
	w.t.Helper()
	w.b.Passkeys()
	if !w.passkeyFirst {
		w.press("/cancel")
		w.b.WaitURL(w.site + "/back?error=")
		w.b.Click("#security")
	}
	w.b.Click(`a[href="/account/passkeys/add"]`)
	w.sees("60-enrol", `form`)
	w.b.Click(`form[action$="/code/send"] button`)
	w.sees("61-enrol-check", `form[action$="/code"]`)
	w.answers(w.mailed(notify.EnrolCode, 1))
	w.sees("62-enrol", `[data-enrol]`)
	w.b.Click(`[data-enrol] button`)
	w.sees("63-added", `form[action$="/enrol/done"]`)
	w.press("/enrol/done")
	w.sees("64-security", `a[href$="/remove"]`, "new")
}

// withdraws once the hold and the new passkey's cooling-off are over.
func (w *traveller) withdraws() {
	w.t.Helper()
	w.p.Clock.Advance(25 * time.Hour)
	w.b.Open(w.site)
	w.b.Click("#withdraw")
	w.sees("70-passkey", `[data-passkey-start]`)
	w.b.Click(`[data-passkey-start]`)
	w.b.WaitURL(w.site + "/back?code=")
	back, err := url.Parse(w.b.URL())
	if err != nil {
		w.t.Fatal(err)
	}
	tokens := w.rp.Post("/token", "grant_type", "authorization_code", "code", back.Query().Get("code"), "redirect_uri", w.site+"/back", "code_verifier", idptest.Verifier)
	if acr := idptest.Claims(w.t, tokens.String("id_token"))["acr"]; acr != opWithdrawal {
		w.t.Errorf("SU-03: the withdrawal's token says %v: %s", acr, tokens.Body)
	}
}
