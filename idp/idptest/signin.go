package idptest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"sekisho/idp/notify"
)

// Authorize opens an authorization request. pairs override or, with an empty value,
// remove the usual parameters.
func (b *Browser) Authorize(clientID, redirectURI string, pairs ...string) *Page {
	b.T.Helper()
	return b.Get("/authorize?" + AuthorizeQuery(clientID, redirectURI, pairs...).Encode())
}

const minute = time.Minute

// Verifier and challenge of every request that does not bring its own (RFC 7636 appendix B
// shows the pair's form; the value here is our own).
const (
	Verifier = "sekisho-test-verifier-0123456789-abcdefghijklmnop"
)

// AuthorizeQuery is a plain authorization request with PKCE.
func AuthorizeQuery(clientID, redirectURI string, pairs ...string) url.Values {
	q := url.Values{
		"client_id": {clientID}, "redirect_uri": {redirectURI}, "response_type": {"code"}, "scope": {"openid"},
		"state": {"state-1"}, "nonce": {"nonce-1"}, "code_challenge": {Challenge(Verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
			continue
		}
		q.Set(pairs[i], pairs[i+1])
	}
	return q
}

// Challenge is the S256 challenge of a verifier.
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// PasswordSignIn goes through login name, password and second factor from the sign-in
// page the browser is on.
func (b *Browser) PasswordSignIn(p *Provider, a *Account) *Page {
	b.T.Helper()
	n := p.Mail.Count(a.Email, notify.SignInCode)
	page := b.Submit("/password", "login", a.LoginName, "password", a.Password)
	if !page.Has("/code") {
		b.T.Fatalf("no code page after the password:\n%s", text(page))
	}
	if a.Secret != "" {
		return b.Submit("/code", "code", a.TOTP())
	}
	mail := p.Mail.Wait(b.T, a.Email, notify.SignInCode, n+1)
	return b.Submit("/code", "code", Code(b.T, mail))
}

func text(p *Page) string {
	if len(p.Body) > 4000 {
		return p.URL.String() + "\n" + p.Body[:4000]
	}
	return p.URL.String() + "\n" + p.Body
}

// Response is the authorization response a page left with.
func (p *Page) Response(t testing.TB, redirectURI string) url.Values {
	t.Helper()
	if !strings.HasPrefix(p.Left, redirectURI) {
		t.Fatalf("the browser was not sent to %s but to %q, page %d:\n%s", redirectURI, p.Left, p.Status, text(p))
	}
	u, err := url.Parse(p.Left)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}
