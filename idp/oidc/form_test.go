package oidc

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestParseForm(t *testing.T) {
	f, e := ParseForm(httptest.NewRecorder(), post("grant_type=x&empty=&resource=a&resource=b&foo=%E6%97%A5"))
	if e != nil || f.Get("grant_type") != "x" || f.Has("empty") || f.Get("foo") != "日" || !slices.Equal(f.List("resource"), []string{"a", "b"}) {
		t.Fatalf("%+v %v", f, e)
	}
	charset := post("a=b")
	charset.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	if _, e := ParseForm(nil, charset); e != nil {
		t.Error(e)
	}
	for _, c := range []struct {
		name   string
		status int
		r      func() *http.Request
	}{
		{"TK-07 GET", 405, func() *http.Request { return get("grant_type=x") }},
		{"TK-07 secret in the query", 400, func() *http.Request { r := post("a=b"); r.URL.RawQuery = "client_secret=x"; return r }},
		{"TK-07 twice", 400, func() *http.Request { return post("code=a&code=a") }},
		{"TK-07 JSON", 415, func() *http.Request { r := post(`{}`); r.Header.Set("Content-Type", "application/json"); return r }},
		{"TK-07 no media type", 415, func() *http.Request { r := post("a=b"); r.Header.Del("Content-Type"); return r }},
		{"TK-07 two media types", 415, func() *http.Request { r := post("a=b"); r.Header.Add("Content-Type", "text/plain"); return r }},
		{"TK-07 multipart", 415, func() *http.Request {
			r := post("a=b")
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			return r
		}},
		{"TK-07 other charset", 415, func() *http.Request {
			r := post("a=b")
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-7")
			return r
		}},
		{"IN-01 letter case", 400, func() *http.Request { return post("code=a&Code=b") }},
		{"IN-01 array", 400, func() *http.Request { return post("scope[]=a") }},
		{"IN-02 too large", 413, func() *http.Request { return post("a=" + strings.Repeat("x", 64<<10)) }},
		{"IN-02 too many", 400, func() *http.Request { return post(strings.Repeat("resource=x&", 65)) }},
		{"IN-03 gzip", 415, func() *http.Request { r := post("a=b"); r.Header.Set("Content-Encoding", "gzip"); return r }},
		{"invalid UTF-8", 400, func() *http.Request { return post("code=%ff") }},
		{"NUL", 400, func() *http.Request { return post("code=a%00b") }},
		{"semicolon", 400, func() *http.Request { return post("a=b;c=d") }},
		{"broken body", 400, func() *http.Request {
			r := post("")
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader("a=b"), broken{}))
			return r
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, e := ParseForm(httptest.NewRecorder(), c.r())
			if e == nil || e.Code != InvalidRequest || e.HTTPStatus() != c.status {
				t.Fatalf("got %v", e)
			}
		})
	}
	w := httptest.NewRecorder()
	if ParseForm(w, get("")); w.Header().Get("Allow") != "POST" {
		t.Error("405 without Allow")
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestParseQuery(t *testing.T) {
	if f, e := ParseQuery(get("a=b&state=x")); e != nil || f.Get("state") != "x" {
		t.Error(e)
	}
	if _, e := ParseQuery(get("a=b&a=c")); e == nil {
		t.Error("a parameter sent twice passes")
	}
	if FormOf(map[string]string{"a": "b"}).Get("a") != "b" {
		t.Error("FormOf")
	}
}
