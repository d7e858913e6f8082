package brokerage_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestPagesAreHardened(t *testing.T) {
	f := newFirm(t, nil)
	b := f.browser(t)
	b.signIn()
	for _, path := range []string{"/", "/holdings", "/trade", "/withdraw", "/signed-out", "/nothing"} {
		p := b.get(path)
		csp := p.header.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "form-action 'self' "+f.op.URL) {
			t.Errorf("%s: CSP %q", path, csp)
		}
		for _, inline := range []string{"<script", " style=", "<style", " onclick", "why.", "trouble."} {
			if strings.Contains(p.body, inline) {
				t.Errorf("%s holds %q", path, inline)
			}
		}
		if p.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached", path)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.URL+"/withdraw", strings.NewReader("amount=5000"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if p := b.do(req); p.status != http.StatusForbidden {
		t.Errorf("a cross-site post: %d", p.status)
	}
}

func TestStartsBeforeTheProvider(t *testing.T) {
	f := newFirm(t, nil)
	listening := f.op.Config.Handler
	var up bool
	f.op.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !up {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		listening.ServeHTTP(w, r)
	})
	b := f.browser(t)
	if p := b.get("/signin"); p.status != http.StatusServiceUnavailable || !strings.Contains(p.body, "Nothing was changed") {
		t.Fatalf("%d at %s", p.status, p.url)
	}
	up = true
	f.clock.advance(2 * time.Second)
	b.signIn()
}

func TestLanguages(t *testing.T) {
	f := newFirm(t, nil)
	b := f.browser(t)
	if p := b.get("/?lang=ja"); !strings.Contains(p.body, `<html lang="ja">`) || p.url.RawQuery != "" {
		t.Errorf("asked for Japanese at %s", p.url)
	}
	if p := b.get("/"); !strings.Contains(p.body, "ログイン") {
		t.Error("the choice was forgotten")
	}
}
