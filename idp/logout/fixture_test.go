package logout

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/httpsafe"
	"sekisho/idp/oidc"
)

const (
	issuer  = "https://op.example"
	bye     = "https://rp.example/bye"
	byeMore = "https://rp.example/bye?from=op"
)

type testMAC string

func (k testMAC) MAC(parts ...[]byte) []byte {
	h := hmac.New(sha256.New, []byte(k))
	for _, p := range parts {
		binary.Write(h, binary.BigEndian, uint64(len(p)))
		h.Write(p)
	}
	return h.Sum(nil)
}

func (k testMAC) VerifyMAC(mac []byte, parts ...[]byte) bool { return hmac.Equal(mac, k.MAC(parts...)) }

// world is a provider as this package sees it: one browser's session, two clients and a
// record of what happened.
type world struct {
	session   *idp.Session
	sessions  error
	lookUp    error
	end       error
	ended     []string
	audited   []idp.AuditRecord
	page      string // the page rendered last
	client    *idp.Client
	token     string
	action    string
	status    int
	frames    []string // of the session's front-channel relying parties
	woken     int
	handler   *Handler
	registery map[string]*idp.Client
}

func newWorld() *world {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	x := &world{
		session: &idp.Session{ID: "session-1", SID: "sid-1", AccountID: "account-1"},
		registery: map[string]*idp.Client{
			"web":   {ID: "web", Metadata: idp.ClientMetadata{PostLogoutRedirectURIs: []string{bye, byeMore}}},
			"other": {ID: "other", Metadata: idp.ClientMetadata{PostLogoutRedirectURIs: []string{"https://other.example/bye"}}},
			"off":   {ID: "off", Disabled: true, Metadata: idp.ClientMetadata{PostLogoutRedirectURIs: []string{bye}}},
		},
	}
	x.handler = &Handler{
		Path: "/logout", Sessions: x, Clients: x, Store: x, Pages: x, CSRF: httpsafe.NewCSRF(testMAC("k")),
		Cookies: httpsafe.Cookies{Secure: true}, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		VerifyHint: func(raw string) (oidc.IDTokenHint, error) { return oidc.VerifyIDTokenHint(raw, issuer, verifySigned) },
		Frames:     func(context.Context, *idp.Session) []string { return x.frames }, Committed: func() { x.woken++ },
		Fill: func(_ context.Context, rec idp.AuditRecord) idp.AuditRecord { rec.IP = "192.0.2.1"; return rec },
	}
	return x
}

func (x *world) Current(r *http.Request) (*idp.Session, *idp.Account, error) {
	if x.sessions != nil {
		return nil, nil, x.sessions
	}
	cookie := httpsafe.Jar{Cookies: x.handler.Cookies, Cookie: httpsafe.SessionCookie}.Get(r)
	if x.session == nil || cookie != "the-cookie" {
		return nil, nil, nil
	}
	return x.session, &idp.Account{ID: x.session.AccountID, Subject: "alice"}, nil
}

func (x *world) Client(_ context.Context, id string) (*idp.Client, error) {
	if x.lookUp != nil {
		return nil, x.lookUp
	}
	if c := x.registery[id]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("client: %w", idp.ErrNotFound)
}

func (x *world) EndSession(_ context.Context, accountID, id, reason string, _ time.Time, effects idp.Effects) error {
	if x.end != nil {
		return x.end
	}
	if x.session == nil || accountID != x.session.AccountID || id != x.session.ID || reason != "logout" {
		return idp.ErrNotFound
	}
	x.session, x.ended, x.audited = nil, append(x.ended, id), append(x.audited, effects.Audit...)
	return nil
}

func (x *world) ConfirmLogout(w http.ResponseWriter, _ *http.Request, client *idp.Client, token, formAction string) {
	x.page, x.client, x.token, x.action = "confirm", client, token, formAction
}

func (x *world) LoggedOut(w http.ResponseWriter, _ *http.Request, client *idp.Client) {
	x.page, x.client = "logged out", client
}

func (x *world) Telling(w http.ResponseWriter, _ *http.Request, client *idp.Client, frames []string, redirectURI string) {
	x.page, x.client, x.token, x.action = "telling", client, strings.Join(frames, " "), redirectURI
}

func (x *world) LogoutFailed(w http.ResponseWriter, _ *http.Request, status int) {
	x.page, x.status = "failed", status
	w.WriteHeader(status)
}

// idToken signs a payload as this provider does; expired ones verify too.
func idToken(payload string) string {
	body := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	return body + "." + base64.RawURLEncoding.EncodeToString(testMAC("signing").MAC([]byte(body)))
}

func verifySigned(jws string) ([]byte, error) {
	end := strings.LastIndex(jws, ".")
	mac, err := base64.RawURLEncoding.DecodeString(jws[end+1:])
	if err != nil || !bytes.Equal(mac, testMAC("signing").MAC([]byte(jws[:end]))) {
		return nil, errors.New("signature")
	}
	return base64.RawURLEncoding.DecodeString(strings.Split(jws, ".")[1])
}

func hintFor(client, subject, sid string) string {
	return idToken(fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":%q,"sid":%q,"exp":1}`, issuer, client, subject, sid))
}

// request is an end-session request of the signed-in browser.
func request(method string, pairs ...string) *http.Request {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(method, "https://op.example/logout?"+v.Encode(), nil)
	if method == http.MethodPost {
		r = httptest.NewRequest(method, "https://op.example/logout", strings.NewReader(v.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Cookie", "__Host-sekisho-session=the-cookie")
	return r
}

func (x *world) send(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	x.handler.Endpoint(w, r)
	return w
}

// confirm posts the confirmation page's form.
func (x *world) confirm(change func(*http.Request)) *httptest.ResponseRecorder {
	r := request(http.MethodPost, "csrf", x.token)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	x.handler.Confirm(w, r)
	return w
}

func (x *world) untouched(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if len(x.ended) != 0 || w.Header().Get("Set-Cookie") != "" || w.Header().Get("Clear-Site-Data") != "" {
		t.Errorf("the session was touched: %v %v", x.ended, w.Header())
	}
}
