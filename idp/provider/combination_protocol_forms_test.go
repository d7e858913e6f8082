package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/idptest"
)

// IN-01, IN-02, IN-06, HD-05: a form that two parsers could read differently is refused at
// every endpoint for relying parties, with an error that says nothing of what was sent, is
// kept in no cache and read by no other origin.
func TestFormsAreReadInOneWay(t *testing.T) {
	r := newRARig(t, nil)
	const marker = `"><script>alert(1)</script>`
	good := map[string]url.Values{
		"/token": {"grant_type": {"client_credentials"}}, "/par": idptest.AuthorizeQuery("desk", idptest.Redirect), "/introspect": {"token": {"x"}},
		"/revoke": {"token": {"x"}}, "/transactions/redeem": {"token": {"x"}},
	}
	basic := basicOf(r.desk)
	for path, form := range good {
		if a := r.PostForm(path, form, "Authorization", basic); a.Status >= 400 {
			t.Fatalf("%s: the good form: %d %s", path, a.Status, a.Body)
		}
		const media = "application/x-www-form-urlencoded"
		body := form.Encode()
		for name, send := range map[string]struct {
			method, path, body string
			header             []string
		}{
			"a parameter twice":         {"POST", path, body + "&" + body, []string{"Content-Type", media}},
			"an unknown one twice":      {"POST", path, body + "&x=1&x=2", []string{"Content-Type", media}},
			"the client twice":          {"POST", path, body + "&client_id=desk&client_id=desk", []string{"Content-Type", media}},
			"another client":            {"POST", path, body + "&client_id=api", []string{"Content-Type", media}},
			"a secret beside":           {"POST", path, body + "&client_id=desk&client_secret=x", []string{"Content-Type", media}},
			"an array":                  {"POST", path, body + "&token[]=x", []string{"Content-Type", media}},
			"another case":              {"POST", path, body + "&Client_Id=desk", []string{"Content-Type", media}},
			"a query":                   {"POST", path + "?x=1", body, []string{"Content-Type", media}},
			"an empty query":            {"POST", path + "?", body, []string{"Content-Type", media}},
			"all of it in the query":    {"POST", path + "?" + body, "", []string{"Content-Type", media}},
			"NUL":                       {"POST", path, body + "&x=%00", []string{"Content-Type", media}},
			"not UTF-8":                 {"POST", path, body + "&x=%ff", []string{"Content-Type", media}},
			"a bad escape":              {"POST", path, body + "&x=%zz", []string{"Content-Type", media}},
			"a semicolon":               {"POST", path, body + ";x=1", []string{"Content-Type", media}},
			"too many":                  {"POST", path, body + strings.Repeat("&resource=x", 80), []string{"Content-Type", media}},
			"too long":                  {"POST", path, body + "&x=" + strings.Repeat("x", 1<<20), []string{"Content-Type", media}},
			"JSON":                      {"POST", path, `{"token":"x"}`, []string{"Content-Type", "application/json"}},
			"multipart":                 {"POST", path, body, []string{"Content-Type", "multipart/form-data; boundary=x"}},
			"plain text":                {"POST", path, body, []string{"Content-Type", "text/plain"}},
			"another charset":           {"POST", path, body, []string{"Content-Type", media + "; charset=shift_jis"}},
			"two media types":           {"POST", path, body, []string{"Content-Type", media, "Content-Type", "application/json"}},
			"a coding":                  {"POST", path, body, []string{"Content-Type", media, "Content-Encoding", "gzip"}},
			"two clients in the header": {"POST", path, body, []string{"Content-Type", media, "Authorization", basicOf(r.api)}},
			"GET":                       {"GET", path + "?" + body, "", nil},
			"PUT":                       {"PUT", path, body, []string{"Content-Type", media}},
			"a GET that says POST":      {"GET", path, body, []string{"Content-Type", media, "X-HTTP-Method-Override", "POST"}},
			"a marker":                  {"POST", path, body + "&" + url.QueryEscape(marker) + "=1&" + url.QueryEscape(marker) + "=2", []string{"Content-Type", media}},
		} {
			a := r.Call(send.method, send.path, send.body, append(send.header, "Authorization", basic, "Origin", "https://evil.example")...)
			if a.Status < 400 || a.Status > 499 || a.String("error") == "" || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("IN-01 %s %s: %d %v %.200s", path, name, a.Status, a.Header, a.Body)
			}
			if strings.Contains(a.Body, "alert") || strings.Contains(a.Body, "shift_jis") {
				t.Errorf("IN-06 %s %s: the answer repeats what was sent: %s", path, name, a.Body)
			}
			if a.Header.Get("Access-Control-Allow-Origin") != "" || a.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("DJ-05 %s %s: %v", path, name, a.Header)
			}
		}
	}
}

// IN-06, HD-05: what a request says is in no page and no header as markup, in any mode of
// answering, whatever is wrong with it.
func TestNothingOfARequestIsMarkup(t *testing.T) {
	r := newRig(t)
	r.NewRelyingParty("jarm", func(m *idp.ClientMetadata) { m.AuthorizationAlg = "RS256" })
	const marker = `"'><script>alert(1)</script>`
	for _, client := range []string{"app", "jarm", marker} {
		for _, mode := range []string{"", "query", "form_post", "form_post.jwt", "query.jwt", marker} {
			for _, name := range []string{"state", "scope", "nonce", "login_hint", "ui_locales", "display", "prompt", "acr_values", "claims", "redirect_uri", "request_uri", "request", "authorization_details", "id_token_hint", "resource", "x" + marker} {
				pairs := []string{name, marker}
				if mode != "" {
					pairs = append(pairs, "response_mode", mode)
				}
				for _, b := range []*idptest.Browser{r.b, r.NewBrowser()} {
					page := b.Authorize(client, idptest.Redirect, pairs...)
					if strings.Contains(page.Body, "<script>alert") || strings.Contains(page.Left, "<script") || strings.Contains(page.Left, `"`) {
						t.Fatalf("IN-06 %s in %s of %s: %q %.500s", name, mode, client, page.Left, page.Body)
					}
				}
			}
		}
	}
	for _, name := range []string{"state", "client_id", "post_logout_redirect_uri", "id_token_hint", "logout_hint", "ui_locales"} {
		if page := r.b.Get(endSession(name, marker)); strings.Contains(page.Body, "<script>alert") {
			t.Errorf("IN-06 logout %s: %.500s", name, page.Body)
		}
	}
}

// AZ-04: what may be registered as a place to send a browser to is one thing to every parser
// of URLs, or nothing.
func TestStrangersRedirectURIs(t *testing.T) {
	r, _ := registering(t, func(c *config.Registration) { c.MaxClients = 1000 })
	for _, kind := range []string{"web", "native"} {
		for _, uri := range []string{
			"https://user@rp.example/cb", "https://rp.example@evil.example/cb", "https://user:pw@rp.example/cb", `https://rp.example\@evil.example/cb`, `https:\\rp.example/cb`,
			"https:/rp.example/cb", "https:rp.example/cb", "https:///rp.example/cb", "//rp.example/cb", "/cb", "cb", "", " https://rp.example/cb", "https://rp.example/cb ", "https://rp.example/c b",
			"https://rp.example/cb#", "https://rp.example/cb#x", "https://*.rp.example/cb", "https://rp.example/*", "https://%72p.example/cb", "https://rp%2eexample/cb", "https://rp.example%2f@evil.example/cb",
			"https://r\u00fcp.example/cb", "https://rp\u3002example/cb", "https://\u202erp.example/cb", "https://rp.example/\u00e9", "https://rp.example/\x00", "https://rp.example/\tcb", "https://rp.example/cb\n",
			"HTTPS://rp.example/cb", "http://rp.example/cb", "http://127.0.0.1.evil.example/cb", "http://127.0.0.1@evil.example/cb", "http://127.0.0.1:0/cb", "http://127.0.0.1:99999/cb", "http://2130706433/cb", "http://0.0.0.0/cb",
			"http://[::]/cb", "http://[::ffff:127.0.0.1]/cb", "http://[::1%25lo]/cb", "http://localhost.evil.example/cb",
			"javascript:alert(1)", "JavaScript:alert(1)", "javascript://rp.example/%0aalert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://rp.example/x", "about:blank", "intent://rp.example#Intent;end", "ftp://rp.example/cb", "view-source:https://rp.example",
			"com.example.app", "com.example.app:cb", "myapp:/cb", "com.example.app:/cb#x", "https://", "https://:443/cb", "https://?x", "urn:ietf:wg:oauth:2.0:oob", "https://rp.example/" + strings.Repeat("a", 2048),
		} {
			for _, list := range []string{"redirect_uris", "post_logout_redirect_uris"} {
				m := minimal()
				m["application_type"] = kind
				m[list] = []string{idptest.Redirect, uri}
				a := r.Register(m)
				if a.Status != http.StatusBadRequest || a.String("error") != "invalid_redirect_uri" && a.String("error") != "invalid_client_metadata" {
					t.Errorf("AZ-04 %s %s %q: %d %s", kind, list, uri, a.Status, a.Body)
				}
			}
		}
	}
}

// IN-04, CA-09: no address that a stranger registers leads the provider into the firm's own
// network, however it is written and whatever it answers with.
func TestStrangersAddressesAreNotFetched(t *testing.T) {
	r, site := registering(t, func(c *config.Registration) { c.MaxClients = 1000 })
	for _, address := range []string{
		"http://example.com/sector", "https://user@example.com/sector", "https://169.254.169.254/latest/meta-data", "https://[fd00:ec2::254]/", "https://10.0.0.1/", "https://192.168.0.1/", "https://100.64.0.1/",
		"https://0.0.0.0/", "https://[::]/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/", "https://[fe80::1%25eth0]/", "file:///etc/passwd", "gopher://10.0.0.1/", "https://", "https:example.com",
	} {
		m := minimal()
		m["sector_identifier_uri"] = address
		if a := r.Register(m); a.Status != http.StatusBadRequest || a.String("error") != "invalid_client_metadata" || strings.Contains(a.Body, "169.254") {
			t.Errorf("IN-04 %s: %d %s", address, a.Status, a.Body)
		}
	}
	sector := site.Put(t, "/sector", []string{idptest.Redirect})
	for name, document := range map[string]any{
		"an object": map[string]any{"redirect_uris": []string{idptest.Redirect}}, "another list": []string{"https://evil.example/cb"}, "a prefix": []string{"https://rp.example/"}, "a text": idptest.Redirect,
		"numbers": []int{1}, "null": nil, "too long": []string{idptest.Redirect, strings.Repeat("x", 70_000)},
	} {
		m := minimal()
		m["sector_identifier_uri"] = site.Put(t, "/sector-of", document)
		if a := r.Register(m); a.Status != http.StatusBadRequest {
			t.Errorf("ID-08 %s: %d %s", name, a.Status, a.Body)
		}
	}
	t.Run("ID-08 a sector joined at registration is not left by an update", func(t *testing.T) {
		c := r.Registers("sector_identifier_uri", sector, "subject_type", "pairwise")
		if a := c.Manage("PUT", update(c, "sector_identifier_uri", sector, "subject_type", "pairwise", "redirect_uris", []string{idptest.Redirect, "https://evil.example/cb"})); a.Status != http.StatusBadRequest {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
}
