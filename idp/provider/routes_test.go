package provider_test

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
	"sekisho/idp/provider"
	"sekisho/storage/storagetest"
)

// walk is a customer who has everything a route can be about: a fresh session, a second
// one elsewhere, a passkey, an authenticator app, an open interaction, an open invitation.
type walk struct {
	*idptest.Provider
	b    *idptest.Browser
	vars map[string]string // path prefix → value of {id}
	csrf map[string]string // path prefix → the right form token
	url  string            // of the database
	file string            // an asset
	taro *idptest.Account
	key  *idptest.Device
}

func newWalk(t *testing.T, edit func(o *idptest.Options)) *walk {
	t.Helper()
	w := &walk{url: storagetest.SQLiteURL(t), vars: map[string]string{}, csrf: map[string]string{}}
	store := storagetest.Open(t, w.url)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := idptest.Options{Store: store, Clock: idptest.NewClock()}
	o.KEK = idptest.SigningKeys(t, store, o.Clock)
	if edit != nil {
		edit(&o)
	}
	own := o.Edit
	o.Edit = func(c *config.Config) {
		if own != nil {
			own(c)
		}
		c.Registration.Policy, c.Registration.Rate = config.RegistrationOpen, config.Rate{}
	}
	w.Provider = idptest.New(t, o)
	w.NewRelyingParty("app", nil)
	w.vars["/register/"] = "app"
	w.file = stylesheet.FindString(w.browser().Get("/").Body)
	taro := w.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	key := w.GivePasskey(taro, nil)
	w.taro, w.key = taro, key
	other := w.browser()
	other.SignIn(w.Provider, taro)
	w.b = w.browser()
	w.openInvitation(t)
	w.openRecovery(t)
	w.b.Get("/account")
	w.b.UsePasskey(key)
	w.csrf["/account"] = w.b.Page.CSRF()
	for _, s := range taro.Sessions() {
		w.vars["/account/sessions/"] = s.ID // the newest is listed first, the other browser's stays
	}
	w.vars["/account/welcome/"] = "account"
	if list, err := store.Environments(t.Context(), taro.ID, o.Clock.Now()); err == nil && len(list) > 0 {
		w.vars["/account/environments/"] = list[0].ID
	}
	w.vars["/account/passkeys/"], w.vars["/account/apps/"] = taro.Passkeys()[0].ID, "app"
	w.vars["/account/checks/"] = "trade"
	w.vars["/account/approvals/"] = "unknown"
	w.Clock.Advance(time.Second)
	w.b.Authorize("app", idptest.Redirect, "prompt", "login")
	if !strings.HasPrefix(w.b.Base(), "/interaction/") {
		t.Fatalf("no interaction: %d %s %s", w.b.Page.Status, w.b.Page.Left, w.b.Page.Body)
	}
	w.vars["/interaction/"], w.csrf["/interaction/"] = strings.TrimPrefix(w.b.Base(), "/interaction/"), w.b.Page.CSRF()
	w.csrf["/device"] = w.b.Get("/device").CSRF()
	w.b.Get("/undo")
	w.csrf["/undo"] = w.b.Page.CSRF()
	w.b.Get("/logout")
	w.csrf["/logout"] = w.b.Page.CSRF()
	return w
}

var stylesheet = regexp.MustCompile(`sekisho-[A-Za-z0-9_-]+\.css`)

func (w *walk) browser() *idptest.Browser {
	if w.Config.Issuer == idptest.HTTPSIssuer {
		return w.ViaProxy("203.0.113.7", "")
	}
	return w.NewBrowser()
}

// openInvitation leaves an accepted invitation code waiting for its first password.
func (w *walk) openInvitation(t *testing.T) {
	t.Helper()
	_, code := w.Invited("10000009")
	w.b.Get("/invite")
	w.csrf["/invite"] = w.b.Page.CSRF()
	w.csrf["/notme"] = w.b.Get("/notme").CSRF()
	w.b.Get("/invite")
	page := w.b.Submit("/invite", "login", "10000009", "code", code)
	w.vars["/invite/"], w.csrf["/invite/"] = strings.TrimPrefix(page.URL.Path, "/invite/"), page.CSRF()
}

// openRecovery leaves a recovery waiting for its mailed code, which was sent already.
func (w *walk) openRecovery(t *testing.T) {
	t.Helper()
	a := w.AddAccount(idptest.Customer{Login: "10000008"})
	w.b.Get("/reissue")
	w.csrf["/reissue"] = w.b.Page.CSRF()
	w.b.Get("/recover")
	w.csrf["/recover"] = w.b.Page.CSRF()
	page := w.b.Submit("/recover", "login", a.LoginName)
	w.vars["/recover/"], w.csrf["/recover/"] = strings.TrimPrefix(page.URL.Path, "/recover/"), page.CSRF()
	w.Mail.Wait(t, a.Email, notify.RecoverCode, 1)
}

// longest is the entry of the longest prefix of path.
func longest(m map[string]string, path string) string {
	best := ""
	for prefix := range m {
		if strings.HasPrefix(path, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	return m[best]
}

// concrete is the route's path with a value this customer may use it with.
func (w *walk) concrete(path string) string {
	path = strings.NewReplacer("{file}", w.file, "{end}", "connected").Replace(path)
	before, after, found := strings.Cut(path, "{id}")
	if !found {
		return path
	}
	return before + longest(w.vars, before) + after
}

// state is a digest of everything a refused request must leave alone.
func (w *walk) state(t *testing.T) [32]byte {
	t.Helper()
	h := sha256.New()
	for _, c := range idptest.Cells(t, w.url) {
		if !slices.Contains([]string{"audit_records", "audit_seals", "outbox", "signing_keys"}, c.Table) {
			h.Write([]byte(c.Table + "." + c.Column + "\x00"))
			h.Write(c.Value)
		}
	}
	return [32]byte(h.Sum(nil))
}

type attempt struct {
	name, media, body string
	header            map[string]string
}

func (w *walk) send(t *testing.T, method, path string, a attempt) *idptest.Page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.b.Origin+path, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if a.media != "" {
		r.Header.Set("Content-Type", a.media)
	}
	for name, value := range a.header {
		r.Header.Set(name, value)
	}
	return w.b.Do(r)
}

const (
	formMedia = "application/x-www-form-urlencoded"
	jsonMedia = "application/json"
)

// SE-08: no route that changes something does so without the token of this browser and
// this place, nor for a request that another site made; and it leaves everything as it was.
func TestEveryChangingRouteIsProtected(t *testing.T) {
	w := newWalk(t, nil)
	stranger := w.NewBrowser()
	stranger.Authorize("app", idptest.Redirect)
	foreign := stranger.Page.CSRF()
	before := w.state(t)
	checked := 0
	for _, route := range w.Routes() {
		if route.Method == http.MethodGet || route.Kind != provider.Page && route.Kind != provider.Script {
			continue
		}
		checked++
		path := w.concrete(route.Path)
		right := longest(w.csrf, path)
		if right == "" {
			t.Fatalf("no token for %s", path)
		}
		other := w.csrf["/invite"] // of this browser, but of another place
		if strings.HasPrefix(path, "/invite") {
			other = w.csrf["/account"]
		}
		for _, a := range attempts(route.Kind, right, foreign, other) {
			t.Run("SE-08 "+route.Method+" "+route.Path+" "+a.name, func(t *testing.T) {
				page := w.send(t, route.Method, path+"?csrf="+url.QueryEscape(right), a)
				if page.Status != http.StatusForbidden {
					t.Errorf("%d %s", page.Status, page.Header.Get("Location"))
				}
				if len(page.Header.Values("Set-Cookie")) > 0 {
					t.Errorf("a refused request sets %q", page.Header.Values("Set-Cookie"))
				}
			})
		}
	}
	if checked < 20 {
		t.Errorf("only %d routes change something", checked)
	}
	if w.state(t) != before {
		t.Error("SE-08: a refused request changed something")
	}
	if len(w.sessions()) < 2 {
		t.Error("the sessions did not survive the refusals")
	}
	w.Recorded(t, "csrf.rejected") // LG-02
}

// sessions are the walking customer's sessions.
func (w *walk) sessions() []idp.Session { return w.taro.Sessions() }

func attempts(kind provider.Kind, right, foreign, other string) []attempt {
	own := map[string]string{"Sec-Fetch-Site": "same-origin"}
	cross := map[string]string{"Sec-Fetch-Site": "cross-site"}
	sibling := map[string]string{"Sec-Fetch-Site": "same-site"}
	origin := map[string]string{"Origin": "https://evil.example"}
	if kind == provider.Script {
		with := func(h map[string]string, token string) map[string]string {
			out := map[string]string{"X-CSRF-Token": token}
			for k, v := range h {
				out[k] = v
			}
			return out
		}
		return []attempt{
			{"without a token", jsonMedia, "{}", own},
			{"with another browser's token", jsonMedia, "{}", with(own, foreign)},
			{"with another place's token", jsonMedia, "{}", with(own, other)},
			{"cross-site", jsonMedia, "{}", with(cross, right)},
			{"from a sibling domain", jsonMedia, "{}", with(sibling, right)},
			{"from another origin", jsonMedia, "{}", with(origin, right)},
		}
	}
	form := func(token string) string { return url.Values{"csrf": {token}}.Encode() }
	return []attempt{
		{"without a token", formMedia, "x=y", own},
		{"with another browser's token", formMedia, form(foreign), own},
		{"with another place's token", formMedia, form(other), own},
		{"cross-site", formMedia, form(right), cross},
		{"from a sibling domain", formMedia, form(right), sibling},
		{"from another origin", formMedia, form(right), origin},
		{"as text", "text/plain", form(right), own},
	}
}

// SE-08: what a form, or a script of another site without preflight, can send is refused
// by the calls of the pages' script, with the right token too.
func TestScriptRoutesTakeJSONOnly(t *testing.T) {
	w := newWalk(t, nil)
	before := w.state(t)
	for _, route := range w.Routes() {
		if route.Kind != provider.Script {
			continue
		}
		path := w.concrete(route.Path)
		token := longest(w.csrf, path)
		for _, media := range []string{"text/plain", formMedia, "multipart/form-data; boundary=x", "", "application/json; charset=utf-7", "application/jsonx"} {
			for _, body := range []string{"{}", "csrf=" + url.QueryEscape(token)} {
				page := w.send(t, route.Method, path, attempt{media: media, body: body, header: map[string]string{"X-CSRF-Token": token, "Sec-Fetch-Site": "same-origin"}})
				if page.Status != http.StatusForbidden && page.Status != http.StatusUnsupportedMediaType && page.Status != http.StatusBadRequest {
					t.Errorf("SE-08 %s with %q: %d %s", route.Path, media, page.Status, page.Body)
				}
				if got := page.Header.Get("Content-Type"); !strings.HasPrefix(got, jsonMedia) { // HD-05
					t.Errorf("%s answers %q", route.Path, got)
				}
			}
		}
	}
	if w.state(t) != before {
		t.Error("SE-08: a refused call changed something")
	}
}

// HD-09: a method that a path does not have is 405 with Allow, and HEAD is GET without body.
func TestMethodsOfEveryRoute(t *testing.T) {
	w := newWalk(t, nil)
	has := map[string][]string{}
	for _, route := range w.Routes() {
		has[route.Path] = append(has[route.Path], route.Method)
	}
	for path, methods := range has {
		if slices.Contains(methods, http.MethodGet) {
			methods = append(methods, http.MethodHead)
		}
		slices.Sort(methods)
		for _, m := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "TRACK", "BREW", "get"} {
			if slices.Contains(methods, m) {
				continue
			}
			page := w.send(t, m, w.concrete(path), attempt{})
			if page.Status != http.StatusMethodNotAllowed || page.Header.Get("Allow") != strings.Join(methods, ", ") {
				t.Errorf("HD-09 %s %s: %d Allow %q, want %q", m, path, page.Status, page.Header.Get("Allow"), strings.Join(methods, ", "))
			}
		}
	}
	for _, path := range []string{"/", "/jwks", "/.well-known/openid-configuration", "/help/signin", "/account", "/invite"} {
		get, head := w.send(t, "GET", path, attempt{}), w.send(t, "HEAD", path, attempt{})
		if get.Status != head.Status || get.Header.Get("Content-Type") != head.Header.Get("Content-Type") || head.Body != "" {
			t.Errorf("HD-09 HEAD %s: %d %q, GET %d", path, head.Status, head.Header.Get("Content-Type"), get.Status)
		}
	}
	if page := w.send(t, "GET", "/no/such/page", attempt{}); page.Status != http.StatusNotFound {
		t.Errorf("unknown path: %d", page.Status)
	}
}

// SE-04, SU-11: without a session every page of the customer's own leads to the sign-in,
// and without a fresh strong proof every change leads to the step-up; nothing happens.
func TestOwnPagesAreGuarded(t *testing.T) {
	w := newWalk(t, nil)
	anonymous := w.NewBrowser()
	w.Clock.Advance(6 * time.Minute) // past the five minutes of a change
	n := 0
	for _, route := range w.Routes() {
		path := w.concrete(route.Path)
		if !strings.HasPrefix(path, "/account") {
			continue
		}
		n++
		body := url.Values{"csrf": {longest(w.csrf, path)}, "name": {"x"}, "code": {"000000"}, "current": {"x"}, "new": {"y"}}.Encode()
		r, err := http.NewRequestWithContext(t.Context(), route.Method, w.URL+path, bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", formMedia)
		if page := anonymous.Do(r); page.Status != http.StatusSeeOther || !strings.HasPrefix(page.Header.Get("Location"), "/interaction/") {
			t.Errorf("SE-04 %s %s by nobody: %d %q", route.Method, route.Path, page.Status, page.Header.Get("Location"))
		}
		if slices.Contains([]string{"/account", "/account/profile", "/account/passkeys/add", "/account/logout", "/account/stay", "/account/apps/{id}/revoke", "/account/history", "/account/checks", "/account/environments/{id}/forget", "/account/approvals", "/account/approvals/{id}",
			"/account/welcome/{id}", "/account/welcome/{id}/recovery-codes/later"}, route.Path) || route.Path == "/account/welcome/{id}/recovery-codes" && route.Method == http.MethodGet {
			continue // need a session only
		}
		page := w.send(t, route.Method, path, attempt{media: formMedia, body: body})
		if page.Status != http.StatusSeeOther || !strings.HasPrefix(page.Header.Get("Location"), "/interaction/") {
			t.Errorf("SU-11 %s %s with an old proof: %d %q", route.Method, route.Path, page.Status, page.Header.Get("Location"))
		}
	}
	if n < 15 {
		t.Errorf("only %d own pages", n)
	}
	if n := len(w.sessions()); n != 2 {
		t.Errorf("SU-11: %d sessions left", n)
	}
}

// SE-08 login CSRF: a sign-in that another site posts, or that was begun in another
// browser, signs nobody in here.
func TestLoginCSRF(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("app", nil)
	mallory := p.AddAccount(idptest.Customer{Login: "10000666", TOTP: true})
	attacker, victim := p.NewBrowser(), p.NewBrowser()
	attacker.Authorize("app", idptest.Redirect)
	action, form := attacker.Base(), attacker.Page.Form(t, "/password").Values
	form.Set("login", mallory.LoginName)
	form.Set("password", mallory.Password)
	if page := victim.Post(action+"/password", form); page.Status != http.StatusForbidden {
		t.Errorf("SE-08 the attacker's form in the victim's browser: %d", page.Status)
	}
	victim.Get("/") // has a page, but no binding of that interaction
	victim.Authorize("app", idptest.Redirect)
	if page := victim.Post(action+"/password", form); page.Status != http.StatusForbidden {
		t.Errorf("SE-08 with a binding of the victim's own: %d", page.Status)
	}
	form.Set("csrf", attacker.Page.CSRF())
	if page := victim.Post(victim.Base()+"/password", form); page.Status == http.StatusSeeOther || victim.Cookie("sekisho-session") != "" {
		t.Errorf("SE-08 the attacker's token in the victim's interaction: %d", page.Status)
	}
	if len(mallory.Sessions()) != 0 {
		t.Error("SE-08: somebody was signed in")
	}
}

// form is a form of a page with its token.
func form(csrf string, pairs ...string) url.Values {
	f := url.Values{"csrf": {csrf}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// replaceAll is strings.ReplaceAll that leaves an empty old alone.
func replaceAll(s, old, with string) string {
	if old == "" {
		return s
	}
	return strings.ReplaceAll(s, old, with)
}
