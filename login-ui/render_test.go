package loginui_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	loginui "sekisho/login-ui"
	"sekisho/login-ui/gallery/sample"
)

func newSite(t *testing.T) *loginui.Site {
	t.Helper()
	site, err := sample.Site("https://id.aoba.example")
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// get asks the gallery for a page.
func get(t *testing.T, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	sample.Handler(newSite(t)).ServeHTTP(w, r)
	return w
}

// A page without a sample would escape every check in this package.
func TestEveryPageHasASample(t *testing.T) {
	sampled := map[reflect.Type]bool{}
	for _, s := range sample.All() {
		sampled[reflect.TypeOf(s.Page(loginui.Frame{Lang: "ja"}))] = true
	}
	for _, p := range allPages() {
		if !sampled[reflect.TypeOf(p).Elem()] {
			t.Errorf("%T has no sample", p)
		}
	}
	templates, err := filepath.Glob("templates/[a-z]*.html")
	if err != nil || len(templates) != len(allPages()) {
		t.Errorf("%d templates, %d pages: %v", len(templates), len(allPages()), err)
	}
}

func TestEverySampleIsDrawnInBothLanguages(t *testing.T) {
	h := sample.Handler(newSite(t))
	for _, s := range sample.All() {
		for _, lang := range []string{"ja", "en"} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/gallery/"+s.Name+"?lang="+lang, nil))
			body := w.Body.String()
			if w.Code != s.Status {
				t.Errorf("%s %s: status %d: %s", s.Name, lang, w.Code, body)
			}
			for _, want := range []string{`<html lang="` + lang + `">`, "0120-000-000", "</html>"} {
				if !strings.Contains(body, want) {
					t.Errorf("%s %s: no %q", s.Name, lang, want)
				}
			}
			for _, bad := range []string{"ZgotmplZ", "<no value>", "%!", "<style", "style=\"", " onclick"} {
				if strings.Contains(body, bad) {
					t.Errorf("%s %s: holds %q", s.Name, lang, bad)
				}
			}
		}
	}
}
