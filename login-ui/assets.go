package loginui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed dist
var distFiles embed.FS

const assetPrefix = "/assets/"

// asset is one file as it goes over the wire. Its name carries the hash of its content.
type asset struct {
	body, gzipped []byte
	kind          string
	name          string
}

type assets struct {
	byName map[string]*asset // sekisho-HASH.css
	plain  map[string]*asset // sekisho.css
}

// newAssets compresses every file once. The firm's colours come first in the one
// stylesheet, so that a page needs one request for its look.
func newAssets(theme string, mark []byte) (*assets, error) {
	css, err := distFiles.ReadFile("dist/sekisho.css")
	if err != nil {
		return nil, err
	}
	noscript, err := distFiles.ReadFile("dist/noscript.css")
	if err != nil {
		return nil, err
	}
	js, err := distFiles.ReadFile("dist/sekisho.js")
	if err != nil {
		return nil, err
	}
	keyboard, err := distFiles.ReadFile("dist/keyboard.js")
	if err != nil {
		return nil, err
	}
	try, err := distFiles.ReadFile("dist/try.js")
	if err != nil {
		return nil, err
	}
	a := &assets{byName: map[string]*asset{}, plain: map[string]*asset{}}
	for _, f := range []struct {
		name, kind string
		body       []byte
	}{
		{"sekisho.css", "text/css; charset=utf-8", append(css, theme...)},
		{"noscript.css", "text/css; charset=utf-8", noscript},
		{"sekisho.js", "text/javascript; charset=utf-8", js},
		{"keyboard.js", "text/javascript; charset=utf-8", keyboard},
		{"try.js", "text/javascript; charset=utf-8", try},
		{"mark.svg", "image/svg+xml", mark},
	} {
		if err := a.add(f.name, f.kind, f.body); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *assets) add(name, kind string, body []byte) error {
	var z bytes.Buffer
	zw, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zw.Write(body); err != nil {
		return err
	}
	if err := zw.Close(); err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	f := &asset{body: body, gzipped: z.Bytes(), kind: kind}
	f.name = strings.TrimSuffix(name, ext) + "-" + base64.RawURLEncoding.EncodeToString(sum[:9]) + ext
	a.byName[f.name], a.plain[name] = f, f
	return nil
}

// path gives the address of a file by its plain name.
func (a *assets) path(name string) string {
	if f := a.plain[name]; f != nil {
		return assetPrefix + f.name
	}
	return ""
}

// find looks a requested name up. While nodes of two versions run side by side, a page of
// one asks the other for a name that it does not have: it gets the node's own version of
// the file, uncached, rather than a page without a look.
func (a *assets) find(name string) (f *asset, exact bool) {
	if f = a.byName[name]; f != nil {
		return f, true
	}
	ext := path.Ext(name)
	stem, hash, ok := strings.Cut(strings.TrimSuffix(name, ext), "-")
	if !ok || len(hash) != 12 {
		return nil, false
	}
	return a.plain[stem+ext], false
}

// Assets serves styles, script and mark below /assets/.
func (s *Site) Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'") // a mark opened by itself
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		f, exact := s.assets.find(strings.TrimPrefix(r.URL.Path, assetPrefix))
		if f == nil {
			h.Set("Cache-Control", "no-store")
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		h.Set("Cache-Control", "no-store")
		if exact {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		body := f.body
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) && len(f.gzipped) < len(body) {
			body = f.gzipped
			h.Set("Content-Encoding", "gzip")
		}
		h.Set("Content-Type", f.kind)
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method == http.MethodGet {
			_, _ = w.Write(body)
		}
	})
}

func acceptsGzip(r *http.Request) bool {
	for v := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(v), ";")
		if coding != "gzip" {
			continue
		}
		weight = strings.TrimPrefix(strings.TrimSpace(weight), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return weight == "" || err == nil && q > 0
	}
	return false
}
