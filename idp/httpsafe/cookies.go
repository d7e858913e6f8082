package httpsafe

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// CookieName is a cookie of the provider without its prefix.
type CookieName string

const (
	SessionCookie CookieName = "sekisho-session" // the SSO session
	BrowserCookie CookieName = "sekisho-browser" // binds interactions to this browser (AZ-33)
	LangCookie    CookieName = "sekisho-lang"
	KnownCookie   CookieName = "sekisho-known" // accounts that signed in here before (SE-12)
)

var (
	// ErrNoCookie: the browser sent none of the name.
	ErrNoCookie = errors.New("no such cookie")
	// ErrBadCookie: the browser sent several of the name, or one we never set.
	ErrBadCookie = errors.New("cookie refused")
)

const maxCookieValue = 512

// Cookies sets and reads the provider's cookies. Secure is whether the issuer is https:
// then names have the __Host- prefix, which no sibling domain and no plain http page can
// set (SE-02, SE-15). Without it, in development on localhost, neither prefix nor the
// Secure attribute is used.
type Cookies struct{ Secure bool }

// Name is the cookie's full name.
func (c Cookies) Name(name CookieName) string {
	if c.Secure {
		return "__Host-" + string(name)
	}
	return string(name)
}

// Set stores a value of the base64url alphabet. A life of 0 ends with the browser
// session, which is what everything but a preference should do.
func (c Cookies) Set(w http.ResponseWriter, name CookieName, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: c.Name(name), Value: value, MaxAge: int(life.Seconds()),
		Path: "/", Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Clear removes a cookie from the browser.
func (c Cookies) Clear(w http.ResponseWriter, name CookieName) {
	http.SetCookie(w, &http.Cookie{
		Name: c.Name(name), MaxAge: -1, Path: "/", Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Read returns the value, ErrNoCookie, or ErrBadCookie. Two cookies of one name are
// refused whatever they hold: which one a browser sends first is not ours to rely on.
func (c Cookies) Read(r *http.Request, name CookieName) (string, error) {
	values := rawCookies(r, c.Name(name))
	switch {
	case len(values) == 0:
		return "", ErrNoCookie
	case len(values) > 1 || !plausibleCookie(values[0]):
		return "", ErrBadCookie
	}
	return values[0], nil
}

// Jar is one cookie of the provider, for packages that need just that.
type Jar struct {
	Cookies Cookies
	Cookie  CookieName
	Life    time.Duration // 0: until the browser ends
}

// Get returns "" when the cookie is absent, sent twice or malformed.
func (j Jar) Get(r *http.Request) string {
	value, err := j.Cookies.Read(r, j.Cookie)
	if err != nil {
		return ""
	}
	return value
}

// Set stores a value of the base64url alphabet.
func (j Jar) Set(w http.ResponseWriter, value string) { j.Cookies.Set(w, j.Cookie, value, j.Life) }

// Clear removes the cookie from the browser.
func (j Jar) Clear(w http.ResponseWriter) { j.Cookies.Clear(w, j.Cookie) }

// RefuseDuplicates answers 400 to a request that carries one of our cookies twice, so
// that no handler ever chooses between them.
func (c Cookies) RefuseDuplicates(refuse Refusal) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, name := range []CookieName{SessionCookie, BrowserCookie, LangCookie, KnownCookie} {
				if len(rawCookies(r, c.Name(name))) > 1 {
					refuse(w, r, http.StatusBadRequest)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// cookieSpace is what net/http trims; to trim less would see fewer twins than it does.
const cookieSpace = " \t\r\n"

// rawCookies reads the header itself: net/http silently skips what it cannot parse, and
// a skipped twin would make the other look alone.
func rawCookies(r *http.Request, name string) []string {
	var values []string
	for _, line := range r.Header.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			n, v, _ := strings.Cut(strings.Trim(pair, cookieSpace), "=")
			if strings.Trim(n, cookieSpace) == name {
				values = append(values, strings.Trim(v, cookieSpace))
			}
		}
	}
	return values
}

// plausibleCookie is what Set is used with; anything else was not set by us.
func plausibleCookie(v string) bool {
	if v == "" || len(v) > maxCookieValue {
		return false
	}
	for i := range len(v) {
		c := v[i]
		if !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
