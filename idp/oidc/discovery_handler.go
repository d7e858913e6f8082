package oidc

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// DiscoveryMaxAge bounds how long a relying party may hold on to the document, and with
// it how long a change takes to arrive (DJ-07).
const DiscoveryMaxAge = 5 * time.Minute

// WellKnownPaths are the paths of the document and no others: OIDC Discovery appends to
// the issuer's path, RFC 8414 section 3.1 inserts before it.
func WellKnownPaths(issuer *url.URL) []string {
	return []string{
		issuer.EscapedPath() + "/.well-known/openid-configuration",
		"/.well-known/oauth-authorization-server" + issuer.EscapedPath(),
	}
}

// ServeDocument serves a public JSON document, the same bytes to everyone whatever the
// request's headers say. document is asked per request, so it may change (JWKS).
func ServeDocument(document func() []byte, maxAge time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := document()
		sum := sha256.Sum256(body)
		tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		h := w.Header()
		h.Set("Content-Type", ContentTypeJSON)
		h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(maxAge.Seconds())))
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write(body)
	})
}
