package httpsafe

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func formPost(token string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://op.example/x", strings.NewReader(url.Values{"csrf": {token}, "login": {"a"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

func TestCSRF(t *testing.T) {
	c := NewCSRF(testMAC("k"))
	token := c.Token("cookie", "interaction-1")
	if token == c.Token("cookie", "interaction-1") {
		t.Error("the token is the same twice: compression could reveal it")
	}
	r := formPost(token)
	if err := c.Check(r, "cookie", "interaction-1"); err != nil {
		t.Fatal(err)
	}
	if r.PostForm.Get("login") != "a" {
		t.Error("the form is gone after the check")
	}
	if !c.Valid(formPost(token), "cookie", "interaction-1") {
		t.Error("Valid")
	}
	asJSON := func(token string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "https://op.example/x", strings.NewReader(`{}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(CSRFHeader, token)
		return r
	}
	if err := c.Check(asJSON(token), "cookie", "interaction-1"); err != nil {
		t.Error(err)
	}
	change := func(f func(*http.Request)) *http.Request { r := formPost(token); f(r); return r }
	for name, attempt := range map[string]struct {
		r              *http.Request
		binding, scope string
	}{
		"no token":           {formPost(""), "cookie", "interaction-1"},
		"another browser":    {formPost(token), "other", "interaction-1"},
		"no browser cookie":  {formPost(c.Token("", "interaction-1")), "", "interaction-1"},
		"another use":        {formPost(token), "cookie", "interaction-2"},
		"another key":        {formPost(NewCSRF(testMAC("x")).Token("cookie", "interaction-1")), "cookie", "interaction-1"},
		"shifted parts":      {formPost(c.Token("cookiein", "teraction-1")), "cookie", "interaction-1"},
		"tampered":           {formPost(flipped(token)), "cookie", "interaction-1"},
		"salt only":          {formPost(token[:20]), "cookie", "interaction-1"},
		"GET":                {change(func(r *http.Request) { r.Method = http.MethodGet }), "cookie", "interaction-1"},
		"cross-site":         {change(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }), "cookie", "interaction-1"},
		"same-site sibling":  {change(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }), "cookie", "interaction-1"},
		"foreign origin":     {change(func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") }), "cookie", "interaction-1"},
		"text/plain":         {change(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }), "cookie", "interaction-1"},
		"token in the query": {change(func(r *http.Request) { r.URL.RawQuery = "csrf=" + token; r.Body = http.NoBody }), "cookie", "interaction-1"},
		"header on a form":   {change(func(r *http.Request) { r.Header.Set(CSRFHeader, token); r.Body = http.NoBody }), "cookie", "interaction-1"},
		"JSON, no token":     {asJSON(""), "cookie", "interaction-1"},
		"too large":          {change(func(r *http.Request) { r.Body = http.MaxBytesReader(nil, r.Body, 3) }), "cookie", "interaction-1"},
	} {
		t.Run("SE-08 "+name, func(t *testing.T) {
			if c.Check(attempt.r, attempt.binding, attempt.scope) == nil {
				t.Error("passes")
			}
		})
	}
	twice := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("csrf=x&csrf="+token))
	twice.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if c.Valid(twice, "cookie", "interaction-1") {
		t.Error("SE-08: two tokens pass")
	}
}

func TestDecodeJSON(t *testing.T) {
	type body struct {
		A string `json:"a"`
	}
	send := func(media, text string) error {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(text))
		if media != "" {
			r.Header.Set("Content-Type", media)
		}
		var v body
		err := DecodeJSON(httptest.NewRecorder(), r, &v)
		if err == nil && v.A != "b" {
			t.Errorf("%q", v.A)
		}
		return err
	}
	for _, media := range []string{"application/json", "application/json; charset=utf-8"} {
		if err := send(media, `{"a":"b"}`); err != nil {
			t.Error(err)
		}
	}
	for _, c := range []struct {
		name, media, text string
		want              int
	}{
		{"SE-08 text/plain", "text/plain", `{"a":"b"}`, 415},
		{"SE-08 a form", "application/x-www-form-urlencoded", `{"a":"b"}`, 415},
		{"SE-08 no media type", "", `{"a":"b"}`, 415},
		{"SE-08 other parameter", "application/json; boundary=x", `{"a":"b"}`, 415},
		{"IN-02 too large", "application/json", `{"a":"` + strings.Repeat("b", MaxJSONBytes) + `"}`, 413},
		{"IN-02 too deep", "application/json", strings.Repeat("[", 17) + strings.Repeat("]", 17), 400},
		{"IN-06 duplicate", "application/json", `{"a":"x","a":"b"}`, 400},
		{"IN-06 duplicate by escape", "application/json", `{"a":"x","\u0061":"b"}`, 400},
		{"IN-06 BOM", "application/json", "\ufeff" + `{"a":"b"}`, 400},
		{"IN-06 invalid UTF-8", "application/json", "{\"a\":\"\xff\"}", 400},
		{"IN-06 NaN", "application/json", `{"a":NaN}`, 400},
		{"two values", "application/json", `{"a":"b"} {}`, 400},
		{"unknown member", "application/json", `{"a":"b","z":1}`, 400},
		{"unfinished", "application/json", `{"a":`, 400},
		{"empty", "application/json", ``, 400},
		{"wrong type", "application/json", `{"a":1}`, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := send(c.media, c.text)
			if e, ok := err.(*BodyError); !ok || e.Status != c.want {
				t.Errorf("%v", err)
			}
		})
	}
}

// flipped is the token with its first character replaced by another.
func flipped(token string) string {
	if token[0] == 'A' {
		return "B" + token[1:]
	}
	return "A" + token[1:]
}
