package httpsafe

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
)

// CSRFField and CSRFHeader are where forms and scripts put the token.
const (
	CSRFField  = "csrf"
	CSRFHeader = "X-CSRF-Token"
)

// ErrCSRF: the request did not come from a page that this browser was given.
var ErrCSRF = errors.New("cross-site or stale form")

// MAC computes and verifies keyed MACs over length-prefixed parts. keys.Vault does,
// under the purpose of cookies; it also verifies MACs of a key that is being replaced.
type MAC interface {
	MAC(parts ...[]byte) []byte
	VerifyMAC(mac []byte, parts ...[]byte) bool // in constant time
}

// CSRF protects state-changing requests twice: by where the browser says it comes from,
// and by a token in the form (SE-08).
type CSRF struct {
	mac    MAC
	origin *http.CrossOriginProtection
}

// NewCSRF makes a CSRF whose tokens are MACs under mac.
func NewCSRF(mac MAC) *CSRF { return &CSRF{mac: mac, origin: http.NewCrossOriginProtection()} }

const csrfSaltBytes = 16

var csrfPurpose = []byte("csrf")

// Token is a form token for one browser (binding: the value of its session or binding
// cookie) and one use (scope: an interaction id, "account", "logout" …). It differs at
// each call, so that compression by a proxy reveals nothing about it.
func (c *CSRF) Token(binding, scope string) string {
	token := make([]byte, csrfSaltBytes, csrfSaltBytes+32)
	rand.Read(token)
	mac := c.mac.MAC(csrfPurpose, token, []byte(binding), []byte(scope))
	return base64.RawURLEncoding.EncodeToString(append(token, mac...))
}

// Verify checks a token by itself. A browser without the cookie has no valid token.
func (c *CSRF) Verify(token, binding, scope string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) <= csrfSaltBytes || len(raw) > 256 || binding == "" {
		return false
	}
	salt, mac := raw[:csrfSaltBytes], raw[csrfSaltBytes:]
	return c.mac.VerifyMAC(mac, csrfPurpose, salt, []byte(binding), []byte(scope))
}

// CheckOrigin refuses a request that the browser says another site made.
func (c *CSRF) CheckOrigin(r *http.Request) error {
	if c.origin.Check(r) != nil {
		return ErrCSRF
	}
	return nil
}

// Check demands a same-origin request with a valid token: in the form field of a form
// post, in the header of a JSON call. A request of any other media type is refused, and
// so are GET and HEAD, which must not change anything.
func (c *CSRF) Check(r *http.Request, binding, scope string) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return ErrCSRF
	}
	if err := c.CheckOrigin(r); err != nil {
		return err
	}
	token, err := sentToken(r)
	if err != nil || !c.Verify(token, binding, scope) {
		return ErrCSRF
	}
	return nil
}

// Valid is Check as a yes or no.
func (c *CSRF) Valid(r *http.Request, binding, scope string) bool {
	return c.Check(r, binding, scope) == nil
}

func sentToken(r *http.Request) (string, error) {
	if IsJSON(r) {
		return r.Header.Get(CSRFHeader), nil
	}
	if err := ParseForm(r); err != nil {
		return "", err
	}
	if len(r.PostForm[CSRFField]) != 1 {
		return "", ErrCSRF
	}
	return r.PostForm.Get(CSRFField), nil
}

// ParseForm fills r.PostForm from a page's form within MaxFormBytes. It may be called
// again. Fields are in r.PostForm only; a query parameter never stands in for one.
func ParseForm(r *http.Request) error {
	if r.PostForm != nil {
		return nil
	}
	if !IsForm(r) {
		return &BodyError{http.StatusUnsupportedMediaType}
	}
	r.Body = http.MaxBytesReader(nil, r.Body, MaxFormBytes)
	if err := r.ParseForm(); err != nil {
		return &BodyError{http.StatusBadRequest}
	}
	return nil
}
