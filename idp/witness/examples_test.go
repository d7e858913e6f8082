package witness

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
	loginui "sekisho/login-ui"
)

// example is a program of the page at the issuer's root, with a registered client in it.
func example(t *testing.T, issuer, library, clientID, redirectURI string) string {
	t.Helper()
	all, err := loginui.Examples(issuer)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if strings.Contains(e.Name, library) {
			return strings.NewReplacer(loginui.ExampleRedirectURI, redirectURI, loginui.ExampleClientID, clientID).Replace(e.Code)
		}
	}
	t.Fatalf("no example for %s", library)
	return ""
}

func listen(t *testing.T, handler func(origin string) http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	origin := fmt.Sprintf("http://localhost:%d", l.Addr().(*net.TCPAddr).Port)
	server := &http.Server{Handler: handler(origin), ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return origin
}

// page of a single-page application: all of it runs in the browser.
const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<h1>An app in the browser</h1><button id="in">Sign in</button><p id="who"></p><script type="module" src="/app.js"></script></html>`

// around the example: a button, and what came of it.
const glue = `
document.querySelector('#in')!.addEventListener('click', () => signIn().catch((failure) => { document.querySelector('#who')!.textContent = 'failed ' + failure }))
if (new URLSearchParams(location.search).has('code')) finish().then(
  (profile) => { document.querySelector('#who')!.textContent = 'signed in ' + JSON.stringify(profile) },
  (failure) => { document.querySelector('#who')!.textContent = 'failed ' + failure })
`

func bundle(t *testing.T, source string) []byte {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	built := api.Build(api.BuildOptions{
		Stdin: &api.StdinOptions{Contents: source, ResolveDir: here, Loader: api.LoaderTS}, Bundle: true, Format: api.FormatESModule, Target: api.ES2022,
	})
	if len(built.Errors) > 0 {
		t.Fatalf("run .ci/setup? %v", built.Errors)
	}
	return built.OutputFiles[0].Contents
}

// The example for oidc-client-ts runs as it is shown, in a real browser: a public client
// signs in by password and authenticator app and by passkey, and its origin alone may
// read the endpoints (DJ-05).
func TestSinglePageApplication(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) { c.Session.WarnBefore = time.Second }})
	origin := listen(t, func(origin string) http.Handler {
		script := bundle(t, example(t, p.URL, "oidc-client-ts", "spa", origin+"/callback")+glue)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/app.js" {
				w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
				w.Write(script)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, page)
		})
	})
	p.NewRelyingParty("spa", func(m *idp.ClientMetadata) {
		m.RedirectURIs, m.PostLogoutRedirectURIs = []string{origin + "/callback"}, nil
		m.TokenEndpointAuthMethod, m.GrantTypes = idp.AuthNone, []string{"authorization_code"}
		m.Scope, m.AllowedOrigins = "openid profile", []string{origin}
	})
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Profile: idp.Profile{Name: "Hanako Aoba"}})
	b := chromium.New(t).Passkeys()

	b.Open(origin + "/")
	b.Click("#in")
	byPassword(p, b, a)
	b.WaitText("signed in")
	b.Says(a.Subject, "Hanako Aoba", `"sekisho_level":"urn:sekisho:acr:mfa"`)

	addPasskey(p, b, a)
	b.Open(p.URL + "/account")
	b.Click(`form[action="/account/logout"] button`)
	b.Wait(`!document.querySelector('form[action="/account/logout"]')`)
	b.Open(origin + "/")
	b.Click("#in")
	// Autofill offers the passkey by itself, and the device of this browser takes the offer.
	b.Wait(`!location.href.startsWith("` + origin + `") || document.body.innerText.includes("signed in")`)
	b.Autofilled(origin)
	b.WaitText("signed in")
	b.Says(a.Subject, `"sekisho_level":"phr"`)

	// The same address with another port is another origin.
	stranger := listen(t, func(string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!doctype html><title>Other</title>") })
	})
	for at, want := range map[string]bool{origin: true, stranger: false} {
		b.Open(at + "/")
		for _, path := range []string{"/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"} {
			method := "GET"
			if path == "/token" {
				method = "POST"
			}
			read := chromium.Eval[bool](b, fmt.Sprintf(`fetch(%q, {method: %q, headers: {authorization: 'Bearer x'}}).then(() => true, () => false)`, p.URL+path, method))
			if read != want {
				t.Errorf("DJ-05: %s at %s: read %v, want %v", path, at, read, want)
			}
		}
		if chromium.Eval[bool](b, fmt.Sprintf(`fetch(%q).then(() => true, () => false)`, p.URL+"/authorize?client_id=spa")) {
			t.Errorf("AZ-15: %s reads the authorization endpoint", at)
		}
	}
}

func byPassword(p *idptest.Provider, b *chromium.Tab, a *idptest.Account) {
	b.Wait(`document.querySelector('form[action$="/password"]')`)
	b.Fill("login", a.LoginName)
	b.Fill("password", a.Password)
	b.Click(`form[action$="/password"] button:not([type=button])`)
	code(p, b, a)
}

func code(p *idptest.Provider, b *chromium.Tab, a *idptest.Account) {
	b.Wait(`document.querySelector('form[action$="/code"]')`)
	p.Clock.Advance(31 * time.Second)
	b.Fill("code", a.TOTP())
	b.Click(`form[action$="/code"] button`)
}

func addPasskey(p *idptest.Provider, b *chromium.Tab, a *idptest.Account) {
	b.Open(p.URL + "/account/passkeys/add")
	b.WaitText("パスキーを登録する前に")
	code(p, b, a)
	b.Wait(`document.querySelector('[data-enrol]')`)
	b.Click(`[data-enrol] button`)
	b.Wait(`document.querySelector('form[action$="/enrol/done"]')`)
	b.Click(`form[action$="/enrol/done"] button`)
	b.WaitURL(p.URL + "/account")
}

// run ends a program with the test.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
}

// The example for Go is compiled and run as it is shown; only its address differs.
func TestGoExample(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("localhost:%d", l.Addr().(*net.TCPAddr).Port)
	l.Close()
	app := p.NewRelyingParty("go-app", func(m *idp.ClientMetadata) { m.RedirectURIs = []string{"http://" + address + "/callback"} })
	source := example(t, p.URL, "go-oidc", app.ID, "http://"+address+"/callback")
	source = strings.NewReplacer(`"localhost:8080"`, `"`+address+`"`).Replace(source)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "app")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, filepath.Join(folder, "main.go")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "CLIENT_SECRET="+app.Secret)
	run(t, cmd)
	for deadline := time.Now().Add(30 * time.Second); ; {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the example does not listen")
		}
		time.Sleep(20 * time.Millisecond)
	}
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := chromium.New(t) // a real one: the example's cookies are Secure, which browsers allow on localhost
	b.Open("http://" + address + "/login")
	byPassword(p, b, a)
	b.WaitText("signed in: " + a.Subject)
}

// The example for openid-client is run as it is shown, between two lines that read addresses.
func TestNodeExample(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is needed; see .ci/setup: ", err)
	}
	clock := idptest.NewClock()
	clock.Advance(-10 * time.Minute)
	p := idptest.New(t, idptest.Options{Clock: clock})
	app := p.NewRelyingParty("node-app", func(m *idp.ClientMetadata) { m.RedirectURIs = []string{redirectURI} })
	a := customer(t, p, "100-0009")
	who, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	follow(t, clock)
	source := example(t, p.URL, "openid-client", app.ID, redirectURI)
	// The one difference: this provider is on localhost without TLS.
	source = strings.Replace(source, "client.ClientSecretBasic(process.env.CLIENT_SECRET))", "client.ClientSecretBasic(process.env.CLIENT_SECRET), { execute: [client.allowInsecureRequests] })", 1)
	source += "\nimport { Browser } from './pages.mjs'\nconst { url, kept } = await begin()\n" +
		"const answer = await new Browser().authorize(url, process.env.REDIRECT_URI, JSON.parse(process.env.WHO))\n" +
		"console.log('signed in: ' + (await finish(answer.url.href, kept)).sub)\n"
	cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "-")
	cmd.Stdin = strings.NewReader(source)
	cmd.Env = append(os.Environ(), "CLIENT_SECRET="+app.Secret, "REDIRECT_URI="+redirectURI, "WHO="+string(who))
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "signed in: "+a.Sub) {
		t.Errorf("%v\n%s", err, out)
	}
}
