package provider_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
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
	"sekisho/storage/storagetest"
)

// canary is a provider on a file, and every secret that passed through it.
type canary struct {
	*idptest.Provider
	url     string
	secrets map[string]string // what it is → value
}

func newCanary(t *testing.T, edit func(*config.Config)) *canary {
	t.Helper()
	c := &canary{url: storagetest.SQLiteURL(t), secrets: map[string]string{}}
	store := storagetest.Open(t, c.url)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock := idptest.NewClock()
	c.Provider = idptest.New(t, idptest.Options{Store: store, Clock: clock, KEK: idptest.SigningKeys(t, store, clock), Edit: edit})
	return c
}

func (c *canary) note(what, secret string) string {
	if secret == "" {
		c.T.Fatalf("no %s to look for", what)
	}
	c.secrets[what+" "+idp.NewID()[:4]] = secret
	return secret
}

// cookies notes what the browser holds.
func (c *canary) cookies(b *idptest.Browser) {
	c.note("session cookie", b.Cookie(sessionCookie))
	c.note("binding cookie", b.Cookie("sekisho-browser"))
	if csrf := b.Page.CSRF(); csrf != "" {
		c.note("form token", csrf)
	}
}

// everything a customer, a relying party and a stranger do, with each secret noted.
func (c *canary) everything(t *testing.T) {
	t.Helper()
	rp := c.NewRelyingParty("app", nil)
	c.note("client secret", rp.Secret)
	third := c.NewRelyingParty("third", func(m *idp.ClientMetadata) {
		m.FirstParty, m.TokenEndpointAuthMethod, m.GrantTypes = false, idp.AuthNone, []string{"authorization_code", "refresh_token"}
	})
	taro := c.AddAccount(idptest.Customer{Login: "10000001", Password: c.note("password", "Kanarienvogel-im-Bergwerk-1"), TOTP: true})
	c.note("TOTP secret", taro.Secret)
	b := c.NewBrowser()
	c.protocol(t, rp, b, taro)
	c.firstTime(t)
	c.failures(t, taro)
	c.thirdParty(t, third, b)
	c.authenticators(t, taro)
}

func (c *canary) protocol(t *testing.T, rp *idptest.RelyingParty, b *idptest.Browser, a *idptest.Account) {
	t.Helper()
	verifier := c.note("code verifier", "canary-verifier-"+idp.NewSecret())
	b.Authorize("app", idptest.Redirect, "scope", "openid offline_access", "code_challenge", idptest.Challenge(verifier))
	b.Submit("/password", "login", a.LoginName, "password", a.Password)
	page := b.Submit("/code", "code", c.note("TOTP code", a.TOTP()))
	c.cookies(b)
	code := c.note("authorization code", page.Response(t, idptest.Redirect).Get("code"))
	if got := rp.Exchange(code, "code_verifier", c.note("wrong verifier", "canary-wrong-"+idp.NewSecret())); got.Status != http.StatusBadRequest {
		t.Fatalf("two verifiers: %d", got.Status)
	}
	b.Authorize("app", idptest.Redirect, "scope", "openid offline_access", "code_challenge", idptest.Challenge(verifier))
	code = c.note("authorization code", b.Page.Response(t, idptest.Redirect).Get("code"))
	tokens := rp.Post("/token", "grant_type", "authorization_code", "code", code, "redirect_uri", idptest.Redirect, "code_verifier", verifier)
	if tokens.Status != http.StatusOK {
		t.Fatalf("%d %s", tokens.Status, tokens.Body)
	}
	for _, name := range []string{"access_token", "id_token", "refresh_token"} {
		c.note(name, tokens.String(name))
	}
	c.Userinfo(tokens.String("access_token"))
	rp.Post("/introspect", "token", tokens.String("access_token"))
	refreshed := rp.Refresh(tokens.String("refresh_token"))
	c.note("access_token", refreshed.String("access_token"))
	c.Userinfo(c.note("wrong access token", "canary-"+idp.NewSecret()))
	rp.Refresh(c.note("wrong refresh token", "canary-"+idp.NewSecret()))
	rp.Exchange(c.note("wrong code", "canary-"+idp.NewSecret()))
	rp.Post("/token", "grant_type", "authorization_code", "code", code, "redirect_uri", idptest.Redirect, "code_verifier", verifier) // replay
	rp.Post("/revoke", "token", refreshed.String("access_token"))
	stranger := *rp
	stranger.Secret = c.note("wrong client secret", "canary-"+idp.NewSecret())
	stranger.Post("/token", "grant_type", "client_credentials")
	b.Authorize("app", idptest.Redirect, "id_token_hint", tokens.String("id_token"), "prompt", "none")
	c.NewBrowser().Get("/logout?" + url.Values{"id_token_hint": {tokens.String("id_token")}}.Encode())
}

// firstTime opens an invited account and signs in with a mailed code.
func (c *canary) firstTime(t *testing.T) {
	t.Helper()
	a, code := c.Invited("10000009")
	c.note("invitation code", code)
	c.note("invitation code as stored", strings.ReplaceAll(code, "-", ""))
	b := c.NewBrowser()
	b.Get("/invite")
	b.Submit("/invite", "login", a.LoginName, "code", c.note("wrong invitation code", "CANA-RYCA-NARY-0000"))
	b.Submit("/invite", "login", a.LoginName, "code", code)
	a.Password = c.note("first password", "Kanarienvogel-im-Bergwerk-2")
	b.Submit("/password/new", "new", a.Password)
	b.Submit("/password", "login", a.LoginName, "password", a.Password)
	b.Submit("/code", "code", c.note("mailed code", mailed(t, c.Provider, a.Email, 1)))
	c.cookies(b)
	secret := secretOn(t, b.Get("/account/totp"))
	c.note("pending TOTP secret", secret)
	b.Get("/account")
	b.Submit("/account/logout")
}

func (c *canary) failures(t *testing.T, a *idptest.Account) {
	t.Helper()
	b := c.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	for range 7 {
		b.Submit("/password", "login", "19999999", "password", c.note("wrong password", "Kanarienvogel-"+idp.NewSecret()))
	}
	other := home(c.Provider, a)
	c.Clock.Advance(31 * time.Second)
	b = c.NewBrowser()
	b.Authorize("app", idptest.Redirect)
	b.Submit("/password", "login", a.LoginName, "password", a.Password)
	b.Submit("/code", "code", wrongCode(t, c.Provider, a))
	used := a.TOTP()
	b.Submit("/code", "code", used)
	other.Authorize("app", idptest.Redirect)
	other.Submit("/password", "login", a.LoginName, "password", a.Password)
	other.Submit("/code", "code", used)
	other.Submit("/code/method", "method", "email")
	other.Submit("/code", "code", "000000")
	other.Submit("/code/send")
	other.Submit("/cancel")
	c.NewBrowser().Authorize("app", idptest.Redirect, "response_type", "token")
}

func (c *canary) thirdParty(t *testing.T, third *idptest.RelyingParty, b *idptest.Browser) {
	t.Helper()
	b.Authorize("third", idptest.Redirect, "scope", "openid email")
	b.Submit("/consent", "decision", "deny")
	b.Authorize("third", idptest.Redirect, "scope", "openid email")
	page := b.Submit("/consent", "decision", "allow")
	if third.Exchange(c.note("authorization code", page.Response(t, idptest.Redirect).Get("code"))).Status != http.StatusOK {
		t.Fatal("no tokens for the third party")
	}
	b.Get("/account")
	b.Submit("/apps/third/revoke")
	b.Authorize("app", idptest.Redirect, "acr_values", "phrh")
	b.Authorize("app", idptest.Redirect, "acr_values", withdrawal)
	b.Submit("/cancel")
	b.Authorize("app", idptest.Redirect, "prompt", "login")
	b.Submit("/cancel")
	b.Post("/account/logout", url.Values{"csrf": {c.note("wrong form token", "canary-"+idp.NewSecret())}})
}

// authenticators adds, uses, renames and removes a passkey and changes the password.
func (c *canary) authenticators(t *testing.T, a *idptest.Account) {
	t.Helper()
	b := c.AtEnrolment(a)
	c.cookies(b)
	b.AnswerEnrol(c.NewDevice(), client("type", "x"))
	d := c.NewDevice()
	enrolled(t, b, d)
	b.Submit("/enrol/done")
	d.Handle = a.UserHandle
	fresh := c.NewBrowser()
	fresh.Authorize("app", idptest.Redirect)
	fresh.AnswerPasskey(d, client("type", "x"))
	begun := fresh.BeginPasskey()
	answer := d.Get(t, begun.PublicKey)
	var assertion struct {
		Response struct{ Signature string }
	}
	if err := json.Unmarshal(answer, &assertion); err != nil {
		t.Fatal(err)
	}
	c.note("assertion signature", assertion.Response.Signature)
	fresh.Script(fresh.Base()+"/passkey", idptest.Finish{ChallengeID: begun.ChallengeID, Credential: answer})
	c.note("session cookie", fresh.Cookie(sessionCookie))
	fresh.Get("/account/password")
	fresh.Submit("/account/password", "current", c.note("wrong current password", "Kanarienvogel-x"), "new", "y")
	fresh.Submit("/account/password", "current", a.Password, "new", c.note("refused password", "kanari"))
	page := fresh.Submit("/account/password", "current", a.Password, "new", c.note("new password", "Kanarienvogel-im-Bergwerk-3"))
	if page.URL.RawQuery == "" {
		t.Fatal(page.Body)
	}
	id := a.Passkeys()[0].ID
	fresh.Get("/account/passkeys/" + id + "/rename")
	fresh.Submit("/rename", "name", "Laptop")
	fresh.Get("/account/passkeys/none/rename") // not mine
	fresh.Get("/account/totp/remove")
	c.Clock.Advance(31 * time.Second)
	fresh.Submit("/account/totp/remove", "code", c.note("TOTP code", a.TOTP()))
	fresh.Get("/account/passkeys/" + id + "/remove")
	fresh.Submit("/remove")
}

var logTime = regexp.MustCompile(`"time":"[^"]*",?`)

// forms are the shapes a secret could lie in the clear in.
func forms(secret string) [][]byte {
	out := [][]byte{[]byte(secret), []byte(url.QueryEscape(secret)), []byte(hex.EncodeToString([]byte(secret))),
		[]byte(base64.StdEncoding.EncodeToString([]byte(secret)))}
	if len(secret) < 16 {
		return out
	}
	if raw, err := base64.RawURLEncoding.DecodeString(secret); err == nil {
		out = append(out, raw, []byte(hex.EncodeToString(raw)))
	}
	if raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err == nil {
		out = append(out, raw)
	}
	if i := strings.LastIndexByte(secret, '.'); i > 0 && strings.Count(secret, ".") == 2 {
		out = append(out, []byte(secret[i+1:])) // a JWT's signature: with it the rest can be put together
	}
	return out
}

// LG-01: after everything was done, no log line, audit record or database cell holds any
// of the secrets in clear.
func TestNoSecretIsKept(t *testing.T) {
	c := newCanary(t, nil)
	c.everything(t)
	trail := c.Audit()
	logs := []byte(logTime.ReplaceAllString(c.Logs.String(), ""))
	if len(c.secrets) < 40 || len(trail) < 50 || len(logs) < 10_000 {
		t.Fatalf("%d secrets, %d records, %d bytes of log: the run did not reach far", len(c.secrets), len(trail), len(logs))
	}
	cells := idptest.Cells(t, c.url)
	if !slices.ContainsFunc(cells, func(cell idptest.Cell) bool { return bytes.Contains(cell.Value, forms("10000009")[0]) }) || !bytes.Contains(logs, []byte("/interaction/")) {
		t.Fatal("what is kept is not found either: the search is blind")
	}
	for what, secret := range c.secrets {
		for _, form := range forms(secret) {
			if bytes.Contains(logs, form) {
				t.Errorf("LG-01: the log holds the %s", what)
			}
			for _, cell := range cells {
				if bytes.Contains(cell.Value, form) {
					t.Errorf("LG-01: %s.%s holds the %s", cell.Table, cell.Column, what)
				}
			}
		}
	}
	c.coverage(t, trail)
}

// coverage is LG-02: what happened is all there, and each record says when, where and who.
func (c *canary) coverage(t *testing.T, trail []idp.AuditRecord) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range trail {
		seen[r.Event] = true
		if r.At.IsZero() || r.At.Location() != time.UTC || r.Result == "" || r.Actor == "" {
			t.Errorf("LG-02: %+v", r)
		}
		if r.Actor == audit.Operator || r.Actor == audit.System {
			continue
		}
		if r.RequestID == "" || r.IP != "127.0.0.1" || r.UserAgent == "" {
			t.Errorf("LG-02 %s: request %q ip %q ua %q", r.Event, r.RequestID, r.IP, r.UserAgent)
		}
	}
	for _, event := range []string{
		audit.SignInSucceeded, audit.SignInFailed, audit.SignInLocked, audit.SignInNewDevice, audit.StepUpCancelled, audit.StepUpUnmet,
		audit.PasskeyAdded, audit.PasskeyRemoved, audit.PasskeyRenamed, audit.PasskeyRejected, audit.TOTPFailed, audit.TOTPReplayed, audit.TOTPRemoved,
		audit.PasswordChanged, audit.PasswordFailed, audit.PasswordLocked, audit.EmailCodeSent, audit.EmailCodeFailed, audit.EmailCodeThrottled,
		audit.ConsentGiven, audit.ConsentDeclined, audit.ConsentRevoked, audit.CodeIssued, audit.CodeRejected, audit.CodeReplayed,
		audit.TokenIssued, audit.TokenRefreshed, audit.TokenRevoked, audit.TokenRejected, audit.TokenIntrospected, audit.ClientAuthFailed,
		audit.SessionStarted, audit.SessionEnded, audit.InvitationIssued, audit.InvitationFailed, audit.InvitationAccepted,
		audit.AuthzDenied, audit.CSRFRejected, audit.AuthorizationRejected,
	} {
		if !seen[event] {
			t.Errorf("LG-02: no %s in the trail", event)
		}
	}
}

// LG-03: no value of a stranger's makes a line of its own or a control sequence.
func TestNobodyForgesALine(t *testing.T) {
	c := newCanary(t, nil)
	c.NewRelyingParty("app", nil)
	const line = "x\r\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\n\x1b[31m\u2028\u2029\u202eforged\u0085\x00"
	b := c.NewBrowser()
	b.Client.Transport = agent("Mozilla \u2028\u202e\u0085forged" + strings.Repeat("y", 4000))
	b.Authorize("app", idptest.Redirect)
	b.Submit("/password", "login", line, "password", line)
	b.Authorize(line, idptest.Redirect)
	b.Authorize("app", idptest.Redirect, "response_type", line, "state", "s")
	b.Get("/interaction/" + url.PathEscape(line))
	b.Get("/" + url.PathEscape(line) + "?" + url.Values{line: {line}}.Encode())
	b.Get("/account/passkeys/" + url.PathEscape(line) + "/rename")
	rp := &idptest.RelyingParty{}
	*rp = *c.NewRelyingParty("other", nil)
	rp.Post("/token", "grant_type", line)
	rp.ID = line
	rp.Post("/token", "grant_type", "client_credentials")
	taro := c.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b.SignIn(c.Provider, taro)
	b.Get("/account/passkeys/" + url.PathEscape(line) + "/rename")
	trail := c.Audit()
	for text := range strings.Lines(c.Logs.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(text), &record); err != nil {
			t.Errorf("LG-03: no record: %q", text)
		}
		if record["msg"] == "forged" || len(text) > 4096 {
			t.Errorf("LG-03: %q", text)
		}
	}
	control := regexp.MustCompile("[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u2028\u2029\u202a-\u202e]")
	if found := control.FindString(c.Logs.String()); found != "" {
		t.Errorf("LG-03: %q in the log", found)
	}
	for _, r := range trail {
		for _, v := range append([]string{r.Event, r.Reason, r.AccountID, r.ClientID, r.SessionID, r.RequestID, r.IP, r.UserAgent}, entries(r.Detail)...) {
			if control.MatchString(v) || strings.ContainsAny(v, "\n") || len(v) > 1100 {
				t.Errorf("LG-03 %s: %q", r.Event, v)
			}
		}
	}
}

func entries(m map[string]string) []string {
	var out []string
	for k, v := range m {
		out = append(out, k, v)
	}
	return out
}
