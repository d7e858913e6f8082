package httpsafe

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestRequestIDIsOurs(t *testing.T) {
	var seen []string
	h := WithRequestID(answer(func(_ http.ResponseWriter, r *http.Request) { seen = append(seen, RequestID(r.Context())) }))
	for range 2 {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set(RequestIDHeader, "chosen-by-a-stranger")
		if w := serve(h, r); w.Header().Get(RequestIDHeader) != seen[len(seen)-1] {
			t.Error("the header is not the id")
		}
	}
	if seen[0] == seen[1] || seen[0] == "chosen-by-a-stranger" || len(seen[0]) != 14 {
		t.Error(seen)
	}
	if RequestID(t.Context()) != "" {
		t.Error("an id outside of a request")
	}
}

// LG-06: a panic is a generic 500 with a reference, and the process lives.
func TestRecover(t *testing.T) {
	log, lines := testLog()
	h := WithRequestID(Recover(log, PlainRefusal)(answer(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "half", Value: "done"})
		w.Header().Set("Location", "https://rp.example/cb?code=c")
		panic("secret sqlite error in /var/lib/x.go")
	})))
	w := serve(h, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != 500 || w.Header().Get("Set-Cookie") != "" || w.Header().Get("Location") != "" {
		t.Errorf("LG-06: %d %v", w.Code, w.Header())
	}
	if body := w.Body.String(); strings.Contains(body, "secret") || strings.Contains(body, ".go") || !strings.Contains(body, w.Header().Get(RequestIDHeader)) {
		t.Errorf("LG-06: %s", body)
	}
	if s := lines.String(); strings.Contains(s, "secret") || !strings.Contains(s, w.Header().Get(RequestIDHeader)) || !strings.Contains(s, "middleware_test.go") {
		t.Errorf("LG-06: %s", s)
	}
	begun := Recover(log, PlainRefusal)(answer(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("half a page"))
		panic("x")
	}))
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("a half-written answer passes for a whole one")
		}
	}()
	serve(begun, httptest.NewRequest(http.MethodGet, "/", nil))
}

func TestSecurityHeaders(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	h := serve(SecurityHeaders(true)(answer(func(w http.ResponseWriter, r *http.Request) { PlainRefusal(w, r, 404) })), r).Header()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if h.Get(name) != want {
			t.Errorf("HD-04: %s is %q", name, h.Get(name))
		}
	}
	if p := h.Get("Permissions-Policy"); !strings.Contains(p, "publickey-credentials-get=(self)") || !strings.Contains(p, "publickey-credentials-create=(self)") || !strings.Contains(p, "camera=()") {
		t.Errorf("HD-04: %q", p)
	}
	if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("HD-01 base policy: %q", csp)
	}
	if got := h.Get("Strict-Transport-Security"); got != "max-age=63072000; includeSubDomains" {
		t.Errorf("HD-03 on an error: %q", got)
	}
	if !strings.Contains(h.Get("Content-Type"), "charset=utf-8") || strings.Contains(h.Get("Content-Type"), "html") {
		t.Errorf("HD-05: %q", h.Get("Content-Type"))
	}
	if got := serve(SecurityHeaders(false)(hello), r).Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("HSTS without https: %q", got)
	}
	if got := serve(NoStore(hello), r).Header().Get("Cache-Control"); got != "no-store" {
		t.Error(got)
	}
}

// IN-08: whose address counts.
func TestClientAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "203.0.113.9:5", nil, "203.0.113.9"},
		{"a stranger's header", "203.0.113.9:5", []string{"198.51.100.1"}, "203.0.113.9"},
		{"one proxy", "10.0.0.1:5", []string{"198.51.100.1"}, "198.51.100.1"},
		{"spoofed in front", "10.0.0.1:5", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.0.0.1:5", []string{"1.1.1.1, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"spoofed proxy address", "10.0.0.1:5", []string{"10.9.9.9, 198.51.100.1"}, "198.51.100.1"},
		{"two header lines", "10.0.0.1:5", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
		{"all trusted", "10.0.0.1:5", []string{"10.0.0.3"}, "10.0.0.3"},
		{"no header from the proxy", "10.0.0.1:5", nil, "10.0.0.1"},
		{"garbage nearest", "10.0.0.1:5", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		{"with a port", "10.0.0.1:5", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		{"IPv6", "[fd00::1]:5", []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:5", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"a zone", "10.0.0.1:5", []string{"fe80::1%eth0"}, "fe80::1"},
		{"endless header", "10.0.0.1:5", []string{strings.Repeat("10.0.0.1,", 500) + "10.0.0.1"}, "10.0.0.1"},
		{"unreadable peer", "pipe", nil, ""},
	} {
		t.Run("IN-08 "+c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.peer
			r.Header["X-Forwarded-For"] = c.forwarded
			r.Header.Set("Forwarded", "for=9.9.9.9")
			r.Header.Set("X-Real-Ip", "9.9.9.9")
			got := "unset"
			serve(WithClientAddress(trusted)(answer(func(_ http.ResponseWriter, r *http.Request) { got = ClientIP(r) })), r)
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestRequireHost(t *testing.T) {
	h := RequireHost(PlainRefusal, "op.example")(hello)
	for host, want := range map[string]int{"op.example": 200, "OP.example": 200, "evil.example": 421, "op.example.evil.example": 421, "op.example:8443": 421, "": 421} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		r.Header.Set("X-Forwarded-Host", "op.example")
		if w := serve(h, r); w.Code != want {
			t.Errorf("IN-09 %q: %d", host, w.Code)
		}
	}
}

func TestMethods(t *testing.T) {
	m := Methods{Handlers: map[string]http.Handler{"GET": hello, "POST": hello}, Refuse: PlainRefusal}
	for method, want := range map[string]int{"GET": 200, "HEAD": 200, "POST": 200, "TRACE": 405, "TRACK": 405, "OPTIONS": 405, "DELETE": 405, "PUT": 405, "get": 405, "BREW": 405} {
		w := serve(m, httptest.NewRequest(method, "/", nil))
		if w.Code != want || want == 405 && w.Header().Get("Allow") != "GET, HEAD, POST" {
			t.Errorf("HD-09 %s: %d %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
	only := Methods{Handlers: map[string]http.Handler{"POST": hello}, Refuse: PlainRefusal}
	if w := serve(only, httptest.NewRequest("HEAD", "/", nil)); w.Code != 405 {
		t.Error("HD-09: HEAD where there is no GET")
	}
}

func TestLimit(t *testing.T) {
	read := Limit(10, PlainRefusal)(answer(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Body.Read(make([]byte, 64)); err != nil && err.Error() == "http: request body too large" {
			w.WriteHeader(413)
		}
	}))
	unannounced := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("01234567890"))
	unannounced.ContentLength = -1
	compressed := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x"))
	compressed.Header.Set("Content-Encoding", "gzip")
	for name, c := range map[string]struct {
		r    *http.Request
		want int
	}{
		"IN-02 long URL":         {httptest.NewRequest(http.MethodGet, "/?"+strings.Repeat("a", MaxURLBytes), nil), 414},
		"IN-02 announced body":   {httptest.NewRequest(http.MethodPost, "/", strings.NewReader("01234567890")), 413},
		"IN-02 unannounced body": {unannounced, 413},
		"IN-03 compressed":       {compressed, 415},
		"small":                  {httptest.NewRequest(http.MethodPost, "/", strings.NewReader("0123456789")), 200},
	} {
		if w := serve(read, c.r); w.Code != c.want {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestCORS(t *testing.T) {
	cors := CORS{
		Methods: []string{"GET", "POST"}, Headers: []string{"Authorization", "Content-Type"},
		Allowed: func(_ context.Context, origin string) bool { return origin == "https://spa.example" },
	}
	ask := func(method, origin, wanted string) http.Header {
		r := httptest.NewRequest(method, "/token", nil)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if wanted != "" {
			r.Header.Set("Access-Control-Request-Method", wanted)
		}
		w := serve(cors.Wrap(hello), r)
		w.Header().Set("status", http.StatusText(w.Code))
		return w.Header()
	}
	if h := ask("POST", "https://spa.example", ""); h.Get("Access-Control-Allow-Origin") != "https://spa.example" {
		t.Errorf("DJ-05: %v", h)
	}
	if h := ask("OPTIONS", "https://spa.example", "POST"); h.Get("Access-Control-Allow-Methods") != "GET, POST" || h.Get("status") != "No Content" {
		t.Errorf("DJ-05: %v", h)
	}
	for name, h := range map[string]http.Header{
		"foreign":           ask("POST", "https://evil.example", ""),
		"prefix":            ask("POST", "https://spa.example.evil.example", ""),
		"null":              ask("POST", "null", ""),
		"none":              ask("POST", "", ""),
		"foreign preflight": ask("OPTIONS", "https://evil.example", "POST"),
		"other method":      ask("OPTIONS", "https://spa.example", "DELETE"),
	} {
		if h.Get("Access-Control-Allow-Origin") != "" || !strings.Contains(strings.Join(h.Values("Vary"), ","), "Origin") {
			t.Errorf("DJ-05 %s: %v", name, h)
		}
	}
	if h := ask("POST", "https://spa.example", ""); h.Get("Access-Control-Allow-Credentials") != "" {
		t.Error("DJ-05: credentials")
	}
}

// LG-03: what a stranger sends cannot forge a line, and is cut when long.
func TestLogText(t *testing.T) {
	for in, want := range map[string]string{
		"plain 日本": "plain 日本", "a\r\nlevel=ERROR": `a\u{d}\u{a}level=ERROR`, "\x1b[31m": `\u{1b}[31m`, "a\u2028b\u2029c": `a\u{2028}b\u{2029}c`,
		"a\x00b": `a\u{0}b`, "\u009b31m": `\u{9b}31m`, "\u202e": `\u{202e}`, "\xff": `\xff`, "\ufffd": "\ufffd", strings.Repeat("x", 99): strings.Repeat("x", 64) + "…(99 bytes)",
	} {
		if got := LogText(in, 64); got != want {
			t.Errorf("LG-03 %q: %q", in, got)
		}
	}
}

func TestAccessLogAndCleanLog(t *testing.T) {
	log, lines := testLog()
	at := newClock()
	h := WithRequestID(WithClientAddress(nil)(AccessLog(log, at.Now)(answer(func(w http.ResponseWriter, r *http.Request) {
		at.Advance(1500 * time.Microsecond)
		w.WriteHeader(http.StatusTeapot)
		w.Write([]byte("short and stout"))
	}))))
	r := httptest.NewRequest(http.MethodGet, "/authorize?code=canary-code", nil)
	r.URL.Path = "/a\nlevel=ERROR"
	r.Header["User-Agent"] = []string{"x\x1b[2J" + strings.Repeat("y", 4000)}
	r.Header.Set("Cookie", "__Host-sekisho-session=canary-cookie")
	r.Header.Set("Authorization", "Bearer canary-token")
	w := serve(h, r)
	out := lines.String()
	if strings.Contains(out, "canary") || strings.Contains(out, "\x1b") || strings.Count(out, "\n") != 1 || len(out) > 1500 {
		t.Errorf("LG-03 SE-09: %s", out)
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(out), &line); err != nil {
		t.Fatal(err)
	}
	if line["status"] != 418.0 || line["bytes"] != 15.0 || line["micros"] != 1500.0 || line["path"] != `/a\u{a}level=ERROR` || line["ip"] != "192.0.2.1" || line["request_id"] != w.Header().Get(RequestIDHeader) {
		t.Errorf("%v", line)
	}
	lines.Reset()
	log.With("client\n", "a\u2028b").WithGroup("g").Info("m\nm", "err", error(&BodyError{400}), "n", 7, "user", strings.Repeat("u", 4000))
	if out := lines.String(); strings.Contains(out, "\u2028") || strings.Count(out, "\n") != 1 || len(out) > 1200 || !strings.Contains(out, `"n":7`) {
		t.Errorf("LG-03: %s", out)
	}
}

func TestRedirectToHTTPS(t *testing.T) {
	h := RedirectToHTTPS("https://op.example", func(p string) bool {
		return p == "/" || strings.HasPrefix(p, "/authorize") || strings.HasPrefix(p, "//")
	})
	for _, c := range []struct {
		method, target string
		want           int
		location       string
	}{
		{"GET", "/", 301, "https://op.example/"},
		{"GET", "/authorize?a=b%20c", 301, "https://op.example/authorize?a=b%20c"},
		{"GET", "//evil.example/x", 301, "https://op.example//evil.example/x"},
		{"POST", "/authorize", 403, ""},
		{"POST", "/token", 403, ""},
		{"GET", "/userinfo", 403, ""},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.RequestURI = c.target
		path, query, _ := strings.Cut(c.target, "?")
		r.URL.Path, r.URL.RawQuery = path, query
		r.Host = "evil.example"
		w := serve(h, r)
		if w.Code != c.want || w.Header().Get("Location") != c.location {
			t.Errorf("HD-03 %s %s: %d %q", c.method, c.target, w.Code, w.Header().Get("Location"))
		}
	}
}
