package provider_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
)

const sabotage = `CREATE TRIGGER sabotage BEFORE INSERT ON audit_records BEGIN SELECT RAISE(ABORT, 'secret-detail-of-the-disk'); END`

// LG-05: what cannot be recorded does not happen, and it happens neither by half.
func TestNothingHappensUnrecorded(t *testing.T) {
	c := newCanary(t, nil)
	rp := c.NewRelyingParty("app", nil)
	taro := c.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	key := c.GivePasskey(taro, nil)
	b := c.NewBrowser()
	b.Get("/account")
	b.UsePasskey(key)
	b.Get("/account/passkeys/add")
	enrolment := b.Page
	b.BeginEnrol()
	atSignIn := c.NewBrowser()
	atSignIn.Authorize("app", idptest.Redirect)
	c.Clock.Advance(31 * time.Second)
	waiting := atCode(c.Provider, taro)
	passwordPage := b.Get("/account/password")
	removePage := b.Get("/account/passkeys/" + taro.Passkeys()[0].ID + "/remove")
	sessions, passkeys := len(taro.Sessions()), len(taro.Passkeys())

	db := idptest.Second(t, c.url)
	if _, err := db.Exec(sabotage); err != nil {
		t.Fatal(err)
	}
	failed := func(name string, page *idptest.Page) {
		t.Helper()
		if page.Status < 500 || page.Left != "" || strings.Contains(page.Body, "secret-detail") || strings.Contains(page.Body, "audit_records") {
			t.Errorf("LG-05 LG-06 %s: %d %q\n%s", name, page.Status, page.Left, page.Body)
		}
		reference := page.Header.Get("X-Request-Id")
		if reference == "" || !strings.Contains(page.Body, reference) || !strings.Contains(c.Logs.String(), reference) {
			t.Errorf("LG-06 %s: the reference %q is not on the page and in the log", name, reference)
		}
	}
	failed("second factor", waiting.Submit("/code", "code", taro.TOTP()))
	b.Page = passwordPage
	failed("password change", b.Submit("/account/password", "current", taro.Password, "new", "quite another battery staple"))
	b.Page = removePage
	failed("passkey removed", b.Submit("/remove"))
	b.Page = enrolment
	if done := b.AnswerEnrol(c.NewDevice()); done.Status < 500 || done.Next != "" || strings.Contains(done.Error.Detail+done.Error.Title, "secret-detail") {
		t.Errorf("LG-05 enrolment: %d %+v", done.Status, done)
	}
	begun := atSignIn.BeginPasskey()
	if done := atSignIn.Script(atSignIn.Base()+"/passkey", idptest.Finish{ChallengeID: begun.ChallengeID, Credential: key.Get(t, begun.PublicKey)}); done.Status < 500 || done.Next != "" || atSignIn.Cookie(sessionCookie) != "" {
		t.Errorf("LG-05 PA-11 passkey sign-in: %d %+v", done.Status, done)
	}
	page := b.Authorize("app", idptest.Redirect) // would end with a code at once
	if got := page.Response(t, idptest.Redirect); got.Get("error") == "" || got.Has("code") {
		t.Errorf("LG-05: a code nobody recorded: %s", page.Left)
	}
	if len(taro.Sessions()) != sessions || len(taro.Passkeys()) != passkeys || waiting.Cookie(sessionCookie) != "" {
		t.Errorf("LG-05: %d sessions, %d passkeys", len(taro.Sessions()), len(taro.Passkeys()))
	}
	c.healed(t, rp, taro, func() {
		if _, err := db.Exec("DROP TRIGGER sabotage"); err != nil {
			t.Fatal(err)
		}
	})
}

// healed: while queued records cannot be written either, what matters is refused; after
// the repair everything goes on, and nothing that was refused had happened.
func (c *canary) healed(t *testing.T, rp *idptest.RelyingParty, taro *idptest.Account, repair func()) {
	t.Helper()
	tryPassword(c.NewBrowser(), taro.LoginName, "wrong") // queues a record
	if err := c.Recorder.Flush(context.Background()); err == nil {
		t.Fatal("the sink is not down")
	}
	c.Clock.Advance(6 * time.Second)
	if a := rp.Post("/token", "grant_type", "client_credentials"); a.Status != http.StatusServiceUnavailable || !strings.HasPrefix(a.Header.Get("Content-Type"), jsonMedia) {
		t.Errorf("LG-05 token endpoint: %d %s", a.Status, a.Body)
	}
	b := c.NewBrowser()
	if page := b.Get("/help/signin"); page.Status != http.StatusOK {
		t.Errorf("LG-05: a page that changes nothing: %d", page.Status)
	}
	if page := b.Get("/authorize?" + idptest.AuthorizeQuery("app", idptest.Redirect).Encode()); page.Status != http.StatusServiceUnavailable {
		t.Errorf("LG-05: an authorization request: %d", page.Status)
	}
	repair()
	if err := c.Recorder.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.Clock.Advance(31 * time.Second)
	if tokens := rp.SignIn(c.NewBrowser(), taro); tokens.Status != http.StatusOK { // with the old password
		t.Errorf("LG-05: not healed: %d", tokens.Status)
	}
	if !slices.ContainsFunc(c.Audit(), func(r idp.AuditRecord) bool { return r.Event == audit.SignInFailed && r.AccountID == taro.ID }) {
		t.Error("LG-05: what was queued is lost")
	}
}

// LG-05, LG-06: with the database gone every answer says so, nobody is let in, and the
// process lives.
func TestDatabaseGone(t *testing.T) {
	w := newWalk(t, nil)
	rp := &idptest.RelyingParty{}
	*rp = *w.NewRelyingParty("rp", nil)
	w.Store.Close()
	for _, route := range w.Routes() {
		path := w.concrete(route.Path)
		if route.Kind == "public" || slices.Contains([]string{"/", "/help/signin", "/help/environments", "/device/connected"}, path) {
			if page := w.send(t, route.Method, path, attempt{}); page.Status != http.StatusOK && page.Status != http.StatusMovedPermanently {
				t.Errorf("%s needs the database: %d", path, page.Status)
			}
			continue
		}
		a := attempt{media: formMedia, body: form(longest(w.csrf, path), "name", "x", "code", "1", "login", "x").Encode()}
		if route.Kind == "script" {
			a = attempt{media: jsonMedia, body: "{}", header: map[string]string{"X-CSRF-Token": longest(w.csrf, path)}}
		}
		if path == "/register" {
			a = attempt{media: jsonMedia, body: `{"redirect_uris":["` + idptest.Redirect + `"]}`}
		}
		if path == "/authorize" {
			path += "?" + idptest.AuthorizeQuery("app", idptest.Redirect).Encode()
			a.body = ""
		}
		if route.Method == http.MethodGet {
			a = attempt{}
		}
		page := w.send(t, route.Method, path, a)
		told := page.Status == http.StatusServiceUnavailable || page.Status == http.StatusUnauthorized || page.Status == http.StatusBadRequest ||
			page.Status == http.StatusSeeOther && strings.Contains(page.Header.Get("Location"), "error=temporarily_unavailable")
		if slices.Contains([]string{"/invite", "/undo", "/notme", "/recover", "/reissue", "/device"}, path) && route.Method == http.MethodGet {
			told = page.Status == http.StatusOK // an empty form
		}
		if path == "/try" {
			told = page.Status == http.StatusNotFound // its client is not registered, as the directory in memory knows
		}
		if !told || strings.Contains(page.Header.Get("Location"), "code=") {
			t.Errorf("LG-05 %s %s: %d %q %.200s", route.Method, path, page.Status, page.Header.Get("Location"), page.Body)
		}
		said := csrfValue.ReplaceAllString(page.Body, "") // a form token may hold any letters
		for _, inside := range []string{"sql", "SQL", "closed", ".go", "goroutine", "storage", "gorm"} {
			if strings.Contains(said, inside) {
				t.Errorf("LG-06 %s: the answer says %q", path, inside)
			}
		}
		if page.Status == http.StatusServiceUnavailable && route.Kind == "script" && !strings.HasPrefix(page.Header.Get("Content-Type"), jsonMedia) {
			t.Errorf("HD-05 %s: %s", path, page.Header.Get("Content-Type"))
		}
	}
	if a := rp.Post("/token", "grant_type", "authorization_code", "code", "x", "redirect_uri", idptest.Redirect, "code_verifier", idptest.Verifier); a.Status != http.StatusServiceUnavailable {
		t.Errorf("LG-05 /token: %d %s", a.Status, a.Body)
	}
	if page := w.NewBrowser().Get("/help/signin"); page.Status != http.StatusOK {
		t.Errorf("LG-06: the process is in trouble: %d", page.Status)
	}
}

// LG-05: mail that cannot leave opens nothing, and the code is delivered when it can.
func TestMailServerDown(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	hanako := p.AddAccount(idptest.Customer{Login: "10000001"})
	p.Mail.Break(errors.New("554 no thanks"))
	b := atCode(p, hanako)
	for _, guess := range []string{"", "000000"} {
		if page := b.Submit("/code", "code", guess); page.Left != "" || b.Cookie(sessionCookie) != "" {
			t.Errorf("LG-05: signed in without a code")
		}
	}
	if strings.Contains(b.Page.Body, "554 ") || strings.Contains(b.Page.Body, "no thanks") {
		t.Error("LG-06: the page repeats the mail server")
	}
}
