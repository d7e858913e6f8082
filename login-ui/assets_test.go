package loginui_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The login page goes over the wire in less than 40 KB, everything that it loads included.
func TestLoginPageIsSmall(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		page := get(t, "/gallery/signin?lang="+lang)
		total := size(page)
		seen := map[string]bool{}
		each(t, page.Body.String(), func(tag string, attr map[string]string) {
			for _, address := range []string{attr["src"], attr["href"], attr["data-script"], attr["data-words"]} {
				if strings.HasPrefix(address, "/assets/") && !seen[address] {
					seen[address] = true
					w := get(t, address, "Accept-Encoding", "gzip, deflate, br")
					if w.Code != http.StatusOK {
						t.Errorf("%s: %d", address, w.Code)
					}
					total += size(w)
				}
			}
		})
		if len(seen) < 6 {
			t.Errorf("%s: only %v seen", lang, seen)
		}
		t.Logf("%s: %d bytes in %d requests", lang, total, len(seen)+1)
		if total >= 40_000 {
			t.Errorf("%s: %d bytes", lang, total)
		}
	}
}

// size counts header lines too, as HTTP/1.1 would send them.
func size(w *httptest.ResponseRecorder) int {
	n := w.Body.Len()
	for name, values := range w.Header() {
		for _, v := range values {
			n += len(name) + len(v) + 4
		}
	}
	return n
}

func stylesheet(t *testing.T) string {
	t.Helper()
	address := ""
	each(t, get(t, "/gallery/signin").Body.String(), func(tag string, attr map[string]string) {
		if tag == "link" && strings.HasPrefix(attr["href"], "/assets/sekisho-") {
			address = attr["href"]
		}
	})
	if address == "" {
		t.Fatal("no stylesheet")
	}
	return address
}

func TestAssets(t *testing.T) {
	css := stylesheet(t)
	plain, zipped := get(t, css), get(t, css, "Accept-Encoding", "gzip")
	if plain.Header().Get("Content-Encoding") != "" || zipped.Header().Get("Content-Encoding") != "gzip" || zipped.Header().Get("Vary") != "Accept-Encoding" {
		t.Error("encoding not negotiated")
	}
	if get(t, css, "Accept-Encoding", "gzip;q=0").Header().Get("Content-Encoding") != "" {
		t.Error("gzip forced on a client that refuses it")
	}
	z, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(z); err != nil || string(b) != plain.Body.String() {
		t.Error("two encodings, two contents", err)
	}
	if got := plain.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("Cache-Control %q", got)
	}
	for name, want := range map[string]string{"Content-Type": "text/css; charset=utf-8", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"} {
		if got := plain.Header().Get(name); got != want {
			t.Errorf("%s %q", name, got)
		}
	}

	older := css[:len("/assets/sekisho-")] + strings.Repeat("A", 12) + ".css"
	if w := get(t, older); w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("another node's name: %d %q", w.Code, w.Header().Get("Cache-Control"))
	}
	for _, path := range []string{"/assets/", "/assets/other.css", "/assets/..%2fsite.go", "/assets/sekisho.css", "/assets/nothing-AAAAAAAAAAAA.css"} {
		if w := get(t, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestAssetsAreOnlyRead(t *testing.T) {
	site := newSite(t)
	for _, method := range []string{http.MethodPost, http.MethodDelete, "TRACE"} {
		w := httptest.NewRecorder()
		site.Assets().ServeHTTP(w, httptest.NewRequest(method, stylesheet(t), nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
	w := httptest.NewRecorder()
	site.Assets().ServeHTTP(w, httptest.NewRequest(http.MethodHead, stylesheet(t), nil))
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: %d, %d bytes", w.Code, w.Body.Len())
	}
}
