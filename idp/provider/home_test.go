package provider_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"sekisho/config"
	"sekisho/idp/assurance"
	"sekisho/idp/idptest"
	"sekisho/idp/idptest/chromium"
	"sekisho/idp/oidc"
	"sekisho/idp/provider"

	"golang.org/x/net/html"
)

// root fetches the page at the issuer's root: what goes over the wire, and what it says.
func root(t *testing.T, p *idptest.Provider, lang string) (*http.Response, string) {
	t.Helper()
	resp, err := http.Get(p.URL + "/?lang=" + lang)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.StatusCode, err)
	}
	return resp, string(body)
}

// DJ-02: the page for developers shows every member of the published document with its
// values, every acr value, operation and error code, and where customers go stands above it.
func TestRootTellsWhatIsSupported(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	resp, err := http.Get(p.URL + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var published map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&published); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"ja", "en"} {
		got, body := root(t, p, lang)
		says := func(text string) {
			t.Helper()
			if !strings.Contains(body, "<code>"+html.EscapeString(text)+"</code>") {
				t.Errorf("%s: nothing of %s", lang, text)
			}
		}
		for name, value := range published {
			says(name)
			if list, ok := value.([]any); ok {
				for _, v := range list {
					says(v.(string))
				}
			}
			if text, ok := value.(string); ok {
				says(text)
			}
		}
		for name := range p.Config.Assurance.Operations {
			says(assurance.OperationPrefix + name)
		}
		for _, code := range oidc.ErrorCodes() {
			says(string(code))
		}
		if at := strings.Index(body, `href="/account"`); at < 0 || at > strings.Index(body, `id="developers"`) {
			t.Errorf("%s: customers are not led first", lang)
		}
		if len(got.Header["Set-Cookie"]) > 1 || !strings.Contains(got.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", lang, got.Header)
		}
	}
}

// A page of an operation that is switched off says so at once.
func TestRootTellsOfStops(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: func(c *config.Config) {
		o := c.Assurance.Operations["trade"]
		o.Deny = true
		c.Assurance.Operations["trade"] = o
	}})
	if _, body := root(t, p, "en"); strings.Count(body, "switched off at present") != 1 {
		t.Error("a stopped operation looks open")
	}
}

func TestEveryErrorCodeIsExplained(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		text, err := os.ReadFile("../../login-ui/texts/integrate." + lang + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range oidc.ErrorCodes() {
			if !strings.Contains(string(text), "\n    "+string(code)+": ") {
				t.Errorf("%s: %s is not explained", lang, code)
			}
		}
	}
}

// The root with all that it loads goes over the wire in less than 40 KB.
func TestRootIsSmall(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	for _, lang := range []string{"ja", "en"} {
		total := 0
		addresses := map[string]bool{"/?lang=" + lang: true}
		_, body := root(t, p, lang)
		for _, part := range strings.Split(body, `"`) {
			if strings.HasPrefix(part, "/assets/") {
				addresses[part] = true
			}
		}
		for address := range addresses {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+address, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", "gzip") // by hand, so that it is counted as it came
			resp, err := idptest.HTTP().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			total += len(b)
		}
		t.Logf("%s: %d bytes in %d requests", lang, total, len(addresses))
		if total >= 40_000 {
			t.Errorf("%s: %d bytes", lang, total)
		}
	}
}

// The page to try a sign-in on exists where a demonstration registered its client, and
// nowhere in production.
func TestTryIsForDemonstrations(t *testing.T) {
	for name, c := range map[string]struct {
		mode       string
		registered bool
		want       int
	}{
		"demonstration":          {config.Development, true, http.StatusOK},
		"no client":              {config.Development, false, http.StatusNotFound},
		"production":             {config.Production, false, http.StatusNotFound},
		"production with client": {config.Production, true, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			p := idptest.New(t, idptest.Options{Edit: func(cfg *config.Config) { cfg.Mode = c.mode }})
			if c.registered {
				p.Config.Mode = config.Development // whose rules allow this address
				p.AddClient(provider.TryClient, provider.TryMetadata(p.Config))
				p.Config.Mode = c.mode
			}
			resp, err := http.Get(p.URL + "/try")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != c.want {
				t.Errorf("%d, want %d", resp.StatusCode, c.want)
			}
			if _, body := root(t, p, "en"); strings.Contains(body, `href="/try"`) != (c.want == http.StatusOK) {
				t.Error("the root says otherwise")
			}
		})
	}
}

// TestTryInBrowser walks the page to its end: the claims of the ID token are shown and
// explained, an answer to somebody else's request and a refusal are told apart (AZ-10, AZ-09).
func TestTryInBrowser(t *testing.T) {
	p := idptest.New(t, idptest.Options{Edit: unlimited})
	p.AddClient(provider.TryClient, provider.TryMetadata(p.Config))
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := chromium.New(t)
	b.Size(1200, 900)
	b.Open(p.URL + "/?lang=en")
	b.Shot("root-en")
	chromium.Eval[bool](b, `document.querySelectorAll('.integrate details').forEach(d => d.open = true), true`)
	b.Shot("root-en-open")
	b.NoViolations()
	b.Click(`a[href="/try"]`)
	b.WaitText("What to ask for")
	b.Click(`[data-try-form] button`)
	b.WaitURL(p.URL + "/interaction/")
	b.Fill("login", a.LoginName)
	b.Fill("password", a.Password)
	b.Click(pressIn + `/password"] button:not([type=button])`)
	b.Wait(`document.querySelector('form[action$="/code"]')`)
	p.Clock.Advance(31 * time.Second)
	b.Fill("code", a.TOTP())
	b.Click(pressIn + `/code"] button`)
	b.WaitText("The ID token that arrived")
	b.Says(a.Subject, provider.TryClient, "urn:sekisho:acr:mfa", "The customer, as a value that never changes")
	b.Shot("try-done")
	b.NoViolations()
	if at := b.URL(); at != p.URL+"/try" {
		t.Errorf("the answer stays in the address: %s", at)
	}
	b.Open(p.URL + "/try?code=stolen&state=another&iss=" + p.URL)
	b.WaitText("does not belong to a request begun in this tab")
	b.Size(390, 844)
	b.Shot("try-mismatch-phone")
	b.Open(p.URL + "/?lang=ja")
	chromium.Eval[bool](b, `document.querySelectorAll('.integrate details').forEach(d => d.open = true), true`)
	b.Shot("root-ja-phone")
	b.Dark(true)
	b.Size(1200, 900)
	b.Shot("root-ja-dark")
}
