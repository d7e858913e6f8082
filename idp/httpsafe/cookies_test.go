package httpsafe

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCookieAttributes(t *testing.T) {
	w := httptest.NewRecorder()
	Cookies{Secure: true}.Set(w, SessionCookie, "value", 0)
	if got := w.Header().Get("Set-Cookie"); got != "__Host-sekisho-session=value; Path=/; HttpOnly; Secure; SameSite=Lax" {
		t.Errorf("SE-02: %q", got)
	}
	w = httptest.NewRecorder()
	Cookies{}.Set(w, LangCookie, "ja", 24*time.Hour)
	if got := w.Header().Get("Set-Cookie"); got != "sekisho-lang=ja; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax" {
		t.Errorf("development: %q", got)
	}
	w = httptest.NewRecorder()
	Jar{Cookies: Cookies{Secure: true}, Cookie: BrowserCookie}.Clear(w)
	if got := w.Header().Get("Set-Cookie"); got != "__Host-sekisho-browser=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" {
		t.Errorf("%q", got)
	}
}

func TestReadCookie(t *testing.T) {
	c := Cookies{Secure: true}
	for _, k := range []struct {
		lines []string
		want  string
		err   error
	}{
		{[]string{"__Host-sekisho-session=abc"}, "abc", nil},
		{[]string{"a=b; __Host-sekisho-session=abc ;c=d"}, "abc", nil},
		{nil, "", ErrNoCookie},
		{[]string{"sekisho-session=abc"}, "", ErrNoCookie},
		{[]string{"__host-sekisho-session=abc"}, "", ErrNoCookie},
		{[]string{"__Host-sekisho-session=a; __Host-sekisho-session=b"}, "", ErrBadCookie},
		{[]string{"__Host-sekisho-session=a; __Host-sekisho-session=a"}, "", ErrBadCookie},
		{[]string{"__Host-sekisho-session=a", "__Host-sekisho-session=b"}, "", ErrBadCookie},
		{[]string{`__Host-sekisho-session=a"\; __Host-sekisho-session=b`}, "", ErrBadCookie},
		{[]string{"__Host-sekisho-session; __Host-sekisho-session=b"}, "", ErrBadCookie},
		{[]string{"__Host-sekisho-session="}, "", ErrBadCookie},
		{[]string{`__Host-sekisho-session="abc"`}, "", ErrBadCookie},
		{[]string{"__Host-sekisho-session=a b"}, "", ErrBadCookie},
		{[]string{"__Host-sekisho-session=" + strings.Repeat("a", 513)}, "", ErrBadCookie},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Cookie"] = k.lines
		got, err := c.Read(r, SessionCookie)
		if got != k.want || !errors.Is(err, k.err) {
			t.Errorf("SE-15 %q: %q %v", k.lines, got, err)
		}
		if got := (Jar{Cookies: c, Cookie: SessionCookie}).Get(r); got != k.want {
			t.Errorf("SE-15 jar %q: %q", k.lines, got)
		}
	}
}

func TestRefuseDuplicates(t *testing.T) {
	h := Cookies{}.RefuseDuplicates(PlainRefusal)(hello)
	for line, want := range map[string]int{
		"": 200, "sekisho-session=a; sekisho-lang=ja": 200, "other=a; other=b": 200,
		"sekisho-session=a; sekisho-session=b": 400, "sekisho-browser=a;sekisho-browser=a": 400,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", line)
		if w := serve(h, r); w.Code != want {
			t.Errorf("SE-15 %q: %d", line, w.Code)
		}
	}
}

// IN-07, SE-15: a value is read only when it is the one there is, and plausible.
func FuzzCookies(f *testing.F) {
	for _, seed := range []string{"sekisho-session=abc", "sekisho-session=a; sekisho-session=b", `x="y"; sekisho-session=`, ";;=;sekisho-session", "sekisho-session=a\tb", "sekisho-session = a"} {
		f.Add(seed, "")
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		r := &http.Request{Header: http.Header{"Cookie": {one, two}}}
		value, err := Cookies{}.Read(r, SessionCookie)
		if (err == nil) != (value != "") {
			t.Fatalf("%q %v", value, err)
		}
		if err != nil {
			return
		}
		if !plausibleCookie(value) {
			t.Fatalf("%q", value)
		}
		var seen []string
		for _, k := range r.Cookies() {
			if k.Name == string(SessionCookie) {
				seen = append(seen, strings.Trim(k.Value, " \t"))
			}
		}
		if len(seen) > 1 || len(seen) == 1 && !slices.Contains(seen, value) {
			t.Fatalf("read %q, net/http reads %q", value, seen)
		}
	})
}
