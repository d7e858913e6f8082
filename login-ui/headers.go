package loginui

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// formTarget is a CSP form-action source: an origin, or the scheme of a native app.
var formTarget = regexp.MustCompile(`^(https?://[A-Za-z0-9.\-\[\]:]+|[a-z][a-z0-9+.\-]*:)$`)

// formActionSources turns redirect URIs and origins into CSP sources. What is not a plain
// origin or scheme is left out: it could end the directive and begin another.
func formActionSources(targets []string) []string {
	var out []string
	for _, t := range targets {
		u, err := url.Parse(t)
		if err != nil || u.Scheme == "" {
			continue
		}
		source := u.Scheme + ":"
		if u.Scheme == "https" || u.Scheme == "http" {
			source = u.Scheme + "://" + u.Host
		}
		switch u.Scheme {
		case "javascript", "data", "blob", "vbscript":
			continue
		}
		if formTarget.MatchString(source) {
			out = append(out, source)
		}
	}
	return out
}

// pageHeaders are HD-01, HD-02 and HD-04 of a page.
func pageHeaders(h http.Header, formAction []string) {
	csp := []string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
		strings.Join(append([]string{"form-action 'self'"}, formActionSources(formAction)...), " "),
		"base-uri 'none'", "object-src 'none'", "frame-src 'none'", "frame-ancestors 'none'",
	}
	h.Set("Content-Security-Policy", strings.Join(csp, "; "))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions)
}

// permissions leaves a page WebAuthn on its own origin and the clipboard nothing.
const permissions = "publickey-credentials-get=(self), publickey-credentials-create=(self), " +
	"accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), " +
	"identity-credentials-get=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), " +
	"otp-credentials=(), payment=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"
