package oidc

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// AZ-01: whatever differs from the registered URI by a byte ends on a page.
func TestRedirectURIMutationsEndOnAPage(t *testing.T) {
	for _, uri := range []string{
		"https://rp.example/cb/", "https://rp.example/cb?x=1", "https://rp.example/cb#f", "https://rp.example/cB",
		"https://RP.example/cb", "HTTPS://rp.example/cb", "http://rp.example/cb", "https://rp.example:443/cb",
		"https://rp.example/cb/../cb", "https://rp.example/%63b", "https://rp.example//cb", "https://rp.example/cb%00",
		"https://rp.example/cb\x00", "https://rp.example/cb\r\nX: y", " https://rp.example/cb", "https://rp.example/cb ",
		"https://user@rp.example/cb", "https://rp.example@evil.example/cb", "https://evil.example/cb", "https://rp.example.evil.example/cb",
		"https://evilrp.example/cb", `https://rp.example\@evil.example/cb`, "https://rp.example/cb;x", "//rp.example/cb", "/cb",
		"javascript:alert(1)", "https://rp.example/cb?tenant=2", "https://rp.example/cb?tenant=1&x=2", "https://rp.example/cb?tenant=%31",
		"https://rp.exampl\u0435/cb", "https://rp.example/cb\u200b",
	} {
		t.Run("AZ-01 "+url.QueryEscape(uri), func(t *testing.T) {
			wantPage(t, good("redirect_uri", uri), InvalidRequest)
		})
	}
	if q := accept(t, good("redirect_uri", "https://rp.example/cb?tenant=1")); q.RedirectURI != "https://rp.example/cb?tenant=1" {
		t.Error(q.RedirectURI)
	}
}

func TestDoubtfulClientOrRedirectEndsOnAPage(t *testing.T) {
	for name, v := range map[string]url.Values{
		"AZ-02 unknown client":       good("client_id", "nobody"),
		"AZ-02 disabled client":      good("client_id", "off"),
		"AZ-02 no client":            good("client_id", ""),
		"AZ-02 overlong client":      good("client_id", strings.Repeat("a", 300)),
		"AZ-02 unprintable client":   good("client_id", "we\nb"),
		"AZ-02 no redirect_uri":      good("redirect_uri", ""),
		"AZ-14 client_id twice":      twice(good(), "client_id", "web"),
		"AZ-14 redirect_uri twice":   twice(good(), "redirect_uri", callback),
		"AZ-02 redirect in object":   good("redirect_uri", "", "request", "a.b.c"),
		"AZ-02 other client's URI":   good("client_id", "app"),
		"AZ-04 http at use":          good("client_id", "looseweb", "redirect_uri", "http://127.0.0.1/cb"),
		"AZ-03 web client, any port": good("client_id", "looseweb", "redirect_uri", "http://127.0.0.1:9/cb"),
	} {
		t.Run(name, func(t *testing.T) { wantPage(t, v, InvalidRequest) })
	}
	t.Run("storage is down", func(t *testing.T) {
		_, e := ParseAuthorization(nil, get(good().Encode()), unavailable{}, testRules)
		if e == nil || e.Redirectable || e.Code != TemporarilyUnavailable || e.HTTPStatus() != 503 {
			t.Fatalf("%+v", e)
		}
	})
}

// AZ-03: the port of a native client's loopback address is free and nothing else is.
func TestLoopback(t *testing.T) {
	for uri, want := range map[string]bool{
		"http://127.0.0.1/cb": true, "http://127.0.0.1:1/cb": true, "http://127.0.0.1:65535/cb": true, "http://[::1]:9/cb": true, "http://[::1]/cb": true,
		"com.example.app:/cb": true,
		"http://localhost/cb": false, "http://localhost:80/cb": false, "http://127.0.0.1:80/other": false, "http://127.0.0.1:80/cb?x": false,
		"http://127.0.0.1:80/cb#f": false, "http://127.0.0.1:65536/cb": false, "http://127.0.0.1:0/cb": false, "http://127.0.0.1:/cb": false,
		"http://127.0.0.1:+80/cb": false, "http://127.0.0.1:000080/cb": false, "http://127.0.0.1:80@evil.example/cb": false, "http://127.0.0.1@evil.example/cb": false,
		"http://127.0.0.10/cb": false, "http://127.0.0.2/cb": false, "https://127.0.0.1:80/cb": false, "http://[::2]/cb": false, "http://127.1/cb": false,
		"http://127.0.0.1.evil.example/cb": false, "com.example.app://cb": false,
	} {
		t.Run("AZ-03 "+uri, func(t *testing.T) {
			v := good("client_id", "app", "redirect_uri", uri)
			if !want {
				wantPage(t, v, InvalidRequest)
				return
			}
			if q := accept(t, v); q.RedirectURI != uri {
				t.Errorf("redirects to %q", q.RedirectURI)
			}
		})
	}
}

// AZ-04: what may be registered at all.
func TestAcceptableRedirectURI(t *testing.T) {
	for _, c := range []struct {
		uri                      string
		web, native, development bool
	}{
		{"https://rp.example/cb", true, true, true},
		{"https://rp.example/cb?a=b", true, true, true},
		{"http://127.0.0.1/cb", false, true, true},
		{"http://localhost:9001/cb", false, false, true},
		{"com.example.app:/cb", false, true, false},
		{"http://rp.example/cb", false, false, false},
		{"javascript:alert(1)", false, false, false},
		{"java.script:alert(1)", false, false, false},
		{"data:text/html,x", false, false, false},
		{"file:///etc/passwd", false, false, false},
		{"https://*.example/cb", false, false, false},
		{"https://rp.example/cb#f", false, false, false},
		{"https://rp.example/cb#", false, false, false},
		{"https://u:p@rp.example/cb", false, false, false},
		{"https:///cb", false, false, false},
		{"https:rp.example/cb", false, false, false},
		{"/cb", false, false, false},
		{"cb", false, false, false},
		{"", false, false, false},
		{"https://rp.example/a b", false, false, false},
		{"https://r\u00e9.example/", false, false, false},
		{"HTTPS://rp.example/cb", false, false, false},
		{`https://rp.example\cb`, false, false, false},
		{"about:blank", false, false, false},
		{"blob:https://rp.example/x", false, false, false},
		{"http://localhost.evil.example/cb", false, false, false},
		{"https://" + strings.Repeat("a", 3000) + ".example/", false, false, false},
	} {
		t.Run("AZ-04 "+c.uri, func(t *testing.T) {
			got := []bool{
				acceptableRedirectURI(c.uri, ApplicationWeb, false),
				acceptableRedirectURI(c.uri, ApplicationNative, false),
				acceptableRedirectURI(c.uri, ApplicationWeb, true),
			}
			if want := []bool{c.web, c.native, c.development}; !slices.Equal(got, want) {
				t.Errorf("web, native, development: %v, want %v", got, want)
			}
		})
	}
}

// IN-07: nothing but the registered bytes, or a registered loopback address with a
// decimal port, ever matches.
func FuzzRedirectMatch(f *testing.F) {
	for _, seed := range []string{
		callback, "http://127.0.0.1/cb", "http://127.0.0.1:80/cb", "http://[::1]:1/cb", "http://127.0.0.1:80@evil/cb", "http://127.0.0.1:99999/cb",
		"http://127.0.0.1:/cb", "com.example.app:/cb", "http://[::1]/cb?x#y", "https://rp.example/cb\x00", "",
	} {
		f.Add(seed)
	}
	client := testClients()["app"]
	f.Fuzz(func(t *testing.T, uri string) {
		if !MatchRedirectURI(client, uri) || slices.Contains(client.Metadata.RedirectURIs, uri) {
			return
		}
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatalf("%q matches and cannot be parsed: %v", uri, err)
		}
		if u.User != nil || u.Scheme != "http" || u.Path != "/cb" || u.RawQuery != "" || u.Fragment != "" ||
			u.Hostname() != "127.0.0.1" && u.Hostname() != "::1" || !digits(u.Port()) && u.Port() != "" {
			t.Fatalf("%q matches", uri)
		}
	})
}

func twice(v url.Values, name, value string) url.Values {
	v.Add(name, value)
	return v
}
