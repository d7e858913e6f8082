package httpsafe

import "net/http"

// BaseCSP is the policy of everything that is not a page: nothing loads, nobody frames
// it. Pages replace it with their own.
const BaseCSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// HSTS is two years, with everything below the host (HD-03).
const HSTS = "max-age=63072000; includeSubDomains"

// permissionsPolicy switches off what a sign-in page never needs. Passkeys are for the
// page itself, not for what it might embed (HD-04).
const permissionsPolicy = "publickey-credentials-get=(self), publickey-credentials-create=(self), " +
	"accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), " +
	"gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"

// SecurityHeaders sets the headers of every answer before the handler runs, so that
// errors have them too. https tells whether the issuer is, which alone decides HSTS.
func SecurityHeaders(https bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			if https {
				h.Set("Strict-Transport-Security", HSTS)
			}
			h.Set("Content-Security-Policy", BaseCSP)
			h.Set("X-Frame-Options", "DENY")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Permissions-Policy", permissionsPolicy)
			next.ServeHTTP(w, r)
		})
	}
}

// NoStore keeps an answer out of every cache. Handlers that serve something public set
// Cache-Control again.
func NoStore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
